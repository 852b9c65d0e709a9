#include "dispatch/log_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace millrace {
namespace {

class LogStoreTest : public ::testing::Test {
 protected:
  ~LogStoreTest() override { std::filesystem::remove_all(root_); }

  static std::vector<LogLine> lines(int64_t first, int64_t count, const std::string& text = "line ") {
    std::vector<LogLine> made;
    for (int64_t i = first; i < first + count; ++i) made.push_back({.index = i, .time_ms = 1000 + i, .level = 2, .text = text + std::to_string(i)});
    return made;
  }

  static std::vector<std::string> texts(const LogStore& store, int64_t from = 0, int limit = 1000) {
    std::vector<std::string> found;
    const auto page = store.read("run", "task", 1, from, limit);
    EXPECT_TRUE(page) << to_string(page.error());
    for (const auto& line : page.value().lines) found.push_back(line.text);
    return found;
  }

  std::string root_ = std::filesystem::temp_directory_path() / ("millrace-logs-" + std::to_string(::getpid()));
};

TEST_F(LogStoreTest, ALogThatIsNotThereIsEmpty) {
  const auto page = LogStore(root_).read("run", "task", 1, 0, 10);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->lines.empty());
  EXPECT_EQ(page->next, 0);
}

TEST_F(LogStoreTest, RepeatedLinesAreWrittenOnce) {
  LogStore store(root_);
  ASSERT_TRUE(store.append("run", "task", 1, lines(0, 3)));
  ASSERT_TRUE(store.append("run", "task", 1, lines(1, 4)));
  EXPECT_EQ(texts(store), (std::vector<std::string>{"line 0", "line 1", "line 2", "line 3", "line 4"}));
}

TEST_F(LogStoreTest, ANewStoreKnowsWhereTheOldOneStopped) {
  ASSERT_TRUE(LogStore(root_).append("run", "task", 1, lines(0, 3)));
  LogStore store(root_);
  ASSERT_TRUE(store.append("run", "task", 1, lines(2, 2)));
  EXPECT_EQ(texts(store).size(), 4U);
}

TEST_F(LogStoreTest, ATornLineIsWrittenAgain) {
  ASSERT_TRUE(LogStore(root_).append("run", "task", 1, lines(0, 2)));
  std::ofstream(root_ + "/run/task/1.jsonl", std::ios::app) << "{\"t\": 1002, \"l\": 2, \"m\": \"li";
  LogStore store(root_);
  EXPECT_EQ(texts(store).size(), 2U) << "a torn line is not shown";
  ASSERT_TRUE(store.append("run", "task", 1, lines(2, 1)));
  EXPECT_EQ(texts(store), (std::vector<std::string>{"line 0", "line 1", "line 2"}));
}

TEST_F(LogStoreTest, PagesFollowEachOther) {
  LogStore store(root_);
  ASSERT_TRUE(store.append("run", "task", 1, lines(0, 10)));
  const auto page = store.read("run", "task", 1, 4, 3);
  ASSERT_EQ(page->lines.size(), 3U);
  EXPECT_EQ(page->lines[0].index, 4);
  EXPECT_EQ(page->lines[0].time_ms, 1004);
  EXPECT_EQ(page->next, 7);
}

TEST_F(LogStoreTest, AFullLogCountsWhatItDrops) {
  {
    LogStore store(root_, 500);
    ASSERT_TRUE(store.append("run", "task", 1, lines(0, 100)));
    ASSERT_TRUE(store.append("run", "task", 1, lines(100, 100)));
  }
  LogStore store(root_, 500);
  ASSERT_TRUE(store.append("run", "task", 1, lines(150, 100)));
  const auto kept = texts(store);
  ASSERT_GT(kept.size(), 2U);
  EXPECT_LE(std::filesystem::file_size(root_ + "/run/task/1.jsonl"), 700U);
  const auto dropped = 250 - (static_cast<int64_t>(kept.size()) - 1);
  EXPECT_EQ(kept.back(), std::to_string(dropped) + " more lines were not kept: the log of this attempt is full");
}

TEST_F(LogStoreTest, MissingLinesAreMarkedAndAbsurdGapsRefused) {
  LogStore store(root_);
  ASSERT_TRUE(store.append("run", "task", 1, lines(2, 1)));
  EXPECT_EQ(texts(store), (std::vector<std::string>{"(this line did not arrive)", "(this line did not arrive)", "line 2"}));
  const auto refused = store.append("run", "task", 1, lines(1'000'000, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "E3010");
}

TEST_F(LogStoreTest, NamesCanNotLeaveTheRoot) {
  LogStore store(root_);
  ASSERT_TRUE(store.append("../../up", "a/b", 1, lines(0, 1)));
  EXPECT_TRUE(std::filesystem::exists(root_ + "/%2E.%2F..%2Fup/a%2Fb/1.jsonl"));
}

TEST_F(LogStoreTest, AnUnusableRootIsAnError) {
  std::ofstream(root_) << "a file, not a folder";
  const auto refused = LogStore(root_).append("run", "task", 1, lines(0, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "E3011");
}

}  // namespace
}  // namespace millrace
