// The Store's promises about runs, held by both stores.
#include "unit/state/stores.hpp"

namespace millrace::testing {
namespace {

template <class Kind>
class Runs : public ::testing::Test {
 protected:
  TempFolder folder_{};
  std::unique_ptr<Store> store_ = Kind::open(folder_);
};
using Kinds = ::testing::Types<MemoryKind, SqliteKind>;
TYPED_TEST_SUITE(Runs, Kinds);

std::vector<TimerKind> kinds(Store& store) {
  std::vector<TimerKind> list;
  for (const auto& timer : must(store.timers())) list.push_back(timer.kind);
  return list;
}

TYPED_TEST(Runs, ANewRunIsFoundByKeyByRequestAndById) {
  RunBench bench(*this->store_, "small@2026-11-01", small_dag(), "request-7");
  must(bench.create());
  const auto by_key = must(this->store_->find_run("small@2026-11-01"));
  const auto by_request = must(this->store_->find_request("request-7"));
  ASSERT_TRUE(by_key && by_request);
  EXPECT_EQ(by_key->id, bench.run.id);
  EXPECT_EQ(by_request->key, "small@2026-11-01");
  EXPECT_EQ(by_key->params, bench.header.params);
  EXPECT_EQ(by_key->logical_time, bench.header.logical_time);
  EXPECT_EQ(by_key->created, bench.now);
  EXPECT_EQ(by_key->trigger, "test");
  EXPECT_EQ(by_key->dag_version, bench.dag.version);
  EXPECT_EQ(stored_run(*this->store_, bench), bench.run);
}

TYPED_TEST(Runs, WhatIsNotThereIsNotFound) {
  EXPECT_FALSE(must(this->store_->find_run("nobody")));
  EXPECT_FALSE(must(this->store_->find_request("nothing")));
  EXPECT_FALSE(must(this->store_->find_request("")));
  EXPECT_FALSE(must(this->store_->load_run(RunId{99})));
  EXPECT_FALSE(must(this->store_->dag_source("small", "v")));
  EXPECT_FALSE(must(this->store_->pins(RunId{99}, TaskIndex{0})));
  EXPECT_EQ(must(this->store_->outputs(RunId{99})), Json::object());
  EXPECT_TRUE(must(this->store_->open_runs()).empty());
}

TYPED_TEST(Runs, RunsWithoutARequestAreManyButOneRequestIsOne) {
  RunBench first(*this->store_, "a"), second(*this->store_, "b"), third(*this->store_, "c", small_dag(), "r"), repeat(*this->store_, "d", small_dag(), "r");
  must(first.create());
  must(second.create());
  must(third.create());
  EXPECT_FALSE(repeat.create().ok());
  EXPECT_FALSE(must(this->store_->find_run("d")));
}

TYPED_TEST(Runs, RunIdsGoUpAndAreNeverGivenTwice) {
  const auto first = must(this->store_->next_run_id()), second = must(this->store_->next_run_id());
  EXPECT_LT(first, second);
}

TYPED_TEST(Runs, RecoveryHoldsWhatTheEngineHeldAfterEachStepOfARun) {
  RunBench bench(*this->store_, "small@1");
  const auto same = [&](const char* step) {
    SCOPED_TRACE(step);
    EXPECT_EQ(stored_run(*this->store_, bench), bench.run);
    const auto open = must(this->store_->open_runs());
    EXPECT_EQ(open.size(), is_final(bench.run.state) ? 0U : 1U);
  };
  bench.start();
  same("started");
  bench.grant(0);
  same("granted");
  bench.confirm(0);
  same("confirmed");
  must(bench.take(bench.failure(0, false)));
  same("failed, will try again");
  EXPECT_EQ(bench.state(0), TaskState::backoff);
  must(bench.take(BackoffElapsed{bench.lease(0)}));
  same("ready again");
  must(bench.take(PauseRequested{}));
  same("paused");
  must(bench.take(ResumeRequested{}));
  bench.grant(0);
  must(bench.take(LeaseExpired{bench.lease(0)}));
  same("lost");
  bench.grant(0);
  must(bench.succeed(0));
  same("succeeded");
  bench.grant(1);
  must(bench.take(bench.failure(1, true)));
  same("failed for good");
  bench.grant(2);
  must(bench.succeed(2));
  same("ended");
  EXPECT_EQ(bench.run.state, RunState::failed);
  must(bench.take(RetryRequested{}));  // the hook moves twice: out of its end, and perhaps on
  same("opened again");
}

TYPED_TEST(Runs, ATaskMayMoveTwiceInOneDecision) {
  // A hook that had succeeded is opened and, with all main tasks over, goes on in the same decision.
  RunBench bench(*this->store_, "small@1");
  bench.start();
  bench.grant(0);
  auto part = bench.part(CancelRequested{"enough"});
  Move first{.task = {1}, .from = TaskState::waiting, .to = TaskState::ready, .after = bench.run.tasks[1], .reason = "once"};
  first.after.state = TaskState::ready;
  first.after.version += 1;
  Move second{.task = {1}, .from = TaskState::ready, .to = TaskState::cancelled, .after = first.after, .reason = "twice"};
  second.after.state = TaskState::cancelled;
  second.after.version += 1;
  part.decision.moves = {first, second};
  Commit commit;
  commit.runs.push_back(part);
  must(this->store_->commit(commit, bench.outbox));
  const auto stored = must(this->store_->load_run(bench.run.id));
  EXPECT_EQ(stored->run.tasks[1].state, TaskState::cancelled);
  EXPECT_EQ(stored->run.tasks[1].version, bench.run.tasks[1].version + 2);
}

TYPED_TEST(Runs, AMismatchLeavesNothingOfTheWholeCommit) {
  RunBench bench(*this->store_, "small@1");
  bench.start();
  bench.grant(0);
  const Run before = stored_run(*this->store_, bench);
  const auto outbox_before = must(this->store_->outbox()).size();

  RunBench other(*this->store_, "small@2");
  Commit commit;
  commit.new_runs.push_back({other.header, other.run});
  auto good = bench.part(bench.success(0));
  good.output_of = TaskIndex{0};
  good.output = Json::object({{"rows", 3}});
  good.data = data(staged(Operation::append, {data_file("f1", 10)}));
  good.data.positions.push_back({"files", "a.csv", Json(), Json(1)});
  good.pins_of = TaskIndex{0};
  good.pins = {{.dataset = "raw.orders", .snapshot = {}, .columns = {}, .files = {}}};
  auto stale = bench.part(LeaseExpired{bench.lease(0)});  // decided on the state before the success
  commit.runs = {good, stale};
  commit.done_effects = {must(this->store_->outbox()).front().id};
  const auto status = this->store_->commit(commit, bench.outbox);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, "E2013");
  EXPECT_TRUE(bench.outbox.empty());

  EXPECT_EQ(stored_run(*this->store_, bench), before);
  EXPECT_FALSE(must(this->store_->find_run("small@2")));
  EXPECT_EQ(must(this->store_->outputs(bench.run.id)), Json::object());
  EXPECT_EQ(must(this->store_->dataset("raw.orders", std::nullopt)).snapshot, SnapshotId{});
  EXPECT_TRUE(must(this->store_->positions("files")).empty());
  EXPECT_FALSE(must(this->store_->pins(bench.run.id, TaskIndex{0})));
  EXPECT_EQ(must(this->store_->outbox()).size(), outbox_before);
  EXPECT_EQ(must(this->store_->load_run(bench.run.id))->live.size(), 1U);
  // The same commit without the stale part is taken.
  commit.runs = {good};
  must(this->store_->commit(commit, bench.outbox));
  EXPECT_EQ(must(this->store_->dataset("raw.orders", std::nullopt)).files.size(), 1U);
  EXPECT_EQ(must(this->store_->outbox()).size(), outbox_before - 1);
}

TYPED_TEST(Runs, ARunAndAnAttemptThatAreNotThereAreRefused) {
  RunBench bench(*this->store_, "small@1");
  EXPECT_EQ(bench.take(RunStarted{}).error().code, "E2013");
  must(bench.create());
  must(bench.take(RunStarted{}));
  auto part = bench.part(PauseRequested{});
  part.decision.attempts.push_back({bench.next(0), AttemptState::running, {}});
  EXPECT_EQ(bench.commit(part).error().code, "E2013");
  EXPECT_EQ(stored_run(*this->store_, bench).state, RunState::running);
}

TYPED_TEST(Runs, LiveAttemptsComeWithTheirWorkerAndState) {
  RunBench bench(*this->store_, "small@1");
  bench.start();
  bench.grant(0);
  auto live = must(this->store_->load_run(bench.run.id))->live;
  ASSERT_EQ(live.size(), 1U);
  EXPECT_EQ(live[0].lease, bench.lease(0));
  EXPECT_EQ(live[0].worker, "worker-1");
  EXPECT_EQ(live[0].state, AttemptState::leased);
  EXPECT_EQ(live[0].time, bench.now);
  bench.confirm(0);
  EXPECT_EQ(must(this->store_->open_runs())[0].live.at(0).state, AttemptState::running);
  must(bench.take(LeaseExpired{bench.lease(0)}));
  EXPECT_TRUE(must(this->store_->load_run(bench.run.id))->live.empty());
}

TYPED_TEST(Runs, ARejectedReportChangesNoState) {
  RunBench bench(*this->store_, "small@1");
  bench.start();
  bench.grant(0);
  const auto late = bench.success(0);
  must(bench.take(LeaseExpired{bench.lease(0)}));
  const Run before = bench.run;
  auto part = bench.part(late);
  ASSERT_EQ(part.decision.effects.size(), 1U);
  ASSERT_TRUE(std::holds_alternative<RefuseReport>(part.decision.effects[0]));
  part.attempts.push_back({.lease = late.lease, .worker = "worker-1", .time = bench.now, .state = AttemptState::rejected, .error = {}, .config = {}, .usage = {}});
  must(bench.commit(part));
  EXPECT_EQ(stored_run(*this->store_, bench), before);
  EXPECT_TRUE(bench.outbox.empty());
}

TYPED_TEST(Runs, TimersGoWithTheStateThatTheyBelongTo) {
  RunBench bench(*this->store_, "small@1");
  bench.start();
  EXPECT_EQ(kinds(*this->store_), std::vector{TimerKind::run_timeout});
  bench.grant(0);
  bench.confirm(0);
  EXPECT_EQ(kinds(*this->store_), (std::vector{TimerKind::attempt_timeout, TimerKind::run_timeout}));
  must(bench.take(bench.failure(0, false)));  // running -> backoff: the one goes, the other comes
  auto timers = must(this->store_->timers());
  ASSERT_EQ(timers.size(), 2U);
  EXPECT_EQ(timers[0].kind, TimerKind::backoff);
  EXPECT_EQ(timers[0].lease, bench.lease(0));
  EXPECT_EQ(timers[0].at, bench.now + Millis{10'000});
  must(bench.take(BackoffElapsed{bench.lease(0)}));
  EXPECT_EQ(kinds(*this->store_), std::vector{TimerKind::run_timeout});
}

TYPED_TEST(Runs, AllTimersOfARunGoWhenItEnds) {
  RunBench bench(*this->store_, "small@1"), other(*this->store_, "small@2");
  bench.start();
  other.start();
  bench.grant(0);
  must(bench.succeed(0));
  bench.grant(1);
  must(bench.succeed(1));
  bench.grant(2);
  bench.confirm(2);
  must(bench.succeed(2));
  ASSERT_EQ(bench.run.state, RunState::succeeded);
  const auto timers = must(this->store_->timers());
  ASSERT_EQ(timers.size(), 1U);
  EXPECT_EQ(timers[0].lease.run, other.run.id);
  EXPECT_EQ(timers[0].lease.task, TaskIndex{-1});
}

TYPED_TEST(Runs, TimersComeInTheOrderOfTheirTime) {
  RunBench late(*this->store_, "late"), early(*this->store_, "early");
  early.now -= Millis{1000};
  late.start();
  early.start();
  const auto timers = must(this->store_->timers());
  ASSERT_EQ(timers.size(), 2U);
  EXPECT_EQ(timers[0].lease.run, early.run.id);
}

TYPED_TEST(Runs, TheCancelReasonIsWrittenAsItIs) {
  RunBench bench(*this->store_, "small@1");
  bench.start();
  bench.grant(0);
  must(bench.take(RunTimedOut{}));
  EXPECT_EQ(must(this->store_->load_run(bench.run.id))->run.cancel_reason, kUnderRunTimeout);
  must(bench.take(bench.failure(0, false)));
  while (!is_final(bench.run.state)) {
    bench.grant(2);
    must(bench.succeed(2));
  }
  EXPECT_EQ(bench.run.state, RunState::failed);
  must(bench.take(RetryRequested{}));  // a run that goes on again is not under a cancel any more
  EXPECT_EQ(must(this->store_->load_run(bench.run.id))->run.cancel_reason, "");
  EXPECT_EQ(stored_run(*this->store_, bench), bench.run);
}

TYPED_TEST(Runs, EffectsStayInTheOutboxUntilTheyAreDone) {
  RunBench bench(*this->store_, "small@1");
  bench.start();
  bench.grant(0);
  ASSERT_EQ(bench.outbox.size(), 1U);
  const auto sent = bench.outbox[0];
  EXPECT_EQ(std::get<Dispatch>(sent.effect).worker, "worker-1");
  must(bench.take(CancelRequested{"enough"}));
  ASSERT_EQ(bench.outbox.size(), 1U);
  EXPECT_LT(sent.id, bench.outbox[0].id);
  auto kept = must(this->store_->outbox());
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].id, sent.id);
  EXPECT_EQ(std::get<Dispatch>(kept[0].effect).lease, bench.lease(0));
  EXPECT_EQ(std::get<CancelAttempt>(kept[1].effect).reason, "enough");
  EXPECT_EQ(kept[1].run, bench.run.id);
  Commit commit;
  commit.done_effects = {sent.id};
  must(this->store_->commit(commit, bench.outbox));
  kept = must(this->store_->outbox());
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<CancelAttempt>(kept[0].effect));
}

TYPED_TEST(Runs, OutputsAreKeptByTaskAndTheLatestCounts) {
  RunBench bench(*this->store_, "small@1");
  bench.start();
  bench.grant(0);
  auto end = bench.part(bench.success(0));
  end.output_of = TaskIndex{0};
  end.output = Json::object({{"rows", 3}, {"text", "ä\"\n"}});
  must(bench.commit(end));
  EXPECT_EQ(must(this->store_->outputs(bench.run.id))["0"]["text"].as_text(), "ä\"\n");
  bench.grant(1);
  end = bench.part(bench.success(1));
  end.output_of = TaskIndex{1};
  end.output = Json(7);
  must(bench.commit(end));
  EXPECT_EQ(must(this->store_->outputs(bench.run.id)).size(), 2U);
}

TYPED_TEST(Runs, DagSourcesAreKeptOncePerVersion) {
  Dag dag = small_dag();
  const TimePoint now{Millis{1}};
  must(this->store_->put_dag(dag, now));
  dag.source = "another text under the same version";
  must(this->store_->put_dag(dag, now));
  auto kept = must(Json::parse(must(this->store_->dag_source("small", "1111222233334444")).value()));
  EXPECT_EQ(kept["yaml"].as_text(), "dag: small\n");
  EXPECT_EQ(kept["file"].as_text(), "dags/small.yaml");
  EXPECT_FALSE(must(this->store_->dag_source("small", "0")));
}

}  // namespace
}  // namespace millrace::testing
