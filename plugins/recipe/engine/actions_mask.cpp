// Personal data made unreadable in place: masks over parts of texts.
#include <algorithm>
#include <regex>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/text_pieces.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

std::string symbol_of(const Builder& b) {
  if (b.param("maskSymbol").empty()) b.wrong("maskSymbol", "a symbol");
  return b.param("maskSymbol");
}

// One symbol for each character that is in the class.
std::string masked(const std::string& text, const std::string& symbol, const std::string& one_of) { return replaced(text, one_of, rewrite_literal(symbol)); }

constexpr std::string_view kAny = "(?s:.)";

// Which characters a mask covers: all but the classes of "alphabet", which stay readable.
std::string covered(const Builder& b) {
  if (!b.has("alphabet")) return std::string(kAny);
  bool symbols = false, blanks = false;
  for (const std::string& each : b.list("alphabet")) {
    if (each == "SYMBOLS") symbols = true;
    else if (each == "WHITESPACE") blanks = true;
    else b.wrong("alphabet", "a list of SYMBOLS and WHITESPACE");
  }
  const std::string white = "\\s\\x{0B}\\x{85}\\p{Z}";
  if (symbols) return blanks ? "[\\p{L}\\p{M}\\p{N}]" : "[\\p{L}\\p{M}\\p{N}" + white + "]";
  return blanks ? "[^" + white + "]" : std::string(kAny);
}

void mask_each_source(Builder& b, const Change& change) {
  const auto indexes = b.sources();
  for (const size_t index : indexes) b.set(b.at(index), in_entities(b, b.text(b.at(index)), change), "VARCHAR");
}

void mask_custom(Builder& b) {
  const std::string symbol = symbol_of(b), &value = b.param("customValue");
  if (value.empty()) b.wrong("customValue", "a text or regular expression that is not empty");
  const std::string pattern = b.flag("regex") ? value : quoted_regex(value);
  b.regex("customValue", pattern);
  mask_each_source(b, [&](const std::string& text) { return each_match(text, pattern, [&](const std::string& match) { return masked(match, symbol, std::string(kAny)); }); });
}

// A bound as Python's slices have it: negative ones count from the end.
std::string bound(const Builder& b, const std::string& parameter, const std::string& text, const std::string& absent) {
  if (!b.has(parameter)) return absent;
  const int64_t at = b.whole(parameter, INT32_MIN, INT32_MAX);
  return at >= 0 ? std::to_string(at) : "greatest(length(" + text + ") - " + std::to_string(-at) + ", 0)";
}

void mask_range(Builder& b) {
  const std::string symbol = symbol_of(b), one_of = covered(b);
  mask_each_source(b, [&](const std::string& text) {
    if (!b.has("start") && !b.has("stop")) return masked(text, symbol, one_of);
    const std::string start = bound(b, "start", text, "0"), stop = "greatest(" + bound(b, "stop", text, "length(" + text + ")") + ", " + start + ")";
    return "(left(" + text + ", " + start + ") || " + masked("substring(" + text + ", " + start + " + 1, " + stop + " - (" + start + "))", symbol, one_of) + " || substring(" + text + ", " + stop + " + 1))";
  });
}

// The delimiters are texts. They stay, unless preserveDelimiters is false.
void mask_delimiter(Builder& b) {
  const std::string symbol = symbol_of(b), one_of = covered(b), start = b.param_or("startDelimiter", ""), end = b.param_or("endDelimiter", "");
  const bool with_delimiters = b.has("preserveDelimiters") && !b.flag("preserveDelimiters");
  const auto parts = [&](const std::string& match) -> std::string {
    if (with_delimiters) return masked(match, symbol, one_of);
    const std::string inner = "substring(" + match + ", length(" + literal(start) + ") + 1, length(" + match + ") - length(" + literal(start + end) + "))";
    return "(" + literal(start) + " || " + masked(inner, symbol, one_of) + " || " + literal(end) + ")";
  };
  const std::string before = start.empty() ? "^" : quoted_regex(start), after = end.empty() ? "$" : quoted_regex(end);
  const std::string pattern = before + "(?s:.*" + (end.empty() ? "" : "?") + ")" + after;
  mask_each_source(b, [&](const std::string& text) -> std::string {
    if (!start.empty() && !end.empty()) return each_match(text, pattern, parts);
    const std::string match = "regexp_extract(" + text + ", " + literal(pattern) + ")", found = "regexp_matches(" + text + ", " + literal(pattern) + ")";
    if (start.empty()) return "CASE WHEN " + found + " THEN " + parts(match) + " || substring(" + text + ", length(" + match + ") + 1) ELSE " + text + " END";
    return "CASE WHEN " + found + " THEN left(" + text + ", length(" + text + ") - length(" + match + ")) || " + parts(match) + " ELSE " + text + " END";
  });
}

struct Part {
  std::string component{}, regex{};  // no component: what stands between
};

using Layout = std::vector<Part>;

bool listed(const std::vector<std::string>& list, const std::string& name) { return std::find(list.begin(), list.end(), name) != list.end(); }

std::vector<Layout> date_layouts(bool month_first) {
  const Part year{"YEAR", "\\d{4}|\\d{2}"}, month{"MONTH", "\\d{1,2}"}, day{"DAY", "\\d{1,2}"}, word{"MONTH", "\\p{L}+"};
  const Part between{"", "[\\-/. ]"}, around{"", "(?:st|nd|rd|th)?[\\-/., ]+"};
  return {{{"YEAR", "\\d{4}"}, between, month, between, day},
          {month_first ? month : day, {"", "/"}, month_first ? day : month, {"", "/"}, year},
          {day, {"", "[\\-. ]"}, month, {"", "[\\-. ]"}, year},
          {day, around, word, {"", "[\\-/., ]+"}, year},
          {word, {"", "[\\-/., ]+"}, day, around, year}};
}

// What may follow a date: from hours alone with minutes to a fraction; one part when none of it is to be masked.
std::vector<Layout> time_layouts(const std::vector<std::string>& redact) {
  const std::string tail = "(?:\\s*[AaPp]\\.?[Mm]\\.?)?(?:\\s*(?:Z|UTC|GMT|[+\\-]\\d{2}:?\\d{2}))?";
  bool touched = false;
  for (const char* part : {"HOUR", "MINUTE", "SECOND", "MILLISECOND"}) touched = touched || listed(redact, part);
  if (!touched) return {{{"", "(?:[T*, ]+\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?" + tail + ")?"}}};
  Layout minutes{{"", "[T*, ]+"}, {"HOUR", "\\d{1,2}"}, {"", ":"}, {"MINUTE", "\\d{2}"}};
  Layout seconds = minutes;
  seconds.insert(seconds.end(), {{"", ":"}, {"SECOND", "\\d{2}"}});
  Layout fraction = seconds;
  fraction.insert(fraction.end(), {{"", "[.,]"}, {"MILLISECOND", "\\d{1,9}"}});
  for (Layout* layout : {&minutes, &seconds, &fraction}) layout->push_back({"", tail});
  return {{}, minutes, seconds, fraction};
}

// "WHEN the layout fits THEN the text with the listed components masked": neighbours that stay share a group.
std::string masked_by(const std::string& text, const Layout& layout, const std::vector<std::string>& redact, const std::string& symbol) {
  std::vector<std::pair<bool, std::string>> groups;
  for (const Part& part : layout) {
    const bool hidden = listed(redact, part.component);
    if (groups.empty() || hidden || groups.back().first) groups.emplace_back(hidden, "");
    groups.back().second += "(?:" + part.regex + ")";
  }
  std::string pattern = "^", sql;
  for (const auto& [hidden, regex] : groups) pattern += "(" + regex + ")";
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::string part = "regexp_extract(" + text + ", " + literal(pattern + "$") + ", " + std::to_string(i + 1) + ")";
    sql += (i == 0 ? "" : " || ") + (groups[i].first ? masked(part, symbol, "[\\p{L}\\p{N}]") : part);
  }
  return " WHEN regexp_matches(" + text + ", " + literal(pattern + "$") + ") THEN " + sql;
}

// A text that can't be read as a date might be one all the same: its digits are masked.
std::string date_masked(const std::string& text, const std::vector<std::string>& redact, const std::string& symbol, bool month_first) {
  std::string sql = "CASE";
  for (const Layout& date : date_layouts(month_first)) {
    for (const Layout& time : time_layouts(redact)) {
      Layout layout = date;
      layout.insert(layout.end(), time.begin(), time.end());
      sql += masked_by("day_text", layout, redact, symbol);
    }
  }
  return "list_transform([" + text + "], lambda day_text:" + sql + " ELSE " + masked("day_text", symbol, "\\p{N}") + " END)[1]";
}

std::vector<std::string> components(const Builder& b) {
  static constexpr std::string_view kComponents[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"};
  const std::vector<std::string> redact = b.list("redact");
  const auto known = [&](const std::string& name) { return std::find(std::begin(kComponents), std::end(kComponents), name) != std::end(kComponents); };
  if (redact.empty() || !std::all_of(redact.begin(), redact.end(), known)) b.wrong("redact", "a list of YEAR, MONTH, DAY, HOUR, MINUTE, SECOND and MILLISECOND");
  return redact;
}

// English of the United States writes the month first when slashes stand between; every other language the day.
bool month_first(const Builder& b) {
  static const std::regex kTag("[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*");
  const std::string locale = b.param_or("locale", "en");
  if (!std::regex_match(locale, kTag)) b.wrong("locale", "a language tag such as en or de-CH");
  return locale == "en" || locale == "en-US" || locale == "en_US";
}

void mask_date(Builder& b) {
  const std::string symbol = symbol_of(b);
  const std::vector<std::string> redact = components(b);
  const bool american = month_first(b);
  for (const size_t index : b.sources()) b.set(b.at(index), date_masked(b.text(b.at(index)), redact, symbol, american), "VARCHAR");
}

constexpr Action kActions[] = {{"MASK_CUSTOM", false, mask_custom}, {"MASK_RANGE", false, mask_range}, {"MASK_DELIMITER", false, mask_delimiter}, {"MASK_DATE", false, mask_date}};

}  // namespace

std::span<const Action> mask_actions() { return kActions; }

}  // namespace mr::recipe
