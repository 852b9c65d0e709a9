// Functions that read texts and put what they find into a new column. NULL in, NULL out.
#include "recipe/engine/actions.hpp"
#include "recipe/engine/operands.hpp"
#include "recipe/engine/text_pieces.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

std::string count(const Builder& b, const std::string& parameter, int64_t most) { return std::to_string(b.whole(parameter, 0, most)); }

// Without a target the column itself: who writes `trim: {column: name}` means that.
void fn_trim(Builder& b) {
  const std::string sql = trimmed_of(text_operand(b), std::string(kBlank));
  if (b.has("targetColumn") || !b.has("sourceColumn")) b.add_target(sql, "VARCHAR");
  else b.set(b.source("sourceColumn"), sql, "VARCHAR");
}
void fn_upper(Builder& b) { b.add_target("upper(" + text_operand(b) + ")", "VARCHAR"); }
void fn_lower(Builder& b) { b.add_target("lower(" + text_operand(b) + ")", "VARCHAR"); }
void fn_length(Builder& b) { b.add_target("length(" + text_operand(b) + ")", "BIGINT"); }
void fn_proper(Builder& b) { b.add_target(capitalised_words(text_operand(b)), "VARCHAR"); }
void fn_left(Builder& b) { b.add_target("left(" + text_operand(b) + ", " + count(b, "position", INT32_MAX) + ")", "VARCHAR"); }
void fn_right(Builder& b) { b.add_target("right(" + text_operand(b) + ", " + count(b, "position", INT32_MAX) + ")", "VARCHAR"); }
void fn_repeat(Builder& b) { b.add_target("repeat(" + text_operand(b) + ", " + count(b, "count", 1000000) + ")", "VARCHAR"); }
void fn_remove_whitespace(Builder& b) { b.add_target(without(text_operand(b), std::string(kBlank)), "VARCHAR"); }
// Letters of every script stay, and the marks that belong to them.
void fn_remove_symbols(Builder& b) { b.add_target(without(text_operand(b), "[^\\p{L}\\p{M}\\p{Nd}\\s\\x{0B}\\x{85}\\p{Z}]+"), "VARCHAR"); }

void fn_unicode(Builder& b) {
  const std::string text = text_operand(b);
  b.add_target("CASE WHEN " + text + " <> '' THEN unicode(" + text + ") END", "INTEGER");
}

// The surrogates stand for no character.
void fn_char(Builder& b) {
  text_operand(b);  // one of the two, not both
  std::string code;
  if (b.has("value")) {
    const int64_t value = b.whole("value", 1, 0x10FFFF);
    if (value >= 0xD800 && value <= 0xDFFF) b.wrong("value", "the code of a character");
    code = std::to_string(value);
  } else {
    code = b.number(b.source());
  }
  b.add_target("CASE WHEN " + code + " = trunc(" + code + ") AND (" + code + " BETWEEN 1 AND 55295 OR " + code + " BETWEEN 57344 AND 1114111) THEN chr(CAST(" + code + " AS INTEGER)) END", "VARCHAR");
}

std::string pattern_of(Builder& b, const std::string& before, const std::string& after) {
  return b.regex("pattern", before + b.param("pattern") + after);
}

void fn_starts(Builder& b) { b.add_target("regexp_matches(" + text_operand(b) + ", " + pattern_of(b, "^(?:", ")") + ")", "BOOLEAN"); }
void fn_ends(Builder& b) { b.add_target("regexp_matches(" + text_operand(b) + ", " + pattern_of(b, "(?:", ")$") + ")", "BOOLEAN"); }

// Where in the whole text the match starts, counted from 0; NULL where there is none.
void find(Builder& b, bool from_right) {
  const std::string text = b.text(b.source()), position = count(b, "position", INT32_MAX);
  if (b.param("pattern").empty()) b.wrong("pattern", "a regular expression that is not empty");
  b.param("ignoreCase");
  const std::string flags = b.flag("ignoreCase") ? "(?i)" : "", matching = pattern_of(b, "(?:" + flags + "(?:", "))");
  const std::string searched = from_right ? "left(" + text + ", greatest(length(" + text + ") - " + position + ", 0))" : text + "[" + position + " + 1:]";
  const std::string before = "^((?s:." + std::string(from_right ? "*" : "*?") + "))(?:" + flags + "(?:" + b.param("pattern") + "))";
  const std::string found = "length(regexp_extract(" + searched + ", " + literal(before) + ", 1))" + (from_right ? "" : " + " + position);
  b.add_target("CASE WHEN regexp_matches(" + searched + ", " + matching + ") THEN " + found + " END", "BIGINT");
}

void fn_find(Builder& b) { find(b, false); }
void fn_right_find(Builder& b) { find(b, true); }

// Texts are compared code point by code point.
void compare(Builder& b, const std::string& op) {
  add_right_of(b, {"sourceColumn1", "sourceColumn2"}, "(" + text_operand(b, "1") + op + text_operand(b, "2") + ")", "BOOLEAN");
}

void fn_exact(Builder& b) { compare(b, " = "); }
void fn_greater(Builder& b) { compare(b, " > "); }
void fn_greater_equal(Builder& b) { compare(b, " >= "); }
void fn_less(Builder& b) { compare(b, " < "); }
void fn_less_equal(Builder& b) { compare(b, " <= "); }

constexpr Action kActions[] = {
    {"TRIM", false, fn_trim}, {"UPPER", false, fn_upper}, {"LOWER", false, fn_lower}, {"PROPER", false, fn_proper}, {"LEN", false, fn_length},
    {"LEFT", false, fn_left}, {"RIGHT", false, fn_right}, {"REMOVE_WHITESPACE", false, fn_remove_whitespace}, {"REMOVE_SYMBOLS", false, fn_remove_symbols},
    {"REPEAT_STRING", false, fn_repeat}, {"STARTS_WITH", false, fn_starts}, {"ENDS_WITH", false, fn_ends}, {"UNICODE", false, fn_unicode},
    {"CHAR", false, fn_char}, {"FIND", false, fn_find}, {"RIGHT_FIND", false, fn_right_find}, {"EXACT", false, fn_exact},
    {"STRING_GREATER_THAN", false, fn_greater}, {"STRING_GREATER_THAN_EQUAL", false, fn_greater_equal}, {"STRING_LESS_THAN", false, fn_less},
    {"STRING_LESS_THAN_EQUAL", false, fn_less_equal}};

}  // namespace

std::span<const Action> text_function_actions() { return kActions; }

}  // namespace mr::recipe
