// export.file: the rows of one SELECT as a file for others.
//
// The file is there whole or not at all: it is written beside its place and renamed once it is on disk; an object of a bucket is written in the
// work folder and goes up in parts. Failures: E5055 (no such folder, no permission, a file that is there and is to stay), E4080 to E4086 (of
// buckets), those of the session.
#pragma once
#include "sdk/millrace_plugin.hpp"

struct Export {
  static constexpr auto type = "export.file", version = "1.1.0", summary = "Writes the rows of one SELECT into a file or an object of S3: CSV, JSON or Parquet.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([
    {"title": "For the accountants", "config": {"sql": "select day, amount from mart.daily_sales order by day", "path": "out/sales.csv", "format": "csv"}},
    {"title": "For a partner, and never in place of what was there", "config": {"sql": "select * from mart.daily_sales", "path": "s3://partner/sales/2026-11-01.parquet", "format": "parquet", "overwrite": false,
      "access": {"endpoint": "https://s3.example.com:9000", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}}}])";

  struct Config {
    mr::Json access{};
    std::string sql{}, path{}, format = "csv", delimiter{};
    bool header = true, overwrite = true;
  };
  static constexpr auto config = mr::fields(
      mr::field("sql", &Config::sql, "One SELECT in DuckDB's SQL; datasets are tables named zone.name. Expressions in it are values.").needed().sql(),
      mr::field("path", &Config::path, "The file; relative to the Dag's folder. Its folder is made when it is not there. Or s3://bucket/key. A name that ends in .gz or .zst is compressed (not Parquet, which always is).").needed(),
      mr::field("access", &Config::access, "Who asks the bucket: {endpoint, region, style, access_key, secret_key, session_token, ca_file}, without endpoint AWS of the region.").secret(),
      mr::field("format", &Config::format, "json is one list, ndjson a line for each row.").one_of("csv", "tsv", "json", "ndjson", "parquet"),
      mr::field("delimiter", &Config::delimiter, "Of csv; a comma when left out."),
      mr::field("header", &Config::header, "Whether the first line of csv and tsv names the columns."),
      mr::field("overwrite", &Config::overwrite, "Whether a file that is there is replaced; else it is an error, unless it is an object that this very task has written."));

  void run(const Config& c, mr::Attempt& attempt);
};
