// recipe.apply as attempts see it: rows that add up, and parameters that stay values.
#include <gtest/gtest.h>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;

class RecipeOperator : public ::testing::Test {
 protected:
  void SetUp() override { house.put("raw.people", "select * from (values (1, 'Zoë 🦊'), (2, null), (3, '')) t(id, name)"); }

  mr::data::testing::Ran apply(const Json& action, const Json& parameters) {
    Json step;
    step["Action"] = {{"Operation", action}, {"Parameters", parameters}};
    house.file("recipe.json", Json::array({step}).dump());
    return house.run("recipe.apply", {{"input", "raw.people"}, {"recipe", "recipe.json"}, {"into", "clean.people"}}, {"raw.people"});
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(RecipeOperator, RowsThatAStepRemovesAreAccountedFor) {
  const auto ran = apply("REMOVE_MISSING", {{"sourceColumn", "name"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.output["recipe_rows_in"], 3);
  int64_t removed = 0;
  for (const auto& step : ran.output["removed"]) removed += step["rows"].get<int64_t>();
  EXPECT_EQ(ran.output["recipe_rows_out"].get<int64_t>() + removed, 3);
  EXPECT_EQ(house.rows("select id, name from clean.people where id = 1"), Rows{"1|Zoë 🦊"});
}

// Whatever a recipe says is a value or a name, never SQL.
TEST_F(RecipeOperator, ParametersThatLookLikeSqlStayValues) {
  const auto secret = house.file("password.txt", "hunter2\n");
  const std::string sly = "' || (select content from read_text('" + secret + "')) || '";
  const auto ran = apply("FILL_WITH_CUSTOM", {{"sourceColumn", "name"}, {"value", sly}, {"columnDataType", "string"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select name from clean.people where id = 2"), Rows{sly});
  EXPECT_NE(apply("CHANGE_DATA_TYPE", {{"sourceColumn", "id"}, {"columnDataType", "BIGINT); copy (select 1) to 'x.csv'; --"}}).outcome, MR_SUCCEEDED);
  EXPECT_NE(apply("ABSOLUTE", {{"value", "1) from read_csv('/etc/passwd') --"}, {"targetColumn", "n"}}).outcome, MR_SUCCEEDED);
}

TEST_F(RecipeOperator, TellsWhatFeedsEachColumn) {
  ASSERT_EQ(apply("REMOVE_MISSING", {{"sourceColumn", "name"}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.lineage("clean.people"), Json::parse(R"({"kind": "columns", "inputs": {"raw.people": {"rows": ["*", "name"], "columns": {"id": {"direct": ["id"], "condition": []}, "name": {"direct": ["name"], "condition": []}}}}})"));
  // A statistic of a whole column is worked out before, in a table of its own.
  ASSERT_EQ(apply("FILL_WITH_AVERAGE", {{"sourceColumn", "id"}}).outcome, MR_SUCCEEDED);
  const auto filled = house.lineage("clean.people")["inputs"]["raw.people"];
  EXPECT_EQ(filled["columns"]["id"]["direct"], Json({"id"}));
  EXPECT_EQ(filled["columns"]["name"], Json::parse(R"({"direct": ["name"], "condition": []})")) << filled;
}

TEST_F(RecipeOperator, AnUnknownActionIsRefusedByName) {
  const auto ran = apply("READ_CSV", {{"sourceColumn", "name"}});
  EXPECT_EQ(ran.outcome, MR_FAILED_FINAL);
  EXPECT_NE(ran.failure.dump().find("READ_CSV"), std::string::npos) << ran.failure;
}

}  // namespace
