// Any bytes as an expression of a recipe: read into a tree whose every node has the parts it needs, or refused with a place inside of the text.
#include <algorithm>
#include <string_view>

#include "base/invariant.hpp"
#include "recipe/engine/expression.hpp"

namespace {

using mr::recipe::Expression;
using Kind = Expression::Kind;

bool has_parts(const Expression& e) {
  switch (e.kind) {
    case Kind::column:
    case Kind::parameter:
    case Kind::text:
    case Kind::number:
    case Kind::boolean:
    case Kind::null: return e.parts.empty();
    case Kind::call:
    case Kind::all:
    case Kind::any: return !e.parts.empty();
    case Kind::compare:
    case Kind::choice: return e.parts.size() >= 2;
    case Kind::is_null:
    case Kind::is_not_null:
    case Kind::no: return e.parts.size() == 1;
  }
  return false;
}

void check(const Expression& e, size_t length) {
  MR_INVARIANT(has_parts(e), "a node has its parts");
  MR_INVARIANT(e.at >= 1 && e.at <= length + 1, "a node begins inside of the text");
  for (const Expression& part : e.parts) check(part, length);
}

void read(std::string_view text, Expression (*reader)(std::string_view)) {
  try {
    check(reader(text), text.size());
  } catch (const mr::recipe::ExpressionError& error) {
    MR_INVARIANT(!error.expected.empty() && error.at >= 1 && error.at <= text.size() + 1, "a refusal says what and where");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(text, mr::recipe::read_expression);
  read(text, mr::recipe::read_aggregate);
  read(text, mr::recipe::read_branch);
  return 0;
}
