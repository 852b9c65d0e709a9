#include "quality/dqdl/compilers.hpp"

#include <array>

namespace mr::quality::dqdl {
namespace {

struct Statistic {
  std::string_view type, sql;  // $ stands for the column as DOUBLE
};

// Of the values that there are; NULL when there is none. Moments are those of the values
// themselves, not of a sample; equal values have none.
constexpr std::array<Statistic, 8> kStatistics{
    {{"Mean", "avg($)"},
     {"Sum", "sum($)"},
     {"StandardDeviation", "stddev_pop($)"},
     {"Variance", "var_pop($)"},
     {"Range", "max($) - min($)"},
     {"InterquartileRange", "quantile_cont($, 0.75) - quantile_cont($, 0.25)"},
     {"Skewness",
      "CASE WHEN count($) = 0 THEN NULL WHEN count($) <= 2 OR var_pop($) = 0 THEN 0 ELSE "
      "skewness($) * (count($) - 2) / sqrt(count($) * (count($) - 1.0)) END"},
     {"Kurtosis", "CASE WHEN var_pop($) = 0 THEN 0 ELSE kurtosis_pop($) END"}}};

constexpr std::string_view kEstimatedRange =
    "approx_quantile($, 0.75) - approx_quantile($, 0.25)";  // between the quartiles

std::string put(std::string_view pattern, const std::string& sql) {
  std::string text;
  for (const char c : pattern) text += c == '$' ? sql : std::string(1, c);
  return text;
}

// A filter is of one aggregate; where there are several in one measure, it is of their values.
std::string in_scope(const Scope& scope, const std::string& sql) {
  return scope.where.empty() ? sql : "CASE WHEN " + scope.where + " THEN " + sql + " END";
}

}  // namespace

MeasureId completeness_measure(const Scope& scope, const Column& column) {
  return scope.measures.scalar("CAST(count(" + in_scope(scope, column.sql) +
                               ") AS DOUBLE) / nullif(count(" + in_scope(scope, "1") + "), 0)");
}

Check row_count(const Scope& scope) {
  return number_check(
      scope, {.metric = {"Dataset.*.RowCount", scope.measures.scalar("count(*)", scope.where)},
              .condition = condition_of(scope),
              .of_rows = false});
}

Check completeness(const Scope& scope) {
  const Column column = column_of(scope, scope.rule.parameters[0]);
  const MeasureId share = completeness_measure(scope, column);
  const bool plain = scope.rule.type == "IsComplete";
  return number_check(scope, {.metric = {column_metric(column.name, "Completeness"), share},
                              .condition = plain ? is_one() : condition_of(scope),
                              .failing = both(scope.where, column.sql + " IS NULL")});
}

Check column_correlation(const Scope& scope) {
  const Column a = number_column(scope, scope.rule.parameters[0]),
               b = number_column(scope, scope.rule.parameters[1]);
  const MeasureId value = scope.measures.scalar(
      "corr(CAST(" + a.sql + " AS DOUBLE), CAST(" + b.sql + " AS DOUBLE))", scope.where);
  return number_check(scope, {.metric = {columns_metric({a, b}, "ColumnCorrelation"), value},
                              .condition = condition_of(scope)});
}

Check statistic(const Scope& scope) {
  const Column column = number_column(scope, scope.rule.parameters[0]);
  const std::string& type = scope.rule.type;
  const bool estimate = scope.target.approximate && type == "InterquartileRange";
  MeasureId value = 0;
  if (type == "ZerosCount")
    value = scope.measures.scalar("count(*)", both(scope.where, column.sql + " = 0"));
  for (const Statistic& one : kStatistics) {
    if (one.type == type)
      value =
          scope.measures.scalar(put(estimate ? kEstimatedRange : one.sql,
                                    in_scope(scope, "CAST(" + column.sql + " AS DOUBLE)")));
  }
  return number_check(scope, {.metric = {column_metric(column.name, type), value},
                              .condition = condition_of(scope),
                              .estimate = estimate});
}

}  // namespace mr::quality::dqdl
