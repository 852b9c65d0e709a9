#include <gtest/gtest.h>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/compile.hpp"
#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using mr::data::Session;
using Rows = std::vector<std::vector<std::optional<std::string>>>;

struct House {
  Session session = testing::fresh_session();
  Plan plan{};
  Account account{};
  World world{};
  explicit House(const std::string& table) { session.run("CREATE TEMP TABLE t AS " + table); }
  Rows after(const std::string& steps) {
    const Recipe recipe = read_recipe(steps, "r.json");
    world.session = &session;
    plan = compile(recipe, session.describe("t"), "t", "_mr_out", world);
    account = run(session, recipe, plan);
    return session.query("SELECT * FROM _mr_out").rows;
  }
};

std::string step(const std::string& operation, const std::string& parameters, const std::string& conditions = "") {
  return R"({"Action": {"Operation": ")" + operation + R"(", "Parameters": {)" + parameters + "}}" +
         (conditions.empty() ? "" : R"(, "ConditionExpressions": [)" + conditions + "]") + "}";
}

std::string refusal(const std::string& steps) {
  try {
    House("SELECT 1 AS a, 'x' AS b").after(steps);
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "accepted";
}

constexpr auto kOrders =
    "SELECT * FROM (VALUES (1, ' Ada ', 10.5::DECIMAL(9,2), '2026-01-31'), (2, 'bob', NULL, '02/28/2026'), (3, NULL, 20.5, 'never'), (3, '', 4, NULL), "
    "(3, 'zoë', 4, NULL)) v(id, name, price, day)";

TEST(Recipe, column_steps_fold_into_one_statement_and_one_scan) {
  House house(kOrders);
  const Rows rows = house.after("[" + step("REMOVE_COMBINED", R"("sourceColumn": "name", "removeLeadingAndTrailingWhitespace": "true")") + "," +
                                step("UPPER_CASE", R"("sourceColumn": "name")") + "," + step("RENAME", R"("sourceColumn": "name", "targetColumn": "who")") + "," +
                                step("DELETE", R"("sourceColumn": "price")") + "," + step("CHANGE_DATA_TYPE", R"("sourceColumn": "day", "columnDataType": "date")") + "]");
  EXPECT_EQ(house.plan.scans, 1);
  EXPECT_EQ(house.plan.statements.size(), 2U);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0], (std::vector<std::optional<std::string>>{"1", "ADA", "2026-01-31"}));
  EXPECT_EQ(rows[1][2], "2026-02-28");
  EXPECT_EQ(rows[2][1], std::nullopt);
  EXPECT_EQ(rows[2][2], std::nullopt);
  EXPECT_EQ(rows[4][1], "ZOË");
}

TEST(Recipe, removed_rows_are_counted_by_step) {
  House house(kOrders);
  const Rows rows = house.after("[" + step("REMOVE_MISSING", R"("sourceColumn": "name")") + "," + step("REMOVE_DUPLICATES", R"("sourceColumn": "id")") + "," +
                                step("REMOVE_VALUES", R"("sourceColumn": "id")", R"({"Condition": "IS", "TargetColumn": "id", "Value": "[\"1\"]"})") + "]");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0][0], "2");
  EXPECT_EQ(rows[1][1], "zoë");  // the first row with a name among the threes: the removed ones don't count as earlier
  EXPECT_EQ(house.account.rows_in, 5);
  EXPECT_EQ(house.account.rows_out, 2);
  ASSERT_EQ(house.account.removed.size(), 3U);
  EXPECT_EQ(house.account.removed[0].rows, 2);
  EXPECT_EQ(house.account.removed[1].rows, 0);
  EXPECT_EQ(house.account.removed[2].rows, 1);
}

TEST(Recipe, statistics_of_several_steps_are_gathered_in_one_scan) {
  House house("SELECT * FROM (VALUES (1, 2.0), (2, NULL), (NULL, 4.0), (4, 6.0)) v(a, b)");
  const Rows rows = house.after("[" + step("FILL_WITH_MEDIAN", R"("sourceColumn": "a")") + "," + step("FILL_WITH_AVERAGE", R"("sourceColumn": "b")") + "]");
  EXPECT_EQ(house.plan.scans, 2);
  EXPECT_EQ(rows[2][0], "2.0");
  EXPECT_EQ(rows[1][1], "4.0");
}

TEST(Recipe, a_statistic_of_a_filled_column_is_taken_in_a_second_round) {
  House house("SELECT * FROM (VALUES (1.0), (NULL), (3.0)) v(a)");
  const Rows rows = house.after("[" + step("FILL_WITH_SUM", R"("sourceColumn": "a")") + "," + step("DUPLICATE", R"("sourceColumn": "a", "targetColumn": "b")") + "," +
                                step("REPLACE_WITH_NULL", R"("sourceColumn": "b", "columnDataType": "string")") + "," + step("FILL_WITH_AVERAGE", R"("sourceColumn": "b")") + "]");
  EXPECT_EQ(house.plan.scans, 3);
  EXPECT_EQ(rows[1][0], "4.0");
}

TEST(Recipe, a_statistic_ignores_rows_that_are_gone) {
  House house("SELECT * FROM (VALUES (1, 1.5::DOUBLE), (2, NULL), (3, 100)) v(a, b)");
  const Rows rows = house.after("[" + step("REMOVE_VALUES", R"("sourceColumn": "a")", R"({"Condition": "GREATER_THAN", "TargetColumn": "b", "Value": "50"})") + "," +
                                step("FILL_WITH_AVERAGE", R"("sourceColumn": "b")") + "]");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1][1], "1.5");
}

TEST(Recipe, a_condition_leaves_other_rows_as_they_are) {
  House house(kOrders);
  const Rows rows = house.after("[" + step("FILL_WITH_CUSTOM", R"("sourceColumn": "price", "columnDataType": "number", "value": "0")", R"({"Condition": "IS", "TargetColumn": "id", "Value": "[\"9\"]"})") + "]");
  EXPECT_EQ(rows[1][2], std::nullopt);
}

TEST(Recipe, the_last_valid_value_is_taken_in_row_order) {
  House house("SELECT * FROM (VALUES (1, NULL), (2, 'x'), (3, ''), (4, NULL), (5, 'y')) v(a, b)");
  const Rows rows = house.after("[" + step("FILL_WITH_LAST_VALID", R"("sourceColumn": "b", "columnDataType": "string")") + "]");
  EXPECT_EQ(rows[0][1], std::nullopt);
  EXPECT_EQ(rows[2][1], "x");
  EXPECT_EQ(rows[3][1], "x");
}

TEST(Recipe, arithmetic_that_overflows_gives_null) {
  House house("SELECT 170141183460469231731687303715884105727::HUGEINT AS a");
  const Rows rows = house.after("[" + step("ADD", R"("sourceColumn1": "a", "sourceColumn2": "a", "targetColumn": "s")") + "]");
  EXPECT_EQ(rows[0][1], std::nullopt);
}

TEST(Recipe, steps_see_what_earlier_window_steps_made) {
  House house("SELECT * FROM (VALUES (1, 'b'), (2, 'a'), (3, 'b'), (4, 'a'), (5, NULL)) v(n, k)");
  const Rows rows = house.after("[" + step("FLAG_DUPLICATES_IN_COLUMN", R"("sourceColumn": "k", "targetColumn": "d", "trueString": "again", "falseString": "first")") + "," +
                                step("REMOVE_VALUES", R"("sourceColumn": "d")", R"({"Condition": "IS", "TargetColumn": "d", "Value": "[\"again\"]"})") + "," +
                                step("SORT", R"("expressions": "[{\"sourceColumn\": \"k\", \"ordering\": \"ASCENDING\", \"nullsOrdering\": \"NULLS_TOP\"}]")") + "," +
                                step("FILL_WITH_LAST_VALID", R"("sourceColumn": "k", "columnDataType": "string")") + "]");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0][0], "5");
  EXPECT_EQ(rows[0][1], std::nullopt);
  EXPECT_EQ(rows[1][0], "2");
  EXPECT_EQ(rows[2][0], "1");
  EXPECT_EQ(house.account.removed.at(0).rows, 2);
}

TEST(Recipe, wrappers_of_the_printed_reference_are_unwrapped) {
  const Recipe recipe = read_recipe(R"({"Name": "n", "Steps": [{"RecipeStep": {"Action": {"Operation": "TRIM"}}}, {"RecipeAction": {"Operation": "ROUND", "Parameters": {"count": 3}}}]})", "r");
  ASSERT_EQ(recipe.steps.size(), 2U);
  EXPECT_EQ(recipe.steps[0].operation, "TRIM");
  EXPECT_EQ(recipe.steps[1].parameters.at("count"), "3");
}

TEST(Recipe, an_empty_recipe_changes_nothing) {
  House house(kOrders);
  EXPECT_EQ(house.after("[]").size(), 5U);
}

TEST(Recipe, what_is_wrong_is_refused_with_step_action_and_parameter) {
  EXPECT_EQ(refusal("[" + step("UPER_CASE", R"("sourceColumn": "b")") + "]"), "E6004 step 1 UPER_CASE: action UPER_CASE is not supported (did you mean UPPER_CASE?)");
  EXPECT_EQ(refusal("[" + step("UPPER_CASE", "") + "]"), "E6005 step 1 UPPER_CASE: parameter 'sourceColumn' is missing");
  EXPECT_EQ(refusal("[" + step("UPPER_CASE", R"("sourceColumn": "c")") + "]"), "E6006 step 1 UPPER_CASE: there is no column 'c' (columns here: a, b)");
  EXPECT_NE(refusal("[" + step("UPPER_CASE", R"("sourceColumn": "b")", R"({"Condition": "LIKE", "TargetColumn": "b"})") + "]").find("condition LIKE is not known"), std::string::npos);
  EXPECT_NE(refusal("[" + step("MOVE_TO_INDEX", R"("sourceColumn": "b", "targetIndex": "7")") + "]").find("'targetIndex' must be a whole number from 0 to 1"), std::string::npos);
  EXPECT_EQ(refusal("[" + step("EXTRACT_PATTERN", R"x("sourceColumn": "b", "targetColumn": "c", "pattern": "x(?=y)")x") + "]").substr(0, 60),
            "E6005 step 1 EXTRACT_PATTERN: parameter 'pattern' must be a ");
  EXPECT_EQ(refusal("- Action: [x").substr(0, 5), "E6002");
  EXPECT_EQ(refusal("[{]").substr(0, 5), "E6001");
  EXPECT_EQ(refusal("[" + step("RENAME", R"("sourceColumn": "b", "targetColumn": "a")") + "]").substr(0, 5), "E6009");
}

TEST(Recipe, the_plan_can_be_printed_without_data) {
  const Explained plan = explain(read_recipe("[" + step("ROUND", R"("sourceColumn": "a", "targetColumn": "r")") + "]", "r"), {{"a", "DOUBLE"}});
  EXPECT_EQ(plan.scans, 1);
  ASSERT_EQ(plan.columns.size(), 2U);
  EXPECT_EQ(plan.columns[1].name, "r");
}

TEST(Recipe, the_tables_hold_no_action_twice) {
  const auto names = action_names();
  EXPECT_GE(names.size(), 60U);
  for (size_t i = 1; i < names.size(); ++i) EXPECT_NE(names[i - 1], names[i]);
}

}  // namespace
}  // namespace mr::recipe
