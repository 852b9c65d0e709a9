// Who may write a dataset at the same time as whom.
#include "schedule/write_turns.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Task writer(std::vector<std::string> writes, std::vector<std::string> replaces = {}) {
  Task task;
  task.writes = std::move(writes);
  task.replaces = std::move(replaces);
  return task;
}

const Task kAppend = writer({"m.x"}), kReplace = writer({"m.x"}, {"m.x"}), kOther = writer({"m.y"}, {"m.y"}), kBoth = writer({"m.x", "m.y"}, {"m.x", "m.y"}), kReader;

TEST(WriteTurns, AppendsGoTogether) {
  WriteTurns turns;
  turns.hold(kAppend);
  EXPECT_TRUE(turns.admit(kAppend, {}));
  EXPECT_TRUE(turns.admit(kAppend, {}));
}

TEST(WriteTurns, WhatReplacesIsAlone) {
  WriteTurns turns;
  EXPECT_TRUE(turns.admit(kReplace, {}));
  EXPECT_FALSE(turns.admit(kReplace, {}));
  EXPECT_FALSE(turns.admit(kAppend, {}));
  EXPECT_TRUE(turns.admit(kOther, {})) << "of another dataset";
  EXPECT_TRUE(turns.admit(kReader, {}));
}

TEST(WriteTurns, WhatReplacesWaitsForWhoIsAtWork) {
  WriteTurns turns;
  turns.hold(kAppend);
  EXPECT_FALSE(turns.admit(kReplace, {}));
  EXPECT_FALSE(turns.admit(kAppend, {})) << "it does not pass who waits";
  EXPECT_TRUE(turns.admit(kOther, {}));
}

TEST(WriteTurns, WhoWaitsForOneDatasetHoldsNoneAndKeepsItsTurnForAll) {
  WriteTurns turns;
  turns.hold(kAppend);
  EXPECT_FALSE(turns.admit(kBoth, {}));
  EXPECT_FALSE(turns.admit(kOther, {}));
  WriteTurns later;
  EXPECT_TRUE(later.admit(kBoth, {}));
}

TEST(WriteTurns, ACommitThatCannotBeReadYetIsWaitedFor) {
  WriteTurns turns;
  EXPECT_FALSE(turns.admit(kReplace, {"m.x"}));
  WriteTurns appends;
  EXPECT_TRUE(appends.admit(kAppend, {"m.x"})) << "it does not start from what is there";
}

}  // namespace
}  // namespace millrace
