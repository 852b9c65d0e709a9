#include <algorithm>
#include <array>

#include "parse/schema_check.hpp"

namespace millrace {
namespace {

bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
}

bool is_zone(std::string_view word) {
  static constexpr std::array<std::string_view, 5> kZones{"landing", "raw", "clean", "mart", "quarantine"};
  return std::find(kZones.begin(), kZones.end(), word) != kZones.end();
}

size_t after(std::string_view sql, size_t at, std::string_view end) {
  const size_t found = sql.find(end, at);
  return found == std::string_view::npos ? sql.size() : found + end.size();
}

// What holds no reference: a string, a comment, an expression. The place behind it, or `at` itself when it is something else.
size_t skip(std::string_view sql, size_t at) {
  if (sql[at] == '\'') return after(sql, at + 1, "'");  // '' reads as two strings side by side
  if (sql.substr(at, 2) == "--") return after(sql, at, "\n");
  if (sql.substr(at, 2) == "/*") return after(sql, at + 2, "*/");
  if (sql.substr(at, 2) == "{{") return after(sql, at + 2, "}}");
  return at;
}

std::string read_name(std::string_view sql, size_t& at) {
  if (sql[at] == '"') {
    const size_t end = sql.find('"', at + 1);
    const std::string name(sql.substr(at + 1, end == std::string_view::npos ? end : end - at - 1));
    at = end == std::string_view::npos ? sql.size() : end + 1;
    return name;
  }
  const size_t begin = at;
  while (at < sql.size() && word_char(sql[at])) ++at;
  std::string name(sql.substr(begin, at - begin));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

}  // namespace

std::vector<std::string> datasets_in_sql(std::string_view sql) {
  std::vector<std::string> result;
  char before = ' ';
  for (size_t at = 0; at < sql.size();) {
    if (const size_t behind = skip(sql, at); behind != at) {
      at = behind;
      before = ' ';
      continue;
    }
    if (!word_char(sql[at]) && sql[at] != '"') {
      before = sql[at++];
      continue;
    }
    const bool member = before == '.';
    const std::string zone = read_name(sql, at);
    before = 'w';
    if (member || !is_zone(zone) || at + 1 >= sql.size() || sql[at] != '.') continue;
    if (!word_char(sql[at + 1]) && sql[at + 1] != '"') continue;
    const std::string name = zone + "." + read_name(sql, ++at);
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  }
  return result;
}

bool is_dataset_name(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size() || text.size() > 128) return false;
  return text.find('.', dot + 1) == std::string_view::npos && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; });
}

}  // namespace millrace
