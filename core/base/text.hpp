// Small helpers on text. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millrace {

std::string quote(std::string_view text);  // 'text', for messages
std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::optional<int64_t> whole_number(std::string_view text);  // all of it, base 10
std::optional<int64_t> bytes_from_text(std::string_view text);  // "512MiB", "1GiB"; KiB to TiB, more than none
bool is_valid_utf8(std::string_view text);
std::string valid_utf8(std::string_view text);  // a byte that is no character becomes U+FFFD
// The candidate nearest to `word` by edit distance, when near enough to be a slip of the hand; else empty.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

Result<std::string> read_text(const std::string& path);
// Writes beside the target, syncs, renames: the file is whole or as before.
Status write_text(const std::string& path, std::string_view text);

}  // namespace millrace
