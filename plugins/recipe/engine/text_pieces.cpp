#include "recipe/engine/text_pieces.hpp"

#include <algorithm>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/character_set.hpp"
#include "recipe/engine/semantic_types.hpp"

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

std::string call(const std::string& function, const std::string& text, const std::string& set, const std::string& by = "") {
  return function + "(" + text + ", " + literal(set) + (by.empty() ? "" : ", " + by) + ")";
}

}  // namespace

// Where the pattern is a class of characters, the functions of text_functions.hpp do what it does.
std::string replaced(const std::string& text, const std::string& pattern, const std::string& by) {
  if (by.find('\\') == std::string::npos) {
    if (CharacterSet::of(pattern)) return call("mr_replace_set", text, pattern, literal(by));
    const std::string set = pattern.ends_with('+') ? pattern.substr(0, pattern.size() - 1) : "";
    if (CharacterSet::of(set)) return call("mr_replace_runs", text, set, literal(by));
  }
  return "regexp_replace(" + text + ", " + literal(pattern) + ", " + literal(by) + ", 'g')";
}

std::string without(const std::string& text, const std::string& pattern) { return replaced(text, pattern, ""); }

std::string trimmed_of(const std::string& text, const std::string& one_of) { return call("mr_trim_set", text, one_of); }

std::string collapsed(const std::string& text, const std::string& one_of) { return call("mr_collapse_set", text, one_of); }

std::string rewrite_literal(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return out;
}

namespace {

// Walks over a pattern: `seen` hears of each "(" that opens a group, with its place.
template <class Seen>
bool well_formed(const std::string& pattern, Seen seen) {
  int depth = 0;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      if (++i == pattern.size()) return false;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      if (pattern.compare(i + 1, 1, "^") == 0) ++i;
      if (pattern.compare(i + 1, 1, "]") == 0) ++i;
    } else if (c == '(') {
      ++depth;
      seen(i);
    } else if (c == ')') {
      if (--depth < 0) return false;
    } else if (i == 0 && std::string_view("*+?").find(c) != std::string_view::npos) {
      return false;
    }
  }
  return depth == 0 && !in_class;
}

}  // namespace

int groups_in(const std::string& pattern) {
  int groups = 0;
  well_formed(pattern, [&](size_t at) {
    const std::string_view rest = std::string_view(pattern).substr(at + 1);
    if (!rest.starts_with("?") || rest.starts_with("?P<") || rest.starts_with("?<")) ++groups;
  });
  return groups;
}

std::string regex_or_text(Builder& builder, const std::string& parameter) {
  const std::string& given = builder.param(parameter);
  if (given.empty()) builder.wrong(parameter, "a text or regular expression that is not empty");
  const std::string pattern = well_formed(given, [](size_t) {}) ? given : quoted_regex(given);
  builder.regex(parameter, pattern);
  return pattern;
}

std::string each_match(const std::string& text, const std::string& pattern, const Change& change) {
  const std::string rests = "regexp_split_to_array(" + text + ", " + literal(pattern) + ")", matches = "regexp_extract_all(" + text + ", " + literal(pattern) + ")";
  return "CASE WHEN " + text + " IS NULL OR " + text + " = '' THEN " + text + " WHEN len(" + rests + ") <> len(" + matches + ") + 1 THEN " + change(text) + " ELSE array_to_string(list_transform(list_zip(" +
         rests + ", " + matches + "), lambda part: part[1] || coalesce(" + change("part[2]") + ", '')), '') END";
}

std::string in_entities(Builder& builder, const std::string& text, const Change& change) {
  if (!builder.has("entityTypeFilter")) return change(text);
  std::string pattern;
  for (const std::string& entity : builder.list("entityTypeFilter")) {
    const auto one = entity_pattern(entity);
    if (!one) builder.wrong("entityTypeFilter", "a list of " + entity_names() + "; '" + entity + "' can't be found inside texts");
    pattern += (pattern.empty() ? "" : "|") + *one;
  }
  if (pattern.empty()) builder.wrong("entityTypeFilter", "a list with at least one of " + entity_names());
  return each_match(text, pattern, change);
}

std::string text_operand(Builder& builder, const std::string& suffix) {
  const std::string source = "sourceColumn" + suffix, value = "value" + suffix;
  if (builder.has(source) && builder.has(value)) builder.wrong(value, "absent when '" + source + "' is given");
  if (!builder.has(source) && !builder.has(value)) builder.wrong(source, "given, or '" + value + "' instead of it");
  return builder.has(source) ? builder.text(builder.source(source)) : literal(builder.param(value));
}

}  // namespace mr::recipe
