// Texts rewritten in place, and the functions that put a rewritten text into a new column.
#include "recipe/engine/actions.hpp"

namespace mr::recipe {

using mr::data::literal;

std::string quoted_regex(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view(R"(\.^$|()[]{}*+?-/#&~)").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

namespace {

void rewrite(Builder& b, const std::string& before, const std::string& after) {
  Column& column = b.source();
  b.set(column, before + b.text(column) + after, "VARCHAR");
}

std::string words_capital(const std::string& text) {
  // Every run of letters and digits after white space or the start begins with a capital.
  return "list_aggregate(list_transform(regexp_extract_all(" + text + ", '\\s+|\\S+'), lambda w: upper(w[1]) || lower(w[2:])), 'string_agg', '')";
}

std::string sentences(const std::string& text) {
  return "list_aggregate(list_transform(regexp_extract_all(lower(" + text + "), '\\s*[^.]*\\.?'), lambda s: regexp_extract(s, '^\\s*') || "
         "upper(ltrim(s, ' \t\r\n')[1]) || ltrim(s, ' \t\r\n')[2:]), 'string_agg', '')";
}

std::string keeping_empty(const std::string& text, const std::string& rewritten) { return "CASE WHEN " + text + " = '' THEN '' ELSE " + rewritten + " END"; }

void upper_case(Builder& b) { rewrite(b, "upper(", ")"); }
void lower_case(Builder& b) { rewrite(b, "lower(", ")"); }

void capital_case(Builder& b) {
  Column& column = b.source();
  b.set(column, keeping_empty(b.text(column), words_capital(b.text(column))), "VARCHAR");
}

void sentence_case(Builder& b) {
  Column& column = b.source();
  b.set(column, keeping_empty(b.text(column), sentences(b.text(column))), "VARCHAR");
}

void add_prefix(Builder& b) { rewrite(b, "(" + literal(b.param("pattern")) + " || ", ")"); }
void add_suffix(Builder& b) { rewrite(b, "(", " || " + literal(b.param("pattern")) + ")"); }
void double_quotes(Builder& b) { rewrite(b, "('\"' || ", " || '\"')"); }
void single_quotes(Builder& b) { rewrite(b, "('''' || ", " || '''')"); }

std::string escaped_replacement(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return out;
}

std::string without(const std::string& text, const std::string& pattern, const std::string& by = "") {
  return "regexp_replace(" + text + ", " + literal(pattern) + ", " + literal(by) + ", 'g')";
}

bool compiles_as_regex(const std::string& pattern) {
  int depth = 0;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') { if (++i == pattern.size()) return false; continue; }
    if (in_class) { in_class = pattern[i] != ']'; continue; }
    if (pattern[i] == '[') { in_class = true; if (i + 1 < pattern.size() && pattern[i + 1] == ']') ++i; }
    if (pattern[i] == '(') ++depth;
    if (pattern[i] == ')' && --depth < 0) return false;
    if (std::string_view("*+?").find(pattern[i]) != std::string_view::npos && i == 0) return false;
  }
  return depth == 0 && !in_class;
}

void replace_text(Builder& b) {
  // The pattern is a regular expression; a text that can't be one ("(", "*") stands for itself.
  const std::string pattern = compiles_as_regex(b.param("pattern")) ? b.param("pattern") : quoted_regex(b.param("pattern"));
  b.regex("pattern", pattern);
  Column& column = b.source();
  b.set(column, without(b.text(column), pattern, escaped_replacement(b.param_or("value", ""))), "VARCHAR");
}

void remove_combined(Builder& b) {
  static constexpr std::string_view kSwitches[] = {"collapseConsecutiveWhitespace", "removeAllPunctuation", "removeAllQuotes", "removeAllWhitespace",
    "removeCustomCharacters", "removeCustomValue", "removeLeadingAndTrailingPunctuation", "removeLeadingAndTrailingQuotes",
    "removeLeadingAndTrailingWhitespace", "removeLetters", "removeNumbers", "removeSpecialCharacters"};
  Column& column = b.source();
  std::string sql = b.text(column);
  for (const std::string_view name : kSwitches) {
    if (!b.flag(std::string(name))) continue;
    if (name == "removeCustomCharacters") {
      std::string set;
      for (const char c : b.param("customCharacters")) set += std::string_view("\\]^-[").find(c) != std::string_view::npos ? std::string("\\") + c : std::string(1, c);
      sql = without(sql, "[" + set + "]");
    }
    if (name == "removeCustomValue") sql = "replace(" + sql + ", " + literal(b.param("customValue")) + ", '')";
    if (name == "removeAllPunctuation") sql = without(sql, "[.!,?]");
    if (name == "removeAllQuotes") sql = without(sql, "['\"]");
    if (name == "removeLetters") sql = without(sql, "[A-Za-z]");
    if (name == "removeNumbers") sql = without(sql, "[0-9]");
    if (name == "removeSpecialCharacters") sql = without(sql, "[!-/:-@\\[-`{-~]");
    if (name == "removeLeadingAndTrailingPunctuation") sql = without(sql, "^[.!,?]+|[.!,?]+$");
    if (name == "removeLeadingAndTrailingQuotes") sql = without(sql, "^['\"]+|['\"]+$");
    if (name == "removeLeadingAndTrailingWhitespace") sql = without(sql, "^[\\s\\p{Z}]+|[\\s\\p{Z}]+$");
    if (name == "removeAllWhitespace") sql = without(sql, "[\\s\\p{Z}]+");
    if (name == "collapseConsecutiveWhitespace") sql = without(sql, "([\\s\\p{Z}])[\\s\\p{Z}]+", "\\1");
  }
  b.set(column, sql, "VARCHAR");
}

// The functions take a column or a constant.
std::string operand(Builder& b) { return b.has("sourceColumn") ? b.text(b.source()) : literal(b.param("value")); }

void fn_trim(Builder& b) { b.add_target(without(operand(b), "^[\\s\\p{Z}]+|[\\s\\p{Z}]+$"), "VARCHAR"); }
void fn_upper(Builder& b) { b.add_target("upper(" + operand(b) + ")", "VARCHAR"); }
void fn_lower(Builder& b) { b.add_target("lower(" + operand(b) + ")", "VARCHAR"); }
void fn_length(Builder& b) { b.add_target("length(" + operand(b) + ")", "BIGINT"); }
void fn_remove_whitespace(Builder& b) { b.add_target(without(operand(b), "[\\s\\p{Z}]+"), "VARCHAR"); }
void fn_left(Builder& b) { b.add_target("left(" + operand(b) + ", " + std::to_string(b.whole("position", 0, INT32_MAX)) + ")", "VARCHAR"); }
void fn_right(Builder& b) { b.add_target("right(" + operand(b) + ", " + std::to_string(b.whole("position", 0, INT32_MAX)) + ")", "VARCHAR"); }
void fn_repeat(Builder& b) { b.add_target("repeat(" + operand(b) + ", " + std::to_string(b.whole("count", 0, 1000000)) + ")", "VARCHAR"); }
// Both patterns are regular expressions.
void fn_starts(Builder& b) { b.add_target("regexp_matches(" + operand(b) + ", " + b.regex("pattern", "^(?:" + b.param("pattern") + ")") + ")", "BOOLEAN"); }
void fn_ends(Builder& b) { b.add_target("regexp_matches(" + operand(b) + ", " + b.regex("pattern", "(?:" + b.param("pattern") + ")$") + ")", "BOOLEAN"); }

void fn_proper(Builder& b) {
  const std::string text = operand(b);
  b.add_target(keeping_empty(text, words_capital(text)), "VARCHAR");
}

void between_positions(Builder& b) {
  const int64_t start = b.whole("startPosition", 0, INT32_MAX), end = b.whole("endPosition", 0, INT32_MAX);
  if (end < start) b.wrong("endPosition", "at least startPosition");
  b.add_target("substring(" + b.text(b.source()) + ", " + std::to_string(start + 1) + ", " + std::to_string(end - start) + ")", "VARCHAR");
}

void extract_pattern(Builder& b) {
  const std::string text = b.text(b.source()), pattern = b.regex("pattern", b.param("pattern"));
  b.add_target("CASE WHEN regexp_matches(" + text + ", " + pattern + ") THEN regexp_extract(" + text + ", " + pattern + ") END", "VARCHAR");
}

void merge(Builder& b) {
  const std::string delimiter = b.param_or("delimiter", "");
  std::string sql = "concat_ws(" + literal(delimiter);
  size_t last = 0;
  for (const size_t index : b.sources()) {
    sql += ", " + b.text(b.at(index));
    last = std::max(last, index);
  }
  b.add(last + 1, b.param("targetColumn"), sql + ")", "VARCHAR");
}

void split_single(Builder& b) {
  if (b.flag("includeInSplit")) b.wrong("includeInSplit", "false: keeping the separator is not supported");
  const int64_t limit = b.whole("limit", 1, 20);
  const Column source = b.source();
  const std::string pattern = literal(b.param("pattern")), parts = "string_split(" + b.text(source) + ", " + pattern + ")";
  const size_t at = b.index_of(source.name);
  for (int64_t part = 1; part <= limit + 1; ++part) {
    const std::string n = std::to_string(part);
    const std::string sql = part <= limit ? parts + "[" + n + "]"
                                          : "nullif(array_to_string(" + parts + "[" + n + ":], " + pattern + "), CASE WHEN len(" + parts + ") < " + n + " THEN '' END)";
    b.add(at + static_cast<size_t>(part), source.name + "_" + n, sql, "VARCHAR");
  }
}

constexpr Action kActions[] = {
    {"UPPER_CASE", false, upper_case}, {"LOWER_CASE", false, lower_case}, {"CAPITAL_CASE", false, capital_case}, {"SENTENCE_CASE", false, sentence_case},
    {"ADD_PREFIX", false, add_prefix}, {"ADD_SUFFIX", false, add_suffix}, {"ADD_DOUBLE_QUOTES", false, double_quotes}, {"ADD_SINGLE_QUOTES", false, single_quotes},
    {"REPLACE_TEXT", false, replace_text}, {"REMOVE_COMBINED", false, remove_combined}, {"TRIM", false, fn_trim}, {"UPPER", false, fn_upper},
    {"LOWER", false, fn_lower}, {"PROPER", false, fn_proper}, {"LEN", false, fn_length}, {"LEFT", false, fn_left}, {"RIGHT", false, fn_right},
    {"REMOVE_WHITESPACE", false, fn_remove_whitespace}, {"REPEAT_STRING", false, fn_repeat}, {"STARTS_WITH", false, fn_starts}, {"ENDS_WITH", false, fn_ends},
    {"SUBSTRING", false, between_positions}, {"EXTRACT_BETWEEN_POSITIONS", false, between_positions}, {"EXTRACT_PATTERN", false, extract_pattern},
    {"MERGE", false, merge}, {"MERGE_COLUMNS_AND_VALUES", false, merge}, {"SPLIT_COLUMN_SINGLE_DELIMITER", false, split_single}};

}  // namespace

std::span<const Action> text_actions() { return kActions; }

}  // namespace mr::recipe
