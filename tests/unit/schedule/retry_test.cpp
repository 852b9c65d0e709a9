#include "schedule/retry.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace millrace {
namespace {

using namespace std::chrono_literals;

RetryPolicy policy() { return {.attempts = 3, .delay = 10s, .backoff = 2, .max_delay = 60s, .jitter = Jitter::none}; }

TEST(RetryDelay, GrowsByTheFactorUpToItsLimit) {
  EXPECT_EQ(retry_delay(policy(), 1, {}, 1), 10s);
  EXPECT_EQ(retry_delay(policy(), 2, {}, 1), 20s);
  EXPECT_EQ(retry_delay(policy(), 3, {}, 1), 40s);
  EXPECT_EQ(retry_delay(policy(), 4, {}, 1), 60s);
}

TEST(RetryDelay, StaysAtItsLimitForAnyNumberOfRetries) {
  EXPECT_EQ(retry_delay(policy(), std::numeric_limits<int32_t>::max(), {}, 1), 60s);
}

TEST(RetryDelay, IsDrawnBetweenNothingAndAllWithFullJitter) {
  RetryPolicy jittered = policy();
  jittered.jitter = Jitter::full;
  EXPECT_EQ(retry_delay(jittered, 2, {}, 0.25), 5s);
  EXPECT_EQ(retry_delay(jittered, 2, {}, 0), 0s);
  EXPECT_EQ(retry_delay(policy(), 2, {}, 0.25), 20s);
}

TEST(RetryDelay, IsNeverShorterThanTheOtherSideAskedFor) {
  EXPECT_EQ(retry_delay(policy(), 1, 5min, 1), 5min);
  EXPECT_EQ(retry_delay(policy(), 1, 1s, 1), 10s);
}

TEST(Judge, CountsTheFirstTry) {
  TaskRun task{.failures = 1};
  EXPECT_TRUE(judge(policy(), task, {.error_class = "transient"}).again);
  task.failures = 2;
  const Verdict last = judge(policy(), task, {.error_class = "transient"});
  EXPECT_FALSE(last.again);
  EXPECT_EQ(last.failures, 3);
  EXPECT_EQ(last.reason, "3 of 3 tries used");
}

TEST(Judge, TriesAgainOnlyForTheListedClasses) {
  EXPECT_FALSE(judge(policy(), {}, {.error_class = "data"}).again);
  EXPECT_EQ(judge(policy(), {}, {.error_class = "data"}).reason, "class data is not retried");
  EXPECT_FALSE(judge(policy(), {}, {.error_class = ""}).again);
}

TEST(Judge, BelievesAnOperatorThatGivesUp) {
  EXPECT_FALSE(judge(policy(), {}, {.error_class = "transient", .final_failure = true}).again);
}

TEST(Judge, LetsAConflictSpendALossAndNoTry) {
  const RetryPolicy once{.attempts = 1, .on = {}};
  const Verdict verdict = judge(once, {.losses = 2}, {.error_class = "conflict", .final_failure = true});
  EXPECT_TRUE(verdict.again);
  EXPECT_EQ(verdict.failures, 0);
  EXPECT_EQ(verdict.losses, 3);
}

TEST(Judge, EndsATaskThatOnlyMeetsConflicts) {
  EXPECT_FALSE(judge(policy(), {.losses = kMaxLosses}, {.error_class = "conflict"}).again);
}

}  // namespace
}  // namespace millrace
