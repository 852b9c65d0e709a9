// Texts cleaned in place: case, quotes, prefixes, and classes of characters that go.
#include "recipe/engine/actions.hpp"
#include "recipe/engine/text_pieces.hpp"

namespace mr::recipe {

using mr::data::literal;

// Most texts are ASCII, and need no more than one look at each character.
std::string capitalised_words(const std::string& text) {
  const std::string words = "regexp_extract_all(" + text + ", '[\\s\\x{0B}\\x{85}\\p{Z}]+|[^\\s\\x{0B}\\x{85}\\p{Z}]+')";
  return "coalesce(mr_capital_words(" + text + "), array_to_string(list_transform(" + words + ", lambda word: upper(word[1]) || lower(word[2:])), ''))";
}

namespace {

std::string capitalised_sentences(const std::string& text) {
  // A sentence ends with a full stop that white space follows; its first letter may stand behind white space.
  const std::string blank(kBlank), sentences = "regexp_extract_all(lower(" + text + "), " + literal("(?s:" + blank + "*(?:[^.]|\\.+[^." + blank.substr(1) + ")*\\.*)") + ")";
  const std::string start = "regexp_extract(sentence, " + literal("^(?s:" + blank + "*.)") + ")";
  return "CASE WHEN " + text + " = '' THEN '' ELSE array_to_string(list_transform(" + sentences + ", lambda sentence: upper(" + start + ") || sentence[length(" + start +
         ") + 1:]), '') END";
}

void rewrite(Builder& b, const std::string& before, const std::string& after) {
  Column& column = b.source();
  b.set(column, before + b.text(column) + after, "VARCHAR");
}

void upper_case(Builder& b) { rewrite(b, "upper(", ")"); }
void lower_case(Builder& b) { rewrite(b, "lower(", ")"); }

void capital_case(Builder& b) {
  Column& column = b.source();
  b.set(column, capitalised_words(b.text(column)), "VARCHAR");
}

void sentence_case(Builder& b) {
  Column& column = b.source();
  b.set(column, capitalised_sentences(b.text(column)), "VARCHAR");
}

void add_prefix(Builder& b) { rewrite(b, "(" + literal(b.param("pattern")) + " || ", ")"); }
void add_suffix(Builder& b) { rewrite(b, "(", " || " + literal(b.param("pattern")) + ")"); }
void double_quotes(Builder& b) { rewrite(b, "('\"' || ", " || '\"')"); }
void single_quotes(Builder& b) { rewrite(b, "('''' || ", " || '''')"); }

void replace_text(Builder& b) {
  const bool is_text = b.flag("isText");
  if (is_text && b.param("pattern").empty()) b.wrong("pattern", "a text that is not empty");
  const std::string pattern = is_text ? quoted_regex(b.param("pattern")) : regex_or_text(b, "pattern");
  Column& column = b.source();
  b.set(column, replaced(b.text(column), pattern, rewrite_literal(b.param_or("value", ""))), "VARCHAR");
}

// A switch, or the name that the reference prints for it by mistake.
bool switched_on(const Builder& b, const std::string& name, const std::string& misprint = "") { return b.flag(name) || (!misprint.empty() && b.flag(misprint)); }

std::string set_of(const Builder& b, const std::string& parameter) {
  const std::string& characters = b.param(parameter);
  if (characters.empty()) b.wrong(parameter, "at least one character");
  std::string set;
  for (const char c : characters) set += std::string_view("\\]^-[").find(c) != std::string_view::npos ? std::string("\\") + c : std::string(1, c);
  return set;
}

// White space, as it stands inside a class.
constexpr std::string_view kBlanks = kBlank.substr(1, kBlank.size() - 2);

// What goes wherever it stands, as the inside of a class.
std::string removed_everywhere(const Builder& b) {
  std::string set;
  if (b.flag("removeCustomCharacters")) set += set_of(b, "customCharacters");
  if (b.flag("removeLetters")) set += "A-Za-z";
  if (b.flag("removeNumbers")) set += "0-9";
  if (b.flag("removeSpecialCharacters")) set += "!-/:-@\\[-`{-~";
  if (b.flag("removeAllPunctuation")) set += ".!,?";
  if (b.flag("removeAllQuotes")) set += "'\"";
  if (b.flag("removeAllWhitespace")) set += kBlanks;
  return set;
}

// What goes from both ends: several switches together strip any mixture of their characters.
std::string removed_at_ends(const Builder& b) {
  std::string set;
  if (b.flag("removeLeadingAndTrailingWhitespace")) set += kBlanks;
  if (switched_on(b, "removeLeadingAndTrailingPunctuation", "punctuationally")) set += ".!,?";
  if (switched_on(b, "removeLeadingAndTrailingQuotes", "antidisestablishmentarianism")) set += "'\"";
  return set;
}

// In this order: the custom value, characters anywhere, the ends, and at last white space that has come together.
void remove_combined(Builder& b) {
  Column& column = b.source();
  std::string sql = b.text(column);
  if (b.flag("removeCustomValue")) {
    if (b.param("customValue").empty()) b.wrong("customValue", "a text that is not empty");
    sql = "replace(" + sql + ", " + literal(b.param("customValue")) + ", '')";
  }
  if (const std::string set = removed_everywhere(b); !set.empty()) sql = without(sql, "[" + set + "]");
  if (const std::string set = removed_at_ends(b); !set.empty()) sql = trimmed_of(sql, "[" + set + "]");
  if (b.flag("collapseConsecutiveWhitespace")) sql = collapsed(sql, std::string(kBlank));
  b.set(column, sql, "VARCHAR");
}

constexpr Action kActions[] = {
    {"UPPER_CASE", false, upper_case}, {"LOWER_CASE", false, lower_case}, {"CAPITAL_CASE", false, capital_case}, {"SENTENCE_CASE", false, sentence_case},
    {"ADD_PREFIX", false, add_prefix}, {"ADD_SUFFIX", false, add_suffix}, {"ADD_DOUBLE_QUOTES", false, double_quotes},
    {"ADD_SINGLE_QUOTES", false, single_quotes}, {"REPLACE_TEXT", false, replace_text}, {"REMOVE_COMBINED", false, remove_combined}};

}  // namespace

std::span<const Action> cleaning_actions() { return kActions; }

}  // namespace mr::recipe
