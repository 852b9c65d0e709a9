#include "data/publish.hpp"

#include <algorithm>
#include <ctime>
#include <set>

#include "data/lineage_part.hpp"
#include "data/rejects.hpp"
#include "data/write_modes.hpp"
#include "quality/checks.hpp"
#include "quality/task_world.hpp"

namespace mr::data {

using nlohmann::json;

std::string quarantine_of(const std::string& dataset) { return "quarantine." + dataset.substr(dataset.find('.') + 1); }

std::string origin_columns(const Facts& facts, const std::string& dataset) {
  return literal(dataset) + " AS _source, " + literal(facts.json.value("run", "")) + " AS _run, " + literal(facts.json.value("task", "")) + " AS _task";
}

namespace {

// All columns as text, then which rule, from where: rows of many shapes can stand in one quarantine.
std::string quarantine_select(Session& session, const Facts& facts, const std::string& from, const std::string& where, const std::string& reason, const std::string& source) {
  std::string select = "SELECT ";
  for (const auto& column : session.describe("SELECT * FROM " + from)) {
    if (column.name.rfind("_reason", 0) != 0 || reason != "_reason") select += "CAST(" + ident(column.name) + " AS VARCHAR) AS " + ident(column.name) + ", ";
  }
  return select + "CAST(" + reason + " AS VARCHAR) AS _reason, " + origin_columns(facts, source) + " FROM " + from + where;
}

std::string failed_checks(const json& results) {
  std::string text;
  for (const auto& result : results) {
    if (result.value("success", true) || result.value("on_fail", "fail") != "fail") continue;
    text += (text.empty() ? "" : "; ") + result.value("check", std::string("a check"));
    if (result.contains("unexpected_count")) text += " (" + result.at("unexpected_count").dump() + " rows)";
  }
  return text;
}

struct Split {
  std::string good{};          // select of the rows that pass
  std::string quarantined{};   // select for the quarantine; empty: none asked for
  json checks = json::array(), metrics = json::object();
  bool by_others = false;      // rows of other datasets may have a say in which are set apart
};

bool names_any(const std::string& condition, const mr::quality::dqdl::World& world) {
  const auto named = [&](const auto& source) { return condition.find(source.first) != std::string::npos || condition.find(source.second.relation) != std::string::npos; };
  return condition.find("SELECT") != std::string::npos && std::any_of(world.sources.begin(), world.sources.end(), named);
}

Split run_task_checks(Session& session, const Facts& facts, mr::Attempt& attempt, const std::string& relation, const PublishOptions& options) {
  Split split{.good = "SELECT * FROM " + relation, .quarantined = {}};
  const auto checks = facts.json.value("checks", json::array());
  if (checks.empty()) return split;
  const auto world = mr::quality::world_of(session, facts, options.into, options.staged ? options.staged->snapshot : json());
  const auto report = mr::quality::run_checks(session, relation, checks, facts.json.value("folder", ""), world);
  split.checks = report.results;
  split.metrics = report.metrics;
  for (const auto& result : report.results) {
    if (!result.value("success", true)) attempt.warn("check failed (" + result.value("on_fail", std::string("fail")) + "): " + result.value("check", std::string("?")));
  }
  if (!report.success) throw mr::Failure("data", "E5022", "checks failed: " + failed_checks(report.results), "checks", "look at the rows, mend the data or the rule; nothing was published");
  const bool wanted = !report.quarantine_condition.empty() || std::any_of(checks.begin(), checks.end(), [](const json& check) { return check.value("on_fail", "fail") == "quarantine"; });
  if (!wanted) return split;
  const std::string condition = report.quarantine_condition.empty() ? "false" : report.quarantine_condition;
  split.by_others = names_any(condition, world);
  const std::string reason = report.quarantine_reason.empty() ? "''" : report.quarantine_reason;
  split.good += " WHERE NOT coalesce((" + condition + "), false)";
  split.quarantined = quarantine_select(session, facts, relation, " WHERE coalesce((" + condition + "), false)", reason, options.into);
  return split;
}

// One SELECT, of rows that could not be read and of those that checks set apart; empty: there can be none.
std::string rejected_rows(const Split& split, const PublishOptions& options) {
  if (options.quarantine_from.empty()) return split.quarantined;
  return "SELECT * FROM " + options.quarantine_from + (split.quarantined.empty() ? "" : " UNION ALL BY NAME " + split.quarantined);
}

// The partitions that it overwrites, each once.
std::vector<json> overwritten(const json& written, const PublishOptions& options) {
  std::set<json> partitions(options.clears.begin(), options.clears.end());
  for (const auto& file : written.at("files")) partitions.insert(file.at("partition"));
  return {partitions.begin(), partitions.end()};
}

// What the dataset will hold, of modes that look at what it holds. _source: the rows that come.
std::optional<Written> merged(Session& session, const Facts& facts, const std::string& good, const PublishOptions& options) {
  if (options.mode != "merge" && options.mode != "scd2") return std::nullopt;
  session.run("CREATE OR REPLACE TEMP TABLE _source AS " + good);
  const json logical = facts.json.value("logical_time", json());
  return write_into(session, facts, "_source", {.into = options.into, .mode = options.mode, .keys = options.keys, .newest_by = options.newest_by, .partition_by = options.partition_by,
                                                .as_of = logical.is_string() ? logical.get<std::string>() : now_text(), .close_missing = options.close_missing});
}

// What checks read, too, is worked out once and kept.
std::string in_place(Session& session, const Facts& facts, const std::string& relation, const PublishOptions& options) {
  const bool once = facts.json.value("checks", json::array()).empty();
  if (options.is_table || options.staged || once) return relation;
  session.run("CREATE OR REPLACE TEMP TABLE _publish AS SELECT * FROM " + relation);
  return "_publish";
}

// Files that the caller has staged: gone again unless they are published.
class Given {
 public:
  Given(const Facts& facts, const std::optional<Staged>& staged) : facts_(facts), staged_(staged) {}
  ~Given() {
    if (staged_ && !kept_) unstage(facts_, *staged_);
  }
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;
  void keep() { kept_ = true; }

 private:
  const Facts& facts_;
  const std::optional<Staged>& staged_;
  bool kept_ = false;
};

}  // namespace

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

Published publish(Session& session, const Facts& facts, mr::Attempt& attempt, const std::string& relation, const PublishOptions& options) {
  Given given(facts, options.staged);
  attempt.stop_if_cancelled();
  const std::string from = in_place(session, facts, relation, options);
  const auto split = run_task_checks(session, facts, attempt, from, options);
  const auto written = merged(session, facts, split.good, options);
  const std::string operation = written ? written->operation : options.mode;
  const bool whole = options.staged && !written && split.quarantined.empty();
  auto good = whole ? *options.staged : stage(session, facts, options.into, operation, written ? written->select : split.good, options.partition_by, options.sort_by);
  // A merge looks at all of the dataset, as rows may move from one partition to another.
  if (!written && operation == "overwrite_partitions") good.snapshot["by_partition"] = true;
  json snapshots = json::array();
  Published published{.rows_in = options.rows_in, .rows_out = written ? session.query("SELECT count(*) FROM _source").integer(0, 0) : good.rows, .rows_rejected = 0, .bytes = good.bytes};
  json reasons = json::object();
  const std::string apart_rows = rejected_rows(split, options);
  const bool replaces = operation != "append" && !written;
  const auto partitions = replaces && operation != "replace" ? overwritten(good.snapshot, options) : std::vector<json>{};
  Staged apart{.snapshot = {{"dataset", quarantine_of(options.into)}, {"operation", "overwrite_partitions"}, {"columns", json::array()}, {"files", json::array()}}};
  if (!apart_rows.empty()) {
    for (const auto& row : session.query("SELECT coalesce(_reason, ''), CAST(count(*) AS VARCHAR) FROM (" + apart_rows + ") GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 20").rows) {
      reasons[row[0].value_or("")] = std::stoll(row[1].value_or("0"));
    }
    const auto places = places_of_rejects(session, apart_rows, options.partition_by, partitions);
    auto rejects = stage(session, facts, quarantine_of(options.into), replaces ? "overwrite_partitions" : "append", places.select, places.partition_by);
    published.rows_rejected = rejects.rows;
    published.bytes += rejects.bytes;
    if (rejects.rows > 0) apart = std::move(rejects);
  }
  // Also when no row failed this time: the catalog makes nothing of it where nothing is to go.
  if (replaces) apart.snapshot["by_partition"] = true;
  if (replaces) apart.snapshot["clears"] = operation == "replace" ? json::array({{{"_source", options.into}}}) : cleared_by(session, options.into, partitions);
  if (replaces || apart.rows > 0) snapshots.push_back(std::move(apart.snapshot));
  const int64_t unread = options.quarantine_from.empty() ? 0 : session.query("SELECT count(*) FROM " + options.quarantine_from).integer(0, 0);  // rows that never got so far
  if (published.rows_in < 0) published.rows_in = (split.quarantined.empty() ? published.rows_out : session.query("SELECT count(*) FROM " + from).integer(0, 0)) + unread;
  if (published.rows_in != published.rows_out + published.rows_rejected) {
    throw mr::Failure("data", "E5023", "rows don't add up: " + std::to_string(published.rows_in) + " in, " + std::to_string(published.rows_out) + " out, " +
                                           std::to_string(published.rows_rejected) + " rejected", "", "this is a mistake of the operator; nothing was published", true);
  }
  good.snapshot["summary"] = {{"rows_in", published.rows_in}, {"rows_out", published.rows_out}, {"rows_rejected", published.rows_rejected}, {"bytes", published.bytes}};
  good.snapshot["checks"] = split.checks;
  good.snapshot["metrics"] = split.metrics;
  good.snapshot["lineage"] = split.by_others ? json{{"kind", "all"}} : lineage_part(session, facts, options, !split.quarantined.empty());
  if (written) {
    good.snapshot["summary"]["merge"] = written->counts;
    if (!written->clears.empty()) good.snapshot["clears"] = written->clears;
    attempt.output("merge", written->counts);
  }
  if (!options.clears.empty()) good.snapshot["clears"] = options.clears;
  snapshots.insert(snapshots.begin(), std::move(good.snapshot));
  attempt.commit({{"snapshots", std::move(snapshots)}, {"positions", options.positions}});
  if (whole) given.keep();
  attempt.output("rows_in", published.rows_in);
  attempt.output("rows_out", published.rows_out);
  attempt.output("rows_rejected", published.rows_rejected);
  attempt.output("bytes", published.bytes);
  attempt.output("dataset", options.into);
  if (published.rows_rejected > 0) attempt.output("reject_reasons", reasons);
  attempt.info(std::to_string(published.rows_in) + " rows in, " + std::to_string(published.rows_out) + " out, " + std::to_string(published.rows_rejected) + " rejected");
  return published;
}

}  // namespace mr::data
