#include "ingest/readers.hpp"

#include "ingest/lines.hpp"
#include "ingest/statements.hpp"

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;
using mr::data::path_literal;
using mr::data::Session;

std::string list_of(const Columns& columns) {
  std::string text;
  for (const auto& column : columns) text += (text.empty() ? "" : ", ") + ident(column.name);
  return text;
}

// From _text (columns as text, _line, _raw) into _rows and _rejects: a value that does not fit its type rejects its row.
int64_t cast_rows(Session& session, const LandedFile& file, const Columns& columns) {
  const auto casts = casts_of(columns);
  const int64_t rejected = casts.none() ? 0 : session.run("INSERT INTO _rejects SELECT " + literal(file.key) + ", _line, " + casts.which + ", _raw, " + casts.wrong + " FROM _text WHERE (" + casts.wrong + ") IS NOT NULL");
  session.run("INSERT INTO _rows SELECT " + casts.values + " FROM _text" + (casts.none() ? "" : " WHERE (" + casts.wrong + ") IS NULL"));
  return rejected;
}

constexpr size_t kMostLines = 10'000;  // of one file: nobody looks at more rejects line by line

// Rejects hold in _line the number of their record: now the true lines, and NULL where they are not known, because the walk and DuckDB
// disagree about the records.
void number_rejects(Session& session, const LandedFile& file, int64_t records) {
  const auto held = session.query("SELECT DISTINCT _line FROM _rejects WHERE _file = " + literal(file.key) + " ORDER BY _line LIMIT " + std::to_string(kMostLines));
  if (held.rows.empty()) return;
  std::vector<int64_t> asked;
  for (size_t i = 0; i < held.rows.size(); ++i) asked.push_back(held.integer(i, 0));
  const auto found = find_lines(file, asked);
  std::string pairs = "(NULL::BIGINT, NULL::BIGINT)";
  for (size_t i = 0; i < found.lines.size() && found.records == records; ++i) pairs += ", (" + std::to_string(asked[i]) + ", " + std::to_string(found.lines[i]) + ")";
  session.run("UPDATE _rejects SET _line = (SELECT line FROM (VALUES " + pairs + ") AS pairs(was, line) WHERE was = _line) WHERE _file = " + literal(file.key));
}

int64_t count(Session& session, const std::string& from) { return session.query("SELECT count(*) FROM " + from).integer(0, 0); }

// JSON objects, one a line: a line that is no object is rejected.
ReadCounts read_json_lines(Session& session, const LandedFile& file, const Columns& columns) {
  session.run("DROP TABLE IF EXISTS _lines; DROP TABLE IF EXISTS _text");
  session.run("CREATE TEMP TABLE _lines AS SELECT line, row_number() OVER () AS _line FROM " + lines_source(path_literal(file.readable)) + " WHERE trim(coalesce(line, '')) <> ''");
  session.run("CREATE TEMP TABLE _text AS SELECT " + json_columns(columns) + "_line, line AS _raw FROM (SELECT * FROM _lines WHERE " + is_object() + ")");
  const int64_t broken = session.run("INSERT INTO _rejects SELECT " + literal(file.key) + ", _line, NULL, line, 'not a JSON object' FROM _lines WHERE NOT (" + is_object() + ")");
  ReadCounts counts;
  counts.read = count(session, "_lines");
  counts.rejected = broken + cast_rows(session, file, columns);
  number_rejects(session, file, counts.read);
  return counts;
}

ReadCounts read_json_array(Session& session, const LandedFile& file, const Columns& columns) {
  session.run("DROP TABLE IF EXISTS _text");
  std::string types, select;
  for (const auto& column : columns) {
    types += (types.empty() ? "" : ", ") + literal(column.name) + ": 'JSON'";
    const auto name = ident(column.name);
    select += "CASE WHEN json_type(" + name + ") = 'NULL' THEN NULL ELSE json_extract_string(" + name + ", '$') END AS " + name + ", ";
  }
  session.run("CREATE TEMP TABLE _text AS SELECT " + select + "row_number() OVER () AS _line, NULL::VARCHAR AS _raw FROM read_json(" + path_literal(file.readable) +
              ", format = 'array', columns = {" + types + "}, maximum_object_size = 67108864)");
  ReadCounts counts;
  counts.read = count(session, "_text");
  counts.rejected = cast_rows(session, file, columns);
  return counts;
}

// Cells as they are stored, where a column's have one type; else all as text, dates among them as the numbers that Excel has for them.
std::string sheet_source(Session& session, const LandedFile& file, const Sheet& sheet) {
  const std::string plain = "read_xlsx(" + path_literal(file.path) + ", header = " + (sheet.header ? "true" : "false") + (sheet.name.empty() ? "" : ", sheet = " + literal(sheet.name));
  try {
    (void)session.query("SELECT count(COLUMNS(*)) FROM " + plain + ")");
    return plain + ")";
  } catch (const mr::data::SqlError&) {
    return plain + ", all_varchar = true)";
  }
}

// A row that has a value which does not fit is rejected, and _line is its row in the sheet.
ReadCounts read_sheet(Session& session, const LandedFile& file, const Columns& columns, const Sheet& sheet) {
  const std::string source = sheet_source(session, file, sheet);
  require_columns(session.describe("SELECT * FROM " + source), columns, file);
  std::string texts;
  for (const auto& column : columns) texts += "CAST(" + ident(column.name) + " AS VARCHAR) AS " + ident(column.name) + ", ";
  session.run("DROP TABLE IF EXISTS _text");
  session.run("CREATE TEMP TABLE _text AS SELECT " + texts + "row_number() OVER () + " + (sheet.header ? "1" : "0") + " AS _line, NULL::VARCHAR AS _raw FROM " + source);
  ReadCounts counts;
  counts.read = count(session, "_text");
  counts.rejected = cast_rows(session, file, columns);
  return counts;
}

ReadCounts read_typed(Session& session, const LandedFile& file, const std::string& format, const Columns& columns) {
  const std::string source = "read_" + format + "(" + path_literal(file.path) + ")";
  require_columns(session.describe("SELECT * FROM " + source), columns, file);
  ReadCounts counts;
  counts.read = session.run("INSERT INTO _rows SELECT " + list_of(columns) + " FROM " + source);
  return counts;
}

}  // namespace

bool is_binary_format(const std::string& format) { return format == "parquet" || format == "avro" || format == "excel"; }

std::vector<std::string> extensions_for(const std::string& format) { return format == "avro" || format == "excel" ? std::vector{format} : std::vector<std::string>{}; }

Columns infer_columns(Session& session, const LandedFile& file, const std::string& format, const Sheet& sheet) {
  if (format == "excel") return session.describe("SELECT * FROM " + sheet_source(session, file, sheet));
  if (is_binary_format(format)) return session.describe("SELECT * FROM read_" + format + "(" + path_literal(file.path) + ")");
  return session.describe("SELECT * FROM read_json(" + path_literal(file.readable) + ", format = " + (file.is_array ? "'array'" : "'newline_delimited'") + ", ignore_errors = " + (file.is_array ? "false" : "true") + ", maximum_depth = 32)");
}

void make_tables(Session& session, const Columns& columns) {
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + ident(column.name) + " " + column.type;
  session.run("CREATE OR REPLACE TEMP TABLE _rows (" + list + ")");
  session.run("CREATE OR REPLACE TEMP TABLE _rejects (_file VARCHAR, _line BIGINT, _column VARCHAR, _raw VARCHAR, _reason VARCHAR)");
}

ReadCounts read_file(Session& session, const LandedFile& file, const std::string& format, const Columns& columns, const Sheet& sheet) {
  const int64_t before = count(session, "_rows");
  ReadCounts counts = format == "excel" ? read_sheet(session, file, columns, sheet) : is_binary_format(format) ? read_typed(session, file, format, columns) : file.is_array ? read_json_array(session, file, columns) : read_json_lines(session, file, columns);
  counts.loaded = count(session, "_rows") - before;
  if (counts.read != counts.loaded + counts.rejected) {
    throw mr::Failure("data", "E5023", "rows don't add up: " + std::to_string(counts.read) + " read, " + std::to_string(counts.loaded) + " loaded, " + std::to_string(counts.rejected) + " rejected",
                      file.key, "this is a mistake of the operator; nothing was published");
  }
  // Our own count of the records, made while the file was inspected.
  const int64_t expected = file.records < 0 || file.is_array ? counts.read : file.records;
  if (expected != counts.read) {
    throw mr::Failure("data", "E5036", "the file has " + std::to_string(expected) + " records, and " + std::to_string(counts.read) + " were read", file.key, "check quotes and delimiter; nothing was loaded");
  }
  return counts;
}

}  // namespace mr::ingest
