#include "quality/odcs/operators.hpp"

#include <algorithm>

namespace mr::quality::odcs {
namespace {

using Kind = Operator::Kind;

struct Word {
  std::string_view text{};
  Kind kind = Kind::equal;
};

const std::vector<Word>& words() {
  static const std::vector<Word> kWords{{"mustBe", Kind::equal},
                                        {"mustNotBe", Kind::unequal},
                                        {"mustBeGreaterThan", Kind::above},
                                        {"mustBeGreaterOrEqualTo", Kind::at_least},
                                        {"mustBeGreaterThanOrEqualTo", Kind::at_least},
                                        {"mustBeLessThan", Kind::below},
                                        {"mustBeLessOrEqualTo", Kind::at_most},
                                        {"mustBeLessThanOrEqualTo", Kind::at_most},
                                        {"mustBeBetween", Kind::within},
                                        {"mustNotBeBetween", Kind::without}};
  return kWords;
}

// A boolean is 1 or 0, as the value of a query is.
double value_of(const Node& node, std::string_view word) {
  if (node.is_scalar() && node.value.is_boolean()) return node.value.get<bool>() ? 1 : 0;
  return number_of(node, "'" + std::string(word) + "'");
}

Operator read(const Node& node, const Word& word) {
  if (word.kind != Kind::within && word.kind != Kind::without)
    return {word.kind, value_of(node, word.text), 0};
  const std::string name = "'" + std::string(word.text) + "'";
  if (!node.is_list() || node.items.size() != 2)
    wrong(node, name + " must be a list of two numbers");
  const double low = number_of(node.items[0], name), high = number_of(node.items[1], name);
  if (low > high) wrong(node, name + " has its larger number first");
  return {word.kind, low, high};
}

bool holds(const Operator& one, double value) {
  switch (one.kind) {
    case Kind::equal:
      return value == one.value;
    case Kind::unequal:
      return value != one.value;
    case Kind::above:
      return value > one.value;
    case Kind::at_least:
      return value >= one.value;
    case Kind::below:
      return value < one.value;
    case Kind::at_most:
      return value <= one.value;
    case Kind::within:
      return value >= one.value && value <= one.upper;
    case Kind::without:
      return value < one.value || value > one.upper;
  }
  return false;
}

}  // namespace

const Words& operator_words() {
  static const Words kWords = [] {
    Words all;
    for (const Word& word : words()) all.push_back(word.text);
    return all;
  }();
  return kWords;
}

std::vector<Operator> operators_of(const Node& rule) {
  std::vector<Operator> operators;
  for (const Word& word : words()) {
    if (const Node* node = rule.find(word.text)) operators.push_back(read(*node, word));
  }
  return operators;
}

Operator must_be(double value) {
  return {Kind::equal, value, 0};
}

bool holds(const std::vector<Operator>& operators, double value) {
  return std::all_of(operators.begin(), operators.end(),
                     [&](const Operator& one) { return holds(one, value); });
}

bool are_upper_bounds(const std::vector<Operator>& operators) {
  return std::all_of(operators.begin(), operators.end(), [](const Operator& one) {
    return one.kind == Kind::below || one.kind == Kind::at_most ||
           (one.kind == Kind::equal && one.value == 0);
  });
}

}  // namespace mr::quality::odcs
