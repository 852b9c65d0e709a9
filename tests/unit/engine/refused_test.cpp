// A store that refuses: nothing of the turn has happened, and nothing of it is lost. And data that comes at one time.
#include "unit/engine/bench.hpp"

namespace millrace::testing {
namespace {

class Refused : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bench_.dags({kSmall}).ok());
    bench_.join();
  }
  void make_room() {
    bench_.store.full = false;
    bench_.turn_after(Millis{1'000});
  }
  MemoryStore inner_{};
  EngineBench bench_{inner_};
};

TEST_F(Refused, ACommandGetsTheStoresErrorAndNothingHasHappened) {
  auto& b = bench_;
  b.store.full = true;
  const auto key = b.call([&] { return b.engine->start({.dag = "small", .params = Json::object(), .logical_time = {}, .request_id = "r", .trigger = "test"}); });
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.error().code, "E2005");
  EXPECT_EQ(b.offers(), 0U);
  EXPECT_EQ(b.busy(), 0) << "the lease of the same turn is gone with the run";
  EXPECT_TRUE(b.store.open_runs()->empty());
  make_room();
  const auto run = b.start("small", "r");
  EXPECT_EQ(b.state(run), RunState::running);
  EXPECT_EQ(b.offers(), 1U);
}

TEST_F(Refused, AClockThatIsSetBackDoesNotKeepTheServerWaiting) {
  auto& b = bench_;
  b.store.full = true;
  ASSERT_FALSE(b.call([&] { return b.engine->start({.dag = "small", .params = Json::object(), .logical_time = {}, .request_id = {}, .trigger = "test"}); }).ok());
  b.store.full = false;
  b.turn_after(Millis{-3'600'000});
  b.turn_after(Millis{1'000});
  b.start("small");
  EXPECT_EQ(b.offers(), 1U) << "a second has passed since the refusal, whatever the clock showed before";
}

TEST_F(Refused, AReportIsNotAcknowledgedAndIsTakenWhenItComesAgain) {
  auto& b = bench_;
  const auto run = b.start("small");
  const auto lease = b.offered("load");
  b.store.full = true;
  auto report = b.report(lease);
  report.data = landing("raw.orders", "f1");
  b.tell(report);
  EXPECT_TRUE(b.sent.acknowledged.empty());
  EXPECT_EQ(b.state(run, 0), TaskState::leased);
  EXPECT_EQ(b.busy(), 1) << "the lease is held as before";
  make_room();
  b.tell(report);
  EXPECT_EQ(b.sent.acknowledged, std::vector{lease});
  EXPECT_EQ(b.state(run, 0), TaskState::succeeded);
  EXPECT_EQ(b.store.dataset("raw.orders", std::nullopt)->files.size(), 1U);
  b.tell(report);  // once more: its acknowledgement was lost
  EXPECT_EQ(b.sent.acknowledged.size(), 2U);
  EXPECT_EQ(b.store.dataset("raw.orders", std::nullopt)->files.size(), 1U);
}

TEST_F(Refused, AReportWhoseDataCannotBeCheckedWaitsToo) {
  auto& b = bench_;
  const auto run = b.start("small");
  auto report = b.report(b.offered("load"));
  report.data = landing("raw.orders", "f1");
  b.store.unreadable = true;
  b.tell(report);
  EXPECT_TRUE(b.sent.acknowledged.empty());
  EXPECT_EQ(b.state(run, 0), TaskState::leased);
  EXPECT_EQ(b.stored(run).run.tasks[0].failures, 0);
  b.store.unreadable = false;
  b.tell(report);
  EXPECT_EQ(b.state(run, 0), TaskState::succeeded);
}

TEST_F(Refused, AnOfferThatTheStoreCannotGiveIsTriedAgain) {
  auto& b = bench_;
  b.store.unreadable = true;
  const auto run = b.start("small");
  EXPECT_EQ(b.offers(), 0U);
  EXPECT_EQ(b.state(run, 0), TaskState::backoff) << "not the task's mistake, so not its end";
  b.store.unreadable = false;
  b.turn_after(Millis{10'000});
  EXPECT_EQ(b.offered("load").attempt, 2);
}

// Workers say this once only.
TEST_F(Refused, AConfirmationAndAReturnAreHeardWhenThereIsRoomAgain) {
  auto& b = bench_;
  const auto run = b.start("small");
  const auto lease = b.offered("load");
  b.store.full = true;
  b.engine->confirmed("w1", lease);
  b.engine->turn();
  EXPECT_EQ(b.state(run, 0), TaskState::leased);
  make_room();
  EXPECT_EQ(b.state(run, 0), TaskState::running);

  const auto other = b.start("small");
  b.tell(b.report(lease));
  b.engine->turn();
  b.tell(b.report(b.offered("count")));
  const auto given = b.offered("load");
  ASSERT_NE(given.run, lease.run);
  b.store.full = true;
  b.engine->returned("w1", {given});
  b.engine->turn();
  EXPECT_EQ(b.state(other, 0), TaskState::leased);
  make_room();
  EXPECT_EQ(b.stored(other).run.tasks[0].losses, 0);
  EXPECT_EQ(b.offered("load").attempt, 2);
}

TEST_F(Refused, TheAttemptsTimeLimitIsKept) {
  auto& b = bench_;
  const auto run = b.start("small");
  const auto lease = b.offered("load");
  b.engine->confirmed("w1", lease);
  b.engine->turn();
  b.store.full = true;
  b.tell(b.report(lease));  // ends the attempt, and then does not
  make_room();
  b.engine->renewed("w1", {lease});
  b.engine->turn();
  for (int i = 0; i < 6; ++i) {
    b.engine->renewed("w1", {lease});
    b.turn_after(Millis{10'000});
  }
  EXPECT_EQ(b.sent.cancelled, (std::vector{std::pair{lease, std::string("out of time")}}));
  b.tell(b.report(lease, Outcome::cancelled));
  EXPECT_EQ(b.state(run, 0), TaskState::backoff);
}

TEST_F(Refused, TimersFireWhenThereIsRoomAgainAndTheLoopDoesNotSpin) {
  auto& b = bench_;
  const auto run = b.start("small");
  b.tell(b.report(b.offered("load"), Outcome::failed));
  b.clock.advance(Millis{10'000});
  b.store.full = true;
  b.join();  // something else happens, too
  EXPECT_EQ(b.state(run, 0), TaskState::backoff);
  const int commits = b.store.commits;
  EXPECT_GT(b.engine->turn(), Millis{0}) << "nothing is due before the next try";
  for (int i = 0; i < 5; ++i) b.engine->turn();
  EXPECT_EQ(b.store.commits, commits);
  make_room();
  EXPECT_EQ(b.offered("load").attempt, 2);
}

TEST_F(Refused, ARefusedRetryLeavesNoPlaceTaken) {
  auto& b = bench_;
  const auto run = b.start("small");
  auto bad = b.report(b.offered("load"), Outcome::failed);
  bad.final_failure = true;
  b.tell(std::move(bad));
  b.store.full = true;
  EXPECT_EQ(b.call([&] { return b.engine->retry(run); }).error().code, "E2005");
  EXPECT_EQ(b.state(run), RunState::failed);
  make_room();
  EXPECT_EQ(b.state(b.start("small")), RunState::running) << "the ended run does not count";
}

// --- data at one time ------------------------------------------------------------------------------------------------------

// Two tasks of one Dag may not write one dataset in no order; two Dags may.
const std::string kA = "dag: one\ntasks:\n  a: { uses: fake.task, with: { into: raw.orders }, retry: { attempts: 2, delay: 1s, jitter: none } }\n";
const std::string kB = "dag: two\ntasks:\n  b: { uses: fake.task, with: { into: raw.orders }, retry: { attempts: 2, delay: 1s, jitter: none } }\n";

class TwoWriters : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto taken = bench_.dags({kA, kB});
    ASSERT_TRUE(taken.ok()) << to_string(taken.error());
    bench_.join();
    run_ = bench_.start("one");
    other_ = bench_.start("two");
  }
  MemoryStore inner_{};
  EngineBench bench_{inner_};
  std::string run_{}, other_{};
};

TEST_F(TwoWriters, TwoCommitsToOneDatasetInOneTurnAreTakenOneAfterTheOther) {
  auto& b = bench_;
  auto first = b.report(b.offered("a")), second = b.report(b.offered("b"));
  first.data = landing("raw.orders", "fa");
  second.data = landing("raw.orders", "fb");
  b.engine->reported("w1", first);
  b.engine->reported("w1", second);
  b.engine->turn();
  EXPECT_EQ(b.sent.acknowledged.size(), 1U);
  EXPECT_FALSE(b.engine->idle());
  b.engine->turn();
  EXPECT_EQ(b.sent.acknowledged.size(), 2U);
  EXPECT_EQ(b.store.dataset("raw.orders", std::nullopt)->files.size(), 2U);
  EXPECT_EQ(b.state(run_), RunState::succeeded);
  EXPECT_EQ(b.state(other_), RunState::succeeded);
}

TEST_F(TwoWriters, TheSecondOfTwoReplacesIsAConflictAndTriedAgain) {
  auto& b = bench_;
  auto first = b.report(b.offered("a")), second = b.report(b.offered("b"));
  first.data = landing("raw.orders", "fa", SnapshotId{0});
  second.data = landing("raw.orders", "fb", SnapshotId{0});
  b.engine->reported("w1", first);
  b.engine->reported("w1", second);
  b.engine->turn();
  b.engine->turn();
  EXPECT_EQ(b.sent.acknowledged.size(), 2U);
  EXPECT_EQ(b.store.dataset("raw.orders", std::nullopt)->files.at(0).path, "fa");
  EXPECT_EQ(b.stored(other_).run.tasks[0].failures, 0) << "a conflict spends no try";
  EXPECT_FALSE(is_final(b.state(other_, 0)));
}

// One bad report must not take the others of its turn with it, again and again.
TEST_F(TwoWriters, AReportThatTheCatalogCanNeverTakeFailsAlone) {
  auto& b = bench_;
  auto good = b.report(b.offered("a")), bad = b.report(b.offered("b"));
  good.data = landing("raw.orders", "f1");
  bad.data = landing("raw.others", "f1");  // a file of somebody else
  b.engine->reported("w1", good);
  b.engine->reported("w1", bad);
  b.engine->turn();
  b.engine->turn();
  EXPECT_EQ(b.sent.acknowledged.size(), 2U);
  EXPECT_EQ(b.state(run_, 0), TaskState::succeeded);
  EXPECT_EQ(b.state(other_, 0), TaskState::failed);
}

TEST_F(TwoWriters, DataOfASkippedAttemptIsCheckedToo) {
  auto& b = bench_;
  auto bad = b.report(b.offered("a"), Outcome::skipped);
  bad.data = landing("raw.orders", "f1");
  bad.data.snapshots.push_back(bad.data.snapshots[0]);
  b.tell(std::move(bad));
  EXPECT_EQ(b.sent.acknowledged.size(), 1U);
  EXPECT_EQ(b.state(run_, 0), TaskState::failed);
}

TEST_F(TwoWriters, AnOutputThatIsTooLargeFailsItsTask) {
  auto& b = bench_;
  auto report = b.report(b.offered("a"));
  report.output = Json(std::string(300'000, 'x'));
  b.tell(std::move(report));
  EXPECT_EQ(b.state(run_, 0), TaskState::failed);
}

// --- the loop on a thread of its own ----------------------------------------------------------------------------------------

TEST_F(TwoWriters, WhoeverAskedBeforeTheStopGetsAnAnswerAndThenTheServerIsStopping) {
  auto& b = bench_;
  std::jthread loop([&](const std::stop_token& stop) { b.engine->run(stop); });
  EXPECT_TRUE(b.engine->alive(Millis{10'000}));
  EXPECT_TRUE(b.engine->pause(run_).ok());
  loop.request_stop();
  loop.join();
  EXPECT_EQ(b.engine->resume(run_).error().code, "E2006");
  EXPECT_TRUE(b.engine->workers().empty());
}

}  // namespace
}  // namespace millrace::testing
