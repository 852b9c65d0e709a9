// What went wrong, for the person who reads it at night: a stable code, what, where, and what to try.
//
// A value: copy freely, use from any thread. Texts are lower case without a final stop, and never hold a
// secret or a row value. Codes are listed in base/codes/*.def; `millrace explain E1004` prints cause and remedy.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct Error {
  std::string code{};   // "E1004"
  std::string what{};   // "task 'b' needs unknown task 'lod'"
  std::string where{};  // "dags/sales.yaml:14:12"; empty when there is no place
  std::string hint{};   // "did you mean 'load'?"; empty when there is nothing to try
  friend bool operator==(const Error&, const Error&) = default;
};

// "E1004 dags/sales.yaml:14:12: task 'b' needs unknown task 'lod' (did you mean 'load'?)"
std::string to_string(const Error& error);

// One line of the catalogue of codes.
struct CodeInfo {
  std::string_view code, title, cause, remedy;
};

const std::vector<CodeInfo>& error_catalogue();
const CodeInfo* find_code(std::string_view code);  // nullptr: no such code

}  // namespace millrace
