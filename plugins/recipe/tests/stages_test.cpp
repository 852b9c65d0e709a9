// Stages of a recipe: what is asked of the data, tables that take another shape, and an account that adds up across them.
#include <gtest/gtest.h>

#include "recipe/engine/compile.hpp"
#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using mr::data::Session;
using Rows = std::vector<std::vector<std::optional<std::string>>>;

std::string step(const std::string& operation, const std::string& parameters, const std::string& conditions = "") {
  return R"({"Action": {"Operation": ")" + operation + R"(", "Parameters": {)" + parameters + "}}" +
         (conditions.empty() ? "" : R"(, "ConditionExpressions": [)" + conditions + "]") + "}";
}

std::string list(const std::vector<std::string>& steps) {
  std::string text = "[";
  for (const std::string& one : steps) text += (text.size() > 1 ? "," : "") + one;
  return text + "]";
}

struct House {
  Session session = testing::fresh_session();
  World world{};
  Recipe recipe{};
  Plan plan{};
  Account account{};
  explicit House(const std::string& table) {
    session.run("CREATE TEMP TABLE t AS " + table);
    world.session = &session;
  }
  Rows after(const std::vector<std::string>& steps) {
    recipe = read_recipe(list(steps), "r");
    plan = compile(recipe, session.describe("t"), "t", "_mr_out", world);
    account = run(session, recipe, plan);
    expect_that_rows_add_up();
    return session.query("SELECT * FROM _mr_out").rows;
  }
  void expect_that_rows_add_up() const {
    int64_t rows = account.rows_in;
    size_t next = 0;
    for (const Removed& removed : account.removed) {
      for (; next < account.reshaped.size() && account.reshaped[next].step < removed.step; ++next) {
        EXPECT_EQ(rows, account.reshaped[next].rows_before);
        rows = account.reshaped[next].rows_after;
      }
      rows -= removed.rows;
    }
    for (; next < account.reshaped.size(); ++next) {
      EXPECT_EQ(rows, account.reshaped[next].rows_before);
      rows = account.reshaped[next].rows_after;
    }
    EXPECT_EQ(rows, account.rows_out);
  }
};

constexpr auto kSales =
    "SELECT * FROM (VALUES (1, 'toys', 'a', 10), (2, 'food', 'b', 20), (3, 'toys', NULL, 30), (4, 'food', 'a', NULL), (5, 'books', '', 50)) v(id, kind, who, n)";
const std::string kByKind = step("GROUP_BY", R"("sourceColumns": "[\"kind\"]", "useNewDataFrame": "true",
  "groupByAggFunctionOptions": "[{\"sourceColumnName\": \"n\", \"targetColumnName\": \"total\", \"targetColumnDataType\": \"long\", \"functionName\": \"SUM\"}]")");
const std::string kWithWho = step("REMOVE_MISSING", R"("sourceColumn": "who")");

TEST(RecipeStages, forty_column_steps_are_one_scan) {
  std::vector<std::string> steps;
  for (int i = 0; i < 10; ++i) {
    steps.push_back(step("ADD_SUFFIX", R"("sourceColumn": "who", "pattern": "x")"));
    steps.push_back(step("UPPER_CASE", R"("sourceColumn": "kind")"));
    steps.push_back(step("FILL_WITH_CUSTOM", R"("sourceColumn": "n", "columnDataType": "long", "value": "7")"));
    steps.push_back(kWithWho);
  }
  House house(kSales);
  EXPECT_EQ(house.after(steps).size(), 4U);
  EXPECT_EQ(house.plan.scans, 1);
}

TEST(RecipeStages, statistics_share_a_scan_for_each_level_of_dependence) {
  std::vector<std::string> steps, again;
  for (const char* column : {"a", "b", "c", "d"}) steps.push_back(step("FILL_WITH_AVERAGE", R"("sourceColumn": ")" + std::string(column) + "\""));
  House house("SELECT * FROM (VALUES (1.0, NULL, 3.0, 4.0), (NULL, 2.0, NULL, 8.0), (3.0, 4.0, NULL, NULL)) v(a, b, c, d)");
  house.after(steps);
  EXPECT_EQ(house.plan.scans, 2);
  for (const char* column : {"a", "b"}) {
    steps.push_back(step("REPLACE_WITH_NULL", R"("columnDataType": "string", "sourceColumn": ")" + std::string(column) + "\""));
    steps.push_back(step("FILL_WITH_MEDIAN", R"("sourceColumn": ")" + std::string(column) + "\""));
  }
  house.after(steps);
  EXPECT_EQ(house.plan.scans, 3);
}

TEST(RecipeStages, rows_are_counted_before_and_after_a_table_is_grouped) {
  House house(kSales);
  const Rows rows = house.after({kWithWho, kByKind, step("REMOVE_VALUES", R"("sourceColumn": "kind")", R"({"Condition": "IS", "TargetColumn": "kind", "Value": "food"})")});
  EXPECT_EQ(rows, (Rows{{"toys", "10"}}));
  ASSERT_EQ(house.account.reshaped.size(), 1U);
  EXPECT_EQ(house.account.reshaped[0].rows_before, 3);
  EXPECT_EQ(house.account.reshaped[0].rows_after, 2);
  ASSERT_EQ(house.account.removed.size(), 2U);
  EXPECT_EQ(house.account.removed[0].rows, 2);
  EXPECT_EQ(house.account.removed[1].rows, 1);
}

TEST(RecipeStages, rows_are_counted_when_none_was_removed_before) {
  House house(kSales);
  house.after({kByKind});
  ASSERT_EQ(house.account.reshaped.size(), 1U);
  EXPECT_EQ(house.account.reshaped[0].rows_before, 5);
  EXPECT_EQ(house.account.rows_out, 3);
}

TEST(RecipeStages, one_hot_columns_come_from_the_rows_still_there) {
  House house(kSales);
  const Rows rows = house.after({kWithWho, step("ONE_HOT_ENCODING", R"("sourceColumn": "kind")"), step("ONE_HOT_ENCODING", R"("sourceColumn": "who")")});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(house.plan.columns.size(), 8U);  // no kind_books
  EXPECT_EQ(house.plan.columns[2].name, "kind_food");
  EXPECT_EQ(rows[0], (Rows::value_type{"1", "toys", "0", "1", "a", "1", "0", "10"}));
  EXPECT_EQ(house.account.removed.at(0).rows, 2);
}

TEST(RecipeStages, a_second_question_about_written_columns_writes_no_second_table) {
  House house(kSales);
  house.after({step("ONE_HOT_ENCODING", R"("sourceColumn": "kind")"), step("ONE_HOT_ENCODING", R"("sourceColumn": "who")")});
  EXPECT_EQ(house.plan.scans, 4);  // written once, asked twice, read for the result
}

TEST(RecipeStages, statistics_before_and_after_a_new_shape_keep_apart) {
  House house(kSales);
  const Rows rows = house.after({step("FILL_WITH_SUM", R"("sourceColumn": "n")"), kByKind, step("SORT", R"("expressions": "[{\"sourceColumn\": \"total\", \"ordering\": \"DESCENDING\"}]")"),
                                 step("REMOVE_VALUES", R"("sourceColumn": "kind")", R"({"Condition": "IS", "TargetColumn": "kind", "Value": "food"})")});
  EXPECT_EQ(rows, (Rows{{"books", "50"}, {"toys", "40"}}));
}

TEST(RecipeStages, cells_that_change_are_counted_for_each_step_when_asked) {
  House house(kSales);
  house.world.count_cells = true;
  house.after({kWithWho, step("UPPER_CASE", R"("sourceColumn": "kind")"), step("FILL_WITH_CUSTOM", R"("sourceColumn": "n", "columnDataType": "long", "value": "7")"),
               step("CHANGE_DATA_TYPE", R"("sourceColumn": "id", "columnDataType": "string")"), kByKind, step("UPPER_CASE", R"("sourceColumn": "kind")"),
               step("ADD_SUFFIX", R"("sourceColumn": "kind", "pattern": "!")")});
  ASSERT_EQ(house.account.changed.size(), 5U);
  EXPECT_EQ(house.account.changed[0].cells, 3);  // of the rows still there
  EXPECT_EQ(house.account.changed[1].cells, 1);
  EXPECT_EQ(house.account.changed[2].cells, 0);  // 1 reads the same as '1'
  EXPECT_EQ(house.account.changed[3].cells, 0);
  EXPECT_EQ(house.account.changed[4].cells, 2);
  EXPECT_EQ(house.account.changed[4].operation, "ADD_SUFFIX");
}

TEST(RecipeStages, counting_cells_takes_no_further_scan) {
  House house(kSales);
  house.world.count_cells = true;
  house.after({kWithWho, step("UPPER_CASE", R"("sourceColumn": "kind")")});
  EXPECT_EQ(house.plan.scans, 1);
}

TEST(RecipeStages, removed_rows_of_every_stage_can_be_read) {
  House house(kSales);
  house.world.keep_removed = true;
  house.after({kWithWho, kByKind, step("REMOVE_VALUES", R"("sourceColumn": "kind")", R"({"Condition": "IS", "TargetColumn": "kind", "Value": "food"})")});
  const auto removed = house.session.query("SELECT id, kind, total, _reason FROM (" + removed_rows(house.recipe, house.plan) + ") ORDER BY id NULLS LAST");
  EXPECT_EQ(removed.rows, (Rows{{"3", "toys", std::nullopt, "step 1 REMOVE_MISSING"}, {"5", "books", std::nullopt, "step 1 REMOVE_MISSING"}, {std::nullopt, "food", "20", "step 3 REMOVE_VALUES"}}));
  house.after({kByKind});
  EXPECT_EQ(removed_rows(house.recipe, house.plan), "");
}

TEST(RecipeStages, tables_that_nobody_reads_any_more_are_dropped) {
  House house(kSales);
  house.after({kWithWho, step("ONE_HOT_ENCODING", R"("sourceColumn": "kind")"), kWithWho, kByKind});
  EXPECT_EQ(house.session.query("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '_mr_stage_%'").rows.size(), 0U);
}

std::string refusal(House& house, const std::vector<std::string>& steps) {
  try {
    house.after(steps);
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RecipeStages, without_data_a_step_that_needs_them_is_refused) {
  const Recipe recipe = read_recipe(list({step("ONE_HOT_ENCODING", R"("sourceColumn": "kind")")}), "r");
  try {
    explain(recipe, {{"kind", "VARCHAR"}});
    FAIL();
  } catch (const RecipeError& error) {
    EXPECT_EQ(error.code, "E6012");
    EXPECT_EQ(error.where, "step 1 ONE_HOT_ENCODING");
  }
  const Recipe grouped = read_recipe(list({kWithWho, kByKind}), "r");
  EXPECT_EQ(explain(grouped, {{"kind", "VARCHAR"}, {"who", "VARCHAR"}, {"n", "INTEGER"}}).columns.size(), 2U);
}

TEST(RecipeStages, what_can_t_be_is_refused_by_step) {
  House house("SELECT i AS id, 'v' || i AS kind, i % 3 AS n FROM range(11) r(i)");
  EXPECT_EQ(refusal(house, {step("ONE_HOT_ENCODING", R"("sourceColumn": "kind")")}).substr(0, 70), "E6014 step 1 ONE_HOT_ENCODING: column 'kind' has more than 10 distinct");
  EXPECT_EQ(refusal(house, {step("PIVOT", R"("sourceColumn": "kind", "valueColumn": "id", "aggregateFunction": "SUM")")}).substr(0, 19), "E6014 step 1 PIVOT:");
  EXPECT_EQ(refusal(house, {step("JOIN", R"("joinKeys": "[{\"key\": \"id\", \"value\": \"id\"}]", "joinType": "INNER_JOIN", "leftColumns": "[\"id\"]", "rightColumns": "[]", "secondaryDatasetName": "zones")")}),
            "E6013 step 1 JOIN: parameter 'secondaryDatasetName' names the dataset 'zones', which is not given (name it in the task's 'secondary')");
  EXPECT_EQ(refusal(house, {step("UNPIVOT", R"("sourceColumns": "[\"id\"]", "unpivotColumn": "a", "valueColumn": "v")", R"({"Condition": "IS_MISSING", "TargetColumn": "id"})")}).substr(0, 21), "E6007 step 1 UNPIVOT:");
  EXPECT_EQ(refusal(house, {step("DUPLICATE", R"("sourceColumn": "id", "targetColumn": "KIND")")}).substr(0, 5), "E6009");
}

TEST(RecipeStages, parameters_without_effect_are_told_but_for_bookkeeping) {
  House house(kSales);
  house.after({step("UPPER_CASE", R"("sourceColumn": "kind", "functionStepType": "UPPER_CASE", "targetIndex": "NaN", "sourceColum": "who")")});
  EXPECT_EQ(house.plan.notes, std::vector<std::string>{"step 1 UPPER_CASE: parameter 'sourceColum' has no effect"});
}

TEST(RecipeStages, conditions_of_steps_that_change_whole_columns_are_told_to_have_no_effect) {
  House house(kSales);
  const char* only = R"({"Condition": "IS_MISSING", "TargetColumn": "id"})";
  house.after({step("RENAME", R"("sourceColumn": "who", "targetColumn": "name")", only), step("MOVE_TO_END", R"("sourceColumn": "id")", only), step("DELETE", R"("sourceColumns": "[\"kind\"]")", only)});
  const std::string told = ": its conditions have no effect, because it changes whole columns";
  EXPECT_EQ(house.plan.notes, (std::vector<std::string>{"step 1 RENAME" + told, "step 2 MOVE_TO_END" + told, "step 3 DELETE" + told}));
}

// Patterns are tried before the first statement, also when a step asks the data.
TEST(RecipeStages, a_pattern_that_is_none_is_refused_before_data_are_read) {
  House house(kSales);
  EXPECT_EQ(refusal(house, {step("STARTS_WITH", R"j("sourceColumn": "kind", "targetColumn": "s", "pattern": "a(?=b)")j"), step("ONE_HOT_ENCODING", R"("sourceColumn": "kind")")}).substr(0, 26), "E6005 step 1 STARTS_WITH: ");
  EXPECT_EQ(house.session.query("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '_mr_%'").rows.size(), 0U);
}

}  // namespace
}  // namespace mr::recipe
