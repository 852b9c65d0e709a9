#include "parse/short_checks.hpp"

#include "base/invariant.hpp"

namespace millrace {
namespace {

constexpr const char* kKinds = R"json({
  "not_null": {"type": ["string", "array"], "items": {"type": "string", "minLength": 1}, "minLength": 1,
               "description": "Columns that must have a value, each a check of its own."},
  "unique": {"type": ["string", "array"], "items": {"type": "string", "minLength": 1}, "minLength": 1,
             "description": "A column, or columns that are one key: no value twice."},
  "accepted_values": {
    "type": "object", "additionalProperties": false, "required": ["column", "values"], "description": "The values that a column may have, besides none.",
    "properties": {"column": {"type": "string", "minLength": 1}, "values": {"type": "array", "items": {"type": ["string", "number", "boolean"]}}}},
  "range": {
    "type": "object", "additionalProperties": false, "required": ["column"], "description": "min and max belong to it, above and below do not.",
    "properties": {"column": {"type": "string", "minLength": 1}, "min": {"type": ["number", "string"]}, "max": {"type": ["number", "string"]},
                   "above": {"type": ["number", "string"]}, "below": {"type": ["number", "string"]}}},
  "expression": {"type": "string", "minLength": 1, "description": "SQL that is true for good rows."},
  "freshness": {
    "type": "object", "additionalProperties": false, "required": ["column", "within"], "description": "The newest value is not older.",
    "properties": {"column": {"type": "string", "minLength": 1}, "within": {"type": "string", "format": "duration", "description": "90s, 15m, 26h, 2d"}}},
  "volume": {
    "type": "object", "additionalProperties": false, "description": "The number of rows.",
    "properties": {"min": {"type": "integer", "minimum": 0}, "max": {"type": "integer", "minimum": 0}}},
  "schema": {
    "type": "object", "additionalProperties": false, "required": ["columns"], "description": "The columns that are agreed.",
    "properties": {"columns": {"type": ["array", "object"], "items": {"type": "string", "minLength": 1}, "additionalProperties": {"type": ["string", "null"]},
                               "description": "Their names, or their types by name."},
                   "others": {"enum": ["refuse", "allow"]}, "in_order": {"type": "boolean"}}},
  "references": {
    "type": "object", "additionalProperties": false, "required": ["column", "to"], "description": "Keys that another dataset must have.",
    "properties": {"column": {"type": ["string", "array"], "items": {"type": "string", "minLength": 1}, "minLength": 1},
                   "to": {"type": "string", "x-mr-dataset": "reads", "description": "The other dataset, zone.name."},
                   "key": {"type": ["string", "array"], "items": {"type": "string", "minLength": 1}, "minLength": 1, "description": "Its columns; the same names when left out."}}}
})json";

constexpr const char* kKeys = R"json({
  "name": {"type": "string", "minLength": 1, "description": "What results call it."},
  "where": {"type": "string", "minLength": 1, "description": "SQL of the rows that it is about."},
  "mostly": {"type": "number", "minimum": 0, "maximum": 1, "description": "The share of rows that must do."}
})json";

Json parsed(const char* text) {
  auto schema = Json::parse(text);
  MR_INVARIANT(schema.ok(), "the schema of short checks is JSON");
  return std::move(*schema);
}

}  // namespace

const Json& short_checks() {
  static const Json kSchema = parsed(kKinds);
  return kSchema;
}

const Json& short_check_keys() {
  static const Json kSchema = parsed(kKeys);
  return kSchema;
}

}  // namespace millrace
