// Functions that look at the rows around each row, and the rolling replacements of a column.
#include <nlohmann/json.hpp>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/operands.hpp"
#include "recipe/engine/spread.hpp"

namespace mr::recipe {
namespace {

constexpr int64_t kMostRows = INT32_MAX;

// Rows in the order of the step: the current one, or that of "orderByColumn", which exports have.
std::string order_of(Builder& b) {
  std::string keys;
  if (b.has("orderByColumn")) {
    const bool list = nlohmann::json::parse(b.param("orderByColumn"), nullptr, false).is_array();
    for (const std::string& name : list ? b.list("orderByColumn") : std::vector<std::string>{b.param("orderByColumn")}) keys += b.column(name).sql + " ASC NULLS LAST, ";
  }
  return "PARTITION BY " + b.alive() + " ORDER BY " + keys + b.order();
}

std::string rows_between(int64_t before, int64_t after) {
  return " ROWS BETWEEN " + std::to_string(before) + " PRECEDING AND " + std::to_string(after) + " FOLLOWING)";
}

// "OVER (…)" of the step's numRowsBefore and numRowsAfter.
std::string window_of(Builder& b) {
  const int64_t before = b.whole("numRowsBefore", 0, kMostRows), after = b.whole("numRowsAfter", 0, kMostRows);
  return " OVER (" + order_of(b) + rows_between(before, after);
}

// The source as windows take it: numbers, and dates or times where an order is all that is needed.
Column operand(Builder& b, bool ordered_kinds = false) {
  const Column& column = b.source();
  const Family family = family_of(column.type);
  if (ordered_kinds && (family == Family::date || family == Family::timestamp)) return column;
  return {column.name, b.number(column), is_number(family) ? column.type : "DOUBLE", column.round};
}

std::string sum_type(const std::string& type) {
  const Family family = family_of(type);
  if (family == Family::decimal) return "DECIMAL(38," + type.substr(type.find(',') + 1);
  if (family == Family::floating) return "DOUBLE";
  return type == "BIGINT" || type.ends_with("HUGEINT") || type == "UBIGINT" ? "HUGEINT" : "BIGINT";
}

void rolling_sum(Builder& b) {
  b.prepare_window();
  const Column x = operand(b);
  const std::string type = sum_type(x.type);
  const std::string sum = "sum(" + x.sql + ")" + window_of(b);
  b.add_target(type == "DOUBLE" ? finite("CAST(" + sum + " AS DOUBLE)") : "TRY_CAST(" + sum + " AS " + type + ")", type);
}

void rolling_average(Builder& b) {
  b.prepare_window();
  b.add_target(finite("avg(CAST(" + operand(b).sql + " AS DOUBLE))" + window_of(b)), "DOUBLE");
}

void rolling_spread(Builder& b, const char* function) {
  b.prepare_window();
  b.add_target(spread(function, "CAST(" + operand(b).sql + " AS DOUBLE)", window_of(b)), "DOUBLE");
}
void rolling_deviation(Builder& b) { rolling_spread(b, "stddev_pop"); }
void rolling_variance(Builder& b) { rolling_spread(b, "var_pop"); }

void rolling_extreme(Builder& b, const std::string& function) {
  b.prepare_window();
  const Column x = operand(b, true);
  b.add_target(function + "(" + x.sql + ")" + window_of(b), x.type);
}
void rolling_max(Builder& b) { rolling_extreme(b, "max"); }
void rolling_min(Builder& b) { rolling_extreme(b, "min"); }

void rolling_count(Builder& b) {
  b.prepare_window();
  b.add_target("count(" + b.source().sql + ")" + window_of(b), "BIGINT");
}

void rolling_kth(Builder& b, const std::string& before, const std::string& after) {
  b.prepare_window();
  const Column x = operand(b, true);
  const std::string k = std::to_string(b.whole("value", 1, kMostRows));
  b.add_target("list_sort(" + before + "list(" + x.sql + ")" + window_of(b) + after + ", 'DESC', 'NULLS LAST')[" + k + "]", x.type);
}
void rolling_kth_largest(Builder& b) { rolling_kth(b, "", ""); }
void rolling_kth_largest_unique(Builder& b) { rolling_kth(b, "list_distinct(", ")"); }

// Of the values that are there most often: the least, the greatest, or their mean.
std::string tie_breaker(Builder& b, bool number) {
  const std::string& type = b.param("modeType");
  if (type == "MINIMUM" || type == "NONE") return "list_min";
  if (type == "MAXIMUM") return "list_max";
  if (type != "AVERAGE") b.wrong("modeType", "MINIMUM, MAXIMUM, AVERAGE or NONE");
  if (!number) b.wrong("modeType", "MINIMUM, MAXIMUM or NONE for a column that holds no numbers");
  return "list_avg";
}

void rolling_mode(Builder& b) {
  b.prepare_window();
  const Column x = b.source();
  const std::string pick = tie_breaker(b, is_number(family_of(x.type)));
  // The lambda is there to name the counts, so that they are made once.
  const std::string counts = "histogram(" + x.sql + ")" + window_of(b);
  const std::string best = "list_transform(list_filter(map_entries(m), lambda e: e.value = list_max(map_values(m))), lambda e: e.key)";
  b.add_target("list_transform([" + counts + "], lambda m: " + pick + "(" + best + "))[1]", pick == "list_avg" ? "DOUBLE" : x.type);
}

void shifted(Builder& b, const std::string& function) {
  b.prepare_window();
  const Column source = b.source();
  const std::string rows = std::to_string(b.whole("numRows", 0, kMostRows));
  b.add_target(function + "(" + source.sql + ", " + rows + ") OVER (" + order_of(b) + ")", source.type);
}
void next(Builder& b) { shifted(b, "lead"); }
void prev(Builder& b) { shifted(b, "lag"); }

void fill(Builder& b) {
  b.prepare_window();
  const Column source = b.source();
  const int64_t before = b.whole("numRowsBefore", 0, kMostRows), after = b.whole("numRowsAfter", 0, kMostRows);
  const std::string valid = "CASE WHEN NOT " + b.missing(source) + " THEN " + source.sql + " END", order = order_of(b);
  const std::string above = "last_value(" + valid + " IGNORE NULLS) OVER (" + order + rows_between(before, 0);
  const std::string below = "first_value(" + valid + " IGNORE NULLS) OVER (" + order + rows_between(0, after);
  b.add_target("CASE WHEN " + b.missing(source) + " THEN coalesce(" + above + ", " + below + ", " + source.sql + ") ELSE " + source.sql + " END", source.type);
}

// The groups and the order that ROW_NUMBER and SESSION name.
std::string groups_of(Builder& b) {
  std::string groups = "PARTITION BY " + b.alive(), keys;
  for (const std::string& name : b.list("groupByColumns")) groups += ", " + b.column(name).sql;
  for (const std::string& name : b.list("orderByColumns")) keys += b.column(name).sql + " ASC NULLS LAST, ";
  return groups + " ORDER BY " + keys + b.order();
}

void row_number(Builder& b) {
  b.prepare_window();
  b.add_target("row_number() OVER (" + groups_of(b) + ")", "BIGINT");
}

std::string interval_of(Builder& b) {
  static constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"MICROSECONDS", "to_microseconds"}, {"MILLISECONDS", "to_milliseconds"}, {"SECONDS", "to_seconds"}, {"MINUTES", "to_minutes"}, {"HOURS", "to_hours"},
      {"DAYS", "to_days"}, {"WEEKS", "to_weeks"}, {"MONTHS", "to_months"}, {"QUARTERS", "to_quarters"}, {"YEARS", "to_years"}};
  const std::string value = std::to_string(b.whole("value", 0, 1000000000));
  for (const auto& [unit, function] : kUnits) {
    if (b.param("units") == unit) return std::string(function) + "(" + value + ")";
  }
  b.wrong("units", "MICROSECONDS, MILLISECONDS, SECONDS, MINUTES, HOURS, DAYS, WEEKS, MONTHS, QUARTERS or YEARS");
}

void session(Builder& b) {
  b.prepare_window();
  const std::string target = b.param("targetColumn");
  const std::string at = as_time(b, b.source());
  // First whether a row begins a session, then how many have begun: a window can't look into another one, so the target holds the first in between.
  b.add_target("false", "BOOLEAN");
  b.column(target).sql = at + " > lag(" + at + " IGNORE NULLS) OVER (" + groups_of(b) + ") + " + interval_of(b);
  b.prepare_window();
  const std::string number = "CASE WHEN " + as_time(b, b.source()) + " IS NOT NULL THEN CAST(1 + count(*) FILTER (" + mr::data::ident(target) + ") OVER (" + groups_of(b) +
                             " ROWS UNBOUNDED PRECEDING) AS BIGINT) END";
  Column& column = b.column(target);
  column.sql = b.where().empty() ? number : "CASE WHEN " + b.where() + " THEN " + number + " END";
  column.type = "BIGINT";
}

// In place: the mean or the sum of the row and the period - 1 rows above it.
void replace_with_rolling(Builder& b, const std::string& function) {
  if (!is_number(family_of(duck_type(b, "columnDataType", b.param("columnDataType"))))) b.wrong("columnDataType", "number");
  b.prepare_window();
  const Column x = operand(b);
  const std::string type = function == "avg" ? "DOUBLE" : sum_type(x.type);
  const std::string window = " OVER (PARTITION BY " + b.alive() + " ORDER BY " + b.order() + rows_between(b.whole("period", 1, kMostRows) - 1, 0);
  const std::string value = "CAST(" + function + "(" + x.sql + ")" + window + " AS " + type + ")";
  const bool text = family_of(b.source().type) == Family::text;
  b.set(b.source(), text ? number_as_text(value) : value, text ? "VARCHAR" : type);
}
void replace_with_rolling_average(Builder& b) { replace_with_rolling(b, "avg"); }
void replace_with_rolling_sum(Builder& b) { replace_with_rolling(b, "sum"); }

constexpr Action kActions[] = {
    {"FILL", true, fill}, {"NEXT", true, next}, {"PREV", true, prev}, {"ROLLING_AVERAGE", true, rolling_average}, {"ROLLING_COUNT_A", true, rolling_count},
    {"ROLLING_KTH_LARGEST", true, rolling_kth_largest}, {"ROLLING_KTH_LARGEST_UNIQUE", true, rolling_kth_largest_unique}, {"ROLLING_MAX", true, rolling_max},
    {"ROLLING_MIN", true, rolling_min}, {"ROLLING_MODE", true, rolling_mode}, {"ROLLING_STDEV", true, rolling_deviation},
    {"ROLLING_STANDARD_DEVIATION", true, rolling_deviation}, {"ROLLING_SUM", true, rolling_sum}, {"ROLLING_VAR", true, rolling_variance},
    {"ROLLING_VARIANCE", true, rolling_variance}, {"ROW_NUMBER", true, row_number}, {"SESSION", true, session},
    {"REPLACE_WITH_ROLLING_AVERAGE", true, replace_with_rolling_average}, {"REPLACE_WITH_ROLLING_SUM", true, replace_with_rolling_sum}};

}  // namespace

std::span<const Action> window_actions() { return kActions; }

}  // namespace mr::recipe
