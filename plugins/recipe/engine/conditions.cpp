// The fifteen conditions that may restrict a step. A NULL never matches, save for IS_MISSING.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <regex>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/operands.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

bool looks_like_a_time(const std::string& text) {
  static const std::regex kTime(R"(\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?Z?)?)");
  return text.size() < 40 && std::regex_match(text, kTime);
}

[[noreturn]] void wrong_value(const Builder& builder, const Condition& condition, const std::string& expected) {
  throw RecipeError("E6007", "condition " + condition.name + " on '" + condition.column + "' needs " + expected, place(builder.step()));
}

const std::string& value_of(const Builder& builder, const Condition& condition) {
  if (!condition.has_value) wrong_value(builder, condition, "a 'Value'");
  return condition.value;
}

std::vector<std::string> values_of(const Builder& builder, const Condition& condition) {
  const std::string& value = value_of(builder, condition);
  const auto tree = nlohmann::json::parse(value, nullptr, false);
  if (!tree.is_array()) return {value};
  std::vector<std::string> values;
  for (const auto& entry : tree) values.push_back(entry.is_string() ? entry.get<std::string>() : entry.dump());
  return values;
}

// One text, or several in a JSON list of texts. "[TEST]" is a text.
std::vector<std::string> texts_of(const Builder& builder, const Condition& condition) {
  const std::string& value = value_of(builder, condition);
  const auto tree = nlohmann::json::parse(value, nullptr, false);
  const bool list = tree.is_array() && !tree.empty() && std::all_of(tree.begin(), tree.end(), [](const auto& entry) { return entry.is_string(); });
  return list ? tree.get<std::vector<std::string>>() : std::vector<std::string>{value};
}

// "column OP value" in the column's own kind; a value that is not of that kind equals nothing.
std::string compared(const Builder& builder, const Column& column, const std::string& op, const std::string& value) {
  const Family family = family_of(column.type);
  if (is_number(family)) return number_in(value) ? column.sql + op + value : std::string("false");
  if (family == Family::date || family == Family::timestamp) return column.sql + op + "TRY_CAST(" + literal(value) + " AS TIMESTAMP)";
  if (family == Family::boolean) return column.sql + op + "TRY_CAST(" + literal(value) + " AS BOOLEAN)";
  return builder.text(column) + op + literal(value);
}

std::string ordered(const Builder& builder, const Condition& condition, const Column& column, const std::string& op, const std::string& value) {
  const Family family = family_of(column.type);
  if (family == Family::date || family == Family::timestamp) {
    if (!looks_like_a_time(value)) wrong_value(builder, condition, "a date or time like 2024-02-29 13:00:00");
    return compared(builder, column, op, value);
  }
  if (!number_in(value)) wrong_value(builder, condition, "a number");
  return builder.number(column) + op + value;
}

std::string one_of(const Builder& builder, const Condition& condition, const Column& column) {
  std::string sql;
  for (const std::string& value : values_of(builder, condition)) sql += (sql.empty() ? "" : " OR ") + compared(builder, column, " = ", value);
  return sql.empty() ? "false" : "(" + sql + ")";
}

std::string between(const Builder& builder, const Condition& condition, const Column& column) {
  const auto tree = nlohmann::json::parse(value_of(builder, condition), nullptr, false);
  const char* const keys[] = {"GREATER_THAN_EQUAL", "LESS_THAN_EQUAL"};
  if (!tree.is_object() || !tree.contains(keys[0]) || !tree.contains(keys[1])) {
    wrong_value(builder, condition, "a JSON object with GREATER_THAN_EQUAL and LESS_THAN_EQUAL");
  }
  const auto bound = [&](const char* key) { return tree[key].is_string() ? tree[key].get<std::string>() : tree[key].dump(); };
  return "(" + ordered(builder, condition, column, " >= ", bound(keys[0])) + " AND " + ordered(builder, condition, column, " <= ", bound(keys[1])) + ")";
}

std::string test(Builder& builder, const Condition& condition) {
  const Column& column = builder.column(condition.column);
  const std::string& name = condition.name;
  static const std::array<std::pair<std::string_view, std::string_view>, 3> kTexts{{{"CONTAINS", "contains"}, {"STARTS_WITH", "starts_with"}, {"ENDS_WITH", "ends_with"}}};
  for (const auto& [condition_name, function] : kTexts) {
    const bool negated = name == "NOT_" + std::string(condition_name);
    if (name != condition_name && !negated) continue;
    std::string any;
    for (const std::string& text : texts_of(builder, condition)) any += (any.empty() ? "(" : " OR ") + std::string(function) + "(" + builder.text(column) + ", " + literal(text) + ")";
    return (negated ? "NOT " : "") + any + ")";
  }
  static const std::array<std::pair<std::string_view, const char*>, 4> kOrders{
      {{"LESS_THAN", " < "}, {"LESS_THAN_EQUAL", " <= "}, {"GREATER_THAN", " > "}, {"GREATER_THAN_EQUAL", " >= "}}};
  for (const auto& [condition_name, op] : kOrders) {
    if (name == condition_name) return ordered(builder, condition, column, op, value_of(builder, condition));
  }
  if (name == "IS") return one_of(builder, condition, column);
  if (name == "IS_NOT") return "(" + column.sql + " IS NOT NULL AND NOT coalesce(" + one_of(builder, condition, column) + ", false))";
  if (name == "IS_BETWEEN") return between(builder, condition, column);
  if (name == "IS_MISSING") return builder.missing(column);
  if (name == "IS_INVALID") return invalid(builder, column, value_of(builder, condition), "");
  throw RecipeError("E6007", "condition " + name + " is not known", place(builder.step()),
                    "known: IS, IS_NOT, IS_BETWEEN, CONTAINS, STARTS_WITH, ENDS_WITH and their NOT_ forms, LESS_THAN, LESS_THAN_EQUAL, "
                    "GREATER_THAN, GREATER_THAN_EQUAL, IS_INVALID, IS_MISSING");
}

}  // namespace

std::string condition_sql(Builder& builder, const std::vector<Condition>& conditions) {
  std::string sql;
  for (const Condition& condition : conditions) sql += (sql.empty() ? "coalesce(" : " AND coalesce(") + test(builder, condition) + ", false)";
  return sql.empty() ? sql : "(" + sql + ")";
}

}  // namespace mr::recipe
