// DataBrew's rules to checks, one of each rule; and the report of a validation in DataBrew's shape.
//
// One thread. The facts of a check of rows count those that don't satisfy it; of a rule with
// selectors they have the outcome of each column.
#pragma once
#include "quality/databrew/expression.hpp"
#include "quality/databrew/ruleset.hpp"

#include <vector>

namespace mr::quality::databrew {

Check compile(const Rule& rule, const Target& target, Measures& measures);

struct RuleOutcome {
  const Rule* rule = nullptr;
  Verdict verdict{};
};

struct RulesetOutcome {
  const Ruleset* set = nullptr;
  std::vector<RuleOutcome> rules{};
};

nlohmann::json report_of(const std::vector<RulesetOutcome>& outcomes, int64_t rows,
                         const std::string& now);

}  // namespace mr::quality::databrew
