// What a contract says of a column: that it is there, its type, whether it may be empty, whether
// its values repeat.
#include "quality/engine/parts.hpp"
#include "quality/odcs/scope.hpp"

#include <algorithm>

namespace mr::quality::odcs {
namespace {

using gx::Compiled;
using gx::Expectation;
using mr::data::ident;
using nlohmann::json;

const Words kKeys{"authoritativeDefinitions",
                  "businessName",
                  "classification",
                  "criticalDataElement",
                  "customProperties",
                  "deprecated",
                  "description",
                  "encryptedName",
                  "enum",
                  "examples",
                  "id",
                  "items",
                  "logicalType",
                  "logicalTypeOptions",
                  "map",
                  "name",
                  "partitionKeyPosition",
                  "partitioned",
                  "physicalName",
                  "physicalType",
                  "primaryKey",
                  "primaryKeyPosition",
                  "properties",
                  "quality",
                  "relationships",
                  "required",
                  "semanticType",
                  "synonyms",
                  "tags",
                  "transformDescription",
                  "transformLogic",
                  "transformSourceObjects",
                  "unique"};

bool is_integer(const std::string& type) {
  return is_number(type) && type != "FLOAT" && type != "DOUBLE" &&
         (!type.starts_with("DECIMAL") || type.ends_with(",0)"));
}

bool is_list(const std::string& type) {
  return type.ends_with("]");
}

// `dates` in the first version of the standard are all moments: it has no other word for them.
bool fits(const std::string& type, const std::string& logical, bool first_version) {
  if (logical == "string")
    return is_text(type) || type == "UUID" || type == "JSON" || type.starts_with("ENUM");
  if (logical == "integer") return is_integer(type);
  if (logical == "number") return is_number(type);
  if (logical == "boolean") return type == "BOOLEAN";
  if (logical == "date")
    return type == "DATE" || (first_version && (is_moment(type) || type.starts_with("TIME")));
  if (logical == "timestamp") return is_moment(type) && type != "DATE";
  if (logical == "time") return type.starts_with("TIME") && !is_moment(type);
  if (logical == "array") return is_list(type);
  if (logical == "map") return type.starts_with("MAP") && !is_list(type);
  return (type.starts_with("STRUCT") || type.starts_with("MAP") || type == "JSON") &&
         !is_list(type);
}

const Words kLogical{"string",  "date",   "timestamp", "time",    "number",
                     "integer", "object", "array",     "boolean", "map"};

bool is_first_version(const Scope& scope) {
  const std::string version = text_or(scope.document, "apiVersion", "");
  return version.find("3.0") != std::string::npos;
}

Compiled typed(const Expectation& e, const Property& property, bool good,
               const std::string& wanted) {
  Verdict verdict{good, {{"observed", property.type}}, {{"observed_value", property.type}}};
  if (!good) verdict.facts["message"] = "it is " + property.type + ", not " + wanted;
  return {.check = {gx::label(e), {}, [verdict](const Measures&) { return verdict; }}};
}

// The logical type; of a property that has none, the physical one.
Compiled column(const Scope& scope, const Expectation& e, const Property& property) {
  require_column(property);
  if (const Node* logical = property.node->find("logicalType")) {
    const std::string wanted = text_of(*logical, "'logicalType'");
    if (std::find(kLogical.begin(), kLogical.end(), wanted) == kLogical.end())
      wrong(*logical, "there is no logical type '" + wanted + "'", known_words(wanted, kLogical));
    return typed(e, property, fits(property.type, wanted, is_first_version(scope)), wanted);
  }
  const std::string physical = text_or(*property.node, "physicalType", "");
  const bool good = physical.empty() || gx::is_called(property.type, physical, e.where);
  return typed(e, property, good, physical);
}

Compiled complete(const Expectation& e, const Property& property) {
  require_column(property);
  return gx::map_check(e, property.is_nested() ? gx::Shape::multicolumn : gx::Shape::nullity,
                       {*property.column}, "", property.sql + " IS NOT NULL");
}

Compiled unique(const Expectation& e, const Property& property) {
  require_column(property);
  if (property.is_nested())
    e.wrong("'unique' of a part of a column is not evaluated", "make it a column of its own");
  return parts::unique(e, {property.column->name});
}

void add_flag(Scope& scope, const Property& property, const char* key,
              Compiled (*compile)(const Expectation&, const Property&)) {
  const Node* flag = property.node->find(key);
  if (flag == nullptr || flag->is_null() || (flag->is_scalar() && flag->value == false)) return;
  scope.add(property.name + " " + key, flag->place, {{"property", property.name}},
            [&](Expectation& e) {
              flag_of(*flag, std::string("'") + key + "'");
              return compile(e, property);
            });
}

void add_items(Scope& scope, const Property& property) {
  const Node* items = property.node->find("items");
  if (items == nullptr) return;
  scope.add(property.name + " items", items->place, {{"property", property.name}},
            [&](Expectation& e) {
              require_column(property);
              require_map(*items, "'items'", kKeys);
              for (const char* key : {"logicalTypeOptions", "quality", "properties", "required",
                                      "unique", "enum", "items"}) {
                if (items->find(key) != nullptr)
                  wrong(*items, std::string("'") + key + "' of items is not evaluated");
              }
              const size_t bracket = property.type.rfind('[');
              Property one{.node = items, .name = property.name};
              one.column = property.column;
              one.sql = property.sql;
              one.type = bracket == std::string::npos ? "" : property.type.substr(0, bracket);
              return column(scope, e, one);
            });
}

// A part of a STRUCT, by its path.
Property part_of(const Scope& scope, const Property& whole, const Node& node) {
  const std::string name = text_or(node, "name", "?");
  Property part{.node = &node, .name = whole.name + "." + name, .column = whole.column};
  if (whole.sql.empty()) return part;
  for (const std::string& called : {text_or(node, "physicalName", name), name}) {
    const std::string sql = whole.sql + "." + ident(called);
    try {
      part.type =
          scope.target.session.describe("SELECT " + sql + " AS part FROM " + scope.target.relation)
              .at(0)
              .type;
      part.sql = sql;
      return part;
    } catch (const mr::data::SqlError&) {
      continue;  // it has no such part, by this name
    }
  }
  return part;
}

void refuse_unknown(Scope& scope, const Property& property) {
  for (const NodeMember& member : property.node->members) {
    if (std::find(kKeys.begin(), kKeys.end(), member.key) != kKeys.end()) continue;
    scope.add(property.name + ": " + member.key, member.value.place, json::object(),
              [&](Expectation&) -> Compiled {
                wrong(member.value, "a property has no key '" + member.key + "'",
                      known_words(member.key, kKeys));
              });
  }
}

// An entry is a value, or {value, label …}.
json allowed_values(const Node& list) {
  if (!list.is_list() || list.items.empty()) wrong(list, "'enum' must be a list of at least one");
  json values = json::array();
  for (const Node& one : list.items)
    values.push_back(one.is_map() ? needed(one, "value", "an entry of 'enum'").to_json()
                                  : one.to_json());
  return values;
}

}  // namespace

void add_property(Scope& scope, const Property& property) {
  const std::string& place = property.node->place;
  const json about{{"property", property.name}};
  refuse_unknown(scope, property);
  if (text_or(*property.node, "semanticType", "column") == "measure")
    return scope.note(property.name, "a measure is no column");
  scope.add(property.name + " is there", place, about,
            [&](Expectation& e) { return column(scope, e, property); });
  add_flag(scope, property, "required", complete);
  add_flag(scope, property, "unique", unique);
  if (const Node* list = property.node->find("enum"))
    scope.add(property.name + " enum", list->place, about, [&](Expectation& e) {
      require_column(property);
      return values(e, property,
                    gx::member_test(e, allowed_values(*list), property.sql, property.type));
    });
  add_options(scope, property);
  add_items(scope, property);
  if (const Node* parts = property.node->find("properties")) {
    for (const Node& part : parts->items) add_property(scope, part_of(scope, property, part));
  }
  if (const Node* links = property.node->find("relationships")) {
    for (const Node& link : links->items) add_relationships(scope, link, &property);
  }
  if (const Node* rules = property.node->find("quality")) {
    for (const Node& rule : rules->items) add_quality(scope, rule, &property);
  }
}

// Its columns in their order, none of them empty, and no key twice.
void add_primary_key(Scope& scope) {
  std::vector<std::pair<double, Property>> keys;
  for (const Node& node : scope.object.find("properties")->items) {
    const Node* key = node.find("primaryKey");
    if (key == nullptr || !key->is_scalar() || key->value != true) continue;
    const Node* position = node.find("primaryKeyPosition");
    const bool placed = position != nullptr && position->is_scalar() && position->value.is_number();
    keys.emplace_back(placed ? position->value.get<double>() : 0, property_of(scope, node));
  }
  if (keys.empty()) return;
  std::stable_sort(keys.begin(), keys.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string names;
  for (const auto& [position, key] : keys) {
    names += (names.empty() ? "" : ", ") + key.name;
    scope.add(key.name + " of the primary key", key.node->place, {{"property", key.name}},
              [&key = key](Expectation& e) { return complete(e, key); });
  }
  scope.add("primary key " + names, keys.front().second.node->place, {{"key", names}},
            [&](Expectation& e) {
              std::vector<std::string> columns;
              for (const auto& [position, key] : keys) {
                require_column(key);
                columns.push_back(key.column->name);
              }
              return parts::unique(e, columns);
            });
}

}  // namespace mr::quality::odcs
