// Expectations of texts: patterns, LIKE, dates by layout, JSON.
#include "quality/engine/gx_expectation.hpp"

namespace mr::quality::gx {
namespace {

using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

std::string as_text(const Expectation& e) {
  const auto& column = column_of(e);
  return is_text(column.type) ? ident(column.name) : "CAST(" + ident(column.name) + " AS VARCHAR)";
}

// Only of texts: a number is no date in a layout, and no JSON document.
std::string text_column(const Expectation& e) {
  const auto& column = column_of(e);
  if (!is_text(column.type) && column.type != "JSON")
    e.wrong("column '" + column.name + "' holds no texts but " + column.type);
  return "CAST(" + ident(column.name) + " AS VARCHAR)";
}

std::string regex_test(const Expectation& e, const std::string& pattern) {
  require_regex(e.target.session, pattern, e.where);
  return "regexp_matches(" + as_text(e) + ", " + literal(pattern) + ")";
}

std::string like_test(const Expectation& e, const std::string& pattern) {
  return as_text(e) + " LIKE " + literal(pattern);
}

using Test = std::string (*)(const Expectation&, const std::string&);

// Any of the patterns, or all of them.
std::string list_test(const Expectation& e, const char* key, Test test, bool all) {
  std::string sql;
  for (const json& pattern : e.list(key)) {
    if (!pattern.is_string()) e.wrong(std::string("'") + key + "' must be a list of patterns");
    sql += (sql.empty() ? "" : all ? " AND " : " OR ") + test(e, pattern.get<std::string>());
  }
  if (sql.empty()) e.wrong(std::string("'") + key + "' is empty");
  return "(" + sql + ")";
}

bool match_all(const Expectation& e) {
  if (!e.has("match_on")) return false;
  const std::string on = e.text("match_on");
  if (on != "any" && on != "all") e.wrong("'match_on' must be any or all");
  return on == "all";
}

Compiled match_regex(const Expectation& e) {
  return value_check(e, regex_test(e, e.has("regex") ? e.text("regex") : "(?s).*"));
}

Compiled not_match_regex(const Expectation& e) {
  return value_check(e, "NOT " + regex_test(e, e.text("regex")));
}

Compiled match_regexes(const Expectation& e) {
  return value_check(e, list_test(e, "regex_list", regex_test, match_all(e)));
}

Compiled not_match_regexes(const Expectation& e) {
  return value_check(e, "NOT " + list_test(e, "regex_list", regex_test, false));
}

Compiled match_like(const Expectation& e) {
  return value_check(e, like_test(e, e.text("like_pattern")));
}

Compiled not_match_like(const Expectation& e) {
  return value_check(e, "NOT " + like_test(e, e.text("like_pattern")));
}

Compiled match_likes(const Expectation& e) {
  return value_check(e, list_test(e, "like_pattern_list", like_test, match_all(e)));
}

Compiled not_match_likes(const Expectation& e) {
  return value_check(e, "NOT " + list_test(e, "like_pattern_list", like_test, false));
}

// What Python's strptime reads for a directive, which is stricter than what DuckDB's does; absent:
// not known.
const std::map<char, std::string_view>& directives() {
  static const std::map<char, std::string_view> kDirectives{
      {'Y', "\\d{4}"},
      {'y', "\\d{2}"},
      {'m', "(?:1[0-2]|0?[1-9])"},
      {'d', "(?:3[01]|[12]\\d|0?[1-9]| [1-9])"},
      {'H', "(?:2[0-3]|[01]?\\d)"},
      {'I', "(?:1[0-2]|0?[1-9])"},
      {'M', "[0-5]?\\d"},
      {'S', "(?:6[01]|[0-5]?\\d)"},
      {'f', "\\d{1,6}"},
      {'j', "(?:36[0-6]|3[0-5]\\d|[12]\\d\\d|0?[1-9]\\d|0{0,2}[1-9])"},
      {'p', "(?i:am|pm)"},
      {'b', "[[:alpha:]]{3}"},
      {'B', "[[:alpha:]]+"},
      {'a', "[[:alpha:]]{3}"},
      {'A', "[[:alpha:]]+"},
      {'z', "(?:Z|[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d)?)"},
      {'%', "%"}};
  return kDirectives;
}

// %c, %x and %X as they are in the C locale.
std::string spelled_out(std::string layout) {
  for (const auto& [from, to] : {std::pair{"%c", "%a %b %d %H:%M:%S %Y"},
                                 std::pair{"%x", "%m/%d/%y"}, std::pair{"%X", "%H:%M:%S"}}) {
    for (size_t at = layout.find(from); at != std::string::npos; at = layout.find(from))
      layout.replace(at, 2, to);
  }
  return layout;
}

std::string shape_of(const Expectation& e, const std::string& layout) {
  std::string pattern;
  for (size_t i = 0; i < layout.size(); ++i) {
    const char c = layout[i];
    if (c == ' ' || c == '\t') {
      pattern += "\\s+";
    } else if (c != '%') {
      pattern += std::string(std::string_view("\\.+*?()|[]{}^$").find(c) == std::string_view::npos
                                 ? ""
                                 : "\\") +
                 c;
    } else {
      const auto known = ++i < layout.size() ? directives().find(layout[i]) : directives().end();
      if (known == directives().end())
        e.wrong("'strftime_format' has a directive that is not supported at character " +
                std::to_string(i));
      pattern += known->second;
    }
  }
  return pattern;
}

Compiled strftime_format(const Expectation& e) {
  const std::string layout = spelled_out(e.text("strftime_format")), column = text_column(e),
                    shape = shape_of(e, layout);
  return value_check(e, "regexp_full_match(" + column + ", " + literal(shape) +
                            ") AND try_strptime(" + column + ", " + literal(layout) +
                            ") IS NOT NULL");
}

// An approximation of python-dateutil, whose grammar is fuzzy: the layouts that people write.
Compiled dateutil(const Expectation& e) {
  static const std::vector<std::string> kDates{
      "%Y-%m-%d",     "%Y/%m/%d",    "%Y.%m.%d",  "%Y%m%d",    "%m/%d/%Y", "%m/%d/%y",
      "%d/%m/%Y",     "%m-%d-%Y",    "%d-%m-%Y",  "%d.%m.%Y",  "%d %b %Y", "%d %B %Y",
      "%b %d %Y",     "%B %d %Y",    "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y",
      "%a, %d %b %Y", "%a %b %d %Y", "%b %Y",     "%B %Y",     "%Y-%m",    "%Y"};
  std::string layouts = "'%H:%M', '%H:%M:%S', '%I:%M %p', '%a %b %d %H:%M:%S %Y'";
  for (const std::string& date : kDates) {
    for (const char* time :
         {"", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"})
      layouts += ", " + literal(date + time);
  }
  const std::string column = text_column(e);
  return value_check(e, "TRY_CAST(" + column +
                            " AS TIMESTAMPTZ) IS NOT NULL OR try_strptime(trim(" + column + "), [" +
                            layouts + "]) IS NOT NULL");
}

Compiled json_parseable(const Expectation& e) {
  return value_check(e, "json_valid(" + text_column(e) + ")");
}

Compiled json_schema(const Expectation& e) {
  if (!e.has("json_schema") || !e.kwargs["json_schema"].is_object())
    e.wrong("'json_schema' must be an object");
  return value_check(
      e, json_schema_test(e.target.session, e.kwargs["json_schema"], text_column(e), e.where));
}

}  // namespace

void add_text_maps(Registry& registry) {
  registry["expect_column_values_to_match_regex"] = {match_regex, {"column", "mostly", "regex"}};
  registry["expect_column_values_to_not_match_regex"] = {not_match_regex,
                                                         {"column", "mostly", "regex"}};
  registry["expect_column_values_to_match_regex_list"] = {
      match_regexes, {"column", "mostly", "regex_list", "match_on"}};
  registry["expect_column_values_to_not_match_regex_list"] = {not_match_regexes,
                                                              {"column", "mostly", "regex_list"}};
  registry["expect_column_values_to_match_like_pattern"] = {match_like,
                                                            {"column", "mostly", "like_pattern"}};
  registry["expect_column_values_to_not_match_like_pattern"] = {
      not_match_like, {"column", "mostly", "like_pattern"}};
  registry["expect_column_values_to_match_like_pattern_list"] = {
      match_likes, {"column", "mostly", "like_pattern_list", "match_on"}};
  registry["expect_column_values_to_not_match_like_pattern_list"] = {
      not_match_likes, {"column", "mostly", "like_pattern_list", "match_on"}};
  registry["expect_column_values_to_match_strftime_format"] = {
      strftime_format, {"column", "mostly", "strftime_format"}};
  registry["expect_column_values_to_be_dateutil_parseable"] = {dateutil, {"column", "mostly"}};
  registry["expect_column_values_to_be_json_parseable"] = {json_parseable, {"column", "mostly"}};
  registry["expect_column_values_to_match_json_schema"] = {json_schema,
                                                           {"column", "mostly", "json_schema"}};
}

}  // namespace mr::quality::gx
