#include "ingest/readers.hpp"

#include "ingest/statements.hpp"
#include "ingest/text_rows.hpp"

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
ReadCounts read_sheet(Session& session, const LandedFile& file, const ReadOptions& options) {
  const std::string source = sheet_source(session, file, options.sheet);
  require_columns(session.describe("SELECT * FROM " + source), options.columns, file);
  std::string texts;
  for (const auto& column : options.columns) texts += "CAST(" + ident(column.name) + " AS VARCHAR) AS " + ident(column.name) + ", ";
  session.run("CREATE OR REPLACE TEMP TABLE _text AS SELECT " + texts + literal(file.key) + " AS _file, row_number() OVER () + " + (options.sheet.header ? "1" : "0") + " AS _line, NULL::VARCHAR AS _raw FROM " + source);
  ReadCounts counts;
  counts.read = count_rows(session, "_text");
  counts.rejected = cast_rows(session, options.columns, options.keeps_file);
  return counts;
}

ReadCounts read_typed(Session& session, const LandedFile& file, const ReadOptions& options) {
  const std::string source = "read_" + options.format + "(" + path_literal(file.path) + ")";
  require_columns(session.describe("SELECT * FROM " + source), options.columns, file);
  ReadCounts counts;
  counts.read = session.run("INSERT INTO _rows SELECT " + list_of(options.columns) + (options.keeps_file ? ", " + literal(file.key) : "") + " FROM " + source);
  return counts;
}

}  // namespace

bool is_binary_format(const std::string& format) { return format == "parquet" || format == "avro" || format == "excel"; }

std::vector<std::string> extensions_for(const std::string& format) { return format == "avro" || format == "excel" ? std::vector{format} : std::vector<std::string>{}; }

Columns infer_columns(Session& session, const LandedFile& file, const ReadOptions& options) {
  if (options.format == "excel") return session.describe("SELECT * FROM " + sheet_source(session, file, options.sheet));
  return session.describe("SELECT * FROM read_" + options.format + "(" + path_literal(file.path) + ")");
}

ReadCounts read_file(Session& session, const LandedFile& file, const ReadOptions& options) {
  const int64_t before = count_rows(session, "_rows");
  ReadCounts counts = options.format == "excel" ? read_sheet(session, file, options) : read_typed(session, file, options);
  counts.loaded = counts.read - counts.rejected;
  require_sum(session, before, counts, file.key);
  return counts;
}

void require_sum(Session& session, int64_t before, const ReadCounts& counts, const std::string& where) {
  const int64_t loaded = count_rows(session, "_rows") - before;
  if (counts.read == loaded + counts.rejected) return;
  throw mr::Failure("data", "E5023", "rows don't add up: " + std::to_string(counts.read) + " read, " + std::to_string(loaded) + " loaded, " + std::to_string(counts.rejected) + " rejected", where,
                    "this is a mistake of the operator; nothing was published");
}

}  // namespace mr::ingest
