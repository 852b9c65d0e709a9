// JSON as the YAML that a person would write: block style, quotes and `|` only where they are needed. Pure; any thread.
#pragma once
#include <string>

#include "base/json.hpp"

namespace millrace {

// Lines that end in a line break, each `indent` spaces in.
std::string to_yaml(const Json& value, int indent = 0);

}  // namespace millrace
