// A place in a JSON document, written as jq has it: .items, .page.next, .rows[0]["last name"]; "." is the whole.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "sdk/millrace_plugin.hpp"

namespace mr::http {

class JsonPath {
 public:
  JsonPath(const std::string& text, const std::string& field);  // throws mr::Failure E4033, which names the field
  const Json* find(const Json& document) const;                 // nullptr: it is not there

 private:
  std::vector<std::variant<std::string, size_t>> steps_{};
};

}  // namespace mr::http
