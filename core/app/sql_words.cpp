#include "app/sql_words.hpp"

#include <unistd.h>

#include <atomic>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "app/plugin_call.hpp"
#include "app/table.hpp"
#include "base/text.hpp"
#include "model/dataset_ref.hpp"
#include "parse/schema_check.hpp"
#include "state/catalog_table.hpp"
#include "worker/work_folder.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

Error wrong(std::string what, std::string where, std::string hint) { return {.code = "E9004", .what = std::move(what), .where = std::move(where), .hint = std::move(hint)}; }

// People end a statement by a semicolon, and within brackets there is none.
std::string without_end(std::string sql) {
  while (!sql.empty() && (sql.back() == ';' || std::isspace(static_cast<unsigned char>(sql.back())) != 0)) sql.pop_back();
  return sql;
}

std::vector<std::string> dataset_names(Database& db) {
  std::vector<std::string> names;
  auto rows = db.prepare("SELECT name FROM dataset ORDER BY name");
  while (rows.step()) names.push_back(rows.text(0));
  return names;
}

// The newest snapshot of the dataset at that time.
std::optional<SnapshotId> snapshot_at(Database& db, const std::string& dataset, TimePoint time) {
  auto row = db.prepare("SELECT MAX(s.id) FROM snapshot s JOIN dataset d ON d.id = s.dataset WHERE d.name = ? AND s.time <= ?");
  row.bind(dataset).bind(time.time_since_epoch().count());
  return row.step() && !row.is_null(0) ? std::optional(SnapshotId{row.integer(0)}) : std::nullopt;
}

// export.file of the installed plugins writes the file; its output.
Result<Json> write_rows(const SqlWords& words, const std::string& folder, const std::string& target) {
  std::vector<std::string> named;
  for (auto& name : datasets_in_sql(words.sql)) named.push_back(std::move(name));
  auto inputs = inputs_of(words.home, named, words.at);
  if (!inputs) return inputs.error();
  const bool table = words.format == "table";
  // One row more than is shown, to know whether there are more; a line of its own, as a comment may end the SELECT.
  const std::string sql = table ? "SELECT * FROM (" + without_end(words.sql) + "\n) LIMIT " + std::to_string(words.limit + 1) : words.sql;
  return ask_plugin({"sql", words.timeout, words.memory, fs::absolute(words.home).string() + "/data", words.plugin_dirs, words.cpu}, "export.file",
                    Json::object({{"sql", sql}, {"path", target}, {"format", table ? "ndjson" : words.format}}), std::move(*inputs), folder);
}

Status print_table(const std::string& file, int limit) {
  TextTable table;
  std::ifstream lines(file);
  int rows = 0;
  for (std::string line; rows < limit && std::getline(lines, line); ++rows) {
    auto row = Json::parse(line);
    if (!row) return row.error();
    std::vector<std::string> cells;
    for (const auto& [name, value] : row->members()) {
      if (rows == 0) table.columns.push_back(name);
      cells.push_back(value.is_null() ? "NULL" : value.is_text() ? value.as_text() : value.dump());
    }
    table.rows.push_back(std::move(cells));
  }
  std::cout << table.to_string() << rows << (rows == 1 ? " row" : " rows") << (lines.good() && lines.peek() != std::ifstream::traits_type::eof() ? ", and more" : "") << '\n';
  return {};
}

Status print_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (in.peek() != std::ifstream::traits_type::eof()) std::cout << in.rdbuf();
  std::cout.flush();
  return {};
}

Status ask(const SqlWords& words, Output output) {
  auto folder = WorkFolder::make((fs::temp_directory_path() / ("millrace-sql-" + std::to_string(::getpid()))).string());
  if (!folder) return folder.error();
  const bool kept = !words.out.empty();
  const std::string target = kept ? fs::absolute(words.out).string() : folder->path() + "/rows";
  auto done = write_rows(words, folder->path(), target);
  if (!done) return done.error();
  if (kept) {
    if (output.json) std::cout << done->dump() << '\n';
    else std::cerr << (*done)["rows"].as_int() << " rows, " << (*done)["bytes"].as_int() << " bytes: " << words.out << '\n';
    return {};
  }
  return words.format == "table" ? print_table(target, words.limit) : print_file(target);
}

// A table is for people; a file that is named has what its name says.
std::string format_for(const std::string& file) {
  for (const char* format : {"tsv", "json", "ndjson", "parquet", "arrow"}) {
    if (file.ends_with(std::string(".") + format)) return format;
  }
  if (file.ends_with(".xlsx")) return "excel";
  return "csv";
}

}  // namespace

Result<Json> inputs_of(const std::string& home, const std::vector<std::string>& datasets, const std::string& at) {
  const std::string file = home + "/millrace.db";
  if (!fs::exists(file)) return Error{.code = "E0001", .what = "there is no store", .where = file, .hint = "name the home of a server by --home"};
  const auto time = at.empty() ? Result<TimePoint>(TimePoint{}) : from_iso(at);
  if (!time) return wrong(quote(at) + " is no time", "--at", "write 2026-11-30 or 2026-11-30T06:00:00Z");
  auto db = Database::open(file, Database::Access::read_only);
  if (!db) return db.error();
  Json inputs = Json::array();
  const std::set<std::string> named(datasets.begin(), datasets.end());
  const auto known = dataset_names(*db);
  for (const auto& name : named) {
    const auto then_snapshot = at.empty() ? std::nullopt : snapshot_at(*db, std::string(dataset_of(name)), *time);
    if (!at.empty() && !then_snapshot) return Error{.code = "E8004", .what = "there was no dataset " + quote(name) + " at " + at, .where = {}, .hint = "`millrace datasets show` has its snapshots"};
    const bool then = name.find('@') != std::string::npos;  // its own time comes before that of all
    auto found = then ? read_reference(*db, name) : Result<DatasetView>(read_dataset(*db, name, then_snapshot));
    if (!found) return found.error();
    const auto& view = *found;
    if (view.snapshot.value == 0) return Error{.code = "E8004", .what = "there is no dataset " + quote(name), .where = {}, .hint = known.empty() ? "the catalog is empty" : "there are " + join(known, ", ")};
    inputs.push(to_json(view));
  }
  if (auto fine = db->take_error(); !fine) return fine.error();
  return inputs;
}

Result<Json> read_rows(const SqlWords& words) {
  static std::atomic<int> number{0};  // several threads of a server
  auto folder = WorkFolder::make((fs::temp_directory_path() / ("millrace-rows-" + std::to_string(::getpid()) + "-" + std::to_string(++number))).string());
  if (!folder) return folder.error();
  SqlWords asked = words;
  asked.format = "ndjson";
  const std::string target = folder->path() + "/rows";
  if (auto done = write_rows(asked, folder->path(), target); !done) return done.error();
  Json rows = Json::array();
  std::ifstream lines(target);
  for (std::string line; std::getline(lines, line);) {
    auto row = Json::parse(line);
    if (!row) return row.error();
    rows.push(std::move(*row));
  }
  return rows;
}

int ask_sql(const SqlWords& words, Output output) {
  SqlWords asked = words;
  if (asked.format == "table" && !asked.out.empty()) asked.format = format_for(asked.out);
  if (output.json && asked.out.empty()) asked.format = "json";
  const auto done = ask(asked, output);
  return done ? 0 : report(done.error(), output);
}

}  // namespace millrace
