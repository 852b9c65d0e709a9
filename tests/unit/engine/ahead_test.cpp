// Leases that are sent to a worker before it has a slot for them. (Decision 0026.)
#include "unit/engine/bench.hpp"

namespace millrace::testing {
namespace {

class Ahead : public ::testing::Test {
 protected:
  void SetUp() override {
    bench_.prefetch = 2;
    bench_.restart();
    ASSERT_TRUE(bench_.dags({"dag: d\ntasks: { load: { uses: fake.task, foreach: 40, max_parallel: 40 } }\n"}));
    bench_.join("w1", 2);
    bench_.start("d");
    bench_.settle();
  }

  void succeed(int item, Millis took) {
    auto report = bench_.report(bench_.offered("load[" + std::to_string(item) + "]"));
    report.took = took;
    bench_.tell(std::move(report));
    bench_.settle();
  }

  MemoryStore store_{};
  EngineBench bench_{store_};
};

TEST_F(Ahead, AWorkerThatNothingIsKnownOfGetsWhatItHasSlotsFor) { EXPECT_EQ(bench_.busy(), 2); }

TEST_F(Ahead, OneWhoseAttemptsAreShortGetsSomeMoreForEachSlot) {
  succeed(0, Millis{1});
  EXPECT_EQ(bench_.busy(), 2 + 2 * 2);
}

TEST_F(Ahead, OneWhoseAttemptsTakeSecondsGetsNone) {
  succeed(0, Millis{2'000});
  EXPECT_EQ(bench_.busy(), 2);
}

TEST_F(Ahead, InBetweenAsManyAsItWorksOffInATenthOfASecond) {
  succeed(0, Millis{100});
  EXPECT_EQ(bench_.busy(), 2 + 2);
}

TEST_F(Ahead, OneThatGivesSomethingBackGetsNoneUntilAnAttemptHasEndedThereAgain) {
  succeed(0, Millis{1});
  const auto waited = bench_.offered("load[6]");
  bench_.engine->returned("w1", {waited});
  bench_.settle();
  EXPECT_EQ(bench_.busy(), 5) << "what came back waits for a slot";
  succeed(1, Millis{2'000});
  EXPECT_EQ(bench_.busy(), 4);
  for (const int item : {2, 3, 4, 5}) succeed(item, Millis{1});
  EXPECT_GE(bench_.busy(), 2) << "its slots are full at all times";
}

TEST_F(Ahead, AWorkerThatComesAnewIsNotKnown) {
  succeed(0, Millis{1});
  bench_.join("w1", 2);
  bench_.settle();
  EXPECT_EQ(bench_.busy(), 2);
}

}  // namespace
}  // namespace millrace::testing
