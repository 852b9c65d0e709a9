// Transforms of two or more relations.
#include "etl/transform.hpp"

namespace mr::etl {
namespace {

using mr::data::ident;

struct Key {
  std::string left{}, right{};
};

// "id", or {left: id, right: order_id}
std::vector<Key> keys_of(const Given& given, const Relation& right) {
  std::vector<Key> keys;
  for (const auto& one : given.with.at("on")) {
    const std::string l = one.is_string() ? one.get<std::string>() : one.value("left", std::string()), r = one.is_string() ? l : one.value("right", std::string());
    keys.push_back({column_of(given.input.columns, l).name, column_of(right.columns, r).name});
  }
  return keys;
}

std::string on_of(const std::vector<Key>& keys, bool nulls_match) {
  std::string text;
  for (const auto& key : keys) text += (text.empty() ? "" : " AND ") + ("l." + ident(key.left) + (nulls_match ? " IS NOT DISTINCT FROM " : " = ") + "r." + ident(key.right));
  return text;
}

bool is_right_key(const std::vector<Key>& keys, const std::string& name) {
  return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.right == name; });
}

Made join(const Given& given) {
  const Relation right = given.other(given.text("right"));
  const auto keys = keys_of(given, right);
  const std::string how = given.text("how", "inner"), on = on_of(keys, given.flag("nulls_match"));
  if (how == "semi" || how == "anti") return {.list = row_of(given.input.columns), .tail = " WHERE " + std::string(how == "anti" ? "NOT " : "") + "EXISTS (SELECT 1 FROM " + right.name + " AS r WHERE " + on + ")"};
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& column : given.input.columns) {
    std::string value = "l." + ident(column.name);
    for (const auto& key : keys) {
      if (key.left == column.name && (how == "right" || how == "full")) value = "coalesce(" + value + ", r." + ident(key.right) + ")";
    }
    made.emplace_back(column.name, value);
  }
  for (const auto& column : right.columns) {
    if (is_right_key(keys, column.name)) continue;
    made.emplace_back(has_column(given.input.columns, column.name) ? column.name + given.text("suffix", "_right") : column.name, "r." + ident(column.name));
  }
  return {.list = with_columns({}, made), .tail = " " + how + " JOIN " + right.name + " AS r ON " + on};
}

// Never makes more rows: of several that match, the first by an order counts, or it is an error.
Made lookup(const Given& given) {
  const Relation right = given.other(given.text("right"));
  const auto keys = keys_of(given, right);
  std::vector<std::string> right_keys;
  std::string found;  // a key with NULL finds nothing, and so need not be there once
  for (const auto& key : keys) right_keys.push_back(key.right), found += (found.empty() ? " WHERE s." : " AND s.") + ident(key.right) + " IS NOT NULL";
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& [name, from] : given.with.at("take").items()) made.emplace_back(name, "r." + ident(column_of(right.columns, from.get<std::string>()).name));
  const std::string group = "PARTITION BY " + list_of(right_keys);
  const std::string one = given.with.contains("order_by") ? "row_number() OVER (" + group + " ORDER BY " + order_of(given.with.at("order_by"), right.columns) + ", " + hash_of(right.columns, "s.") + ") = 1"
                                                          : "CASE WHEN count(*) OVER (" + group + ") > 1 THEN error('lookup: a key is there more than once; say order_by') ELSE true END";
  return {.list = with_columns(given.input.columns, made), .tail = " LEFT JOIN (SELECT * FROM " + right.name + " AS s" + found + " QUALIFY " + one + ") AS r ON " + on_of(keys, false)};
}

Made together(const Given& given) {
  std::string tail;
  for (const auto& name : given.names("with")) tail += " UNION ALL BY NAME SELECT * FROM " + given.other(name).name;
  if (!given.flag("distinct")) return {.list = "*", .tail = tail};
  size_t at = 0;
  while ((at = tail.find("UNION ALL", at)) != std::string::npos) tail.replace(at, 9, "UNION");
  return {.list = "DISTINCT *", .tail = tail};
}

// By name, whatever the order; NULL is the same as NULL.
Made both(const Given& given, const std::string& word) {
  const Relation right = given.other(given.text("with"));
  std::vector<std::string> names;
  for (const auto& column : given.input.columns) names.push_back(column_of(right.columns, column.name).name);
  return {.list = given.flag("all") ? "*" : "DISTINCT *", .tail = " " + word + (given.flag("all") ? " ALL" : "") + " SELECT " + list_of(names) + " FROM " + right.name};
}

Made intersect(const Given& given) { return both(given, "INTERSECT"); }
Made except(const Given& given) { return both(given, "EXCEPT"); }

constexpr const char* kOn = R"("on": {"type": "array", "description": "Columns that are equal: a name, or {left, right}.", "items": {"type": ["string", "object"], "additionalProperties": false, "properties": {
          "left": {"type": "string", "description": "Of the input."}, "right": {"type": "string", "description": "Of the other."}}}})";

const std::string kJoin = std::string(R"({"right": {"type": "string", "description": "The other one.", "x-mr-dataset": "reads"}, )") + kOn + R"(,
           "how": {"type": "string", "enum": ["inner", "left", "right", "full", "semi", "anti"], "default": "inner", "description": "Which rows without a match stay; semi and anti only choose rows."},
           "suffix": {"type": "string", "default": "_right", "description": "For columns of the other one whose names are taken."}, "nulls_match": {"type": "boolean", "default": false, "description": "Whether NULL equals NULL."}})";
const std::string kLookup = std::string(R"({"right": {"type": "string", "description": "Where to look.", "x-mr-dataset": "reads"}, )") + kOn + R"(,
           "take": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Columns of it by their new names."},
           "order_by": {"type": "array", "items": {"type": "string"}, "description": "Of several rows with the key, the first one by this counts; without it, several are an error."}})";
constexpr const char* kSet = R"({"with": {"type": "string", "description": "The other one; its columns are found by name.", "x-mr-dataset": "reads"}, "all": {"type": "boolean", "default": false, "description": "Whether rows count as often as they are there."}})";

}  // namespace

std::vector<Transform> join_transforms() {
  return {{"join", "Puts rows of two relations together.", kJoin, R"(["right", "on"])", R"({"right": "clean.customers", "on": ["customer"], "how": "left"})", join},
          {"lookup", "Adds columns of another relation, found by a key; there are as many rows as before.", kLookup, R"(["right", "on", "take"])", R"({"right": "clean.customers", "on": ["customer"], "take": {"customer_name": "name"}})", lookup, true},
          {"union", "Puts the rows of several relations one after the other; columns are found by name.",
           R"({"with": {"type": "array", "items": {"type": "string"}, "description": "The others.", "x-mr-dataset": "reads"}, "distinct": {"type": "boolean", "default": false, "description": "Whether equal rows become one."}})",
           R"(["with"])", R"({"with": ["clean.orders"]})", together},
          {"intersect", "Keeps the rows that another relation has, too.", kSet, R"(["with"])", R"({"with": "clean.orders"})", intersect},
          {"except", "Keeps the rows that another relation does not have.", kSet, R"(["with"])", R"({"with": "clean.orders"})", except}};
}

}  // namespace mr::etl
