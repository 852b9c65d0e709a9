#include "app/plugin_dag_schema.hpp"

#include <iostream>

#include "app/local.hpp"
#include "app/plugin_dag_keys.hpp"
#include "app/plugin_words.hpp"
#include "app/server.hpp"
#include "base/invariant.hpp"
#include "base/text.hpp"
#include "parse/short_checks.hpp"

namespace millrace {
namespace {

Json defined(const std::string& name) { return Json::object({{"$ref", "#/$defs/" + name}}); }

Json loosened(const Json& schema);

// What the reader's schema check honours; the rest is for forms, or for nobody.
Json constraints(const Json& schema) {
  Json kept = Json::object();
  for (const char* key : {"type", "required", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "pattern"}) {
    if (const Json* value = schema.find(key)) kept.set(key, *value);
  }
  // Other formats are read more strictly elsewhere than here.
  if (schema["format"].as_text() == "duration" && !kept.contains("pattern")) kept.set("pattern", "^([0-9]+\\.?[0-9]*|\\.[0-9]+)(ms|s|m|h|d)$");
  if (schema["format"].as_text() == "date") kept.set("format", "date");
  if (const Json* rest = schema.find("additionalProperties")) kept.set("additionalProperties", rest->is_bool() ? *rest : loosened(*rest));
  if (const Json* items = schema.find("items")) kept.set("items", loosened(*items));
  if (const Json* variants = schema.find("oneOf")) {
    for (const auto& variant : variants->items()) kept["anyOf"].push(constraints(variant));
  }
  if (const Json* properties = schema.find("properties")) {
    Json& into = kept["properties"] = Json::object();
    for (const auto& [key, property] : properties->members()) into.set(key, loosened(property));
  }
  return kept;
}

bool takes_text(const Json& type) {
  if (type.as_text() == "string") return true;
  for (const auto& one : type.items()) {
    if (one.as_text() == "string") return true;
  }
  return false;
}

// A value in a Dag file may also be an expression, whose value shows in the run only; a text may hold some.
Json loosened(const Json& schema) {
  if (!schema.is_object()) return schema;
  Json result = Json::object();
  for (const char* key : {"title", "description", "default", "examples", "deprecated"}) {
    if (const Json* value = schema.find(key)) result.set(key, *value);
  }
  const std::string& type = schema["type"].as_text();
  if (schema.contains("x-mr-dataset") && (type == "string" || type == "array")) {  // known before the run: no expression
    if (type == "array") result.set("items", defined("dataset"));
    result.set(type == "array" ? "type" : "$ref", type == "array" ? "array" : "#/$defs/dataset");
    return result;
  }
  const Json kept = constraints(schema);
  const bool any_text = kept.size() == 1 && takes_text(kept["type"]);
  if (kept.size() == 0 || any_text) {
    if (any_text) result.set("type", kept["type"]);
    return result;
  }
  const bool text = takes_text(kept["type"]) && !schema.contains("oneOf");
  result.set("anyOf", Json::array({kept, defined(text ? "templated" : "expression")}));
  return result;
}

// What the reader does beside its schema for operators that look by others.
void add_nested(Json& config, const std::string& type, const OperatorList& operators) {
  if (type == "core.callback") config["properties"].set("notify", defined("use"));
  if (type != "core.sensor") return;
  for (const char* kind : {"dataset", "run", "file", "http", "sql", "poll"}) config["oneOf"].push(Json::object({{"required", Json::array({kind})}}));
  config["dependentRequired"].set("poll", Json::array({"until"}));
  config["properties"].set("poll", defined("use"));
  if (operators.find("http.request") != nullptr) config["properties"].set("http", defined("with.http.request"));
}

Json rule_for(const OperatorInfo& info) {
  Json then = Json::object({{"properties", Json::object({{"with", defined("with." + info.type)}})}});
  if (info.config_schema["required"].size() > 0) then.set("required", Json::array({"with"}));
  if (info.plugin == "core") then["properties"].set("pool", false);
  if (info.type == "core.switch") then["properties"].set("foreach", false);
  return Json::object({{"if", Json::object({{"properties", Json::object({{"uses", Json::object({{"const", info.type}})}})}, {"required", Json::array({"uses"})}})}, {"then", std::move(then)}});
}

// The short ones beside suite and rules.
void add_checks(Json& check) {
  for (const auto& [word, kind] : short_checks().members()) {
    check["properties"].set(word, loosened(kind));
    check["oneOf"].push(Json::object({{"required", Json::array({word})}}));
  }
  for (const auto& [word, key] : short_check_keys().members()) check["properties"].set(word, loosened(key));
}

}  // namespace

Json dag_schema(const OperatorList& operators) {
  auto parsed = Json::parse(kDagKeysSchema);
  MR_INVARIANT(parsed.ok(), "the schema of Dag keys is JSON");
  Json& schema = *parsed;
  Json& defs = schema["$defs"];
  add_checks(defs["check"]);
  Json uses = Json::array(), rules = Json::array();
  for (const auto& info : operators.all()) {
    Json config = constraints(info.config_schema);
    add_nested(config, info.type, operators);
    defs.set("with." + info.type, std::move(config));
    uses.push(Json::object({{"const", info.type}, {"description", info.summary}}));
    rules.push(rule_for(info));
  }
  defs["uses"] = Json::object({{"description", "The operator."}, {"oneOf", std::move(uses)}});
  defs["operator"].set("allOf", std::move(rules));
  if (operators.find("sql.rows") != nullptr) defs["rows"] = defined("with.sql.rows");
  return std::move(schema);
}

int print_dag_schema(const std::vector<std::string>& plugin_dirs, Output output) {
  const auto operators = installed_operators(plugin_dirs);
  if (operators.all().empty()) return report({.code = "E9003", .what = "no plugin was found in " + join(find_installation(plugin_dirs).plugin_dirs, ", "), .where = {}, .hint = "name their folder by --plugin-dir, or build them"}, output);
  std::cout << dag_schema(operators).dump(2) << '\n';
  return 0;
}

}  // namespace millrace
