// What people get wrong in recipes: each is refused with the number of the step and what to do,
// before any row is read where that can be.
#include "recipe/engine/compile.hpp"
#include "recipe/testing/table_json.hpp"

#include <gtest/gtest.h>

namespace mr::recipe {
namespace {

using Json = nlohmann::json;
using mr::data::Session;

Json step(const std::string& operation, const Json& parameters) {
  return {{"Action", {{"Operation", operation}, {"Parameters", parameters}}}};
}

// What the person reads. The relation's rows can't be read without failing, so a refusal that needs
// none of them comes before the run.
std::string refusal(
    const Json& steps,
    const char* relation = "SELECT error('a row was read') AS a, 'x' AS b, 1 AS n") {
  Session session = testing::fresh_session();
  session.run("CREATE TEMP VIEW t AS " + std::string(relation));
  World world;
  world.session = &session;
  world.secondary["zones"] = {"(SELECT 1 AS id)", {{"id", "INTEGER"}}};
  try {
    const Recipe recipe = read_recipe(steps.dump(), "r.json");
    run(session, recipe, compile(recipe, session.describe("t"), "t", "_mr_out", world));
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(BadInput, AColumnThatAFormerStepTook) {
  const Json use = step("UPPER_CASE", {{"sourceColumn", "b"}});
  EXPECT_EQ(refusal({step("DELETE", {{"sourceColumn", "b"}}), use}),
            "E6006 step 2 UPPER_CASE: there is no column 'b' (step 1 DELETE removed it; columns "
            "here: a, n)");
  EXPECT_EQ(refusal({step("RENAME", {{"sourceColumn", "b"}, {"targetColumn", "c"}}), use}),
            "E6006 step 2 UPPER_CASE: there is no column 'b' (step 1 RENAME called it 'c'; columns "
            "here: a, c, n)");
  const Json group =
      step("GROUP_BY",
           {{"sourceColumns", R"(["a"])"},
            {"useNewDataFrame", "true"},
            {"groupByAggFunctionOptions",
             R"([{"sourceColumnName": "n", "targetColumnName": "s", "functionName": "SUM"}])"}});
  EXPECT_EQ(refusal({group, use}),
            "E6006 step 2 UPPER_CASE: there is no column 'b' (step 1 GROUP_BY left it out; columns "
            "here: a, s)");
}

TEST(BadInput, ARegularExpressionThatLooksAround) {
  for (const char* pattern : {"x(?=y)", "(?<!x)y", R"((a)\1)"}) {
    EXPECT_EQ(refusal(Json::array(
                  {step("EXTRACT_PATTERN",
                        {{"sourceColumn", "b"}, {"targetColumn", "c"}, {"pattern", pattern}})})),
              "E6005 step 1 EXTRACT_PATTERN: parameter 'pattern' must be a regular expression that "
              "is supported (look-around and back-references are not)");
  }
}

TEST(BadInput, ALetterThatNoLayoutOfDatesHas) {
  EXPECT_EQ(refusal({step("TRIM", {{"sourceColumn", "b"}, {"targetColumn", "c"}}),
                     step("DATE_FORMAT", {{"sourceColumn", "b"},
                                          {"targetColumn", "d"},
                                          {"dateTimeFormat", "yyyy-QQ"}})}),
            "E6005 step 2 DATE_FORMAT: parameter 'dateTimeFormat' must be a layout of yyyy, yy, "
            "month, mm, dd, HH, MM (minute), SS, not 'yyyy-QQ'");
}

TEST(BadInput, AParameterThatShouldBeJson) {
  EXPECT_EQ(refusal(Json::array({step(
                "MERGE", {{"sourceColumns", "a, b"}, {"targetColumn", "c"}, {"delimiter", ""}})})),
            "E6005 step 1 MERGE: parameter 'sourceColumns' must be a JSON list of texts");
  EXPECT_EQ(refusal(Json::array(
                {step("CATEGORICAL_MAPPING",
                      {{"sourceColumn", "b"}, {"targetColumn", "c"}, {"categoryMap", "{x: 1}"}})})),
            "E6005 step 1 CATEGORICAL_MAPPING: parameter 'categoryMap' must be a JSON object of "
            "values and what they become");
}

TEST(BadInput, AJoinWithoutKeys) {
  Json parameters{{"joinType", "LEFT_JOIN"},
                  {"leftColumns", R"(["b"])"},
                  {"rightColumns", R"(["id"])"},
                  {"secondaryDatasetName", "zones"}};
  EXPECT_EQ(refusal(Json::array({step("JOIN", parameters)})),
            "E6005 step 1 JOIN: parameter 'joinKeys' is missing");
  parameters["joinKeys"] = "[]";
  EXPECT_EQ(
      refusal(Json::array({step("JOIN", parameters)})),
      R"(E6005 step 1 JOIN: parameter 'joinKeys' must be a JSON list, not empty, of {"key": column here, "value": column of the other dataset})");
}

TEST(BadInput, ATextWithTheCharacterThatEndsSql) {
  const std::string zero("a\0b", 3);
  EXPECT_EQ(refusal(Json::array({step("ADD_PREFIX", {{"sourceColumn", "b"}, {"pattern", zero}})})),
            "E6005 step 1 ADD_PREFIX: parameter 'pattern' must be a text without the character of code 0");
  Json removing = step("REMOVE_VALUES", {{"sourceColumn", "b"}});
  removing["ConditionExpressions"] = Json::array({{{"Condition", "CONTAINS"}, {"TargetColumn", "b"}, {"Value", zero}}});
  EXPECT_EQ(refusal(Json::array({removing})), "E6005 step 1 REMOVE_VALUES: parameter 'Value' must be a text without the character of code 0");
}

TEST(BadInput, AHundredAndOneSteps) {
  Json steps = Json::array();
  for (int i = 0; i < 101; ++i) steps.push_back(step("UPPER_CASE", {{"sourceColumn", "b"}}));
  EXPECT_EQ(refusal(steps), "E6003 r.json: has 101 steps (at most 100 are allowed)");
}

// Their columns are known only from the rows; no more of them than the message needs.
TEST(BadInput, MoreColumnsThanATableShouldHave) {
  constexpr auto kWide = "SELECT range AS k, range % 7 AS g, 1 AS n FROM range(100000)";
  EXPECT_EQ(refusal(Json::array({step("PIVOT", {{"sourceColumn", "k"},
                                                {"valueColumn", "n"},
                                                {"aggregateFunction", "SUM"}})}),
                    kWide),
            "E6014 step 1 PIVOT: column 'k' has more than 10 distinct values (group or map the "
            "values to fewer before this step)");
  constexpr auto kMillion = "SELECT 'c' || range AS k FROM range(1000000)";
  EXPECT_EQ(refusal(Json::array({step("ONE_HOT_ENCODING", {{"sourceColumn", "k"}})}), kMillion),
            "E6014 step 1 ONE_HOT_ENCODING: column 'k' has more than 10 distinct values (group or "
            "map the values to fewer before this step)");
}

TEST(BadInput, ADateThatIsNone) {
  EXPECT_EQ(refusal(Json::array({step("YEAR", {{"value", "2023-02-29"}, {"targetColumn", "y"}})})),
            "E6005 step 1 YEAR: parameter 'value' must be a date or time that can be read, like "
            "2024-02-29 13:00:00");
  EXPECT_EQ(
      refusal(Json::array({step("DATE", {{"dateTimeParameters", R"({"year": {"value": "10000"}})"},
                                         {"targetColumn", "y"}})})),
      "E6005 step 1 DATE: parameter 'dateTimeParameters' must be an object whose year is from 1 to "
      "9999");
}

TEST(BadInput, NumbersBeyondThirtyEightDigits) {
  const std::string digits(39, '9');
  EXPECT_EQ(refusal(Json::array({step(
                "ADD", {{"sourceColumn1", "n"}, {"value2", digits}, {"targetColumn", "s"}})})),
            "E6005 step 1 ADD: parameter 'value2' must be a number of at most 38 digits");
}

// No mistake: whether a divisor is 0 is known row by row, and one that is constant may come from a
// parameter of the task.
TEST(BadInput, DivisionByZeroGivesNull) {
  Session session = testing::fresh_session();
  const Json table{{"columns", {{{"name", "n"}, {"type", "integer"}}}}, {"rows", {{0}, {7}}}};
  const Json steps{step("DIVIDE", {{"sourceColumn1", "n"}, {"value2", "0"}, {"targetColumn", "q"}}),
                   step("MOD", {{"value1", "7"}, {"sourceColumn2", "n"}, {"targetColumn", "m"}})};
  const Json wanted{{0, nullptr, nullptr},
                    {7, 0, nullptr}};  // the newest column stands next to its source
  EXPECT_EQ(testing::table_after(session, table, steps)["rows"], wanted);
}

}  // namespace
}  // namespace mr::recipe
