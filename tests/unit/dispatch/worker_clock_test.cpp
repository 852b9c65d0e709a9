#include "dispatch/worker_clock.hpp"

#include <gtest/gtest.h>

namespace millrace::dispatch {
namespace {

constexpr int64_t kNow = 1'800'000'000'000, kDay = 86'400'000;

TEST(WorkerClock, WithoutAWordTimesStayAsTheyAre) {
  WorkerClock clock;
  clock.said(0, kNow);
  EXPECT_EQ(clock.ahead(), Millis{});
  EXPECT_EQ(clock.ours(kNow - kDay), kNow - kDay);
}

TEST(WorkerClock, ADayOffIsSeenAndTakenOut) {
  for (const int64_t off : {kDay, -kDay}) {
    WorkerClock clock;
    clock.said(kNow + off, kNow);
    EXPECT_EQ(clock.ahead(), Millis(off));
    EXPECT_EQ(clock.ours(kNow + off + 70), kNow + 70);
    EXPECT_EQ(clock.ours(0), 0) << "what was not said is no time";
  }
}

TEST(WorkerClock, SomeSecondsAreNoDifference) {
  for (const int64_t off : {4'900, -4'900}) {
    WorkerClock clock;
    clock.said(kNow + off, kNow);
    EXPECT_EQ(clock.ahead(), Millis{});
    EXPECT_EQ(clock.ours(kNow + off), kNow + off);
  }
}

TEST(WorkerClock, AMessageThatWasLongOnItsWayIsNoSlowClock) {
  WorkerClock clock;
  clock.said(kNow, kNow);
  for (int i = 1; i < 6; ++i) {
    clock.said(kNow, kNow + i * 10'000);
    EXPECT_EQ(clock.ahead(), Millis{}) << i;
  }
}

TEST(WorkerClock, AClockThatWasSetRightIsBelievedAfterAWhile) {
  WorkerClock clock;
  clock.said(kNow + kDay, kNow);
  for (int i = 0; i < 6; ++i) clock.said(kNow, kNow);
  EXPECT_EQ(clock.ahead(), Millis{});
}

TEST(WorkerClock, AbsurdTimesDoNoHarm) {
  WorkerClock clock;
  clock.said(INT64_MAX, kNow);
  EXPECT_GT(clock.ahead(), Millis(kDay));
  clock.said(INT64_MIN, kNow);
  EXPECT_LT(clock.ours(INT64_MIN), 0);
}

}  // namespace
}  // namespace millrace::dispatch
