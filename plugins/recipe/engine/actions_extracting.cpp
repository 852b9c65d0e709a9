// Parts of texts and of nested values: taken out into new columns, or replaced.
#include "recipe/engine/actions.hpp"
#include "recipe/engine/nested_types.hpp"
#include "recipe/engine/text_pieces.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// Positions count characters from 0; the end is not part of it.
std::pair<int64_t, int64_t> positions(const Builder& b) {
  const int64_t start = b.whole("startPosition", 0, INT32_MAX), end = b.whole("endPosition", 0, INT32_MAX);
  if (end < start) b.wrong("endPosition", "at least startPosition");
  return {start, end};
}

std::string between(const std::string& text, std::pair<int64_t, int64_t> span) {
  return "substring(" + text + ", " + std::to_string(span.first + 1) + ", " + std::to_string(span.second - span.first) + ")";
}

void extract_between_positions(Builder& b) {
  const auto span = positions(b);
  b.add_target(between(b.text(b.source()), span), "VARCHAR");
}

void fn_substring(Builder& b) {
  const auto span = positions(b);
  b.add_target(between(text_operand(b), span), "VARCHAR");
}

void replace_between_positions(Builder& b) {
  const auto [start, end] = positions(b);
  Column& column = b.source();
  const std::string text = b.text(column);
  // A text that ends before the range has nothing to replace.
  b.set(column, "CASE WHEN length(" + text + ") <= " + std::to_string(start) + " THEN " + text + " ELSE left(" + text + ", " + std::to_string(start) + ") || " +
                    literal(b.param("value")) + " || substring(" + text + ", " + std::to_string(end + 1) + ") END", "VARCHAR");
}

// From a start to the nearest end, with the parts in groups.
struct Delimited {
  std::string pattern{};
  int middle = 0, end = 0;  // numbers of groups; the start is group 1
};

Delimited delimited(Builder& b) {
  const std::string start = regex_or_text(b, "startPattern"), end = regex_or_text(b, "endPattern");
  const int middle = groups_in(start) + 2;
  return {"(" + start + ")((?s:.*?))(" + end + ")", middle, middle + 1};
}

void extract_between_delimiters(Builder& b) {
  const Delimited parts = delimited(b);
  const std::string text = b.text(b.source()), pattern = literal(parts.pattern);
  b.add_target("CASE WHEN regexp_matches(" + text + ", " + pattern + ") THEN regexp_extract(" + text + ", " + pattern + ", " + std::to_string(parts.middle) + ") END", "VARCHAR");
}

void replace_between_delimiters(Builder& b) {
  const Delimited parts = delimited(b);
  if (parts.end > 9) b.wrong("startPattern", "a regular expression with at most six groups");
  Column& column = b.source();
  const std::string by = "\\1" + rewrite_literal(b.param("value")) + "\\" + std::to_string(parts.end);
  b.set(column, replaced(b.text(column), parts.pattern, by), "VARCHAR");
}

void extract_pattern(Builder& b) {
  const std::string text = b.text(b.source()), pattern = literal(regex_or_text(b, "pattern"));
  b.add_target("CASE WHEN regexp_matches(" + text + ", " + pattern + ") THEN regexp_extract(" + text + ", " + pattern + ") END", "VARCHAR");
}

void extract_value(Builder& b) {
  const Column source = b.source();
  std::vector<PathPart> path = read_path(b, "path");
  if (path.front().name != source.name) b.wrong("path", "a path that starts with the source column, `" + source.name + "`");
  path.erase(path.begin());
  const Nested found = follow(b, "path", {source.sql, source.type}, path);
  b.add_target(found.sql, found.type);
}

constexpr Action kActions[] = {
    {"EXTRACT_BETWEEN_POSITIONS", false, extract_between_positions}, {"SUBSTRING", false, fn_substring},
    {"REPLACE_BETWEEN_POSITIONS", false, replace_between_positions}, {"EXTRACT_BETWEEN_DELIMITERS", false, extract_between_delimiters},
    {"REPLACE_BETWEEN_DELIMITERS", false, replace_between_delimiters}, {"EXTRACT_PATTERN", false, extract_pattern}, {"EXTRACT_VALUE", false, extract_value}};

}  // namespace

std::span<const Action> extracting_actions() { return kActions; }

}  // namespace mr::recipe
