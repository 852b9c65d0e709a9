#include "recipe/engine/operands.hpp"

#include <algorithm>
#include <charconv>

namespace mr::recipe {
namespace {

constexpr size_t kMostDigits = 38;
constexpr size_t kLongestNumber = 400;

bool is_whole(const std::string& text) { return text.find_first_of(".eE") == std::string::npos; }

bool fits_64_bits(const std::string& text) {
  int64_t value = 0;
  const char* const start = text.data() + (text.starts_with('+') ? 1 : 0);
  return std::from_chars(start, text.data() + text.size(), value).ec == std::errc{};
}

// The type that holds a constant as it is written; exponents are doubles.
std::string type_of(const std::string& text, size_t digits) {
  if (is_whole(text)) return fits_64_bits(text) ? "BIGINT" : "HUGEINT";
  if (text.find_first_of("eE") != std::string::npos) return "DOUBLE";
  const size_t after = text.size() - text.find('.') - 1;
  return "DECIMAL(" + std::to_string(std::max<size_t>(digits, 1)) + "," + std::to_string(after) + ")";
}

std::string one_of_two(const Builder& builder, const std::string& column, const std::string& constant) {
  if (builder.has(column) && builder.has(constant)) builder.wrong(constant, "left out: '" + column + "' is given, and only one of them can be");
  return builder.has(constant) ? constant : column;
}

}  // namespace

std::optional<double> number_in(std::string_view text) {
  std::string_view digits = text;
  if (text.starts_with('+') || text.starts_with('-')) digits.remove_prefix(1);
  // from_chars would take inf and nan, and no plus.
  if (digits.empty() || digits.size() > kLongestNumber || (digits[0] != '.' && (digits[0] < '0' || digits[0] > '9'))) return std::nullopt;
  double value = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value);
  if (error != std::errc{} || end != last) return std::nullopt;
  return text.starts_with('-') ? -value : value;
}

Operand number_of(const Builder& builder, const Column& column) {
  const Family family = family_of(column.type);
  if (family == Family::text) {
    const std::string number = "TRY_CAST(" + column.sql + " AS DOUBLE)";
    return {finite(number), "DOUBLE"};
  }
  if (family == Family::floating) return {"CAST(" + column.sql + " AS DOUBLE)", "DOUBLE"};
  return {builder.number(column), column.type};
}

Operand number_constant(const Builder& builder, const std::string& parameter) {
  const std::string& text = builder.param(parameter);
  if (!number_in(text)) builder.wrong(parameter, "a number that a double can hold");
  const std::string mantissa = text.substr(0, text.find_first_of("eE"));
  const auto digits = static_cast<size_t>(std::count_if(mantissa.begin(), mantissa.end(), [](char c) { return c >= '0' && c <= '9'; }));
  if (digits > kMostDigits) builder.wrong(parameter, "a number of at most 38 digits");
  const std::string type = type_of(text, digits);
  const std::string sql = "CAST(" + mr::data::literal(text) + " AS " + type + ")";
  return {sql, type, true};
}

std::string only_source(const Builder& builder) { return one_of_two(builder, "sourceColumn", "value"); }

Operand only_number(Builder& builder) {
  settle(builder);
  std::string found;
  for (const char* name : {"sourceColumn", "sourceColumn1", "value", "value1"}) {
    if (!builder.has(name)) continue;
    if (!found.empty()) builder.wrong(name, "left out: '" + found + "' is given, and only one of them can be");
    found = name;
  }
  if (found.starts_with("value")) {
    const Operand constant = number_constant(builder, found);
    if (family_of(constant.type) != Family::decimal) return constant;
    return {"CAST(" + constant.sql + " AS DOUBLE)", "DOUBLE", true};
  }
  return number_of(builder, builder.source(found.empty() ? "sourceColumn" : found));
}

Operand number_side(Builder& builder, const std::string& side) {
  const std::string parameter = one_of_two(builder, "sourceColumn" + side, "value" + side);
  if (parameter.starts_with("value")) return number_constant(builder, parameter);
  return number_of(builder, builder.source(parameter));
}

int scale_of(const std::string& type) {
  const size_t comma = type.find(',');
  return type.starts_with("DECIMAL") && comma != std::string::npos ? std::stoi(type.substr(comma + 1)) : 0;
}

std::string finite(const std::string& sql) { return "CASE WHEN isfinite(" + sql + ") THEN " + sql + " END"; }

std::string one_of_names(const Builder& builder, const std::string& parameter, const std::string& fallback, std::initializer_list<const char*> allowed) {
  std::string value = builder.param_or(parameter, fallback), expected;
  for (const char* name : allowed) {
    if (value == name) return value;
    expected += (expected.empty() ? "one of " : ", ") + std::string(name);
  }
  builder.wrong(parameter, expected);
}

void settle(Builder& builder) {
  std::vector<std::string> names;
  for (const char* parameter : {"sourceColumn", "sourceColumn1", "sourceColumn2", "defaultRegionColumn"}) {
    if (builder.has(parameter)) names.push_back(builder.param(parameter));
  }
  if (builder.has("sourceColumns")) {
    for (const std::string& name : builder.list("sourceColumns")) names.push_back(name);
  }
  builder.prepare_plain(names);
}

void add_right_of(Builder& builder, std::initializer_list<const char*> parameters, const std::string& sql, const std::string& type) {
  size_t position = 0;
  for (const char* parameter : parameters) {
    if (!builder.has(parameter)) continue;
    const bool is_list = std::string_view(parameter) == "sourceColumns";
    const std::vector<std::string> names = is_list ? builder.list(parameter) : std::vector<std::string>{builder.param(parameter)};
    for (const std::string& name : names) {
      position = std::max(position, builder.index_of(name) + 1);
    }
  }
  builder.add(position == 0 ? builder.columns().size() : position, builder.param("targetColumn"), sql, type);
}

}  // namespace mr::recipe
