// Missing and invalid values: filled, replaced, or taken from the rows around.
#include <algorithm>
#include <cctype>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/operands.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// Which cells an action changes: the missing ones (FILL_WITH_…) or the invalid ones (REPLACE_WITH_…).
using Which = std::string (*)(Builder&, const Column&);
std::string the_missing(Builder& b, const Column& column) { return b.missing(column); }
std::string the_invalid(Builder& b, const Column& column) { return invalid(b, column, b.param("columnDataType"), b.param_or("advancedDataType", "")); }

void put(Builder& b, Column& column, Which which, const std::string& value, const std::string& type) {
  const std::string old = column.type == type ? column.sql : "CAST(" + column.sql + " AS " + type + ")";
  // Only NULL is missing then, and the column's expression need be worked out but once.
  if (which == the_missing && family_of(column.type) != Family::text) return b.set(column, "coalesce(" + old + ", " + value + ")", type);
  b.set(column, "CASE WHEN " + which(b, column) + " THEN " + value + " ELSE " + old + " END", type);
}

// The valid numbers of the column, for statistics; and the value as the column's own type.
void put_number(Builder& b, Which which, const std::string& function, const std::string& post) {
  b.prepare_statistic();
  Column& column = b.source();
  const Family family = family_of(column.type);
  const bool exact = family == Family::whole || family == Family::decimal;
  const std::string read = b.statistic(function + "(" + (exact ? b.number(column) : finite_number(b, column)) + ")", post), value = exact ? read : finite(read);
  if (family == Family::text) return put(b, column, which, number_as_text(value), "VARCHAR");
  const std::string type = family == Family::whole ? (function == "sum" ? "HUGEINT" : "DOUBLE") : column.type;
  put(b, column, which, "CAST(" + value + " AS " + type + ")", type);
}

std::string mode_reading(Builder& b, const std::string& type, bool number) {
  const std::string best = "list_transform(list_filter(map_entries(@), lambda e: e.value = list_max(map_values(@))), lambda e: e.key)";
  if (type == "MINIMUM" || type == "NONE") return "list_min(" + best + ")";
  if (type == "MAXIMUM") return "list_max(" + best + ")";
  if (type == "AVERAGE") {
    if (!number) b.wrong("modeType", "MINIMUM, MAXIMUM or NONE for a column that holds no numbers");
    return "list_avg(" + best + ")";
  }
  b.wrong("modeType", "MINIMUM, MAXIMUM, AVERAGE or NONE");
}

void put_mode(Builder& b, Which which, const std::string& mode_type) {
  b.prepare_statistic();
  Column& column = b.source();
  const bool as_number = family_of(column.type) == Family::text && b.param_or("columnDataType", "unsupported") != "unsupported" && is_number(family_of(duck_type(b, "columnDataType", b.param("columnDataType"))));
  const bool number = as_number || is_number(family_of(column.type));
  const std::string counted = "CASE WHEN NOT (" + b.missing(column) + ") AND NOT coalesce(" + which(b, column) + ", false) THEN " + (as_number ? b.number(column) : column.sql) + " END";
  const std::string value = b.statistic("histogram(" + counted + ")", mode_reading(b, mode_type, number));
  if (as_number) return put(b, column, which, number_as_text(value), "VARCHAR");
  const std::string type = mode_type == "AVERAGE" && family_of(column.type) == Family::whole ? "DOUBLE" : column.type;
  put(b, column, which, "CAST(" + value + " AS " + type + ")", type);
}

// The constant has to be of the type that the step names.
void check_value(Builder& b) {
  const std::string& type = b.param("columnDataType");
  if (type == "unsupported") return;
  const Family family = family_of(duck_type(b, "columnDataType", type));
  if (is_number(family)) number_parameter(b, "value");
  static constexpr std::string_view kBooleans[] = {"true", "false", "yes", "no"};
  std::string value = b.param("value");
  std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (family == Family::date || family == Family::timestamp) {
    b.check("value", "(" + time_of_text(literal(b.param("value"))) + ") IS NOT NULL", "a date or time that can be read, like 2024-02-29 13:00:00");
  }
  if (family == Family::boolean && std::find(std::begin(kBooleans), std::end(kBooleans), value) == std::end(kBooleans)) b.wrong("value", "true, false, yes or no");
}

void put_constant(Builder& b, Column& column, Which which, const std::string& value) {
  const Family family = family_of(column.type);
  if (family == Family::text) return put(b, column, which, literal(value), "VARCHAR");
  const bool widens = family == Family::whole && number_parameter(b, "value").find_first_of(".eE") != std::string::npos;  // else its fraction would be lost
  const std::string type = widens ? "DOUBLE" : column.type;
  const Column given{"value", literal(value), "VARCHAR", 0, {}};
  const std::string constant = converted(b, given, type);
  b.check("value", "(" + constant + ") IS NOT NULL", "a value that a column of type " + type + " can hold");
  put(b, column, which, constant, type);
}

void put_last_valid(Builder& b, Which which) {
  b.prepare_window();
  Column& column = b.source();
  const std::string valid = "CASE WHEN NOT (" + b.missing(column) + ") AND NOT coalesce(" + the_invalid(b, column) + ", false) THEN " + column.sql + " END";
  const std::string last = "last_value(" + valid + " IGNORE NULLS) OVER (PARTITION BY " + b.alive() + " ORDER BY " + b.order() + " ROWS UNBOUNDED PRECEDING)";
  put(b, column, which, "coalesce(" + last + ", " + column.sql + ")", column.type);
}

void fill_average(Builder& b) { put_number(b, the_missing, "avg", "@"); }
void fill_median(Builder& b) { put_number(b, the_missing, "median", "@"); }
void fill_sum(Builder& b) { put_number(b, the_missing, "sum", "@"); }
void fill_mode(Builder& b) { put_mode(b, the_missing, b.param("modeType")); }
void fill_most_frequent(Builder& b) { put_mode(b, the_missing, "MINIMUM"); }
void fill_last_valid(Builder& b) { put_last_valid(b, the_missing); }
void fill_custom(Builder& b) {
  check_value(b);
  put_constant(b, b.source(), the_missing, b.param("value"));
}

void fill_empty(Builder& b) {
  Column& column = b.source();
  b.set(column, "coalesce(" + b.text(column) + ", '')", "VARCHAR");
}

void fill_null(Builder& b) {
  Column& column = b.source();
  put(b, column, the_missing, "NULL", column.type);
}

// Statistics of REPLACE_WITH_… look at the valid values only: text that is no number is NULL to them anyway.
void replace_average(Builder& b) { put_number(b, the_invalid, "avg", "@"); }
void replace_median(Builder& b) { put_number(b, the_invalid, "median", "@"); }
void replace_sum(Builder& b) { put_number(b, the_invalid, "sum", "@"); }
void replace_mode(Builder& b) { put_mode(b, the_invalid, b.param("modeType")); }
void replace_most_frequent(Builder& b) { put_mode(b, the_invalid, "MINIMUM"); }
void replace_last_valid(Builder& b) { put_last_valid(b, the_invalid); }

void replace_null(Builder& b) {
  Column& column = b.source();
  put(b, column, the_invalid, "NULL", column.type);
}

void replace_empty(Builder& b) {
  Column& column = b.source();
  put(b, column, the_invalid, "''", "VARCHAR");
}

void replace_custom(Builder& b) {
  if (!b.has("sourceColumns")) return put_constant(b, b.source(), the_invalid, b.param("value"));
  for (const size_t index : b.sources()) put_constant(b, b.at(index), the_invalid, b.param("value"));
}

constexpr Action kActions[] = {
    {"FILL_WITH_AVERAGE", false, fill_average}, {"FILL_WITH_MEDIAN", false, fill_median}, {"FILL_WITH_SUM", false, fill_sum},
    {"FILL_WITH_MODE", false, fill_mode}, {"FILL_WITH_MOST_FREQUENT", false, fill_most_frequent}, {"FILL_WITH_LAST_VALID", true, fill_last_valid},
    {"FILL_WITH_CUSTOM", false, fill_custom}, {"FILL_WITH_EMPTY", false, fill_empty}, {"FILL_WITH_NULL", false, fill_null},
    {"REPLACE_WITH_AVERAGE", false, replace_average}, {"REPLACE_WITH_MEDIAN", false, replace_median}, {"REPLACE_WITH_SUM", false, replace_sum},
    {"REPLACE_WITH_MODE", false, replace_mode}, {"REPLACE_WITH_MOST_FREQUENT", false, replace_most_frequent},
    {"REPLACE_WITH_LAST_VALID", true, replace_last_valid}, {"REPLACE_WITH_NULL", false, replace_null}, {"REPLACE_WITH_EMPTY", false, replace_empty},
    {"REPLACE_WITH_CUSTOM", false, replace_custom}};

}  // namespace

std::span<const Action> missing_actions() { return kActions; }

}  // namespace mr::recipe
