// recipe.apply as attempts see it: rows that add up, and parameters that stay values.
#include <gtest/gtest.h>

#include <fstream>

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

  Json read(const std::string& name) const { return Json::parse(std::ifstream(house.folder() / name)); }

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

TEST_F(RecipeOperator, RemovedRowsGoToQuarantineWithTheirStep) {
  house.file("recipe.json", R"([{"Action": {"Operation": "REMOVE_MISSING", "Parameters": {"sourceColumn": "name"}}}])");
  const Json config{{"input", "raw.people"}, {"recipe", "recipe.json"}, {"into", "clean.people"}, {"quarantine", true}, {"count_cells", true}};
  const auto ran = house.run("recipe.apply", config, {"raw.people"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.output["rows_in"], 3);
  EXPECT_EQ(ran.output["rows_out"], 1);
  EXPECT_EQ(ran.output["rows_rejected"], 2);
  EXPECT_EQ(ran.output["cells_changed"], Json::array());
  EXPECT_EQ(house.rows("select id, _reason, _source from quarantine.people order by id"), (Rows{"2|step 1 REMOVE_MISSING|clean.people", "3|step 1 REMOVE_MISSING|clean.people"}));
}

TEST_F(RecipeOperator, SecondaryDatasetsAndParamsOfTheTaskReachTheRecipe) {
  house.put("raw.zones", "select * from (values (1, 'north'), (2, 'south')) t(person, zone)");
  house.file("recipe.json", R"j([{"Action": {"Operation": "JOIN", "Parameters": {"joinKeys": "[{\"key\": \"id\", \"value\": \"person\"}]", "joinType": "LEFT_JOIN",
    "leftColumns": "[\"id\"]", "rightColumns": "[\"zone\"]", "secondaryDatasetName": "Zones of 2026"}}},
    {"Action": {"Operation": "ADD_SUFFIX", "Parameters": {"sourceColumn": "zone", "pattern": "-${country}"}}}])j");
  Json config{{"input", "raw.people"}, {"recipe", "recipe.json"}, {"into", "clean.people"}, {"secondary", {"raw.zones"}}, {"secondary_names", {{"Zones of 2026", "raw.zones"}}}, {"params", {{"country", "PT"}}}};
  const auto ran = house.run("recipe.apply", config, {"raw.people", "raw.zones"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, zone from clean.people where zone is not null order by id"), (Rows{"1|north-PT", "2|south-PT"}));
  EXPECT_EQ(ran.output["reshaped"][0]["rows_after"], 3);
  config["secondary_names"] = {{"Zones of 2026", "raw.others"}};
  EXPECT_NE(house.run("recipe.apply", config, {"raw.people", "raw.zones"}).failure.dump().find("E6013"), std::string::npos);
}

TEST_F(RecipeOperator, StepsMayStandInTheTaskInTheShortForm) {
  const Json steps = Json::array({{{"upper_case", {{"column", "name"}}}, {"when", {{"column", "id"}, {"is", {1}}}}}, "delete_duplicate_rows"});
  const auto ran = house.run("recipe.apply", {{"input", "raw.people"}, {"steps", steps}, {"into", "clean.people"}}, {"raw.people"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select name from clean.people where id = 1"), Rows{"ZOË 🦊"});
  const auto text = house.run("recipe.apply", {{"input", "raw.people"}, {"steps", "- remove_missing: {column: name}\n"}, {"into", "clean.people"}}, {"raw.people"});
  EXPECT_EQ(text.output["removed"], Json::parse(R"([{"step": 1, "action": "REMOVE_MISSING", "rows": 2, "why": "remove_missing: {column: name}"}])"));
  EXPECT_EQ(house.run("recipe.apply", {{"input", "raw.people"}, {"into", "clean.people"}}, {"raw.people"}).code(), "E6010");
  EXPECT_EQ(house.run("recipe.apply", {{"input", "raw.people"}, {"steps", steps}, {"recipe", "r.json"}, {"into", "clean.people"}}, {"raw.people"}).code(), "E6010");
  const auto wrong = house.run("recipe.apply", {{"input", "raw.people"}, {"steps", {"upper_case"}}, {"into", "clean.people"}}, {"raw.people"});
  EXPECT_EQ(wrong.failure["where"], "steps: step 1 UPPER_CASE");
}

TEST_F(RecipeOperator, AFileOfTheShortFormIsARecipe) {
  house.file("recipe.yaml", "- fill_with_custom: {column: name, value: nobody, column_data_type: string}\n");
  const auto ran = house.run("recipe.apply", {{"input", "raw.people"}, {"recipe", "recipe.yaml"}, {"into", "clean.people"}}, {"raw.people"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select count(*) from clean.people where name = 'nobody'"), Rows{"2"});
}

TEST_F(RecipeOperator, AFileGoesThroughARecipeToAFile) {
  house.file("people.csv", "id,name\n1,Zoë\n2,\n");
  const Json config{{"data", "people.csv"}, {"out", "clean/people.json"}, {"steps", "- remove_missing: {column: name}\n- upper_case: {column: name}\n"}};
  const auto ran = house.run("recipe.run", config);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("recipe_rows_in"), 2);
  EXPECT_EQ(ran.count("recipe_rows_out"), 1);
  EXPECT_EQ(ran.output["cells_changed"][0]["cells"], 1);
  EXPECT_EQ(read("clean/people.json"), Json::parse(R"([{"id": 1, "name": "ZOË"}])"));
  EXPECT_EQ(house.run("recipe.run", {{"data", "people.csv"}, {"out", "people.xlsx"}, {"steps", "[]"}}).code(), "E5056");
}

TEST_F(RecipeOperator, ADatasetIsTriedAndExplainedWithoutWriting) {
  Json config{{"input", "raw.people"}, {"steps", "- upper_case: {column: name}\n"}, {"show", "steps"}, {"rows", 2}, {"out", "answer.json"}};
  ASSERT_EQ(house.run("recipe.look", config, {"raw.people"}).outcome, MR_SUCCEEDED);
  const Json tried = read("answer.json");
  EXPECT_EQ(tried["rows"].size(), 2U);
  EXPECT_EQ(tried["steps"][0]["changed"], Json::parse("[[0, 1]]"));
  config["show"] = "statements";
  ASSERT_EQ(house.run("recipe.look", config, {"raw.people"}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(read("answer.json")["scans"], 1);
  config.erase("input");
  config["show"] = "steps";
  EXPECT_EQ(house.run("recipe.look", config).code(), "E6012");
}

TEST_F(RecipeOperator, AnUnknownActionIsRefusedByName) {
  const auto ran = apply("READ_CSV", {{"sourceColumn", "name"}});
  EXPECT_EQ(ran.outcome, MR_FAILED_FINAL);
  EXPECT_NE(ran.failure.dump().find("READ_CSV"), std::string::npos) << ran.failure;
}

}  // namespace
