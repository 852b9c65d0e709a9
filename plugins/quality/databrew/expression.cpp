#include "quality/databrew/expression.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace mr::quality::databrew {
namespace {

constexpr size_t kLongest = 1024;
constexpr int kDeepest = 50;

struct Token {
  enum class Kind : uint8_t { word = 1, number, reference, symbol, end };
  Kind kind = Kind::end;
  std::string text{};  // of a word in capitals
};

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

class Tokens {
 public:
  explicit Tokens(const Rule& rule) : rule_(rule) {
    const std::string& text = rule.expression;
    if (text.size() > kLongest) fail("is longer than 1,024 characters");
    for (size_t at = 0; at < text.size();) {
      if (std::isspace(static_cast<unsigned char>(text[at])) != 0)
        ++at;
      else
        take(text, at);
    }
  }

  const Token& peek(size_t ahead = 0) const {
    static const Token kEnd{};
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : kEnd;
  }

  Token next() {
    Token token = peek();
    ++at_;
    return token;
  }

  bool symbol(std::string_view text) { return taken(Token::Kind::symbol, text); }

  bool word(std::string_view text) { return taken(Token::Kind::word, text); }

  // IS_BETWEEN, or IS and BETWEEN.
  bool words(std::string_view first, std::string_view second) {
    if (word(std::string(first) + "_" + std::string(second))) return true;
    if (peek().kind != Token::Kind::word || peek().text != first ||
        peek(1).kind != Token::Kind::word || peek(1).text != second)
      return false;
    at_ += 2;
    return true;
  }

  void expect(std::string_view text) {
    if (!symbol(text)) fail("expected '" + std::string(text) + "'" + found());
  }

  std::string found() const {
    return peek().kind == Token::Kind::end ? ", and it ends" : ", found '" + peek().text + "'";
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw QualityError("E7004", "CheckExpression: " + what, rule_.place);
  }

 private:
  void take(const std::string& text, size_t& at) {
    const size_t begin = at;
    const char c = text[at];
    if (c == ':' || in_word(c)) {
      const bool number = std::isdigit(static_cast<unsigned char>(c)) != 0;
      for (++at; at < text.size() && (in_word(text[at]) || (number && text[at] == '.')); ++at) {
      }
      const std::string word = text.substr(begin, at - begin);
      tokens_.push_back(c == ':' ? Token{Token::Kind::reference, word}
                        : number ? Token{Token::Kind::number, word}
                                 : Token{Token::Kind::word, capitals(word)});
      return;
    }
    const std::string two = text.substr(at, 2);
    const bool pair = two == "==" || two == "!=" || two == "<=" || two == ">=";
    if (!pair && (c == '\0' || std::string_view("()<>,=").find(c) == std::string_view::npos))
      fail(std::string("'") + c + "' can't stand in an expression");
    tokens_.push_back({Token::Kind::symbol, pair ? two : std::string(1, c)});
    at += pair ? 2 : 1;
  }

  bool taken(Token::Kind kind, std::string_view text) {
    if (peek().kind != kind || peek().text != text) return false;
    ++at_;
    return true;
  }

  const Rule& rule_;
  std::vector<Token> tokens_{};
  size_t at_ = 0;
};

class Parser {
 public:
  explicit Parser(const Rule& rule) : rule_(rule), tokens_(rule) {}

  Expression whole() {
    Expression expression = any();
    if (tokens_.peek().kind != Token::Kind::end)
      tokens_.fail("expected and, or, or its end" + tokens_.found());
    return expression;
  }

 private:
  Expression any() { return joined(Expression::Kind::any, "OR", &Parser::all); }

  Expression all() { return joined(Expression::Kind::all, "AND", &Parser::one); }

  Expression joined(Expression::Kind kind, std::string_view by, Expression (Parser::*part)()) {
    Expression first = (this->*part)();
    if (!tokens_.word(by)) return first;
    Expression whole;
    whole.kind = kind;
    whole.parts.push_back(std::move(first));
    do whole.parts.push_back((this->*part)());
    while (tokens_.word(by));
    return whole;
  }

  Expression one() {
    if (++depth_ > kDeepest) tokens_.fail("brackets stand in each other more than 50 deep");
    Expression expression;
    if (tokens_.symbol("(")) {
      expression = any();
      tokens_.expect(")");
    } else {
      expression.test = test();
    }
    --depth_;
    return expression;
  }

  Test test() {
    Test made;
    if (tokens_.word("AGG"))
      aggregate(made);
    else if (tokens_.word("LENGTH"))
      length(made);
    else if (tokens_.peek().kind == Token::Kind::reference)
      made.column = column();
    operation(made);
    return made;
  }

  void aggregate(Test& test) {
    tokens_.expect("(");
    if (tokens_.peek().kind == Token::Kind::reference) {
      test.column = column();
      tokens_.expect(",");
    }
    const Token statistic = tokens_.next();
    if (statistic.kind != Token::Kind::word) tokens_.fail("expected the name of an aggregate");
    test.statistic = statistic.text;
    if (tokens_.symbol(",")) test.parameter = operand().text;
    tokens_.expect(")");
  }

  // Of the selected column, it may be empty.
  void length(Test& test) {
    test.length = true;
    if (!tokens_.symbol("(")) return;
    if (tokens_.peek().kind == Token::Kind::reference) test.column = column();
    tokens_.expect(")");
  }

  void operation(Test& test) {
    if (tokens_.words("IS", "NOT")) {
      test.negated = true;
      if (tokens_.word("BETWEEN")) return bounds(test);
      if (!tokens_.word("MISSING") && !tokens_.word("NULL"))
        tokens_.fail("expected missing or between" + tokens_.found());
      test.op = Op::is_missing;
      return;
    }
    test.negated = tokens_.word("NOT");
    if (const auto sign = symbol_op()) {
      test.op = *sign;
      test.operands.push_back(operand());
      return;
    }
    if (between(test) || missing(test)) return;
    test.op = word_op(test);
    test.operands.push_back(operand());
  }

  std::optional<Op> symbol_op() {
    for (const auto& [text, op] :
         {std::pair{"==", Op::equal}, std::pair{"!=", Op::unequal}, std::pair{"<=", Op::at_most},
          std::pair{">=", Op::at_least}, std::pair{"<", Op::below}, std::pair{">", Op::above},
          std::pair{"=", Op::equal}}) {
      if (tokens_.symbol(text)) return op;
    }
    return std::nullopt;
  }

  bool between(Test& test) {
    if (tokens_.words("IS_NOT", "BETWEEN"))
      test.negated = true;
    else if (!tokens_.words("IS", "BETWEEN") && !tokens_.word("BETWEEN"))
      return false;
    bounds(test);
    return true;
  }

  void bounds(Test& test) {
    test.op = Op::between;
    test.operands.push_back(operand());
    if (!tokens_.word("AND")) tokens_.fail("expected and" + tokens_.found());
    test.operands.push_back(operand());
  }

  bool missing(Test& test) {
    if (tokens_.words("IS_NOT", "MISSING") || tokens_.words("IS_NOT", "NULL"))
      test.negated = true;
    else if (!tokens_.words("IS", "MISSING") && !tokens_.words("IS", "NULL"))
      return false;
    test.op = Op::is_missing;
    return true;
  }

  Op word_op(Test& test) {
    Token token = tokens_.next();
    if (token.kind == Token::Kind::word && token.text.starts_with("NOT_")) {
      test.negated = true;
      token.text.erase(0, 4);
    }
    for (const auto& [first, second, op] :
         {std::tuple{"IN", "", Op::in}, std::tuple{"STARTS", "WITH", Op::starts_with},
          std::tuple{"ENDS", "WITH", Op::ends_with}, std::tuple{"CONTAINS", "", Op::contains},
          std::tuple{"MATCHES", "", Op::matches}}) {
      const std::string_view behind = second;
      if (token.text == (behind.empty() ? first : std::string(first) + "_" + second)) return op;
      if (!behind.empty() && token.text == first && tokens_.word(behind)) return op;
    }
    if (token.kind != Token::Kind::word)
      tokens_.fail("expected an operator" +
                   (token.text.empty() ? ", and it ends" : ", found '" + token.text + "'"));
    throw QualityError("E7003", "the operator " + token.text + " is not known", rule_.place,
                       "known are == != < <= > >= is_between, in, starts_with, ends_with, "
                       "contains, matches and is_missing, with not before words");
  }

  const std::string& substituted(const std::string& reference) const {
    const auto found = rule_.substitutions.find(reference);
    if (found == rule_.substitutions.end()) tokens_.fail(reference + " is not in SubstitutionMap");
    return found->second;
  }

  static bool is_ticked(const std::string& text) {
    return text.size() > 2 && text.front() == '`' && text.back() == '`';
  }

  std::string column() {
    const Token reference = tokens_.next();
    const std::string& text = substituted(reference.text);
    if (!is_ticked(text))
      tokens_.fail(reference.text + " must be a column: write its name in back ticks");
    return text.substr(1, text.size() - 2);
  }

  Operand operand() {
    const Token token = tokens_.next();
    if (token.kind == Token::Kind::number) return {token.text, false};
    if (token.kind != Token::Kind::reference)
      tokens_.fail("expected a value such as :val1" +
                   (token.text.empty() ? ", and it ends" : ", found '" + token.text + "'"));
    const std::string& text = substituted(token.text);
    return is_ticked(text) ? Operand{text.substr(1, text.size() - 2), true} : Operand{text, false};
  }

  const Rule& rule_;
  Tokens tokens_;
  int depth_ = 0;
};

}  // namespace

Expression parse(const Rule& rule) {
  return Parser(rule).whole();
}

bool is_aggregate(const Expression& expression) {
  return expression.parts.empty() ? !expression.test.statistic.empty()
                                  : is_aggregate(expression.parts.front());
}

bool has_own_columns(const Expression& expression) {
  if (expression.parts.empty()) return !expression.test.column.empty();
  return std::all_of(expression.parts.begin(), expression.parts.end(), has_own_columns);
}

}  // namespace mr::quality::databrew
