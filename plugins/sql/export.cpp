#include "sql/export.hpp"

#include <filesystem>

#include "data/explain.hpp"
#include "data/publish.hpp"
#include "data/session.hpp"
#include "s3/address.hpp"
#include "s3/transfer.hpp"
#include "sql/arrow_stream.hpp"
#include "sql/excel.hpp"
#include "sql/place.hpp"

namespace {

namespace fs = std::filesystem;
using mr::data::ident;
using mr::data::literal;

mr::Failure unfit(const std::string& what, const std::string& where, const std::string& hint = {}) { return {"config", "E5100", what, where, hint}; }

bool is_csv(const Export::Config& c) { return c.format == "csv" || c.format == "tsv"; }
bool is_folder(const Export::Config& c) { return c.per_thread || !c.partition_by.empty(); }

void check(const Export::Config& c) {
  const bool alone = c.format == "excel" || c.format == "arrow";
  if (!c.delimiter.empty() && c.format != "csv") throw unfit("only csv has a delimiter", "delimiter");
  if (!c.null.empty() && !is_csv(c)) throw unfit("only csv and tsv have a text for NULL", "null");
  if (alone && c.compression != "auto" && c.compression != "none") throw unfit(c.format + " is not compressed here", "compression", "leave it out");
  if (c.compression == "snappy" && c.format != "parquet") throw unfit("only parquet is compressed by snappy", "compression", "take gzip or zstd");
  if (is_folder(c) && alone) throw unfit(c.format + " is one file", c.per_thread ? "per_thread" : "partition_by", "take parquet, csv or ndjson, or write a task for each part");
  if (is_folder(c) && mr::s3::is_address(c.path)) throw unfit("an object of a bucket is one file", c.per_thread ? "per_thread" : "partition_by", "write a task for each part");
}

std::string compression_of(const Export::Config& c) {
  if (c.compression == "none") return c.format == "parquet" ? "uncompressed" : "";
  if (c.compression != "auto") return c.compression;
  if (c.format == "parquet") return "zstd";
  return c.path.ends_with(".gz") ? "gzip" : c.path.ends_with(".zst") ? "zstd" : "";
}

std::string options_of(const Export::Config& c) {
  std::string out = is_csv(c) ? "FORMAT csv" : c.format == "parquet" ? "FORMAT parquet" : c.format == "excel" ? "FORMAT xlsx" : c.format == "json" ? "FORMAT json, ARRAY true" : "FORMAT json";
  if (is_csv(c) || c.format == "excel") out += std::string(", HEADER ") + (c.header ? "true" : "false");
  if (is_csv(c)) out += ", DELIMITER " + literal(!c.delimiter.empty() ? c.delimiter : c.format == "tsv" ? "\t" : ",") + ", NULLSTR " + literal(c.null);
  if (const auto compression = compression_of(c); !compression.empty()) out += ", COMPRESSION " + compression;
  if (c.per_thread) out += ", PER_THREAD_OUTPUT true";
  if (!is_folder(c)) out += ", USE_TMP_FILE false";  // the draft is one already
  if (c.partition_by.empty()) return out;
  std::string columns;
  for (const auto& column : c.partition_by) columns += (columns.empty() ? "" : ", ") + ident(column);
  return out + ", PARTITION_BY (" + columns + ")";
}

// The rows as a table that can be looked at several times: a SELECT with chance or a clock in it need not give the same ones again.
std::string sheet(mr::data::Session& session, const Export::Config& c, mr::Attempt& attempt) {
  session.run("CREATE TEMP TABLE _sheet AS SELECT * FROM _export");
  const auto fits = mr::sql::sheet_of(session, "_sheet", c.header);
  if (!fits.as_text.empty()) attempt.output("as_text", fits.as_text);
  for (const auto& column : fits.as_text) attempt.warn("column '" + column + "' is written as text: a cell would not hold its values exactly");
  return fits.select;
}

// Rows of the SELECT in a file or folder of this attempt; nobody else sees it yet.
int64_t write(const Export::Config& c, const mr::data::Facts& facts, mr::Attempt& attempt, const std::string& path) {
  auto session = mr::data::open_session(facts, c.format == "excel" ? std::vector<std::string>{"excel"} : std::vector<std::string>{});
  mr::data::confine(session, facts, {path}, is_folder(c) ? std::vector<std::string>{path} : std::vector<std::string>{});
  const mr::data::Watch watch(session, attempt);
  session.check_select(c.sql);
  session.run("CREATE TEMP VIEW _export AS " + c.sql);
  const std::string rows_of = c.format == "excel" ? sheet(session, c, attempt) : "SELECT * FROM _export";
  const int64_t rows = c.format == "arrow" ? mr::sql::write_arrow(session, rows_of, path, attempt) : session.run("COPY (" + rows_of + ") TO " + literal(path) + " (" + options_of(c) + ")");
  attempt.stop_if_cancelled();
  return rows;
}

void tell(const mr::Attempt& attempt, const std::string& path, int64_t rows, const mr::sql::Written& written) {
  attempt.output("path", path);
  attempt.output("rows", rows);
  attempt.output("bytes", written.bytes);
  attempt.output("files", written.files);
  attempt.info(std::to_string(rows) + " rows, " + std::to_string(written.bytes) + " bytes, " + std::to_string(written.files) + (written.files == 1 ? " file" : " files"));
}

void put_into_bucket(const Export::Config& c, const mr::data::Facts& facts, mr::Attempt& attempt) {
  const auto address = mr::s3::read_address(c.path);
  const mr::s3::Client client(mr::s3::place_of(address.bucket, c.access), attempt);
  const auto draft = attempt.work_folder() + "/export";
  const auto rows = write(c, facts, attempt, draft);
  const auto moved = mr::s3::put(client, {.from = draft, .key = address.key, .content_type = "application/octet-stream", .only_new = !c.overwrite}, attempt);
  tell(attempt, c.path, rows, {.files = 1, .bytes = moved.bytes});
}

}  // namespace

void Export::run(const Config& c, mr::Attempt& attempt) {
  check(c);
  const mr::data::Facts facts{attempt.facts()};
  if (mr::data::is_to_explain(facts)) return attempt.output("statements", mr::data::statements_for(facts, c.sql, c.partition_by, "partition_by"));
  if (mr::s3::is_address(c.path)) return put_into_bucket(c, facts, attempt);
  const mr::sql::Place place(fs::absolute(facts.path(c.path)).lexically_normal(), is_folder(c), c.overwrite);
  const auto rows = write(c, facts, attempt, place.draft());
  tell(attempt, place.target(), rows, place.keep());
}
