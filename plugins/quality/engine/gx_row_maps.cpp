// Expectations of pairs and lists of columns, of the order of rows, and of how far values lie from
// the middle.
#include "quality/engine/gx_expectation.hpp"

#include <cmath>

namespace mr::quality::gx {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using nlohmann::json;

struct Pair {
  ColumnInfo a, b;
  std::string left, right;
  bool alike = false;  // of one kind, and so with an order between them
};

std::string kind_of(const std::string& type) {
  return is_number(type) ? "number" : is_moment(type) ? "moment" : type;
}

Pair pair_of(const Expectation& e) {
  Pair pair{column_of(e, "column_A"), column_of(e, "column_B"), {}, {}};
  pair.alike = kind_of(pair.a.type) == kind_of(pair.b.type);
  const auto side = [&](const ColumnInfo& column) {
    return pair.alike ? ident(column.name) : "CAST(" + ident(column.name) + " AS VARCHAR)";
  };
  pair.left = side(pair.a);
  pair.right = side(pair.b);
  return pair;
}

Compiled pair_check(const Expectation& e, const Pair& pair, const std::string& good) {
  const std::string a = ident(pair.a.name), b = ident(pair.b.name),
                    rule = e.has("ignore_row_if") ? e.text("ignore_row_if")
                                                  : "both_values_are_missing";
  if (rule == "both_values_are_missing")
    return map_check(e, Shape::pair, {pair.a, pair.b},
                     "NOT (" + a + " IS NULL AND " + b + " IS NULL)", good);
  if (rule == "either_value_is_missing")
    return map_check(e, Shape::pair, {pair.a, pair.b}, a + " IS NOT NULL AND " + b + " IS NOT NULL",
                     good);
  if (rule == "neither") return map_check(e, Shape::pair, {pair.a, pair.b}, "", good);
  e.wrong("'ignore_row_if' must be both_values_are_missing, either_value_is_missing or neither");
}

Compiled pair_equal(const Expectation& e) {
  const Pair pair = pair_of(e);
  return pair_check(e, pair, pair.left + " = " + pair.right);
}

Compiled pair_greater(const Expectation& e) {
  const Pair pair = pair_of(e);
  const bool times = e.flag("parse_strings_as_datetimes");
  if (!pair.alike && !times && !e.flag("allow_cross_type_comparisons"))
    e.wrong("columns of types " + pair.a.type + " and " + pair.b.type + " can't be compared");
  const std::string left = times ? "TRY_CAST(" + pair.left + " AS TIMESTAMP)" : pair.left,
                    right = times ? "TRY_CAST(" + pair.right + " AS TIMESTAMP)" : pair.right;
  if (!e.flag("or_equal")) return pair_check(e, pair, left + " > " + right);
  return pair_check(e, pair,
                    "(" + left + " >= " + right + " OR (" + pair.left + " IS NULL AND " +
                        pair.right + " IS NULL))");
}

Compiled pair_in_set(const Expectation& e) {
  const Pair pair = pair_of(e);
  if (!e.has("value_pairs_set")) return pair_check(e, pair, "true");
  std::string good;
  for (const json& listed : e.list("value_pairs_set")) {
    if (!listed.is_array() || listed.size() != 2)
      e.wrong("'value_pairs_set' must be a list of pairs");
    if (listed[0].is_null() || listed[1].is_null()) continue;  // equal to nothing, as in SQL
    const auto [a, first] = sides(e, ident(pair.a.name), pair.a.type, listed[0]);
    const auto [b, second] = sides(e, ident(pair.b.name), pair.b.type, listed[1]);
    good += (good.empty() ? "(" : " OR (") + a + " = " + first + " AND " + b + " = " + second + ")";
  }
  return pair_check(e, pair, good.empty() ? "false" : "(" + good + ")");
}

std::string joined(const std::vector<ColumnInfo>& columns, const std::string& after,
                   const std::string& by) {
  std::string text;
  for (const ColumnInfo& column : columns)
    text += (text.empty() ? "(" : by) + ident(column.name) + after;
  return text + ")";
}

// Which rows ignore_row_if leaves.
std::string considered(const Expectation& e, const std::vector<ColumnInfo>& columns,
                       const std::string& fallback) {
  const std::string rule = e.has("ignore_row_if") ? e.text("ignore_row_if") : fallback;
  if (rule == "all_values_are_missing") return joined(columns, " IS NOT NULL", " OR ");
  if (rule == "any_value_is_missing") return joined(columns, " IS NOT NULL", " AND ");
  if (rule == "never") return {};
  e.wrong("'ignore_row_if' must be all_values_are_missing, any_value_is_missing or never");
}

constexpr const char* kAllMissing = "all_values_are_missing";

Compiled compound_unique(const Expectation& e) {
  auto columns = columns_of(e);
  const std::string scope = considered(e, columns, kAllMissing);
  return unique_check(e, Shape::multicolumn, std::move(columns), scope);
}

// Of every two columns.
Compiled unique_within_record(const Expectation& e) {
  auto columns = columns_of(e);
  std::string good;
  for (size_t i = 0; i < columns.size(); ++i) {
    for (size_t j = i + 1; j < columns.size(); ++j) {
      const bool alike = kind_of(columns[i].type) == kind_of(columns[j].type);
      if (alike)
        good = both(good, ident(columns[i].name) + " IS DISTINCT FROM " + ident(columns[j].name));
      else
        good = both(good, "NOT (" + ident(columns[i].name) + " IS NULL AND " +
                              ident(columns[j].name) + " IS NULL)");
    }
  }
  const std::string scope = considered(e, columns, kAllMissing);
  return map_check(e, Shape::multicolumn, std::move(columns), scope, good.empty() ? "true" : good);
}

Compiled all_equal(const Expectation& e) {
  auto columns = columns_of(e);
  std::string good;
  for (size_t i = 1; i < columns.size(); ++i) {
    if (kind_of(columns[i].type) != kind_of(columns[0].type))
      e.wrong("columns of types " + columns[0].type + " and " + columns[i].type +
              " can't be compared");
    good = both(good, ident(columns[0].name) + " IS NOT DISTINCT FROM " + ident(columns[i].name));
  }
  const std::string scope = considered(e, columns, "never");
  return map_check(e, Shape::multicolumn, std::move(columns), scope, good.empty() ? "true" : good);
}

Compiled sum_equal(const Expectation& e) {
  auto columns = columns_of(e);
  for (const ColumnInfo& column : columns) {
    if (!is_number(column.type)) e.wrong("column '" + column.name + "' holds no numbers");
  }
  std::string sum;
  for (const ColumnInfo& column : columns)
    sum += (sum.empty() ? "CAST(" : " + CAST(") + ident(column.name) + " AS DOUBLE)";
  const std::string scope = considered(e, columns, kAllMissing),
                    total = json(e.number("sum_total")).dump();
  return map_check(e, Shape::multicolumn, std::move(columns), scope,
                   sum + " = CAST(" + total + " AS DOUBLE)");
}

// Each value against the one before it in the order of the rows, with NULLs and rows out of scope
// left out.
Compiled ordered(const Expectation& e, const std::string& op) {
  const ColumnInfo& column = column_of(e);
  const std::string name = ident(column.name), scope = both(e.filter, name + " IS NOT NULL");
  const std::string numbered =
      "(SELECT *, row_number() OVER () AS _mr_row FROM " + e.target.relation + ")";
  const std::string before = "(SELECT *, lag(" + name +
                             ") OVER (ORDER BY _mr_row) AS _mr_before FROM " + numbered +
                             " WHERE " + scope + ") AS _mr_ordered";
  const std::string bad = "_mr_before IS NOT NULL AND NOT (" + name + op +
                          (e.flag("strictly") ? "" : "=") + " _mr_before)";
  const MeasureId elements = e.measures.scalar("count(*)", e.filter),
                  of = e.measures.scalar("count(*)", scope),
                  unexpected = e.measures.scalar("count(*)", bad, before);
  Check check{label(e), {}, share_judge(elements, of, unexpected, e.mostly())};
  return {.check = std::move(check),
          .shape = Shape::column,
          .domain = {column},
          .rows_relation = before,
          .rows_failing = bad};
}

Compiled increasing(const Expectation& e) {
  return ordered(e, " >");
}

Compiled decreasing(const Expectation& e) {
  return ordered(e, " <");
}

std::string number_column(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  if (!is_number(column.type))
    e.wrong("column '" + column.name + "' holds no numbers but " + column.type);
  return "CAST(" + ident(column.name) + " AS DOUBLE)";
}

// The value of an aggregate of the column, for the test of each row.
std::string statistic(const Expectation& e, const std::string& aggregate) {
  return Measures::value_sql(
      e.measures.scalar(aggregate, both(e.filter, ident(column_of(e).name) + " IS NOT NULL")));
}

Compiled z_scores(const Expectation& e) {
  const std::string value = number_column(e), threshold = json(e.number("threshold")).dump();
  const std::string score = "((" + value + " - " + statistic(e, "avg(" + value + ")") +
                            ") / nullif(" + statistic(e, "stddev_samp(" + value + ")") + ", 0))";
  const bool both_sides = !e.has("double_sided") || e.flag("double_sided");
  return value_check(
      e, both_sides ? "abs(" + score + ") < abs(" + threshold + ")" : score + " < " + threshold);
}

// Away from the middle by the spread times a factor; without a spread, whatever is not in the
// middle; without statistics, nothing.
Compiled outliers(const Expectation& e) {
  const std::string value = number_column(e), method = e.has("method") ? e.text("method") : "iqr";
  const double multiplier = e.number_or("multiplier", 1.5);
  if (method != "iqr" && method != "std") e.wrong("'method' must be iqr or std");
  if (!(multiplier >= 0)) e.wrong("'multiplier' must not be negative");
  const bool quartiles = method == "iqr";
  const std::string centre =
      statistic(e, quartiles ? "median(" + value + ")" : "avg(" + value + ")");
  const std::string spread =
      quartiles ? "(" + statistic(e, "quantile_cont(" + value + ", 0.75)") + " - " +
                      statistic(e, "quantile_cont(" + value + ", 0.25)") + ")"
                : statistic(e, "stddev_samp(" + value + ")");
  const std::string away = "abs(" + value + " - " + centre + ")",
                    limit = "(" + json(multiplier).dump() + " * " + spread + ")";
  return value_check(e, "NOT coalesce(CASE WHEN " + limit + " = 0 THEN " + away + " > 0 ELSE " +
                            away + " >= " + limit + " END, false)");
}

}  // namespace

void add_row_maps(Registry& registry) {
  registry["expect_column_pair_values_to_be_equal"] = {
      pair_equal, {"column_A", "column_B", "mostly", "ignore_row_if"}};
  registry["expect_column_pair_values_a_to_be_greater_than_b"] = {
      pair_greater,
      {"column_A", "column_B", "mostly", "ignore_row_if", "or_equal", "parse_strings_as_datetimes",
       "allow_cross_type_comparisons"}};
  registry["expect_column_pair_values_to_be_in_set"] = {
      pair_in_set, {"column_A", "column_B", "mostly", "ignore_row_if", "value_pairs_set"}};
  registry["expect_compound_columns_to_be_unique"] = {compound_unique,
                                                      {"column_list", "mostly", "ignore_row_if"}};
  registry["expect_select_column_values_to_be_unique_within_record"] = {
      unique_within_record, {"column_list", "mostly", "ignore_row_if"}};
  registry["expect_multicolumn_values_to_be_unique"] = {unique_within_record,
                                                        {"column_list", "mostly", "ignore_row_if"}};
  registry["expect_multicolumn_values_to_be_equal"] = {all_equal,
                                                       {"column_list", "mostly", "ignore_row_if"}};
  registry["expect_multicolumn_sum_to_equal"] = {
      sum_equal, {"column_list", "mostly", "ignore_row_if", "sum_total"}};
  registry["expect_column_values_to_be_increasing"] = {
      increasing, {"column", "mostly", "strictly", "parse_strings_as_datetimes"}};
  registry["expect_column_values_to_be_decreasing"] = {
      decreasing, {"column", "mostly", "strictly", "parse_strings_as_datetimes"}};
  registry["expect_column_value_z_scores_to_be_less_than"] = {
      z_scores, {"column", "mostly", "threshold", "double_sided"}};
  registry["expect_column_values_to_not_be_outliers"] = {
      outliers, {"column", "mostly", "method", "multiplier"}};
}

}  // namespace mr::quality::gx
