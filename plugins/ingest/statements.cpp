#include "ingest/statements.hpp"

#include <algorithm>

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;

// The Apache HTTP Server's "combined" log format (mod_log_config); quotes inside texts are escaped by a backslash.
constexpr const char* kCombined =
    R"re(^(\S+) (\S+) (\S+) \[([^\]]+)\] "(\S+) (\S+)(?: ([^"]*))?" (\d{3}) (\S+) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"\s*$)re";

constexpr const char* kTime = "try_strptime(p.time, '%d/%b/%Y:%H:%M:%S %z')";

}  // namespace

std::string csv_source(const std::string& paths, const ReadOptions& options) {
  return "read_csv(" + paths + ", all_varchar = true, auto_detect = true, sample_size = 1" + csv_dialect(options);
}

// Left to itself DuckDB takes buffers of sixteen times the longest line, for each file that is open: more than a task may have.
std::string csv_dialect(const ReadOptions& options) {
  const std::string delimiter = !options.delimiter.empty() ? options.delimiter : options.format == "tsv" ? "\t" : ",";
  return ", delim = " + literal(delimiter) + ", quote = '\"', escape = '\"', header = " + (options.header ? "true" : "false") + ", strict_mode = true, max_line_size = 16777216, buffer_size = 33554432";
}

// A delimiter that text does not hold, and no quotes.
std::string lines_source(const std::string& paths, const std::string& more) {
  return "read_csv(" + paths + ", columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', strict_mode = false, "
         "max_line_size = 16777216, buffer_size = 33554432, null_padding = true" + more + ")";
}

std::string is_object() { return "CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END"; }

std::string json_columns(const Columns& columns) {
  std::string list;
  for (const auto& column : columns) list += "json_extract_string(line, " + literal("$." + ident(column.name)) + ") AS " + ident(column.name) + ", ";
  return list;
}

std::string combined_parts() {
  return "regexp_extract(line, " + literal(kCombined) + ", ['host', 'ident', 'user', 'time', 'method', 'path', 'protocol', 'status', 'bytes', 'referer', 'agent'])";
}

std::string combined_is_good() { return std::string("p.host <> '' AND ") + kTime + " IS NOT NULL"; }

std::string combined_columns() {
  return std::string("p.host AS host, nullif(p.ident, '-') AS ident, nullif(p.\"user\", '-') AS \"user\", CAST(CAST(") + kTime + " AS TIMESTAMP) AS VARCHAR) AS time, "
         "p.method AS method, p.path AS path, nullif(p.protocol, '') AS protocol, p.status AS status, nullif(p.bytes, '-') AS bytes, nullif(p.referer, '-') AS referer, "
         "nullif(p.agent, '-') AS agent";
}

Casts casts_of(const Columns& columns) {
  Casts casts;
  for (auto at = columns.rbegin(); at != columns.rend(); ++at) {
    if (at->type == "VARCHAR") continue;
    const auto name = ident(at->name);
    const std::string bad = name + " IS NOT NULL AND TRY_CAST(" + name + " AS " + at->type + ") IS NULL";
    casts.wrong = "CASE WHEN " + bad + " THEN " + literal("not a " + at->type) + " ELSE " + casts.wrong + " END";
    casts.which = "CASE WHEN " + bad + " THEN " + literal(at->name) + " ELSE " + casts.which + " END";
  }
  for (const auto& column : columns) {
    const auto name = ident(column.name);
    casts.values += (casts.values.empty() ? "" : ", ") + (column.type == "VARCHAR" ? name : "TRY_CAST(" + name + " AS " + column.type + ")");
  }
  return casts;
}

void require_columns(const Columns& has, const Columns& wants, const LandedFile& file) {
  std::string missing, extra;
  const auto in = [](const Columns& list, const std::string& name) { return std::any_of(list.begin(), list.end(), [&](const auto& c) { return c.name == name; }); };
  for (const auto& column : wants) {
    if (!in(has, column.name)) missing += (missing.empty() ? "" : ", ") + column.name;
  }
  for (const auto& column : has) {
    if (!in(wants, column.name)) extra += (extra.empty() ? "" : ", ") + column.name;
  }
  if (missing.empty() && extra.empty()) return;
  throw mr::Failure("data", "E5033", "the schema drifted:" + (missing.empty() ? "" : " missing " + missing) + (extra.empty() ? "" : " new " + extra), file.key,
                    "name the columns in `schema`, or mend the source");
}

}  // namespace mr::ingest
