#include "quality/validate.hpp"

#include "quality/databrew/compile.hpp"
#include "quality/engine/dialects.hpp"
#include "quality/dqdl/ruleset.hpp"
#include "quality/engine/gx_result.hpp"
#include "quality/engine/tree.hpp"

#include <algorithm>

namespace mr::quality {
namespace {

using nlohmann::json;

CheckLine line_of(const Check& check, const Verdict& verdict) {
  CheckLine line{.name = check.name, .success = verdict.success, .facts = verdict.facts};
  line.judged = !verdict.facts.contains("reason");
  if (verdict.facts.contains("note"))
    line.reason = verdict.facts["note"].get<std::string>();
  else if (!line.judged)
    line.reason = verdict.facts["reason"].get<std::string>();
  else if (!verdict.success && verdict.facts.contains("message"))
    line.reason = verdict.facts["message"].get<std::string>();
  else if (!verdict.success && verdict.facts.contains("unexpected_count"))
    line.reason = verdict.facts["unexpected_count"].dump() + " unexpected";
  else if (!verdict.success && verdict.facts.contains("observed"))
    line.reason = "observed " + verdict.facts["observed"].dump();
  return line;
}

// The result's format of each expectation; one that is wrong makes of it a refused check.
std::vector<gx::Format> formats_of(gx::Suite& suite, const Target& target,
                                   const ValidateOptions& options) {
  std::vector<gx::Format> formats;
  for (gx::Entry& entry : suite.entries) {
    const json kwargs = entry.config.value("kwargs", json::object());
    const json own = kwargs.is_object() ? kwargs.value("result_format", json()) : json();
    formats.emplace_back();
    try {
      formats.back() = gx::format_of(options.result_format.is_null() ? own : options.result_format,
                                     target, options.as_0_18, entry.compiled.check.name);
    } catch (const QualityError& error) {
      entry.compiled = {.check = refused(entry.compiled.check.name, error)};
    }
  }
  return formats;
}

struct Fetched {
  std::vector<RowsWanted> wanted{};  // of each check; without `failing` when it shows no rows
  std::vector<std::vector<json>> rows{};
  int scans = 0;
};

// Together, in one pass.
Fetched fetch(const gx::Suite& suite, const std::vector<gx::Format>& formats,
              const std::vector<Verdict>& verdicts, const Target& target, const Measures& measures,
              bool as_0_18) {
  Fetched fetched{.wanted = std::vector<RowsWanted>(verdicts.size()),
                  .rows = std::vector<std::vector<json>>(verdicts.size())};
  std::vector<RowsWanted> all;
  std::vector<size_t> whose;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    auto wanted =
        gx::rows_of(suite.entries[i].compiled, verdicts[i], formats[i], target, measures, as_0_18);
    if (!wanted) continue;
    fetched.wanted[i] = *wanted;
    all.push_back(std::move(*wanted));
    whose.push_back(i);
  }
  if (all.empty()) return fetched;
  auto found = failing_rows(target.session, target.relation, all);
  for (size_t i = 0; i < whose.size(); ++i) fetched.rows[whose[i]] = std::move(found.rows[i]);
  fetched.scans = found.scans;
  return fetched;
}

Validation validate_suite(const Target& target, const CheckText& given, Dialect dialect,
                          const ValidateOptions& options) {
  Measures measures;
  gx::Suite suite =
      read_suite(given, dialect, target, measures, options.parameters, options.now);
  const auto formats = formats_of(suite, target, options);
  measures.compute(target.session, target.relation);
  std::vector<Verdict> verdicts;
  for (const gx::Entry& entry : suite.entries)
    verdicts.push_back(entry.compiled.check.judge(measures));
  const Fetched fetched = fetch(suite, formats, verdicts, target, measures, options.as_0_18);
  Validation done{.measures = measures.size(), .scans = measures.scans() + fetched.scans};
  json results = json::array();
  for (size_t i = 0; i < verdicts.size(); ++i) {
    const gx::Entry& entry = suite.entries[i];
    results.push_back(gx::entry_result(entry, verdicts[i],
                                       gx::result_of(entry.compiled, verdicts[i], formats[i],
                                                     fetched.rows[i], fetched.wanted[i], target),
                                       options));
    done.lines.push_back(line_of(entry.compiled.check, verdicts[i]));
  }
  done.result = gx::suite_result(suite, std::move(results), options);
  done.result["meta"]["millrace"] = {{"measures", done.measures}, {"scans", done.scans}};
  done.success = done.result["success"];
  return done;
}

bool shows_values(const json& format) {
  return (format.is_object() ? format.value("result_format", json()) : format) != "BOOLEAN_ONLY";
}

// What `history` of a later validation reads.
json kept_of(const dqdl::RulesetOutcome& outcome, const ValidateOptions& options) {
  json metrics = json::object();
  for (const auto& rule : outcome.rules) metrics.update(dqdl::measured_by(rule.verdict));
  return {{"measures", outcome.measures},
          {"scans", outcome.scans},
          {"time", options.now},
          {"metrics", std::move(metrics)}};
}

Validation validate_dqdl(const Target& target, const std::string& text, const std::string& name,
                         const ValidateOptions& options) {
  const auto outcome = dqdl::evaluate(text, name, target, options.world);
  Validation done{.success = true, .measures = outcome.measures, .scans = outcome.scans};
  for (const auto& rule : outcome.rules) {
    done.success = done.success && rule.verdict.success;
    done.lines.push_back({.name = rule.rule,
                          .success = rule.verdict.success,
                          .judged = !dqdl::could_not_be_judged(rule),
                          .reason = rule.message});
  }
  done.result = dqdl::glue_result(outcome, shows_values(options.result_format));
  done.result["millrace"] = kept_of(outcome, options);
  done.row_results = dqdl::row_results_sql(outcome, target.relation);
  return done;
}

// DataBrew's report of a validation.
Validation validate_databrew(const Target& target, const CheckText& given,
                             const ValidateOptions& options) {
  const auto sets = databrew::read(read_tree(given.text, given.name), given.name);
  Measures measures;
  const MeasureId rows = measures.scalar("count(*)");
  std::vector<Check> checks;
  for (const databrew::Ruleset& set : sets) {
    for (const databrew::Rule& rule : set.rules)
      checks.push_back(databrew::compile(rule, target, measures));
  }
  measures.compute(target.session, target.relation);
  Validation done{.success = true, .measures = measures.size(), .scans = measures.scans()};
  std::vector<databrew::RulesetOutcome> outcomes;
  for (const databrew::Ruleset& set : sets) {
    outcomes.push_back({.set = &set});
    for (const databrew::Rule& rule : set.rules) {
      const Check& check = checks[done.lines.size()];
      outcomes.back().rules.push_back({&rule, check.judge(measures)});
      done.lines.push_back(line_of(check, outcomes.back().rules.back().verdict));
      done.success = done.success && done.lines.back().success;
    }
  }
  done.result = databrew::report_of(outcomes, measures.count(rows), options.now);
  return done;
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '"')
      safe += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
      safe += c;
  }
  return safe;
}

}  // namespace

Validation validate(mr::data::Session& session, const std::string& relation,
                    const std::string& text, const std::string& name,
                    const ValidateOptions& options) {
  const Target target{session, relation, session.describe(relation), options.approximate};
  const Dialect dialect = dialect_of(text, name);
  const CheckText given{text, name, options.object, options.world};
  if (dialect == Dialect::dqdl) return validate_dqdl(target, text, name, options);
  if (dialect == Dialect::databrew) return validate_databrew(target, given, options);
  return validate_suite(target, given, dialect, options);
}

json plan_of(mr::data::Session& session, const std::string& relation, const std::string& text,
             const std::string& name, const ValidateOptions& options) {
  const Target target{session, relation, session.describe(relation), options.approximate};
  Measures measures;
  const Dialect dialect = dialect_of(text, name);
  const CheckText given{text, name, options.object, options.world};
  const size_t checks =
      dialect == Dialect::expectations
          ? read_suite(given, dialect, target, measures, options.parameters, options.now)
                .entries.size()
          : read_checks(given, target, measures).size();
  json scans = json::array();
  for (const Pass& pass : measures.plan()) {
    scans.push_back({{"reads", pass.relation.empty() ? relation : pass.relation},
                     {"filter", pass.filter},
                     {"keys", pass.keys},
                     {"measures", pass.measures.size()},
                     {"round", pass.round + 1},
                     {"sql", measures.sql_of(pass, relation)}});
  }
  return {{"checks", checks}, {"measures", measures.size()}, {"scans", std::move(scans)}};
}

std::string junit(const std::string& name, const std::vector<CheckLine>& lines) {
  const auto failed = std::count_if(lines.begin(), lines.end(), [](const CheckLine& line) {
    return !line.success && line.judged;
  });
  const auto errors =
      std::count_if(lines.begin(), lines.end(), [](const CheckLine& line) { return !line.judged; });
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" +
                    escaped(name) + "\" tests=\"" + std::to_string(lines.size()) +
                    "\" failures=\"" + std::to_string(failed) + "\" errors=\"" +
                    std::to_string(errors) + "\">\n";
  for (const CheckLine& line : lines) {
    const std::string kind = line.judged ? "failure" : "error",
                      head = "  <testcase classname=\"" + escaped(name) + "\" name=\"" +
                             escaped(line.name) + "\"";
    xml += head + (line.success
                       ? "/>\n"
                       : "><" + kind + " message=\"" + escaped(line.reason) + "\"/></testcase>\n");
  }
  return xml + "</testsuite>\n";
}

}  // namespace mr::quality
