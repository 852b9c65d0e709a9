#include "quality/databrew/tests.hpp"

#include <algorithm>
#include <cmath>

namespace mr::quality::databrew {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

struct Subject {
  std::string sql{};
  bool number = false;
  std::string name{};
};

const ColumnInfo& column_of(const Scope& scope, const std::string& name) {
  if (const ColumnInfo* column = scope.target.find(name, true)) return *column;
  if (const ColumnInfo* column = scope.target.find(name, false)) return *column;
  throw gx::MissingColumn{name};
}

const std::string& name_of(const Scope& scope, const Test& test) {
  if (!test.column.empty()) return test.column;
  if (scope.selected.empty())
    scope.wrong("the expression names no column, and the rule has no ColumnSelectors");
  return scope.selected;
}

std::string text_sql(const ColumnInfo& column) {
  return is_text(column.type) ? ident(column.name) : "CAST(" + ident(column.name) + " AS VARCHAR)";
}

Subject subject_of(const Scope& scope, const Test& test) {
  const ColumnInfo& column = column_of(scope, name_of(scope, test));
  if (test.length) {
    if (!is_text(column.type))
      throw gx::UnfitColumn{"column '" + column.name + "' of type " + column.type +
                            " holds no texts"};
    return {"length(" + ident(column.name) + ")", true, column.name};
  }
  if (is_number(column.type)) return {ident(column.name), true, column.name};
  return {text_sql(column), false, column.name};
}

// As JSON writes it; empty: no number.
std::string number_text(const std::string& text) {
  const json value = json::parse(text, nullptr, false);
  if (value.is_number()) return value.dump();
  return {};
}

std::string compared(const Scope& scope, const Subject& subject, const Operand& operand) {
  if (operand.is_column) {
    const ColumnInfo& other = column_of(scope, operand.text);
    if (!subject.number) return text_sql(other);
    if (!is_number(other.type))
      throw gx::UnfitColumn{"column '" + other.name + "' holds no numbers"};
    return ident(other.name);
  }
  if (!subject.number) return literal(operand.text);
  const std::string number = number_text(operand.text);
  if (number.empty())
    scope.wrong("'" + operand.text + "' is no number, as '" + subject.name +
                "' must be compared with");
  return number;
}

std::string list_sql(const Scope& scope, const Subject& subject, const Operand& operand) {
  const json list = json::parse(operand.text, nullptr, false);
  if (!list.is_array() || list.empty()) scope.wrong("the list of 'in' must be JSON: [\"S\",\"M\"]");
  std::string members;
  for (const json& item : list) {
    if (item.is_structured() || item.is_null())
      scope.wrong("the list of 'in' must hold texts, numbers or booleans");
    const Operand one{item.is_string() ? item.get<std::string>() : item.dump(), false};
    members += (members.empty() ? "" : ", ") + compared(scope, subject, one);
  }
  return subject.sql + " IN (" + members + ")";
}

void require_texts(const Subject& subject) {
  if (subject.number)
    throw gx::UnfitColumn{"'" + subject.name + "' holds numbers, and the check is of texts"};
}

void require_numbers(const Subject& subject) {
  if (!subject.number) throw gx::UnfitColumn{"column '" + subject.name + "' holds no numbers"};
}

std::string matched(const Scope& scope, const Subject& subject, const Operand& operand) {
  if (operand.is_column) scope.wrong("a pattern can't be a column");
  require_regex(scope.target.session, operand.text, scope.rule.place);
  return "regexp_matches(" + subject.sql + ", " + literal(operand.text) + ")";
}

std::string missing_sql(const Scope& scope, const Test& test) {
  const ColumnInfo& column = column_of(scope, name_of(scope, test));
  const std::string sql = ident(column.name);
  return is_text(column.type) ? "(" + sql + " IS NULL OR " + sql + " = '')" : sql + " IS NULL";
}

std::string positive_sql(const Scope& scope, const Test& test) {
  if (test.op == Op::is_missing) return missing_sql(scope, test);
  const Subject subject = subject_of(scope, test);
  const auto value = [&](size_t at) { return compared(scope, subject, test.operands.at(at)); };
  const auto order = [&](const char* op) {
    require_numbers(subject);
    return subject.sql + op + value(0);
  };
  const auto function = [&](const char* name) {
    require_texts(subject);
    return std::string(name) + "(" + subject.sql + ", " + value(0) + ")";
  };
  switch (test.op) {
    case Op::equal:
      return subject.sql + " = " + value(0);
    case Op::unequal:
      return subject.sql + " <> " + value(0);
    case Op::below:
      return order(" < ");
    case Op::at_most:
      return order(" <= ");
    case Op::above:
      return order(" > ");
    case Op::at_least:
      return order(" >= ");
    case Op::between:
      require_numbers(subject);
      return subject.sql + " BETWEEN " + value(0) + " AND " + value(1);
    case Op::in:
      return list_sql(scope, subject, test.operands.at(0));
    case Op::starts_with:
      return function("starts_with");
    case Op::ends_with:
      return function("ends_with");
    case Op::contains:
      return function("contains");
    case Op::matches:
      require_texts(subject);
      return matched(scope, subject, test.operands.at(0));
    case Op::is_missing:
      break;
  }
  return "false";
}

}  // namespace

std::string row_sql(const Scope& scope, const Test& test) {
  const std::string sql = positive_sql(scope, test);
  return "coalesce(" + (test.negated ? "NOT (" + sql + ")" : sql) + ", false)";
}

std::vector<double> numbers_of(const Scope& scope, const Test& test) {
  const bool number_op = test.op == Op::equal || test.op == Op::unequal || test.op == Op::below ||
                         test.op == Op::at_most || test.op == Op::above ||
                         test.op == Op::at_least || test.op == Op::between;
  if (!number_op) scope.wrong("an aggregate is a number: compare it by == != < <= > >= or between");
  std::vector<double> numbers;
  for (const Operand& operand : test.operands) {
    const std::string text = operand.is_column ? std::string() : number_text(operand.text);
    if (text.empty()) scope.wrong("'" + operand.text + "' is no number");
    numbers.push_back(std::strtod(text.c_str(), nullptr));
  }
  return numbers;
}

bool holds(const Test& test, const std::vector<double>& numbers, double value) {
  const auto positive = [&] {
    switch (test.op) {
      case Op::equal:
        return value == numbers[0];
      case Op::unequal:
        return value != numbers[0];
      case Op::below:
        return value < numbers[0];
      case Op::at_most:
        return value <= numbers[0];
      case Op::above:
        return value > numbers[0];
      case Op::at_least:
        return value >= numbers[0];
      case Op::between:
        return value >= numbers[0] && value <= numbers[1];
      case Op::in:
      case Op::starts_with:
      case Op::ends_with:
      case Op::contains:
      case Op::matches:
      case Op::is_missing:
        break;
    }
    return false;
  };
  return positive() != test.negated;
}

}  // namespace mr::quality::databrew
