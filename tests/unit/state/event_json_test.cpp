// What the journal and the outbox keep is what was put in, for every kind.
#include "state/event_json.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

const RunId kRun{7};
const LeaseNumber kLease{kRun, {3}, 2};

template <class T>
T back(const T& value) {
  const auto text = to_json(Event{value}).dump();
  const auto read = event_from(Json::parse(text).value(), kRun);
  EXPECT_TRUE(read) << text;
  EXPECT_TRUE(std::holds_alternative<T>(*read)) << text;
  return std::get<T>(*read);
}

template <class T>
T back_effect(const T& value) {
  const auto text = to_json(Effect{value}).dump();
  const auto read = effect_from(Json::parse(text).value(), kRun);
  EXPECT_TRUE(read) << text;
  EXPECT_TRUE(std::holds_alternative<T>(*read)) << text;
  return std::get<T>(*read);
}

TEST(EventJson, EventsOfTheRunComeBack) {
  back(RunStarted{});
  back(PauseRequested{});
  back(ResumeRequested{});
  back(RetryRequested{});
  back(RunTimedOut{});
  EXPECT_EQ(back(CancelRequested{"say \"no\"\nä"}).reason, "say \"no\"\nä");
}

TEST(EventJson, EventsOfAttemptsComeBack) {
  EXPECT_EQ(back(AttemptConfirmed{kLease}).lease, kLease);
  EXPECT_EQ(back(LeaseReturned{kLease}).lease, kLease);
  EXPECT_EQ(back(LeaseExpired{kLease}).lease, kLease);
  EXPECT_EQ(back(BackoffElapsed{kLease}).lease, kLease);
  EXPECT_EQ(back(LeaseGranted{kLease, "worker-1"}).lease, kLease);
  EXPECT_EQ(back(LeaseGranted{kLease, "worker-1"}).worker, "worker-1");
  EXPECT_EQ(back(AttemptTimedOut{kLease, 0.1 + 0.2}).jitter, 0.1 + 0.2);  // to the last bit, or a replay differs
}

// A cancelled attempt may be tried again, with the delay and the jitter of its report, like a failed one.
TEST(EventJson, EndsThatMayBeTriedAgainComeBackWhole) {
  for (const auto outcome : {Outcome::failed, Outcome::cancelled}) {
    const auto read = back(AttemptFinished{kLease, outcome, "resource", true, Millis{2500}, 1.0 / 3});
    EXPECT_EQ(read.lease, kLease);
    EXPECT_EQ(read.outcome, outcome);
    EXPECT_EQ(read.error_class, "resource");
    EXPECT_TRUE(read.final_failure);
    EXPECT_EQ(read.retry_after, Millis{2500});
    EXPECT_EQ(read.jitter, 1.0 / 3);
  }
  for (const auto outcome : {Outcome::succeeded, Outcome::skipped}) {
    EXPECT_EQ(back(AttemptFinished{kLease, outcome, {}, false, {}, 1}).outcome, outcome);
  }
}

TEST(EventJson, EffectsComeBack) {
  EXPECT_EQ(back_effect(Dispatch{kLease, "w"}).lease, kLease);
  EXPECT_EQ(back_effect(Dispatch{kLease, "w"}).worker, "w");
  EXPECT_EQ(back_effect(CancelAttempt{kLease, "timeout"}).reason, "timeout");
  EXPECT_EQ(back_effect(RefuseReport{kLease}).lease, kLease);
  for (const auto kind : {TimerKind::backoff, TimerKind::attempt_timeout, TimerKind::run_timeout}) {
    const auto timer = back_effect(SetTimer{TimePoint{Millis{1'790'000'000'123}}, kind, kLease});
    EXPECT_EQ(timer.kind, kind);
    EXPECT_EQ(timer.at.time_since_epoch(), Millis{1'790'000'000'123});
    EXPECT_EQ(timer.lease, kLease);
  }
  for (const auto state : {RunState::succeeded, RunState::failed, RunState::cancelled}) EXPECT_EQ(back_effect(FinishRun{state}).state, state);
}

TEST(EventJson, WhatIsNoEventOrEffectIsRefused) {
  EXPECT_FALSE(event_from(Json(), kRun));
  EXPECT_FALSE(event_from(Json::object({{"kind", "dispatch"}}), kRun));
  EXPECT_FALSE(event_from(Json::object({{"kind", "attempt_finished"}, {"outcome", 5}}), kRun));
  EXPECT_FALSE(effect_from(Json::object({{"kind", "run_started"}}), kRun));
  EXPECT_FALSE(effect_from(Json::object({{"kind", "finish_run"}, {"state", "gone"}}), kRun));
  EXPECT_FALSE(effect_from(Json::object({{"kind", "set_timer"}, {"timer", 4}}), kRun));
}

}  // namespace
}  // namespace millrace
