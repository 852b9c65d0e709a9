// Rows removed, marked or put in order.
#include <nlohmann/json.hpp>

#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

void remove_values(Builder& b) {
  b.source();
  if (b.step().conditions.empty()) throw RecipeError("E6005", "has no ConditionExpressions, so it would remove every row", place(b.step()));
  b.drop_rows("true");
}

void remove_missing(Builder& b) { b.drop_rows(b.missing(b.source())); }

void remove_invalid(Builder& b) {
  const Column& column = b.source();
  b.drop_rows(invalid(b, column, b.param_or("columnDataType", "string"), b.param_or("advancedDataType", "")));
}

// True for each row that repeats an earlier one.
std::string repeats(Builder& b, const std::string& keys) {
  return "row_number() OVER (PARTITION BY " + keys + ", " + b.alive() + " ORDER BY " + b.order() + ") > 1";
}

std::string all_columns(Builder& b) {
  std::string keys;
  for (size_t i = 0; i < b.columns().size(); ++i) keys += (i ? ", " : "") + b.at(i).sql;
  return keys;
}

void remove_duplicates(Builder& b) {
  b.prepare_window();
  const std::string key = b.source().sql;
  b.drop_rows(repeats(b, key));
}

void delete_duplicate_rows(Builder& b) {
  b.prepare_window();
  b.drop_rows(repeats(b, all_columns(b)));
}

std::string said(const Builder& b, const std::string& test) {
  return "CASE WHEN " + test + " THEN " + literal(b.param_or("trueString", "True")) + " ELSE " + literal(b.param_or("falseString", "False")) + " END";
}

void flag_duplicate_rows(Builder& b) {
  b.prepare_window();
  const std::string test = repeats(b, all_columns(b));
  b.add_target(said(b, test), "VARCHAR");
}

void flag_duplicates_in_column(Builder& b) {
  b.prepare_window();
  const std::string key = b.source().sql;
  b.add_target(said(b, repeats(b, key)), "VARCHAR");
}

std::string sort_key(Builder& b, const nlohmann::json& key) {
  if (!key.is_object() || !key.contains("sourceColumn") || !key["sourceColumn"].is_string()) b.wrong("expressions", "a JSON list of objects with 'sourceColumn'");
  const Column& column = b.column(key["sourceColumn"].get<std::string>());
  const nlohmann::json ordering = key.value("ordering", nlohmann::json("ASCENDING")), nulls = key.value("nullsOrdering", nlohmann::json("NULLS_BOTTOM"));
  if (ordering != "ASCENDING" && ordering != "DESCENDING") b.wrong("expressions", "with ordering ASCENDING or DESCENDING");
  if (nulls != "NULLS_TOP" && nulls != "NULLS_BOTTOM") b.wrong("expressions", "with nullsOrdering NULLS_TOP or NULLS_BOTTOM");
  const std::string tail = std::string(ordering == "ASCENDING" ? " ASC" : " DESC") + (nulls == "NULLS_TOP" ? " NULLS FIRST" : " NULLS LAST");
  std::string sql = column.sql;
  if (family_of(column.type) == Family::text) sql = "nullif(" + sql + ", '')";
  if (!key.contains("customOrder") || !key["customOrder"].is_array() || key["customOrder"].empty()) return sql + tail;
  const nlohmann::json flag = key.value("isCustomOrderCaseSensitive", nlohmann::json(false));
  const bool exact = flag == true || flag == "true";
  std::string ranks = "[";
  for (const auto& entry : key["customOrder"]) {
    if (!entry.is_string()) b.wrong("expressions", "with a customOrder of texts");
    ranks += (ranks.size() > 1 ? ", " : "") + std::string(exact ? "" : "lower(") + literal(entry.get<std::string>()) + (exact ? "" : ")");
  }
  const std::string value = exact ? b.text(column) : "lower(" + b.text(column) + ")";
  return "list_position(" + ranks + "], " + value + ")" + tail + ", " + sql + tail;
}

void sort(Builder& b) {
  const auto keys = nlohmann::json::parse(b.param("expressions"), nullptr, false);
  if (!keys.is_array() || keys.empty()) b.wrong("expressions", "a JSON list of objects with 'sourceColumn'");
  b.prepare_window();
  std::string order_by;
  for (const auto& key : keys) order_by += (order_by.empty() ? "" : ", ") + sort_key(b, key);
  b.reorder(order_by);
}

constexpr Action kActions[] = {
    {"REMOVE_VALUES", false, remove_values}, {"REMOVE_MISSING", false, remove_missing}, {"REMOVE_INVALID", false, remove_invalid},
    {"REMOVE_DUPLICATES", true, remove_duplicates}, {"DELETE_DUPLICATE_ROWS", true, delete_duplicate_rows},
    {"FLAG_DUPLICATE_ROWS", true, flag_duplicate_rows}, {"FLAG_DUPLICATES_IN_COLUMN", true, flag_duplicates_in_column}, {"SORT", true, sort}};

}  // namespace

std::span<const Action> row_actions() { return kActions; }

}  // namespace mr::recipe
