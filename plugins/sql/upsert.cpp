#include "sql/upsert.hpp"

#include <algorithm>
#include <set>

#include "database/names.hpp"

using mr::database::Dialect;

namespace {

constexpr size_t kMostPlaceholders = 30'000;  // SQLite takes 32,766, the others 65,535

std::string placeholder(size_t number, Dialect dialect) { return dialect == Dialect::postgres ? "$" + std::to_string(number) : "?"; }

std::string list(const std::vector<std::string>& names, Dialect dialect) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + mr::database::quoted(name, dialect);
  return text;
}

std::string on_known_keys(const Target& target) {
  std::string changes;
  for (const auto& column : target.columns) {
    if (std::find(target.keys.begin(), target.keys.end(), column) != target.keys.end()) continue;
    const auto name = mr::database::quoted(column, target.dialect);
    changes += (changes.empty() ? "" : ", ") + name + " = " + (target.dialect == Dialect::mysql ? "VALUES(" + name + ")" : "EXCLUDED." + name);
  }
  if (target.dialect == Dialect::mysql) {
    const auto key = mr::database::quoted(target.keys.front(), target.dialect);
    return " ON DUPLICATE KEY UPDATE " + (changes.empty() ? key + " = " + key : changes);
  }
  return " ON CONFLICT (" + list(target.keys, target.dialect) + ") DO " + (changes.empty() ? "NOTHING" : "UPDATE SET " + changes);
}

// MySQL takes A for a in names.
std::set<std::string> small(const std::vector<std::string>& names) {
  std::set<std::string> all;
  for (auto name : names) {
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    all.insert(std::move(name));
  }
  return all;
}

mr::Failure unfit(const std::string& what, const std::string& hint) { return {"config", "E5072", what, "with.table", hint + "; nothing was written"}; }

}  // namespace

size_t rows_at_once(size_t columns) { return std::clamp<size_t>(kMostPlaceholders / std::max<size_t>(columns, 1), 1, 1000); }

std::string insert_into(const Target& target, size_t rows) {
  std::string text = "INSERT INTO " + mr::database::quoted_table(target.table, target.dialect) + " (" + list(target.columns, target.dialect) + ") VALUES ";
  size_t number = 0;
  for (size_t row = 0; row < rows; ++row) {
    text += row == 0 ? "(" : ", (";
    for (size_t c = 0; c < target.columns.size(); ++c) text += (c == 0 ? "" : ", ") + placeholder(++number, target.dialect);
    text += ")";
  }
  return target.keys.empty() ? text : text + on_known_keys(target);
}

std::string what_hinders(const Target& target, const std::vector<UniqueIndex>& indexes) {
  const auto keys = small(target.keys), written = small(target.columns);
  bool has_one = false;
  for (const auto& index : indexes) {
    const auto columns = small(index.columns);
    if (columns == keys && !index.of_prefixes) has_one = true;
    const bool finds_no_other = !index.of_prefixes && std::includes(columns.begin(), columns.end(), keys.begin(), keys.end());
    const bool is_written = std::includes(written.begin(), written.end(), columns.begin(), columns.end());
    if (is_written && !finds_no_other) return "the unique index " + index.name + " may take rows of other keys for the same";
  }
  return has_one ? "" : "the table has no unique index over exactly the keys";
}

void check_table(const mr::database::Frame& frame, const Target& target) {
  if (target.dialect != Dialect::mysql) return;
  const auto dot = target.table.rfind('.');
  const mr::database::Values names{{"schema", dot == std::string::npos ? mr::database::Value{} : target.table.substr(0, dot)}, {"name", target.table.substr(dot == std::string::npos ? 0 : dot + 1)}};
  const std::string which = " WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name";
  const auto ask = [&](const std::string& sql, const mr::database::TakeRow& take) {
    const auto step = mr::database::step_of(sql, names, target.dialect);
    frame.watch.during([&] { frame.connection.run(step.statement.text, step.values, take); });
  };
  std::string engine;
  ask("SELECT engine FROM information_schema.tables" + which, [&](mr::database::Row&& row) {
    if (const auto* text = std::get_if<std::string>(&row.at(0))) engine = *text;
    return false;
  });
  if (engine.empty()) return;  // no such table, or a view: the INSERT is told so
  if (engine != "InnoDB") throw unfit("the table's engine is " + engine + ", which has no transactions", "ALTER TABLE … ENGINE = InnoDB");
  if (target.keys.empty()) return;
  std::vector<UniqueIndex> indexes;
  ask("SELECT index_name, column_name, sub_part IS NOT NULL FROM information_schema.statistics" + which + " AND non_unique = 0 ORDER BY index_name, seq_in_index", [&](mr::database::Row&& row) {
    const auto name = std::get<std::string>(row.at(0));
    if (indexes.empty() || indexes.back().name != name) indexes.push_back({.name = name});
    if (const auto* column = std::get_if<std::string>(&row.at(1))) indexes.back().columns.push_back(*column);
    if (std::get<int64_t>(row.at(2)) != 0) indexes.back().of_prefixes = true;
    return true;
  });
  if (const auto what = what_hinders(target, indexes); !what.empty()) throw unfit(what, "add one over the keys, drop the other, or name other `keys`");
}
