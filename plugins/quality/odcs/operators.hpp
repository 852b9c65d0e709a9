// The operators of a contract's rules: mustBe, mustBeLessThan, mustBeBetween … All that a rule has
// must hold.
//
// Pure.
#pragma once
#include "quality/engine/tree.hpp"

#include <cstdint>
#include <vector>

namespace mr::quality::odcs {

struct Operator {
  enum class Kind : uint8_t {
    equal = 1,
    unequal,
    above,
    at_least,
    below,
    at_most,
    within,
    without
  };
  Kind kind = Kind::equal;
  double value = 0, upper = 0;  // upper: of within and without, whose ends belong to them
};

const Words& operator_words();
std::vector<Operator> operators_of(const Node& rule);
Operator must_be(double value);
bool holds(const std::vector<Operator>& operators, double value);
// Whether fewer would be better: then what is counted is to blame.
bool are_upper_bounds(const std::vector<Operator>& operators);

}  // namespace mr::quality::odcs
