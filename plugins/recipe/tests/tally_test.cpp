// A result that is read once: the same rows and the same account as when it is written down first.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "recipe/engine/compile.hpp"
#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::json;

Json step(const std::string& operation, const Json& parameters) { return {{"Action", {{"Operation", operation}, {"Parameters", parameters}}}}; }

struct Outcome {
  std::vector<std::vector<std::optional<std::string>>> rows{};
  Account account{};
  bool tallied = false;
};

// 200,000 rows on two threads; one in three has no text, one in five no number.
Outcome after(const Json& steps, bool once, World world = {}) {
  mr::data::Session session({.threads = 2});
  session.run("CREATE TEMP TABLE input AS SELECT i, CASE WHEN i % 3 > 0 THEN 'k' || i % 7 END AS t, CASE WHEN i % 5 > 0 THEN i % 100 END AS n FROM range(200000) r(i)");
  const Recipe recipe = read_recipe(steps.dump(), "r");
  const Tally tally(session, recipe.steps.size());
  world.session = &session;
  world.tally = once ? &tally : nullptr;
  world.secrets = testing::some_secret;
  const Plan plan = compile(recipe, session.describe("input"), "input", "_mr_out", world);
  Outcome outcome{.rows = {}, .account = run(session, recipe, plan, world.secrets), .tallied = plan.tally != nullptr};
  session.run("CREATE TEMP TABLE got AS SELECT * FROM _mr_out");
  complete(outcome.account, recipe, plan);
  outcome.rows = session.query("SELECT * FROM got ORDER BY ALL LIMIT 1000").rows;
  outcome.rows.push_back({std::to_string(session.query("SELECT count(*) FROM got").integer(0, 0))});
  return outcome;
}

Json account_of(const Outcome& outcome) {
  const auto& account = outcome.account;
  Json json{{"in", account.rows_in}, {"out", account.rows_out}, {"removed", Json::array()}, {"reshaped", Json::array()}};
  for (const auto& one : account.removed) json["removed"].push_back({one.step, one.operation, one.rows});
  for (const auto& one : account.reshaped) json["reshaped"].push_back({one.step, one.operation, one.rows_before, one.rows_after});
  return json;
}

void expect_the_same(const Json& steps) {
  const Outcome written = after(steps, false), read = after(steps, true);
  EXPECT_TRUE(read.tallied);
  EXPECT_FALSE(written.tallied);
  EXPECT_EQ(read.rows, written.rows);
  EXPECT_EQ(account_of(read), account_of(written));
}

const Json kNoText = step("REMOVE_MISSING", {{"sourceColumn", "t"}}), kNoNumber = step("REMOVE_MISSING", {{"sourceColumn", "n"}});

TEST(Tally, rows_that_steps_remove_are_counted_as_they_pass) {
  expect_the_same(Json::array({kNoText, kNoNumber}));
  const auto account = after(Json::array({kNoText, kNoNumber}), true).account;
  EXPECT_EQ(account.rows_in, 200'000);
  EXPECT_EQ(account.removed.at(0).rows, 66'667);  // i % 3 = 0
  EXPECT_EQ(account.removed.at(1).rows, 26'666);  // of the others those of i % 5 = 0: 40,000 without the 13,334 of i % 15 = 0
  EXPECT_EQ(account.rows_out, 106'667);
}

TEST(Tally, nothing_removed_is_everything_left) { expect_the_same(Json::array({step("UPPER_CASE", {{"sourceColumn", "t"}})})); }

TEST(Tally, statistics_and_windows_see_the_rows_that_are_there) {
  expect_the_same(Json::array({kNoText, step("FILL_WITH_MEDIAN", {{"sourceColumn", "n"}}), kNoNumber}));
  expect_the_same(Json::array({kNoText, step("DELETE_DUPLICATE_ROWS", Json::object())}));
}

TEST(Tally, stages_before_the_last_are_counted_where_they_stand) {
  expect_the_same(Json::array({kNoText, step("UNPIVOT", {{"sourceColumns", R"(["i", "n"])"}, {"unpivotColumn", "what"}, {"valueColumn", "value"}}), step("REMOVE_MISSING", {{"sourceColumn", "value"}})}));
}

TEST(Tally, what_is_kept_counted_by_cell_or_encrypted_is_written_down) {
  EXPECT_FALSE(after(Json::array({kNoText}), true, {.keep_removed = true}).tallied);
  EXPECT_FALSE(after(Json::array({step("UPPER_CASE", {{"sourceColumn", "t"}})}), true, {.count_cells = true}).tallied);
  EXPECT_FALSE(after(Json::array({step("DETERMINISTIC_ENCRYPT", {{"sourceColumns", R"(["t"])"}, {"secretId", "s"}})}), true).tallied);
}

}  // namespace
}  // namespace mr::recipe
