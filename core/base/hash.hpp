// SHA-256 and identifiers. Any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millrace {

std::string sha256_hex(std::string_view bytes);
Result<std::string> sha256_hex_of_file(const std::string& path);
// UUID version 7 (RFC 9562): the time, then 74 random bits from the system.
std::string uuid_v7(TimePoint now);

}  // namespace millrace
