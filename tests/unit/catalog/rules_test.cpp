#include "catalog/rules.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Columns = std::vector<Column>;

Columns one(const std::string& type, bool nullable = true) { return {{"x", type, nullable}}; }

DatasetView dataset(int64_t snapshot, std::vector<DataFile> files, Columns columns = one("BIGINT")) {
  return {.dataset = "m.x", .snapshot = {snapshot}, .columns = std::move(columns), .files = std::move(files)};
}

DataFile in(const char* path, const char* day) { return {.path = path, .rows = 1, .bytes = 1, .partition = Json::object({{"day", day}}), .stats = Json::object()}; }

StagedSnapshot staged(Operation operation, std::optional<SnapshotId> read = std::nullopt) {
  StagedSnapshot snapshot;
  snapshot.dataset = "m.x";
  snapshot.operation = operation;
  snapshot.columns = one("BIGINT");
  snapshot.read = read;
  return snapshot;
}

TEST(Evolve, TheFirstCommitSetsTheColumns) { EXPECT_EQ(*evolve({}, one("DATE", false)), one("DATE", false)); }

TEST(Evolve, TypesWidenInTheirFamilyAndNeverNarrow) {
  EXPECT_EQ(*evolve(one("INTEGER"), one("BIGINT")), one("BIGINT"));
  EXPECT_EQ(*evolve(one("BIGINT"), one("INTEGER")), one("BIGINT"));
  EXPECT_EQ(*evolve(one("BIGINT"), one("HUGEINT")), one("HUGEINT"));
  EXPECT_EQ(*evolve(one("BIGINT"), one("DOUBLE")), one("DOUBLE"));
  EXPECT_EQ(*evolve(one("FLOAT"), one("DOUBLE")), one("DOUBLE"));
  EXPECT_EQ(*evolve(one("DECIMAL(18,3)"), one("DECIMAL(18,3)")), one("DECIMAL(18,3)"));
}

TEST(Evolve, OtherTypesAreRefusedWithEveryDifference) {
  const Columns now{{"a", "BIGINT", true}, {"b", "DATE", true}, {"c", "VARCHAR", true}};
  const auto refused = evolve(now, {{"a", "VARCHAR", true}, {"b", "TIMESTAMP", true}, {"c", "VARCHAR", true}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "E5010");
  EXPECT_NE(refused.error().what.find("'a' is BIGINT and would become VARCHAR"), std::string::npos);
  EXPECT_NE(refused.error().what.find("'b' is DATE and would become TIMESTAMP"), std::string::npos);
  EXPECT_EQ(refused.error().what.find("'c'"), std::string::npos);
}

TEST(Evolve, ANewColumnIsNullableBecauseOldFilesLackIt) {
  const auto columns = evolve(one("BIGINT", false), {{"x", "BIGINT", false}, {"y", "DATE", false}});
  ASSERT_TRUE(columns);
  EXPECT_EQ(*columns, (Columns{{"x", "BIGINT", false}, {"y", "DATE", true}}));
}

TEST(Evolve, AColumnThatNewFilesLackBecomesNullable) {
  const auto columns = evolve({{"x", "BIGINT", false}, {"y", "DATE", false}}, {{"y", "DATE", false}});
  ASSERT_TRUE(columns);
  EXPECT_EQ(*columns, (Columns{{"x", "BIGINT", true}, {"y", "DATE", false}}));
}

TEST(PlanCommit, AppendEndsNothingAndNeverConflicts) {
  const auto change = plan_commit(dataset(5, {in("1", "a")}), staged(Operation::append, SnapshotId{3}));
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->ended.empty());
  EXPECT_FALSE(change->schema_changed);
}

TEST(PlanCommit, EveryOtherOperationConflictsWhenItsDatasetMovedOn) {
  for (const auto operation : {Operation::replace, Operation::overwrite_partitions, Operation::remove}) {
    const auto refused = plan_commit(dataset(5, {}), staged(operation, SnapshotId{3}));
    ASSERT_FALSE(refused) << name(operation);
    EXPECT_EQ(refused.error().code, "E5011");
    EXPECT_TRUE(plan_commit(dataset(5, {}), staged(operation, SnapshotId{5}))) << name(operation);
    EXPECT_TRUE(plan_commit(dataset(5, {}), staged(operation))) << "it looked at nothing";
  }
  EXPECT_TRUE(plan_commit(dataset(0, {}, {}), staged(Operation::replace, SnapshotId{0}))) << "it was not there, and is not";
}

TEST(PlanCommit, WhatIsWrittenByPartitionConflictsWithItsOwnPartitionsOnly) {
  auto change = staged(Operation::overwrite_partitions, SnapshotId{3});
  change.by_partition = true;
  change.files = {in("1b", "a")};
  change.clears = {Json::object({{"day", "c"}})};
  const auto now = dataset(5, {in("1", "a"), in("2", "b"), in("3", "c")});
  EXPECT_TRUE(plan_commit(now, change)) << "nothing came or went";
  EXPECT_TRUE(plan_commit(now, change, {in("2", "b")}));
  for (const char* day : {"a", "c"}) {
    const auto refused = plan_commit(now, change, {in("2", "b"), in("0", day)});
    ASSERT_FALSE(refused) << day;
    EXPECT_EQ(refused.error().code, "E5011");
  }
}

TEST(PlanCommit, ReplaceAndDeleteEndEveryFile) {
  const auto now = dataset(5, {in("1", "a"), in("2", "b")});
  EXPECT_EQ(plan_commit(now, staged(Operation::replace))->ended, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(plan_commit(now, staged(Operation::remove))->ended, (std::vector<std::string>{"1", "2"}));
}

TEST(PlanCommit, ReplaceMayChangeTheColumnsAsItLikes) {
  auto change = staged(Operation::replace);
  change.columns = one("VARCHAR");
  const auto planned = plan_commit(dataset(5, {}), change);
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->columns, one("VARCHAR"));
  EXPECT_TRUE(planned->schema_changed);
}

TEST(PlanCommit, OverwritingPartitionsEndsTheirFilesOnlyAndKeepsToTheSchema) {
  const auto now = dataset(5, {in("1", "a"), in("2", "b"), in("3", "c")});
  auto change = staged(Operation::overwrite_partitions);
  change.files = {in("1b", "a")};
  change.clears = {Json::object({{"day", "c"}})};
  EXPECT_EQ(plan_commit(now, change)->ended, (std::vector<std::string>{"1", "3"}));
  change.columns = one("VARCHAR");
  const auto refused = plan_commit(now, change);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "E5010");
}

TEST(PlanCommit, APartitionNamedBySomeOfItsKeysIsAllThatHaveThose) {
  const auto file = [](const std::string& path, const Json& partition) { return DataFile{.path = path, .rows = 1, .bytes = 1, .partition = partition}; };
  const auto now = dataset(5, {file("1", Json::object({{"_source", "raw.x"}})), file("2", Json::object({{"_source", "raw.x"}, {"day", "a"}})), file("3", Json::object({{"_source", "clean.x"}, {"day", "a"}})),
                               file("4", Json::object())});
  auto change = staged(Operation::overwrite_partitions);
  change.clears = {Json::object({{"_source", "raw.x"}})};
  EXPECT_EQ(plan_commit(now, change)->ended, (std::vector<std::string>{"1", "2"}));
  change.clears = {Json::object({{"_source", "raw.x"}, {"day", "a"}})};
  EXPECT_EQ(plan_commit(now, change)->ended, (std::vector<std::string>{"2"}));
  change.clears = {Json::object()};
  EXPECT_EQ(plan_commit(now, change)->ended, (std::vector<std::string>{"4"})) << "files without a partition, not all";
}

TEST(PlanCommit, ClearingWhatIsNotThereIsNothing) {
  auto change = staged(Operation::overwrite_partitions);
  change.columns = {};
  change.clears = {Json::object({{"day", "c"}})};
  EXPECT_TRUE(plan_commit(dataset(5, {in("1", "a")}), change)->nothing);
  EXPECT_FALSE(plan_commit(dataset(5, {in("1", "c")}), change)->nothing);
  change.columns = one("BIGINT");
  EXPECT_FALSE(plan_commit(dataset(5, {in("1", "a")}), change)->nothing) << "a run that had no rows is told";
}

TEST(Positions, AreComparedAsValuesAndNeverShown) {
  const PositionMove fresh{"s", "k", Json(), 1}, next{"s", "k", Json::object({{"a", 1}, {"b", 2}}), 1};
  EXPECT_FALSE(position_conflict(fresh, std::nullopt));
  EXPECT_TRUE(position_conflict(fresh, Json("secret")));
  EXPECT_FALSE(position_conflict(next, Json::object({{"b", 2}, {"a", 1}})));
  EXPECT_TRUE(position_conflict(next, std::nullopt));
  const auto conflict = position_conflict(fresh, Json("secret"));
  EXPECT_EQ(conflict->code, "E5012");
  EXPECT_EQ(to_string(*conflict).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace millrace
