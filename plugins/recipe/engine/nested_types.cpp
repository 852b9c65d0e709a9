#include "recipe/engine/nested_types.hpp"

#include <charconv>

namespace mr::recipe {
namespace {

using mr::data::literal;

// The parts of a list between brackets, split at the commas of its own level.
std::vector<std::string_view> split_level(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool quoted = false;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] != ',' || depth != 0) continue;
    parts.push_back(text.substr(start, i - start));
    start = text.find_first_not_of(' ', i + 1);
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::optional<std::string_view> inside(std::string_view type, std::string_view word) {
  if (!type.starts_with(word) || !type.ends_with(')')) return std::nullopt;
  return type.substr(word.size(), type.size() - word.size() - 1);
}

// A name at the start of `text`, in quotes (a doubled one is a quote) or up to one of `ends`; what is behind it stays in `text`.
std::string take_name(std::string_view& text, char quote, std::string_view ends) {
  std::string name;
  size_t i = 0;
  if (text.starts_with(quote)) {
    for (i = 1; i < text.size(); ++i) {
      if (text[i] == quote && text.substr(i + 1).starts_with(quote)) ++i;
      else if (text[i] == quote) break;
      name += text[i];
    }
    ++i;
  } else {
    i = std::min(text.find_first_of(ends), text.size());
    name = text.substr(0, i);
  }
  text.remove_prefix(std::min(i, text.size()));
  return name;
}

std::string shown(const PathPart& part) { return part.index ? "[" + std::to_string(*part.index) + "]" : "`" + part.name + "`"; }

std::optional<Nested> step_into(const Nested& from, const PathPart& part) {
  if (part.index) {
    const auto element = element_type(from.type);
    if (!element) return std::nullopt;
    return Nested{"list_extract(" + from.sql + ", " + std::to_string(*part.index + 1) + ")", *element};
  }
  if (const auto map = map_types(from.type)) return Nested{"map_extract_value(" + from.sql + ", TRY_CAST(" + literal(part.name) + " AS " + map->first + "))", map->second};
  const auto fields = struct_fields(from.type);
  for (size_t i = 0; fields && i < fields->size(); ++i) {
    if (fields->at(i).first == part.name) return Nested{"struct_extract(" + from.sql + ", " + literal(part.name) + ")", fields->at(i).second};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> element_type(std::string_view type) {
  if (!type.ends_with(']')) return std::nullopt;
  return std::string(type.substr(0, type.rfind('[')));
}

std::optional<std::pair<std::string, std::string>> map_types(std::string_view type) {
  const auto list = inside(type, "MAP(");
  if (!list) return std::nullopt;
  const auto parts = split_level(*list);
  if (parts.size() != 2) return std::nullopt;
  return std::pair{std::string(parts[0]), std::string(parts[1])};
}

std::optional<std::vector<std::pair<std::string, std::string>>> struct_fields(std::string_view type) {
  const auto list = inside(type, "STRUCT(");
  if (!list) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> fields;
  for (std::string_view part : split_level(*list)) {
    const std::string name = take_name(part, '"', " ");
    fields.emplace_back(name, std::string(part.substr(1)));
  }
  return fields;
}

std::vector<PathPart> read_path(const Builder& builder, const std::string& parameter) {
  const auto refuse = [&] { builder.wrong(parameter, "a path as in `column`.`field`[0]"); };
  std::string_view rest = builder.param(parameter);
  std::vector<PathPart> parts;
  while (!rest.empty()) {
    if (rest.starts_with('[')) {
      int64_t index = -1;
      const size_t close = std::min(rest.find(']'), rest.size());
      const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + close, index);
      if (parts.empty() || error != std::errc{} || end != rest.data() + close || close == rest.size() || index < 0) refuse();
      parts.push_back({{}, index});
      rest.remove_prefix(close + 1);
    } else {
      if (!parts.empty() && !rest.starts_with('.')) refuse();
      if (!parts.empty()) rest.remove_prefix(1);
      if (rest.starts_with('`') && rest.find('`', 1) == std::string_view::npos) refuse();
      parts.push_back({take_name(rest, '`', ".["), std::nullopt});
      if (parts.back().name.empty()) refuse();
    }
  }
  if (parts.empty()) refuse();
  return parts;
}

Nested follow(const Builder& builder, const std::string& parameter, Nested from, const std::vector<PathPart>& path) {
  for (const PathPart& part : path) {
    auto next = step_into(from, part);
    if (!next) builder.wrong(parameter, "a path that exists: there is no " + shown(part) + " in " + (family_of(from.type) == Family::other ? "a " : "the plain ") + from.type);
    from = std::move(*next);
  }
  return from;
}

}  // namespace mr::recipe
