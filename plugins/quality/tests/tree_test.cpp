// Texts as trees: what scalars are, where values stand, what is refused.
#include "quality/engine/tree.hpp"

#include "quality/engine/dialects.hpp"

#include "dialect_testing.hpp"
#include <gtest/gtest.h>

namespace mr::quality {
namespace {

using nlohmann::json;
using testing::refusal;

TEST(Tree, PlainScalarsOfYamlAreThoseOfItsSecondVersion) {
  const auto node = read_yaml(
      "[1, -2, +3, 1.5, .5, 1e3, true, False, yes, no, null, ~, , 010, 0, 0x1F, 1_000, 2026-01-31, "
      "'1', \"true\", 1.2.3, -, inf]",
      "a");
  EXPECT_EQ(node.to_json().dump(),
            R"([1,-2,3,1.5,0.5,1000.0,true,false,"yes","no",null,null,null,"010",0,"0x1F","1_000",)"
            R"("2026-01-31","1","true","1.2.3","-","inf"])");
}

TEST(Tree, ValuesKnowTheirPlaces) {
  const auto yaml = read_yaml("a:\n  - b: 1\n    c: {d: 2}\n", "f.yaml");
  EXPECT_EQ(yaml.find("a")->items[0].find("b")->place, "f.yaml:2:8");
  EXPECT_EQ(yaml.find("a")->items[0].find("c")->place, "f.yaml:3:5");
  const auto made = read_json(R"({"a": [{"b": 1}]})", "f.json");
  EXPECT_EQ(made.find("a")->items[0].find("b")->place, "f.json: a[1].b");
  EXPECT_EQ(made.place, "f.json");
  EXPECT_EQ(node_of(json{{"a", {{"b", 1}}}}, "check 1").find("a")->find("b")->place,
            "check 1, a.b");
}

TEST(Tree, WhatCanNotBeReadIsRefused) {
  EXPECT_EQ(refusal([] { read_json("{\n \"a\": ]", "f"); }),
            "E7002 f:2:7 not JSON: a mistake at byte 9");
  EXPECT_EQ(refusal([] { read_json("[1e999]", "f"); }),
            "E7002 f not JSON: a number is out of range");
  EXPECT_EQ(refusal([] { testing::House().validate("{\"expectations\": [1e999]}", "f.json"); }),
            "E7002 f.json not JSON: a number is out of range");
  EXPECT_EQ(refusal([] { read_json(std::string(200, '[') + std::string(200, ']'), "f"); }),
            "E7002 f lists and objects stand in each other more than 100 deep");
  EXPECT_EQ(
      refusal([] { read_yaml(std::string(200, '[') + std::string(200, ']'), "f"); }).substr(0, 5),
      "E7002");
  EXPECT_EQ(refusal([] { read_yaml(", a: b", "f"); }).substr(0, 5), "E7002");
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += std::string(i ? ", *" : "*") + static_cast<char>(c - 1);
    bomb += "]\n";
  }
  EXPECT_EQ(refusal([&] { read_yaml(bomb, "f"); }).find("E7002 f:"), 0U);
}

TEST(Tree, AWordThatIsNearIsProposed) {
  EXPECT_EQ(known_words("not_nul", {"not_null", "unique"}),
            "did you mean 'not_null'? known are not_null, unique");
  EXPECT_EQ(known_words("elephant", {"not_null", "unique"}), "known are not_null, unique");
}

TEST(Dialects, AreKnownByTheirContent) {
  EXPECT_EQ(dialect_of(R"({"expectations": []})", "x"), Dialect::expectations);
  EXPECT_EQ(dialect_of("{broken", "x"), Dialect::expectations);
  EXPECT_EQ(dialect_of("Rules = [ RowCount > 1 ]", "x.json"), Dialect::dqdl);
  EXPECT_EQ(dialect_of("# c\nRules = [ IsComplete \"a:b\" ]", "x"), Dialect::dqdl);
  EXPECT_EQ(dialect_of("Metadata = { Version: \"1\" }\nRules = [RowCount > 1]", "x.dqdl"),
            Dialect::dqdl);
  EXPECT_EQ(dialect_of("# c\n\n- not_null: id\n", "x"), Dialect::short_checks);
  EXPECT_EQ(dialect_of(R"([{"not_null": "id"}])", "x"), Dialect::short_checks);
  EXPECT_EQ(dialect_of("apiVersion: v3.0.0\nkind: DataContract\n", "x"), Dialect::contract);
  EXPECT_EQ(dialect_of(R"({"Rules": []})", "x"), Dialect::databrew);
  EXPECT_EQ(dialect_of("Rules: []\n", "x"), Dialect::databrew);
}

}  // namespace
}  // namespace mr::quality
