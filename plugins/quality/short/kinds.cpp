#include "quality/short/kinds.hpp"

#include "quality/dqdl/clock.hpp"
#include "quality/engine/parts.hpp"

#include <algorithm>

namespace mr::quality::short_form {
namespace {

using gx::Compiled;
using nlohmann::json;

std::string word_of(const Node& node) {
  return node.is_text() ? node.value.get<std::string>() : std::string();
}

// A text, or the items of a list, with commas between.
std::string words_of(const Node& node) {
  if (!node.is_list()) return word_of(node);
  std::string words;
  for (const Node& item : node.items) words += (words.empty() ? "" : ", ") + word_of(item);
  return words;
}

std::string member_words(const Node& node, std::string_view key) {
  const Node* member = node.find(key);
  return member == nullptr ? std::string() : words_of(*member);
}

std::string title_of_column(const Node& value) {
  return member_words(value, "column");
}

std::string title_of_reference(const Node& value) {
  const std::string to = member_words(value, "to");
  return member_words(value, "column") + (to.empty() ? "" : " to " + to);
}

std::string no_title(const Node&) {
  return {};
}

Compiled not_null(const Given& given) {
  return parts::not_null(given.e, text_of(given.value, "not_null"));
}

Compiled unique(const Given& given) {
  return parts::unique(given.e, texts_of(given.value, "unique"));
}

Compiled accepted_values(const Given& given) {
  require_map(given.value, "accepted_values", {"column", "values"});
  const std::string column =
      text_of(needed(given.value, "column", "accepted_values"), "'column' of accepted_values");
  const Node& values = needed(given.value, "values", "accepted_values");
  if (!values.is_list() || values.items.empty())
    wrong(values, "'values' of accepted_values must be a list of at least one");
  for (const Node& one : values.items) {
    if (!one.is_scalar() || one.is_null())
      wrong(one, "a value of accepted_values must be a text, a number or a boolean",
            "NULL is accepted as it is: not_null is a check of its own");
  }
  return parts::accepted(given.e, column, values.to_json());
}

// min <= value <= max; above and below leave their own value out.
Compiled range(const Given& given) {
  require_map(given.value, "range", {"column", "min", "max", "above", "below"});
  const std::string column = text_of(needed(given.value, "column", "range"), "'column' of range");
  std::vector<parts::Bound> bounds;
  const auto add = [&](const char* key, const char* op) {
    const Node* bound = given.value.find(key);
    if (bound == nullptr) return;
    if (!bound->is_scalar() || bound->is_null() || bound->value.is_boolean())
      wrong(*bound, std::string("'") + key + "' of range must be a number, a date or a text");
    bounds.push_back({key, op, bound->value});
  };
  add("min", ">=");
  add("above", ">");
  add("max", "<=");
  add("below", "<");
  if (bounds.empty())
    wrong(given.value, "range needs a bound", "known are min, max, above and below");
  for (const auto& [one, other] : {std::pair{"min", "above"}, std::pair{"max", "below"}}) {
    if (given.value.find(one) != nullptr && given.value.find(other) != nullptr)
      wrong(given.value,
            "range has both '" + std::string(one) + "' and '" + other + "': one is enough");
  }
  const json low = bounds.front().value, high = bounds.back().value;
  if (low.is_number() && high.is_number() && low > high)
    wrong(given.value, "range has a lower bound above its upper one: nothing could be within");
  return parts::between(given.e, column, bounds);
}

// A row for which it is NULL does not hold it.
Compiled expression(const Given& given) {
  const std::string sql = text_of(given.value, "expression");
  return gx::map_check(given.e, gx::Shape::multicolumn, given.e.target.columns, "",
                       parts::condition_sql(given.e, sql, "the expression"));
}

Compiled freshness(const Given& given) {
  require_map(given.value, "freshness", {"column", "within"});
  const std::string column =
      text_of(needed(given.value, "column", "freshness"), "'column' of freshness");
  const double seconds =
      seconds_of(needed(given.value, "within", "freshness"), "'within' of freshness");
  return parts::aged(given.e, column, parts::Extreme::newest, seconds, dqdl::now_text(given.world));
}

Compiled volume(const Given& given) {
  require_map(given.value, "volume", {"min", "max"});
  parts::Count count;
  if (const Node* least = given.value.find("min"))
    count.least = whole_of(*least, "'min' of volume");
  if (const Node* most = given.value.find("max")) count.most = whole_of(*most, "'max' of volume");
  if (!count.least && !count.most)
    wrong(given.value, "volume needs a bound", "known are min and max");
  if (count.least && count.most && *count.least > *count.most)
    wrong(given.value, "'min' of volume is above 'max'");
  return parts::row_count(given.e, count);
}

parts::Agreed::Column agreed_column(const NodeMember& member) {
  if (member.value.is_null()) return {member.key, ""};
  return {member.key, text_of(member.value, "the type of column '" + member.key + "'")};
}

// columns: [a, b] or {a: BIGINT, b: VARCHAR}.
Compiled schema(const Given& given) {
  require_map(given.value, "schema", {"columns", "others", "in_order"});
  const Node& columns = needed(given.value, "columns", "schema");
  parts::Agreed agreed;
  if (columns.is_map()) {
    for (const NodeMember& member : columns.members)
      agreed.columns.push_back(agreed_column(member));
  } else {
    for (std::string& name : texts_of(columns, "'columns' of schema"))
      agreed.columns.push_back({std::move(name), ""});
  }
  if (agreed.columns.empty()) wrong(columns, "'columns' of schema is empty");
  if (const Node* others = given.value.find("others")) {
    const std::string word = text_of(*others, "'others' of schema");
    if (word != "allow" && word != "refuse")
      wrong(*others, "'others' of schema must be allow or refuse");
    agreed.others = word == "allow";
  }
  if (const Node* order = given.value.find("in_order"))
    agreed.in_order = flag_of(*order, "'in_order' of schema");
  return parts::schema(given.e, agreed);
}

Compiled references(const Given& given) {
  require_map(given.value, "references", {"column", "to", "key"});
  const auto columns =
      texts_of(needed(given.value, "column", "references"), "'column' of references");
  const std::string to = text_of(needed(given.value, "to", "references"), "'to' of references");
  const Node* key = given.value.find("key");
  const auto keys = key == nullptr ? columns : texts_of(*key, "'key' of references");
  return parts::references(given.e, columns, to, keys, given.world);
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds{
      {.word = "not_null", .compile = not_null, .title = words_of, .of_rows = true, .each = true},
      {.word = "unique", .compile = unique, .title = words_of, .of_rows = true},
      {.word = "accepted_values",
       .compile = accepted_values,
       .title = title_of_column,
       .of_rows = true},
      {.word = "range", .compile = range, .title = title_of_column, .of_rows = true},
      {.word = "expression", .compile = expression, .title = words_of, .of_rows = true},
      {.word = "freshness", .compile = freshness, .title = title_of_column},
      {.word = "volume", .compile = volume, .title = no_title},
      {.word = "schema", .compile = schema, .title = no_title, .filtered = false},
      {.word = "references", .compile = references, .title = title_of_reference, .of_rows = true}};
  return kKinds;
}

const Kind* kind_named(std::string_view word) {
  const auto found = std::find_if(kinds().begin(), kinds().end(),
                                  [&](const Kind& kind) { return kind.word == word; });
  return found == kinds().end() ? nullptr : &*found;
}

}  // namespace mr::quality::short_form
