// ingest.files: what arrives in files becomes rows of a raw dataset, each file once.
//
// Tables of text go through tables.hpp, JSON and XML through json_files.hpp, many files in one statement; Parquet, Avro and Excel through
// readers.hpp, one file after the other.
// Semantics: data-plane.md section 4.
#pragma once
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"

namespace mr::ingest {

struct Files {
  static constexpr auto type = "ingest.files", version = "1.2.0", summary = "Loads files that arrived, each exactly once, with every reject kept.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"j([
    {"title": "Daily orders", "config": {"from": "landing/orders/*.csv", "format": "csv", "into": "raw.orders"}},
    {"title": "A table of columns by width, at most one row in a hundred of it wrong", "config": {"from": "landing/stock_*.txt", "format": "fixed_width", "widths": [8, 30, 10], "columns": ["sku", "name", "pieces"], "reject_limit": "1%", "into": "raw.stock"}},
    {"title": "From a bucket", "config": {"from": "s3://partner/orders/2026-11-*.csv.gz", "access": {"endpoint": "https://s3.example.com:9000", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"},
      "format": "csv", "into": "raw.orders"}},
    {"title": "XML that arrives before its marker, and may be corrected later", "config": {"from": "landing/orders/*.xml", "format": "xml", "row": "orders/order", "finished": {"success": "_SUCCESS"}, "on_change": "reload", "into": "raw.orders"}}])j";

  struct Config {
    Json from{}, access{}, finished{}, reject_limit{}, widths{};
    std::string format{}, into{}, sheet{}, row{}, delimiter{}, quote = "\"", escape = "\"", encoding = "utf-8", on_change = "error", mode = "append", evolve = "none";
    std::map<std::string, std::string> schema{}, formats{};
    std::vector<std::string> columns{};
    bool header = true;
    int64_t skip = 0, max_files = 10'000;
    std::optional<int64_t> max_bytes{};
  };
  static constexpr auto config = mr::fields(
      mr::field("from", &Config::from, "A file or a pattern with * and ?, or a list of them; relative to the Dag's folder. Also s3://bucket/orders/*.csv, and https://host/orders.csv without a pattern; never with a password.").needed(),
      mr::field("access", &Config::access, "Who asks elsewhere. Of s3: {endpoint, region, style, access_key, secret_key, session_token, ca_file}, without endpoint AWS of the region; of https: {user, password} or {token}, and ca_file.").secret(),
      mr::field("format", &Config::format, "Of the files. They may be compressed by gzip, zstd, bzip2 or xz, or be a zip of one file each: their first bytes say so.")
          .needed()
          .one_of("csv", "tsv", "fixed_width", "json", "ndjson", "xml", "parquet", "avro", "excel", "combined_log", "common_log", "w3c_log"),
      mr::field("into", &Config::into, "The dataset to write.").needed().writes(),
      mr::field("schema", &Config::schema, "Column names and types; else those in the catalog, else as the first files have them."),
      mr::field("formats", &Config::formats, "How dates and times of a column are written, where not as 2026-11-21 10:00:00: the codes of strptime, such as %d.%m.%Y."),
      mr::field("columns", &Config::columns, "Names of the columns as they stand in the files, where no header says them, or instead of it."),
      mr::field("widths", &Config::widths, "Of fixed_width: of each column its width in characters."),
      mr::field("delimiter", &Config::delimiter, "Of csv, one character; found out when left out, and kept for the files to come."),
      mr::field("quote", &Config::quote, "Of csv and tsv: what stands around a value that holds a delimiter or a line break; empty: nothing does."),
      mr::field("escape", &Config::escape, "Of csv and tsv: what stands before a quote inside quotes."),
      mr::field("header", &Config::header, "Whether the first line of csv and tsv, or the first row of a sheet, names the columns."),
      mr::field("sheet", &Config::sheet, "Of excel (.xlsx): the sheet's name; its first one when left out. Of a row with a value that does not fit, _line is the row in the sheet."),
      mr::field("row", &Config::row, "Of xml: which elements are rows: a path of names from the root, such as orders/order, or one name. Their attributes and child elements are columns; nested ones are structs or lists, by `schema` or as the first rows have them."),
      mr::field("finished", &Config::finished, "When a file is whole. Left out: when it is there under its name, so that writers rename it into place (.tmp, .part, .crdownload and hidden ones are left alone). {success: _SUCCESS}: when a file of that name is in its folder, also in a bucket. "
                "{manifest: \"orders/*.manifest\"}: when such a file lists it: a name a line, what sha256sum prints, or JSON {files: [{path, size, sha256}]}; size and digest must be so. {settle: 30s}: when it has not changed for so long."),
      mr::field("skip", &Config::skip, "Lines at the beginning of csv, tsv and fixed_width that are none of the table.").between(0, 1'000'000),
      mr::field("encoding", &Config::encoding, "Of text files, where no byte order mark says it.").one_of("utf-8", "utf-16", "utf-16le", "utf-16be", "latin-1", "windows-1252", "detect"),
      mr::field("evolve", &Config::evolve, "When a table's columns are not the dataset's: none is an error, add takes new ones and misses others, widen takes larger types, too.").one_of("none", "add", "widen"),
      mr::field("on_change", &Config::on_change, "What to do with a file that was loaded and has other bytes since. reload: its rows take the place of those that it gave before, rejects too; the dataset is partitioned by file for that, with the file's name in the column _file, and a run takes at most 1,000 files.").one_of("error", "ignore", "reload"),
      mr::field("reject_limit", &Config::reject_limit, "More rejected rows than this, a number or a share such as \"2%\", fail the task before anything is published."),
      mr::field("max_files", &Config::max_files, "At most so many files in one run, those whose last change is earliest; the rest waits for the next. A source keeps the positions of its 100,000 latest files; one without a position that has not changed since those before them were forgotten counts as loaded, and the output has their number as files_behind_mark.").between(1, 50'000),
      mr::field("max_bytes", &Config::max_bytes, "No more files in one run than hold so many bytes, but always one; the rest waits for the next."),
      mr::field("mode", &Config::mode, "append keeps what is there.").one_of("append", "replace"));

  void run(const Config& c, mr::Attempt& attempt);
};

}  // namespace mr::ingest
