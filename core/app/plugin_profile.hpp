// Is a config schema within the profile of JSON Schema that validator, forms, editors and pages can all honour?
//
// Pure; any thread. plugins/sdk/README.md, "The profile", lists what is in it. Errors: E4014.
#pragma once
#include <string>
#include <vector>

#include "app/plugin_finding.hpp"

namespace millrace {

// `where` names the schema in findings: "demo.hello config".
void check_profile(const Json& schema, const std::string& where, std::vector<Finding>& into);

}  // namespace millrace
