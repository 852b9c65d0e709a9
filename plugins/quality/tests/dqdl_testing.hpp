// A table and its rulesets, for tests.
#pragma once
#include "quality/dqdl/ruleset.hpp"

#include <string>
#include <vector>

namespace mr::quality::dqdl::testing {

struct House {
  mr::data::Session session{mr::data::SessionOptions{}};
  World world{};

  explicit House(const std::string& rows) { session.run("CREATE TABLE t AS " + rows); }

  void source(const std::string& alias, const std::string& rows) {
    session.run("CREATE TABLE \"other_" + alias + "\" AS " + rows);
    world.sources[alias] = {"\"other_" + alias + "\"", session.describe("\"other_" + alias + "\"")};
  }

  RulesetOutcome evaluate(const std::string& document) {
    return dqdl::evaluate(document, "r", {session, "t", session.describe("t")}, world);
  }

  RuleOutcome rule(const std::string& text) {
    return evaluate("Rules = [" + text + "]").rules.at(0);
  }

  bool holds(const std::string& text) { return rule(text).verdict.success; }

  double metric(const std::string& text, const std::string& name) {
    return metrics_of(rule(text).verdict, true).at(name).get<double>();
  }

  // For each row whether it passes, as letters: PFP.
  std::string rows(const std::string& document) {
    std::string letters;
    for (const auto& row : session
                               .query("SELECT DataQualityEvaluationResult FROM (" +
                                      row_results_sql(evaluate(document), "t") + ")")
                               .rows)
      letters += row.at(0).value().front();
    return letters;
  }
};

}  // namespace mr::quality::dqdl::testing
