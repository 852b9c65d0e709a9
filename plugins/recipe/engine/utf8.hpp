// The characters of a text, one by one. Pure; any thread. Semantics: RFC 3629; texts of DuckDB are always valid.
#pragma once
#include <algorithm>
#include <string_view>

namespace mr::recipe {

// The first character of a text that is not empty, which is then without it. A byte that begins no character stands for itself.
inline char32_t next_character(std::string_view& rest) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(rest[at]); };
  const unsigned char head = byte(0);
  if (head < 0x80) {
    rest.remove_prefix(1);
    return head;
  }
  const size_t length = head < 0xC0 ? 1 : head < 0xE0 ? 2 : head < 0xF0 ? 3 : 4;
  char32_t code = length == 1 ? head : head & (0x7FU >> length);
  for (size_t at = 1; at < std::min(length, rest.size()); ++at) code = code << 6 | (byte(at) & 0x3FU);
  rest.remove_prefix(std::min(length, rest.size()));
  return code;
}

}  // namespace mr::recipe
