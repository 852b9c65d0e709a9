// Dates and times made, moved and compared: from components, by units, between zones, from and to the seconds since 1970.
#include <nlohmann/json.hpp>

#include <charconv>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/moments.hpp"
#include "recipe/engine/operands.hpp"

namespace mr::recipe {

using mr::data::literal;

namespace {

// MONTHS is month to DuckDB's functions.
std::string unit(const Builder& b) {
  std::string name = one_of_names(b, "units", b.param("units"), {"MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "QUARTERS", "YEARS"});
  for (char& c : name) c = static_cast<char>(c - 'A' + 'a');
  return name;
}

void date_add(Builder& b) {
  settle(b);
  const std::string units = unit(b);
  const bool long_ones = units == "days" || units == "weeks" || units == "months" || units == "quarters" || units == "years";
  const int64_t count = b.whole("dateAddValue", long_ones ? INT32_MIN : INT64_MIN, long_ones ? INT32_MAX : INT64_MAX);
  const std::string amount = "CAST('" + std::to_string(count) + "' AS " + (long_ones ? "INTEGER" : "BIGINT") + ")";
  b.add_target(printed(b, "TRY(" + only_moment(b) + " + to_" + units + "(" + amount + "))"), "VARCHAR");
}

std::string side(Builder& b, const std::string& number) {
  const std::string column = "sourceColumn" + number, constant = "value" + number;
  if (b.has(column) && b.has(constant)) b.wrong(constant, "left out: '" + column + "' is given, and only one of them can be");
  return moment_of(b, b.has(constant) ? constant : column);
}

void date_diff(Builder& b) {
  settle(b);
  const std::string units = unit(b), one = units.substr(0, units.size() - 1);
  const std::string first = side(b, "1"), second = side(b, "2");
  add_right_of(b, {"sourceColumn1", "sourceColumn2"}, "TRY(datesub('" + one + "', " + first + ", " + second + "))", "BIGINT");
}

struct Component {
  const char* name;
  int low, high;
  const char* absent;  // nullptr: it has to be given
};

// A whole number; NULL where the cell holds none.
std::string cell(const Builder& b, const Column& column) {
  const Operand number = number_of(b, column);
  if (family_of(number.type) == Family::whole) return "TRY_CAST(" + number.sql + " AS BIGINT)";
  return "CASE WHEN " + number.sql + " = floor(" + number.sql + ") THEN TRY_CAST(" + number.sql + " AS BIGINT) END";
}

std::string component_constant(const Builder& b, const Component& component, const nlohmann::json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < component.low || number > component.high) {
    b.wrong("dateTimeParameters", std::string("an object whose ") + component.name + " is from " + std::to_string(component.low) + " to " + std::to_string(component.high));
  }
  return std::to_string(number);
}

std::string component_sql(Builder& b, const Component& component, const nlohmann::json& all) {
  const auto given = all.contains(component.name) ? all.at(component.name) : nlohmann::json::object();
  if (!given.is_object()) b.wrong("dateTimeParameters", std::string("an object whose ") + component.name + " is {}, {\"sourceColumn\": …} or {\"value\": …}");
  const bool column = given.contains("sourceColumn"), value = given.contains("value");
  if (column && value) b.wrong("dateTimeParameters", std::string("an object whose ") + component.name + " has a sourceColumn or a value, not both");
  if (value) return component_constant(b, component, given.at("value"));
  if (column && !given.at("sourceColumn").is_string()) b.wrong("dateTimeParameters", std::string("an object whose ") + component.name + " has a column's name");
  if (column) {  // make_timestamp takes an hour of 24
    const std::string sql = cell(b, b.column(given.at("sourceColumn").get<std::string>()));
    return "CASE WHEN " + sql + " BETWEEN " + std::to_string(component.low) + " AND " + std::to_string(component.high) + " THEN " + sql + " END";
  }
  if (component.absent == nullptr) b.wrong("dateTimeParameters", std::string("an object with the ") + component.name);
  return component.absent;
}

void build(Builder& b, bool dated) {
  const Component kComponents[] = {{"year", 1, 9999, dated ? nullptr : "1970"}, {"month", 1, 12, "1"}, {"day", 1, 31, "1"},
                                   {"hour", 0, 23, "0"}, {"minute", 0, 59, "0"}, {"second", 0, 59, "0"}};
  const auto all = nlohmann::json::parse(b.param("dateTimeParameters"), nullptr, false);
  if (!all.is_object()) b.wrong("dateTimeParameters", "a JSON object with year, month, day, hour, minute, second");
  std::vector<std::string> columns;
  for (const auto& [name, component] : all.items()) {
    if (component.is_object() && component.contains("sourceColumn") && component.at("sourceColumn").is_string()) columns.push_back(component.at("sourceColumn").get<std::string>());
  }
  b.prepare_plain(columns);
  std::string sql;
  for (const Component& component : kComponents) sql += (sql.empty() ? "" : ", ") + component_sql(b, component, all);
  b.add(b.columns().size(), b.param("targetColumn"), printed(b, "TRY(make_timestamp(" + sql + "))"), "VARCHAR");
}

void date(Builder& b) { build(b, true); }
void time(Builder& b) { build(b, false); }

void convert_timezone(Builder& b) {
  settle(b);
  const std::string utc = to_utc(b, "fromTimeZone", moment_of(b, "sourceColumn"));
  b.add_target(printed(b, from_utc(b, "toTimeZone", utc)), "VARCHAR");
}

void clock(Builder& b, const char* shape) {
  b.add(b.columns().size(), b.param("targetColumn"), "strftime(" + from_utc(b, "timeZone", "timezone('UTC', now())") + ", " + literal(shape) + ")", "VARCHAR");
}

void now(Builder& b) { clock(b, "%Y-%m-%d %H:%M:%S"); }
void today(Builder& b) { clock(b, "%Y-%m-%d"); }

// A zone in the text counts; without one it is UTC.
std::string zoned(const std::string& text) {
  const std::string has_zone = "regexp_matches(" + text + ", '^\\s*\\d{4}-\\d+-\\d+[ T]\\d+:.*([Zz]|[+-]\\d{2}(:?\\d{2})?|[A-Za-z_]+(/[A-Za-z_]+)*)\\s*$')";
  return "CASE WHEN " + has_zone + " THEN floor(epoch(TRY_CAST(trim(" + text + ") AS TIMESTAMPTZ))) ELSE floor(epoch(" + time_of_text(text) + ")) END";
}

std::string seconds_of(Builder& b) {
  if (only_source(b) == "value") {
    const std::string seconds = zoned(literal(b.param("value")));
    b.check("value", "(" + seconds + ") IS NOT NULL", "a date or time that can be read, like 2024-02-29 13:00:00");
    return seconds;
  }
  const Column source = b.source();
  return family_of(source.type) == Family::text ? zoned(source.sql) : "floor(epoch(" + as_time(b, source) + "))";
}

void unix_time(Builder& b) { b.add_target("TRY_CAST(" + seconds_of(b) + " AS BIGINT)", "BIGINT"); }

void unix_time_format(Builder& b) {
  const std::string seconds = "TRY_CAST(floor(" + only_number(b).sql + ") AS BIGINT)";
  b.add_target(printed(b, "TRY(make_timestamp(" + seconds + " * 1000000))"), "VARCHAR");
}

constexpr Action kActions[] = {
    {"DATE_ADD", false, date_add}, {"DATE_DIFF", false, date_diff}, {"DATE", false, date}, {"DATE_TIME", false, date}, {"TIME", false, time},
    {"CONVERT_TIMEZONE", false, convert_timezone}, {"NOW", false, now}, {"TODAY", false, today}, {"UNIX_TIME", false, unix_time},
    {"UNIX_TIME_FORMAT", false, unix_time_format}};

}  // namespace

std::span<const Action> time_actions() { return kActions; }

}  // namespace mr::recipe
