// What the profile of config schemas takes, and what it says of everything else.
#include <gtest/gtest.h>

#include "plugin/profile.hpp"

namespace millrace {
namespace {

std::string said_of(const std::string& schema) {
  std::string all;
  for (const auto& problem : check_profile(*Json::parse(schema), "config")) all += to_string(problem) + "\n";
  return all;
}

TEST(Profile, TakesAllThatItLists) {
  EXPECT_EQ(said_of(R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "title": "T", "additionalProperties": false, "required": ["a"], "properties": {
    "a": {"type": ["string", "null"], "description": "D", "default": "x", "minLength": 0, "maxLength": 9, "pattern": "^[a-z]+$", "examples": ["x"], "deprecated": true, "x-mr-secret": true},
    "b": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1.5}}, "c": {"enum": [1, "x"]}, "d": {"const": 1}, "e": {"format": "date-time"},
    "f": {"type": "object", "additionalProperties": {"type": "integer"}},
    "g": {"oneOf": [{"type": "object", "properties": {"type": {"const": "csv"}}}, {"type": "object", "properties": {"type": {"const": "json"}}}]},
    "h": {"x-mr-multiline": true, "x-mr-language": "sql", "x-mr-template": false, "x-mr-dataset": "reads"}}})"), "");
}

TEST(Profile, RefusesWithPlaceAndReason) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"properties": {"a": {"$ref": "#/x"}}})", "E4014 config.a: the keyword '$ref' is outside the profile (forms and validators don't know it: say it in the description, or check it in the operator)\n"},
      {R"({"propertys": {}})", "E4014 config: the keyword 'propertys' is outside the profile (did you mean 'properties'?)\n"},
      {R"({"properties": {"a": []}})", "E4014 config.a: a schema must be an object, not array\n"},
      {R"({"properties": []})", "E4014 config: 'properties' must be an object of schemas\n"},
      {R"({"type": "text"})", "E4014 config: 'text' is no type (one of string, number, integer, boolean, array, object, null)\n"},
      {R"({"type": []})", "E4014 config: 'type' must be a type, or a list of types\n"},
      {R"({"items": {"minimum": "1"}})", "E4014 config.items: 'minimum' must be a number\n"},
      {R"({"minLength": -1})", "E4014 config: 'minLength' must be a whole number from 0\n"},
      {R"({"pattern": "("})", "E4014 config: 'pattern' must be a regular expression (ECMAScript)\n"},
      {R"({"format": "email"})", "E4014 config: 'format' must be one of uri, date, date-time, duration\n"},
      {R"({"enum": []})", "E4014 config: 'enum' must be a list that is not empty\n"},
      {R"({"required": "a"})", "E4014 config: 'required' must be a list of texts\n"},
      {R"({"oneOf": [{"type": "string"}]})", "E4014 config.oneOf[0]: a variant of 'oneOf' has no tag (give one of its properties a const of its own, such as type: {const: \"csv\"})\n"},
      {R"({"oneOf": {}})", "E4014 config: 'oneOf' must be a list of schemas\n"},
      {R"({"additionalProperties": 1})", "E4014 config.additionalProperties: a schema must be an object, not integer\n"}};
  for (const auto& [schema, said] : cases) EXPECT_EQ(said_of(schema), said);
}

}  // namespace
}  // namespace millrace
