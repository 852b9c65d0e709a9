// sql.rows: the rows of a dataset or of a file, as the items of a foreach.
//
// The output has `items` (how many), `rows`, `bytes`, and the items themselves: as `list` while they are few, else as `file`, below the
// data root (data/items.hpp). Rows keep their order: that of the snapshot's files, or of the file.
#pragma once
#include "sdk/millrace_plugin.hpp"

struct Rows {
  static constexpr auto type = "sql.rows", version = "1.0.0", summary = "Hands the rows of a dataset or of a file to a foreach.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Batches of orders", "config": {"dataset": "clean.orders", "columns": ["order_id", "email"], "batch": 500}},
    {"title": "A line each", "config": {"file": "shops.csv"}}])";

  struct Config {
    std::string dataset{}, file{}, format = "auto";
    std::vector<std::string> columns{};
    std::optional<int64_t> batch{};
  };
  static constexpr auto config = mr::fields(
      mr::field("dataset", &Config::dataset, "The dataset whose rows are wanted.").reads(),
      mr::field("file", &Config::file, "Or a file: CSV, JSON lines or Parquet; .gz and .zst are read too."),
      mr::field("format", &Config::format, "Of the file; auto: by its name.").one_of("auto", "csv", "jsonl", "parquet"),
      mr::field("columns", &Config::columns, "Only these columns; none: all of them."),
      mr::field("batch", &Config::batch, "So many rows are one item, a list; without it each row is an item, an object.").between(1, 100'000));

  void run(const Config& c, mr::Attempt& attempt);
};
