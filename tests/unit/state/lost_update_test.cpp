// Two attempts that read the same snapshot of a counter and both write it: no update is lost, on both stores.
#include <random>

#include "unit/state/stores.hpp"

namespace millrace {
namespace {

using testing::add;
using testing::Driver;
using testing::file;
using testing::staged;

constexpr int kTries = 1'000;
const std::string kCounter = "m.counter", kLog = "m.log";

template <class Kind>
class LostUpdate : public ::testing::Test {
 protected:
  LostUpdate() : driver(kind.get(), one_task_each()) {
    EXPECT_TRUE(driver.start());
    EXPECT_TRUE(publish(replace_with(0)));
  }

  static Dag one_task_each() {
    Dag dag;
    for (int i = 0; i < 2 * kTries + 1; ++i) add(dag, "t" + std::to_string(i));
    return dag;
  }

  DatasetView read(const std::string& dataset) { return *kind.get().dataset(dataset, std::nullopt); }
  int64_t value() { return read(kCounter).files.at(0).rows; }  // a counter is a file with so many rows

  std::string fresh_path() { return std::to_string(++files_); }

  DataCommit replace_with(int64_t value) {
    auto snapshot = staged(kCounter, Operation::replace, {file(fresh_path(), value)});
    snapshot.read = read(kCounter).snapshot;
    return {.snapshots = {snapshot}};
  }
  DataCommit append_to(const std::string& dataset) {
    auto snapshot = staged(dataset, Operation::append, {file(fresh_path(), 1)});
    snapshot.read = read(dataset).snapshot;
    return {.snapshots = {snapshot}};
  }

  // As the engine does: it looks for a conflict, and commits when there is none.
  std::string check(const DataCommit& data) { return testing::conflict(kind.get(), data); }
  Status publish(const DataCommit& data) {
    const TaskIndex task{next_task_++};
    auto granted = driver.grant(task);
    return granted ? driver.finish(task, data) : granted;
  }

  // The store itself refuses what nobody has looked at: all of the commit, also that its task has ended.
  void expect_refused(const DataCommit& data) {
    EXPECT_EQ(check(data), "E5011");
    const TaskIndex task{next_task_++};
    ASSERT_TRUE(driver.grant(task));
    const auto before = driver.run;
    const auto refused = driver.finish(task, data);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "E5011");
    driver.run = before;
    EXPECT_EQ(driver.stored().tasks.at(index(task)).state, TaskState::leased);
  }

  Kind kind{};
  Driver driver;
  std::mt19937 random{7};

 private:
  int32_t next_task_ = 0;
  int files_ = 0;
};

TYPED_TEST_SUITE(LostUpdate, testing::Kinds, testing::KindNames);

TYPED_TEST(LostUpdate, OfTwoThatReplaceExactlyOneLandsAndTheOtherDoesOnTheNewState) {
  int64_t landed = 0;
  for (int i = 0; i < kTries; ++i) {
    std::array tries{this->replace_with(this->value() + 1), this->replace_with(this->value() + 1)};
    if (this->random() % 2 == 0) std::swap(tries[0], tries[1]);
    ASSERT_EQ(this->check(tries[0]), "");
    ASSERT_EQ(this->check(tries[1]), "") << "nobody has landed yet";
    ASSERT_TRUE(this->publish(tries[0]));
    ++landed;
    if (i % 20 == 0) this->expect_refused(tries[1]);
    else ASSERT_EQ(this->check(tries[1]), "E5011");
    if (this->random() % 2 == 0) continue;  // it has given up
    const auto again = this->replace_with(this->value() + 1);
    ASSERT_EQ(this->check(again), "");
    ASSERT_TRUE(this->publish(again));
    ++landed;
  }
  EXPECT_GT(landed, kTries);
  EXPECT_EQ(this->value(), landed);
  this->kind.reopen();
  EXPECT_EQ(this->value(), landed);
  EXPECT_EQ(this->read(kCounter).files.size(), 1u);
}

TYPED_TEST(LostUpdate, OfTwoThatAppendBothLand) {
  constexpr int kAppends = 200;
  for (int i = 0; i < kAppends; ++i) {
    const std::array tries{this->append_to(kLog), this->append_to(kLog)};
    for (const auto& one : tries) {
      ASSERT_EQ(this->check(one), "");
      ASSERT_TRUE(this->publish(one));
    }
  }
  EXPECT_EQ(this->read(kLog).files.size(), size_t{2} * kAppends);
}

TYPED_TEST(LostUpdate, AReplaceNeverSwallowsAnAppendThatItHasNotSeen) {
  const auto late = this->replace_with(this->value() + 1);
  const auto append = this->append_to(kCounter);
  ASSERT_TRUE(this->publish(append));
  this->expect_refused(late);
  EXPECT_EQ(this->read(kCounter).files.size(), 2u);
  // The other way round both land: an append reads nothing of what it adds to.
  const auto seen = this->replace_with(5), other = this->append_to(kCounter);
  ASSERT_TRUE(this->publish(seen));
  ASSERT_EQ(this->check(other), "");
  ASSERT_TRUE(this->publish(other));
  EXPECT_EQ(this->read(kCounter).files.size(), 2u);
}

}  // namespace
}  // namespace millrace
