// Dates and times taken apart and written anew.
#include "recipe/engine/actions.hpp"
#include "recipe/engine/moments.hpp"

namespace mr::recipe {

using mr::data::literal;

namespace {

void format_date(Builder& b) {
  const std::string shape = layout(b, "targetDateFormat", b.param("targetDateFormat"));
  Column& column = b.source();
  b.set(column, "strftime(" + as_time(b, column) + ", " + literal(shape) + ")", "VARCHAR");
}

void date_format(Builder& b) { b.add_target(printed(b, only_moment(b)), "VARCHAR"); }

void part(Builder& b, const std::string& function) { b.add_target(function + "(" + only_moment(b) + ")", "BIGINT"); }
void year(Builder& b) { part(b, "year"); }
void month(Builder& b) { part(b, "month"); }
void day(Builder& b) { part(b, "day"); }
void hour(Builder& b) { part(b, "hour"); }
void minute(Builder& b) { part(b, "minute"); }
void second(Builder& b) { part(b, "second"); }
void quarter(Builder& b) { part(b, "quarter"); }
void week_day(Builder& b) { part(b, "isodow"); }
void week_number(Builder& b) { part(b, "week"); }
void millisecond(Builder& b) { b.add_target("millisecond(" + only_moment(b) + ") % 1000", "BIGINT"); }
void month_name(Builder& b) { b.add_target("monthname(" + only_moment(b) + ")", "VARCHAR"); }

constexpr Action kActions[] = {
    {"FORMAT_DATE", false, format_date}, {"DATE_FORMAT", false, date_format}, {"YEAR", false, year}, {"MONTH", false, month}, {"DAY", false, day},
    {"HOUR", false, hour}, {"MINUTE", false, minute}, {"SECOND", false, second}, {"MILLISECOND", false, millisecond}, {"QUARTER", false, quarter},
    {"MONTH_NAME", false, month_name}, {"WEEK_DAY", false, week_day}, {"WEEK_NUMBER", false, week_number}};

}  // namespace

std::span<const Action> date_actions() { return kActions; }

}  // namespace mr::recipe
