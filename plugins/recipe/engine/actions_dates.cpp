// Dates and times: texts are read by a list of layouts, NULL where none fits.
#include "recipe/engine/actions.hpp"

namespace mr::recipe {

using mr::data::literal;

std::string time_of_text(const std::string& sql) {
  // Only texts with a four-digit year in front may take the fast cast: others would be read as years of antiquity.
  return "coalesce(CASE WHEN regexp_matches(" + sql + ", '^\\d{4}-\\d{1,2}-\\d{1,2}([ T]|$)') THEN TRY_CAST(" + sql + " AS TIMESTAMP) END, try_strptime(" + sql +
         ", ['%m/%d/%Y', '%m/%d/%y', '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%Y/%m/%d', '%Y/%m/%d %H:%M:%S', '%d-%m-%Y', '%d-%m-%Y %H:%M:%S', '%d-%Y-%m', "
         "'%Y %m %d', '%m %d %Y', '%B %d %Y', '%B/%d/%Y', '%B %d, %Y', '%d %B %Y', '%b %d %Y', '%b %d, %Y', '%d %b %Y', '%d-%b-%Y']))";
}

std::string as_time(const Builder& builder, const Column& column) {
  const Family family = family_of(column.type);
  if (family == Family::timestamp) return column.sql;
  if (family == Family::date) return "CAST(" + column.sql + " AS TIMESTAMP)";
  if (family == Family::text) return time_of_text(column.sql);
  throw RecipeError("E6008", "column '" + column.name + "' is " + column.type + ", a date or time is needed", place(builder.step()));
}

std::string layout(const Builder& builder, const std::string& parameter, const std::string& text) {
  // MM is the minute, save in layouts of Java's style, which have no hour and no mm.
  const bool java = text.find("MM") != std::string::npos && text.find("HH") == std::string::npos && text.find("mm") == std::string::npos;
  const std::pair<std::string_view, std::string_view> kParts[] = {{"yyyy", "%Y"}, {"yy", "%y"}, {"month", "%B"}, {"mm", "%m"}, {"dd", "%d"},
                                                                {"HH", "%H"}, {"MM", java ? "%m" : "%M"}, {"SS", "%S"}, {"ss", "%S"}};
  std::string out;
  for (size_t i = 0; i < text.size();) {
    bool found = false;
    for (const auto& [part, code] : kParts) {
      if (!std::string_view(text).substr(i).starts_with(part)) continue;
      out += code;
      i += part.size();
      found = true;
      break;
    }
    if (found) continue;
    const char c = text[i++];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) builder.wrong(parameter, "a layout of yyyy, yy, month, mm, dd, HH, MM (minute), SS, not '" + text + "'");
    out += c == '%' ? std::string("%%") : c == '*' ? std::string(" ") : std::string(1, c);
  }
  return out;
}

namespace {

std::string operand(Builder& b) { return b.has("sourceColumn") ? as_time(b, b.source()) : time_of_text(literal(b.param("value"))); }

void format_date(Builder& b) {
  const std::string shape = layout(b, "targetDateFormat", b.param("targetDateFormat"));
  Column& column = b.source();
  b.set(column, "strftime(" + as_time(b, column) + ", " + literal(shape) + ")", "VARCHAR");
}

void date_format(Builder& b) {
  const std::string shape = layout(b, "dateTimeFormat", b.param_or("dateTimeFormat", "yyyy-mm-dd HH:MM:SS"));
  b.add_target("strftime(" + operand(b) + ", " + literal(shape) + ")", "VARCHAR");
}

void part(Builder& b, const char* function) { b.add_target(std::string(function) + "(" + operand(b) + ")", "BIGINT"); }
void year(Builder& b) { part(b, "year"); }
void month(Builder& b) { part(b, "month"); }
void day(Builder& b) { part(b, "day"); }
void hour(Builder& b) { part(b, "hour"); }
void minute(Builder& b) { part(b, "minute"); }
void second(Builder& b) { part(b, "second"); }
void quarter(Builder& b) { part(b, "quarter"); }
void month_name(Builder& b) { b.add_target("monthname(" + operand(b) + ")", "VARCHAR"); }

constexpr Action kActions[] = {
    {"FORMAT_DATE", false, format_date}, {"DATE_FORMAT", false, date_format}, {"YEAR", false, year}, {"MONTH", false, month}, {"DAY", false, day},
    {"HOUR", false, hour}, {"MINUTE", false, minute}, {"SECOND", false, second}, {"QUARTER", false, quarter}, {"MONTH_NAME", false, month_name}};

}  // namespace

std::span<const Action> date_actions() { return kActions; }

}  // namespace mr::recipe
