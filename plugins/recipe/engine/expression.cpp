#include "recipe/engine/expression.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace mr::recipe {
namespace {

using Kind = Expression::Kind;
constexpr size_t kDeepest = 60;  // brackets, nots and cases inside each other

struct Token {
  enum class Kind : unsigned char { end = 1, name, word, text, number, sign };
  Kind kind = Kind::end;
  std::string text{};
  size_t at = 0;
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(c < 128 ? std::tolower(c) : c); });
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 128; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> read() {
    std::vector<Token> tokens;
    do tokens.push_back(next());
    while (tokens.back().kind != Token::Kind::end);
    return tokens;
  }

 private:
  // Positions are counted in characters, as people see them.
  size_t place(size_t byte) const {
    const auto bytes = text_.substr(0, byte);
    return 1 + static_cast<size_t>(std::count_if(bytes.begin(), bytes.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Token next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    Token token{Token::Kind::end, {}, place(at_)};
    if (at_ == text_.size()) return token;
    const char c = peek();
    if (c == '`') return quoted(token, Token::Kind::name);
    if (c == '\'') return quoted(token, Token::Kind::text);
    if (is_digit(c) || ((c == '-' || c == '+' || c == '.') && (is_digit(peek(1)) || (peek(1) == '.' && is_digit(peek(2)))))) return number(token);
    if (is_word(c)) return run(token);
    for (const std::string_view sign : {"!=", "<=", ">=", "<>", "=="}) {
      if (text_.substr(at_).starts_with(sign)) return take(token, sign);
    }
    if (std::string_view("=<>!(),.[]").find(c) == std::string_view::npos) throw ExpressionError{token.at, "a column, a text in single quotes, a number or an operator"};
    return take(token, text_.substr(at_, 1));
  }

  Token take(Token token, std::string_view sign) {
    token.kind = Token::Kind::sign;
    token.text = sign == "<>" ? "!=" : sign == "==" ? "=" : std::string(sign);
    at_ += sign.size();
    return token;
  }

  // Between two quotes of a kind; the quote itself is written twice.
  Token quoted(Token token, Token::Kind kind) {
    const char quote = text_[at_++];
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote && peek(1) != quote) break;
      if (text_[at_] == quote) ++at_;
      token.text += text_[at_];
    }
    if (at_ >= text_.size()) throw ExpressionError{token.at, kind == Token::Kind::name ? "a back tick that ends the name" : "a single quote that ends the text"};
    ++at_;
    token.kind = kind;
    return token;
  }

  Token number(Token token) {
    const size_t first = at_++;
    while (is_digit(peek()) || peek() == '.') ++at_;
    if ((peek() == 'e' || peek() == 'E') && (is_digit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && is_digit(peek(2))))) {
      at_ += 2;
      while (is_digit(peek())) ++at_;
    }
    token.text = std::string(text_.substr(first, at_ - first));
    if (is_word(peek()) || std::count(token.text.begin(), token.text.end(), '.') > 1) throw ExpressionError{token.at, "a number"};
    if (token.text.starts_with('+')) token.text.erase(0, 1);
    token.kind = Token::Kind::number;
    return token;
  }

  Token run(Token token) {
    const size_t first = at_;
    while (is_word(peek())) ++at_;
    token.text = std::string(text_.substr(first, at_ - first));
    token.kind = Token::Kind::word;
    return token;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// Words that are no column's name unless it stands in back ticks.
bool is_reserved(std::string_view word) {
  static constexpr std::string_view kWords[] = {"and", "or", "not", "case", "when", "then", "else", "end", "is", "null", "distinct"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(Lexer(text).read()) {}

  Expression whole() {
    Expression tree = any();
    if (token().kind != Token::Kind::end) expected("the end, AND, OR or a comparison");
    return tree;
  }

  Expression aggregate() {
    Expression call{Kind::call, lower(token().text), {}, {}, token().at};
    if (token().kind != Token::Kind::word) expected("the name of an aggregate");
    ++next_;
    require("(");
    if (word("distinct")) call.word += " distinct";
    call.parts.push_back(column());
    require(")");
    if (token().kind != Token::Kind::end) expected("the end");
    return call;
  }

  // A column, a parameter or a quoted text that stands alone.
  std::optional<Expression> alone() {
    const Token::Kind kind = token().kind;
    if (kind != Token::Kind::name && kind != Token::Kind::text) return std::nullopt;
    Expression operand_ = operand();
    return token().kind == Token::Kind::end ? std::optional(std::move(operand_)) : std::nullopt;
  }

 private:
  const Token& token() const { return tokens_[next_]; }
  [[noreturn]] void expected(const std::string& what) const { throw ExpressionError{token().at, what}; }

  bool sign(std::string_view text) {
    if (token().kind != Token::Kind::sign || token().text != text) return false;
    ++next_;
    return true;
  }
  bool word(std::string_view text) {
    if (token().kind != Token::Kind::word || lower(token().text) != text) return false;
    ++next_;
    return true;
  }
  void require(std::string_view text) {
    if (!sign(text)) expected("'" + std::string(text) + "'");
  }
  void require_word(std::string_view text, const std::string& shown) {
    if (!word(text)) expected(shown);
  }

  Expression any() { return chain(Kind::any, "or", &Parser::all); }
  Expression all() { return chain(Kind::all, "and", &Parser::negation); }

  Expression chain(Kind kind, std::string_view between, Expression (Parser::*part)()) {
    Expression first = (this->*part)();
    if (token().kind != Token::Kind::word || lower(token().text) != between) return first;
    Expression tree{kind, std::string(between), {}, {}, first.at};
    tree.parts.push_back(std::move(first));
    while (word(between)) tree.parts.push_back((this->*part)());
    return tree;
  }

  struct Depth {
    explicit Depth(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kDeepest) parser_.expected("less than " + std::to_string(kDeepest) + " levels inside each other");
    }
    ~Depth() { --parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    Parser& parser_;
  };

  Expression negation() {
    const Depth depth(*this);
    const size_t at = token().at;
    if (!sign("!") && !word("not")) return comparison();
    Expression tree{Kind::no, "!", {}, {}, at};
    tree.parts.push_back(negation());
    return tree;
  }

  Expression comparison() {
    Expression left = operand();
    const size_t at = left.at;
    if (word("is")) {
      const bool negated = word("not");
      require_word("null", "NULL");
      Expression tree{negated ? Kind::is_not_null : Kind::is_null, "is", {}, {}, at};
      tree.parts.push_back(std::move(left));
      return tree;
    }
    static constexpr std::string_view kSigns[] = {"=", "!=", "<", "<=", ">", ">="};
    if (token().kind != Token::Kind::sign || std::find(std::begin(kSigns), std::end(kSigns), token().text) == std::end(kSigns)) return left;
    Expression tree{Kind::compare, token().text, {}, {}, at};
    ++next_;
    tree.parts.push_back(std::move(left));
    tree.parts.push_back(operand());
    return tree;
  }

  Expression operand() {
    const Token& first = token();
    if (first.kind == Token::Kind::text || first.kind == Token::Kind::number) {
      ++next_;
      return {first.kind == Token::Kind::text ? Kind::text : Kind::number, first.text, {}, {}, first.at};
    }
    if (first.kind == Token::Kind::name) return column();
    if (first.kind == Token::Kind::word) return named();
    if (!sign("(")) expected("a column, a text in single quotes, a number, a call or '('");
    Expression inner = any();
    require(")");
    return inner;
  }

  Expression named() {
    const Token& first = token();
    const std::string name = lower(first.text);
    if (word("case")) return choice(first.at);
    if (word("true") || word("false")) return {Kind::boolean, name, {}, {}, first.at};
    if (word("null")) return {Kind::null, name, {}, {}, first.at};
    if (tokens_[next_ + 1].kind == Token::Kind::sign && tokens_[next_ + 1].text == "(") return call();
    return column();
  }

  Expression call() {
    const Depth depth(*this);
    Expression tree{Kind::call, lower(token().text), {}, {}, token().at};
    next_ += 2;
    do tree.parts.push_back(operand());
    while (sign(","));
    if (!sign(")")) expected("',' or ')'");
    return tree;
  }

  Expression column() {
    const Token& first = token();
    if (first.kind != Token::Kind::name && (first.kind != Token::Kind::word || is_reserved(lower(first.text)))) expected("a column");
    if (first.text.empty()) expected("the name of a column between back ticks");
    ++next_;
    if (first.kind == Token::Kind::name && first.text.starts_with(':')) return {Kind::parameter, first.text.substr(1), {}, {}, first.at};
    Expression tree{Kind::column, first.text, {}, {}, first.at};
    while (true) {
      if (sign(".")) {
        if (token().kind != Token::Kind::name && token().kind != Token::Kind::word) expected("the name of a field");
        tree.path.push_back(token().text);
        ++next_;
      } else if (sign("[")) {
        const std::string& index = token().text;
        if (token().kind != Token::Kind::number || index.size() > 9 || !std::all_of(index.begin(), index.end(), is_digit)) expected("an index from 0");
        tree.path.push_back("[" + index + "]");
        ++next_;
        require("]");
      } else {
        return tree;
      }
    }
  }

  Expression choice(size_t at) {
    const Depth depth(*this);
    Expression tree{Kind::choice, "case", {}, {}, at};
    require_word("when", "WHEN");
    do {
      tree.parts.push_back(any());
      require_word("then", "THEN, AND or OR");
      tree.parts.push_back(operand());
    } while (word("when"));
    if (word("else")) tree.parts.push_back(operand());
    require_word("end", tree.parts.size() % 2 == 0 ? "WHEN, ELSE or END" : "END");
    return tree;
  }

  std::vector<Token> tokens_;
  size_t next_ = 0, depth_ = 0;
};

}  // namespace

Expression read_expression(std::string_view text) { return Parser(text).whole(); }

Expression read_aggregate(std::string_view text) { return Parser(text).aggregate(); }

Expression read_branch(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (text[first] == '`' || text[first] == '\'')) {
    try {
      if (auto alone = Parser(text).alone()) return std::move(*alone);
    } catch (const ExpressionError&) {  // then it is a text that happens to begin like one
    }
  }
  return {Kind::text, std::string(text), {}, {}, 1};
}

}  // namespace mr::recipe
