#include "data/publish.hpp"

#include <fcntl.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "data/files.hpp"
#include "data/lineage_part.hpp"
#include "data/write_modes.hpp"
#include "quality/checks.hpp"

namespace mr::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMostPartitions = 1000;
constexpr size_t kMostStatColumns = 60, kMostStatText = 64;

std::string folder_name(const std::string& column, const std::optional<std::string>& value) {
  if (!value) return column + "=__NULL__";
  std::string out = column + "=";
  for (const char c : *value) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    char coded[4];
    std::snprintf(coded, sizeof coded, "%%%02X", static_cast<unsigned char>(c));
    out += plain ? std::string(1, c) : std::string(coded);
  }
  return out;
}

// Removes its files unless told that all went well.
class OwnFiles {
 public:
  ~OwnFiles() {
    std::error_code ignored;
    for (const auto& file : files_) {
      if (!kept_) fs::remove(file, ignored);
    }
  }
  OwnFiles() = default;
  OwnFiles(const OwnFiles&) = delete;
  OwnFiles& operator=(const OwnFiles&) = delete;
  void add(fs::path file) { files_.push_back(std::move(file)); }
  void drop() {  // the last one
    std::error_code ignored;
    fs::remove(files_.back(), ignored);
    files_.pop_back();
  }
  void keep() { kept_ = true; }

 private:
  std::vector<fs::path> files_{};
  bool kept_ = false;
};

bool has_order(const std::string& type) { return type.find('[') == std::string::npos && type.rfind("STRUCT", 0) != 0 && type.rfind("MAP", 0) != 0; }

// Rows and statistics as the file's own footer has them: nothing is read again. A column whose row groups don't all say their least and
// greatest value exactly has none.
std::pair<int64_t, json> footer_of(Session& session, const std::string& file, const std::vector<ColumnInfo>& columns) {
  std::string select;
  size_t count = 0;
  for (const auto& column : columns) {
    if (++count > kMostStatColumns) break;
    const std::string mine = " FILTER (WHERE path_in_schema = " + literal(column.name) + ")", type = column.type == "HUGEINT" ? "DECIMAL(38, 0)" : column.type;
    const std::string all = "coalesce(bool_and((stats_min_value IS NOT NULL AND min_is_exact AND max_is_exact) OR stats_null_count = num_values)" + mine + ", false)";
    const auto value = [&](const char* least, const char* of) { return has_order(type) ? "CASE WHEN " + all + " THEN CAST(" + least + "(TRY_CAST(" + of + " AS " + type + "))" + mine + " AS VARCHAR) END" : std::string("NULL"); };
    select += ", " + value("min", "stats_min_value") + ", " + value("max", "stats_max_value") + ", CAST(sum(stats_null_count)" + mine + " AS VARCHAR)";
  }
  const auto table = session.query("SELECT (SELECT CAST(num_rows AS VARCHAR) FROM parquet_file_metadata(" + path_literal(file) + "))" + select + " FROM parquet_metadata(" + path_literal(file) + ")");
  json stats = json::object();
  for (size_t i = 0; i < count && i < columns.size() && i < kMostStatColumns; ++i) {
    const auto& low = table.rows[0][3 * i + 1];
    const auto& high = table.rows[0][3 * i + 2];
    const auto& nulls = table.rows[0][3 * i + 3];
    json one = json::object();
    if (nulls) one["nulls"] = table.integer(0, 3 * i + 3);
    if (low && high && low->size() <= kMostStatText && high->size() <= kMostStatText) {
      one["min"] = *low;
      one["max"] = *high;
    }
    if (!one.empty()) stats[columns[i].name] = std::move(one);
  }
  return {table.integer(0, 0), std::move(stats)};
}

json columns_json(const std::vector<ColumnInfo>& columns) {
  json list = json::array();
  for (const auto& column : columns) list.push_back({{"name", column.name}, {"type", column.type}, {"nullable", true}});
  return list;
}

// Parquet has no HUGEINT, and DuckDB would write a DOUBLE, of which 15 digits are right. A view of the dataset has its own type again.
std::string as_parquet_has_it(const std::string& select, const std::vector<ColumnInfo>& columns) {
  std::string exact;
  for (const auto& column : columns) {
    if (column.type == "HUGEINT") exact += (exact.empty() ? "" : ", ") + ("CAST(" + ident(column.name) + " AS DECIMAL(38, 0)) AS " + ident(column.name));
  }
  return exact.empty() ? select : "SELECT * REPLACE (" + exact + ") FROM (" + select + ")";
}

// One Parquet file, on disk for good when this returns.
json write_file(Session& session, OwnFiles& written, const std::string& root, const fs::path& folder, const std::string& select, const std::vector<ColumnInfo>& columns, json partition) {
  std::error_code failed;
  fs::create_directories(fs::path(root) / folder, failed);
  if (failed) throw mr::Failure("resource", "E5002", "can't make the folder " + folder.string() + ": " + failed.message(), "", "make room, or check permissions", false);
  const fs::path relative = folder / (uuid() + ".parquet"), file = fs::path(root) / relative;
  written.add(file);
  session.run("COPY (" + as_parquet_has_it(select, columns) + ") TO " + literal(file.string()) + " (FORMAT parquet, COMPRESSION zstd)");
  sync(file, O_RDONLY);
  for (fs::path at = folder; !at.empty(); at = at.parent_path()) sync(fs::path(root) / at, O_RDONLY | O_DIRECTORY);
  auto [rows, stats] = footer_of(session, file.string(), columns);
  return {{"path", relative.string()}, {"rows", rows}, {"bytes", static_cast<int64_t>(fs::file_size(file))}, {"partition", std::move(partition)}, {"stats", std::move(stats)}};
}

std::string order_by(const std::vector<std::string>& columns) {
  std::string text;
  for (const auto& column : columns) text += (text.empty() ? " ORDER BY " : ", ") + ident(column);
  return text;
}

}  // namespace

std::string quarantine_of(const std::string& dataset) { return "quarantine." + dataset.substr(dataset.find('.') + 1); }

Staged stage(Session& session, const Facts& facts, const std::string& dataset, const std::string& operation, const std::string& select,
             const std::vector<std::string>& partition_by, const std::vector<std::string>& sort_by) {
  const auto dot = dataset.find('.');
  const std::string root = facts.json.value("data_root", "");
  const fs::path folder = fs::path(dataset.substr(0, dot)) / dataset.substr(dot + 1);
  const auto columns = session.describe(select);
  OwnFiles written;
  json files = json::array();
  const std::string relation = "(" + select + ") AS _rows";
  if (partition_by.empty()) {
    auto file = write_file(session, written, root, folder, select + order_by(sort_by), columns, json::object());
    if (file.at("rows").get<int64_t>() > 0) files.push_back(std::move(file));
    else written.drop();
  } else {
    std::string keys;
    for (const auto& column : partition_by) keys += (keys.empty() ? "" : ", ") + ident(column);
    const auto values = session.query("SELECT DISTINCT " + keys + " FROM " + relation + " ORDER BY ALL LIMIT " + std::to_string(kMostPartitions + 1));
    if (static_cast<int64_t>(values.rows.size()) > kMostPartitions) throw mr::Failure("config", "E5021", "partition_by gives more than 1,000 partitions", "with.partition_by", "partition by a coarser column");
    for (const auto& row : values.rows) {
      std::string where;
      fs::path inner = folder;
      json partition = json::object();
      for (size_t i = 0; i < partition_by.size(); ++i) {
        where += (i == 0 ? " WHERE " : " AND ") + std::string("CAST(") + ident(partition_by[i]) + " AS VARCHAR)" + (row[i] ? " = " + literal(*row[i]) : " IS NULL");
        inner /= folder_name(partition_by[i], row[i]);
        partition[partition_by[i]] = row[i] ? json(*row[i]) : json();
      }
      files.push_back(write_file(session, written, root, inner, "SELECT * FROM " + relation + where + order_by(sort_by), columns, std::move(partition)));
    }
  }
  Staged staged;
  for (const auto& file : files) {
    staged.rows += file.at("rows").get<int64_t>();
    staged.bytes += file.at("bytes").get<int64_t>();
  }
  staged.snapshot = {{"dataset", dataset}, {"operation", operation}, {"columns", columns_json(columns)}, {"files", std::move(files)}, {"summary", json::object()}};
  for (const auto& output : facts.json.value("outputs", json::array())) {
    if (output.value("dataset", "") == dataset) staged.snapshot["read"] = output.value("snapshot", int64_t{0});
  }
  written.keep();
  return staged;
}

namespace {

// All columns as text, then which rule, from where: rows of many shapes can stand in one quarantine.
std::string quarantine_select(Session& session, const Facts& facts, const std::string& from, const std::string& where, const std::string& reason, const std::string& source) {
  std::string select = "SELECT ";
  for (const auto& column : session.describe("SELECT * FROM " + from)) {
    if (column.name.rfind("_reason", 0) != 0 || reason != "_reason") select += "CAST(" + ident(column.name) + " AS VARCHAR) AS " + ident(column.name) + ", ";
  }
  return select + "CAST(" + reason + " AS VARCHAR) AS _reason, " + literal(source) + " AS _source, " + literal(facts.json.value("run", "")) + " AS _run, " +
         literal(facts.json.value("task", "")) + " AS _task FROM " + from + where;
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
  json checks = json::array();
};

Split run_task_checks(Session& session, const Facts& facts, mr::Attempt& attempt, const std::string& relation, const PublishOptions& options) {
  Split split{.good = "SELECT * FROM " + relation, .quarantined = {}, .checks = json::array()};
  const auto checks = facts.json.value("checks", json::array());
  if (checks.empty()) return split;
  const auto report = mr::quality::run_checks(session, relation, checks, facts.json.value("folder", ""));
  split.checks = report.results;
  for (const auto& result : report.results) {
    if (!result.value("success", true)) attempt.warn("check failed (" + result.value("on_fail", std::string("fail")) + "): " + result.value("check", std::string("?")));
  }
  if (!report.success) throw mr::Failure("data", "E5022", "checks failed: " + failed_checks(report.results), "checks", "look at the rows, mend the data or the rule; nothing was published");
  const bool wanted = std::any_of(checks.begin(), checks.end(), [](const json& check) { return check.value("on_fail", "fail") == "quarantine"; });
  if (!wanted) return split;
  const std::string condition = report.quarantine_condition.empty() ? "false" : report.quarantine_condition;
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

// What the dataset will hold, of modes that look at what it holds. _source: the rows that come.
std::optional<Written> merged(Session& session, const Facts& facts, const std::string& good, const PublishOptions& options) {
  if (options.mode != "merge" && options.mode != "scd2") return std::nullopt;
  session.run("CREATE OR REPLACE TEMP TABLE _source AS " + good);
  const json logical = facts.json.value("logical_time", json());
  return write_into(session, facts, "_source", {.into = options.into, .mode = options.mode, .keys = options.keys, .newest_by = options.newest_by, .partition_by = options.partition_by,
                                                .as_of = logical.is_string() ? logical.get<std::string>() : now_text(), .close_missing = options.close_missing});
}

}  // namespace

namespace {

// What is read more than once is worked out once and kept.
std::string in_place(Session& session, const Facts& facts, const std::string& relation, const PublishOptions& options) {
  const bool once = facts.json.value("checks", json::array()).empty() && options.partition_by.empty();
  if (options.is_table || once) return relation;
  session.run("CREATE OR REPLACE TEMP TABLE _publish AS SELECT * FROM " + relation);
  return "_publish";
}

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
  attempt.stop_if_cancelled();
  const std::string from = in_place(session, facts, relation, options);
  const auto split = run_task_checks(session, facts, attempt, from, options);
  const auto written = merged(session, facts, split.good, options);
  const std::string operation = written ? written->operation : options.mode;
  auto good = stage(session, facts, options.into, operation, written ? written->select : split.good, options.partition_by, options.sort_by);
  json snapshots = json::array();
  Published published{.rows_in = options.rows_in, .rows_out = written ? session.query("SELECT count(*) FROM _source").integer(0, 0) : good.rows, .rows_rejected = 0, .bytes = good.bytes};
  json reasons = json::object();
  const std::string apart_rows = rejected_rows(split, options);
  if (!apart_rows.empty()) {
    for (const auto& row : session.query("SELECT coalesce(_reason, ''), CAST(count(*) AS VARCHAR) FROM (" + apart_rows + ") GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 20").rows) {
      reasons[row[0].value_or("")] = std::stoll(row[1].value_or("0"));
    }
    // Quarantine is kept per source, so that a task that replaces its dataset replaces its rejects too, also when no row failed this time.
    const bool replaces = operation != "append" && !written;
    auto apart = stage(session, facts, quarantine_of(options.into), replaces ? "overwrite_partitions" : "append", apart_rows, {"_source"});
    published.rows_rejected = apart.rows;
    published.bytes += apart.bytes;
    if (replaces) apart.snapshot["clears"] = json::array({{{"_source", options.into}}});
    if (apart.rows > 0 || replaces) snapshots.push_back(std::move(apart.snapshot));
  }
  const int64_t unread = options.quarantine_from.empty() ? 0 : session.query("SELECT count(*) FROM " + options.quarantine_from).integer(0, 0);  // rows that never got so far
  if (published.rows_in < 0) published.rows_in = (split.quarantined.empty() ? published.rows_out : session.query("SELECT count(*) FROM " + from).integer(0, 0)) + unread;
  if (published.rows_in != published.rows_out + published.rows_rejected) {
    throw mr::Failure("data", "E5023", "rows don't add up: " + std::to_string(published.rows_in) + " in, " + std::to_string(published.rows_out) + " out, " +
                                           std::to_string(published.rows_rejected) + " rejected", "", "this is a mistake of the operator; nothing was published", true);
  }
  good.snapshot["summary"] = {{"rows_in", published.rows_in}, {"rows_out", published.rows_out}, {"rows_rejected", published.rows_rejected}, {"bytes", published.bytes}};
  good.snapshot["checks"] = split.checks;
  good.snapshot["lineage"] = lineage_part(session, facts, options, !split.quarantined.empty());
  if (written) {
    good.snapshot["summary"]["merge"] = written->counts;
    if (!written->clears.empty()) good.snapshot["clears"] = written->clears;
    attempt.output("merge", written->counts);
  }
  snapshots.insert(snapshots.begin(), std::move(good.snapshot));
  attempt.commit({{"snapshots", std::move(snapshots)}, {"positions", options.positions}});
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
