// Ticks around clock changes, exceptions, and what is due after a pause.
#include "schedule/ticks.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace millrace {
namespace {

TimePoint at(const char* iso) { return *from_iso(iso); }

Schedule cron(const char* text, const char* zone = "Europe/Berlin") { return {.cron = *cron_from(text), .zone = *Zone::find(zone)}; }

std::vector<std::string> next(const Schedule& schedule, const char* after, int count = 1) {
  std::vector<std::string> times;
  TimePoint from = at(after);
  for (int i = 0; i < count; ++i) {
    const auto tick = next_tick(schedule, from);
    if (!tick) break;
    times.push_back(schedule.zone.show(*tick));
    from = *tick;
  }
  return times;
}
using Times = std::vector<std::string>;

// 2026-03-29 02:00 +01:00 becomes 03:00 +02:00.
TEST(Ticks, WhatAGapLeavesOutIsDueAfterItBeforeItOrNotAtAll) {
  auto schedule = cron("30 2 * * *");
  EXPECT_EQ(next(schedule, "2026-03-28T12:00:00Z", 2), (Times{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}));
  schedule.on_gap = OnGap::skip;
  EXPECT_EQ(next(schedule, "2026-03-28T12:00:00Z"), Times{"2026-03-30T02:30:00+02:00"});
  schedule.on_gap = OnGap::run_before;
  EXPECT_EQ(next(schedule, "2026-03-28T12:00:00Z", 2), (Times{"2026-03-29T01:59:00+01:00", "2026-03-30T02:30:00+02:00"}));
}

// 2026-10-25 03:00 +02:00 becomes 02:00 +01:00.
TEST(Ticks, WhatComesTwiceIsAnAppointmentOrARhythm) {
  auto appointment = cron("30 2 * * *");
  EXPECT_EQ(next(appointment, "2026-10-24T12:00:00Z", 2), (Times{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}));
  appointment.on_overlap = OnOverlap::last;
  EXPECT_EQ(next(appointment, "2026-10-24T12:00:00Z", 2), (Times{"2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"}));
  appointment.on_overlap = OnOverlap::both;
  EXPECT_EQ(next(appointment, "2026-10-24T12:00:00Z", 2), (Times{"2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"}));
  EXPECT_EQ(next(cron("30 * * * *"), "2026-10-25T00:00:00Z", 3), (Times{"2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:30:00+01:00"}));
}

TEST(Ticks, EveryCountsFrom1970AndAtComesOnce) {
  const Schedule quarter{.every = Millis{900'000}};
  EXPECT_EQ(next(quarter, "2026-11-01T00:07:00Z", 2), (Times{"2026-11-01T00:15:00+00:00", "2026-11-01T00:30:00+00:00"}));
  const Schedule once{.at = at("2026-12-24T06:00:00Z")};
  EXPECT_EQ(next(once, "2026-11-01T00:00:00Z", 5), Times{"2026-12-24T06:00:00+00:00"});
}

TEST(Ticks, ExceptionsAreDaysOnTheWallClock) {
  auto schedule = cron("0 0 * * *", "America/New_York");
  schedule.except_weekends = true;
  schedule.except_days = {day_of({2026, 11, 26})};
  EXPECT_EQ(next(schedule, "2026-11-25T12:00:00Z", 2), (Times{"2026-11-27T00:00:00-05:00", "2026-11-30T00:00:00-05:00"}));
}

TEST(Ticks, AScheduleThatExceptsEverythingIsNeverDue) {
  auto schedule = cron("0 0 * * 6", "UTC");
  schedule.except_weekends = true;
  EXPECT_TRUE(next(schedule, "2026-11-25T12:00:00Z").empty());
}

class Due : public ::testing::Test {
 protected:
  // Hourly, over a pause of five hours and a bit.
  std::vector<std::string> due(Catchup catchup, Millis late_limit = {}, Millis window = {}) {
    auto schedule = cron("0 * * * *", "UTC");
    schedule.catchup = catchup;
    schedule.late_limit = late_limit;
    schedule.window = window;
    const std::vector<Schedule> list{schedule};
    last = due_ticks(list, at("2026-11-01T00:00:00Z"), at("2026-11-01T05:10:00Z"));
    std::vector<std::string> times;
    for (const auto tick : last.run) times.push_back(to_iso(tick).substr(11, 5));
    return times;
  }
  DueTicks last{};
};

TEST_F(Due, WithoutCatchUpOnlyWhatIsPunctualRuns) {
  EXPECT_EQ(due(Catchup::none), Times{}) << "ten minutes late";
  EXPECT_EQ(due(Catchup::none, Millis{900'000}), Times{"05:00"});
  EXPECT_EQ(last.seen, at("2026-11-01T05:10:00Z"));
}

TEST_F(Due, LatestIsOneAndAllIsAll) {
  EXPECT_EQ(due(Catchup::latest), Times{"05:00"});
  EXPECT_EQ(last.skipped, 4);
  EXPECT_EQ(due(Catchup::all), (Times{"01:00", "02:00", "03:00", "04:00", "05:00"}));
  EXPECT_EQ(due(Catchup::all, {}, Millis{2 * 3'600'000 + 900'000}), (Times{"03:00", "04:00", "05:00"}));
  EXPECT_EQ(due(Catchup::all, Millis{3'600'000}), Times{"05:00"});
}

TEST_F(Due, ALongPauseIsCaughtUpInParts) {
  auto schedule = cron("* * * * *", "UTC");
  schedule.catchup = Catchup::all;
  const std::vector<Schedule> list{schedule};
  TimePoint seen = at("2026-11-01T00:00:00Z");
  const TimePoint now = at("2026-11-01T04:00:30Z");
  size_t runs = 0;
  for (int parts = 0; parts < 10 && seen < now; ++parts) {
    const auto part = due_ticks(list, seen, now);
    EXPECT_LE(part.run.size(), kMostAtOnce);
    runs += part.run.size();
    seen = part.seen;
  }
  EXPECT_EQ(runs, 240U);
}

TEST_F(Due, TwoSchedulesThatMeetAreOneTick) {
  const std::vector<Schedule> list{cron("0 * * * *", "UTC"), cron("0 5 * * *", "UTC")};
  const auto both = due_ticks(list, at("2026-11-01T04:59:00Z"), at("2026-11-01T05:00:00Z"));
  EXPECT_EQ(both.run, std::vector{at("2026-11-01T05:00:00Z")});
}

}  // namespace
}  // namespace millrace
