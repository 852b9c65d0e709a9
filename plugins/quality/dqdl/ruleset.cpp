#include "quality/dqdl/ruleset.hpp"

#include "quality/dqdl/compile.hpp"
#include "quality/dqdl/document.hpp"

namespace mr::quality::dqdl {
namespace {

using mr::data::literal;
using nlohmann::json;

struct Compiled {
  Check check;
  bool analyzer = false;
  Pairs labels{};
};

std::vector<Compiled> compile_all(const Document& document, const Target& target,
                                  Measures& measures, const World& world) {
  std::vector<Compiled> all;
  for (const Rule& rule : document.rules)
    all.push_back({compile(rule, target, measures, world), false, rule.labels});
  for (const Analyzer& analyzer : document.analyzers) {
    for (Check& check : compile(analyzer, target, measures, world))
      all.push_back({std::move(check), true, {}});
  }
  return all;
}

void add_metrics(const json& facts, json& metrics) {
  if (!facts.is_object()) return;
  if (facts.contains("metrics")) metrics.update(facts["metrics"]);
  if (!facts.contains("parts")) return;
  for (const json& part : facts["parts"]) add_metrics(part, metrics);
}

void add_measured(const json& facts, json& measured) {
  if (!facts.is_object()) return;
  const json metrics = facts.value("metrics", json::object());
  for (const auto& [metric, value] : metrics.items()) {
    if (value.is_number()) measured[metric_key(metric, facts.value("where", ""))] = value;
  }
  for (const json& part : facts.value("parts", json::array())) add_measured(part, measured);
}

// Why it failed; of a rule with parts what the first one that failed says.
std::string message_of(const json& facts) {
  for (const char* key : {"reason", "message"}) {
    if (facts.contains(key)) return facts[key].get<std::string>();
  }
  if (!facts.contains("parts")) return {};
  for (const json& part : facts["parts"]) {
    if (std::string message = message_of(part); !message.empty()) return message;
  }
  return {};
}

json rule_result(const RuleOutcome& one, size_t number, bool values) {
  const json& facts = one.verdict.facts;
  json result{{"Name", "Rule_" + std::to_string(number)},
              {"Description", one.rule},
              {"EvaluatedRule", one.rule},
              {"EvaluatedMetrics", metrics_of(one.verdict, values)},
              {"Result", one.verdict.success        ? "PASS"
                         : could_not_be_judged(one) ? "ERROR"
                                                    : "FAIL"}};
  if (!one.message.empty()) result["EvaluationMessage"] = one.message;
  if (facts.contains("considered_count")) {
    const auto considered = facts["considered_count"].get<int64_t>(),
               failed = facts["unexpected_count"].get<int64_t>();
    result["RuleMetrics"] = {{"RowsPassed", considered - failed}, {"RowsFailed", failed}};
  }
  if (facts.contains("approximate")) result["Approximate"] = true;
  if (!one.labels.empty())
    result["Labels"] =
        json(std::map<std::string, std::string>(one.labels.begin(), one.labels.end()));
  return result;
}

std::string list_sql(const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : ", ") + item;
  return "list_filter([" + list + "]::VARCHAR[], lambda x: x IS NOT NULL)";
}

}  // namespace

RulesetOutcome evaluate(const std::string& text, const std::string& name, const Target& target,
                        const World& world) {
  const Document document = parse(text, name);
  Measures measures;
  const auto compiled = compile_all(document, target, measures, world);
  measures.compute(target.session, target.relation);
  RulesetOutcome outcome;
  outcome.measures = measures.size();
  outcome.scans = measures.scans();
  for (const Compiled& one : compiled) {
    Verdict verdict = one.check.judge(measures);
    std::string message = message_of(verdict.facts);
    outcome.rules.push_back({one.check.name, one.analyzer, std::move(verdict), std::move(message),
                             measures.filled(one.check.failing), one.labels});
  }
  return outcome;
}

bool could_not_be_judged(const RuleOutcome& rule) {
  return rule.verdict.facts.contains("code");
}

json measured_by(const Verdict& verdict) {
  json measured = json::object();
  add_measured(verdict.facts, measured);
  add_measured(verdict.values, measured);
  return measured;
}

json metrics_of(const Verdict& verdict, bool values) {
  json metrics = json::object();
  add_metrics(verdict.facts, metrics);
  if (values) add_metrics(verdict.values, metrics);
  return metrics;
}

json glue_result(const RulesetOutcome& outcome, bool values) {
  json rules = json::array(), analyzers = json::array();
  int64_t passed = 0;
  for (const RuleOutcome& one : outcome.rules) {
    if (one.analyzer) {
      json result{{"Name", "Analyzer_" + std::to_string(analyzers.size() + 1)},
                  {"Description", one.rule},
                  {"EvaluatedMetrics", metrics_of(one.verdict, values)}};
      if (!one.message.empty()) result["EvaluationMessage"] = one.message;
      analyzers.push_back(std::move(result));
      continue;
    }
    rules.push_back(rule_result(one, rules.size() + 1, values));
    if (one.verdict.success) ++passed;
  }
  const auto all = static_cast<int64_t>(rules.size());
  return {{"Score", all == 0 ? 1.0 : static_cast<double>(passed) / static_cast<double>(all)},
          {"RuleResults", std::move(rules)},
          {"AnalyzerResults", std::move(analyzers)},
          {"AggregatedMetrics",
           {{"TotalRulesProcessed", all},
            {"TotalRulesPassed", passed},
            {"TotalRulesFailed", all - passed}}}};
}

std::string row_results_sql(const RulesetOutcome& outcome, const std::string& relation) {
  std::vector<std::string> pass, fail, skip;
  std::string tests, hidden = "_mr_row";
  for (const RuleOutcome& one : outcome.rules) {
    if (one.analyzer) continue;
    const std::string rule = literal(one.rule);
    if (one.failing.empty()) {
      skip.push_back(rule);
      continue;
    }
    const std::string bad = "_mr_bad" + std::to_string(fail.size());
    tests += ", coalesce(" + one.failing + ", false) AS " + bad;
    hidden += ", " + bad;
    pass.push_back("CASE WHEN NOT " + bad + " THEN " + rule + " END");
    fail.push_back("CASE WHEN " + bad + " THEN " + rule + " END");
  }
  const std::string rows = "(SELECT *" + tests +
                           " FROM (SELECT *, row_number() OVER () AS _mr_row FROM " + relation +
                           "))";
  const std::string lists = "(SELECT *, " + list_sql(pass) + " AS DataQualityRulesPass, " +
                            list_sql(fail) + " AS DataQualityRulesFail, " + list_sql(skip) +
                            " AS DataQualityRulesSkip FROM " + rows + ")";
  return "SELECT * EXCLUDE (" + hidden +
         "), CASE WHEN len(DataQualityRulesFail) = 0 THEN 'Passed' ELSE 'Failed' END AS "
         "DataQualityEvaluationResult FROM " +
         lists + " ORDER BY _mr_row";
}

}  // namespace mr::quality::dqdl

namespace mr::quality {

std::vector<Check> read_dqdl(const std::string& text, const std::string& name, const Target& target,
                             Measures& measures, const dqdl::World& world) {
  std::vector<Check> checks;
  for (dqdl::Compiled& one : dqdl::compile_all(dqdl::parse(text, name), target, measures, world))
    checks.push_back(std::move(one.check));
  return checks;
}

}  // namespace mr::quality
