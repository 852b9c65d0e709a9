// Arithmetic of one row: a new column from one or two operands.
#include <regex>

#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

const std::regex kNumber(R"([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)");

// The operand is a column or a constant; the reference spells both with and without a 1.
Column only_operand(Builder& b) {
  for (const char* name : {"sourceColumn", "sourceColumn1"}) {
    if (b.has(name)) return b.source(name);
  }
  for (const char* name : {"value", "value1"}) {
    if (!b.has(name)) continue;
    if (!std::regex_match(b.param(name), kNumber)) b.wrong(name, "a number");
    return {"value", "CAST(" + b.param(name) + " AS DOUBLE)", "DOUBLE", 0};
  }
  return b.source();
}

void unary(Builder& b, const std::string& before, const std::string& after, const char* type) {
  const Column source = only_operand(b);
  const std::string number = b.number(source);
  const std::string kind = type != nullptr ? type : family_of(source.type) == Family::text ? "DOUBLE" : source.type;
  b.add_target("TRY_CAST(TRY(" + before + number + after + ") AS " + kind + ")", kind);
}

void absolute(Builder& b) { unary(b, "abs(", ")", nullptr); }
void negate(Builder& b) { unary(b, "(-", ")", nullptr); }
void ceiling(Builder& b) { unary(b, "ceil(", ")", nullptr); }
void floor(Builder& b) { unary(b, "floor(", ")", nullptr); }
void round_half_up(Builder& b) { unary(b, "floor(", " + 0.5)", nullptr); }
void sign(Builder& b) { unary(b, "sign(", ")", "INTEGER"); }

std::string side(Builder& b, const std::string& n, bool& exact) {
  if (b.has("sourceColumn" + n)) {
    const Column& column = b.column(b.param("sourceColumn" + n));
    exact = exact && (family_of(column.type) == Family::whole || family_of(column.type) == Family::decimal);
    return b.number(column);
  }
  // "sourceColumn1" with "value1" is printed too: the constant is then the second operand.
  const std::string value = b.has("value" + n) || n == "1" ? b.param("value" + n) : b.param_or("value1", b.param_or("value2", ""));
  if (!std::regex_match(value, kNumber)) b.wrong("value" + n, "a number");
  exact = exact && value.find_first_of("eE.") == std::string::npos;
  return "(" + value + ")";
}

void binary(Builder& b, const std::string& op) {
  bool exact = op != "/";
  const std::string left = side(b, "1", exact), right = side(b, "2", exact);
  const std::string type = exact ? "DECIMAL(38,10)" : "DOUBLE";
  std::string sql = "CAST(" + left + " AS DOUBLE) " + op + " CAST(" + right + " AS DOUBLE)";
  std::string kind = "DOUBLE";
  if (exact) {
    // Whole numbers stay exact beyond 2^53.
    sql = "TRY_CAST(" + left + " AS HUGEINT) " + op + " TRY_CAST(" + right + " AS HUGEINT)";
    kind = "HUGEINT";
    for (const char* n : {"1", "2"}) {
      if (b.has(std::string("sourceColumn") + n) && family_of(b.column(b.param(std::string("sourceColumn") + n)).type) == Family::decimal) {
        sql = left + " " + op + " " + right;
        kind = "DECIMAL(38,10)";
      }
    }
  }
  size_t position = b.columns().size();
  for (const char* n : {"1", "2"}) {
    if (b.has(std::string("sourceColumn") + n)) position = b.index_of(b.param(std::string("sourceColumn") + n)) + 1;
  }
  b.add(position, b.param("targetColumn"), "TRY_CAST(TRY(" + sql + ") AS " + kind + ")", kind);
}

void add(Builder& b) { binary(b, "+"); }
void subtract(Builder& b) { binary(b, "-"); }
void multiply(Builder& b) { binary(b, "*"); }
void divide(Builder& b) { binary(b, "/"); }

constexpr Action kActions[] = {
    {"ABSOLUTE", false, absolute}, {"NEGATE", false, negate}, {"CEILING", false, ceiling}, {"FLOOR", false, floor}, {"ROUND", false, round_half_up},
    {"SIGN", false, sign}, {"ADD", false, add}, {"SUBTRACT", false, subtract}, {"MULTIPLY", false, multiply}, {"DIVIDE", false, divide}};

}  // namespace

std::span<const Action> number_actions() { return kActions; }

}  // namespace mr::recipe
