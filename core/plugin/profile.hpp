// Is a config schema within the profile of JSON Schema that validator, forms, editors and pages can all honour?
//
// Pure; any thread. plugins/sdk/README.md, "The profile", lists what is in it. Errors: E4014.
#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace millrace {

// What is outside; `where` names the schema in it: "demo.hello config".
std::vector<Error> check_profile(const Json& schema, const std::string& where);

}  // namespace millrace
