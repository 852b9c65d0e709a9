// export.file: the rows of one SELECT as a file for others, or as a folder of files.
//
// It is there whole or not at all: written beside its place and renamed once it is on disk; a folder that is there changes places with the new
// one. An object of a bucket is written in the work folder and goes up in parts. Failures: E5055 (no such folder, no permission, something is there that is to stay), E5100 (options that don't fit), E5101 (no room in a
// spreadsheet), E4080 to E4086 (of buckets), those of the session.
#pragma once
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"

struct Export {
  static constexpr auto type = "export.file", version = "1.2.0", summary = "Writes the rows of one SELECT into a file or an object of S3: CSV, JSON, Parquet, Excel or Arrow.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE | MR_EXPLAINS;
  static constexpr auto output_schema =
      R"({"type": "object", "properties": {"path": {"type": "string", "description": "The file or folder."}, "rows": {"type": "integer", "description": "That were written."},
          "bytes": {"type": "integer", "description": "Of all files."}, "files": {"type": "integer", "description": "How many there are."},
          "as_text": {"type": "array", "items": {"type": "string"}, "description": "With excel: columns of numbers or dates that are text there, as a cell would not hold them exactly."}}})";
  static constexpr auto examples = R"([{"title": "For the accountants", "config": {"sql": "select day, amount from mart.daily_sales order by day", "path": "out/sales.csv", "format": "csv"}},
    {"title": "A spreadsheet for each day", "config": {"sql": "select * from mart.daily_sales", "path": "out/sales-{{ .run.logical_time[:10] }}.xlsx", "format": "excel"}},
    {"title": "A folder by country", "config": {"sql": "select * from clean.orders", "path": "out/orders", "format": "parquet", "partition_by": ["country"]}},
    {"title": "For a partner, and never in place of what was there", "config": {"sql": "select * from mart.daily_sales", "path": "s3://partner/sales/2026-11-01.parquet", "format": "parquet", "overwrite": false,
      "access": {"endpoint": "https://s3.example.com:9000", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}}}])";

  struct Config {
    mr::Json access{};
    std::string sql{}, path{}, format = "csv", delimiter{}, null{}, compression = "auto";
    std::vector<std::string> partition_by{};
    bool header = true, overwrite = true, per_thread = false;
  };
  static constexpr auto config = mr::fields(
      mr::field("sql", &Config::sql, "One SELECT in DuckDB's SQL; datasets are tables named zone.name. Expressions in it are values.").needed().sql(),
      mr::field("path", &Config::path, "The file; relative to the Dag's folder. Its folder is made when it is not there. Or s3://bucket/key. With partition_by or per_thread: the folder for the files.").needed(),
      mr::field("access", &Config::access, "Who asks the bucket: {endpoint, region, style, access_key, secret_key, session_token, ca_file}, without endpoint AWS of the region.").secret(),
      mr::field("format", &Config::format, "json is one list, ndjson a line for each row; excel is one sheet of .xlsx; arrow is an Arrow IPC stream.").one_of("csv", "tsv", "json", "ndjson", "parquet", "excel", "arrow"),
      mr::field("delimiter", &Config::delimiter, "Of csv; a comma when left out."),
      mr::field("header", &Config::header, "Whether the first line of csv, tsv and excel names the columns."),
      mr::field("null", &Config::null, "Of csv and tsv: what stands for NULL. Nothing when left out; an empty text has quotes then."),
      mr::field("compression", &Config::compression, "auto: by the name for csv and json (.gz, .zst), zstd for parquet. snappy is for parquet only.").one_of("auto", "none", "gzip", "zstd", "snappy"),
      mr::field("partition_by", &Config::partition_by, "Columns whose values name folders, country=DE and so on; they are not in the files. With csv, json, ndjson and parquet."),
      mr::field("per_thread", &Config::per_thread, "Whether each thread writes files of its own: faster, several files, and rows in no order. With csv, json, ndjson and parquet."),
      mr::field("overwrite", &Config::overwrite, "Whether a file or folder that is there is replaced; else it is an error, unless it is an object that this very task has written."));

  void run(const Config& c, mr::Attempt& attempt);
};
