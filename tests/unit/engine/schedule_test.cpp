// Runs by the clock and backfills, on both stores and a virtual clock that starts at 13:46 on 2026-09-21.
#include "base/text.hpp"
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

template <class Kind>
class Due : public ::testing::Test {
 protected:
  Due() { bench_.clock.set(*from_iso("2026-09-21T13:46:00Z")); }
  void have(const std::string& head, const std::string& task = "core.noop") {
    const auto set = bench_.dags({"dag: d\n" + head + "tasks: { a: { uses: " + task + " } }\n"});
    ASSERT_TRUE(set.ok()) << to_string(set.error());
    bench_.settle();
  }
  // Keys of all runs, open or not, that the store knows among these.
  bool has(const std::string& key) { return bench_.store.find_run(key)->has_value(); }
  RunState state(const std::string& key) { return bench_.state(key); }
  void pass(Millis time) {
    bench_.clock.advance(time);
    bench_.settle();
  }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Due, Kinds);

constexpr Millis kMinute{60'000}, kHour{3'600'000}, kDay{24 * 3'600'000};

TYPED_TEST(Due, ATickStartsOneRunThatIsCalledByItsTime) {
  this->have("schedule: \"0 14 * * *\"\n");
  this->pass(kMinute * 13);
  EXPECT_FALSE(this->has("d@20260921T140000Z"));
  this->pass(kMinute);
  ASSERT_TRUE(this->has("d@20260921T140000Z"));
  EXPECT_EQ(this->state("d@20260921T140000Z"), RunState::succeeded);
  EXPECT_EQ(this->bench_.stored("d@20260921T140000Z").header.trigger, "schedule");
}

TYPED_TEST(Due, ATickIsNotStartedAgainAfterARestartOrWithTheClockSetBack) {
  this->have("schedule: \"*/10 * * * *\"\n");
  this->pass(kMinute * 4);
  ASSERT_TRUE(this->has("d@20260921T135000Z"));
  auto& b = this->bench_;
  const auto run_id = b.stored("d@20260921T135000Z").header.id;
  b.clock.advance(-kHour);
  b.restart();
  this->have("schedule: \"*/10 * * * *\"\n");
  b.settle();
  EXPECT_EQ(b.store.next_run_id()->value, run_id.value + 1) << "nothing was started meanwhile";
}

TYPED_TEST(Due, WhatPassedWhileTheServerWasAwayIsCaughtUpAsTold) {
  this->have("schedule: { cron: \"0 * * * *\", catchup: all }\n");
  this->bench_.engine.reset();
  this->bench_.clock.advance(kHour * 3);
  this->bench_.restart();
  this->have("schedule: { cron: \"0 * * * *\", catchup: all }\n");
  for (const char* hour : {"14", "15", "16"}) EXPECT_TRUE(this->has(std::string("d@20260921T") + hour + "0000Z")) << hour;
}

TYPED_TEST(Due, WithoutCatchUpALongAbsenceStartsNothing) {
  this->have("schedule: \"0 * * * *\"\n");
  this->bench_.clock.advance(kHour * 3);
  this->bench_.restart();
  this->have("schedule: \"0 * * * *\"\n");
  for (const char* hour : {"14", "15", "16"}) EXPECT_FALSE(this->has(std::string("d@20260921T") + hour + "0000Z")) << hour;
  this->pass(kMinute * 14);
  EXPECT_TRUE(this->has("d@20260921T170000Z"));
}

TYPED_TEST(Due, ATickIsNotLostWithACommitThatTheStoreRefuses) {
  this->have("schedule: \"0 14 * * *\"\n");
  this->bench_.store.full = true;
  this->pass(kMinute * 14);
  this->bench_.store.full = false;
  EXPECT_FALSE(this->has("d@20260921T140000Z"));
  this->pass(Millis{2000});
  EXPECT_TRUE(this->has("d@20260921T140000Z"));
}

TYPED_TEST(Due, AnOpenRunLetsTheNextTickQueueSkipOrTakeItsPlace) {
  auto& b = this->bench_;
  b.join();
  const std::string first = "d@20260921T140000Z", second = "d@20260921T150000Z", third = "d@20260921T160000Z";
  const auto head = [](const char* policy) { return "schedule: \"0 * * * *\"\nconcurrency: { runs: 1, on_overlap: " + std::string(policy) + " }\n"; };
  this->have(head("queue"), "fake.task");
  this->pass(kMinute * 14);
  EXPECT_EQ(this->state(first), RunState::running);
  this->pass(kHour);
  EXPECT_EQ(this->state(second), RunState::queued);
  this->have(head("skip"), "fake.task");
  this->pass(kHour);
  EXPECT_FALSE(this->has(third));
  this->have(head("cancel_running"), "fake.task");
  this->pass(kHour);
  EXPECT_EQ(this->state(second), RunState::cancelled);
  EXPECT_EQ(this->state(first), RunState::cancelled) << "its lease ran out meanwhile";
  EXPECT_TRUE(this->has("d@20260921T170000Z"));
}

TYPED_TEST(Due, ANewScheduleDoesNotReachBackBehindItsArrival) {
  this->have("schedule: { cron: \"0 0 1 1 *\", catchup: all }\n");
  this->pass(kDay);
  this->have("schedule: { cron: \"0 * * * *\", catchup: all }\n");
  EXPECT_FALSE(this->has("d@20260922T130000Z"));
  this->pass(kHour);
  EXPECT_TRUE(this->has("d@20260922T140000Z"));
}

template <class Kind>
class Backfills : public Due<Kind> {
 protected:
  Result<BackfillPlan> ask(BackfillWhich which, bool dry_run = false, int concurrency = 1, bool newest_first = false, const char* to = "2026-09-03") {
    return this->bench_.call([&] {
      return this->bench_.engine->backfill({.wanted = {.dag = "d", .from = *from_iso("2026-09-01"), .to = *from_iso(to), .which = which, .newest_first = newest_first, .concurrency = concurrency,
                                                       .params = Json::object({{"n", 5}})},
                                            .dry_run = dry_run});
    });
  }
  Backfill only() { return this->bench_.call([&] { return this->bench_.engine->backfills(); }).back(); }
  static constexpr const char* kParams = "params: { n: { type: integer, default: 1 } }\n";
};
TYPED_TEST_SUITE(Backfills, Kinds);

TYPED_TEST(Backfills, ARangeRunsDayByDayWithItsParams) {
  this->have(this->kParams, "fake.task");
  auto& b = this->bench_;
  b.join();
  ASSERT_TRUE(this->ask(BackfillWhich::missing));
  b.settle();
  EXPECT_EQ(this->state("d@2026-09-01"), RunState::running);
  EXPECT_FALSE(this->has("d@2026-09-02")) << "one at a time";
  EXPECT_EQ(b.stored("d@2026-09-01").header.params["n"].as_int(), 5);
  for (int day = 0; day < 3; ++day) {
    b.tell(b.report(b.offered("a")));
    b.settle();
  }
  for (const char* day : {"d@2026-09-01", "d@2026-09-02", "d@2026-09-03"}) EXPECT_EQ(this->state(day), RunState::succeeded);
  EXPECT_EQ(this->only().state, BackfillState::done);
  EXPECT_EQ(this->only().started, 3);
}

TYPED_TEST(Backfills, ADryRunTellsAndDoesNothing) {
  this->have(this->kParams);
  ASSERT_TRUE(this->bench_.call([&] { return this->bench_.engine->start({.dag = "d", .logical_time = from_iso("2026-09-02").value_or(TimePoint{})}); }));
  this->bench_.settle();
  const auto plan = this->ask(BackfillWhich::missing, true);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->steps.size(), 3U);
  EXPECT_EQ(plan->steps[0].act, BackfillAct::start);
  EXPECT_EQ(plan->steps[1].act, BackfillAct::pass);
  EXPECT_EQ(plan->steps[1].why, "its run is succeeded");
  this->bench_.settle();
  EXPECT_FALSE(this->has("d@2026-09-01"));
}

TYPED_TEST(Backfills, FailedOnesAreRetriedAndTheRestIsLeftAlone) {
  auto& b = this->bench_;
  b.join();
  this->have(this->kParams, "fake.task");
  for (const bool fails : {true, false}) {
    const auto key = b.call([&] { return b.engine->start({.dag = "d", .logical_time = from_iso(fails ? "2026-09-01" : "2026-09-02").value_or(TimePoint{})}); });
    b.settle();
    auto report = b.report(b.offered("a"), fails ? Outcome::failed : Outcome::succeeded);
    report.final_failure = true;
    b.tell(std::move(report));
    b.settle();
    EXPECT_EQ(b.state(*key), fails ? RunState::failed : RunState::succeeded);
  }
  ASSERT_TRUE(this->ask(BackfillWhich::failed));
  b.settle();
  EXPECT_EQ(this->state("d@2026-09-01"), RunState::running);
  b.tell(b.report(b.offered("a")));
  b.settle();
  EXPECT_EQ(this->state("d@2026-09-01"), RunState::succeeded);
  EXPECT_FALSE(this->has("d@2026-09-03")) << "it never ran, so it did not fail";
  EXPECT_EQ(this->only().state, BackfillState::done);
}

TYPED_TEST(Backfills, AllRunsEveryTimeAnewAndNewestFirst) {
  this->have(this->kParams);
  ASSERT_TRUE(this->ask(BackfillWhich::missing, false, 3));
  this->bench_.settle();
  ASSERT_TRUE(this->ask(BackfillWhich::all, false, 1, true));
  this->bench_.settle();
  EXPECT_LT(this->bench_.stored("d@2026-09-03-2").header.id, this->bench_.stored("d@2026-09-01-2").header.id);
}

TYPED_TEST(Backfills, GoesOnAfterARestartIsPausedResumedAndCancelled) {
  auto& b = this->bench_;
  this->have(this->kParams, "fake.task");
  const auto made = this->ask(BackfillWhich::missing);
  b.settle();
  const auto verb = [&](BackfillVerb what) { return b.call([&] { return b.engine->backfill_verb(made->backfill.id, what); }); };
  ASSERT_TRUE(verb(BackfillVerb::pause));
  b.restart();
  this->have(this->kParams, "fake.task");
  b.join();
  b.settle();
  b.tell(b.report(b.offered("a")));
  b.settle();
  EXPECT_FALSE(this->has("d@2026-09-02")) << "paused, also after a restart";
  ASSERT_TRUE(verb(BackfillVerb::resume));
  b.settle();
  EXPECT_EQ(this->state("d@2026-09-02"), RunState::running);
  ASSERT_TRUE(verb(BackfillVerb::cancel));
  b.settle();
  EXPECT_EQ(this->state("d@2026-09-02"), RunState::cancelling);
  EXPECT_EQ(verb(BackfillVerb::resume).error().code, "E2019");
  EXPECT_FALSE(this->has("d@2026-09-03"));
}

TYPED_TEST(Backfills, ARangeThatMakesNoSenseIsRefused) {
  this->have(this->kParams);
  EXPECT_EQ(this->ask(BackfillWhich::missing, false, 1, false, "2026-08-01").error().code, "E2018");
  this->have(std::string("schedule: \"* * * * * *\"\n") + this->kParams);
  EXPECT_EQ(this->ask(BackfillWhich::missing).error().code, "E2018") << "a quarter of a million seconds";
}

TYPED_TEST(Backfills, FollowsTheTicksOfTheSchedule) {
  this->have(std::string("schedule: { cron: \"0 6 * * 1-5\" }\n") + this->kParams);
  const auto plan = this->ask(BackfillWhich::missing, true, 1, false, "2026-09-08");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->steps.size(), 5U);
  EXPECT_EQ(plan->steps[4].run, "d@20260907T060000Z");
}

}  // namespace
}  // namespace millrace::testing
