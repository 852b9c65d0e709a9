#include "quality/dqdl/numbers.hpp"

#include <cstdlib>

namespace mr::quality::dqdl {
namespace {

constexpr int kMostTerms = 1000;  // of one chain

Number literal(Cursor& cursor, bool negative) {
  if (cursor.peek().kind != Token::Kind::whole && cursor.peek().kind != Token::Kind::decimal)
    cursor.fail("expected a number");
  const std::string text = (negative ? "-" : "") + cursor.take().text;
  return {Number::Kind::literal, std::strtod(text.c_str(), nullptr), text, {}};
}

Number call(Cursor& cursor) {
  Number number{Number::Kind::call, 0, cursor.take().text, {}};
  cursor.expect("(");
  if (cursor.symbol(")")) return number;
  do number.parts.push_back(read_number(cursor));
  while (cursor.symbol(","));
  cursor.expect(")");
  return number;
}

Number term(Cursor& cursor) {
  if (cursor.symbol("-")) return literal(cursor, true);
  if (cursor.symbol("(")) {
    Number number = read_number(cursor);
    cursor.expect(")");
    return number;
  }
  if (cursor.keyword("null")) return {Number::Kind::null, 0, "NULL", {}};
  if (cursor.peek().kind == Token::Kind::word && !Cursor::is_reserved(cursor.peek().text))
    return call(cursor);
  return literal(cursor, false);
}

}  // namespace

Number read_number(Cursor& cursor) {
  const Cursor::Deeper deeper(cursor);
  Number number = term(cursor);
  for (int terms = 1;; ++terms) {
    if (terms > kMostTerms) cursor.fail("the arithmetic is too long");
    std::string op;
    for (const char* one : {"+", "-", "*", "/"}) {
      if (cursor.at_symbol(one)) op = one;
    }
    if (op.empty()) return number;
    cursor.take();
    Number whole{Number::Kind::binary, 0, op, {}};
    whole.parts.push_back(std::move(number));
    whole.parts.push_back(term(cursor));
    number = std::move(whole);
  }
}

}  // namespace mr::quality::dqdl
