// quality.check: a dataset against a suite or a ruleset; writes nothing. quality.validate: validate_file.hpp; quality.checkpoint: checkpoint_file.hpp.
#include "data/explain.hpp"
#include "data/publish.hpp"
#include "quality/checkpoint_file.hpp"
#include "quality/checks.hpp"
#include "quality/task_world.hpp"
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
          {"title": "A data contract", "config": {"input": "clean.orders", "suite": "contracts/orders.odcs.yaml", "object": "orders"}},
          {"title": "Against another dataset, and against earlier runs", "config": {"input": "clean.orders", "sources": ["clean.customers"], "rules": "Rules = [ ReferentialIntegrity \"customer\" \"customers.id\" = 1.0, DetectAnomalies \"RowCount\" ]", "on_fail": "warn"}}])";

  struct Config {
    std::string input{}, suite{}, rules{}, object{}, on_fail = "fail";
    std::vector<std::string> sources{};
    bool by_row = false, approximate = false;
  };
  static constexpr auto config = mr::fields(mr::field("input", &Config::input, "The dataset to check, zone.name.").needed().reads().example("clean.orders"),
                                            mr::field("suite", &Config::suite, "Path of a file of checks, against the Dag's folder: a suite of Great Expectations, DQDL, a ruleset of DataBrew, a data contract, short checks; which, its content says."),
                                            mr::field("rules", &Config::rules, "Checks in place: DQDL, short checks, or another of these.").multiline(),
                                            mr::field("object", &Config::object, "Of a data contract with several objects, the one that the rows are."),
                                            mr::field("on_fail", &Config::on_fail, "Whether a failed check fails the task.").one_of("fail", "warn"),
                                            mr::field("sources", &Config::sources, "Other datasets that rules name, zone.name; a rule calls one by its name without or with the zone.").reads(),
                                            mr::field("by_row", &Config::by_row, "Parts of a composite rule are combined for each row, and not as whole outcomes."),
                                            mr::field("approximate", &Config::approximate, "Counts of distinct values and quantiles may be estimates; the result says so."));

  static mr::Json check_of(const Config& c) {
    mr::Json check{{"on_fail", c.on_fail}, {"by_row", c.by_row}, {"approximate", c.approximate}};
    check[c.suite.empty() ? "rules" : "suite"] = c.suite.empty() ? c.rules : c.suite;
    if (!c.object.empty()) check["object"] = c.object;
    return check;
  }

  // Kept with the snapshot that was looked at, for the runs to come.
  static void keep(const Config& c, const mr::Json& input, const mr::quality::CheckReport& report, mr::Attempt& attempt) {
    const mr::Json found{{"dataset", c.input.substr(0, c.input.find('@'))}, {"snapshot", input.at("snapshot")}, {"checks", report.results}, {"metrics", report.metrics}};
    attempt.commit({{"checked", mr::Json::array({found})}});
  }

  static mr::Json plan_of(const Config& c, mr::data::Session& session, const mr::Json& check, const mr::data::Facts& facts) {
    const std::string select = "SELECT * FROM " + mr::data::relation_of(c.input);
    mr::quality::bind_checks(session, select, mr::Json::array({check}), facts.json.value("folder", ""), mr::quality::world_of(session, facts, c.input));
    return mr::Json::array({{{"sql", select}}});
  }

  void run(const Config& c, mr::Attempt& attempt) const {
    if (c.suite.empty() == c.rules.empty()) throw mr::Failure("config", "E7005", "give either 'suite' or 'rules'");
    const mr::Json check = check_of(c);
    const mr::data::Facts facts{attempt.facts()};
    mr::data::Session session = mr::data::open_confined_session(facts);
    if (mr::data::is_to_explain(facts)) return attempt.output("statements", plan_of(c, session, check, facts));
    const mr::Json input = mr::data::input_of(facts, c.input);
    const auto world = mr::quality::world_of(session, facts, c.input, input);
    const auto report = mr::quality::run_checks(session, mr::data::relation_of(c.input), mr::Json::array({check}), attempt.fact("folder"), world);
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
    keep(c, input, report, attempt);
    // Nothing is written here: rows that a check wants set apart stay where they are.
    if (!report.success || !report.quarantine_condition.empty()) throw mr::Failure("data", "E7007", sentence, c.input, "look at 'checks' in the outputs of the task");
  }
};

}  // namespace

MR_PLUGIN("quality", "1.0.0", "Apache-2.0", QualityCheck, mr::quality::ValidateFile, mr::quality::CheckpointFile)
