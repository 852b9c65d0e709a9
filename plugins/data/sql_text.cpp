#include "data/sql_text.hpp"

#include <algorithm>
#include <cctype>

namespace mr::data {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; }

size_t word_at(std::string_view sql, size_t at) {
  size_t end = at;
  while (end < sql.size() && is_word(sql[end])) ++end;
  return end;
}

// Behind a comment that begins here; the same place when none does. Block comments stand within each other.
size_t behind_comment(std::string_view sql, size_t at) {
  if (sql.substr(at, 2) == "--") return std::min(sql.find('\n', at), sql.size());
  if (sql.substr(at, 2) != "/*") return at;
  int depth = 0;
  for (; at < sql.size(); ++at) {
    if (sql.substr(at, 2) == "/*") ++depth, ++at;
    else if (sql.substr(at, 2) == "*/" && (++at, --depth == 0)) return at + 1;
  }
  return at;
}

// Behind a quoted text that begins here: 'it''s', E'it\'s', "name", $tag$ … $tag$; the same place when none does.
size_t behind_quoted(std::string_view sql, size_t at) {
  const char quote = sql[at];
  if (quote == '$') {
    const size_t tag_end = word_at(sql, at + 1);
    if (tag_end >= sql.size() || sql[tag_end] != '$') return at;
    const std::string_view tag = sql.substr(at, tag_end + 1 - at);
    const size_t end = sql.find(tag, tag_end + 1);
    return end == std::string_view::npos ? sql.size() : end + tag.size();
  }
  if (quote != '\'' && quote != '"') return at;
  const bool escapes = quote == '\'' && at > 0 && (sql[at - 1] == 'e' || sql[at - 1] == 'E') && (at == 1 || !is_word(sql[at - 2]));
  for (++at; at < sql.size(); ++at) {
    if (escapes && sql[at] == '\\') ++at;
    else if (sql[at] == quote) return at + 1;  // a doubled one begins the next text at once
  }
  return sql.size();
}

bool is_pragma(std::string_view word) {
  constexpr std::string_view kPragma = "pragma";
  return std::equal(word.begin(), word.end(), kPragma.begin(), kPragma.end(), [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

}  // namespace

bool has_pragma(std::string_view sql) {
  bool begins = true;  // a statement
  for (size_t at = 0; at < sql.size();) {
    if (const size_t end = behind_comment(sql, at); end > at) {
      at = end;
    } else if (const size_t behind = behind_quoted(sql, at); behind > at) {
      at = behind, begins = false;
    } else if (is_word(sql[at])) {
      const size_t word_end = word_at(sql, at);
      if (begins && is_pragma(sql.substr(at, word_end - at))) return true;
      at = word_end, begins = false;
    } else {
      if (sql[at] == ';') begins = true;
      else if (std::isspace(static_cast<unsigned char>(sql[at])) == 0) begins = false;
      ++at;
    }
  }
  return false;
}

}  // namespace mr::data
