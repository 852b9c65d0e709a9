#include "quality/engine/dqdl_parse.hpp"

#include <algorithm>
#include <cstdlib>
#include <regex>

#include "quality/engine/check.hpp"

namespace mr::quality::dqdl {
namespace {

struct Token {
  enum class Kind : unsigned char { word = 1, quoted, number, symbol, end } kind = Kind::end;
  std::string text{};
  size_t begin = 0, end = 0;
};

class Lexer {
 public:
  Lexer(const std::string& text, std::string name) : text_(text), name_(std::move(name)) {}

  std::vector<Token> all() {
    std::vector<Token> tokens;
    do tokens.push_back(next()); while (tokens.back().kind != Token::Kind::end);
    return tokens;
  }

  std::string place(size_t at) const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at, text_.size()));
    const auto line = std::count(text_.begin(), end, '\n') + 1;
    const size_t start = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
    return name_ + ":" + std::to_string(line) + ":" + std::to_string(at - (start == std::string::npos ? 0 : start + 1) + 1);
  }

  [[noreturn]] void fail(size_t at, const std::string& what) const { throw QualityError("E7004", what, place(at)); }

 private:
  static bool wordy(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

  Token next() {
    while (at_ < text_.size() && (std::isspace(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '#')) {
      if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      else ++at_;
    }
    const size_t begin = at_;
    if (at_ == text_.size()) return {Token::Kind::end, "the end", begin, begin};
    if (text_[at_] == '"') return quoted(begin);
    if (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
      while (at_ < text_.size() && wordy(text_[at_])) ++at_;
      const std::string text = text_.substr(begin, at_ - begin);
      static const std::regex kNumber(R"(\d+(\.\d+)?)");
      return {std::regex_match(text, kNumber) ? Token::Kind::number : Token::Kind::word, text, begin, at_};
    }
    if (wordy(text_[at_])) {
      while (at_ < text_.size() && wordy(text_[at_])) ++at_;
      return {Token::Kind::word, text_.substr(begin, at_ - begin), begin, at_};
    }
    for (const char* two : {"!=", ">=", "<="}) {
      if (text_.compare(at_, 2, two) == 0) {
        at_ += 2;
        return {Token::Kind::symbol, two, begin, at_};
      }
    }
    if (std::string_view("=<>()[],+-*/{}:$").find(text_[at_]) == std::string_view::npos) fail(at_, "a character that has no meaning here");
    ++at_;
    return {Token::Kind::symbol, text_.substr(begin, 1), begin, at_};
  }

  Token quoted(size_t begin) {
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return {Token::Kind::quoted, value, begin, at_};
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) {
        // Only the quote loses its escape: the backslashes of a pattern are the pattern's own.
        if (text_[at_ + 1] == '\\') value += '\\';
        ++at_;
      }
      value += text_[at_];
    }
    fail(begin, "a quoted text that never ends");
  }

  const std::string& text_;
  std::string name_;
  size_t at_ = 0;
};

class Parser {
 public:
  Parser(const std::string& text, const std::string& name) : text_(text), lexer_(text, name), tokens_(lexer_.all()) {}

  std::vector<Rule> document() {
    if (!word("Rules")) fail("expected 'Rules = [ … ]'; other sections are not supported yet");
    symbol("=");
    symbol("[");
    std::vector<Rule> rules;
    do rules.push_back(whole_rule()); while (accept(","));
    symbol("]");
    if (peek().kind != Token::Kind::end) fail("nothing may follow the rules: Analyzers and other sections are not supported");
    return rules;
  }

 private:
  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  [[noreturn]] void fail(const std::string& what) const { lexer_.fail(peek().begin, what + ", found '" + peek().text + "'"); }
  bool is(const std::string& text) const { return peek().kind == Token::Kind::symbol && peek().text == text; }
  bool accept(const std::string& text) {
    if (!is(text)) return false;
    ++at_;
    return true;
  }
  void symbol(const std::string& text) {
    if (!accept(text)) fail("expected '" + text + "'");
  }
  bool is_word(std::string_view text) const { return peek().kind == Token::Kind::word && peek().text == text; }
  bool word(std::string_view text) {
    if (!is_word(text)) return false;
    ++at_;
    return true;
  }
  bool keyword(const std::string& lower) {
    std::string upper = lower;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return word(lower) || word(upper);
  }

  Rule whole_rule() {
    const size_t begin = peek().begin;
    Rule rule = either();
    rule.text = text_.substr(begin, tokens_[at_ - 1].end - begin);
    rule.place = lexer_.place(begin);
    return rule;
  }

  Rule either() { return joined(Rule::Kind::any, "or", &Parser::each); }
  Rule each() { return joined(Rule::Kind::all, "and", &Parser::atom); }

  Rule joined(Rule::Kind kind, const std::string& by, Rule (Parser::*part)()) {
    Rule first = (this->*part)();
    if (!keyword(by)) return first;
    Rule rule;
    rule.kind = kind;
    rule.parts.push_back(std::move(first));
    do rule.parts.push_back((this->*part)()); while (keyword(by));
    return rule;
  }

  Rule atom() {
    if (++depth_ > 50) fail("rules are nested too deeply");
    const size_t begin = peek().begin;
    Rule rule;
    if (accept("(")) {
      rule = either();
      symbol(")");
    } else {
      rule = single();
    }
    rule.text = text_.substr(begin, tokens_[at_ - 1].end - begin);
    rule.place = lexer_.place(begin);
    --depth_;
    return rule;
  }

  bool starts_condition() const {
    if (peek().kind == Token::Kind::symbol) return true;
    static const std::vector<std::string> kWords{"between", "in", "not", "matches", "where", "with", "labels", "or", "OR"};
    return peek().kind == Token::Kind::word && std::find(kWords.begin(), kWords.end(), peek().text) != kWords.end();
  }

  Rule single() {
    if (peek().kind != Token::Kind::word || std::isupper(static_cast<unsigned char>(peek().text.front())) == 0) fail("expected a rule");
    Rule rule;
    rule.type = tokens_[at_++].text;
    while (peek().kind != Token::Kind::end && !starts_condition()) {
      // "of" and "and" before a parameter are noise; "and (" joins rules, and so does "and" before a bare rule.
      if (is_word("and") || is_word("AND")) {
        const Token& after = peek(1);
        if (after.kind != Token::Kind::quoted) break;
        ++at_;
        continue;
      }
      if (keyword("of")) continue;
      if (peek().kind == Token::Kind::number) fail("expected a parameter or a condition");
      rule.parameters.push_back(tokens_[at_++].text);
    }
    if (comes_condition()) rule.condition = condition();
    tail(rule);
    return rule;
  }

  bool comes_condition() const {
    static const std::vector<std::string> kStarts{"=", "!=", ">", ">=", "<", "<=", "between", "in", "not", "matches"};
    return (peek().kind == Token::Kind::symbol || peek().kind == Token::Kind::word) && std::find(kStarts.begin(), kStarts.end(), peek().text) != kStarts.end();
  }

  void tail(Rule& rule) {
    if (word("where")) {
      if (peek().kind != Token::Kind::quoted || peek().text.empty()) fail("expected a quoted predicate after 'where'");
      rule.where = sql_of(tokens_[at_++].text);
    }
    if (is_word("labels")) fail("labels are not supported yet");
    while (word("with")) {
      if (!word("threshold")) fail("only 'with threshold' is supported");
      if (rule.threshold) fail("a second threshold");
      rule.threshold = condition();
    }
  }

  // Names in back ticks become names in double quotes; the rest of a simple Spark predicate is the same SQL.
  static std::string sql_of(std::string text) {
    std::replace(text.begin(), text.end(), '`', '"');
    return "(" + text + ")";
  }

  Condition condition() {
    Condition c;
    const bool negated = word("not");
    if (word("between")) {
      c.op = negated ? Op::not_between : Op::between;
      c.operands.push_back(operand());
      if (!keyword("and")) fail("expected 'and'");
      c.operands.push_back(operand());
      return c;
    }
    if (word("in")) {
      c.op = negated ? Op::not_in : Op::in;
      symbol("[");
      do c.operands.push_back(operand()); while (accept(","));
      symbol("]");
      return c;
    }
    if (word("matches")) {
      c.op = negated ? Op::not_matches : Op::matches;
      if (peek().kind != Token::Kind::quoted) fail("expected a quoted pattern");
      c.operands.push_back({Operand::Kind::text, 0, tokens_[at_++].text});
      return c;
    }
    if (negated) fail("expected between, in or matches after 'not'");
    static constexpr std::pair<const char*, Op> kOps[] = {{"=", Op::eq}, {"!=", Op::ne}, {">=", Op::ge}, {">", Op::gt}, {"<=", Op::le}, {"<", Op::lt}};
    for (const auto& [text, op] : kOps) {
      if (!accept(text)) continue;
      c.op = op;
      c.operands.push_back(operand());
      return c;
    }
    fail("expected a condition");
  }

  Operand operand() {
    if (peek().kind == Token::Kind::quoted) {
      static const std::regex kDate(R"(\d{4}-\d{2}-\d{2})"), kTime(R"(\d{1,2}:\d{2}( [AP]M)?)");
      const std::string text = tokens_[at_].text;
      if (std::regex_match(text, kTime)) fail("times of day are not supported");
      ++at_;
      return {std::regex_match(text, kDate) ? Operand::Kind::date : Operand::Kind::text, 0, text};
    }
    if (keyword("null")) return {Operand::Kind::null, 0, "NULL"};
    if (keyword("empty")) return {Operand::Kind::empty, 0, "''"};
    if (keyword("whitespaces_only")) return {Operand::Kind::blank, 0, ""};
    const size_t begin = peek().begin;
    const double value = arithmetic();
    return {Operand::Kind::number, value, "(" + text_.substr(begin, tokens_[at_ - 1].end - begin) + ")"};
  }

  // All four operators sit on one level, left to right.
  double arithmetic() {
    double value = term();
    for (;;) {
      if (accept("+")) value += term();
      else if (accept("-")) value -= term();
      else if (accept("*")) value *= term();
      else if (accept("/")) value /= term();
      else return value;
    }
  }

  double term() {
    if (++depth_ > 100) fail("the arithmetic is nested too deeply");
    double value = 0;
    if (accept("-")) {
      value = -term();
    } else if (accept("(")) {
      value = arithmetic();
      symbol(")");
    } else if (peek().kind == Token::Kind::number) {
      value = std::strtod(tokens_[at_++].text.c_str(), nullptr);
      for (const char* unit : {"days", "hours", "minutes", "B", "KB", "MB", "GB", "TB"}) {
        if (is_word(unit)) fail("durations and sizes are not supported");
      }
    } else if (peek().kind == Token::Kind::word) {
      fail("functions such as last() and now() are not supported");
    } else {
      fail("expected a number");
    }
    --depth_;
    return value;
  }

  const std::string& text_;
  Lexer lexer_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::vector<Rule> parse(const std::string& text, const std::string& name) { return Parser(text, name).document(); }

}  // namespace mr::quality::dqdl
