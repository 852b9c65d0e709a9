#include "state/event_json.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr LeaseNumber kLease{{9}, {3}, 2};

// The journal's text of a value that went there and back again is the first text; and the kind is the same alternative.
template <class Variant, class From>
void there_and_back(const Variant& value, const From& from) {
  const Json json = to_json(value);
  const auto text = Json::parse(json.dump());
  ASSERT_TRUE(text);
  const auto back = from(*text, RunId{9});
  ASSERT_TRUE(back.has_value()) << json.dump();
  EXPECT_EQ(back->index(), value.index()) << json.dump();
  EXPECT_EQ(to_json(*back), json);
}

TEST(EventJson, EveryEventComesBackFromTheJournal) {
  const std::vector<Event> events{RunStarted{}, PauseRequested{}, ResumeRequested{}, CancelRequested{"wrong \"day\""}, RetryRequested{}, LeaseGranted{kLease, "w"},
                                  AttemptConfirmed{kLease}, LeaseReturned{kLease}, LeaseExpired{kLease}, AttemptTimedOut{kLease, 0.25}, RunTimedOut{}, BackoffElapsed{kLease},
                                  AttemptFinished{.lease = kLease, .outcome = Outcome::failed, .error_class = "data", .final_failure = true, .retry_after = Millis{1500}, .jitter = 0.125},
                                  AttemptFinished{.lease = kLease, .outcome = Outcome::succeeded}, WakeElapsed{kLease}, SleepEnded{{3}, 7, SleepEnd::failed, "no"},
                                  ClearRequested{{3}, false}, MarkRequested{{3}, TaskState::skipped, "known"},
                                  GateAnswered{.task = {3}, .version = 7, .verdict = GateVerdict::sleep, .reason = "waits", .wait = Wait::approval, .wake = TimePoint{Millis{5}}},
                                  GateAnswered{.task = {3}, .version = 7, .verdict = GateVerdict::succeed, .reason = "chose", .skips = {{4}, {5}}},
                                  GateAnswered{.task = {3}, .version = 7, .verdict = GateVerdict::expand, .reason = "many", .items = 9, .max_parallel = 4, .tolerated = 2, .file = "items/x"},
                                  LimitsChanged{{3}, 8, 1}, QueueTimedOut{kLease}, TotalTimedOut{{3}}, SentBack{{3}, 7, {1}, "wrong"}, CarriedOver{{{0}, {3}}, "d@1"}, LatenessSeen{Lateness::predicted, TimePoint{Millis{9}}, "load"}, SleepEnded{{3}, 7, SleepEnd::again, "later", Wait::poll, TimePoint{Millis{9}}},
                                  AttemptTimedOut{kLease, 0.5, Limit::heartbeat}};
  std::set<size_t> kinds;
  for (const auto& event : events) {
    kinds.insert(event.index());
    there_and_back(event, event_from);
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Event>) << "an event is missing in this test";
}

TEST(EventJson, EveryEffectComesBackFromTheOutbox) {
  const std::vector<Effect> effects{Dispatch{kLease, "w"}, CancelAttempt{kLease, "timeout"}, SetTimer{TimePoint{Millis{77}}, TimerKind::run_timeout, kLease}, FinishRun{RunState::failed}, RefuseReport{kLease}};
  std::set<size_t> kinds;
  for (const auto& effect : effects) {
    kinds.insert(effect.index());
    there_and_back(effect, effect_from);
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Effect>) << "an effect is missing in this test";
}

TEST(EventJson, ADetailedFailureKeepsEveryField) {
  const auto back = event_from(to_json(Event(AttemptFinished{.lease = kLease, .outcome = Outcome::failed, .error_class = "data", .final_failure = true, .retry_after = Millis{1500}, .jitter = 0.125})), {9});
  ASSERT_TRUE(back);
  const auto& finished = std::get<AttemptFinished>(*back);
  EXPECT_EQ(finished.lease, kLease);
  EXPECT_EQ(finished.error_class, "data");
  EXPECT_TRUE(finished.final_failure);
  EXPECT_EQ(finished.retry_after, Millis{1500});
  EXPECT_EQ(finished.jitter, 0.125);
}

TEST(EventJson, AnUnknownKindIsNothing) {
  EXPECT_FALSE(event_from(Json::object({{"kind", "moon_landed"}}), {9}));
  EXPECT_FALSE(event_from(Json::object({{"kind", "attempt_finished"}, {"outcome", 9}}), {9}));
  EXPECT_FALSE(effect_from(Json::object({{"kind", "finish_run"}, {"state", "moon"}}), {9}));
  EXPECT_FALSE(event_from(Json(), {9}));
}

}  // namespace
}  // namespace millrace
