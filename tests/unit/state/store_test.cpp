// What every Store promises about runs, tried on both of them.
#include <random>

#include "unit/state/stores.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::add;
using testing::Driver;

Dag chain() {
  Dag dag;
  add(dag, "load");
  add(dag, "clean", {"load"});
  dag.tasks[0].retry[0].attempts = 3;
  return dag;
}

constexpr TaskIndex kLoad{0}, kClean{1};

template <class Kind>
class StoreTest : public ::testing::Test {
 protected:
  Store& store() { return kind_.get(); }
  void reopen(Driver& driver) {
    kind_.reopen();
    driver.use(kind_.get());
  }
  void reopen() { kind_.reopen(); }

 private:
  Kind kind_{};
};

// An event of a random life: most fit the run as it is, some do not.
Event random_event(std::mt19937& random, const Driver& driver, bool now_and_then) {
  const auto pick = [&](size_t n) { return static_cast<int32_t>(std::uniform_int_distribution<size_t>(0, n - 1)(random)); };
  const TaskIndex task{pick(driver.dag.tasks.size())};
  const auto lease = driver.lease(task);
  const auto outcome = static_cast<Outcome>(1 + pick(4));
  switch (pick(12)) {
    case 0: return AttemptConfirmed{lease};
    case 1: return LeaseExpired{lease};
    case 2: return AttemptTimedOut{lease};
    case 3: return LeaseReturned{lease};
    case 4: return BackoffElapsed{lease};
    case 5: return RetryRequested{};
    case 6: return now_and_then ? Event(CancelRequested{"why"}) : Event(ResumeRequested{});
    case 7: case 8: return AttemptFinished{.lease = lease, .outcome = outcome, .error_class = "transient"};
    default: return LeaseGranted{driver.next_lease(task), "w"};
  }
}

Dag branching() {
  Dag dag;
  add(dag, "a");
  add(dag, "b");
  add(dag, "c", {"a", "b"});
  add(dag, "d", {"c"});
  add(dag, "tidy", {}, Phase::finally);
  for (auto& task : dag.tasks) task.retry[0].attempts = 2;
  return dag;
}

TYPED_TEST_SUITE(StoreTest, testing::Kinds, testing::KindNames);

TYPED_TEST(StoreTest, ANewRunIsFoundByIdKeyAndRequest) {
  Driver driver(this->store(), chain());
  driver.header.params = Json::object({{"day", "2026-11-01"}, {"n", 3}});
  driver.header.logical_time = TimePoint{Millis{5'000}};
  driver.header.request_id = "r-1";
  ASSERT_TRUE(driver.create());
  this->reopen(driver);
  auto found = this->store().find_run("d@1");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, driver.header.id);
  EXPECT_EQ((*found)->params, driver.header.params);
  EXPECT_EQ((*found)->logical_time, driver.header.logical_time);
  EXPECT_EQ((*found)->created, driver.now);
  EXPECT_EQ((*found)->trigger, "manual");
  EXPECT_EQ((*found)->dag_version, driver.dag.version);
  auto request = this->store().find_request("r-1");
  ASSERT_TRUE(request && *request);
  EXPECT_EQ((*request)->key, "d@1");
  EXPECT_EQ(driver.stored(), driver.run);
}

TYPED_TEST(StoreTest, WhatIsNotThereIsEmptyAndNoError) {
  auto& store = this->store();
  EXPECT_FALSE(store.find_run("none")->has_value());
  EXPECT_FALSE(store.find_request("none")->has_value());
  EXPECT_FALSE(store.find_request("")->has_value());
  EXPECT_FALSE(store.load_run({7})->has_value());
  EXPECT_FALSE(store.dag_source("none", "0")->has_value());
  EXPECT_FALSE(store.pins({7}, {0})->has_value());
  EXPECT_EQ(store.dataset("raw.none", std::nullopt)->snapshot, SnapshotId{0});
  EXPECT_TRUE(store.positions("none")->empty());
  EXPECT_TRUE(store.open_runs()->empty());
  EXPECT_TRUE(store.timers()->empty());
  EXPECT_TRUE(store.outbox()->empty());
  EXPECT_EQ(store.outputs({7}, {0}, {9})->size(), 0U);
}

TYPED_TEST(StoreTest, ACheckpointIsKeptReplacedAndForgotten) {
  const auto at = [](int n) { return Json::object({{"at", n}}); };
  const RunId run{3};
  std::vector<OutboxRow> outbox;
  EXPECT_TRUE(this->store().checkpoint(run, kLoad).value().is_null());
  ASSERT_TRUE(this->store().commit({.checkpoints = {{{run, kLoad}, at(1)}, {{run, kClean}, at(2)}}}, outbox));
  ASSERT_TRUE(this->store().commit({.checkpoints = {{{run, kLoad}, at(3)}, {{run, kClean}, Json()}}}, outbox));
  this->reopen();
  EXPECT_EQ(this->store().checkpoint(run, kLoad).value(), at(3));
  EXPECT_TRUE(this->store().checkpoint(run, kClean).value().is_null());
}

TYPED_TEST(StoreTest, RunIdsCountUpAlsoAfterItWasOpenedAgain) {
  const auto first = this->store().next_run_id();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->value, 1);
  EXPECT_EQ(this->store().next_run_id()->value, 2);
  Driver driver(this->store(), chain(), "d@2", 2);
  ASSERT_TRUE(driver.create());
  this->reopen(driver);
  EXPECT_EQ(this->store().next_run_id()->value, 3);
}

TYPED_TEST(StoreTest, TwoRunsCannotHaveOneKeyNorOneRequest) {
  Driver first(this->store(), chain(), "d@1", 1), second(this->store(), chain(), "d@1", 2), third(this->store(), chain(), "d@3", 3);
  first.header.request_id = third.header.request_id = "r-1";
  ASSERT_TRUE(first.create());
  EXPECT_FALSE(second.create());
  EXPECT_FALSE(third.create());
  EXPECT_EQ(this->store().open_runs()->size(), 1U);
}

TYPED_TEST(StoreTest, EveryVersionOfADagIsKeptOnce) {
  Dag dag = chain();
  dag.name = "d";
  dag.version = "1";
  dag.source = "first";
  ASSERT_TRUE(this->store().put_dag(dag, {}));
  dag.source = "another text of the same version";
  ASSERT_TRUE(this->store().put_dag(dag, {}));
  this->reopen();
  auto source = this->store().dag_source("d", "1");
  ASSERT_TRUE(source && *source);
  EXPECT_NE((*source)->find("first"), std::string::npos);
}

TYPED_TEST(StoreTest, ARunIsReadBackAsItWasCommittedAtEveryMove) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  EXPECT_EQ(driver.stored(), driver.run);
  ASSERT_TRUE(driver.grant(kLoad));
  EXPECT_EQ(driver.stored(), driver.run);
  ASSERT_TRUE(driver.take(AttemptConfirmed{driver.lease(kLoad)}));
  this->reopen(driver);
  EXPECT_EQ(driver.stored(), driver.run);
  ASSERT_TRUE(driver.commit(driver.finishing(kLoad, {}, Outcome::failed, "transient")));
  EXPECT_EQ(driver.run.tasks[0].state, TaskState::backoff);
  EXPECT_EQ(driver.stored(), driver.run) << "failures and wake are kept";
  ASSERT_TRUE(driver.take(BackoffElapsed{driver.lease(kLoad)}));
  ASSERT_TRUE(driver.publish(kLoad, {}));
  ASSERT_TRUE(driver.publish(kClean, {}));
  EXPECT_EQ(driver.run.state, RunState::succeeded);
  this->reopen(driver);
  EXPECT_EQ(driver.stored(), driver.run);
  EXPECT_TRUE(this->store().open_runs()->empty()) << "an ended run is not open";
}

TYPED_TEST(StoreTest, ACancelReasonLivesUntilTheRunIsRetried) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant(kLoad));
  ASSERT_TRUE(driver.take(CancelRequested{"wrong day"}));
  this->reopen(driver);
  EXPECT_EQ(driver.stored().cancel_reason, "wrong day");
  EXPECT_EQ(driver.stored().state, RunState::cancelling);
  ASSERT_TRUE(driver.take(LeaseExpired{driver.lease(kLoad)}));
  ASSERT_EQ(driver.run.state, RunState::cancelled);
  ASSERT_TRUE(driver.take(RetryRequested{}));
  this->reopen(driver);
  EXPECT_EQ(driver.stored().cancel_reason, "") << "a retried run is not under the old reason any more";
}

TYPED_TEST(StoreTest, OfACommitWithAWrongMoveNothingIsThere) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  const auto before = driver.stored();
  const auto effects = this->store().outbox()->size();
  Driver other(this->store(), chain(), "d@2", 2);
  Commit whole;
  whole.new_runs.push_back({other.header, other.run});
  auto granted = driver.granting(kLoad);
  granted.outputs = {{kLoad, Json::object({{"rows", 1}})}};
  whole.runs.push_back(granted);
  whole.runs.push_back(granted);  // the same move twice: the second finds the row elsewhere
  const auto refused = driver.commit(whole);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "E2013");
  EXPECT_TRUE(driver.outbox.empty());
  this->reopen(driver);
  EXPECT_EQ(driver.stored(), before);
  EXPECT_EQ(this->store().outbox()->size(), effects);
  EXPECT_EQ(this->store().outputs({1}, {0}, {9})->size(), 0U);
  EXPECT_FALSE(this->store().find_run("d@2")->has_value());
  EXPECT_TRUE((*this->store().load_run({1}))->live.empty());
  whole.runs.pop_back();
  EXPECT_TRUE(driver.commit(whole)) << "the store is as good as before";
}

TYPED_TEST(StoreTest, AMoveIsComparedInStateAttemptAndVersion) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  const auto before = driver.stored();
  const auto part = driver.granting(kLoad);
  const auto spoilt = [&](const std::function<void(Move&)>& spoil) {
    auto wrong = part;
    spoil(wrong.decision.moves[0]);
    const auto refused = driver.commit(wrong);
    return refused ? std::string("taken") : refused.error().code;
  };
  EXPECT_EQ(spoilt([](Move& move) { move.from = TaskState::waiting; }), "E2013");
  EXPECT_EQ(spoilt([](Move& move) { ++move.after.attempt; }), "E2013");
  EXPECT_EQ(spoilt([](Move& move) { ++move.after.version; }), "E2013");
  EXPECT_EQ(spoilt([](Move& move) { move.task = TaskIndex{99}; }), "E2013");
  EXPECT_EQ(driver.stored(), before);
  EXPECT_EQ(spoilt([](Move&) {}), "taken");
}

TYPED_TEST(StoreTest, EffectsStayInTheOutboxUntilTheyAreDone) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant(kLoad));
  ASSERT_EQ(driver.outbox.size(), 1U);
  const int64_t id = driver.outbox[0].id;
  this->reopen(driver);
  auto rows = this->store().outbox();
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().id, id);
  const auto* dispatch = std::get_if<Dispatch>(&rows->front().effect);
  ASSERT_NE(dispatch, nullptr);
  EXPECT_EQ(dispatch->lease, (LeaseNumber{{1}, kLoad, 1}));
  EXPECT_EQ(dispatch->worker, "worker-1");
  Commit done;
  done.done_effects = {id};
  ASSERT_TRUE(driver.commit(done));
  EXPECT_TRUE(this->store().outbox()->empty());
}

TYPED_TEST(StoreTest, LiveAttemptsAreKnownWithTheirWorkerAndEndedOnesAreNot) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant(kLoad));
  this->reopen(driver);
  auto open = this->store().open_runs();
  ASSERT_TRUE(open);
  ASSERT_EQ(open->size(), 1U);
  ASSERT_EQ(open->front().live.size(), 1U);
  EXPECT_EQ(open->front().live[0].lease, driver.lease(kLoad));
  EXPECT_EQ(open->front().live[0].worker, "worker-1");
  EXPECT_EQ(open->front().live[0].state, AttemptState::leased);
  ASSERT_TRUE(driver.take(LeaseExpired{driver.lease(kLoad)}));
  EXPECT_TRUE((*this->store().load_run({1}))->live.empty());
}

TYPED_TEST(StoreTest, ATimerLivesAsLongAsItsTaskWaitsForIt) {
  Dag dag = chain();
  dag.timeout = 1h;
  Driver driver(this->store(), std::move(dag));
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant(kLoad));
  ASSERT_TRUE(driver.take(AttemptConfirmed{driver.lease(kLoad)}));
  this->reopen(driver);
  auto timers = this->store().timers();
  ASSERT_TRUE(timers);
  ASSERT_EQ(timers->size(), 2U);
  EXPECT_EQ(timers->at(0).kind, TimerKind::attempt_timeout);
  EXPECT_EQ(timers->at(0).at, driver.now + 30min);
  EXPECT_EQ(timers->at(0).lease, driver.lease(kLoad));
  EXPECT_EQ(timers->at(1).kind, TimerKind::run_timeout);
  EXPECT_EQ(timers->at(1).lease.task, TaskIndex{-1});
  ASSERT_TRUE(driver.commit(driver.finishing(kLoad, {}, Outcome::failed, "transient")));
  timers = this->store().timers();
  ASSERT_EQ(timers->size(), 2U);
  EXPECT_EQ(timers->at(0).kind, TimerKind::backoff);
  ASSERT_TRUE(driver.take(BackoffElapsed{driver.lease(kLoad)}));
  EXPECT_EQ(this->store().timers()->size(), 1U);
  ASSERT_TRUE(driver.publish(kLoad, {}));
  ASSERT_TRUE(driver.publish(kClean, {}));
  EXPECT_TRUE(this->store().timers()->empty()) << "the run has ended";
}

TYPED_TEST(StoreTest, AReportOfAnOldLeaseChangesNothing) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant(kLoad));
  const auto old = driver.lease(kLoad);
  ASSERT_TRUE(driver.take(LeaseExpired{old}));
  ASSERT_TRUE(driver.grant(kLoad));
  const auto before = driver.stored();
  RunCommit late = driver.decided(AttemptFinished{.lease = old, .outcome = Outcome::succeeded});
  late.attempts.push_back({.lease = old, .worker = "worker-1", .time = driver.now, .state = AttemptState::rejected, .error = {}, .config = {}, .usage = {}});
  ASSERT_TRUE(driver.commit(late));
  this->reopen(driver);
  EXPECT_EQ(driver.stored(), before);
  ASSERT_EQ((*this->store().load_run({1}))->live.size(), 1U);
  EXPECT_EQ((*this->store().load_run({1}))->live[0].lease.attempt, 2);
}

TYPED_TEST(StoreTest, TheLastOutputOfATaskIsKept) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant(kLoad));
  auto part = driver.finishing(kLoad);
  part.outputs = {{kLoad, Json::object({{"rows", 7}, {"note", "é"}})}};
  ASSERT_TRUE(driver.commit(part));
  this->reopen(driver);
  const auto outputs = this->store().outputs({1}, {0}, {9});
  ASSERT_TRUE(outputs);
  EXPECT_EQ(outputs->at({0}), part.outputs[0].output);
}

TYPED_TEST(StoreTest, ARetriedRunIsOpenAgainAndKeepsItsAttempts) {
  Driver driver(this->store(), chain());
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant(kLoad));
  ASSERT_TRUE(driver.commit(driver.finishing(kLoad, {}, Outcome::failed, "data")));
  EXPECT_EQ(driver.run.state, RunState::failed);
  ASSERT_TRUE(driver.take(RetryRequested{}));
  this->reopen(driver);
  ASSERT_EQ(this->store().open_runs()->size(), 1U);
  EXPECT_EQ(driver.stored(), driver.run);
  ASSERT_TRUE(driver.grant(kLoad));
  EXPECT_EQ(driver.lease(kLoad).attempt, 2);
}

// Thousands of random events on a branching Dag: whatever decide() says, the store holds the same run.
TYPED_TEST(StoreTest, RandomLivesAreReadBackAsTheyWere) {
  std::mt19937 random(7);
  for (int64_t id = 1; id <= 25; ++id) {
    Driver driver(this->store(), branching(), "d@" + std::to_string(id), id);
    ASSERT_TRUE(driver.start());
    for (int step = 0; step < 60; ++step) {
      driver.now += 1s;
      const Event event = random_event(random, driver, step % 5 == 0);
      const auto part = driver.decided(event);
      if (part.decision.empty()) continue;
      ASSERT_TRUE(driver.commit(part));
      ASSERT_EQ(driver.stored(), driver.run) << "run " << id << ", step " << step;
    }
    this->reopen();
    driver.use(this->store());
    ASSERT_EQ(driver.stored(), driver.run);
    size_t live = 0;
    for (const auto& one : driver.run.tasks) live += holds_lease(one.state) ? 1 : 0;
    EXPECT_EQ((*this->store().load_run({id}))->live.size(), live);
  }
}

// What a turn of the engine commits at once is kept as if each event had had a commit of its own.
TYPED_TEST(StoreTest, EventsOfOneCommitAreKeptAsIfEachHadItsOwn) {
  std::mt19937 random(11);
  size_t longest = 0;
  for (int64_t id = 1; id <= 25; ++id) {
    MemoryStore one_by_one;
    Driver driver(one_by_one, branching(), "d@" + std::to_string(id), id);
    Commit whole;
    whole.new_runs.push_back({driver.header, driver.run});
    ASSERT_TRUE(driver.create());
    whole.runs.push_back(driver.decided(RunStarted{}));
    ASSERT_TRUE(driver.commit(whole.runs.back()));
    for (int step = 0; step < 60; ++step) {
      driver.now += 1s;
      auto part = driver.decided(random_event(random, driver, step % 5 == 0));
      if (!part.decision.empty()) {
        ASSERT_TRUE(driver.commit(part));
        whole.runs.push_back(std::move(part));
      }
      if (whole.runs.empty() || (random() % 12 != 0 && step < 59)) continue;
      longest = std::max(longest, whole.runs.size());
      std::vector<OutboxRow> outbox;
      ASSERT_TRUE(this->store().commit(whole, outbox)) << "run " << id << ", step " << step;
      whole = {};
      const auto expected = one_by_one.load_run({id}), found = this->store().load_run({id});
      ASSERT_EQ((*found)->run, (*expected)->run) << "run " << id << ", step " << step;
      ASSERT_EQ((*found)->live.size(), (*expected)->live.size());
      for (size_t i = 0; i < (*found)->live.size(); ++i) {
        EXPECT_EQ((*found)->live[i].lease, (*expected)->live[i].lease);
        EXPECT_EQ((*found)->live[i].state, (*expected)->live[i].state);
        EXPECT_EQ((*found)->live[i].time, (*expected)->live[i].time);
      }
    }
    const auto expected = one_by_one.timers();
    auto found = this->store().timers();
    std::erase_if(*found, [&](const Timer& timer) { return timer.lease.run.value != id; });
    ASSERT_EQ(found->size(), expected->size()) << "run " << id;
    for (size_t i = 0; i < found->size(); ++i) {
      EXPECT_EQ(std::tie(found->at(i).at, found->at(i).kind, found->at(i).lease), std::tie(expected->at(i).at, expected->at(i).kind, expected->at(i).lease));
    }
  }
  EXPECT_GT(longest, 10U) << "long commits were tried";
}

}  // namespace
}  // namespace millrace
