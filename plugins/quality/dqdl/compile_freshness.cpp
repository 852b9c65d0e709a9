#include "quality/dqdl/clock.hpp"
#include "quality/dqdl/comparisons.hpp"
#include "quality/dqdl/compilers.hpp"

#include <cmath>

namespace mr::quality::dqdl {

// The age of each value in hours, to two decimals, against hours to four. Without a value there is
// no age: it does not comply.
Check data_freshness(const Scope& scope) {
  const Column column = column_of(scope, scope.rule.parameters[0]);
  const Condition& condition = condition_of(scope);
  const std::string age = "round((epoch(" + now_sql(scope) + ") - epoch(TRY_CAST(" + column.sql +
                          " AS TIMESTAMP))) / 3600.0, 2)";
  std::vector<Comparand> operands;
  for (const Operand& operand : condition.operands) {
    const std::string hours =
        nlohmann::json(std::round(static_cast<double>(operand.amount) / 60 * 10000) / 10000).dump();
    operands.push_back({age + " = " + hours, hours, false, false});
  }
  return row_check(scope, {.good = "(" + age + " IS NOT NULL AND " +
                                   complies(age, condition.op, operands, false) + ")",
                           .compliance = column_metric(column.name, "DataFreshness.Compliance"),
                           .passes_empty = true});
}

}  // namespace mr::quality::dqdl
