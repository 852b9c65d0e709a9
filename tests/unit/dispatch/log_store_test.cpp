#include "dispatch/log_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

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

TEST_F(LogStoreTest, ALargeLogKeepsItsBeginningAndItsEnd) {
  constexpr int64_t kLines = 250;
  {
    LogStore store(root_, 2000);
    ASSERT_TRUE(store.append("run", "task", 1, lines(0, 100)));
    ASSERT_TRUE(store.append("run", "task", 1, lines(100, 100)));
  }
  LogStore store(root_, 2000);
  ASSERT_TRUE(store.append("run", "task", 1, lines(150, 100)));
  const auto kept = texts(store);
  ASSERT_GT(kept.size(), 20U);
  EXPECT_EQ(kept.front(), "line 0");
  EXPECT_EQ(kept.back(), "line 249");
  const auto cut = std::find_if(kept.begin(), kept.end(), [](const auto& line) { return line.starts_with("("); });
  ASSERT_NE(cut, kept.end());
  EXPECT_EQ(*cut, "(" + std::to_string(kLines - static_cast<int64_t>(kept.size()) + 1) + " lines were cut here: the log of this attempt is large)");
  uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(root_ + "/run/task")) bytes += file.file_size();
  EXPECT_LE(bytes, 2000U);
  EXPECT_GE(bytes, 1000U);
}

TEST_F(LogStoreTest, PagesOfALargeLogFollowEachOther) {
  LogStore store(root_, 2000);
  ASSERT_TRUE(store.append("run", "task", 1, lines(0, 250)));
  const auto all = texts(store);
  for (int size = 1; size < 8; ++size) {
    std::vector<std::string> paged;
    for (int64_t from = 0;;) {
      const auto page = store.read("run", "task", 1, from, size);
      ASSERT_TRUE(page);
      if (page->lines.empty()) break;
      for (const auto& line : page->lines) paged.push_back(line.text);
      from = page->next;
    }
    EXPECT_EQ(paged, all) << "pages of " << size;
  }
}

// Random batches, repeats, stores that begin anew and compression in between, against all lines ever said.
TEST_F(LogStoreTest, WhateverHappensInBetweenTheLinesKeepTheirOrder) {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    std::filesystem::remove_all(root_);
    auto store = std::make_unique<LogStore>(root_, 20'000);
    int64_t said = 0;
    for (int act = 0; act < 40; ++act) {
      const int64_t back = std::min<int64_t>(said, random() % 5), count = back + random() % 40;
      ASSERT_TRUE(store->append("run", "task", 1, lines(said - back, count)));
      said += count - back;
      if (random() % 4 == 0) store->compress("run");
      if (random() % 6 == 0) store = std::make_unique<LogStore>(root_, 20'000);
    }
    const auto page = store->read("run", "task", 1, 0, 100'000);
    ASSERT_TRUE(page) << to_string(page.error());
    int64_t expected = 0;
    for (const auto& line : page->lines) {
      if (line.text.starts_with("(")) expected = line.index;
      else EXPECT_EQ(line.text, "line " + std::to_string(line.index)) << "seed " << seed;
      EXPECT_EQ(line.index, expected++) << "seed " << seed;
    }
    EXPECT_EQ(page->next, said) << "seed " << seed;
  }
}

TEST_F(LogStoreTest, ACompressedLogReadsAsBeforeAndTakesMoreLines) {
  LogStore store(root_);
  ASSERT_TRUE(store.append("run", "task", 1, lines(0, 1000)));
  ASSERT_TRUE(store.append("run", "other", 1, lines(0, 3)));
  store.compress("run");
  EXPECT_TRUE(std::filesystem::exists(root_ + "/run/task/1.jsonl.gz"));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/run/task/1.jsonl"));
  EXPECT_LT(std::filesystem::file_size(root_ + "/run/task/1.jsonl.gz"), 15'000U);
  EXPECT_TRUE(std::filesystem::exists(root_ + "/run/other/1.jsonl")) << "a small one is not worth it";
  EXPECT_EQ(texts(store, 990).size(), 10U);
  ASSERT_TRUE(store.append("run", "task", 1, lines(998, 4)));
  EXPECT_EQ(texts(store, 0, 2000).size(), 1002U);
}

TEST_F(LogStoreTest, TheLastLinesAreThoseOfTheEnd) {
  LogStore store(root_, 2000);
  ASSERT_TRUE(store.append("run", "task", 1, lines(0, 250)));
  const auto last = store.last("run", "task", 1, 3);
  ASSERT_TRUE(last);
  ASSERT_EQ(last->size(), 3U);
  EXPECT_EQ((*last)[2].text, "line 249");
  EXPECT_TRUE(store.last("run", "none", 1, 3)->empty());
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
