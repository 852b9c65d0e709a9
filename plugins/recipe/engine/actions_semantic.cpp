// Details of semantic types: a filter, a flag or a new column.
#include "recipe/engine/actions.hpp"
#include "recipe/engine/semantic_types.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// The texts of a column as dates and times are written, so that a date column has its parts too.
std::string detail(Builder& b, const Column& column) {
  const auto type = semantic_type(b.param("advancedDataType"));
  if (!type) b.wrong("advancedDataType", semantic_type_names());
  const std::string names = detail_names(*type);
  if (names.empty()) b.wrong("advancedDataType", "a type that has details; " + std::string(name(*type)) + " has none");
  const auto sql = detail_of(*type, b.param("pattern"), b.text(column));
  if (!sql) b.wrong("pattern", names + " for " + std::string(name(*type)));
  return *sql;
}

std::string is_one_of_values(Builder& b, const std::string& detail) {
  const std::vector<std::string> values = b.list(b.has("filter values") ? "filter values" : "filterValues");
  if (values.empty()) b.wrong("filterValues", "a list with at least one text");
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + literal(value);
  return "coalesce((" + detail + ") IN (" + list + "), false)";
}

void filter(Builder& b) {
  Column& column = b.source();
  const std::string chosen = is_one_of_values(b, detail(b, column)), strategy = b.param("strategy");
  if (strategy == "KEEP_ROWS") return b.drop_rows("NOT " + chosen);
  if (strategy == "DISCARD_ROWS") return b.drop_rows(chosen);
  if (strategy != "CLEAR_FILTERS" && strategy != "CLEAR_OTHERS") b.wrong("strategy", "KEEP_ROWS, DISCARD_ROWS, CLEAR_FILTERS or CLEAR_OTHERS");
  const bool empty = b.flag("clearWithEmpty");
  const std::string type = empty ? "VARCHAR" : column.type, old = empty ? b.text(column) : column.sql;
  b.set(column, "CASE WHEN " + std::string(strategy == "CLEAR_FILTERS" ? "" : "NOT ") + chosen + " THEN " + (empty ? "''" : "NULL") + " ELSE " + old + " END", type);
}

void flag(Builder& b) {
  const std::string chosen = is_one_of_values(b, detail(b, b.source()));
  b.add_target("CASE WHEN " + chosen + " THEN " + literal(b.param("trueString")) + " ELSE " + literal(b.param("falseString")) + " END", "VARCHAR");
}

void extract(Builder& b) {
  const std::string sql = detail(b, b.source());
  b.add_target(sql, "VARCHAR");
}

constexpr Action kActions[] = {{"ADVANCED_DATATYPE_FILTER", false, filter}, {"ADVANCED_DATATYPE_FLAG", false, flag}, {"EXTRACT_ADVANCED_DATATYPE_DETAILS", false, extract}};

}  // namespace

std::span<const Action> semantic_actions() { return kActions; }

}  // namespace mr::recipe
