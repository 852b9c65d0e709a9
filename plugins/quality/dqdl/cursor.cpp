#include "quality/dqdl/cursor.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace mr::quality::dqdl {
namespace {

constexpr int kDeepest = 100;

std::string upper(std::string_view text) {
  std::string changed(text);
  std::transform(changed.begin(), changed.end(), changed.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return changed;
}

}  // namespace

const Token& Cursor::peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const Token& Cursor::take() {
  const Token& token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

void Cursor::fail(const std::string& what) const {
  source_.fail(begin(), what + ", found '" + peek().text + "'");
}

bool Cursor::symbol(std::string_view text) {
  if (!at_symbol(text)) return false;
  take();
  return true;
}

bool Cursor::word(std::string_view text) {
  if (!at_word(text)) return false;
  take();
  return true;
}

bool Cursor::keyword(std::string_view lower) {
  return word(lower) || word(upper(lower));
}

void Cursor::expect(std::string_view text) {
  if (!symbol(text)) fail("expected '" + std::string(text) + "'");
}

std::string Cursor::quoted(const std::string& what) {
  if (peek().kind != Token::Kind::quoted) fail("expected " + what + " in quotes");
  return take().text;
}

std::string Cursor::since(size_t begin) const {
  const size_t end = at_ == 0 ? begin : tokens_[at_ - 1].end;
  return std::string(source_.text().substr(begin, end - begin));
}

bool Cursor::is_reserved(std::string_view word) {
  static constexpr std::array kWords{"and",
                                     "AND",
                                     "or",
                                     "OR",
                                     "of",
                                     "OF",
                                     "null",
                                     "NULL",
                                     "empty",
                                     "EMPTY",
                                     "whitespaces_only",
                                     "WHITESPACES_ONLY",
                                     "between",
                                     "in",
                                     "not",
                                     "matches",
                                     "where",
                                     "with",
                                     "labels",
                                     "days",
                                     "hours",
                                     "minutes",
                                     "B",
                                     "KB",
                                     "MB",
                                     "GB",
                                     "TB",
                                     "Metadata",
                                     "DataSources",
                                     "DefaultLabels",
                                     "Rules",
                                     "Analyzers",
                                     "now()"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

Cursor::Deeper::Deeper(Cursor& cursor) : cursor_(cursor) {
  if (++cursor_.depth_ > kDeepest) cursor_.fail("this is nested too deeply");
}

}  // namespace mr::quality::dqdl
