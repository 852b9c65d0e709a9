#include "quality/odcs/contract.hpp"

#include "quality/engine/parts.hpp"
#include "quality/odcs/scope.hpp"

#include <algorithm>

namespace mr::quality::odcs {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using nlohmann::json;

const Words kContractKeys{"apiVersion",
                          "authoritativeDefinitions",
                          "contractCreatedTs",
                          "customProperties",
                          "dataProduct",
                          "description",
                          "domain",
                          "id",
                          "kind",
                          "name",
                          "price",
                          "roles",
                          "schema",
                          "servers",
                          "slaDefaultElement",
                          "slaProperties",
                          "status",
                          "support",
                          "tags",
                          "team",
                          "tenant",
                          "version"};
const Words kObjectKeys{"authoritativeDefinitions",
                        "businessName",
                        "customProperties",
                        "dataGranularityDescription",
                        "deprecated",
                        "description",
                        "id",
                        "logicalType",
                        "name",
                        "physicalName",
                        "physicalType",
                        "properties",
                        "quality",
                        "relationships",
                        "synonyms",
                        "tags"};

void require_version(const Node& document) {
  const Node* version = document.find("apiVersion");
  const std::string text =
      version != nullptr && version->is_text() ? version->value.get<std::string>() : std::string();
  if (text.starts_with("v3.") || text.starts_with("3.")) return;
  throw QualityError("E7002",
                     text.empty() ? "the contract has no 'apiVersion'"
                                  : "contracts of version " + text + " are not known",
                     version == nullptr ? document.place : version->place,
                     "version 3 is: apiVersion: v3.0.2 or v3.1.0");
}

bool is_called(const Node& object, const std::string& name) {
  for (const char* key : {"name", "physicalName", "id"}) {
    if (text_or(object, key, "") == name) return true;
  }
  return false;
}

const Node& object_in(const Node& document, const std::string& name) {
  const Node* schema = document.find("schema");
  if (schema == nullptr || !schema->is_list() || schema->items.empty())
    throw QualityError("E7002", "the contract has no list 'schema' with an object in it",
                       document.place);
  std::string known;
  for (const Node& object : schema->items) {
    if (!object.is_map() || text_or(object, "name", "").empty())
      throw QualityError("E7002", "an object of 'schema' needs a 'name'", object.place);
    if (!name.empty() && is_called(object, name)) return object;
    known += (known.empty() ? "" : ", ") + text_or(object, "name", "");
  }
  if (name.empty() && schema->items.size() == 1) return schema->items[0];
  throw QualityError("E7005",
                     name.empty() ? "the contract has several objects"
                                  : "the contract has no object '" + name + "'",
                     schema->place, "say by 'object' which one the rows are: " + known);
}

// Unknown keys are checks that fail: what they ask for isn't known to hold.
void refuse_others(Scope& scope, const Node& node, const std::string& what, const Words& known) {
  for (const NodeMember& member : node.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    scope.add(what + ": " + member.key, member.value.place, json::object(),
              [&](gx::Expectation&) -> gx::Compiled {
                wrong(member.value, what + " has no key '" + member.key + "'",
                      known_words(member.key, known));
              });
  }
}

const Node* list_of(const Node& node, const char* key) {
  const Node* list = node.find(key);
  if (list == nullptr || list->is_null()) return nullptr;
  if (!list->is_list())
    throw QualityError("E7002", std::string("'") + key + "' must be a list", list->place);
  return list;
}

}  // namespace

std::string text_or(const Node& node, const char* key, const std::string& other) {
  const Node* found = node.find(key);
  return found != nullptr && found->is_text() ? found->value.get<std::string>() : other;
}

void Scope::add(const std::string& name, const std::string& place, json kwargs,
                const Compile& compile) {
  gx::Expectation e{target, measures, name, place, json::object()};
  gx::Entry entry{.config = {{"type", name}, {"kwargs", std::move(kwargs)}}};
  entry.compiled = gx::guarded(name, [&] { return compile(e); });
  entries.push_back(std::move(entry));
}

void Scope::note(const std::string& name, const std::string& why) {
  add(name, "", json::object(), [&](gx::Expectation&) {
    const Verdict verdict{true, {{"note", why + ": nothing was checked"}}, {{"note", why}}};
    return gx::Compiled{.check = {name, {}, [verdict](const Measures&) { return verdict; }}};
  });
}

Property property_of(const Scope& scope, const Node& node) {
  const std::string name = text_or(node, "name", "");
  Property property{.node = &node, .name = name};
  for (const std::string& called : {text_or(node, "physicalName", name), name}) {
    if (property.column == nullptr) property.column = scope.target.find(called, true);
    if (property.column == nullptr) property.column = scope.target.find(called, false);
  }
  if (property.column == nullptr) return property;
  property.sql = ident(property.column->name);
  property.type = property.column->type;
  return property;
}

std::string column_name(const Scope& scope, const std::string& property) {
  const Node* properties = scope.object.find("properties");
  if (properties == nullptr) return property;
  for (const Node& one : properties->items) {
    if (!is_called(one, property)) continue;
    const Property found = property_of(scope, one);
    return found.column == nullptr ? property : found.column->name;
  }
  return property;
}

void require_column(const Property& property) {
  if (property.column == nullptr || property.sql.empty()) throw gx::MissingColumn{property.name};
}

gx::Compiled values(const gx::Expectation& e, const Property& property, const std::string& good) {
  return gx::map_check(e, property.is_nested() ? gx::Shape::multicolumn : gx::Shape::column,
                       {*property.column}, property.sql + " IS NOT NULL", good);
}

bool is_contract(const Node& document) {
  return document.is_map() &&
         (text_or(document, "kind", "") == "DataContract" ||
          (document.find("apiVersion") != nullptr && document.find("schema") != nullptr));
}

gx::Suite load(const Node& document, const std::string& name, const std::string& object,
               const Target& target, Measures& measures, const dqdl::World& world) {
  require_version(document);
  const Node& chosen = object_in(document, object);
  Scope scope(target, measures, world, document, chosen);
  refuse_others(scope, document, "the contract", kContractKeys);
  refuse_others(scope, chosen, "an object", kObjectKeys);
  if (const Node* properties = list_of(chosen, "properties")) {
    for (const Node& node : properties->items) {
      if (!node.is_map() || text_or(node, "name", "").empty())
        throw QualityError("E7002", "a property needs a 'name'", node.place);
      add_property(scope, property_of(scope, node));
    }
    add_primary_key(scope);
  }
  if (const Node* relationships = list_of(chosen, "relationships")) {
    for (const Node& one : relationships->items) add_relationships(scope, one, nullptr);
  }
  if (const Node* quality = list_of(chosen, "quality")) {
    for (const Node& one : quality->items) add_quality(scope, one, nullptr);
  }
  add_service_levels(scope);
  if (scope.entries.empty())
    throw QualityError("E7002", "the contract asks for nothing of this object", chosen.place,
                       "give it properties, or rules under quality");
  return {.name = text_or(document, "name", text_or(document, "id", name)),
          .parameters = json::object(),
          .meta = {{"contract", text_or(document, "id", name)},
                   {"version", text_or(document, "version", "")},
                   {"object", text_or(chosen, "name", "")}},
          .entries = std::move(scope.entries)};
}

}  // namespace mr::quality::odcs
