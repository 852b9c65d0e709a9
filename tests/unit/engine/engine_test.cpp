// The engine's turns, played by hand on both stores.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

template <class Kind>
class EngineTurns : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(bench_.dags({kSmall}).ok()); }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(EngineTurns, Kinds);

TYPED_TEST(EngineTurns, ARunGoesFromStartToSuccessAndItsDataIsVisible) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  ASSERT_EQ(b.offers(), 1U);
  const auto lease = b.offered("load");
  EXPECT_EQ(b.sent.sent[0].first, "w1");
  EXPECT_EQ(b.sent.sent[0].second.run_key, run);
  EXPECT_EQ(b.state(run, 0), TaskState::leased);
  b.engine->confirmed("w1", lease);
  b.engine->turn();
  EXPECT_EQ(b.state(run, 0), TaskState::running);
  auto report = b.report(lease);
  report.data = landing("raw.orders", "f1");
  report.output = Json::object({{"rows", 3}});
  b.tell(std::move(report));
  EXPECT_EQ(b.sent.acknowledged, std::vector{lease});
  b.engine->turn();  // what reads the new snapshot is placed after it is committed
  const auto next = b.offered("count");
  EXPECT_EQ(b.sent.sent.back().second.inputs.at(0)["files"].at(0)["path"].as_text(), "f1");
  b.tell(b.report(next));
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.store.outputs(b.stored(run).header.id, {0}, {9})->at({0})["rows"].as_int(), 3);
  EXPECT_EQ(b.busy(), 0);
}

// Of what a task writes and of what it reads, and not of the run itself.
TYPED_TEST(EngineTurns, ALaterRunIsToldWhatTheRulesOfItsTasksMeasured) {
  auto& b = this->bench_;
  ASSERT_TRUE(b.dags({"dag: measured\ntasks:\n  load: {uses: fake.task, with: {into: raw.o}, checks: [{rules: \"Rules = [RowCount > 0]\"}]}\n  look: {uses: fake.task, needs: [load], with: {from: raw.o}}\n"}));
  b.join();
  for (int run = 1; run <= 3; ++run) {
    b.start("measured");
    auto report = b.report(b.offered("load"));
    const auto history = b.sent.sent.back().second.history;
    ASSERT_EQ(history.size(), run == 1 ? 0U : 1U);
    if (run > 1) {
      EXPECT_EQ(history.at(0)["dataset"].as_text(), "raw.o");
      ASSERT_EQ(history.at(0)["results"].size(), static_cast<size_t>(run - 1));
      EXPECT_EQ(history.at(0)["results"].at(0)["metrics"]["rows"].as_int(), run - 1);
    }
    report.data = landing("raw.o", "f" + std::to_string(run));
    report.data.snapshots[0].metrics = Json::object({{"rows", run}});
    b.tell(std::move(report));
    b.engine->turn();
    auto look = b.report(b.offered("look"));
    const auto& offer = b.sent.sent.back().second;
    ASSERT_EQ(offer.history.size(), run == 1 ? 0U : 1U);
    if (run > 1) {
      EXPECT_EQ(offer.history.at(0)["results"].at(0)["metrics"]["seen"].as_int(), run - 1);
    }
    look.data.checked.push_back({.dataset = "raw.o", .snapshot = {offer.inputs.at(0)["snapshot"].as_int()}, .checks = Json::array(), .metrics = Json::object({{"seen", run}})});
    b.tell(std::move(look));
    b.engine->turn();
  }
}

TYPED_TEST(EngineTurns, AFailedAttemptIsTriedAgainWhenItsDelayIsOver) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  b.tell(b.report(b.offered("load"), Outcome::failed));
  EXPECT_EQ(b.state(run, 0), TaskState::backoff);
  b.turn_after(Millis{9'000});
  EXPECT_EQ(b.offers(), 1U);
  EXPECT_EQ(b.engine->turn(), Millis{1'000}) << "the next turn is due when the backoff ends";
  b.turn_after(Millis{1'000});
  ASSERT_EQ(b.offers(), 2U);
  EXPECT_EQ(b.offered("load").attempt, 2);
  b.tell(b.report(b.offered("load"), Outcome::failed));
  EXPECT_EQ(b.state(run), RunState::failed);
  EXPECT_EQ(b.state(run, 1), TaskState::upstream_failed);
}

TYPED_TEST(EngineTurns, ACancelReachesTheWorkerAndEndsTheRun) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  const auto lease = b.offered("load");
  ASSERT_TRUE(b.call([&] { return b.engine->cancel(run, "enough"); }).ok());
  ASSERT_EQ(b.sent.cancelled.size(), 1U);
  EXPECT_EQ(b.sent.cancelled[0], (std::pair{lease, std::string("enough")}));
  EXPECT_EQ(b.state(run), RunState::cancelling);
  b.tell(b.report(lease, Outcome::cancelled));
  EXPECT_EQ(b.state(run), RunState::cancelled);
  EXPECT_EQ(b.stored(run).run.cancel_reason, "enough");
  EXPECT_EQ(b.busy(), 0);
}

// The engine was busy with something else for long: what the worker said meanwhile counts.
TYPED_TEST(EngineTurns, ARenewalThatWaitsInTheInboxIsHeardBeforeALeaseIsCalledLost) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  const auto lease = b.offered("load");
  b.engine->renewed("w1", {lease});
  b.turn_after(Millis{20'000});
  EXPECT_EQ(b.state(run, 0), TaskState::leased);
  EXPECT_EQ(b.offers(), 1U);
  b.turn_after(Millis{15'000});
  EXPECT_EQ(b.offered("load").attempt, 2);
}

TYPED_TEST(EngineTurns, AnUnrenewedLeaseIsLostAndItsLateReportIsRejectedAndAcknowledged) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  const auto lost = b.offered("load");
  b.engine->confirmed("w1", lost);
  b.engine->turn();
  b.engine->left("w1");
  b.join("w2");
  b.turn_after(Millis{15'000});
  EXPECT_EQ(b.offered("load").attempt, 2);
  EXPECT_EQ(b.sent.sent.back().first, "w2");
  auto late = b.report(lost);
  late.data = landing("raw.orders", "late");
  b.tell(std::move(late), "w1");
  EXPECT_EQ(b.sent.acknowledged, std::vector{lost});
  EXPECT_EQ(b.state(run, 0), TaskState::leased);
  EXPECT_TRUE(b.store.dataset("raw.orders", std::nullopt)->files.empty()) << "a fenced attempt publishes nothing";
  const auto stored = b.stored(run).run.tasks[0];
  EXPECT_EQ(stored.failures, 0);
  EXPECT_EQ(stored.losses, 1);
}

TYPED_TEST(EngineTurns, AReportOfARunThatEndedLongAgoIsAcknowledgedAndChangesNothing) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  const auto lost = b.offered("load");
  b.turn_after(Millis{15'000});
  for (const char* task : {"load", "count"}) {
    b.tell(b.report(b.offered(task)));
    b.engine->turn();
  }
  ASSERT_EQ(b.state(run), RunState::succeeded);
  const int commits = b.store.commits;
  auto late = b.report(lost);
  late.data = landing("raw.orders", "late");
  b.tell(std::move(late));
  EXPECT_EQ(b.sent.acknowledged.back(), lost);
  EXPECT_EQ(b.store.commits, commits + 1) << "it is recorded as rejected";
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_TRUE(b.store.dataset("raw.orders", std::nullopt)->files.empty());
  b.tell(b.report({RunId{999}, {0}, 1}));  // of a run that this store never had
  EXPECT_EQ(b.sent.acknowledged.back().run, RunId{999});
}

TYPED_TEST(EngineTurns, AReportInTheNameOfAnotherWorkerChangesNothing) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  b.tell(b.report(b.offered("load")), "stranger");
  EXPECT_EQ(b.state(run, 0), TaskState::leased);
}

TYPED_TEST(EngineTurns, AfterARestartAWorkerKeepsWhatItRunsAndStaleAttemptsAreFenced) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  const auto lease = b.offered("load");
  b.engine->confirmed("w1", lease);
  b.engine->turn();
  b.restart();
  ASSERT_TRUE(b.dags({kSmall}).ok());
  const LeaseNumber stale{lease.run, lease.task, lease.attempt + 7};
  b.turn_after(Millis{14'000});
  b.join("w1", 4, {lease, stale});
  EXPECT_EQ(b.sent.fenced, std::vector{stale});
  b.turn_after(Millis{14'000});
  EXPECT_EQ(b.state(run, 0), TaskState::running) << "its lease began again when it joined";
  EXPECT_EQ(b.offers(), 0U);
  b.tell(b.report(lease));
  EXPECT_EQ(b.state(run, 0), TaskState::succeeded);
}

TYPED_TEST(EngineTurns, AfterARestartWhatNobodyHasIsGivenOutAgain) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  const auto lease = b.offered("load");
  b.restart();  // leased, and perhaps never sent
  ASSERT_TRUE(b.dags({kSmall}).ok());
  b.join("w1", 4, {});
  EXPECT_EQ(b.offered("load").attempt, lease.attempt + 1);
  EXPECT_EQ(b.stored(run).run.tasks[0].losses, 0) << "a lease that never ran is no loss";
}

TYPED_TEST(EngineTurns, AfterARestartTimersGoOn) {
  auto& b = this->bench_;
  b.join();
  b.start("small");
  b.tell(b.report(b.offered("load"), Outcome::failed));
  b.clock.advance(Millis{4'000});
  b.restart();
  ASSERT_TRUE(b.dags({kSmall}).ok());
  b.join();
  EXPECT_EQ(b.offers(), 0U);
  b.turn_after(Millis{6'000});
  EXPECT_EQ(b.offered("load").attempt, 2);
}

TYPED_TEST(EngineTurns, ARestartCancelsAgainWhatIsBeingCancelled) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  const auto lease = b.offered("load");
  ASSERT_TRUE(b.call([&] { return b.engine->cancel(run, "enough"); }).ok());
  b.restart();
  b.join("w1", 4, {lease});
  ASSERT_EQ(b.sent.cancelled.size(), 1U);
  EXPECT_EQ(b.sent.cancelled[0].first, lease);
}

TYPED_TEST(EngineTurns, ARepeatedRequestReturnsTheFirstRun) {
  auto& b = this->bench_;
  const auto first = b.start("small", "request-1");
  EXPECT_EQ(b.start("small", "request-1"), first);
  b.restart();
  ASSERT_TRUE(b.dags({kSmall}).ok());
  EXPECT_EQ(b.start("small", "request-1"), first);
  EXPECT_NE(b.start("small", "request-2"), first);
}

TYPED_TEST(EngineTurns, RunsAreAdmittedInTheirOrderUpToTheLimit) {
  auto& b = this->bench_;
  b.join();
  const auto first = b.start("small"), second = b.start("small"), third = b.start("small");
  EXPECT_EQ(b.state(first), RunState::running);
  EXPECT_EQ(b.state(second), RunState::queued);
  b.tell(b.report(b.offered("load")));
  b.engine->turn();
  b.tell(b.report(b.offered("count")));
  EXPECT_EQ(b.state(first), RunState::succeeded);
  EXPECT_EQ(b.state(second), RunState::running) << "in the turn that ended the first";
  EXPECT_EQ(b.state(third), RunState::queued);
  ASSERT_TRUE(b.call([&] { return b.engine->cancel(second, "enough"); }).ok());
  b.tell(b.report(b.offered("load"), Outcome::cancelled));
  EXPECT_EQ(b.state(third), RunState::running);
}

TYPED_TEST(EngineTurns, LookingAtEndedRunsKeepsNoPlaceAmongTheOpenOnes) {
  auto& b = this->bench_;
  b.join();
  const auto first = b.start("small");
  b.tell(b.report(b.offered("load")));
  b.engine->turn();
  b.tell(b.report(b.offered("count")));
  EXPECT_EQ(b.call([&] { return b.engine->explain_run(first); }).at("load").why, "succeeded with attempt 1");
  EXPECT_EQ(b.call([&] { return b.engine->pause(first); }).error().code, "E2003");
  EXPECT_EQ(b.call([&] { return b.engine->retry(first); }).error().code, "E2003");
  EXPECT_TRUE(b.call([&] { return b.engine->explain_run("nobody"); }).empty());
  EXPECT_EQ(b.state(b.start("small")), RunState::running);
}

TYPED_TEST(EngineTurns, APausedRunLeasesNothingUntilItIsResumed) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  ASSERT_TRUE(b.call([&] { return b.engine->pause(run); }).ok());
  b.tell(b.report(b.offered("load")));
  b.turn_after(Millis{1'000});
  EXPECT_EQ(b.state(run, 1), TaskState::ready);
  EXPECT_EQ(b.offers(), 1U);
  ASSERT_TRUE(b.call([&] { return b.engine->resume(run); }).ok());
  b.engine->turn();
  EXPECT_EQ(b.offers(), 2U);
}

TYPED_TEST(EngineTurns, ARetryOpensAnEndedRunAgain) {
  auto& b = this->bench_;
  b.join();
  const auto run = b.start("small");
  auto bad = b.report(b.offered("load"), Outcome::failed);
  bad.final_failure = true;
  b.tell(std::move(bad));
  ASSERT_EQ(b.state(run), RunState::failed);
  ASSERT_TRUE(b.call([&] { return b.engine->retry(run); }).ok());
  EXPECT_EQ(b.state(run), RunState::running);
  b.engine->turn();  // what it reads may be another snapshot now: known once the retry is committed
  EXPECT_EQ(b.offered("load").attempt, 2);
  b.tell(b.report(b.offered("load")));
  b.engine->turn();
  b.tell(b.report(b.offered("count")));
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(EngineTurns, TheClockOfAFirstLifeDoesNotEndTheSecond) {
  auto& b = this->bench_;
  ASSERT_TRUE(b.dags({"dag: slow\ntimeout: 1h\ntasks:\n  a: { uses: fake.task }\n"}).ok());
  b.join();
  const auto run = b.start("slow");
  b.clock.advance(Millis{600'000});
  b.join();
  auto bad = b.report(b.offered("a"), Outcome::failed);
  bad.final_failure = true;
  b.tell(std::move(bad));
  ASSERT_EQ(b.state(run), RunState::failed);
  b.clock.advance(Millis{40 * 60'000});
  ASSERT_TRUE(b.call([&] { return b.engine->retry(run); }).ok());
  b.clock.advance(Millis{11 * 60'000});  // past the first hour, within the second
  b.engine->turn();
  EXPECT_EQ(b.state(run), RunState::running);
  b.clock.advance(Millis{50 * 60'000});
  b.engine->turn();
  EXPECT_NE(b.state(run), RunState::running);
}

}  // namespace
}  // namespace millrace::testing
