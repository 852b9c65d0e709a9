#include "schedule/states.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/text.hpp"

namespace millrace {
namespace {

TEST(States, ThePageIsPrintedFromTheTable) {
  const auto page = std::filesystem::path(MR_SOURCE_DIR) / "core/doc/states.md";
  if (std::getenv("MR_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(write_text(page.string(), states_markdown()).ok());
  }
  const auto text = read_text(page.string());
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, states_markdown()) << "run this test with MR_UPDATE_DOCS=1 to write the page anew";
}

TEST(States, NoMoveIsListedTwice) {
  for (size_t i = 0; i < kTaskMoves.size(); ++i) EXPECT_EQ(find_move(kTaskMoves[i].from, kTaskMoves[i].to), &kTaskMoves[i]);
  for (size_t i = 0; i < kRunMoves.size(); ++i) EXPECT_EQ(find_move(kRunMoves[i].from, kRunMoves[i].to), &kRunMoves[i]);
}

TEST(States, EveryStateCanBeReached) {
  for (int state = 2; state <= static_cast<int>(TaskState::cancelled); ++state) {
    EXPECT_TRUE(std::any_of(kTaskMoves.begin(), kTaskMoves.end(), [&](const auto& m) { return static_cast<int>(m.to) == state; })) << name(static_cast<TaskState>(state));
  }
}

}  // namespace
}  // namespace millrace
