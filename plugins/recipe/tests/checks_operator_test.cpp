// recipe.checks as attempts see it.
#include "data/testing.hpp"

#include <gtest/gtest.h>

namespace {

using mr::Json;

class ChecksOperator : public ::testing::Test {
 protected:
  void SetUp() override {
    house.put(
        "raw.people",
        "select i as id, 'Zoë ' || i as name, ['a', 'b'][i % 2 + 1] as kind from range(200) t(i)");
  }

  std::string text(const std::string& name) const {
    std::ifstream file(house.folder() / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(ChecksOperator, WritesASuiteOfADataset) {
  const auto ran = house.run(
      "recipe.checks", {{"input", "raw.people"}, {"suite", "suites/people.json"}}, {"raw.people"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  const Json suite = Json::parse(text("suites/people.json"));
  EXPECT_EQ(suite["name"], "raw.people");
  EXPECT_EQ(suite["expectations"].size(), ran.output["checks"].size());
  EXPECT_EQ(ran.count("rows"), 200);
  EXPECT_EQ(ran.output["left_out"], Json::array());
  EXPECT_EQ(ran.output["suite"], (house.folder() / "suites/people.json").string());
  EXPECT_EQ(ran.output.dump().find("Zoë"), std::string::npos);
}

TEST_F(ChecksOperator, WritesRulesOfAFile) {
  house.file("in.csv", "id,zip\n1,00123\n2,04000\n3,01999\n");
  const Json config{{"file", "in.csv"},
                    {"format", "dqdl"},
                    {"suite", "in.dqdl"},
                    {"schema", {{"id", "VARCHAR"}}}};
  const auto ran = house.run("recipe.checks", config);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(text("in.dqdl"), R"(Rules = [
    RowCount >= 1,
    RowCount <= 6,
    ColumnCount = 2,
    ColumnExists "id",
    ColumnExists "zip",

    IsComplete "id",
    ColumnLength "id" >= 1,
    ColumnLength "id" <= 2,

    IsComplete "zip",
    ColumnLength "zip" >= 1,
    ColumnLength "zip" <= 8
]
)");
}

TEST_F(ChecksOperator, WhatIsAskedOfNothingOrOfWhatIsNotThereIsRefused) {
  EXPECT_EQ(house.run("recipe.checks", {{"suite", "s.json"}}).code(), "E6062");
  EXPECT_EQ(house.run("recipe.checks", {{"suite", "s.json"}, {"file", "gone.csv"}}).code(),
            "E5030");
  house.file("in.csv", "id\n1\n");
  EXPECT_EQ(house
                .run("recipe.checks",
                     {{"suite", "s.json"}, {"file", "in.csv"}, {"schema", {{"no", "INTEGER"}}}})
                .code(),
            "E5050");
  EXPECT_FALSE(std::filesystem::exists(house.folder() / "s.json"));
}

}  // namespace
