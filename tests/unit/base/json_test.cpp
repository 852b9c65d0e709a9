#include "base/json.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Json, KeepsOrderIntegersAndText) {
  const auto json = Json::parse(R"({"b": 1, "a": [1.5, null, true, "é\n"], "big": 9007199254740993})");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->dump(), R"({"b":1,"a":[1.5,null,true,"é\n"],"big":9007199254740993})");
}

TEST(Json, RefusesDuplicateKeysAndDepth) {
  EXPECT_FALSE(Json::parse(R"({"a":1,"a":2})").ok());
  EXPECT_FALSE(Json::parse(std::string(100'000, '[')).ok());
  EXPECT_FALSE(Json::parse("\"\xff\"").ok());
  EXPECT_FALSE(Json::parse("").ok());
}

TEST(Json, ReadsWithFallbacks) {
  const Json json = Json::object({{"n", 3}, {"t", "x"}});
  EXPECT_EQ(json["n"].as_int(), 3);
  EXPECT_EQ(json["missing"]["deeper"].as_int(7), 7);
  EXPECT_EQ(json["t"].as_int(7), 7);
  EXPECT_EQ(Json(1), Json(1.0));
}

}  // namespace
}  // namespace millrace
