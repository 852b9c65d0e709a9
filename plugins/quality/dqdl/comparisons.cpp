#include "quality/dqdl/comparisons.hpp"

#include "quality/dqdl/clock.hpp"

#include <algorithm>

namespace mr::quality::dqdl {
namespace {

using mr::data::literal;

std::string surely(const std::string& test) {
  return "coalesce(" + test + ", false)";
}

std::string any_equal(const std::vector<Comparand>& operands) {
  std::string test;
  for (const Comparand& operand : operands)
    test += (test.empty() ? "" : " OR ") + surely(operand.equal);
  return "(" + test + ")";
}

bool any(const std::vector<Comparand>& operands, bool Comparand::*is) {
  return std::any_of(operands.begin(), operands.end(),
                     [is](const Comparand& operand) { return operand.*is; });
}

std::string order(const std::string& sql, const char* op, const Comparand& operand) {
  return surely(sql + op + operand.value);
}

Comparand text_comparand(const std::string& sql, const Operand& operand, bool ignore_case) {
  switch (operand.kind) {
    case Operand::Kind::null:
      return {sql + " IS NULL", "NULL", true, false};
    case Operand::Kind::empty:
      return {sql + " = ''", "''", false, true};
    case Operand::Kind::blank:
      return {"(trim(" + sql + ", ' ' || chr(9) || chr(10) || chr(13)) = '' AND length(" + sql +
                  ") > 0)",
              "''", false, true};
    case Operand::Kind::number:
    case Operand::Kind::text:
    case Operand::Kind::date:
    case Operand::Kind::time:
    case Operand::Kind::now:
    case Operand::Kind::duration:
    case Operand::Kind::size:
      break;
  }
  const std::string value = literal(operand.text);
  return {ignore_case ? "lower(" + sql + ") = lower(" + value + ")" : sql + " = " + value, value,
          false, false};
}

// Arithmetic as it was written: left to right.
std::string number_sql(const Scope& scope, const Number& number) {
  switch (number.kind) {
    case Number::Kind::literal:
      return number.text;
    case Number::Kind::null:
      return "NULL";
    case Number::Kind::binary:
      return "(" + number_sql(scope, number.parts[0]) + " " + number.text + " " +
             number_sql(scope, number.parts[1]) + ")";
    case Number::Kind::call:
      break;
  }
  scope.wrong("a value is compared with numbers, and not with " + number.text + "()");
}

// A date is compared as a day of the calendar.
std::vector<Comparand> comparands_of(const Scope& scope, const std::string& sql,
                                     const Condition& condition) {
  std::vector<Comparand> operands;
  if (condition.kind == Condition::Kind::date) {
    const auto moments = moments_of(scope, condition);
    for (const std::string& moment : moments) {
      const std::string day = "DATE " + literal(moment.substr(0, 10));
      operands.push_back(moment.empty() ? Comparand{sql + " IS NULL", "NULL", true, false}
                                        : Comparand{sql + " = " + day, day, false, false});
    }
    return operands;
  }
  const std::string* tag = scope.rule.tag("ignoreCase");
  for (const Operand& operand : condition.operands) {
    if (condition.kind == Condition::Kind::text) {
      operands.push_back(text_comparand(sql, operand, tag != nullptr && *tag == "true"));
    } else if (operand.kind == Operand::Kind::null) {
      operands.push_back({sql + " IS NULL", "NULL", true, false});
    } else {
      const std::string value = number_sql(scope, operand.number);
      operands.push_back({sql + " = " + value, value, false, false});
    }
  }
  return operands;
}

// The whole value must be of the pattern, and be something; its opposite: no part at the beginning
// that ends at the end of a word.
std::string matches(const Scope& scope, const std::string& sql, const Condition& condition) {
  const std::string* tag = scope.rule.tag("ignoreCase");
  const std::string pattern =
      (tag != nullptr && *tag == "true" ? "(?i)" : "") + condition.operands[0].text;
  require_regex(scope.target.session, pattern, scope.rule.place);
  if (condition.op == Op::matches)
    return surely("regexp_full_match(" + sql + ", " + literal(pattern) + ") AND " + sql + " <> ''");
  return surely("NOT regexp_matches(" + sql + ", " + literal("^(?:" + pattern + ")\\b") + ")");
}

}  // namespace

std::string complies(const std::string& sql, Op op, const std::vector<Comparand>& operands,
                     bool null_is_not_between) {
  const auto& o = operands;
  switch (op) {
    case Op::eq:
    case Op::in:
      return any_equal(o);
    case Op::ne:
    case Op::not_in:
      if (any(o, &Comparand::is_null) || (op == Op::ne && any(o, &Comparand::is_keyword)))
        return "(" + sql + " IS NOT NULL AND NOT " + any_equal(o) + ")";
      return "(NOT " + any_equal(o) + ")";
    case Op::gt:
      return order(sql, " > ", o.at(0));
    case Op::ge:
      return order(sql, " >= ", o.at(0));
    case Op::lt:
      return order(sql, " < ", o.at(0));
    case Op::le:
      return order(sql, " <= ", o.at(0));
    case Op::between:
      return surely(sql + " > " + o.at(0).value + " AND " + sql + " < " + o.at(1).value);
    case Op::not_between:
      return "coalesce(" + sql + " <= " + o.at(0).value + " OR " + sql + " >= " + o.at(1).value +
             (null_is_not_between ? ", true)" : ", false)");
    case Op::matches:
    case Op::not_matches:
      break;
  }
  return "false";
}

std::string value_complies(const Scope& scope, const std::string& sql, const Condition& condition) {
  if (condition.op == Op::matches || condition.op == Op::not_matches)
    return matches(scope, sql, condition);
  return complies(sql, condition.op, comparands_of(scope, sql, condition),
                  condition.kind == Condition::Kind::date);
}

}  // namespace mr::quality::dqdl
