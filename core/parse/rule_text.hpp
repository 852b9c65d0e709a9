// A rule as people write it: "load.succeeded && (check.skipped || check.succeeded)". Pure; any thread.
//
// Names of tasks, a dot, one of their final states; !, &&, || with their usual precedence, parentheses. Semantics: dag-yaml.md.
// Errors (E1014): what is wrong and at which character; nothing is looked up here.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/dag.hpp"

namespace millrace {

struct NamedRuleStep {
  RuleStep::Kind kind = RuleStep::Kind::is;
  std::string need{};  // of `is`
  TaskState state{};
};

// In postfix order.
Result<std::vector<NamedRuleStep>> read_rule(std::string_view text);

}  // namespace millrace
