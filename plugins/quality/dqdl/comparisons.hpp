// Conditions as SQL over one value: true for what complies, and never NULL.
//
// Pure, but for the pattern, which the session tries. NULL by the kind of the condition: numbers
// and dates fail on it in orders, = and in; != and not in pass; so do dates for not between; NULL
// among the operands turns that around. Texts as numbers, but != EMPTY and WHITESPACES_ONLY fail on
// it.
#pragma once
#include "quality/dqdl/scope.hpp"

#include <string>
#include <vector>

namespace mr::quality::dqdl {

// One operand: `equal` is SQL that is true when the value is it; `value` its SQL for orders.
struct Comparand {
  std::string equal{}, value{};
  bool is_null = false;
  bool is_keyword = false;  // EMPTY, WHITESPACES_ONLY
};

std::string complies(const std::string& sql, Op op, const std::vector<Comparand>& operands,
                     bool null_is_not_between);

// The condition's operands against `sql`, which is of numbers, texts or dates as the condition is.
// Calls of functions can't be operands here.
std::string value_complies(const Scope& scope, const std::string& sql, const Condition& condition);

}  // namespace mr::quality::dqdl
