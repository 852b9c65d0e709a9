#include "database/statement.hpp"

#include <algorithm>
#include <utility>

namespace mr::database {
namespace {

constexpr size_t kMostWords = 4;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_name(char c) { return is_letter(c) || is_digit(c); }
// Letters beyond ASCII are part of words, though not of placeholders' names.
bool is_of_word(char c) { return is_of_name(c) || c == '$' || static_cast<unsigned char>(c) >= 0x80; }

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

class Scanner {
 public:
  Scanner(std::string_view sql, Dialect dialect, bool splitting) : sql_(sql), dialect_(dialect), splitting_(splitting) {
    if (const auto nul = sql.find('\0'); nul != std::string_view::npos) throw Unreadable("the SQL holds a NUL", nul);
  }

  std::vector<Statement> run() {
    while (at_ < sql_.size()) step();
    end_statement();
    return std::move(statements_);
  }

 private:
  // --- what stands here ------------------------------------------------------------------------------------------------------

  void step() {
    const char c = sql_[at_];
    if (is_space(c)) return copy(1);
    if (begins_comment()) return comment();
    if (c == ';' && (splitting_ || is_the_rest_empty())) return semicolon();
    open();
    if (c == '\'' || c == '"' || c == '`' || c == '[') return quoted(c);
    if (c == '$') return dollar();
    if (c == ':') return colon();
    if (c == '?' && dialect_ != Dialect::postgres) throw Unreadable("a placeholder without a name", at_, "write :name, and give its value in `params`");
    if ((c == '@' || c == '#') && dialect_ == Dialect::sqlite && at_ + 1 < sql_.size() && is_of_word(sql_[at_ + 1])) throw Unreadable("a variable that SQLite would take for null", at_, "write :name, and give its value in `params`");
    if (is_of_word(c)) return word();
    copy(1);
  }

  bool is_at(std::string_view text) const { return sql_.substr(at_, text.size()) == text; }

  bool begins_comment() const {
    if (is_at("/*")) return true;
    if (is_at("#")) return dialect_ == Dialect::mysql;
    // To MySQL, 5--1 is six: only a space or the end makes it a comment.
    return is_at("--") && (dialect_ != Dialect::mysql || at_ + 2 == sql_.size() || is_space(sql_[at_ + 2]));
  }

  bool is_the_rest_empty() const { return std::all_of(sql_.begin() + static_cast<std::ptrdiff_t>(at_), sql_.end(), [](char c) { return c == ';' || is_space(c); }); }

  // --- what is copied as it is -----------------------------------------------------------------------------------------------

  void copy(size_t bytes) {
    if (!now_.text.empty() || !is_space(sql_[at_])) {
      if (now_.pieces.empty()) now_.pieces.push_back({0, at_});
      now_.text += sql_.substr(at_, bytes);
    }
    at_ += bytes;
  }

  void comment() {
    if (!is_at("/*")) {
      const auto line = sql_.find('\n', at_);
      return copy((line == std::string_view::npos ? sql_.size() : line) - at_);
    }
    size_t end = at_ + 2;
    for (int depth = 1; depth > 0;) {
      if (end + 1 >= sql_.size()) throw Unreadable("a comment has no end", at_, "write */");
      const auto two = sql_.substr(end, 2);
      const bool closes = two == "*/", opens = two == "/*" && dialect_ == Dialect::postgres;
      depth += opens ? 1 : closes ? -1 : 0;
      end += opens || closes ? 2 : 1;
    }
    // MySQL runs what stands in /*! … */.
    if (is_at("/*!") && dialect_ == Dialect::mysql) open();
    copy(end - at_);
  }

  bool has_backslashes(char quote) const {
    if (dialect_ == Dialect::mysql) return quote != '`';
    if (dialect_ != Dialect::postgres || quote != '\'' || at_ == 0 || small(sql_[at_ - 1]) != 'e') return false;
    return at_ == 1 || !is_of_word(sql_[at_ - 2]);
  }

  void quoted(char quote) {
    if (quote == '`' && dialect_ != Dialect::mysql && dialect_ != Dialect::sqlite) return copy(1);
    if (quote == '[' && dialect_ != Dialect::sqlite) return copy(1);
    const char close = quote == '[' ? ']' : quote;
    const bool backslashes = has_backslashes(quote);
    size_t end = at_ + 1;
    for (;; ++end) {
      if (end >= sql_.size()) throw Unreadable(std::string("a ") + quote + " has no partner", at_, "a quote inside of a text is written twice");
      if (sql_[end] == '\\' && backslashes) ++end;
      else if (sql_[end] == close && close != ']' && end + 1 < sql_.size() && sql_[end + 1] == close) ++end;
      else if (sql_[end] == close) break;
    }
    copy(end + 1 - at_);
  }

  // $tag$ … $tag$, of PostgreSQL, also behind ODBC.
  void dollar() {
    if (dialect_ == Dialect::mysql) return word();
    size_t end = at_ + 1;
    while (end < sql_.size() && is_of_word(sql_[end]) && sql_[end] != '$') ++end;
    const bool is_tag = end < sql_.size() && sql_[end] == '$' && !is_digit(sql_[at_ + 1]);
    if (!is_tag) {
      const bool is_variable = end > at_ + 1 && (dialect_ == Dialect::postgres || dialect_ == Dialect::sqlite);
      if (is_variable) throw Unreadable("a placeholder that is no :name", at_, "write :name, and give its value in `params`");
      return copy(1);
    }
    if (dialect_ == Dialect::sqlite) return copy(end - at_);
    const auto tag = sql_.substr(at_, end + 1 - at_);
    const auto close = sql_.find(tag, end + 1);
    if (close == std::string_view::npos) throw Unreadable("a text that begins with " + std::string(tag) + " has no end", at_, "end it by the same");
    copy(close + tag.size() - at_);
  }

  void word() {
    size_t end = at_;
    while (end < sql_.size() && is_of_word(sql_[end])) ++end;
    if (now_.words.size() < kMostWords) {
      now_.words.emplace_back(sql_.substr(at_, end - at_));
      std::transform(now_.words.back().begin(), now_.words.back().end(), now_.words.back().begin(), small);
    }
    copy(end - at_);
  }

  // --- placeholders and ends -------------------------------------------------------------------------------------------------

  void colon() {
    if (is_at("::")) return copy(2);
    const bool named = at_ + 1 < sql_.size() && is_letter(sql_[at_ + 1]);
    const char before = at_ == 0 ? ' ' : sql_[at_ - 1];
    const bool in_slice = is_of_word(before) || before == ')' || before == ']' || before == '"' || before == '\'' || before == '`';
    if (!named || in_slice) return copy(1);
    size_t end = at_ + 1;
    while (end < sql_.size() && is_of_name(sql_[end])) ++end;
    if (now_.pieces.empty()) now_.pieces.push_back({0, at_});
    now_.text += placeholder(std::string(sql_.substr(at_ + 1, end - at_ - 1)));
    at_ = end;
    now_.pieces.push_back({now_.text.size(), at_});
  }

  std::string placeholder(const std::string& name) {
    const bool numbered = dialect_ == Dialect::postgres || dialect_ == Dialect::sqlite;
    const auto found = std::find(now_.names.begin(), now_.names.end(), name);
    const auto number = static_cast<size_t>(found - now_.names.begin()) + 1;
    if (!numbered || found == now_.names.end()) now_.names.push_back(name);
    return !numbered ? "?" : (dialect_ == Dialect::postgres ? "$" : "?") + std::to_string(number);
  }

  void open() { has_begun_ = true; }

  void semicolon() {
    end_statement();
    ++at_;
  }

  void end_statement() {
    while (!now_.text.empty() && is_space(now_.text.back())) now_.text.pop_back();
    auto done = std::exchange(now_, {});
    if (std::exchange(has_begun_, false)) statements_.push_back(std::move(done));
  }

  std::string_view sql_;
  Dialect dialect_;
  bool splitting_;
  size_t at_ = 0;
  bool has_begun_ = false;  // with more than space and comments
  Statement now_{};
  std::vector<Statement> statements_{};
};

}  // namespace

size_t Statement::source_of(size_t at) const {
  size_t found = 0;
  for (const auto& piece : pieces) {
    if (piece.at <= at) found = piece.source + (at - piece.at);
  }
  return found;
}

std::vector<Statement> split(std::string_view sql, Dialect dialect) { return Scanner(sql, dialect, true).run(); }

Statement whole(std::string_view sql, Dialect dialect) {
  auto found = Scanner(sql, dialect, false).run();
  if (found.empty()) throw Unreadable("a statement is empty", 0);
  return std::move(found.front());
}

std::string place_of(std::string_view sql, size_t offset) {
  size_t line = 1, column = 1;
  for (const char c : sql.substr(0, std::min(offset, sql.size()))) {
    if (c == '\n') ++line, column = 1;
    else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column;
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace mr::database
