// Whether a number meets a condition.
//
// Pure; any thread. between is open at both ends, not between is what it leaves; equality is exact.
#pragma once
#include "quality/dqdl/history.hpp"
#include "quality/dqdl/syntax.hpp"

#include <variant>
#include <vector>

namespace mr::quality::dqdl {

// Of a condition of numbers; a reason when an operand can't be worked out from the metric's earlier
// values.
std::variant<bool, Reason> number_holds(const Condition& condition, double value,
                                        const std::vector<Past>& past);

// The same for operands that are numbers already.
bool holds(Op op, double value, const std::vector<double>& operands);

}  // namespace mr::quality::dqdl
