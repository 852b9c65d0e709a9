#include "quality/dqdl/judge.hpp"

#include <algorithm>

namespace mr::quality::dqdl {

bool holds(Op op, double value, const std::vector<double>& operands) {
  const auto listed = [&] {
    return std::find(operands.begin(), operands.end(), value) != operands.end();
  };
  switch (op) {
    case Op::eq:
    case Op::in:
      return listed();
    case Op::ne:
    case Op::not_in:
      return !listed();
    case Op::gt:
      return value > operands.at(0);
    case Op::ge:
      return value >= operands.at(0);
    case Op::lt:
      return value < operands.at(0);
    case Op::le:
      return value <= operands.at(0);
    case Op::between:
      return value > operands.at(0) && value < operands.at(1);
    case Op::not_between:
      return value <= operands.at(0) || value >= operands.at(1);
    case Op::matches:
    case Op::not_matches:
      return false;
  }
  return false;
}

std::variant<bool, Reason> number_holds(const Condition& condition, double value,
                                        const std::vector<Past>& past) {
  std::vector<double> operands;
  for (const Operand& operand : condition.operands) {
    if (operand.kind == Operand::Kind::null && condition.operands.size() > 1)
      continue;  // in a list it is equal to no number
    if (operand.kind == Operand::Kind::null)
      return condition.op == Op::ne || condition.op == Op::not_in;
    auto number = value_of(operand.number, past);
    if (const auto* reason = std::get_if<Reason>(&number)) return *reason;
    operands.push_back(std::get<double>(number));
  }
  const bool two = condition.op == Op::between || condition.op == Op::not_between;
  if (two && operands.size() < 2) return false;
  return holds(condition.op, value, operands);
}

}  // namespace mr::quality::dqdl
