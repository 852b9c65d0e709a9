// The language of CheckExpression: tests of rows (:col1 > :val1, length(:col1) …) and of aggregates
// (AGG(:col1, MEAN) …), joined by and, or and brackets.
//
// Pure. Keywords in any case, with blanks or low lines between their words. Errors: QualityError
// E7004 with what stands there, E7003 for an aggregate or an operator that is not known.
#pragma once
#include "quality/databrew/ruleset.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mr::quality::databrew {

enum class Op : uint8_t {
  equal = 1,
  unequal,
  below,
  at_most,
  above,
  at_least,
  between,
  in,
  starts_with,
  ends_with,
  contains,
  matches,
  is_missing
};

struct Operand {
  std::string text{};  // of a column its name
  bool is_column = false;
};

struct Test {
  std::string column{};     // empty: the selected one, or none
  std::string statistic{};  // MEAN …; empty: it is of each row
  std::string parameter{};  // of the statistic: a number
  bool length = false;      // of the text, and not the value
  bool negated = false;
  Op op = Op::equal;
  std::vector<Operand> operands{};
};

struct Expression {
  enum class Kind : uint8_t { test = 1, all, any };
  Kind kind = Kind::test;
  Test test{};
  std::vector<Expression> parts{};
};

Expression parse(const Rule& rule);
bool is_aggregate(const Expression& expression);     // of its first test
bool has_own_columns(const Expression& expression);  // none of its tests is of a selected column

}  // namespace mr::quality::databrew
