#include "quality/dqdl/lexer.hpp"

#include "quality/engine/check.hpp"

#include <algorithm>
#include <cctype>

namespace mr::quality::dqdl {
namespace {

using Kind = Token::Kind;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_wordy(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t after_space(std::string_view text, size_t at) {
  while (at < text.size() && (is_space(text[at]) || text[at] == '#'))
    at = text[at] == '#' ? std::min(text.find('\n', at), text.size()) : at + 1;
  return at;
}

// 12 is whole, 1.5 is decimal; 5KB and 1.2.3 are words.
Kind kind_of(std::string_view word) {
  if (std::all_of(word.begin(), word.end(), is_digit)) return Kind::whole;
  const size_t dot = word.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == word.size()) return Kind::word;
  const auto tail = word.substr(dot + 1);
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(dot), is_digit) &&
                 std::all_of(tail.begin(), tail.end(), is_digit)
             ? Kind::decimal
             : Kind::word;
}

Token quoted(const Source& source, size_t begin) {
  const std::string_view text = source.text();
  Token token{Kind::quoted, {}, begin, begin + 1};
  for (; token.end < text.size(); ++token.end) {
    const char c = text[token.end];
    if (c == '"') {
      ++token.end;
      return token;
    }
    const char next = token.end + 1 < text.size() ? text[token.end + 1] : '\0';
    if (c == '\\' && (next == '"' || next == '\\')) {
      if (next == '\\') token.text += '\\';
      ++token.end;
    }
    token.text += text[token.end];
  }
  source.fail(begin, "a quoted text that never ends");
}

Token symbol(const Source& source, size_t begin) {
  const std::string_view text = source.text();
  for (const std::string_view two : {"!=", ">=", "<="}) {
    if (text.substr(begin, 2) == two) return {Kind::symbol, std::string(two), begin, begin + 2};
  }
  if (std::string_view("=<>()[],+-*/{}:$").find(text[begin]) == std::string_view::npos)
    source.fail(begin, "a character that has no meaning here");
  return {Kind::symbol, std::string(1, text[begin]), begin, begin + 1};
}

Token word(std::string_view text, size_t begin) {
  size_t end = begin;
  while (end < text.size() && is_wordy(text[end])) ++end;
  const std::string_view found = text.substr(begin, end - begin);
  // One word, with nothing between.
  if (found == "now" && text.substr(end, 2) == "()") return {Kind::word, "now()", begin, end + 2};
  return {kind_of(found), std::string(found), begin, end};
}

}  // namespace

std::string Source::place(size_t at) const {
  const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at, text_.size()));
  const auto line = std::count(text_.begin(), end, '\n') + 1;
  const size_t start = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
  return name_ + ":" + std::to_string(line) + ":" +
         std::to_string(at - (start == std::string_view::npos ? 0 : start + 1) + 1);
}

void Source::fail(size_t at, const std::string& what) const {
  throw QualityError("E7004", what, place(at));
}

std::vector<Token> tokens_of(const Source& source) {
  const std::string_view text = source.text();
  std::vector<Token> tokens;
  for (size_t at = after_space(text, 0); at < text.size();
       at = after_space(text, tokens.back().end)) {
    tokens.push_back(text[at] == '"'      ? quoted(source, at)
                     : is_wordy(text[at]) ? word(text, at)
                                          : symbol(source, at));
  }
  tokens.push_back({Kind::end, "the end", text.size(), text.size()});
  return tokens;
}

std::string without_escapes(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\\') ++i;
    plain += text[i];
  }
  return plain;
}

}  // namespace mr::quality::dqdl
