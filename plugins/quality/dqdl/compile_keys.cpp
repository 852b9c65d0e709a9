#include "quality/dqdl/compilers.hpp"

namespace mr::quality::dqdl {
namespace {

std::vector<std::string> sql_of(const std::vector<Column>& columns) {
  std::vector<std::string> keys;
  for (const Column& column : columns) keys.push_back(column.sql);
  return keys;
}

// Rows that have at least one column of the key.
std::string with_key(const Scope& scope, const std::vector<Column>& keys) {
  return both(scope.where, "(" + joined(keys, " OR ", " IS NOT NULL") + ")");
}

Metric uniqueness_metric(const Scope& scope, const std::vector<Column>& keys) {
  // Keys that occur once, over the rows that have one.
  const MeasureId share =
      scope.measures.grouped(sql_of(keys), with_key(scope, keys),
                             "CAST(coalesce(sum(n) FILTER (WHERE n = 1), 0) AS DOUBLE) / sum(n)",
                             "", "1");
  return {columns_metric(keys, "Uniqueness"), share};
}

std::string repeated(const Scope& scope, const std::vector<Column>& keys) {
  return repeated_rows(scope.target.relation, sql_of(keys), with_key(scope, keys));
}

}  // namespace

Check uniqueness(const Scope& scope) {
  const auto keys = columns_of(scope);
  const bool plain = scope.rule.type == "IsUnique";
  return number_check(scope, {.metric = uniqueness_metric(scope, keys),
                              .condition = plain ? is_one() : condition_of(scope),
                              .failing = repeated(scope, keys)});
}

// Unique, and every column of it complete: one number, which is 1 for a key.
Check primary_key(const Scope& scope) {
  const auto keys = columns_of(scope);
  const MeasureId rows = scope.measures.scalar("count(*)", scope.where);
  const Metric unique = uniqueness_metric(scope, keys);
  std::vector<Metric> metrics{unique};
  for (const Column& key : keys) {
    metrics.push_back({column_metric(key.name, "Completeness"), completeness_measure(scope, key)});
  }
  const std::string holes = both(scope.where, "(" + joined(keys, " OR ", " IS NULL") + ")");
  return {scope.rule.text, "(" + holes + ") OR (" + repeated(scope, keys) + ")",
          [=, filtered = !scope.where.empty()](const Measures& m) {
            for (const Metric& metric : metrics) {
              if (auto verdict = hindered(m, {metric.id, rows})) return *verdict;
            }
            if (m.count(rows) == 0)
              return Verdict{filtered,
                             {{"reason", filtered ? "No rows matched: nothing was checked"
                                                  : "there are no rows"}}};
            Verdict verdict{true, {{"observed", m.number(unique.id).value_or(0)}}};
            for (const Metric& metric : metrics) {
              const double share = m.number(metric.id).value_or(0);
              verdict.facts["metrics"][metric.name] = share;
              verdict.success = verdict.success && share == 1.0;
            }
            if (!verdict.success)
              verdict.facts["message"] =
                  "the columns are no key: their values repeat, or are missing";
            return verdict;
          }};
}

Check unique_value_ratio(const Scope& scope) {
  const auto keys = columns_of(scope);
  const MeasureId ratio =
      scope.measures.grouped(sql_of(keys), with_key(scope, keys),
                             "CAST(count(*) FILTER (WHERE n = 1) AS DOUBLE) / nullif(count(*), 0)",
                             "", "1");
  return number_check(scope, {.metric = {columns_metric(keys, "UniqueValueRatio"), ratio},
                              .condition = condition_of(scope),
                              .failing = repeated(scope, keys)});
}

// NULL is one of the values. An estimate takes no pass of its own; the hash of NULL is one, too.
Check distinct_values(const Scope& scope) {
  const auto keys = columns_of(scope);
  const bool estimate = scope.target.approximate;
  const MeasureId count =
      estimate ? scope.measures.scalar("approx_count_distinct(hash(" + joined(keys, ", ") + "))",
                                       scope.where)
               : scope.measures.grouped(sql_of(keys), scope.where, "count(*)");
  return number_check(scope, {.metric = {columns_metric(keys, "DistinctValuesCount"), count},
                              .condition = condition_of(scope),
                              .estimate = estimate});
}

// By the natural logarithm, of the values that there are: ln N - sum(n ln n) / N.
Check entropy(const Scope& scope) {
  const auto keys = columns_of(scope);
  const MeasureId value = scope.measures.grouped(sql_of(keys), with_key(scope, keys),
                                                 "ln(sum(n)) - sum(n * ln(n)) / sum(n)");
  return number_check(scope, {.metric = {columns_metric(keys, "Entropy"), value},
                              .condition = condition_of(scope)});
}

// Rows that share their key with another one; without parameters the key is the whole row.
Check duplicate_rows(const Scope& scope) {
  auto keys = columns_of(scope);
  const bool whole = keys.empty();
  if (whole) {
    for (const auto& column : scope.target.columns)
      keys.push_back({column.name, mr::data::ident(column.name), column.type});
  }
  if (keys.empty()) throw Unfit{"there are no columns"};
  const MeasureId count =
      scope.measures.grouped(sql_of(keys), with_key(scope, keys),
                             "coalesce(sum(n) FILTER (WHERE n > 1), 0)", "", "0");
  const std::string metric =
      whole ? "Dataset.*.DuplicateRowCount" : columns_metric(keys, "DuplicateRowCount");
  return number_check(scope, {.metric = {metric, count},
                              .condition = condition_of(scope),
                              .failing = repeated(scope, keys),
                              .of_rows = false});
}

}  // namespace mr::quality::dqdl
