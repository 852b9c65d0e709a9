// Values in disorder: rows shuffled, numbers and dates drawn anew. All of it follows from the seed, so that a retry gives the same.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <regex>

#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// A whole number that depends on the seed, the step, the column and the row's place.
std::string drawn(const Builder& b, const std::string& column) {
  return "hash(" + literal(b.seed() + "/" + std::to_string(b.step().number) + "/" + column) + ", " + b.order() + ")";
}

}  // namespace

std::string random_fraction(const Builder& b, const std::string& column) { return "((" + drawn(b, column) + " >> 11) / 9007199254740992.0)"; }

namespace {

// Every value goes to the row that follows in a drawn order, the last to the first: rows of the same group only, the sources together.
void shuffle_rows(Builder& b) {
  b.prepare_window();
  const auto indexes = b.sources();
  std::string partition = b.alive();
  if (!b.where().empty()) partition += ", " + b.where();
  if (b.has("groupByColumns")) {
    for (const size_t index : b.sources("groupByColumns")) {
      if (std::find(indexes.begin(), indexes.end(), index) != indexes.end()) b.wrong("groupByColumns", "other columns than the source columns");
      partition += ", " + b.at(index).sql;
    }
  }
  const std::string window = " OVER (PARTITION BY " + partition + " ORDER BY " + drawn(b, "") + ", " + b.order() + " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)";
  for (const size_t index : indexes) {
    Column& column = b.at(index);
    const std::string value = column.sql;
    b.set(column, "CASE WHEN lead(1)" + window + " IS NULL THEN first_value(" + value + ")" + window + " ELSE lead(" + value + ")" + window + " END", column.type);
  }
}

// Only where there was a value: NULL stays.
void overwrite(Builder& b, Column& column, const std::string& value, const std::string& type) {
  b.set(column, "CASE WHEN " + column.sql + " IS NOT NULL THEN " + value + " END", type);
}

// Whole numbers for a whole column, both bounds included; else any number between. A column of texts gets texts when a part of it stays.
void random_number(Builder& b) {
  const double low = number_value(b, "lowerBound"), high = number_value(b, "upperBound");
  if (low > high) b.wrong("upperBound", "at least lowerBound");
  const std::string least = literal(b.param("lowerBound")), most = literal(b.param("upperBound"));
  for (const size_t index : b.sources()) {
    Column& column = b.at(index);
    const Family family = family_of(column.type);
    if (family == Family::whole) {
      const double first = std::ceil(low), last = std::floor(high);
      if (first > last || std::abs(first) > 9e15 || std::abs(last) > 9e15) b.wrong("lowerBound", "a range with a whole number in it for column '" + column.name + "'");
      const std::string from = std::to_string(static_cast<int64_t>(first)), count = std::to_string(static_cast<int64_t>(last) - static_cast<int64_t>(first) + 1);
      overwrite(b, column, from + " + CAST(floor(" + random_fraction(b, column.name) + " * " + count + ") AS BIGINT)", "BIGINT");
      continue;
    }
    const std::string value = "(CAST(" + least + " AS DOUBLE) + " + random_fraction(b, column.name) + " * (CAST(" + most + " AS DOUBLE) - CAST(" + least + " AS DOUBLE)))";
    const std::string type = is_number(family) ? column.type : b.where().empty() ? "DOUBLE" : "VARCHAR";
    overwrite(b, column, type == "DOUBLE" ? value : "CAST(" + value + " AS " + type + ")", type);
  }
}

// Seconds since 1970 of "2001-12-31" or "2001-12-31 23:59:59".
int64_t moment(const Builder& b, const std::string& name) {
  static const std::regex kMoment(R"((\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}):(\d{2}))?)");
  std::smatch part;
  const std::string& text = b.param(name);
  const auto refuse = [&] { b.wrong(name, "a date or time as 2001-12-31 23:59:59"); };
  if (!std::regex_match(text, part, kMoment)) refuse();
  const auto value = [&](size_t i) { return part[i].matched ? std::stoi(part[i].str()) : 0; };
  const std::chrono::year_month_day day{std::chrono::year(value(1)), std::chrono::month(static_cast<unsigned>(value(2))), std::chrono::day(static_cast<unsigned>(value(3)))};
  if (!day.ok() || value(4) > 23 || value(5) > 59 || value(6) > 59) refuse();
  return std::chrono::sys_days(day).time_since_epoch().count() * int64_t{86400} + value(4) * 3600 + value(5) * 60 + value(6);
}

int64_t day_of(int64_t seconds) { return (seconds - ((seconds % 86400) + 86400) % 86400) / 86400; }

// Whole seconds, both bounds included; a column of dates gets whole days, a column of texts ISO texts.
void random_date(Builder& b) {
  const int64_t first = moment(b, "startDate"), last = moment(b, "endDate");
  if (first > last) b.wrong("endDate", "not before startDate");
  for (const size_t index : b.sources()) {
    Column& column = b.at(index);
    const Family family = family_of(column.type);
    const bool days = family == Family::date;
    const int64_t from = days ? day_of(first) : first, count = (days ? day_of(last) : last) - from + 1;
    const std::string step = std::to_string(from) + " + CAST(floor(" + random_fraction(b, column.name) + " * " + std::to_string(count) + ") AS BIGINT)";
    if (days) {
      overwrite(b, column, "(DATE '1970-01-01' + CAST(" + step + " AS INTEGER))", "DATE");
    } else {
      const std::string time = "make_timestamp((" + step + ") * 1000000)";
      overwrite(b, column, family == Family::timestamp ? time : "strftime(" + time + ", '%Y-%m-%d %H:%M:%S')", family == Family::timestamp ? "TIMESTAMP" : "VARCHAR");
    }
  }
}

constexpr Action kActions[] = {{"SHUFFLE_ROWS", true, shuffle_rows}, {"REPLACE_WITH_RANDOM_BETWEEN", true, random_number}, {"REPLACE_WITH_RANDOM_DATE_BETWEEN", true, random_date}};

}  // namespace

std::span<const Action> random_actions() { return kActions; }

}  // namespace mr::recipe
