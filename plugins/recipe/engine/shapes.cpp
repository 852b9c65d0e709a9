#include "recipe/engine/shapes.hpp"

#include <algorithm>
#include <array>

#include "recipe/engine/operands.hpp"
#include "recipe/engine/spread.hpp"

namespace mr::recipe {

using mr::data::ident;

std::string common_type(const std::vector<std::string>& types) {
  static constexpr std::array<std::string_view, 6> kWhole{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", ""};
  const auto all = [&](auto test) { return std::all_of(types.begin(), types.end(), test); };
  if (all([&](const std::string& type) { return type == types.front(); })) return types.front();
  if (all([](const std::string& type) { return family_of(type) == Family::whole; })) {
    std::ptrdiff_t widest = 0;
    for (const std::string& type : types) {
      const auto at = std::find(kWhole.begin(), kWhole.end() - 1, type) - kWhole.begin();
      widest = std::max(widest, at == 5 ? 4 : at);  // unsigned ones fit into HUGEINT, but for UHUGEINT's upper half
    }
    return std::string(kWhole.at(static_cast<size_t>(widest)));
  }
  if (all([](const std::string& type) { return is_number(family_of(type)) && family_of(type) != Family::floating; })) return "DECIMAL(38,18)";
  if (all([](const std::string& type) { return is_number(family_of(type)); })) return "DOUBLE";
  const auto is_time = [](const std::string& type) { return family_of(type) == Family::date || family_of(type) == Family::timestamp; };
  return all(is_time) ? "TIMESTAMP" : "VARCHAR";
}

std::string common_type(const std::vector<Column>& columns) {
  std::vector<std::string> types;
  for (const Column& column : columns) types.push_back(column.type);
  return common_type(types);
}

std::string as_type(const Builder& b, const Column& column, const std::string& type) {
  if (column.type == type) return column.sql;
  return type == "VARCHAR" ? b.text(column) : "CAST(" + column.sql + " AS " + type + ")";
}

Aggregate aggregate(const Builder& b, const std::string& parameter, const std::string& function, const Column& column, const std::string& tail) {
  const std::string present = "CASE WHEN NOT " + b.missing(column) + " THEN " + column.sql + " END";
  const bool whole = family_of(column.type) == Family::whole;
  if (function == "COUNT") return {"count(" + present + ")" + tail, "BIGINT"};
  if (function == "COUNT_DISTINCT") return {"count(DISTINCT " + present + ")" + tail, "BIGINT"};
  if (function == "COLLECT_LIST" || function == "COLLECT_SET") {
    const std::string order = " ORDER BY " + (function == "COLLECT_LIST" && b.is_ordered() ? b.order() : column.sql);
    return {"list(" + std::string(function == "COLLECT_SET" ? "DISTINCT " : "") + column.sql + order + ")" + tail, column.type + "[]"};
  }
  if (function == "ANY") return {"min(" + present + ")" + tail, column.type};
  if (function == "MIN" || function == "MAX") return {(function == "MIN" ? "min(" : "max(") + present + ")" + tail, column.type};
  if (function == "MODE") {
    const std::string best = "histogram(" + present + ")" + tail;
    return {"list_min(list_transform(list_filter(map_entries(" + best + "), lambda e: e.value = list_max(map_values(" + best + "))), lambda e: e.key))", column.type};
  }
  if (function == "SUM") {
    if (whole) return {"TRY_CAST(sum(" + column.sql + ")" + tail + " AS BIGINT)", "BIGINT"};
    if (family_of(column.type) == Family::decimal) return {"TRY_CAST(sum(" + column.sql + ")" + tail + " AS DECIMAL(38,18))", "DECIMAL(38,18)"};
    return {finite("sum(CAST(" + b.number(column) + " AS DOUBLE))" + tail), "DOUBLE"};
  }
  const std::string number = "CAST(" + b.number(column) + " AS DOUBLE)";
  static constexpr std::pair<std::string_view, std::string_view> kSpreads[] = {{"STANDARD_DEVIATION", "stddev_pop"}, {"STDDEV", "stddev_pop"}, {"VARIANCE", "var_pop"}};
  for (const auto& [name, sql] : kSpreads) {
    if (function == name) return {spread(sql, number, tail), "DOUBLE"};
  }
  static constexpr std::pair<std::string_view, std::string_view> kStatistics[] = {{"AVERAGE", "avg"}, {"AVG", "avg"}, {"MEAN", "avg"}, {"MEDIAN", "median"}};
  for (const auto& [name, sql] : kStatistics) {
    if (function == name) return {finite(std::string(sql) + "(" + number + ")" + tail), "DOUBLE"};
  }
  b.wrong(parameter, "SUM, AVERAGE, COUNT, COUNT_DISTINCT, MIN, MAX, MEDIAN, MODE, STANDARD_DEVIATION, VARIANCE, ANY, COLLECT_LIST or COLLECT_SET, not '" + function + "'");
}

Column plain(const Column& column) { return {column.name, ident(column.name), column.type, 0}; }

std::vector<Column> plain_columns(const Builder& b, const std::vector<size_t>& without) {
  std::vector<Column> columns;
  for (size_t i = 0; i < b.columns().size(); ++i) {
    if (std::find(without.begin(), without.end(), i) == without.end()) columns.push_back(plain(b.columns()[i]));
  }
  return columns;
}

std::string list_of(const std::vector<Column>& columns) {
  std::string list;
  for (const Column& column : columns) list += (list.empty() ? "" : ", ") + column.sql;
  return list;
}

std::vector<std::optional<std::string>> values_of(Builder& b, const std::string& expression, const std::string& what, size_t most) {
  const auto table = b.ask("SELECT CAST(v AS VARCHAR) FROM (SELECT DISTINCT " + expression + " AS v FROM " + b.rows() + ") ORDER BY v NULLS LAST LIMIT " + std::to_string(most + 2));
  std::vector<std::optional<std::string>> values;
  for (const auto& row : table.rows) values.push_back(row[0]);
  const size_t present = values.size() - (!values.empty() && !values.back() ? 1 : 0);
  if (present > most) {
    throw RecipeError("E6014", what + " has more than " + std::to_string(most) + " distinct values", place(b.step()), "group or map the values to fewer before this step");
  }
  return values;
}

std::string column_name_of(const std::optional<std::string>& value) { return !value ? "null" : value->empty() ? "empty" : *value; }

}  // namespace mr::recipe
