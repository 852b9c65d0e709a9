// A text column cut into parts called <source>_1, <source>_2, …, and columns put together.
#include <nlohmann/json.hpp>

#include <algorithm>

#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// Right of the source, which stays.
void add_parts(Builder& b, const std::vector<std::string>& parts) {
  const std::string name = b.param("sourceColumn");
  const size_t at = b.index_of(name);
  for (size_t i = 0; i < parts.size(); ++i) b.add(at + i + 1, name + "_" + std::to_string(i + 1), parts[i], "VARCHAR");
}

std::string source_text(Builder& b) { return b.text(b.source()); }

// Counted in code points from 0, the end excluded; beyond the end there is the empty text.
std::string piece(const std::string& text, int64_t start, int64_t end) {
  return "substring(" + text + ", " + std::to_string(start + 1) + ", " + std::to_string(end - start) + ")";
}

std::string rest(const std::string& text, int64_t start) { return "substring(" + text + ", " + std::to_string(start + 1) + ")"; }

void split_between_positions(Builder& b) {
  const int64_t start = b.whole("startPosition", 0, INT32_MAX), end = b.whole("endPosition", 0, INT32_MAX);
  if (end < start) b.wrong("endPosition", "at least startPosition");
  const std::string text = source_text(b);
  add_parts(b, {piece(text, 0, start), piece(text, start, end), rest(text, end)});
}

void split_from_start(Builder& b) {
  const int64_t position = b.whole("position", 0, INT32_MAX);
  const std::string text = source_text(b);
  add_parts(b, {piece(text, 0, position), rest(text, position)});
}

void split_from_end(Builder& b) {
  const std::string position = std::to_string(b.whole("position", 0, INT32_MAX)), text = source_text(b);
  const std::string head = "greatest(length(" + text + ") - " + position + ", 0)";
  add_parts(b, {"left(" + text + ", " + head + ")", "substring(" + text + ", " + head + " + 1)"});
}

struct Separator {
  std::string regex{};
  bool kept = false;  // at the end of the part before it
};

Separator separator_of(const Builder& b, const std::string& parameter, const nlohmann::json& option) {
  const std::string shape = "a JSON object with a text 'pattern' and 'includeInSplit' true or false";
  if (!option.is_object() || !option.contains("pattern") || !option.at("pattern").is_string()) b.wrong(parameter, shape);
  const std::string pattern = option.at("pattern").get<std::string>();
  const nlohmann::json kept = option.value("includeInSplit", nlohmann::json(false));
  if (pattern.empty() || !(kept.is_boolean() || kept == "true" || kept == "false")) b.wrong(parameter, shape);
  return {quoted_regex(pattern), kept == true || kept == "true"};
}

// The groups of a user's pattern take no numbers, as ours are counted.
std::string without_groups(const std::string& regex) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < regex.size(); ++i) {
    out += regex[i];
    if (regex[i] == '\\' && i + 1 < regex.size()) {
      out += regex[++i];
    } else if (in_class) {
      in_class = regex[i] != ']';
    } else if (regex[i] == '[') {
      in_class = true;
      if (i + 1 < regex.size() && regex[i + 1] == '^') out += regex[++i];
      if (i + 1 < regex.size() && regex[i + 1] == ']') out += regex[++i];  // a bracket in front is itself
    } else if (regex[i] == '(' && regex.compare(i, 2, "(?") != 0) {
      out += "?:";
    } else if (regex.compare(i, 4, "(?P<") == 0) {
      out += "?:";
      i = std::min(regex.find('>', i), regex.size());
    }
  }
  return out;
}

std::string either(const std::vector<Separator>& separators, bool kept) {
  std::string regex;
  for (const Separator& separator : separators) {
    if (separator.kept == kept) regex += (regex.empty() ? "" : "|") + separator.regex;
  }
  return regex;
}

// The separators as one pattern, those that stay in a group of their own, so that it can be put back.
struct Cut {
  std::string any{}, last{};  // any: without groups; last: with the group of what is kept, or at the end of the text
};

Cut cut_at(const std::vector<Separator>& separators) {
  const std::string kept = either(separators, true), dropped = either(separators, false);
  const std::string both = kept.empty() ? dropped : dropped.empty() ? kept : kept + "|" + dropped;
  return {"(?:" + both + ")", kept.empty() ? "(?:(?:" + dropped + ")|$)" : "(?:(" + kept + ")" + (dropped.empty() ? "" : "|" + dropped) + "|$)"};
}

// Part `n` (from 0) of a text cut at the first separators, `skipped` being the pattern of what stands before it.
std::string part(const std::string& text, const std::string& skipped, const Cut& cut) {
  const std::string pattern = literal("(?s)^" + skipped + "(.*?)" + cut.last);
  const std::string before = "regexp_extract(" + text + ", " + pattern + ", 1)";
  return cut.last.starts_with("(?:(?:") ? before : before + " || regexp_extract(" + text + ", " + pattern + ", 2)";
}

// At most `limit` cuts, so limit + 1 parts; parts past the end are NULL.
void split_at(Builder& b, const std::string& text, const std::vector<Separator>& separators, int64_t limit) {
  const Cut cut = cut_at(separators);
  const std::string count = "len(regexp_extract_all(" + text + ", " + literal("(?s)" + cut.any) + "))";
  std::vector<std::string> parts;
  for (int64_t n = 0; n <= limit; ++n) {
    const std::string skipped = n == 0 ? "" : "(?:.*?" + cut.any + "){" + std::to_string(n) + "}";
    const std::string sql = n < limit ? part(text, skipped, cut) : "regexp_extract(" + text + ", " + literal("(?s)^" + skipped + "(.*)$") + ", 1)";
    parts.push_back(n == 0 ? sql : "CASE WHEN " + count + " >= " + std::to_string(n) + " THEN " + sql + " END");
  }
  add_parts(b, parts);
}

// Literal separators that go: no regular expression is needed.
void split_at_text(Builder& b, const std::string& text, const std::string& separator, int64_t limit) {
  const std::string parts = "string_split(" + text + ", " + literal(separator) + ")", last = std::to_string(limit + 1);
  std::vector<std::string> sql;
  for (int64_t n = 1; n <= limit; ++n) sql.push_back(parts + "[" + std::to_string(n) + "]");
  sql.push_back("CASE WHEN len(" + parts + ") >= " + last + " THEN array_to_string(" + parts + "[" + last + ":], " + literal(separator) + ") END");
  add_parts(b, sql);
}

void split_single(Builder& b) {
  const std::string& pattern = b.param("pattern");
  if (pattern.empty()) b.wrong("pattern", "at least one character");
  const int64_t limit = b.whole("limit", 1, 20);
  const bool kept = b.flag("includeInSplit"), literally = !b.has("isText") || b.flag("isText");
  if (!literally) b.regex("pattern", pattern);
  const std::string text = source_text(b);
  if (literally && !kept) return split_at_text(b, text, pattern, limit);
  split_at(b, text, {{literally ? quoted_regex(pattern) : "(?:" + without_groups(pattern) + ")", kept}}, limit);
}

void split_multiple(Builder& b) {
  const auto options = nlohmann::json::parse(b.param("patternOptions"), nullptr, false);
  if (!options.is_array() || options.empty()) b.wrong("patternOptions", "a JSON list of objects with 'pattern' and 'includeInSplit'");
  std::vector<Separator> separators;
  for (const auto& option : options) separators.push_back(separator_of(b, "patternOptions", option));
  const int64_t limit = b.whole("limit", 1, 20);
  split_at(b, source_text(b), separators, limit);
}

// Before the first separator, from there to the first of the second kind, and after it.
void split_between_delimiters(Builder& b) {
  const auto option = [&](const char* name) { return separator_of(b, name, nlohmann::json::parse(b.param(name), nullptr, false)); };
  const Cut one = cut_at({option("patternOption1")}), two = cut_at({option("patternOption2")});
  const std::string text = source_text(b), first = ".*?" + one.any, both = first + ".*?" + two.any;
  const auto there = [&](const std::string& pattern) { return "CASE WHEN regexp_matches(" + text + ", " + literal("(?s)^" + pattern) + ") THEN "; };
  add_parts(b, {part(text, "", one), there(first) + part(text, first, two) + " END",
                there(both) + "regexp_extract(" + text + ", " + literal("(?s)^" + both + "(.*)$") + ", 1) END"});
}

// Nulls are left out with their delimiter; empty texts are not.
void merge(Builder& b) {
  std::string sql = "concat_ws(" + literal(b.param_or("delimiter", ""));
  size_t last = 0;
  for (const size_t index : b.sources()) {
    sql += ", " + b.text(b.at(index));
    last = std::max(last, index);
  }
  b.add(last + 1, b.param("targetColumn"), sql + ")", "VARCHAR");
}

constexpr Action kActions[] = {
    {"MERGE", false, merge}, {"MERGE_COLUMNS_AND_VALUES", false, merge}, {"SPLIT_COLUMN_BETWEEN_DELIMITER", false, split_between_delimiters}, {"SPLIT_COLUMN_BETWEEN_POSITIONS", false, split_between_positions},
    {"SPLIT_COLUMN_FROM_END", false, split_from_end}, {"SPLIT_COLUMN_FROM_START", false, split_from_start},
    {"SPLIT_COLUMN_MULTIPLE_DELIMITER", false, split_multiple}, {"SPLIT_COLUMN_SINGLE_DELIMITER", false, split_single}};

}  // namespace

std::span<const Action> split_actions() { return kActions; }

}  // namespace mr::recipe
