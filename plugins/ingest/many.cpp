#include "ingest/many.hpp"

#include <map>
#include <utility>

#include "ingest/statements.hpp"

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;
using mr::data::path_literal;
using mr::data::Session;

constexpr int64_t kSmall = 128 << 10;         // of lines: beyond, a statement of its own costs little
constexpr int64_t kAtOnce = int64_t{128} << 20;  // of tables in one statement, as what it gives is kept until it is looked through

using Group = std::vector<size_t>;  // places in `files`

bool is_table(const ReadOptions& options) { return options.format == "csv" || options.format == "tsv"; }

// Files that one statement may read: counted, of lines small, and of CSV with the very same header.
std::vector<Group> groups_of(std::span<const LandedFile> files, const ReadOptions& options) {
  std::map<std::string, Group> by_head;
  std::vector<Group> groups;
  std::map<std::string, int64_t> bytes;
  if (options.format == "parquet" || (is_table(options) && !options.header)) return {};
  for (size_t i = 0; i < files.size(); ++i) {
    const auto& file = files[i];
    if (file.records < 0 || file.is_array || (is_table(options) ? file.head.empty() : file.identity.size > kSmall)) continue;
    const std::string head = is_table(options) ? file.head : std::string();
    auto& group = by_head[head];
    if (auto& sum = bytes[head]; (sum += file.identity.size) > kAtOnce && !group.empty()) {
      groups.push_back(std::exchange(group, {}));
      sum = file.identity.size;
    }
    group.push_back(i);
  }
  for (auto& [head, group] : by_head) {
    if (is_table(options) || group.size() > 1) groups.push_back(std::move(group));
  }
  return groups;
}

// The files' lines as columns of text, with `_file`; `_broken` says of lines that they are not what they should be.
std::string many_select(const std::string& paths, const ReadOptions& options, const Columns& columns) {
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
std::map<std::string, Seen> look(Session& session, const Casts& casts) {
  std::map<std::string, Seen> seen;
  const auto counts = session.query("SELECT _file, CAST(count(*) AS VARCHAR), CAST(count(*) FILTER (WHERE _broken OR (" + casts.wrong + ") IS NOT NULL) AS VARCHAR) FROM _many GROUP BY _file");
  for (size_t i = 0; i < counts.rows.size(); ++i) seen[counts.rows[i][0].value_or("")] = {counts.integer(i, 1), counts.integer(i, 2) > 0};
  return seen;
}

std::string paths_of(std::span<const LandedFile> files, const Group& group) {
  std::string paths;
  for (const size_t i : group) paths += (paths.empty() ? "[" : ", ") + path_literal(files[i].readable);
  return paths + "]";
}

std::string in_files(std::span<const LandedFile> files, const std::vector<size_t>& taken, const Group& group) {
  if (taken.size() == group.size()) return {};
  std::string names;
  for (const size_t i : taken) names += (names.empty() ? "" : ", ") + literal(files[i].readable);
  return " AND _file IN (" + names + ")";
}

using Counts = std::vector<std::optional<ReadCounts>>;

void read_lines(Session& session, std::span<const LandedFile> files, const Group& group, const ReadOptions& options, const Columns& columns, Counts& counts) {
  session.run("CREATE OR REPLACE TEMP TABLE _many AS " + many_select(paths_of(files, group), options, columns));
  const auto casts = casts_of(columns);
  auto seen = look(session, casts);
  std::vector<size_t> taken;
  for (const size_t i : group) {
    const auto& one = seen[files[i].readable];
    if (!one.odd && one.rows == files[i].records) taken.push_back(i);
  }
  if (taken.empty()) return;
  session.run("INSERT INTO _rows SELECT " + casts.values + " FROM _many WHERE true" + in_files(files, taken, group));
  for (const size_t i : taken) counts[i] = ReadCounts{.read = seen[files[i].readable].rows, .loaded = seen[files[i].readable].rows, .rejected = 0};
}

// --- tables

struct TableSeen {
  int64_t good = 0, wrong = 0, broken = 0;  // records that could be read, those of them with a value that does not fit, and others
  int64_t first = 0;                        // place of the first in _many
};

// The typed values of all records, what is wrong with a record, and then its text: one scan of the files.
void scan_tables(Session& session, std::span<const LandedFile> files, const Group& group, const ReadOptions& options, const Columns& columns, const Casts& casts) {
  const std::string source = csv_source(paths_of(files, group), options);
  const auto header = session.describe("SELECT * FROM " + csv_source(path_literal(files[group[0]].readable), options) + ", ignore_errors = true)");
  require_columns(header, columns, files[group[0]]);
  session.run("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans");
  std::string raw, typed;
  for (const auto& column : header) raw += ", " + ident(column.name);
  for (const auto& column : columns) typed += (column.type == "VARCHAR" ? ident(column.name) : "TRY_CAST(" + ident(column.name) + " AS " + column.type + ") AS " + ident(column.name)) + ", ";
  session.run("CREATE OR REPLACE TEMP TABLE _many AS SELECT " + typed + casts.which + " AS _which, " + casts.wrong + " AS _wrong, CASE WHEN (" + casts.wrong + ") IS NOT NULL THEN concat_ws(','" + raw + ") END AS _raw, _file FROM " + source +
              ", store_rejects = true, filename = '_file')");
}

std::map<std::string, TableSeen> look_at_tables(Session& session) {
  std::map<std::string, TableSeen> seen;
  const auto counts = session.query("SELECT _file, CAST(count(*) AS VARCHAR), CAST(count(_wrong) AS VARCHAR), CAST(min(rowid) AS VARCHAR) FROM _many GROUP BY _file");
  for (size_t i = 0; i < counts.rows.size(); ++i) seen[counts.rows[i][0].value_or("")] = {counts.integer(i, 1), counts.integer(i, 2), 0, counts.integer(i, 3)};
  const auto broken = session.query("SELECT file_path, CAST(count(DISTINCT line_byte_position) AS VARCHAR) FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY 1");
  for (size_t i = 0; i < broken.rows.size(); ++i) seen[broken.rows[i][0].value_or("")].broken = broken.integer(i, 1);
  return seen;
}

// One look at all of them: a file's rejects are few, and its rows are many.
void set_apart(Session& session, std::span<const LandedFile> files, const std::vector<size_t>& taken, const std::map<std::string, TableSeen>& seen, const ReadOptions& options) {
  std::string known;
  for (const size_t i : taken) {
    const auto& one = seen.at(files[i].readable);
    if (one.wrong + one.broken > 0) known += (known.empty() ? "(" : ", (") + literal(files[i].readable) + ", " + literal(files[i].key) + ", " + std::to_string(one.first) + ")";
  }
  if (known.empty()) return;
  const std::string these = " JOIN (VALUES " + known + ") AS k(path, key, first) ON ";
  session.run("INSERT INTO _rejects SELECT k.key, m.rowid - k.first + 1, _which, _raw, _wrong FROM _many AS m" + these + "m._file = k.path WHERE _wrong IS NOT NULL");
  session.run("INSERT INTO _rejects SELECT k.key, -CAST(line_byte_position AS BIGINT), min(column_name), ltrim(min(csv_line), chr(13) || chr(10)), min(CAST(error_type AS VARCHAR)) "
              "FROM reject_errors JOIN reject_scans USING (scan_id, file_id)" + these + "file_path = k.path GROUP BY k.key, line_byte_position");
  for (const size_t i : taken) {
    const auto& one = seen.at(files[i].readable);
    if (one.wrong + one.broken > 0) number_rejects(session, files[i], Shape::csv, options.header, one.good);
  }
}

void read_tables(Session& session, std::span<const LandedFile> files, const Group& group, const ReadOptions& options, const Columns& columns, Counts& counts) {
  const auto casts = casts_of(columns);
  scan_tables(session, files, group, options, columns, casts);
  auto seen = look_at_tables(session);
  std::vector<size_t> taken;
  for (const size_t i : group) {
    const auto& one = seen[files[i].readable];
    if (one.good + one.broken == files[i].records - (files[i].records > 0 ? 1 : 0)) taken.push_back(i);
  }
  if (taken.empty()) return;
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + ident(column.name);
  session.run("INSERT INTO _rows SELECT " + list + " FROM _many WHERE _wrong IS NULL" + in_files(files, taken, group));
  set_apart(session, files, taken, seen, options);
  for (const size_t i : taken) {
    const auto& one = seen[files[i].readable];
    counts[i] = ReadCounts{.read = one.good + one.broken, .loaded = one.good - one.wrong, .rejected = one.wrong + one.broken};
  }
}

}  // namespace

std::vector<std::optional<ReadCounts>> read_many(Session& session, std::span<const LandedFile> files, const ReadOptions& options, const Columns& columns) {
  Counts counts(files.size());
  for (const auto& group : groups_of(files, options)) {
    Counts own = counts;
    try {
      session.run("BEGIN");
      is_table(options) ? read_tables(session, files, group, options, columns, own) : read_lines(session, files, group, options, columns, own);
      session.run("COMMIT");
      counts = std::move(own);
    } catch (const mr::Failure&) {
      // One of them is odd in a way that stops the statement: nothing of them was taken, and each by itself will say what it is.
      session.run("ROLLBACK");
    }
  }
  session.run("DROP TABLE IF EXISTS _many");
  return counts;
}

}  // namespace mr::ingest
