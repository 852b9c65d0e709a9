#include "quality/dqdl/conditions.hpp"

#include "quality/dqdl/moments.hpp"
#include "quality/dqdl/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace mr::quality::dqdl {
namespace {

using Kind = Operand::Kind;

constexpr std::array<std::pair<std::string_view, Op>, 6> kOrders{
    {{"=", Op::eq}, {"!=", Op::ne}, {">=", Op::ge}, {">", Op::gt}, {"<=", Op::le}, {"<", Op::lt}}};

struct Unit {
  std::string_view name;
  Kind kind;
  int64_t amount;  // minutes; bytes
};

// Kilobytes are of 1024 bytes.
constexpr std::array<Unit, 8> kUnits{{{"days", Kind::duration, 24 * 60},
                                      {"hours", Kind::duration, 60},
                                      {"minutes", Kind::duration, 1},
                                      {"B", Kind::size, 1},
                                      {"KB", Kind::size, 1 << 10},
                                      {"MB", Kind::size, 1 << 20},
                                      {"GB", Kind::size, 1 << 30},
                                      {"TB", Kind::size, int64_t{1} << 40}}};

const Unit* unit_of(const Token& token) {
  if (token.kind != Token::Kind::word) return nullptr;
  const auto found = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& unit) { return unit.name == token.text; });
  return found == kUnits.end() ? nullptr : found;
}

const Constant& read_constant(Cursor& cursor, const Constants& constants) {
  cursor.expect("$");
  const auto found = constants.find(cursor.peek().text);
  if (cursor.peek().kind != Token::Kind::word || found == constants.end())
    cursor.fail("no constant has this name");
  cursor.take();
  return found->second;
}

// 4 days, 2 KB; nothing when no unit follows the whole number.
std::optional<Operand> measured(Cursor& cursor) {
  if (cursor.peek().kind != Token::Kind::whole) return std::nullopt;
  const Unit* unit = unit_of(cursor.peek(1));
  if (unit == nullptr) return std::nullopt;
  const std::string& text = cursor.peek().text;
  int64_t amount = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), amount).ec != std::errc() ||
      amount > std::numeric_limits<int64_t>::max() / unit->amount)
    cursor.fail("the number is too large");
  cursor.take();
  cursor.take();
  return Operand{unit->kind, {}, {}, amount * unit->amount};
}

// now(), (now() - 3 hours); nothing when it is another thing.
std::optional<Operand> now(Cursor& cursor) {
  if (cursor.word("now()")) return Operand{Kind::now, {}, {}, 0};
  const Token& inside = cursor.peek(1);
  if (!cursor.at_symbol("(") || inside.kind != Token::Kind::word || inside.text != "now()")
    return std::nullopt;
  cursor.take();
  cursor.take();
  const bool back = cursor.at_symbol("-");
  if (!back && !cursor.at_symbol("+")) cursor.fail("expected '+' or '-'");
  cursor.take();
  const auto distance = measured(cursor);
  if (!distance || distance->kind != Kind::duration)
    cursor.fail("expected a number of days, hours or minutes");
  cursor.expect(")");
  return Operand{Kind::now, {}, {}, back ? -distance->amount : distance->amount};
}

// A literal of the shape of a date or a time is one: it is never a text.
std::optional<Operand> moment(Cursor& cursor) {
  if (cursor.peek().kind != Token::Kind::quoted) return std::nullopt;
  const std::string& text = cursor.peek().text;
  const Shape shape = shape_of(text);
  if (shape == Shape::text) return std::nullopt;
  Operand operand{shape == Shape::date ? Kind::date : Kind::time,
                  {},
                  shape == Shape::date ? text : std::string(),
                  0};
  if (shape == Shape::date && !is_date(text)) cursor.fail("there is no such day");
  if (shape == Shape::time) {
    const auto minutes = minutes_of(text);
    if (!minutes) cursor.fail("there is no such time of day");
    operand.amount = *minutes;
  }
  cursor.take();
  return operand;
}

Operand read_operand(Cursor& cursor, const Constants& constants) {
  if (auto operand = now(cursor)) return *operand;
  if (auto operand = moment(cursor)) return *operand;
  if (auto operand = measured(cursor)) return *operand;
  const Token& token = cursor.peek();
  const bool text = token.kind == Token::Kind::quoted || cursor.at_symbol("$") ||
                    cursor.at_word("empty") || cursor.at_word("EMPTY") ||
                    cursor.at_word("whitespaces_only") || cursor.at_word("WHITESPACES_ONLY");
  if (text) return read_text_operand(cursor, constants);
  Operand operand{Kind::number, read_number(cursor), {}, 0};
  if (operand.number.kind == Number::Kind::null) operand.kind = Kind::null;
  return operand;
}

std::vector<Operand> read_list(Cursor& cursor, const Constants& constants) {
  if (cursor.at_symbol("$")) {
    const size_t begin = cursor.begin();
    const Constant& constant = read_constant(cursor, constants);
    if (!constant.list)
      cursor.fail("the constant " + cursor.since(begin) + " is a text, and a list is needed");
    return constant.values;
  }
  std::vector<Operand> operands;
  cursor.expect("[");
  do operands.push_back(read_operand(cursor, constants));
  while (cursor.symbol(","));
  cursor.expect("]");
  return operands;
}

bool is_keyword(Kind kind) {
  return kind == Kind::null || kind == Kind::empty || kind == Kind::blank;
}

// The kind of the condition that such operands make, with NULL among them where it may be; nothing:
// they don't go together.
std::optional<Condition::Kind> kind_of(const std::vector<Operand>& operands) {
  const auto all = [&](auto... kinds) {
    return std::all_of(operands.begin(), operands.end(),
                       [&](const Operand& operand) { return ((operand.kind == kinds) || ...); });
  };
  if (all(Kind::number, Kind::null)) return Condition::Kind::number;
  if (all(Kind::text, Kind::null, Kind::empty, Kind::blank)) return Condition::Kind::text;
  if (all(Kind::date, Kind::time, Kind::now, Kind::null)) return Condition::Kind::date;
  if (all(Kind::duration)) return Condition::Kind::duration;
  if (all(Kind::size)) return Condition::Kind::size;
  return std::nullopt;
}

Condition with_kind(const Cursor& cursor, size_t begin, Condition condition) {
  const auto kind = kind_of(condition.operands);
  if (!kind)
    cursor.fail_at(begin,
                   "the condition mixes numbers, texts, dates or units; a quoted date or time is "
                   "never a text");
  condition.kind = *kind;
  const bool order = condition.op == Op::gt || condition.op == Op::ge || condition.op == Op::lt ||
                     condition.op == Op::le || condition.op == Op::between ||
                     condition.op == Op::not_between;
  if (order && condition.kind == Condition::Kind::text)
    cursor.fail_at(begin, "texts have no order: use =, !=, in or matches");
  return condition;
}

}  // namespace

bool starts_condition(const Cursor& cursor) {
  if (cursor.peek().kind == Token::Kind::symbol)
    return std::any_of(kOrders.begin(), kOrders.end(),
                       [&](const auto& order) { return order.first == cursor.peek().text; });
  return cursor.at_word("between") || cursor.at_word("in") || cursor.at_word("not") ||
         cursor.at_word("matches");
}

Condition read_condition(Cursor& cursor, const Constants& constants) {
  const size_t begin = cursor.begin();
  const bool negated = cursor.word("not");
  if (cursor.word("between")) {
    Condition condition{Condition::Kind::number,
                        negated ? Op::not_between : Op::between,
                        {read_operand(cursor, constants)}};
    if (!cursor.keyword("and")) cursor.fail("expected 'and'");
    condition.operands.push_back(read_operand(cursor, constants));
    return with_kind(cursor, begin, std::move(condition));
  }
  if (cursor.word("in"))
    return with_kind(
        cursor, begin,
        {Condition::Kind::number, negated ? Op::not_in : Op::in, read_list(cursor, constants)});
  if (cursor.word("matches")) {
    return {Condition::Kind::text,
            negated ? Op::not_matches : Op::matches,
            {{Kind::text, {}, cursor.quoted("a pattern"), 0}}};
  }
  if (negated) cursor.fail("expected between, in or matches after 'not'");
  for (const auto& [text, op] : kOrders) {
    if (cursor.symbol(text))
      return with_kind(cursor, begin,
                       {Condition::Kind::number, op, {read_operand(cursor, constants)}});
  }
  cursor.fail("expected a condition");
}

Operand read_text_operand(Cursor& cursor, const Constants& constants) {
  if (cursor.keyword("null")) return {Kind::null, {}, {}, 0};
  if (cursor.keyword("empty")) return {Kind::empty, {}, {}, 0};
  if (cursor.keyword("whitespaces_only")) return {Kind::blank, {}, {}, 0};
  if (cursor.at_symbol("$")) {
    const size_t begin = cursor.begin();
    const Constant& constant = read_constant(cursor, constants);
    if (constant.list)
      cursor.fail("the constant " + cursor.since(begin) + " is a list, and a text is needed");
    return constant.values.front();
  }
  return {Kind::text, {}, without_escapes(cursor.quoted("a text")), 0};
}

std::string read_text_constant(Cursor& cursor, const Constants& constants) {
  const Operand operand = read_text_operand(cursor, constants);
  if (is_keyword(operand.kind))
    cursor.fail("the constant is a word of the language, and a text is needed");
  return operand.text;
}

}  // namespace mr::quality::dqdl
