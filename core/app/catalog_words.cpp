#include "app/catalog_words.hpp"

#include <filesystem>
#include <iostream>

#include "app/table.hpp"
#include "base/text.hpp"
#include "engine/row_reader.hpp"

namespace millrace {
namespace {

std::string cell_of(const Json& value) { return value.is_null() ? "" : value.is_text() ? value.as_text() : value.dump(); }

// The items as a table, or the whole answer as JSON.
int show_items(const Result<Json>& answer, const char* list, const std::vector<std::string>& columns, Output output) {
  if (!answer) return report(answer.error(), output);
  if (output.json) {
    std::cout << answer->dump(2) << '\n';
    return 0;
  }
  TextTable table{.columns = columns, .rows = {}};
  for (const auto& item : (*answer)[list].items()) {
    std::vector<std::string> row;
    for (const auto& column : columns) row.push_back(cell_of(item[column]));
    table.rows.push_back(std::move(row));
  }
  std::cout << table.to_string();
  if ((*answer)["next"].is_text()) std::cout << "and more: --limit shows up to 1000\n";
  return 0;
}

int show_row_table(const Result<Json>& answer, Output output) {
  if (!answer || output.json) return show_items(answer, "rows", {}, output);
  TextTable table;
  for (const auto& row : (*answer)["rows"].items()) {
    std::vector<std::string> cells;
    for (const auto& [name, value] : row.members()) {
      if (table.rows.empty()) table.columns.push_back(name);
      cells.push_back(value.is_null() ? "NULL" : cell_of(value));
    }
    table.rows.push_back(std::move(cells));
  }
  std::cout << table.to_string() << table.rows.size() << (table.rows.size() == 1 ? " row\n" : " rows\n");
  return 0;
}

std::string type_of(const Json& column) { return column.is_null() ? "-" : column["type"].as_text() + (column["nullable"].as_bool(true) ? "" : " NOT NULL"); }

}  // namespace

int show_history(Client& client, const CatalogWords& words, Output output) {
  return show_items(client.snapshots(words.dataset, words.limit), "items", {"id", "operation", "rows", "files", "bytes", "time", "run", "task", "expired"}, output);
}

int show_diff(Client& client, const CatalogWords& words, Output output) {
  auto diff = client.diff(words.dataset, words.from, words.to);
  if (!diff || output.json) return show_items(diff, "columns", {}, output);
  std::cout << words.dataset << "  snapshot " << (*diff)["from"].as_int() << " to " << (*diff)["to"].as_int() << "\n\n";
  TextTable sums{.columns = {"", "rows", "files", "bytes"}, .rows = {}};
  for (const char* part : {"before", "added", "removed", "after"}) {
    const Json& sum = (*diff)[part];
    sums.rows.push_back({part, cell_of(sum["rows"]), cell_of(sum["files"]), cell_of(sum["bytes"])});
  }
  std::cout << sums.to_string();
  TextTable columns{.columns = {"column", "before", "after"}, .rows = {}};
  for (const auto& change : (*diff)["columns"].items()) columns.rows.push_back({change["name"].as_text(), type_of(change["before"]), type_of(change["after"])});
  if (!columns.rows.empty()) std::cout << '\n' << columns.to_string();
  return 0;
}

int show_rows(Client& client, const CatalogWords& words, Output output) {
  const auto columns = words.columns.empty() ? std::vector<std::string>{} : split(words.columns, ',');
  return show_row_table(client.rows({.dataset = words.dataset, .columns = columns, .where = words.where, .limit = words.limit, .sample = false}, words.at), output);
}

int show_sample(Client& client, const CatalogWords& words, Output output) {
  return show_row_table(client.rows({.dataset = words.dataset, .columns = {}, .where = {}, .limit = words.sample, .sample = true}, words.at), output);
}

int restore_dataset(Client& client, const CatalogWords& words, Output output) {
  return maintain(client, "data.restore", Json::object({{"dataset", words.dataset}, {"to", words.to}}), output);
}

int register_files(Client& client, const CatalogWords& words, Output output) {
  Json from = Json::array();
  for (const auto& file : words.files) from.push(file.find("://") == std::string::npos ? std::filesystem::absolute(file).string() : file);
  return maintain(client, "ingest.files", Json::object({{"from", std::move(from)}, {"format", "parquet"}, {"into", words.dataset}}), output);
}

int drop_dataset(Client& client, const CatalogWords& words, Output output) {
  return maintain(client, "data.drop", Json::object({{"dataset", words.dataset}, {"keep_positions", words.keep_positions}}), output);
}

int show_sources(Client& client, const CatalogWords& words, Output output) {
  return show_items(client.positions({}, words.limit), "items", {"source", "positions", "moved", "run"}, output);
}

int show_positions(Client& client, const CatalogWords& words, Output output) {
  return show_items(client.positions(words.source, words.limit), "items", {"key", "value", "moved", "run"}, output);
}

int show_moves(Client& client, const CatalogWords& words, Output output) {
  return show_items(client.position_changes(words.source, words.key, words.limit), "items", {"id", "key", "value", "moved", "run"}, output);
}

int rewind_positions(Client& client, const CatalogWords& words, Output output) {
  Json with = Json::object({{"source", words.source}, {"keep_rows", words.keep_rows}});
  if (!words.to_run.empty()) with.set("to_run", words.to_run);
  return maintain(client, "position.rewind", with, output);
}

int set_position(Client& client, const CatalogWords& words, Output output) {
  auto value = Json::parse(words.value);
  if (!value) return report({.code = "E9004", .what = quote(words.value) + " is no JSON", .where = "value", .hint = "write 1000, '\"text\"', null or {\"size\": 3}"}, output);
  return maintain(client, "position.set", Json::object({{"source", words.source}, {"key", words.key}, {"value", std::move(*value)}}), output);
}

}  // namespace millrace
