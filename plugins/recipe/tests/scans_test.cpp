// How many scans steps take, and that the rows they remove are told.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "recipe/engine/compile.hpp"
#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::json;

Json step(const std::string& operation, const Json& parameters) { return {{"Action", {{"Operation", operation}, {"Parameters", parameters}}}}; }

int scans_of(const Json& steps) { return explain(read_recipe(steps.dump(), "r"), {{"n", "DOUBLE"}, {"t", "VARCHAR"}}).scans; }

TEST(Scans, statistics_of_an_outlier_step_are_gathered_in_one) {
  for (const char* strategy : {"Z_SCORE", "MODIFIED_Z_SCORE", "IQR"}) {
    const Json parameters{{"sourceColumn", "n"}, {"outlierStrategy", strategy}, {"removeType", "CLEAR"}, {"trimValue", "TRUE"}, {"minValue", "5"}, {"maxValue", "95"}};
    EXPECT_EQ(scans_of(Json::array({step("REMOVE_OUTLIERS", parameters)})), 2) << strategy;
  }
}

TEST(Scans, statistics_of_independent_steps_are_gathered_together) {
  EXPECT_EQ(scans_of(Json::array({step("NORMALIZATION", {{"sourceColumn", "n"}, {"strategy", "MIN_MAX"}, {"targetColumn", "a"}}),
                                  step("FLAG_OUTLIERS", {{"sourceColumn", "n"}, {"outlierStrategy", "IQR"}, {"targetColumn", "b"}}),
                                  step("BOOLEAN_OPERATION", {{"valueExpression", "`n` > `:m`"}, {"trueValueExpression", "Y"}, {"falseValueExpression", "N"}, {"targetColumn", "c"},
                                                             {"withExpressions", R"j([{"name": "m", "value": "median(`n`)", "type": "aggregate"}])j"}})})),
            2);
}

TEST(Scans, a_statistic_of_the_values_that_stay_takes_another) {
  EXPECT_EQ(scans_of(Json::array({step("REPLACE_OUTLIERS", {{"sourceColumn", "n"}, {"outlierStrategy", "IQR"}, {"replaceType", "REPLACE_WITH_MAX"}})})), 3);
}

TEST(Scans, columns_and_windows_need_none_of_their_own) {
  Json steps = Json::array();
  for (int i = 0; i < 40; ++i) {
    steps.push_back(i % 2 == 0 ? step("BINARIZATION", {{"sourceColumn", "n"}, {"threshold", std::to_string(i)}, {"targetColumn", "c" + std::to_string(i)}})
                               : step("CASE_OPERATION", {{"valueExpression", "case when `n` > " + std::to_string(i) + " then `t` else 'none' end"}, {"targetColumn", "c" + std::to_string(i)}}));
  }
  EXPECT_EQ(scans_of(steps), 1);
  EXPECT_EQ(scans_of(Json::array({step("PREV", {{"sourceColumn", "n"}, {"numRows", "1"}, {"targetColumn", "p"}}),
                                  step("ROLLING_SUM", {{"sourceColumn", "p"}, {"numRowsBefore", "2"}, {"numRowsAfter", "0"}, {"targetColumn", "s"}})})),
            1);
}

TEST(Scans, rows_that_a_map_removes_are_told_in_order_of_steps) {
  mr::data::Session session = testing::fresh_session();
  session.run("CREATE TEMP TABLE input AS SELECT * FROM (VALUES (1.0, 'a'), (2.0, 'b'), (3.0, NULL), (4.0, 'a'), (100.0, 'a')) v(n, t)");
  const Json steps = Json::array({step("CATEGORICAL_MAPPING", {{"sourceColumn", "t"}, {"categoryMap", R"({"a": "1"})"}, {"deleteOtherRows", "true"}, {"mapType", "NUMERIC"}, {"targetColumn", "m"}}),
                                  step("REMOVE_MISSING", {{"sourceColumn", "t"}}),
                                  step("CATEGORICAL_MAPPING", {{"sourceColumn", "t"}, {"categoryMap", R"({"a": "1"})"}, {"deleteOtherRows", "true"}, {"mapType", "NUMERIC"}, {"targetColumn", "k"}})});
  const Recipe recipe = read_recipe(steps.dump(), "r");
  const Account account = run(session, recipe, compile(recipe, session.describe("input"), "input", "_mr_out"));
  EXPECT_EQ(account.rows_in, 5);
  EXPECT_EQ(account.rows_out, 3);
  ASSERT_EQ(account.removed.size(), 3U);
  EXPECT_EQ(account.removed[0].step, 1);
  EXPECT_EQ(account.removed[0].rows, 2);
  EXPECT_EQ(account.removed[1].operation, "REMOVE_MISSING");
  EXPECT_EQ(account.removed[1].rows, 0);
  EXPECT_EQ(account.removed[2].rows, 0);
}

TEST(Scans, two_recipes_in_one_session_may_stem) {
  mr::data::Session session = testing::fresh_session();
  session.run("CREATE TEMP TABLE input AS SELECT 'running' AS t");
  const Json steps = Json::array({step("TOKENIZATION", {{"sourceColumn", "t"}, {"targetColumn", "w"}, {"stemmingMode", "PORTER"}})});
  const Recipe recipe = read_recipe(steps.dump(), "r");
  for (int i = 0; i < 2; ++i) {
    run(session, recipe, compile(recipe, session.describe("input"), "input", "_mr_out"));
    EXPECT_EQ(session.query("SELECT w FROM _mr_out").rows[0][0], "run");
  }
}

}  // namespace
}  // namespace mr::recipe
