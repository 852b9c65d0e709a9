// {{ … }} in configs: jq 1.6 programs over one document, with our own functions (dag-yaml.md, "Expressions").
//
// evaluate() may run for long ([range(1e12)]): call it only in an attempt's process, which has a time limit.
// resolve_paths() takes only plain paths such as .params.day and is safe in the scheduler.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secrets.hpp"

namespace millrace {

// Every string of `config` with its expressions replaced. A string that is one whole expression keeps the JSON type of its value.
// Errors (E1060…): where is the config path ("with.from"), what has the expression and the document's keys at that point.
// `secrets`: those that the config names; E1067 for one that is not among them.
Result<Json> evaluate(const Json& config, const Json& document, const SecretValues& secrets = {});
Result<Json> resolve_paths(const Json& config, const Json& document);

struct ExpressionUse {
  std::string text{};          // between the braces, trimmed
  std::string path{};          // "with.from"
};

// The secrets that `config` names.
std::vector<std::string> secrets_in(const Json& config);
// All expressions in `config`, for checks before a run; a broken one ("{{" without "}}") is an Error.
Result<std::vector<ExpressionUse>> find_expressions(const Json& config);
// May resolve_paths() give them all?
bool only_plain_paths(const std::vector<ExpressionUse>& uses);
// Compiles without running: the error of a program that can't be compiled or uses env, input, import or include.
Status check_expression(std::string_view text);

}  // namespace millrace
