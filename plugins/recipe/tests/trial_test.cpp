// Step by step: what is marked as changed, what is gone, and which steps only know the sample.
#include "recipe/engine/trial.hpp"

#include "recipe/testing/table_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mr::recipe {
namespace {

using Marks = std::vector<std::pair<size_t, size_t>>;
using Names = std::vector<std::string>;

class Trials : public ::testing::Test {
 protected:
  Trials() {
    session_.run(
        "CREATE TABLE people AS SELECT * FROM (VALUES ('zoë', 3, 'x'), (NULL, 1, 'y'), ('Bob', 2, "
        "'x'), ('zoë', 3, 'x')) v(name, n, g)");
    world_.session = &session_;
    world_.secrets = testing::some_secret;
  }

  Trial run(const std::string& yaml, size_t last = 100) {
    return try_steps(read_recipe(yaml, "r"), "people", last, world_);
  }

  static std::vector<std::string> column(const Picture& picture, size_t index) {
    std::vector<std::string> values;
    for (const auto& row : picture.rows) values.push_back(row.cells[index].value_or("∅"));
    return values;
  }

  mr::data::Session session_{mr::data::SessionOptions{}};
  World world_{};
};

TEST_F(Trials, CellsThatReadOtherwiseAreMarked) {
  const Trial trial =
      run("- upper_case: {column: name}\n- add_prefix: {column: g, pattern: p-}\n  when: {column: "
          "g, is: [y]}\n");
  EXPECT_FALSE(trial.error);
  EXPECT_EQ(column(trial.before, 0), (Names{"zoë", "∅", "Bob", "zoë"}));
  ASSERT_EQ(trial.steps.size(), 2U);
  EXPECT_EQ(column(trial.steps[0].after, 0), (Names{"ZOË", "∅", "BOB", "ZOË"}));
  EXPECT_EQ(trial.steps[0].changed, (Marks{{0, 0}, {2, 0}, {3, 0}}));
  EXPECT_EQ(trial.steps[1].changed, (Marks{{1, 2}}));
  EXPECT_FALSE(trial.steps[0].of_sample);
}

TEST_F(Trials, RowsAndColumnsThatGoAndComeAreTold) {
  const Trial trial =
      run("- remove_missing: {column: name}\n- sum: {columns: [n, n], target: twice}\n- delete: "
          "{columns: [g]}\n- rename: {column: twice, target: double}\n");
  ASSERT_FALSE(trial.error) << trial.error->what();
  EXPECT_EQ(trial.steps[0].removed, std::vector<size_t>{1});
  EXPECT_EQ(trial.steps[0].changed, Marks{});
  EXPECT_EQ(trial.steps[1].added, Names{"twice"});
  EXPECT_EQ(trial.steps[1].removed, std::vector<size_t>{});
  EXPECT_EQ(trial.steps[2].dropped, Names{"g"});
  EXPECT_EQ(trial.steps[3].added, Names{"double"});
  EXPECT_EQ(trial.steps[3].dropped, Names{"twice"});
  EXPECT_EQ(trial.steps[3].after.columns.size(), 3U);
}

TEST_F(Trials, StepsThatLookAtOtherRowsSaySo) {
  const Trial trial =
      run("- delete_duplicate_rows\n- fill_with_average: {column: n}\n- lower_case: {column: "
          "name}\n- one_hot_encoding: {column: g}\n");
  ASSERT_FALSE(trial.error) << trial.error->what();
  EXPECT_TRUE(trial.steps[0].of_sample);
  EXPECT_EQ(trial.steps[0].removed, std::vector<size_t>{3});
  EXPECT_TRUE(trial.steps[1].of_sample);
  EXPECT_FALSE(trial.steps[2].of_sample);
  EXPECT_EQ(trial.steps[2].changed, (Marks{{2, 0}}));
  EXPECT_TRUE(trial.steps[3].of_sample);
}

TEST_F(Trials, RowsThatMoveOrTakeAnotherShapeAreNoPairs) {
  const Trial trial = run(R"j(
- sort: {expressions: [{sourceColumn: n, ordering: DESCENDING}]}
- upper_case: {column: name}
- group_by: {columns: [g], group_by_agg_function_options: [{sourceColumnName: n, targetColumnName: n, targetColumnDataType: long, functionName: SUM}], use_new_data_frame: true}
)j");
  ASSERT_FALSE(trial.error) << trial.error->what();
  EXPECT_TRUE(trial.steps[0].reordered);
  EXPECT_EQ(column(trial.steps[0].after, 1), (Names{"3", "3", "2", "1"}));
  EXPECT_EQ(trial.steps[0].changed, Marks{});
  EXPECT_EQ(trial.steps[1].changed, (Marks{{0, 0}, {1, 0}, {2, 0}}));
  EXPECT_TRUE(trial.steps[2].reshaped);
  EXPECT_EQ(trial.steps[2].after.rows.size(), 2U);
}

TEST_F(Trials, AStepThatCantBeDoneEndsItWithItsPlace) {
  const Trial trial =
      run("- upper_case: {column: name}\n- delete: {columns: [g]}\n- upper_case: {column: g}\n- "
          "trim: {column: nothing}\n");
  EXPECT_EQ(trial.steps.size(), 2U);
  ASSERT_TRUE(trial.error);
  EXPECT_EQ(trial.error->code, "E6006");
  EXPECT_EQ(trial.error->where, "step 3 UPPER_CASE");
  EXPECT_FALSE(run("- upper_case: {column: name}\n- upper_case: {column: gone}\n", 1).error);
}

// A trial writes the table down after each step; what ENCRYPT knows of a column must outlive that.
TEST_F(Trials, DecryptGivesTheTypeBack) {
  const Trial trial =
      run("- encrypt: {columns: [n], kms_key_arn: k}\n- decrypt: {columns: [n], kms_key_arn: k}\n");
  ASSERT_FALSE(trial.error) << trial.error->what();
  EXPECT_EQ(trial.steps[0].after.columns[1].type, "VARCHAR");
  EXPECT_EQ(trial.steps[1].after.columns[1].type, "INTEGER");
  EXPECT_EQ(column(trial.steps[1].after, 1), (Names{"3", "1", "2", "3"}));
}

}  // namespace
}  // namespace mr::recipe
