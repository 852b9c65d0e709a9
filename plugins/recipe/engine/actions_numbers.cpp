// Mathematical functions of one row: a new column from one or two operands. A result that is no finite number, or beyond its type, is NULL.
#include <algorithm>
#include <cstdlib>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/operands.hpp"

namespace mr::recipe {

using mr::data::literal;

namespace {

void add_one(Builder& b, const std::string& sql, const std::string& type) { add_right_of(b, {"sourceColumn", "sourceColumn1"}, sql, type); }

std::string as_double(const Operand& operand) { return operand.type == "DOUBLE" ? operand.sql : "CAST(" + operand.sql + " AS DOUBLE)"; }
double value_of(const Builder& b, const std::string& parameter) { return std::strtod(b.param(parameter).c_str(), nullptr); }
std::string guarded(const std::string& sql, const std::string& type) { return "TRY_CAST(TRY(" + sql + ") AS " + type + ")"; }

// The type that can hold the number with its sign turned.
std::string signed_type(const std::string& type) {
  if (type == "UTINYINT" || type == "USMALLINT" || type == "UINTEGER") return "BIGINT";
  return type == "UBIGINT" || type == "UHUGEINT" ? "HUGEINT" : type;
}

void absolute(Builder& b) {
  const Operand n = only_number(b);
  add_one(b, guarded("abs(" + n.sql + ")", n.type), n.type);
}

void negate(Builder& b) {
  const Operand n = only_number(b);
  const std::string type = signed_type(n.type);
  add_one(b, guarded("-TRY_CAST(" + n.sql + " AS " + type + ")", type), type);
}

void sign(Builder& b) { add_one(b, "sign(" + only_number(b).sql + ")", "TINYINT"); }

std::string without_fraction(const Operand& n) { return family_of(n.type) == Family::decimal ? "DECIMAL(38,0)" : n.type; }

void to_whole(Builder& b, const std::string& before, const std::string& after) {
  const Operand n = only_number(b);
  if (family_of(n.type) == Family::whole) return add_one(b, n.sql, n.type);
  const std::string type = without_fraction(n);
  add_one(b, guarded(before + n.sql + after, type), type);
}

void ceiling(Builder& b) { to_whole(b, "ceil(", ")"); }
void floor(Builder& b) { to_whole(b, "floor(", ")"); }

// A half goes up, also below zero. Never x + 0.5, which rounds by itself where doubles are coarse.
void round_half_up(Builder& b) {
  const Operand n = only_number(b);
  if (family_of(n.type) == Family::whole) return add_one(b, n.sql, n.type);
  const std::string type = without_fraction(n);
  add_one(b, guarded("CASE WHEN " + n.sql + " - floor(" + n.sql + ") >= 0.5 THEN ceil(" + n.sql + ") ELSE floor(" + n.sql + ") END", type), type);
}

void even_or_odd(Builder& b, bool even) {
  const Operand n = only_number(b);
  const std::string found = even ? n.sql + " % 2 = 0" : "abs(" + n.sql + " % 2) = 1";
  const std::string yes = literal(b.param("trueString")), no = literal(b.param("falseString"));
  add_one(b, "CASE WHEN " + n.sql + " IS NULL THEN NULL WHEN " + found + " THEN " + yes + " ELSE " + no + " END", "VARCHAR");
}

void is_even(Builder& b) { even_or_odd(b, true); }
void is_odd(Builder& b) { even_or_odd(b, false); }

void degrees(Builder& b) { add_one(b, finite("degrees(" + as_double(only_number(b)) + ")"), "DOUBLE"); }
void radians(Builder& b) { add_one(b, finite("radians(" + as_double(only_number(b)) + ")"), "DOUBLE"); }
void exponent(Builder& b) { add_one(b, finite("exp(" + as_double(only_number(b)) + ")"), "DOUBLE"); }

void square_root(Builder& b) {
  const std::string n = as_double(only_number(b));
  add_one(b, "CASE WHEN " + n + " >= 0 THEN sqrt(" + n + ") END", "DOUBLE");
}

void natural_logarithm(Builder& b) {
  const std::string n = as_double(only_number(b));
  add_one(b, "CASE WHEN " + n + " > 0 THEN ln(" + n + ") END", "DOUBLE");
}

void logarithm(Builder& b) {
  const std::string n = as_double(only_number(b));
  std::string log = "log10(" + n + ")";
  if (b.has("base")) {
    const std::string base = as_double(number_constant(b, "base"));
    const double value = value_of(b, "base");
    if (value <= 0 || value == 1) b.wrong("base", "a number above 0 that is not 1");
    if (value != 10) log = value == 2 ? "log2(" + n + ")" : "ln(" + n + ") / ln(" + base + ")";
  }
  add_one(b, "CASE WHEN " + n + " > 0 THEN " + log + " END", "DOUBLE");
}

void power(Builder& b) {
  const std::string n = as_double(only_number(b));
  add_one(b, finite("power(" + n + ", " + as_double(number_constant(b, "exponent")) + ")"), "DOUBLE");
}

// Which numbers a function of two works with: whole, DECIMAL (exact) or DOUBLE.
enum class Arithmetic : unsigned char { whole = 1, decimal, floating };

struct Pair {
  Operand left, right;

  bool has(Family family) const { return family_of(left.type) == family || family_of(right.type) == family; }
  bool has_decimal_column() const {
    return (!left.constant && family_of(left.type) == Family::decimal) || (!right.constant && family_of(right.type) == Family::decimal);
  }
  Arithmetic arithmetic() const {
    if (has(Family::floating)) return Arithmetic::floating;
    if (!has(Family::decimal)) return Arithmetic::whole;
    return has_decimal_column() ? Arithmetic::decimal : Arithmetic::floating;
  }
  bool is_wide() const {
    for (const Operand& side : {left, right}) {
      if (side.type == "HUGEINT" || side.type == "UHUGEINT" || side.type == "UBIGINT") return true;
    }
    return false;
  }
};

Pair two_numbers(Builder& b) {
  settle(b);
  // "sourceColumn1" with "value1" is printed too: the constant is then the second operand.
  if (b.has("sourceColumn1") && b.has("value1") && !b.has("sourceColumn2") && !b.has("value2")) {
    return {number_of(b, b.source("sourceColumn1")), number_constant(b, "value1")};
  }
  return {number_side(b, "1"), number_side(b, "2")};
}

void add_two(Builder& b, const std::string& sql, const std::string& type) { add_right_of(b, {"sourceColumn1", "sourceColumn2"}, sql, type); }

std::string both(const Pair& pair, const std::string& op, const std::string& type) {
  return "TRY_CAST(" + pair.left.sql + " AS " + type + ") " + op + " TRY_CAST(" + pair.right.sql + " AS " + type + ")";
}

void in_doubles(Builder& b, const Pair& pair, const std::string& op) {
  add_two(b, finite("(" + as_double(pair.left) + " " + op + " " + as_double(pair.right) + ")"), "DOUBLE");
}

// Sums of whole numbers are exact, also beyond 2^53; out of 64 bits only where an operand is wider.
void in_whole(Builder& b, const Pair& pair, const std::string& op) {
  const std::string type = pair.is_wide() ? "HUGEINT" : "BIGINT";
  add_two(b, guarded(both(pair, op, "HUGEINT"), type), type);
}

void combine(Builder& b, const std::string& op) {
  const Pair pair = two_numbers(b);
  const int scale = std::max(scale_of(pair.left.type), scale_of(pair.right.type));
  const std::string type = "DECIMAL(38," + std::to_string(scale) + ")";
  switch (pair.arithmetic()) {
    case Arithmetic::whole: return in_whole(b, pair, op);
    case Arithmetic::decimal: return add_two(b, guarded(both(pair, op, type), type), type);
    case Arithmetic::floating: return in_doubles(b, pair, op);
  }
}

void add(Builder& b) { combine(b, "+"); }
void subtract(Builder& b) { combine(b, "-"); }
void modulo(Builder& b) { combine(b, "%"); }

void multiply(Builder& b) {
  constexpr int kMostScale = 18;  // as in DataBrew's decimals; a product with more digits after the point leaves too few before it
  const Pair pair = two_numbers(b);
  const int scale = scale_of(pair.left.type) + scale_of(pair.right.type);
  if (pair.arithmetic() == Arithmetic::whole) return in_whole(b, pair, "*");
  if (pair.arithmetic() == Arithmetic::floating || scale > kMostScale) return in_doubles(b, pair, "*");
  const std::string type = "DECIMAL(38," + std::to_string(scale) + ")";
  add_two(b, guarded(pair.left.sql + " * " + pair.right.sql, type), type);
}

void divide(Builder& b) { in_doubles(b, two_numbers(b), "/"); }

void pi(Builder& b) { b.add(b.columns().size(), b.param("targetColumn"), "pi()", "DOUBLE"); }

std::string drawn(const Builder& b) { return random_fraction(b, b.param("targetColumn")); }

void random(Builder& b) { b.add(b.columns().size(), b.param("targetColumn"), drawn(b), "DOUBLE"); }

void random_between(Builder& b) {
  const Operand low = number_constant(b, "lowerBound"), high = number_constant(b, "upperBound");
  if (value_of(b, "lowerBound") > value_of(b, "upperBound")) b.wrong("upperBound", "at least lowerBound");
  const std::string from = as_double(low), span = "(" + as_double(high) + " - " + from + ")";
  const bool whole = low.type == "BIGINT" && high.type == "BIGINT";
  const std::string sql = whole ? "least(CAST(floor(" + from + " + (" + drawn(b) + ") * (" + span + " + 1)) AS BIGINT), " + high.sql + ")"
                                : from + " + (" + drawn(b) + ") * " + span;
  b.add(b.columns().size(), b.param("targetColumn"), sql, whole ? "BIGINT" : "DOUBLE");
}

constexpr Action kActions[] = {
    {"ABSOLUTE", false, absolute}, {"NEGATE", false, negate}, {"CEILING", false, ceiling}, {"FLOOR", false, floor}, {"ROUND", false, round_half_up},
    {"SIGN", false, sign}, {"IS_EVEN", false, is_even}, {"IS_ODD", false, is_odd}, {"DEGREES", false, degrees}, {"RADIANS", false, radians},
    {"EXPONENT", false, exponent}, {"SQUARE_ROOT", false, square_root}, {"LN", false, natural_logarithm}, {"LOG", false, logarithm}, {"POWER", false, power},
    {"ADD", false, add}, {"SUBTRACT", false, subtract}, {"MULTIPLY", false, multiply}, {"DIVIDE", false, divide}, {"MOD", false, modulo},
    {"PI", false, pi}, {"RANDOM", true, random}, {"RANDOM_BETWEEN", true, random_between}};

}  // namespace

std::span<const Action> number_actions() { return kActions; }

}  // namespace mr::recipe
