#include "auth/people.hpp"

#include <algorithm>

namespace millrace::auth {

Status check_name(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= 64 && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '@';
  });
  if (fits && name != "." && name != "..") return {};
  return Error{.code = "E8030", .what = "this is no name", .where = "name", .hint = "up to 64 letters, digits, dots, dashes, underscores and @"};
}

}  // namespace millrace::auth
