// Tasks of several runs that write one dataset: those that replace its rows take turns, on both stores.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

const std::string kAppends = "dag: a\nconcurrency: { runs: 9 }\ntasks: { add: { uses: fake.task, with: { into: mart.x } } }\n";
const std::string kReplaces = "dag: r\nconcurrency: { runs: 9 }\ntasks: { swap: { uses: fake.task, with: { into: mart.x, mode: replace } } }\n";
const std::string kElsewhere = "dag: e\ntasks: { else: { uses: fake.task, with: { into: mart.y, mode: replace } } }\n";

template <class Kind>
class EngineWriters : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bench_.dags({kAppends, kReplaces, kElsewhere}).ok());
    bench_.join("w1", 100);
  }
  // An append, or a replace of what its offer showed.
  void land(LeaseNumber lease, const std::string& path, std::optional<SnapshotId> read = {}) {
    auto report = bench_.report(lease);
    report.data = landing("mart.x", path, read);
    bench_.tell(std::move(report));
  }
  SnapshotId snapshot() { return bench_.store.dataset("mart.x", std::nullopt)->snapshot; }

  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(EngineWriters, Kinds);

TYPED_TEST(EngineWriters, AReplaceWaitsForTheOneBeforeIt) {
  auto& b = this->bench_;
  const auto first = b.start("r");
  const auto lease = b.offered("swap");
  const auto second = b.start("r");
  b.clock.advance(Millis{10});  // Dags of one time take turns, and r has just had one
  const auto append = b.start("a"), other = b.start("e");
  EXPECT_EQ(b.at(second, "swap"), TaskState::ready);
  EXPECT_EQ(b.at(append, "add"), TaskState::ready);
  EXPECT_EQ(b.at(other, "else"), TaskState::leased) << "its dataset is another";
  EXPECT_NE(b.why(second, "swap").find("dataset mart.x is being written by task 'swap' of run " + first), std::string::npos) << b.why(second, "swap");
  this->land(lease, "1", SnapshotId{0});
  b.settle();
  EXPECT_EQ(b.at(second, "swap"), TaskState::leased);
  EXPECT_EQ(b.at(append, "add"), TaskState::ready);
  const Json shown = b.sent.sent.back().second.outputs;
  EXPECT_EQ(shown.items().at(0)["snapshot"].as_int(), this->snapshot().value) << "it starts from what the first has left";
  this->land(b.offered("swap"), "2", this->snapshot());
  b.settle();
  EXPECT_EQ(b.at(second, "swap"), TaskState::succeeded);
  EXPECT_EQ(b.at(append, "add"), TaskState::leased);
}

TYPED_TEST(EngineWriters, AppendsGoTogetherAndDoNotPassAReplaceThatWaits) {
  auto& b = this->bench_;
  b.start("a");
  const auto one = b.offered("add");
  b.start("a");
  const auto two = b.offered("add");
  EXPECT_NE(one, two);
  const auto swap = b.start("r");
  b.clock.advance(Millis{10});
  const auto late = b.start("a");
  EXPECT_EQ(b.at(swap, "swap"), TaskState::ready);
  EXPECT_EQ(b.at(late, "add"), TaskState::ready) << "or a stream of appends would keep the replace waiting for ever";
  this->land(one, "1");
  this->land(two, "2");
  b.settle();
  EXPECT_EQ(b.at(swap, "swap"), TaskState::leased);
}

TYPED_TEST(EngineWriters, WhatIsCancelledGivesItsTurnBack) {
  auto& b = this->bench_;
  const auto first = b.start("r"), second = b.start("r");
  EXPECT_EQ(b.at(second, "swap"), TaskState::ready);
  ASSERT_TRUE(b.call([&] { return b.engine->cancel(first, "not wanted"); }).ok());
  b.tell(b.report(b.offered("swap"), Outcome::cancelled));
  b.settle();
  EXPECT_EQ(b.at(second, "swap"), TaskState::leased);
}

}  // namespace
}  // namespace millrace::testing
