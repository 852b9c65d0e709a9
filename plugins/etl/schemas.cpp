#include "etl/schemas.hpp"

namespace mr::etl {
namespace {

constexpr const char* kWrite = R"({
  "mode": {"type": "string", "enum": ["replace", "append", "overwrite_partitions", "merge", "scd2"], "default": "replace", "description": "What happens to the rows that are there. merge: a row takes the place of that with its keys, and what it has no column for stays; scd2: it begins a new version of it."},
  "keys": {"type": "array", "items": {"type": "string"}, "description": "With merge and scd2: columns by which a row is found again."},
  "newest_by": {"type": "array", "items": {"type": "string"}, "description": "With merge and scd2: of several rows with a key, the greatest by these columns counts."},
  "close_missing": {"type": "boolean", "default": false, "description": "With scd2: a key that does not come any more ends."},
  "partition_by": {"type": "array", "items": {"type": "string"}, "description": "Columns whose values name the partitions."},
  "sort_by": {"type": "array", "items": {"type": "string"}, "description": "Columns that rows are sorted by within a file."}})";
constexpr const char* kDraft = "https://json-schema.org/draft/2020-12/schema";
constexpr const char* kErrors = R"({"type": "object", "additionalProperties": false, "description": "Of rows on which an expression or a cast fails.", "properties": {
  "to": {"type": "string", "enum": ["fail", "quarantine"], "default": "fail", "description": "quarantine sets them apart, each with its step and the reason."},
  "limit": {"type": ["integer", "string"], "description": "More of them in a step fail the task: 100, or 1%."}}})";
constexpr const char* kRoute = R"({"type": "object", "additionalProperties": false, "required": ["routes"], "description": "Sends each row on every way whose condition is true.", "properties": {
  "routes": {"type": "array", "items": {"type": "object", "additionalProperties": false, "required": ["where", "as"], "properties": {"where": {"type": "string", "description": "A SQL expression."}, "as": {"type": "string", "description": "The way's name."}}}},
  "default": {"type": "string", "description": "The way of rows for which no condition is true."}}})";
constexpr const char* kRelationalize = R"({"type": "object", "additionalProperties": false, "description": "Makes tables of nested rows: structs become columns, and each list a table <name>_<column> with the id of its row.", "properties": {
  "id": {"type": "string", "default": "_id", "description": "The column that numbers rows."}, "separator": {"type": "string", "default": "_", "description": "Between the names of column and field."}}})";

json dataset_field(const char* kind, const char* help) { return {{"type", "string"}, {"description", help}, {"x-mr-dataset", kind}}; }

}  // namespace

json task_schema(const Transform& transform) {
  json schema = schema_of(transform);
  schema["$schema"] = kDraft;
  auto& properties = schema["properties"];
  properties["input"] = dataset_field("reads", "The dataset to read.");
  properties["into"] = dataset_field("writes", "The dataset to write.");
  properties.update(json::parse(kWrite));
  properties["errors"] = json::parse(kErrors);
  schema["required"].push_back("input");
  schema["required"].push_back("into");
  return schema;
}

namespace {

// Within a flow other relations are named, and the names of datasets stand in `inputs` alone.
json step_schema() {
  json steps = {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
  auto& properties = steps["properties"];
  for (const auto& transform : transforms()) {
    json schema = schema_of(transform);
    for (auto& field : schema["properties"]) field.erase("x-mr-dataset");
    properties[std::string(transform.name)] = std::move(schema);
  }
  properties["route"] = json::parse(kRoute);
  properties["relationalize"] = json::parse(kRelationalize);
  properties["as"] = {{"type", "string"}, {"description", "A name for later steps and for outputs."}};
  properties["of"] = {{"type", "string"}, {"description", "What it reads: an input or a step's name; the step before when left out."}};
  return steps;
}

}  // namespace

json flow_schema() {
  json output = {{"type", "object"}, {"additionalProperties", false}, {"required", {"from", "into"}}, {"properties", json::parse(kWrite)}};
  output["properties"]["from"] = {{"type", "string"}, {"description", "A step's name."}};
  output["properties"]["into"] = dataset_field("writes", "The dataset to write.");
  json properties = json::parse(kWrite);
  properties["inputs"] = {{"type", "object"}, {"description", "Datasets by the names that steps use."}, {"additionalProperties", dataset_field("reads", "zone.name")}};
  properties["steps"] = {{"type", "array"}, {"description", "One transform each."}, {"items", step_schema()}};
  properties["into"] = dataset_field("writes", "The dataset for the last step's rows.");
  properties["outputs"] = {{"type", "array"}, {"description", "Other steps' rows, and their datasets."}, {"items", output}};
  properties["errors"] = json::parse(kErrors);
  properties["count_rows"] = {{"type", "boolean"}, {"default", false}, {"description", "Whether the rows of each step are counted, for which each is kept as a table; when false, those that are known without."}};
  return {{"$schema", kDraft}, {"type", "object"}, {"additionalProperties", false}, {"properties", properties}, {"required", {"inputs", "steps"}}};
}

namespace {

json several_schema(const char* summary, json properties, json required) {
  properties["input"] = dataset_field("reads", "The dataset to read.");
  properties.update(json::parse(kWrite));
  required.push_back("input");
  return {{"$schema", kDraft}, {"type", "object"}, {"additionalProperties", false}, {"description", summary}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

}  // namespace

json route_schema() {
  const json route = {{"type", "object"}, {"additionalProperties", false}, {"required", {"where", "into"}},
                      {"properties", {{"where", {{"type", "string"}, {"minLength", 1}, {"description", "A SQL expression."}}}, {"into", dataset_field("writes", "The dataset for rows for which it is true.")}}}};
  return several_schema("Sends each row on every way whose condition is true.",
                        {{"routes", {{"type", "array"}, {"description", "A row goes to each whose condition is true."}, {"items", route}}}, {"default", dataset_field("writes", "The dataset for rows for which no condition is true; without it they go nowhere.")}}, {"routes"});
}

json relationalize_schema() {
  json properties = json::parse(kRelationalize).at("properties");
  properties["into"] = dataset_field("writes", "The dataset for the rows themselves.");
  properties["tables"] = {{"type", "object"}, {"description", "Datasets for the lists: by the list's name, or list_column for a list within its items. Each list has one."}, {"additionalProperties", dataset_field("writes", "zone.name")}};
  return several_schema("Makes tables of nested rows.", std::move(properties), {"into"});
}

}  // namespace mr::etl
