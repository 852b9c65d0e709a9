// The table in another shape: grouped, pivoted, transposed, melted.
#include <nlohmann/json.hpp>

#include <algorithm>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/shapes.hpp"

namespace mr::recipe {
namespace {

using mr::data::ident;
using mr::data::literal;

constexpr size_t kMostPivoted = 10;       // as the format says
constexpr size_t kMostTransposed = 1000;

// ---- GROUP_BY

struct Grouped {
  std::string function{}, source{}, target{}, type{};
};

std::vector<Grouped> grouped(const Builder& b) {
  const std::string parameter = b.has("groupByAggFunctionOptions") ? "groupByAggFunctionOptions" : "groupByAggFunctions";
  const auto refuse = [&] { b.wrong("groupByAggFunctionOptions", "a JSON list of objects with the texts sourceColumnName, targetColumnName and functionName"); };
  if (!b.has(parameter)) refuse();
  const auto tree = nlohmann::json::parse(b.param(parameter), nullptr, false);
  if (!tree.is_array()) refuse();
  std::vector<Grouped> list;
  for (const auto& entry : tree) {
    const auto text = [&](const char* key, bool needed) -> std::string {
      if (entry.is_object() && entry.contains(key) && entry[key].is_string()) return entry[key];
      if (needed) refuse();
      return {};
    };
    list.push_back({text("functionName", true), text("sourceColumnName", true), text("targetColumnName", true), text("targetColumnDataType", false)});
  }
  return list;
}

// The aggregate in the type that was asked for. Whole numbers narrower than 64 bits are not narrowed: a sum would not fit.
Aggregate typed(const Builder& b, Aggregate raw, const std::string& type_name) {
  if (type_name.empty() || raw.type.ends_with(']')) return raw;
  std::string type = duck_type(b, "targetColumnDataType", type_name);
  if (family_of(type) == Family::whole) type = "BIGINT";
  return {converted(b, {"", raw.call, raw.type, 0}, type), type};
}

// `tail`: OVER (…) when each row shall get the value of its group.
Aggregate aggregate_of(const Builder& b, const Grouped& entry, const Column& column, const std::string& tail) {
  const bool none = entry.function == "UNAGGREGATED";
  if (none && !tail.empty()) return typed(b, {column.sql, column.type}, entry.type);
  if (!tail.empty() && (entry.function == "MODE" || entry.function.starts_with("COLLECT"))) b.wrong("functionName", "another one than " + entry.function + " without useNewDataFrame");
  // Texts that are to become numbers are compared as numbers.
  const bool as_number = family_of(column.type) == Family::text && !entry.type.empty() && is_number(family_of(duck_type(b, "targetColumnDataType", entry.type)));
  const bool plainly = !as_number || none || entry.function.starts_with("COUNT");
  const Column operand = plainly ? column : Column{column.name, b.number(column), "DOUBLE", 0};
  return typed(b, aggregate(b, "functionName", none ? "COLLECT_LIST" : entry.function, operand, tail), entry.type);
}

// Each row gets the values of its group.
void spread_groups(Builder& b, const std::vector<Grouped>& entries) {
  b.prepare_window();
  std::string keys = b.alive();
  for (const size_t index : b.sources()) keys += ", " + b.at(index).sql;
  for (const Grouped& entry : entries) {
    const Aggregate value = aggregate_of(b, entry, b.column(entry.source), " OVER (PARTITION BY " + keys + ")");
    b.add(b.columns().size(), entry.target, value.call, value.type);
  }
}

void group_by(Builder& b) {
  const std::vector<Grouped> entries = grouped(b);
  const std::vector<size_t> keys = b.sources();
  if (!b.flag("useNewDataFrame")) return spread_groups(b, entries);
  std::vector<Column> columns;
  for (const size_t index : keys) columns.push_back(plain(b.at(index)));
  const std::string groups = list_of(columns);
  std::string select = groups;
  const std::string rows = b.before_become();
  for (const Grouped& entry : entries) {
    const Aggregate value = aggregate_of(b, entry, plain(b.column(entry.source)), "");
    select += ", " + value.call + " AS " + ident(entry.target);
    columns.push_back({entry.target, {}, value.type, 0});
  }
  if (b.is_ordered()) select += ", min(_mr_row) AS _mr_o1";
  b.become("SELECT " + select + " FROM " + rows + " GROUP BY " + groups, std::move(columns), 1);
}

// ---- PIVOT

void pivot(Builder& b) {
  const size_t at = b.index_of(b.param("sourceColumn")), value_at = b.index_of(b.param("valueColumn"));
  const std::string function = b.param("aggregateFunction");
  if (at == value_at) b.wrong("valueColumn", "another column than sourceColumn");
  aggregate(b, "aggregateFunction", function, plain(b.columns()[value_at]));
  b.materialise({at});
  const Column source = plain(b.columns()[at]), value = plain(b.columns()[value_at]);
  const auto values = values_of(b, source.sql, "column '" + source.name + "'", kMostPivoted);
  const std::string rows = b.before_become();
  std::vector<Column> columns = plain_columns(b, {at, value_at});
  const std::string groups = list_of(columns);
  std::string select = groups;
  for (const auto& one : values) {
    const std::string is_it = one ? b.text(source) + " = " + literal(*one) : source.sql + " IS NULL";
    const Aggregate cell = aggregate(b, "aggregateFunction", function, value, " FILTER (WHERE " + is_it + ")");
    select += (select.empty() ? "" : ", ") + cell.call + " AS " + ident(column_name_of(one));
    columns.push_back({column_name_of(one), {}, cell.type, 0});
  }
  if (columns.empty()) throw RecipeError("E6006", "no column would be left", place(b.step()));
  if (b.is_ordered()) select += ", min(_mr_row) AS _mr_o1";
  b.become("SELECT " + select + " FROM " + rows + (groups.empty() ? " HAVING count(*) > 0" : " GROUP BY " + groups), std::move(columns), 1);
}

// ---- TRANSPOSE and UNPIVOT

std::vector<Column> plain_at(const Builder& b, const std::vector<size_t>& indexes) {
  std::vector<Column> columns;
  for (const size_t index : indexes) columns.push_back(plain(b.columns()[index]));
  return columns;
}

// "unnest([names]) AS …, unnest([values]) AS …, unnest([1, 2, …]) AS place": one row for each column.
std::string melted(const Builder& b, const std::vector<Column>& columns, const std::string& names, const std::string& values, const std::string& place) {
  const std::string type = common_type(columns);
  std::string name_list, value_list, places;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string comma = i == 0 ? "" : ", ";
    name_list += comma + literal(columns[i].name);
    value_list += comma + as_type(b, columns[i], type);
    places += comma + std::to_string(i + 1);
  }
  return "unnest([" + name_list + "]) AS " + names + ", unnest([" + value_list + "]) AS " + values + ", unnest([" + places + "]) AS " + place;
}

void unpivot(Builder& b) {
  const std::vector<size_t> sources = b.sources();
  const std::string rows = b.before_become();
  const std::vector<Column> from = plain_at(b, sources);
  std::vector<Column> columns = plain_columns(b, sources);
  std::string select = list_of(columns);
  if (!select.empty()) select += ", ";
  select += melted(b, from, ident(b.param("unpivotColumn")), ident(b.param("valueColumn")), "_mr_o2");
  if (b.is_ordered()) select += ", _mr_row AS _mr_o1";
  columns.push_back({b.param("unpivotColumn"), {}, "VARCHAR", 0});
  columns.push_back({b.param("valueColumn"), {}, common_type(from), 0});
  b.become("SELECT " + select + " FROM " + rows, std::move(columns), 2);
}

std::string joined_names(const Builder& b, const std::vector<Column>& columns) {
  if (columns.size() == 1) return columns.front().sql;
  std::string sql = "concat_ws('_'";
  for (const Column& column : columns) sql += ", " + b.text(column);
  return sql + ")";
}

void transpose(Builder& b) {
  const std::vector<size_t> heads = b.sources("pivotColumns"), sources = b.sources("valueColumns");
  const std::string function = b.param("aggregateFunction"), target = b.param("newColumn");
  aggregate(b, "aggregateFunction", function, {"", "v", common_type(plain_at(b, sources)), 0});
  b.materialise(heads);
  const std::string head = joined_names(b, plain_at(b, heads));
  const auto values = values_of(b, head, "the header", kMostTransposed);
  const std::string rows = b.before_become();
  const std::vector<Column> from = plain_at(b, sources);
  const Column value{"_mr_v", "_mr_v", common_type(from), 0};
  std::vector<Column> columns{{target, {}, "VARCHAR", 0}};
  std::string select = "_mr_n AS " + ident(target) + ", _mr_p AS _mr_o1";
  for (const auto& one : values) {
    const Aggregate cell = aggregate(b, "aggregateFunction", function, value, " FILTER (WHERE _mr_h " + (one ? "= " + literal(*one) : "IS NULL") + ")");
    select += ", " + cell.call + " AS " + ident(column_name_of(one));
    columns.push_back({column_name_of(one), {}, cell.type, 0});
  }
  const std::string melt = "SELECT CAST(" + head + " AS VARCHAR) AS _mr_h" + (b.is_ordered() ? ", _mr_row, " : ", ") + melted(b, from, "_mr_n", "_mr_v", "_mr_p") + " FROM " + rows;
  b.become("SELECT " + select + " FROM (" + melt + ") GROUP BY _mr_n, _mr_p", std::move(columns), 1);
}

constexpr Action kActions[] = {{"GROUP_BY", false, group_by}, {"PIVOT", true, pivot}, {"UNPIVOT", false, unpivot}, {"TRANSPOSE", true, transpose}};

}  // namespace

std::span<const Action> reshape_actions() { return kActions; }

}  // namespace mr::recipe
