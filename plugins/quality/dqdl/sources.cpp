#include "quality/dqdl/sources.hpp"

#include <algorithm>
#include <cctype>

namespace mr::quality::dqdl {
namespace {

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

bool same_name(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

const OtherSource& source_of(const Scope& scope, const std::string& alias) {
  const auto found = scope.world.sources.find(alias);
  if (found == scope.world.sources.end())
    throw Unfit{"'" + alias + "' was not found in additional sources"};
  return found->second;
}

std::optional<std::string> column_in(const OtherSource& source, const std::string& name) {
  for (const auto& column : source.columns) {
    if (column.name == name) return mr::data::ident(column.name);
  }
  for (const auto& column : source.columns) {
    if (same_name(column.name, name)) return mr::data::ident(column.name);
  }
  return std::nullopt;
}

std::vector<std::string> names_of(const std::string& list) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    names.push_back(trimmed(std::string_view(list).substr(begin, end - begin)));
    begin = end + 1;
  }
  return names;
}

size_t end_of_alias(const Scope& scope, const std::string& text) {
  size_t end = text.find('.');
  for (const auto& [alias, source] : scope.world.sources) {
    if (alias.size() > end && text.starts_with(alias + ".")) end = alias.size();
  }
  return end;
}

Reference reference_of(const Scope& scope, const std::string& text) {
  const size_t dot = end_of_alias(scope, text);
  if (dot == std::string::npos || dot == 0 || dot + 1 == text.size())
    scope.wrong("'" + text + "' must be alias.column or alias.{a,b}");
  std::string columns = text.substr(dot + 1);
  if (columns.size() > 2 && columns.front() == '{' && columns.back() == '}')
    columns = columns.substr(1, columns.size() - 2);
  return {text.substr(0, dot), names_of(columns)};
}

}  // namespace mr::quality::dqdl
