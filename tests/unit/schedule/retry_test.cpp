#include "schedule/retry.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace millrace {
namespace {

using namespace std::chrono_literals;

RetryRule rule() { return {.attempts = 3, .delay = 10s, .backoff = 2, .max_delay = 60s, .jitter = Jitter::none}; }
RetryPolicy policy() { return {rule()}; }

TEST(RetryDelay, GrowsByTheFactorUpToItsLimit) {
  EXPECT_EQ(retry_delay(rule(), 1, {}, 1), 10s);
  EXPECT_EQ(retry_delay(rule(), 2, {}, 1), 20s);
  EXPECT_EQ(retry_delay(rule(), 3, {}, 1), 40s);
  EXPECT_EQ(retry_delay(rule(), 4, {}, 1), 60s);
}

TEST(RetryDelay, StaysAtItsLimitForAnyNumberOfRetries) {
  EXPECT_EQ(retry_delay(rule(), std::numeric_limits<int32_t>::max(), {}, 1), 60s);
}

TEST(RetryDelay, IsDrawnBetweenNothingAndAllWithFullJitter) {
  RetryRule jittered = rule();
  jittered.jitter = Jitter::full;
  EXPECT_EQ(retry_delay(jittered, 2, {}, 0.25), 5s);
  EXPECT_EQ(retry_delay(jittered, 2, {}, 0), 0s);
  EXPECT_EQ(retry_delay(rule(), 2, {}, 0.25), 20s);
}

TEST(RetryDelay, IsNeverShorterThanTheOtherSideAskedFor) {
  EXPECT_EQ(retry_delay(rule(), 1, 5min, 1), 5min);
  EXPECT_EQ(retry_delay(rule(), 1, 1s, 1), 10s);
}

TEST(Judge, CountsTheFirstTry) {
  TaskRun task{.failures = 1, .spent = 1};
  EXPECT_TRUE(judge(policy(), task, {.error_class = "transient"}).again);
  task.failures = 2;
  task.spent = 2;
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
  const RetryPolicy once{{.attempts = 1, .on = {}}};
  const Verdict verdict = judge(once, {.losses = 2}, {.error_class = "conflict", .final_failure = true});
  EXPECT_TRUE(verdict.again);
  EXPECT_EQ(verdict.failures, 0);
  EXPECT_EQ(verdict.losses, 3);
}

TEST(Judge, KnowsAClassByWhatStandsBeforeItsSlash) {
  EXPECT_TRUE(judge(policy(), {}, {.error_class = "transient/exit_75"}).again);
  const RetryPolicy exact{{.attempts = 2, .on = {"transient/exit_75"}}};
  EXPECT_TRUE(judge(exact, {}, {.error_class = "transient/exit_75"}).again);
  EXPECT_FALSE(judge(exact, {}, {.error_class = "transient/exit_7"}).again);
  EXPECT_FALSE(judge(exact, {}, {.error_class = "transient"}).again);
  const RetryPolicy codes{{.attempts = 2, .on = {}, .exit_codes = {7, 75}}};
  EXPECT_TRUE(judge(codes, {}, {.error_class = "config/exit_75"}).again);
  EXPECT_FALSE(judge(codes, {}, {.error_class = "config/exit_5"}).again);
}

TEST(Judge, LetsEachRuleCountItsOwnTries) {
  const RetryPolicy rules{{.attempts = 2, .delay = 1s, .jitter = Jitter::none, .on = {"timeout"}}, {.attempts = 3, .delay = 7s, .backoff = 2, .jitter = Jitter::none, .on = {"transient"}}};
  TaskRun task;
  const auto take = [&](std::string_view error_class) {
    const Verdict verdict = judge(rules, task, {.error_class = error_class});
    task.failures = verdict.failures;
    task.spent = verdict.spent;
    return verdict;
  };
  EXPECT_EQ(take("transient").delay, 7s);
  EXPECT_EQ(take("timeout").delay, 1s);
  EXPECT_EQ(take("transient").delay, 14s);
  const Verdict last = take("transient");
  EXPECT_FALSE(last.again);
  EXPECT_EQ(last.failures, 4);
  EXPECT_EQ(last.reason, "3 of 3 tries used");
}

TEST(Judge, EndsATaskThatOnlyMeetsConflicts) {
  EXPECT_FALSE(judge(policy(), {.losses = kMaxLosses}, {.error_class = "conflict"}).again);
}

}  // namespace
}  // namespace millrace
