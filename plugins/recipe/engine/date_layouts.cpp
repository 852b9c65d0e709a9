// Layouts of dates and times: DataBrew's letters for output, and the ones that texts are read by.
#include "recipe/engine/actions.hpp"

namespace mr::recipe {

namespace {

// Day, month and year of the texts that are read, in the order of trying. %Y also takes two digits, hence the two lists.
constexpr const char* kLongYears[] = {"%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d-%Y-%m", "%d.%m.%Y", "%Y %m %d", "%m %d %Y", "%B %d %Y", "%B/%d/%Y",
                                      "%B %d, %Y", "%d %B %Y", "%b %d %Y", "%b/%d/%Y", "%b %d, %Y", "%d %b %Y", "%d-%b-%Y"};
constexpr const char* kShortYears[] = {"%m/%d/%y", "%d-%m-%y", "%d.%m.%y", "%m %d %y", "%d-%b-%y"};
constexpr const char* kTimes[] = {" %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"};

template <size_t N>
std::string listed(const char* const (&dates)[N], bool timed) {
  std::string list;
  for (const char* date : dates) {
    if (!timed) list += (list.empty() ? "['" : ", '") + std::string(date) + "'";
    for (const char* time : kTimes) {
      if (timed) list += (list.empty() ? "['" : ", '") + std::string(date) + time + "'";
    }
  }
  return list + "]";
}

struct Part {
  std::string_view letters, code;
};

// MM is the minute, save in layouts of Java's style: those that have ss, or MM without any of HH, mm and SS.
bool is_java(const std::string& text) {
  const auto has = [&](const char* letters) { return text.find(letters) != std::string::npos; };
  return has("MM") && (has("ss") || (!has("HH") && !has("mm") && !has("SS")));
}

const Part* part_at(std::string_view rest, bool java) {
  static constexpr Part kOurs[] = {{"yyyy", "%Y"}, {"yy", "%y"}, {"month", "%B"}, {"mm", "%m"}, {"dd", "%d"}, {"HH", "%H"}, {"MM", "%M"}, {"SS", "%S"}};
  static constexpr Part kJava[] = {{"yyyy", "%Y"}, {"yy", "%y"}, {"MM", "%m"}, {"dd", "%d"}, {"HH", "%H"}, {"mm", "%M"}, {"ss", "%S"}};
  const auto find = [&](const auto& parts) -> const Part* {
    for (const Part& part : parts) {
      if (rest.starts_with(part.letters)) return &part;
    }
    return nullptr;
  };
  return java ? find(kJava) : find(kOurs);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::string time_of_text(const std::string& sql) {
  const std::string text = "trim(" + sql + ")";
  // Only texts with a four-digit year in front may take the fast cast, which minds only blanks behind: others would be read as years of antiquity.
  const std::string shorn = "CASE WHEN ends_with(" + sql + ", ' ') THEN rtrim(" + sql + ") ELSE " + sql + " END";
  return "CASE WHEN regexp_matches(" + sql + ", '^ *\\d{4}-') THEN TRY_CAST(" + shorn + " AS TIMESTAMP) WHEN contains(" + sql + ", ':') THEN CASE WHEN regexp_matches(" +
         text + ", '(^|\\D)\\d{4}\\D') THEN try_strptime(" + text + ", " + listed(kLongYears, true) + ") ELSE try_strptime(" + text + ", " + listed(kShortYears, true) +
         ") END WHEN regexp_matches(" + sql + ", '(^|\\D)\\d{4}(\\D|$)') THEN try_strptime(" + text + ", " + listed(kLongYears, false) + ") ELSE try_strptime(" + text +
         ", " + listed(kShortYears, false) + ") END";
}

// CASE, because what COALESCE has behind its first part may be worked out for every row where a piece of it stands there twice.
std::string time_of_column(const std::string& sql, const std::string& trimmed) {
  const std::string plain = "mr_plain_time(" + sql + ")";
  return "CASE WHEN " + plain + " IS NOT NULL THEN " + plain + " ELSE " + time_of_text(trimmed) + " END";
}

std::string as_time(const Builder& builder, const Column& column) {
  const Family family = family_of(column.type);
  if (family == Family::timestamp || family == Family::date) return "TRY_CAST(" + column.sql + " AS TIMESTAMP)";  // a DATE reaches further
  if (family == Family::text) return time_of_column(column.sql, column.sql);
  throw RecipeError("E6008", "column '" + column.name + "' is " + column.type + ", a date or time is needed", place(builder.step()));
}

std::string layout(const Builder& builder, const std::string& parameter, const std::string& text) {
  if (text.empty()) builder.wrong(parameter, "a layout that is not empty");
  const bool java = is_java(text);
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (const Part* part = part_at(std::string_view(text).substr(i), java)) {
      out += part->code;
      i += part->letters.size();
      continue;
    }
    const char c = text[i++];
    if (is_letter(c)) builder.wrong(parameter, "a layout of yyyy, yy, month, mm, dd, HH, MM (minute), SS, not '" + text + "'");
    out += c == '%' ? std::string("%%") : c == '*' ? std::string(" ") : std::string(1, c);
  }
  return out;
}

}  // namespace mr::recipe
