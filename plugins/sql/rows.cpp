#include "sql/rows.hpp"

#include <filesystem>
#include <set>

#include "data/items.hpp"
#include "data/publish.hpp"
#include "data/session.hpp"

namespace {

using mr::Json;
using mr::data::ident;

constexpr int64_t kPage = 10'000;             // rows read at once
constexpr size_t kMostBytes = 256 * 1024;     // of one item
constexpr size_t kMostInline = 64 * 1024;     // of a list within the output
constexpr int64_t kMostRows = 10'000'000;

mr::Failure wrong(std::string what, std::string where, std::string hint) { return {"config", "E5045", std::move(what), std::move(where), std::move(hint)}; }

std::string format_of(const Rows::Config& c) {
  if (c.format != "auto") return c.format;
  auto name = std::filesystem::path(c.file);
  if (name.extension() == ".gz" || name.extension() == ".zst") name = name.stem();
  const std::string ending = name.extension().string();
  if (ending == ".csv") return "csv";
  if (ending == ".jsonl" || ending == ".ndjson") return "jsonl";
  if (ending == ".parquet") return "parquet";
  throw wrong("the format of " + name.filename().string() + " can't be told from its name", "format", "say format: csv, jsonl or parquet");
}

std::string source_of(const Rows::Config& c, const std::string& path) {
  if (!c.dataset.empty()) return mr::data::relation_of(c.dataset);
  const std::string format = format_of(c), place = mr::data::path_literal(path);
  if (format == "csv") return "read_csv(" + place + ", header = true)";
  if (format == "jsonl") return "read_json(" + place + ", format = 'newline_delimited')";
  return "read_parquet(" + place + ")";
}

std::string selected(mr::data::Session& session, const Rows::Config& c, const std::string& source) {
  if (c.columns.empty()) return "*";
  std::set<std::string> known;
  for (const auto& column : session.describe("SELECT * FROM " + source)) known.insert(column.name);
  std::string list;
  for (const auto& column : c.columns) {
    if (!known.contains(column)) throw wrong("there is no column '" + column + "'", "columns", "`millrace datasets show` and the file's head tell their names");
    list += (list.empty() ? "" : ", ") + ident(column);
  }
  return list;
}

// Collects rows into items, and items into the output.
class Items {
 public:
  Items(const std::string& data_root, std::optional<int64_t> batch) : writer_(data_root), batch_(batch) {}

  void row(const std::string& json) {
    if (!batch_) return item(json);
    batched_ += (batched_.empty() ? "[" : ",") + json;
    if (++in_batch_ == *batch_) close();
  }

  void close() {
    if (in_batch_ == 0) return;
    item(batched_ + "]");
    batched_.clear();
    in_batch_ = 0;
  }

  void give(mr::Attempt& attempt) {
    attempt.output("items", writer_.count());
    attempt.output("bytes", writer_.bytes());
    if (few_) attempt.output("list", list_);
    else attempt.output("file", writer_.keep());
  }

 private:
  void item(const std::string& json) {
    if (json.size() > kMostBytes) throw wrong("an item is larger than 256 KiB", "batch", "take fewer rows as one item, or fewer columns");
    writer_.add(json);
    few_ = few_ && writer_.bytes() <= static_cast<int64_t>(kMostInline);
    if (few_) list_.push_back(Json::parse(json));
    else list_ = Json::array();
  }

  mr::data::ItemWriter writer_;
  std::optional<int64_t> batch_;
  std::string batched_{};
  int64_t in_batch_ = 0;
  Json list_ = Json::array();
  bool few_ = true;
};

}  // namespace

void Rows::run(const Config& c, mr::Attempt& attempt) {
  if (c.dataset.empty() == c.file.empty()) throw wrong("either a dataset or a file is wanted", "dataset", "write {dataset: clean.orders} or {file: orders.csv}");
  const mr::data::Facts facts{attempt.facts()};
  const std::string path = c.file.empty() ? std::string() : facts.path(c.file);
  std::error_code ignored;
  if (!path.empty() && !std::filesystem::is_regular_file(path, ignored)) throw mr::Failure("data", "E5030", "there is no file " + c.file, "file", "paths start at the folder of the Dag's file");
  auto session = mr::data::open_session(facts);
  mr::data::confine(session, facts, path.empty() ? std::vector<std::string>{} : std::vector<std::string>{path});
  const mr::data::Watch watch(session, attempt);
  const std::string source = source_of(c, path);
  // A table of its own: read once, in order, and then page by page in little memory.
  session.run("CREATE TEMP TABLE _rows AS SELECT row_number() OVER () AS n, to_json(_row) AS json FROM (SELECT " + selected(session, c, source) + " FROM " + source + ") AS _row");
  const int64_t rows = session.query("SELECT count(*) FROM _rows").integer(0, 0);
  if (rows > kMostRows) throw wrong(std::to_string(rows) + " rows are too many for a foreach", "batch", "at most " + std::to_string(kMostRows) + " are possible: transform them by sql.query instead");
  Items items(facts.json.value("data_root", ""), c.batch);
  for (int64_t from = 1; from <= rows; from += kPage) {
    attempt.stop_if_cancelled();
    for (const auto& row : session.query("SELECT json FROM _rows WHERE n >= " + std::to_string(from) + " AND n < " + std::to_string(from + kPage) + " ORDER BY n").rows) items.row(row[0].value_or("null"));
    attempt.progress(static_cast<double>(std::min(rows, from + kPage)) / static_cast<double>(rows), "rows");
  }
  items.close();
  items.give(attempt);
  attempt.output("rows", rows);
}
