// Operators for tests of the reader, built by hand.
#pragma once
#include "base/invariant.hpp"
#include "model/operator.hpp"
#include "parse/core_operators.hpp"

namespace millrace {

inline OperatorInfo test_operator(const char* type, const char* schema) {
  auto parsed = Json::parse(schema);
  MR_INVARIANT(parsed.ok(), "a schema of a test is JSON");
  OperatorInfo info;
  info.type = type;
  info.config_schema = std::move(*parsed);
  return info;
}

inline OperatorList test_operators() {
  return with_core_operators(OperatorList({
      test_operator("ingest.files", R"({"type": "object", "additionalProperties": false, "required": ["from", "into"], "properties": {
        "from": {"type": "string", "minLength": 1}, "into": {"type": "string", "x-mr-dataset": "writes"},
        "format": {"enum": ["csv", "json"]}, "every": {"type": "string", "format": "duration"}}})"),
      test_operator("sql.query", R"({"type": "object", "additionalProperties": false, "required": ["sql"], "properties": {
        "sql": {"type": "string", "x-mr-language": "sql"}, "into": {"type": "string", "x-mr-dataset": "writes"},
        "limit": {"type": "integer", "minimum": 1}}})"),
      test_operator("sql.rows", R"({"type": "object", "additionalProperties": false, "properties": {
        "dataset": {"type": "string", "x-mr-dataset": "reads"}, "file": {"type": "string"}, "batch": {"type": "integer", "minimum": 1}}})"),
      test_operator("shell.run", R"({"type": "object", "required": ["run"], "properties": {"run": {"type": "string"}}})"),
  }));
}

}  // namespace millrace
