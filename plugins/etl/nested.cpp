// Transforms of lists, structs and JSON.
#include <set>

#include "etl/struct_type.hpp"
#include "etl/transform.hpp"

namespace mr::etl {
namespace {

using mr::data::ident;
using mr::data::literal;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Made explode(const Given& given) {
  const auto& column = column_of(given.input.columns, given.text("column"));
  const std::string name = "l." + ident(column.name);
  const bool is_list = column.type.ends_with("]"), is_map = !is_list && column.type.starts_with("MAP(");
  if (!is_list && !is_map) wrong("column '" + column.name + "' is " + column.type + ", neither a list nor a map", "column", "parse_json and split make lists");
  std::string list = is_map ? "map_entries(" + name + ")" : name;
  if (given.flag("keep_empty")) list = "CASE WHEN coalesce(len(" + list + "), 0) = 0 THEN [NULL] ELSE " + list + " END";
  Pairs made{{given.text("as", column.name), "unnest(" + list + ")"}};
  if (given.with.contains("position")) made.emplace_back(given.text("position"), "unnest(range(1, len(" + list + ") + 1))");
  return {.list = with_columns(given.input.columns, made, given.with.contains("as") ? std::vector<std::string>{column.name} : std::vector<std::string>{}), .tail = {}};
}

void flatten_into(Pairs& made, const std::string& name, const std::string& value, const std::string& type, const std::string& separator, int64_t depth) {
  const auto parts = fields_of(type);
  if (parts.empty() || depth == 0) return made.emplace_back(name, value), void();
  for (const auto& part : parts) flatten_into(made, name + separator + part.name, value + "." + ident(part.name), part.type, separator, depth - 1);
}

Made flatten(const Given& given) {
  const auto chosen = columns_of(given, "columns");
  Pairs made;
  for (const auto& column : given.input.columns) {
    const bool wanted = chosen.empty() || std::find(chosen.begin(), chosen.end(), column.name) != chosen.end();
    flatten_into(made, column.name, "l." + ident(column.name), column.type, given.text("separator", "_"), wanted ? given.with.value("depth", int64_t{100}) : 0);
  }
  return {.list = with_columns({}, made), .tail = {}};
}

using Structure = nlohmann::ordered_json;  // fields are in the order of the type

// STRUCT(a BIGINT, b VARCHAR[]) as {"a": "BIGINT", "b": ["VARCHAR"]}
Structure structure_of(const std::string& type) {
  if (type.ends_with("[]")) return Structure::array({structure_of(type.substr(0, type.size() - 2))});
  const auto parts = fields_of(type);
  if (parts.empty()) return type;
  Structure structure = Structure::object();
  for (const auto& part : parts) structure[part.name] = structure_of(part.type);
  return structure;
}

// A JSON pointer to a key, whatever signs it has.
std::string pointer_to(const std::string& key) {
  std::string pointer = "/";
  for (const char c : key) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return literal(pointer);
}

// Keys may differ in their case alone, or be empty; fields of a struct may not.
std::string field_for(const std::string& key, std::set<std::string>& taken) {
  std::string name = key.empty() ? "_" : key;
  for (int n = 1; !taken.insert(lower(name)).second; ++n) name = key + "_" + std::to_string(n);
  return name;
}

// Of a JSON value, an expression for the value of this structure: what it lacks is NULL, and what is of another kind is an error (a cast that
// fails, as error() can't be tried). Of what is NULL in all rows nothing is known, so it stays JSON.
std::string value_of(const std::string& value, const Structure& structure, int depth = 0) {
  if (structure == "JSON" || structure == "NULL") return "CASE WHEN json_type(" + value + ") <> 'NULL' THEN " + value + " END";
  if (structure == "VARCHAR") return "json_extract_string(" + value + ", '$')";
  if (structure.is_string()) return "CAST(json_extract_string(" + value + ", '$') AS " + structure.get<std::string>() + ")";
  std::string inner;
  if (structure.is_array()) {
    const std::string item = "x" + std::to_string(depth);
    inner = "list_transform(json_extract(" + value + ", '$[*]'), lambda " + item + ": " + value_of(item, structure.at(0), depth + 1) + ")";
  }
  std::set<std::string> taken;
  const Structure parts = structure.is_object() ? structure : Structure::object();
  for (const auto& [name, part] : parts.items()) {
    inner += (inner.empty() ? "struct_pack(" : ", ") + ident(field_for(name, taken)) + " := " + value_of("json_extract(" + value + ", " + pointer_to(name) + ")", part, depth + 1);
  }
  if (structure.is_object()) inner += ")";
  const char* kind = structure.is_array() ? "ARRAY" : "OBJECT";
  return "CASE WHEN coalesce(json_type(" + value + "), 'NULL') = 'NULL' THEN NULL WHEN json_type(" + value + ") = '" + kind + "' THEN " + inner + " ELSE CASE WHEN CAST('no " + kind + "' || left(json_type(" + value + "), 0) AS BOOLEAN) THEN NULL END END";
}

Made parse_json(const Given& given) {
  const auto& column = column_of(given.input.columns, given.text("column"));
  const std::string text = "CAST(l." + ident(column.name) + " AS VARCHAR)";
  const Structure structure = given.with.contains("type") ? structure_of(given.type(given.text("type"), "type"))
                              : Structure::parse(given.look("CAST(json_group_structure(CASE WHEN json_valid(" + text + ") THEN CAST(" + text + " AS JSON) END) AS VARCHAR)").rows[0][0].value_or("\"JSON\""));
  return {.list = with_columns(given.input.columns, {{given.text("as", column.name), given.value(value_of("CAST(" + text + " AS JSON)", structure))}}), .tail = {}};
}

}  // namespace

std::vector<Transform> nested_transforms() {
  return {
      {"explode", "Makes a row of each item of a list, or of each entry of a map.",
       R"({"column": {"type": "string", "description": "The list."}, "as": {"type": "string", "description": "A column for the item, in place of the list."},
           "position": {"type": "string", "description": "A column for the item's place in the list, from 1."}, "keep_empty": {"type": "boolean", "default": false, "description": "Whether a row without items stays, with NULL."}})",
       R"(["column"])", R"({"column": "tags", "as": "tag", "position": "nth"})", explode},
      {"flatten", "Makes columns of the fields of structs.",
       R"({"columns": {"type": "array", "items": {"type": "string"}, "description": "All structs when left out."}, "separator": {"type": "string", "default": "_", "description": "Between the names of column and field."},
           "depth": {"type": "integer", "default": 100, "minimum": 1, "maximum": 100, "description": "How many structs within structs."}})",
       "[]", R"({"columns": ["address"]})", flatten, true},
      {"parse_json", "Makes values of a JSON text.",
       R"({"column": {"type": "string", "description": "The text."}, "as": {"type": "string", "description": "A new column; in its place when left out."},
           "type": {"type": "string", "description": "What it is: STRUCT(a BIGINT, b VARCHAR[]) …; taken from the rows when left out."}})",
       R"(["column"])", R"j({"column": "note", "type": "STRUCT(a BIGINT, b VARCHAR[])"})j", parse_json, true}};
}

}  // namespace mr::etl
