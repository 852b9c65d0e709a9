#include "catalog/plan.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

const std::vector<Column> kColumns{{"x", "BIGINT", true}};

DataFile file(const char* path) { return {.path = path, .rows = 1, .bytes = 1, .partition = Json::object(), .stats = Json::object()}; }

StagedSnapshot staged(const char* dataset, Operation operation, std::vector<DataFile> files) {
  StagedSnapshot snapshot;
  snapshot.dataset = dataset;
  snapshot.operation = operation;
  snapshot.columns = kColumns;
  snapshot.files = std::move(files);
  return snapshot;
}

CatalogView with(const char* dataset, std::vector<DataFile> files) {
  CatalogView view;
  view.datasets[dataset] = {.dataset = dataset, .snapshot = {4}, .columns = kColumns, .files = std::move(files)};
  return view;
}

TEST(PlanData, GivesOneChangePerPartInOrder) {
  DataCommit data;
  data.snapshots = {staged("m.new", Operation::append, {file("a")}), staged("m.x", Operation::replace, {file("b")})};
  const auto changes = plan_data(data, with("m.x", {file("1")}));
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_TRUE(changes->at(0).schema_changed);
  EXPECT_EQ(changes->at(1).ended, std::vector<std::string>{"1"});
}

TEST(PlanData, FilesEndOnceAndFilesOfTheSameCommitDoNot) {
  DataCommit data;
  data.snapshots = {staged("m.x", Operation::replace, {file("a")}), staged("m.x", Operation::replace, {file("b")})};
  const auto changes = plan_data(data, with("m.x", {file("1")}));
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->at(0).ended, std::vector<std::string>{"1"});
  EXPECT_TRUE(changes->at(1).ended.empty());
}

TEST(PlanData, APartSeesTheColumnsOfThePartBefore) {
  DataCommit data;
  data.snapshots = {staged("m.new", Operation::append, {}), staged("m.new", Operation::append, {})};
  data.snapshots[1].columns = {{"x", "VARCHAR", true}};
  const auto refused = plan_data(data, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "E5010");
}

TEST(PlanData, ARepeatedOrKnownFileAndARepeatedPositionAreRefusedByName) {
  DataCommit repeated, known, positions;
  repeated.snapshots = {staged("m.x", Operation::append, {file("a")}), staged("m.y", Operation::append, {file("a")})};
  known.snapshots = {staged("m.x", Operation::append, {file("b")})};
  positions.positions = {{"s", "k", Json(), 1}, {"s", "k", Json(), 2}};
  CatalogView view;
  view.taken_paths = {"b"};
  for (const auto* data : {&repeated, &known, &positions}) {
    const auto refused = plan_data(*data, view);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "E5013");
  }
}

TEST(PlanData, OnlyAppendsLookAtNoFile) {
  DataCommit data;
  data.snapshots = {staged("m.x", Operation::append, {}), staged("m.y", Operation::append, {}), staged("m.y", Operation::replace, {})};
  EXPECT_FALSE(needs_files(data, "m.x"));
  EXPECT_TRUE(needs_files(data, "m.y"));
}

}  // namespace
}  // namespace millrace
