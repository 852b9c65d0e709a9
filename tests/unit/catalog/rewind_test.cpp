#include "catalog/rewind.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Paths = std::vector<std::string>;

Aftermath::File file(const char* path, int64_t begin, int64_t end = 0) {
  return {.file = {.path = path, .rows = 1, .bytes = 1, .partition = {}, .stats = {}}, .begin = begin, .end = end};
}

// Snapshot 1 is somebody's, 2 is taken back; 3 drops the dataset, and 4 restores it.
Aftermath dropped_and_restored() {
  Aftermath since;
  since.now = {.dataset = "raw.x", .snapshot = {4}};
  since.before = {.dataset = "raw.x", .snapshot = {1}};
  since.snapshots = {{.id = {2}, .operation = Operation::append, .taken_back = true}, {.id = {3}, .operation = Operation::drop}, {.id = {4}, .operation = Operation::restore}};
  since.files = {file("theirs", 4), file("ours", 2, 3), file("ours", 4)};
  return since;
}

TEST(Rewind, TakesBackFilesThatWereGoneAndCameBack) {
  const auto staged = plan_rewind(dropped_and_restored());
  ASSERT_TRUE(staged) << to_string(staged.error());
  EXPECT_EQ(staged->ends, Paths{"ours"});
  EXPECT_TRUE(staged->files.empty());
}

TEST(Rewind, RefusesFilesThatCameBackAndWerePutTogetherWithOthers) {
  auto since = dropped_and_restored();
  since.snapshots.push_back({.id = {5}, .operation = Operation::rewrite});
  since.files = {file("theirs", 4, 5), file("ours", 2, 3), file("ours", 4, 5), file("both", 5)};
  const auto staged = plan_rewind(since);
  ASSERT_FALSE(staged);
  EXPECT_EQ(staged.error().code, "E5019");
}

TEST(Rewind, WhatIsGoneAlreadyNeedsNotEnd) {
  auto since = dropped_and_restored();
  since.files = {file("theirs", 4), file("ours", 2, 3)};
  EXPECT_TRUE(plan_rewind(since)->ends.empty());
}

}  // namespace
}  // namespace millrace
