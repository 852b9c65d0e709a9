// What is written as YAML for people comes back from our reader as it was.
#include <gtest/gtest.h>

#include "app/plugin_yaml.hpp"
#include "parse/yaml_tree.hpp"

namespace millrace {
namespace {

Json back(const Json& value) {
  const auto tree = read_yaml(to_yaml(value));
  return tree.whole && tree.mistakes.empty() ? tree.root.to_json() : Json("unreadable: " + to_yaml(value));
}

TEST(Yaml, IsWrittenAsAPersonWould) {
  const auto config = Json::parse(R"({"into": "raw.orders", "columns": ["a", "b"], "deep": {"on": true, "rows": [{"x": 1, "y": []}]}, "sql": "select 1\nfrom x\n"})");
  EXPECT_EQ(to_yaml(*config), R"(into: raw.orders
columns:
  - a
  - b
deep:
  on: true
  rows:
    - x: 1
      y: []
sql: |
  select 1
  from x
)");
}

TEST(Yaml, GivesBackEveryOddText) {
  for (const std::string text : {"", " ", "no", "true", "True", "12", "010", "1.5", "1e3", ".5", "null", "~", " x ", "a: b", "a:", "# not", "a #b", "- x", "-", "? x", "two\nlines", "two\nlines\n",
                                 "two\n\nlines\n\n", "\nfirst", "  indented\nfirst", "tab\there", "\ttab\nline", "'q'", "\"q\"", "{{ .x }}", "{x", "[x", "é", "last \nline", "@x", "%x", "!x", "&x", "*x", "|", ">", "\x01", "a\r\nb"}) {
    EXPECT_EQ(back(Json::object({{"key", text}})), Json::object({{"key", text}})) << text;
    EXPECT_EQ(back(Json::array({text, Json::object({{"key", text}})})), Json::array({text, Json::object({{"key", text}})})) << text;
  }
}

TEST(Yaml, GivesBackOddKeysAndNesting) {
  const auto value = Json::parse(R"({"true": 1, "12": 2, "a b": 3, "": 4, "x:y": {"deep": [[1, [2, "x"]], {}, [], [[]], null, false, {"a": {"b": [1.5]}}]}})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(back(*value), *value);
}

}  // namespace
}  // namespace millrace
