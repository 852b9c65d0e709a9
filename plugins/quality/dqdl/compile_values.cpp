#include "quality/dqdl/comparisons.hpp"
#include "quality/dqdl/compilers.hpp"

#include <algorithm>

namespace mr::quality::dqdl {
namespace {

bool is_list(Op op) {
  return op == Op::in || op == Op::not_in || op == Op::not_between;
}

// The extremes that the condition is about: the least one, the greatest one, or both.
std::vector<Metric> extremes(const Scope& scope, const std::string& column, const std::string& sql,
                             const std::pair<std::string, std::string>& names, bool of_a_row) {
  const Op op = condition_of(scope).op;
  std::vector<Metric> metrics;
  if (op != Op::lt && op != Op::le)
    metrics.push_back({column_metric(column, names.first),
                       scope.measures.scalar("min(" + sql + ")", scope.where), of_a_row});
  if (op != Op::gt && op != Op::ge)
    metrics.push_back({column_metric(column, names.second),
                       scope.measures.scalar("max(" + sql + ")", scope.where), of_a_row});
  return metrics;
}

bool only_nulls(const Condition& condition) {
  return std::all_of(condition.operands.begin(), condition.operands.end(),
                     [](const Operand& operand) { return operand.kind == Operand::Kind::null; });
}

bool has_null(const Condition& condition) {
  return std::any_of(condition.operands.begin(), condition.operands.end(),
                     [](const Operand& operand) { return operand.kind == Operand::Kind::null; });
}

// Which family of tests applies is said by the literals, and not by the type of the column.
std::string as_compared(const Column& column, const Condition& condition) {
  if (only_nulls(condition)) return column.sql;
  switch (condition.kind) {
    case Condition::Kind::date:
      return "TRY_CAST(" + column.sql + " AS DATE)";
    case Condition::Kind::text:
      return is_text(column.type) ? column.sql : "CAST(" + column.sql + " AS VARCHAR)";
    case Condition::Kind::number:
    case Condition::Kind::duration:
    case Condition::Kind::size:
      break;
  }
  return is_number(column.type) ? column.sql : "TRY_CAST(" + column.sql + " AS DOUBLE)";
}

bool is_order(Op op) {
  return op == Op::gt || op == Op::ge || op == Op::lt || op == Op::le || op == Op::between ||
         op == Op::eq;
}

bool is_zero(const Operand& operand) {
  return operand.number.kind == Number::Kind::literal && operand.number.value == 0;
}

}  // namespace

Check column_values(const Scope& scope) {
  const Column column = column_of(scope, scope.rule.parameters[0]);
  const Condition& condition = condition_of(scope);
  const std::string sql = as_compared(column, condition);
  RowCheck check{
      .good = value_complies(scope, sql, condition),
      .compliance = column_metric(
          column.name, condition.op == Op::matches ? "PatternMatch" : "ColumnValues.Compliance")};
  const bool numbers =
      condition.kind == Condition::Kind::number && !has_null(condition) && is_order(condition.op);
  if (numbers)
    check.metrics =
        extremes(scope, column.name, "CAST(" + sql + " AS DOUBLE)", {"Minimum", "Maximum"}, true);
  return row_check(scope, std::move(check));
}

// In code points. Orders look at the texts that there are; lists look at every row, where NULL is
// as long as nothing: 0.
Check column_length(const Scope& scope) {
  const Column column = column_of(scope, scope.rule.parameters[0]);
  const Condition& condition = condition_of(scope);
  const std::string length = "length(CAST(" + column.sql + " AS VARCHAR))";
  const bool zero = std::any_of(condition.operands.begin(), condition.operands.end(), is_zero);
  const bool null_passes = condition.op == Op::in ? zero : !is_list(condition.op) || !zero;
  const std::string test = value_complies(scope, length, condition);
  RowCheck check{.good = null_passes ? "(" + column.sql + " IS NULL OR " + test + ")"
                                     : "(" + column.sql + " IS NOT NULL AND " + test + ")",
                 .measured = is_list(condition.op) ? "count(*)" : "count(" + column.sql + ")"};
  if (is_list(condition.op))
    check.compliance = column_metric(column.name, "LengthCompliance");
  else
    check.metrics = extremes(scope, column.name, length, {"MinimumLength", "MaximumLength"}, false);
  return row_check(scope, std::move(check));
}

}  // namespace mr::quality::dqdl
