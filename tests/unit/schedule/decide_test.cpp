#include "schedule/decide.hpp"

#include <gtest/gtest.h>

#include "unit/schedule/bench.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::add;
using testing::Bench;

template <class T>
const T* only(const Decision& decision) {
  const T* found = nullptr;
  for (const auto& effect : decision.effects) {
    if (const T* one = std::get_if<T>(&effect)) found = one;
  }
  return found;
}

TEST(Decide, AnEmptyRunSucceedsAtOnce) {
  Bench bench{Dag{}};
  const Decision decision = bench.start();
  EXPECT_EQ(bench.run.state, RunState::succeeded);
  ASSERT_NE(only<FinishRun>(decision), nullptr);
  EXPECT_EQ(only<FinishRun>(decision)->state, RunState::succeeded);
}

TEST(Decide, ARunWithATimeoutGetsItsTimer) {
  Dag dag;
  add(dag, "a");
  dag.timeout = 1h;
  Bench bench{dag};
  const Decision decision = bench.start();
  const SetTimer* timer = only<SetTimer>(decision);
  ASSERT_NE(timer, nullptr);
  EXPECT_EQ(timer->kind, TimerKind::run_timeout);
  EXPECT_EQ(timer->at, bench.now + 1h);
  EXPECT_EQ(timer->lease.task, TaskIndex{-1});
}

TEST(Decide, ALeaseThatDoesNotFitGivesNothing) {
  Dag dag;
  const auto a = add(dag, "a"), b = add(dag, "b", {"a"});
  Bench bench{dag};
  EXPECT_TRUE(bench.grant(a).empty()) << "queued";
  bench.start();
  EXPECT_TRUE(bench.grant(b).empty()) << "waiting";
  EXPECT_TRUE(bench.take(LeaseGranted{{RunId{1}, a, 2}, "w"}).empty()) << "a number was left out";
  EXPECT_TRUE(bench.take(LeaseGranted{{RunId{2}, a, 1}, "w"}).empty()) << "another run";
  EXPECT_TRUE(bench.take(LeaseGranted{{RunId{1}, TaskIndex{9}, 1}, "w"}).empty()) << "no such task";
  bench.take(PauseRequested{});
  EXPECT_TRUE(bench.grant(a).empty()) << "paused";
  bench.take(ResumeRequested{});
  EXPECT_FALSE(bench.grant(a).empty());
  EXPECT_TRUE(bench.take(LeaseGranted{{RunId{1}, a, 1}, "w"}).empty()) << "granted twice";
}

TEST(Decide, AReportForNoSuchTaskOrRunIsRefused) {
  Dag dag;
  add(dag, "a");
  Bench bench{dag};
  bench.start();
  for (const LeaseNumber lease : {LeaseNumber{RunId{1}, TaskIndex{-1}, 1}, LeaseNumber{RunId{1}, TaskIndex{5}, 1}, LeaseNumber{RunId{2}, TaskIndex{0}, 0}}) {
    const Decision decision = bench.take(AttemptFinished{.lease = lease, .outcome = Outcome::succeeded});
    ASSERT_EQ(decision.effects.size(), 1u);
    EXPECT_EQ(std::get<RefuseReport>(decision.effects[0]).lease, lease);
    EXPECT_TRUE(decision.moves.empty() && decision.attempts.empty() && !decision.run_to);
  }
}

TEST(Decide, AChainOf100000TasksFailsWithoutRecursion) {
  Dag dag;
  constexpr int32_t kTasks = 100'000;
  dag.tasks.resize(kTasks);
  for (int32_t i = 1; i < kTasks; ++i) {
    dag.tasks[static_cast<size_t>(i)].needs = {TaskIndex{i - 1}};
    dag.tasks[static_cast<size_t>(i - 1)].downstream = {TaskIndex{i}};
  }
  Bench bench{std::move(dag)};
  bench.start();
  bench.grant(TaskIndex{0});
  const Decision decision = bench.fail(TaskIndex{0}, "data");
  EXPECT_EQ(decision.moves.size(), static_cast<size_t>(kTasks));
  EXPECT_EQ(bench.state(TaskIndex{kTasks - 1}), TaskState::upstream_failed);
  EXPECT_EQ(bench.run.state, RunState::failed);
}

TEST(Decide, FinishingATaskTouchesItsDownstreamOnly) {
  Dag dag;
  const auto a = add(dag, "a");
  for (int i = 0; i < 50; ++i) add(dag, "free" + std::to_string(i));
  const auto b = add(dag, "b", {"a"}), c = add(dag, "c", {"a", "free0"});
  Bench bench{dag};
  bench.start();
  bench.grant(a);
  const Decision decision = bench.succeed(a);
  ASSERT_EQ(decision.moves.size(), 2u);
  EXPECT_EQ(decision.moves[1].task, b);
  ASSERT_EQ(decision.counts.size(), 1u);
  EXPECT_EQ(decision.counts[0].task, c);
  EXPECT_EQ(bench.at(c).unmet, 1);
}

TEST(Decide, ATaskLostTooOftenFailsWithThatReason) {
  Dag dag;
  const auto a = add(dag, "a");
  Bench bench{dag};
  bench.start();
  for (int i = 0; i < 10; ++i) {
    bench.grant(a);
    bench.take(LeaseExpired{bench.lease(a)});
    ASSERT_EQ(bench.state(a), TaskState::ready);
  }
  bench.grant(a);
  const Decision decision = bench.take(LeaseExpired{bench.lease(a)});
  EXPECT_EQ(bench.state(a), TaskState::failed);
  EXPECT_EQ(decision.moves[0].reason, "lost its worker 11 times");
  EXPECT_EQ(bench.at(a).failures, 0);
}

TEST(Decide, ARunTimeoutCancelsButEndsFailed) {
  Dag dag;
  const auto a = add(dag, "a");
  add(dag, "b", {"a"});
  const auto alarm = add(dag, "alarm", {}, Phase::on_failure);
  Bench bench{dag};
  bench.start();
  bench.grant(a);
  const Decision decision = bench.take(RunTimedOut{});
  ASSERT_NE(only<CancelAttempt>(decision), nullptr);
  EXPECT_EQ(only<CancelAttempt>(decision)->reason, kUnderRunTimeout);
  EXPECT_EQ(bench.run.state, RunState::cancelling);
  bench.take(AttemptFinished{.lease = bench.lease(a), .outcome = Outcome::cancelled});
  EXPECT_EQ(bench.state(a), TaskState::cancelled);
  EXPECT_EQ(bench.state(alarm), TaskState::ready);
  bench.grant(alarm);
  bench.succeed(alarm);
  EXPECT_EQ(bench.run.state, RunState::failed);
}

TEST(Decide, AReasonGivenByAPersonIsNotTakenForTheRunTimeout) {
  Dag dag;
  const auto a = add(dag, "a");
  Bench bench{dag};
  bench.start();
  bench.grant(a);
  bench.take(CancelRequested{std::string(kUnderRunTimeout)});
  bench.take(AttemptFinished{.lease = bench.lease(a), .outcome = Outcome::cancelled});
  EXPECT_EQ(bench.run.state, RunState::cancelled);
}

TEST(Decide, RetryOfARunThatIsNotFinalReopensNothing) {
  Dag dag;
  add(dag, "a");
  Bench bench{dag};
  EXPECT_TRUE(bench.take(RetryRequested{}).empty());
  bench.start();
  EXPECT_TRUE(bench.take(RetryRequested{}).empty());
}

TEST(Decide, RetryOfASucceededRunReopensNothing) {
  Bench bench{Dag{}};
  bench.start();
  EXPECT_TRUE(bench.take(RetryRequested{}).empty());
}

TEST(Decide, ACancelledRunWhoseWorkWasDoneSucceedsWhenItIsReopened) {
  Dag dag;
  const auto a = add(dag, "a"), tidy = add(dag, "tidy", {}, Phase::finally);
  Bench bench{dag};
  bench.start();
  bench.grant(a);
  bench.take(CancelRequested{"late"});
  bench.succeed(a);
  bench.grant(tidy);
  bench.succeed(tidy);
  ASSERT_EQ(bench.run.state, RunState::cancelled);
  bench.take(RetryRequested{});
  EXPECT_EQ(bench.state(a), TaskState::succeeded);
  EXPECT_EQ(bench.state(tidy), TaskState::ready);
  EXPECT_EQ(bench.run.cancel_reason, "");
  bench.grant(tidy);
  bench.succeed(tidy);
  EXPECT_EQ(bench.run.state, RunState::succeeded);
}

TEST(Explain, SaysWhatEachTaskWaitsFor) {
  Dag dag;
  const auto load = add(dag, "load"), clean = add(dag, "clean", {"load"}), tidy = add(dag, "tidy", {}, Phase::finally);
  Bench bench{dag};
  const auto why = [&](TaskIndex task) { return explain(bench.dag, bench.run, task, bench.now); };
  EXPECT_EQ(why(load), "the run is queued");
  bench.start();
  EXPECT_EQ(why(clean), "needs load, which is ready");
  EXPECT_EQ(why(tidy), "starts when every main task is final; 2 are open");
  bench.grant(load);
  EXPECT_EQ(why(load), "attempt 1 was sent to a worker and is not confirmed yet");
  bench.confirm(load);
  bench.now += 90s;
  EXPECT_EQ(why(load), "attempt 1 runs for 90s, at most 30m");
  bench.fail(load);
  EXPECT_EQ(why(load), "attempt 1 failed, 1 of 1 tries used");
  EXPECT_EQ(why(clean), "need load ended failed");
}

TEST(Explain, SaysWhenTheNextTryIs) {
  Dag dag;
  const auto load = add(dag, "load");
  dag.tasks[0].retry[0].attempts = 3;
  Bench bench{dag};
  bench.start();
  bench.grant(load);
  bench.fail(load);
  EXPECT_EQ(explain(bench.dag, bench.run, load, bench.now), "1 of 3 tries used, next at 1970-01-01T00:16:50Z");
}

}  // namespace
}  // namespace millrace
