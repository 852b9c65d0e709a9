// IF and CASE: expressions of recipes as SQL, with aggregates of whole columns.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/expression.hpp"
#include "recipe/engine/operands.hpp"
#include "recipe/engine/spread.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;
using Kind = Expression::Kind;

// A part of an expression as SQL. An empty type is that of NULL, which is of every type.
struct Value {
  std::string sql{}, type{};
  bool constant = false;
};

std::string as_varchar(const Value& value) { return family_of(value.type) == Family::text ? value.sql : "CAST(" + value.sql + " AS VARCHAR)"; }

bool is_decimal_text(const std::string& text) {
  try {
    const Expression read = read_expression(text);
    return read.kind == Kind::number;
  } catch (const ExpressionError&) {
    return false;
  }
}

using Parameters = std::map<std::string, Value>;
constexpr size_t kLongest = 1 << 20;  // of the SQL: calls use an operand more than once, and calls in calls multiply

class Compiler {
 public:
  Compiler(Builder& builder, std::string parameter, const Parameters& parameters) : b_(builder), parameter_(std::move(parameter)), parameters_(parameters) {}

  Value value(const Expression& e) {
    switch (e.kind) {
      case Kind::column: return column(e);
      case Kind::parameter: return declared(e);
      case Kind::text: return {literal(e.word), "VARCHAR", true};
      case Kind::number: return number(e);
      case Kind::boolean: return {e.word, "BOOLEAN", true};
      case Kind::null: return {"NULL", "", true};
      case Kind::call: return {bounded(e, call(e)), "BOOLEAN"};
      case Kind::compare: return {bounded(e, compared(e)), "BOOLEAN"};
      case Kind::is_null: return {"(" + value(e.parts[0]).sql + " IS NULL)", "BOOLEAN"};
      case Kind::is_not_null: return {"(" + value(e.parts[0]).sql + " IS NOT NULL)", "BOOLEAN"};
      case Kind::all: return {joined(e, " AND "), "BOOLEAN"};
      case Kind::any: return {joined(e, " OR "), "BOOLEAN"};
      case Kind::no: return {"(NOT " + condition(e.parts[0]) + ")", "BOOLEAN"};
      case Kind::choice: return choice(e);
    }
    std::abort();  // not a kind: memory is broken
  }

  std::string condition(const Expression& e) {
    Value v = value(e);
    if (v.type.empty()) return "CAST(NULL AS BOOLEAN)";
    if (family_of(v.type) != Family::boolean) refuse(e, "a condition: a comparison, a call such as isMissing(`c`), or a column of type boolean");
    return v.sql;
  }

  [[noreturn]] void refuse(const Expression& e, const std::string& expected) const {
    b_.wrong(parameter_, "an expression: at character " + std::to_string(e.at) + " expected " + expected);
  }

 private:
  std::string bounded(const Expression& e, std::string sql) const {
    if (sql.size() > kLongest) refuse(e, "fewer calls inside each other");
    return sql;
  }

  Value column(const Expression& e) {
    const auto& columns = b_.columns();
    if (std::none_of(columns.begin(), columns.end(), [&](const Column& c) { return c.name == e.word; })) refuse(e, "the name of a column; there is no '" + e.word + "'");
    const Column& found = b_.column(e.word);
    if (e.path.empty()) return {found.sql, found.type};
    if (family_of(found.type) != Family::other) refuse(e, "a column that holds structs, maps or lists; '" + e.word + "' is " + found.type);
    std::string sql = found.sql;
    for (const std::string& step : e.path) {
      if (step.starts_with('[')) sql = "(" + sql + ")[" + std::to_string(std::stoll(step.substr(1)) + 1) + "]";
      else sql = "(" + sql + ")[" + literal(step) + "]";
    }
    return {"CAST(" + sql + " AS VARCHAR)", "VARCHAR"};
  }

  Value declared(const Expression& e) const {
    const auto found = parameters_.find(e.word);
    if (found == parameters_.end()) refuse(e, "a parameter that withExpressions declares; there is no ':" + e.word + "'");
    return found->second;
  }

  static Value number(const Expression& e) {
    const bool whole = e.word.find_first_of(".eE") == std::string::npos;
    // In brackets: two signs in a row would begin a comment.
    if (whole && e.word.size() <= 18) return {"(" + e.word + ")", "BIGINT", true};
    return {"CAST(" + literal(e.word) + " AS " + (whole && e.word.size() <= 38 ? "HUGEINT" : "DOUBLE") + ")", whole && e.word.size() <= 38 ? "HUGEINT" : "DOUBLE", true};
  }

  std::string joined(const Expression& e, const std::string& between) {
    std::string sql = "(";
    for (const Expression& part : e.parts) sql += (sql.size() > 1 ? between : "") + condition(part);
    return sql + ")";
  }

  // Two values made comparable: a text stands for what the other side is, and where it can't, both are texts.
  std::string compared(const Expression& e) {
    Value left = value(e.parts[0]), right = value(e.parts[1]);
    if (left.type.empty() || right.type.empty()) return "CAST(NULL AS BOOLEAN)";  // nothing compares with null
    adapt(left, e.parts[0], right);
    adapt(right, e.parts[1], left);
    const Family a = family_of(left.type), c = family_of(right.type);
    const bool times = (a == Family::date || a == Family::timestamp) && (c == Family::date || c == Family::timestamp);
    if (a == c || (is_number(a) && is_number(c)) || times) return "(" + left.sql + " " + e.word + " " + right.sql + ")";
    return "(" + as_varchar(left) + " " + e.word + " " + as_varchar(right) + ")";
  }

  static void adapt(Value& text, const Expression& source, const Value& other) {
    if (family_of(text.type) != Family::text) return;
    const Family family = family_of(other.type);
    if (is_number(family)) {
      if (text.constant && !is_decimal_text(source.word)) return;
      text = text.constant ? number(read_expression(source.word)) : Value{"TRY_CAST(" + text.sql + " AS DOUBLE)", "DOUBLE"};
    } else if (family == Family::date || family == Family::timestamp) {
      text = {time_of_text(text.sql), "TIMESTAMP"};
    } else if (family == Family::boolean) {
      text = {"CASE lower(" + text.sql + ") WHEN 'true' THEN true WHEN 'yes' THEN true WHEN 'false' THEN false WHEN 'no' THEN false END", "BOOLEAN"};
    }
  }

  const Expression& argument(const Expression& e, size_t index, size_t count, const char* shape) {
    if (e.parts.size() != count) refuse(e, shape);
    return e.parts[index];
  }

  std::string text_call(const Expression& e, const std::string& function, const char* shape) {
    return function + "(" + as_varchar(value(argument(e, 0, 2, shape))) + ", " + as_varchar(value(e.parts[1])) + ")";
  }

  std::string missing(const Expression& e) {
    const Value v = value(e);
    if (v.type.empty()) return "true";
    return "(" + v.sql + " IS NULL" + (family_of(v.type) == Family::text ? " OR " + v.sql + " = ''" : "") + ")";
  }

  std::string call(const Expression& e) {
    if (e.word == "contains") return text_call(e, "contains", "contains(`column`, 'text')");
    if (e.word == "startswith") return text_call(e, "starts_with", "startsWith(`column`, 'text')");
    if (e.word == "endswith") return text_call(e, "ends_with", "endsWith(`column`, 'text')");
    if (e.word == "ismissing") return missing(argument(e, 0, 1, "isMissing(`column`)"));
    if (e.word == "matches") return matches(e);
    if (e.word == "isbetween") return between(e);
    if (e.word == "isvalid") return valid(e);
    refuse(e, "contains, matches, startsWith, endsWith, isBetween, isMissing or isValid; there is no function '" + e.word + "'");
  }

  std::string matches(const Expression& e) {
    const Expression& pattern = argument(e, 1, 2, "matches(`column`, 'pattern')");
    if (pattern.kind != Kind::text) refuse(pattern, "a pattern in single quotes");
    return "regexp_matches(" + as_varchar(value(e.parts[0])) + ", " + b_.regex(parameter_, pattern.word) + ")";
  }

  std::string between(const Expression& e) {
    argument(e, 0, 3, "isBetween(`column`, low, high)");
    const auto bound = [&](const char* sign, size_t index) { return compared({Kind::compare, sign, {}, {e.parts[0], e.parts[index]}, e.at}); };
    return "(" + bound(">=", 1) + " AND " + bound("<=", 2) + ")";
  }

  // A value is valid when it is there and of the type, or looks like the semantic type.
  std::string valid(const Expression& e) {
    const Expression& type = argument(e, 1, 2, "isValid(`column`, 'type')");
    if (type.kind != Kind::text && (type.kind != Kind::column || !type.path.empty())) refuse(type, "the name of a type");
    const Value v = value(e.parts[0]);
    const Column column{"", v.sql, v.type.empty() ? "VARCHAR" : v.type, 0};
    static constexpr std::string_view kTypes[] = {"byte", "short", "int", "integer", "long", "float", "double", "number", "decimal", "string", "boolean", "timestamp", "date"};
    const bool physical = std::find(std::begin(kTypes), std::end(kTypes), type.word) != std::end(kTypes);
    return "(NOT " + missing(e.parts[0]) + " AND NOT " + invalid(b_, column, physical ? type.word : "string", physical ? "" : type.word) + ")";
  }

  Value choice(const Expression& e) {
    std::vector<Value> results;
    for (size_t i = 1; i < e.parts.size(); i += 2) results.push_back(value(e.parts[i]));
    if (e.parts.size() % 2 == 1) results.push_back(value(e.parts.back()));
    const std::string type = common_type(results);
    std::string sql = "CASE";
    for (size_t i = 0; i + 1 < e.parts.size(); i += 2) sql += " WHEN " + condition(e.parts[i]) + " THEN " + cast(results[i / 2], type);
    if (e.parts.size() % 2 == 1) sql += " ELSE " + cast(results.back(), type);
    return {sql + " END", type};
  }

 public:
  // One type for all results: their own where they agree, a number for numbers, else text.
  static std::string common_type(const std::vector<Value>& values) {
    std::string type;
    bool numbers = true, whole = true;
    for (const Value& v : values) {
      if (v.type.empty()) continue;
      const Family family = family_of(v.type);
      numbers = numbers && is_number(family);
      whole = whole && family == Family::whole;
      type = type.empty() || type == v.type ? v.type : "?";
    }
    if (type.empty()) return "VARCHAR";
    if (type != "?") return type;
    if (!numbers) return "VARCHAR";
    if (!whole) return "DOUBLE";
    const bool large = std::any_of(values.begin(), values.end(), [](const Value& v) { return v.type.ends_with("HUGEINT") || v.type == "UBIGINT"; });
    return large ? "HUGEINT" : "BIGINT";
  }

  static std::string cast(const Value& value, const std::string& type) { return value.type == type ? value.sql : "CAST(" + value.sql + " AS " + type + ")"; }

 private:
  Builder& b_;
  std::string parameter_;
  const Parameters& parameters_;
};

Expression read(const Builder& b, const std::string& parameter, const std::string& text, Expression (*reader)(std::string_view)) {
  try {
    return reader(text);
  } catch (const ExpressionError& error) {
    b.wrong(parameter, "an expression: at character " + std::to_string(error.at) + " expected " + error.expected);
  }
}

// The population's forms, as those of the functions; only the error of a mean is that of a sample.
struct Reading {
  std::vector<std::string> aggregates{};
  std::string type{}, spread{};  // spread: DuckDB's name of a function of spread.hpp
};

Reading reading_of(const Builder& b, const Column& column, const Expression& aggregate) {
  const std::string& name = aggregate.word;
  if (name == "count") return {{"count(" + column.sql + ")"}, "BIGINT", {}};
  if (name == "count distinct") return {{"count(DISTINCT " + column.sql + ")"}, "BIGINT", {}};
  if (name == "min" || name == "max") return {{name + "(" + column.sql + ")"}, column.type, {}};
  static const std::map<std::string, std::string> kNumbers{{"sum", "sum"}, {"avg", "avg"}, {"median", "median"}, {"product", "product"}, {"mean_absolute_deviation", "avg"}, {"stddev", "stddev_pop"}, {"variance", "var_pop"},
                                                           {"kurtosis", "kurtosis_pop"}, {"skewness", "skewness"}, {"standard_error_of_mean", "stddev_samp"}};
  const auto found = kNumbers.find(name);
  if (found == kNumbers.end()) {
    b.wrong("withExpressions", "with sum, avg, median, product, stddev, variance, mean_absolute_deviation, standard_error_of_mean, skewness, kurtosis, count, min or max; there is no '" + name + "'");
  }
  const bool whole = name == "sum" && family_of(column.type) == Family::whole;
  const std::string x = whole ? column.sql : finite_number(b, column);
  if (whole) return {{"sum(" + x + ")"}, "HUGEINT", {}};
  if (found->second.find('_') == std::string::npos && found->second != "skewness") return {{found->second + "(" + x + ")"}, "DOUBLE", {}};
  Reading reading{spread_aggregates(found->second, x), "DOUBLE", found->second};
  reading.aggregates.push_back("count(" + x + ")");
  return reading;
}

std::string finished(Builder& b, const Column& column, const std::string& name, const Reading& reading) {
  const std::vector<std::string> read = b.statistics(reading.aggregates);
  if (!reading.spread.empty()) {
    const std::string value = spread_value(reading.spread, read), &count = read[2];
    // DuckDB's skewness is that of a sample; this undoes its correction.
    if (name == "skewness") return "(" + value + " * (" + count + " - 2) / sqrt(" + count + " * (" + count + " - 1.0)))";
    return name == "standard_error_of_mean" ? "(" + value + " / sqrt(" + count + "))" : value;
  }
  if (name == "mean_absolute_deviation") return finite(b.statistic("avg(abs(" + finite_number(b, column) + " - " + read[0] + "))"));
  const bool doubles = name == "avg" || name == "product" || (name == "sum" && reading.type == "DOUBLE");
  return doubles ? finite(read[0]) : read[0];
}

Parameters declared(Builder& b) {
  Parameters parameters;
  const auto list = nlohmann::json::parse(b.param_or("withExpressions", "[]"), nullptr, false);
  if (!list.is_array()) b.wrong("withExpressions", "a JSON list of objects with name, value and type");
  if (!list.empty()) b.prepare_statistic();
  for (const auto& entry : list) {
    const auto text = [&](const char* key) {
      if (!entry.is_object() || !entry.contains(key) || !entry.at(key).is_string()) b.wrong("withExpressions", std::string("a JSON list of objects with a text '") + key + "'");
      return entry.at(key).template get<std::string>();
    };
    if (entry.is_object() && entry.contains("type") && entry.at("type") != "aggregate") b.wrong("withExpressions", "with type aggregate");
    const Expression aggregate = read(b, "withExpressions", text("value"), read_aggregate);
    if (aggregate.parts[0].kind != Kind::column || !aggregate.parts[0].path.empty()) b.wrong("withExpressions", "with an aggregate of a column");
    const Column column = b.column(aggregate.parts[0].word);
    const Reading reading = reading_of(b, column, aggregate);
    const std::string value = finished(b, column, aggregate.word, reading);
    if (!parameters.emplace(text("name"), Value{value, reading.type}).second) b.wrong("withExpressions", "with each name once");
  }
  return parameters;
}

// A bare number beside a branch of numbers is one, else a text.
Value branch(const Expression& expression, Compiler& compiler, const Expression& other) {
  if (expression.kind == Kind::text && is_decimal_text(expression.word) && (other.kind == Kind::column || other.kind == Kind::parameter) &&
      is_number(family_of(compiler.value(other).type))) {
    return compiler.value(read_expression(expression.word));
  }
  return compiler.value(expression);
}

void boolean_operation(Builder& b) {
  const Parameters parameters = declared(b);
  Compiler condition(b, "valueExpression", parameters), yes_compiler(b, "trueValueExpression", parameters), no_compiler(b, "falseValueExpression", parameters);
  const std::string test = condition.condition(read(b, "valueExpression", b.param("valueExpression"), read_expression));
  const Expression yes = read_branch(b.param("trueValueExpression")), no = read_branch(b.param("falseValueExpression"));
  const Value a = branch(yes, yes_compiler, no), c = branch(no, no_compiler, yes);
  const std::string type = Compiler::common_type({a, c});
  b.add_target("CASE WHEN " + test + " THEN " + Compiler::cast(a, type) + " ELSE " + Compiler::cast(c, type) + " END", type);
}

void case_operation(Builder& b) {
  const Parameters parameters = declared(b);
  Compiler compiler(b, "valueExpression", parameters);
  const Expression tree = read(b, "valueExpression", b.param("valueExpression"), read_expression);
  if (tree.kind != Kind::choice) compiler.refuse(tree, "CASE WHEN … THEN … END");
  const Value value = compiler.value(tree);
  b.add_target(value.sql, value.type);
}

constexpr Action kActions[] = {{"BOOLEAN_OPERATION", false, boolean_operation}, {"CASE_OPERATION", false, case_operation}};

}  // namespace

std::span<const Action> branch_actions() { return kActions; }

}  // namespace mr::recipe
