// What is kept of lineage, and what is read of it.
#include "state/history.hpp"
#include "unit/state/stores.hpp"

namespace millrace {
namespace {

using testing::add;
using testing::Driver;
using testing::file;
using testing::staged;

class LineageTest : public ::testing::Test {
 protected:
  LineageTest() {
    auto opened = open_history(kind.file());
    EXPECT_TRUE(opened);
    history = std::move(*opened);
    add(dag, "load");
    add(dag, "clean", {"load"});
    add(dag, "sales", {"clean"});
  }

  // The task reads what is there of `reads`, and writes one file.
  void work(Driver& driver, TaskIndex task, const std::vector<std::string>& reads, const std::string& writes, const std::string& path, Json lineage = {}, Operation operation = Operation::replace) {
    auto part = driver.granting(task);
    part.pins_of = task;
    for (const auto& name : reads) part.pins.push_back(*kind.get().dataset(name, std::nullopt));
    ASSERT_TRUE(driver.commit(std::move(part)));
    DataCommit data;
    data.snapshots = {staged(writes, operation, {file(path)})};
    data.snapshots[0].lineage = std::move(lineage);
    ASSERT_TRUE(driver.finish(task, data));
  }

  std::vector<std::string> consumers(int64_t snapshot) {
    std::vector<std::string> lines;
    const auto found = history->consumers(snapshot);
    EXPECT_TRUE(found);
    for (const auto& one : *found) lines.push_back(std::to_string(one.wave) + " " + one.run + " " + one.task + " " + one.dataset + "@" + std::to_string(one.snapshot));
    return lines;
  }

  testing::InFile kind{};
  std::unique_ptr<History> history{};
  Dag dag{};
};

using Lines = std::vector<std::string>;

TEST_F(LineageTest, ColumnsAreKeptByInputAndTheNewestCount) {
  const auto lineage = Json::parse(R"({"kind": "columns", "inputs": {"raw.o": {"rows": ["*"], "columns": {"id": {"direct": ["n"], "condition": []}}}}})");
  for (int64_t id = 1; id <= 2; ++id) {
    Driver driver(kind.get(), dag, "d@" + std::to_string(id), id);
    ASSERT_TRUE(driver.start());
    work(driver, {0}, {}, "raw.o", "o" + std::to_string(id));
    work(driver, {1}, {"raw.o"}, "clean.o", "c" + std::to_string(id), id == 2 ? *lineage : Json::object({{"kind", "all"}}));
    work(driver, {2}, {"clean.o", "raw.o"}, "mart.s", "s" + std::to_string(id), *lineage);
  }
  const auto links = history->data_links();
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 3U);
  EXPECT_EQ((*links)[0].input, "raw.o");
  EXPECT_EQ((*links)[0].output, "clean.o");
  EXPECT_EQ((*links)[0].task, "clean");
  EXPECT_EQ((*links)[0].columns["columns"]["id"]["direct"].at(0).as_text(), "n") << "the newer one";
  for (const auto& link : *links) {
    const bool feeds = link.input != "clean.o";
    EXPECT_EQ(link.columns["rows"].size(), feeds ? 1U : 0U) << link.input;
  }
}

TEST_F(LineageTest, ConsumersAreFoundThroughWhatTheyMade) {
  Driver first(kind.get(), dag, "d@1", 1), second(kind.get(), dag, "d@2", 2);
  ASSERT_TRUE(first.start());
  work(first, {0}, {}, "raw.o", "o1", {}, Operation::append);       // 1
  work(first, {1}, {"raw.o"}, "clean.o", "c1");                    // 2
  work(first, {2}, {"clean.o"}, "mart.s", "s1");                   // 3
  ASSERT_TRUE(second.start());
  work(second, {0}, {}, "raw.o", "o2", {}, Operation::append);      // 4 holds the rows of 1, too
  work(second, {1}, {"raw.o"}, "clean.o", "c2");                   // 5 in place of 2
  work(second, {2}, {}, "mart.s", "s2");                           // 6 read nothing
  EXPECT_EQ(consumers(1), (Lines{"0 d@1 clean raw.o@1", "0 d@2 clean raw.o@4", "1 d@1 sales clean.o@2"}));
  EXPECT_EQ(consumers(4), (Lines{"0 d@2 clean raw.o@4"}));
  EXPECT_EQ(consumers(2), (Lines{"0 d@1 sales clean.o@2"})) << "5 holds none of its rows";
  EXPECT_EQ(consumers(6), Lines{});
  const auto unknown = history->consumers(99);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "E1070");
}

TEST_F(LineageTest, ACompactedFileHoldsTheSameRows) {
  Driver driver(kind.get(), dag);
  ASSERT_TRUE(driver.start());
  work(driver, {0}, {}, "raw.o", "o1", {}, Operation::append);  // 1
  DataCommit compacted;
  compacted.snapshots = {staged("raw.o", Operation::rewrite, {file("o2")})};
  compacted.snapshots[0].ends = {"o1"};
  ASSERT_TRUE(driver.publish({1}, compacted));                  // 2
  work(driver, {2}, {"raw.o"}, "mart.s", "s1");                // 3
  EXPECT_EQ(consumers(1), (Lines{"0 d@1 sales raw.o@2"}));
}

}  // namespace
}  // namespace millrace
