#include "ingest/many.hpp"

#include <map>

#include "ingest/statements.hpp"

namespace mr::ingest {
namespace {

using mr::data::literal;
using mr::data::path_literal;
using mr::data::Session;

constexpr int64_t kSmall = 128 << 10;  // beyond, a statement of its own costs little

using Group = std::vector<size_t>;  // places in `files`

bool is_table(const ReadOptions& options) { return options.format == "csv" || options.format == "tsv"; }

// Files that one statement may read: small, counted, and of CSV with the very same header.
std::vector<Group> groups_of(std::span<const LandedFile> files, const ReadOptions& options) {
  std::map<std::string, Group> by_head;
  if (options.format == "parquet" || (is_table(options) && !options.header)) return {};
  for (size_t i = 0; i < files.size(); ++i) {
    const auto& file = files[i];
    if (file.records < 0 || file.identity.size > kSmall || file.is_array || (is_table(options) && file.head.empty())) continue;
    by_head[is_table(options) ? file.head : std::string()].push_back(i);
  }
  std::vector<Group> groups;
  for (auto& [head, group] : by_head) {
    if (group.size() > 1) groups.push_back(std::move(group));
  }
  return groups;
}

// The files' rows as text, with `_file`; `_broken` says of lines that they are not what they should be.
std::string many_select(const std::string& paths, const ReadOptions& options, const Columns& columns) {
  if (is_table(options)) return "SELECT *, false AS _broken FROM " + csv_source(paths, options) + ", store_rejects = true, filename = '_file')";
  const std::string lines = lines_source(paths, ", filename = '_file'") + " WHERE trim(coalesce(line, '')) <> ''";
  if (options.format == "combined_log") {
    return "SELECT " + combined_columns() + ", NOT (" + combined_is_good() + ") AS _broken, _file FROM (SELECT " + combined_parts() + " AS p, _file FROM " + lines + ")";
  }
  return "SELECT " + json_columns(columns) + "line IS NULL AS _broken, _file FROM (SELECT CASE WHEN " + is_object() + " THEN line END AS line, _file FROM " + lines + ")";
}

struct Seen {
  int64_t rows = 0;
  bool odd = false;
};

// Per path, what the statement saw in the file.
std::map<std::string, Seen> look(Session& session, const ReadOptions& options, const Casts& casts) {
  std::map<std::string, Seen> seen;
  const auto counts = session.query("SELECT _file, CAST(count(*) AS VARCHAR), CAST(count(*) FILTER (WHERE _broken OR (" + casts.wrong + ") IS NOT NULL) AS VARCHAR) FROM _many GROUP BY _file");
  for (size_t i = 0; i < counts.rows.size(); ++i) seen[counts.rows[i][0].value_or("")] = {counts.integer(i, 1), counts.integer(i, 2) > 0};
  if (!is_table(options)) return seen;
  for (const auto& row : session.query("SELECT DISTINCT file_path FROM reject_errors JOIN reject_scans USING (scan_id, file_id)").rows) seen[row[0].value_or("")].odd = true;
  return seen;
}

void read_group(Session& session, std::span<const LandedFile> files, const Group& group, const ReadOptions& options, const Columns& columns, std::vector<std::optional<ReadCounts>>& counts) {
  std::string paths;
  for (const size_t i : group) paths += (paths.empty() ? "[" : ", ") + path_literal(files[i].readable);
  paths += "]";
  if (is_table(options)) {
    require_columns(session.describe("SELECT * FROM " + csv_source(path_literal(files[group[0]].readable), options) + ", ignore_errors = true)"), columns, files[group[0]]);
    session.run("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans");
  }
  session.run("CREATE OR REPLACE TEMP TABLE _many AS " + many_select(paths, options, columns));
  const auto casts = casts_of(columns);
  auto seen = look(session, options, casts);
  std::string good;
  std::vector<size_t> taken;
  for (const size_t i : group) {
    const auto& one = seen[files[i].readable];
    if (one.odd || one.rows != files[i].records - (is_table(options) ? 1 : 0)) continue;
    good += (good.empty() ? "" : ", ") + literal(files[i].readable);
    taken.push_back(i);
  }
  if (taken.empty()) return;
  session.run("INSERT INTO _rows SELECT " + casts.values + " FROM _many" + (taken.size() == group.size() ? "" : " WHERE _file IN (" + good + ")"));
  for (const size_t i : taken) counts[i] = ReadCounts{.read = seen[files[i].readable].rows, .loaded = seen[files[i].readable].rows, .rejected = 0};
}

}  // namespace

std::vector<std::optional<ReadCounts>> read_many(Session& session, std::span<const LandedFile> files, const ReadOptions& options, const Columns& columns) {
  std::vector<std::optional<ReadCounts>> counts(files.size());
  for (const auto& group : groups_of(files, options)) {
    try {
      read_group(session, files, group, options, columns, counts);
    } catch (const mr::Failure&) {
      // One of them is odd in a way that stops the statement: each by itself will say what it is.
    }
  }
  session.run("DROP TABLE IF EXISTS _many");
  return counts;
}

}  // namespace mr::ingest
