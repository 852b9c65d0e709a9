// quality.check: a dataset against a suite or a ruleset; writes nothing. quality.validate: validate_file.hpp; quality.checkpoint: checkpoint_file.hpp.
#include "data/explain.hpp"
#include "data/publish.hpp"
#include "quality/checkpoint_file.hpp"
#include "quality/checks.hpp"
#include "quality/validate_file.hpp"
#include "sdk/millrace_traits.h"

namespace {

struct QualityCheck {
  static constexpr const char* type = "quality.check";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "Checks a dataset against a suite, a ruleset, a data contract or short checks, in as few scans as they allow.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_EXPLAINS;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"success": {"type": "boolean"}, "evaluated": {"type": "integer"}, "failed": {"type": "integer"},
          "scans": {"type": "integer"}, "checks": {"type": "array", "items": {"type": "object"}}}})";
  static constexpr const char* examples =
      R"([{"title": "A suite", "config": {"input": "clean.orders", "suite": "suites/orders.json"}},
          {"title": "Rules in place", "config": {"input": "clean.orders", "rules": "Rules = [ RowCount > 0, IsComplete \"id\" ]", "on_fail": "warn"}},
          {"title": "Short checks in place", "config": {"input": "clean.orders", "rules": "- not_null: [order_id, day]\n- range: {column: quantity, min: 1}\n  mostly: 0.99\n- freshness: {column: day, within: 26h}\n"}},
          {"title": "A data contract", "config": {"input": "clean.orders", "suite": "contracts/orders.odcs.yaml", "object": "orders"}}])";

  struct Config {
    std::string input{}, suite{}, rules{}, object{}, on_fail = "fail";
  };
  static constexpr auto config = mr::fields(mr::field("input", &Config::input, "The dataset to check, zone.name.").needed().reads().example("clean.orders"),
                                            mr::field("suite", &Config::suite, "Path of a file of checks, against the Dag's folder: a suite of Great Expectations, DQDL, a ruleset of DataBrew, a data contract, short checks; which, its content says."),
                                            mr::field("rules", &Config::rules, "Checks in place: DQDL, short checks, or another of these.").multiline(),
                                            mr::field("object", &Config::object, "Of a data contract with several objects, the one that the rows are."),
                                            mr::field("on_fail", &Config::on_fail, "Whether a failed check fails the task.").one_of("fail", "warn"));

  static mr::Json plan_of(const Config& c, mr::data::Session& session, const mr::Json& check, const mr::data::Facts& facts) {
    const std::string select = "SELECT * FROM " + mr::data::relation_of(c.input);
    mr::quality::bind_checks(session, select, mr::Json::array({check}), facts.json.value("folder", ""));
    return mr::Json::array({{{"sql", select}}});
  }

  void run(const Config& c, mr::Attempt& attempt) const {
    if (c.suite.empty() == c.rules.empty()) throw mr::Failure("config", "E7005", "give either 'suite' or 'rules'");
    mr::Json check = c.suite.empty() ? mr::Json{{"rules", c.rules}, {"on_fail", c.on_fail}} : mr::Json{{"suite", c.suite}, {"on_fail", c.on_fail}};
    if (!c.object.empty()) check["object"] = c.object;
    const mr::data::Facts facts{attempt.facts()};
    mr::data::Session session = mr::data::open_confined_session(facts);
    if (mr::data::is_to_explain(facts)) return attempt.output("statements", plan_of(c, session, check, facts));
    const auto report = mr::quality::run_checks(session, mr::data::relation_of(c.input), mr::Json::array({check}), attempt.fact("folder"));
    size_t failed = 0;
    std::string names;
    for (const auto& line : report.results) {
      if (line.at("success") == true) continue;
      ++failed;
      if (failed <= 10) names += (names.empty() ? "" : "; ") + line.at("check").get<std::string>();
    }
    attempt.output("success", failed == 0);
    attempt.output("evaluated", report.results.size());
    attempt.output("failed", failed);
    attempt.output("scans", report.scans);
    attempt.output("checks", report.results);
    const std::string sentence = std::to_string(failed) + " of " + std::to_string(report.results.size()) + " checks failed: " + names + (failed > 10 ? "; …" : "");
    if (failed > 0 && report.success) attempt.warn(sentence);
    // Nothing is written here: rows that a check wants set apart stay where they are.
    if (!report.success || !report.quarantine_condition.empty()) throw mr::Failure("data", "E7007", sentence, c.input, "look at 'checks' in the outputs of the task");
  }
};

}  // namespace

MR_PLUGIN("quality", "1.0.0", "Apache-2.0", QualityCheck, mr::quality::ValidateFile, mr::quality::CheckpointFile)
