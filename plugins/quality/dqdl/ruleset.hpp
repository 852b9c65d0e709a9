// A DQDL ruleset on rows: what came of each rule, in Glue's shape, and what came of it for each
// row.
//
// One thread. Errors: QualityError for a text that can't be read. A rule that can't be judged fails
// with its reason; the others stand.
#pragma once
#include "quality/dqdl/world.hpp"
#include "quality/engine/check.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace mr::quality::dqdl {

struct RuleOutcome {
  std::string rule{};
  bool analyzer = false;
  Verdict verdict{};
  std::string message{};  // why it failed, or that nothing was checked
  std::string
      failing{};  // SQL, true for rows that do not comply; empty: the rule is not about rows
  std::vector<std::pair<std::string, std::string>> labels{};
};

struct RulesetOutcome {
  std::vector<RuleOutcome> rules{};
  size_t measures = 0;
  int scans = 0;
};

// Nothing but the rows is read; `world` has the rest.
RulesetOutcome evaluate(const std::string& text, const std::string& name, const Target& target,
                        const World& world);

// {"Score", "RuleResults": [{"Name", "Description", "EvaluationMessage", "Result",
// "EvaluatedMetrics", "EvaluatedRule", "RuleMetrics", "Labels"}], "AnalyzerResults": […],
// "AggregatedMetrics"}: as the Glue API gives them. Extremes of columns, which are values of rows,
// only where `values` are asked for.
nlohmann::json glue_result(const RulesetOutcome& outcome, bool values);

// A SELECT of the rows with four columns more: DataQualityRulesPass, DataQualityRulesFail,
// DataQualityRulesSkip (lists of rules) and DataQualityEvaluationResult (Passed when no rule fails
// on the row), in the order of the rows. Rows outside of a rule's filter count as passed.
std::string row_results_sql(const RulesetOutcome& outcome, const std::string& relation);

// Whether it is a mistake of the rule that it failed: Glue's ERROR.
bool could_not_be_judged(const RuleOutcome& rule);

// All metrics of a verdict by name, those of its parts too.
nlohmann::json metrics_of(const Verdict& verdict, bool values);

// The same with extremes by metric_key(): what rules look back at when they are judged again.
nlohmann::json measured_by(const Verdict& verdict);

}  // namespace mr::quality::dqdl
