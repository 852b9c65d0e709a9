// Expectations of one number, or of the distinct values, of a column.
#include "quality/engine/failing_rows.hpp"
#include "quality/engine/gx_expectation.hpp"

#include <cmath>

namespace mr::quality::gx {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using nlohmann::json;

constexpr int kMostValues = 10000;  // that a list of distinct values holds; verdicts are of all

json json_or_null(const std::optional<std::string>& text) {
  if (!text) return nullptr;
  json value = json::parse(*text, nullptr, false);
  return value.is_discarded() ? json(*text) : value;
}

// What may be told of an aggregate where no value of a row may: not a text, which is one.
json told(const json& observed, const std::string& type) {
  return is_number(type) || is_moment(type) ? json{{"observed", observed}} : json::object();
}

// An aggregate that must lie within the bounds; no value at all fails. `test` is SQL of the
// judgement. With keys, it is one over groups.
Compiled judged(const Expectation& e, const std::string& aggregate, const std::string& type,
                const std::string& test, const std::vector<std::string>& keys = {}) {
  const std::string scope = keys.empty() ? "" : both(e.filter, keys.front() + " IS NOT NULL"),
                    success = "(" + aggregate + ") IS NOT NULL AND (" + test + ")";
  const MeasureId value = keys.empty() ? e.measures.scalar(shown(aggregate, type))
                                       : e.measures.grouped(keys, scope, shown(aggregate, type));
  const MeasureId fits =
      keys.empty() ? e.measures.scalar(success) : e.measures.grouped(keys, scope, success);
  const auto judge = [=](const Measures& m) {
    if (const auto hindrance = hindered(m, {value, fits})) return *hindrance;
    const json observed = json_or_null(m.text(value));
    return Verdict{m.text(fits) == "true", told(observed, type), {{"observed_value", observed}}};
  };
  return {.check = {label(e), {}, judge}, .shape = Shape::aggregate};
}

std::string filtered(const Expectation& e, const std::string& aggregate) {
  return e.filter.empty() ? aggregate : aggregate + " FILTER (WHERE " + e.filter + ")";
}

Compiled bounded(const Expectation& e, const std::string& aggregate, const std::string& type) {
  return judged(e, aggregate, type, within(e, aggregate, type));
}

Compiled row_count(const Expectation& e) {
  for (const char* key : {"min_value", "max_value"}) {
    if (e.has(key)) e.whole(key);
  }
  return bounded(e, filtered(e, "count(*)"), "BIGINT");
}

Compiled row_count_equal(const Expectation& e) {
  return judged(e, filtered(e, "count(*)"), "BIGINT",
                filtered(e, "count(*)") + " = " + std::to_string(e.whole("value")));
}

// Bounds that are date-times make date-times of a column of texts.
std::string extreme_value(const Expectation& e, std::string& type) {
  const ColumnInfo& column = column_of(e);
  type = column.type;
  const bool times = e.flag("parse_strings_as_datetimes") ||
                     (e.has("min_value") && is_datetime(e.kwargs["min_value"])) ||
                     (e.has("max_value") && is_datetime(e.kwargs["max_value"]));
  if (!times || is_moment(type)) return ident(column.name);
  type = "TIMESTAMP";
  return "TRY_CAST(" + ident(column.name) + " AS TIMESTAMP)";
}

Compiled extreme(const Expectation& e, const char* function) {
  std::string type;
  const std::string value = extreme_value(e, type);
  return bounded(e, filtered(e, std::string(function) + "(" + value + ")"), type);
}

Compiled largest(const Expectation& e) {
  return extreme(e, "max");
}

Compiled smallest(const Expectation& e) {
  return extreme(e, "min");
}

// The column as DOUBLE, for statistics. A column without a type of its own, all NULL, is one of
// numbers.
std::string number_of(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  if (column.type == "BOOLEAN")
    return "CAST(CAST(" + ident(column.name) + " AS INTEGER) AS DOUBLE)";
  if (!is_number(column.type) && column.type != "\"NULL\"")
    throw UnfitColumn{"column '" + column.name + "' holds no numbers: it is not numeric but " +
                      column.type};
  return "CAST(" + ident(column.name) + " AS DOUBLE)";
}

Compiled mean(const Expectation& e) {
  return bounded(e, filtered(e, "avg(" + number_of(e) + ")"), "DOUBLE");
}

Compiled by_estimate(Compiled compiled) {
  compiled.check = estimated(std::move(compiled.check));
  return compiled;
}

Compiled median(const Expectation& e) {
  const std::string number = number_of(e);
  if (e.target.approximate)
    return by_estimate(bounded(e, filtered(e, "approx_quantile(" + number + ", 0.5)"), "DOUBLE"));
  return bounded(e, filtered(e, "median(" + number + ")"), "DOUBLE");
}

// Exact sums of whole numbers and decimals; the bounds are compared as DOUBLE.
Compiled sum(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  const std::string number = number_of(e),
                    value = column.type == "BOOLEAN" || column.type == "FLOAT" ? number
                                                                               : ident(column.name);
  return bounded(e, "CAST(" + filtered(e, "sum(" + value + ")") + " AS DOUBLE)", "DOUBLE");
}

// Sums of squares differ by how they are added up: a bound that is met but for the last bit is met.
Compiled deviation(const Expectation& e) {
  const std::string value = filtered(e, "stddev_samp(" + number_of(e) + ")");
  std::string test = "true";
  for (const auto& [key, strict, op, sign] : {std::tuple{"min_value", "strict_min", ">", -1.0},
                                              std::tuple{"max_value", "strict_max", "<", 1.0}}) {
    if (!e.has(key)) continue;
    const double bound = e.number(key);
    const bool open = e.flag(strict);
    test = both(test, value + " " + op + (open ? " " : "= ") + "CAST(" +
                          json(open ? bound : bound + sign * std::abs(bound) * 4.5e-16).dump() +
                          " AS DOUBLE)");
  }
  return judged(e, value, "DOUBLE", test);
}

// Over the groups of the column's values, which every check of its uniqueness shares.
Compiled of_groups(const Expectation& e, const std::string& aggregate, const std::string& type) {
  return judged(e, aggregate, type, within(e, aggregate, type), {ident(column_of(e).name)});
}

// NULL is none of the values.
std::string estimated_count(const Expectation& e) {
  return filtered(e, "approx_count_distinct(" + ident(column_of(e).name) + ")");
}

Compiled distinct_count(const Expectation& e) {
  if (e.target.approximate) return by_estimate(bounded(e, estimated_count(e), "BIGINT"));
  return of_groups(e, "count(*)", "BIGINT");
}

Compiled distinct_share(const Expectation& e) {
  if (e.target.approximate)
    return by_estimate(bounded(
        e,
        "least(1.0, coalesce(CAST(" + estimated_count(e) + " AS DOUBLE) / nullif(" +
            filtered(e, "count(" + ident(column_of(e).name) + ")") + ", 0), 0))",
        "DOUBLE"));
  return of_groups(e, "coalesce(count(*) / nullif(CAST(sum(n) AS DOUBLE), 0), 0)", "DOUBLE");
}

Compiled complete_share(const Expectation& e) {
  const std::string name = ident(column_of(e).name);
  return bounded(e,
                 "CAST(" + filtered(e, "count(" + name + ")") + " AS DOUBLE) / nullif(" +
                     filtered(e, "count(*)") + ", 0)",
                 "DOUBLE");
}

// One row for each value, NULL left out: k0 and n.
MeasureId of_values(const Expectation& e, const std::string& aggregate) {
  const std::string name = ident(column_of(e).name);
  return e.measures.grouped({name}, both(e.filter, name + " IS NOT NULL"), aggregate);
}

// The list of the values with their counts, by value.
MeasureId value_list(const Expectation& e, const std::string& condition = "") {
  const std::string value = "CAST(" + shown("k0", column_of(e).type) + " AS JSON)",
                    filter = condition.empty() ? "" : " FILTER (WHERE " + condition + ")";
  return of_values(e, "to_json(coalesce(arg_min({'value': " + value + ", 'count': n}, k0, " +
                          std::to_string(kMostValues) + ")" + filter + ", []))");
}

json plain_values(const json& counted) {
  json list = json::array();
  for (const json& one : counted) list.push_back(one["value"]);
  return list;
}

Compiled distinct_check(const Expectation& e, const std::vector<MeasureId>& wrong) {
  const MeasureId values = value_list(e);
  const auto judge = [=](const Measures& m) {
    bool success = true;
    for (const MeasureId id : wrong) {
      if (const auto hindrance = hindered(m, {id})) return *hindrance;
      success = success && m.count(id) == 0;
    }
    if (const auto hindrance = hindered(m, {values})) return *hindrance;
    const json counted = json_or_null(m.text(values));
    return Verdict{
        success,
        json::object(),
        {{"observed_value", plain_values(counted)}, {"details", {{"value_counts", counted}}}}};
  };
  return {.check = {label(e), {}, judge}, .shape = Shape::aggregate};
}

std::string member(const Expectation& e) {
  return e.has("value_set") ? member_test(e, e.list("value_set"), "k0", column_of(e).type)
                            : "false";
}

// Values that are not in the set.
MeasureId strangers(const Expectation& e) {
  return of_values(e, "count(*) FILTER (WHERE NOT " + member(e) + ")");
}

// Members of the set that are not among the values.
MeasureId absent(const Expectation& e) {
  std::string sql;
  if (e.has("value_set")) {
    for (const json& value : e.list("value_set")) {
      if (!value.is_null())
        sql += (sql.empty() ? "" : " + ") +
               ("CASE WHEN coalesce(bool_or(" +
                member_test(e, json::array({value}), "k0", column_of(e).type) +
                "), false) THEN 0 ELSE 1 END");
    }
  }
  return of_values(e, sql.empty() ? "0" : sql);
}

Compiled distinct_in(const Expectation& e) {
  const bool any = !e.has("value_set") || e.list("value_set").empty();
  return distinct_check(e, any ? std::vector<MeasureId>{} : std::vector{strangers(e)});
}

Compiled distinct_contain(const Expectation& e) {
  return distinct_check(e, {absent(e)});
}

Compiled distinct_equal(const Expectation& e) {
  return distinct_check(e, {absent(e), strangers(e)});
}

// The values that are most frequent, all of them when several are.
Compiled most_common(const Expectation& e) {
  const std::string name = ident(column_of(e).name),
                    value = "CAST(" + shown("k0", column_of(e).type) + " AS JSON)";
  const MeasureId most = of_values(e, "max(n)");
  const std::string frequent = "n = " + Measures::value_sql(most);
  const MeasureId modes =
      of_values(e, "to_json(coalesce(arg_min(" + value + ", k0, " + std::to_string(kMostValues) +
                       ") FILTER (WHERE " + frequent + "), []))");
  const MeasureId number = of_values(e, "count(*) FILTER (WHERE " + frequent + ")"),
                  listed = of_values(
                      e, "count(*) FILTER (WHERE " + frequent + " AND " + member(e) + ")");
  const auto judge = [=, ties = e.flag("ties_okay")](const Measures& m) {
    if (const auto hindrance = hindered(m, {most, modes, number, listed})) return *hindrance;
    const bool success = m.count(listed) > 0 && (ties || m.count(number) == 1);
    return Verdict{success, json::object(), {{"observed_value", json_or_null(m.text(modes))}}};
  };
  return {.check = {label(e), {}, judge}, .shape = Shape::aggregate};
}

}  // namespace

void add_aggregates(Registry& registry) {
  const std::vector<std::string_view> bounds{
      "column", "min_value", "max_value", "strict_min", "strict_max", "parse_strings_as_datetimes"};
  registry["expect_table_row_count_to_be_between"] = {
      row_count, {"min_value", "max_value", "strict_min", "strict_max"}};
  registry["expect_table_row_count_to_equal"] = {row_count_equal, {"value"}};
  registry["expect_column_max_to_be_between"] = {largest, bounds};
  registry["expect_column_min_to_be_between"] = {smallest, bounds};
  registry["expect_column_mean_to_be_between"] = {mean, bounds};
  registry["expect_column_median_to_be_between"] = {median, bounds};
  registry["expect_column_sum_to_be_between"] = {sum, bounds};
  registry["expect_column_stdev_to_be_between"] = {deviation, bounds};
  registry["expect_column_unique_value_count_to_be_between"] = {distinct_count, bounds};
  registry["expect_column_proportion_of_unique_values_to_be_between"] = {distinct_share, bounds};
  registry["expect_column_proportion_of_non_null_values_to_be_between"] = {complete_share, bounds};
  registry["expect_column_distinct_values_to_be_in_set"] = {
      distinct_in, {"column", "value_set", "parse_strings_as_datetimes"}};
  registry["expect_column_distinct_values_to_contain_set"] = {
      distinct_contain, {"column", "value_set", "parse_strings_as_datetimes"}};
  registry["expect_column_distinct_values_to_equal_set"] = {
      distinct_equal, {"column", "value_set", "parse_strings_as_datetimes"}};
  registry["expect_column_most_common_value_to_be_in_set"] = {most_common,
                                                              {"column", "value_set", "ties_okay"}};
}

}  // namespace mr::quality::gx
