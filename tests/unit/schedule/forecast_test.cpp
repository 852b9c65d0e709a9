// When a run will be over, by what its tasks took: known cases, and a comparison with trying every path.
#include <gtest/gtest.h>

#include <random>

#include "schedule/forecast.hpp"
#include "unit/schedule/bench.hpp"

namespace millrace {
namespace {

using testing::add;
using testing::Bench;
using Path = std::vector<TaskIndex>;
constexpr Millis kMinute{60'000};

// load -> clean -> report, and load -> profile -> report.
Dag diamond() {
  Dag dag;
  add(dag, "load");
  add(dag, "clean", {"load"});
  add(dag, "profile", {"load"});
  add(dag, "report", {"clean", "profile"});
  add(dag, "tidy", {}, Phase::finally);
  return dag;
}
const std::vector<Millis> kTook{10 * kMinute, 5 * kMinute, 30 * kMinute, 2 * kMinute, 99 * kMinute};

TEST(Forecast, TheLongestWayDecidesAndHooksDoNot) {
  Bench b(diamond());
  b.start();
  const Forecast seen = forecast(b.dag, b.run, kTook, b.now);
  EXPECT_EQ(seen.end, b.now + 42 * kMinute);
  EXPECT_EQ(seen.path, (Path{{0}, {2}, {3}}));
  EXPECT_EQ(seen.unknown, 0);
  EXPECT_EQ(describe(b.dag, seen), "load, profile, report");
}

TEST(Forecast, WhatIsAtWorkCountsFromItsBeginAndNeverEndsBeforeNow) {
  Bench b(diamond());
  b.start();
  b.grant({0});
  b.now += 4 * kMinute;
  EXPECT_EQ(forecast(b.dag, b.run, kTook, b.now).end, b.now + 38 * kMinute);
  b.now += 20 * kMinute;  // longer than ever
  EXPECT_EQ(forecast(b.dag, b.run, kTook, b.now).end, b.now + 32 * kMinute);
}

TEST(Forecast, WhatHasEndedIsOver) {
  Bench b(diamond());
  b.start();
  b.grant({0});
  b.succeed({0});
  EXPECT_EQ(forecast(b.dag, b.run, kTook, b.now).path, (Path{{2}, {3}}));
  for (const int32_t task : {1, 2, 3}) {
    b.grant({task});
    b.succeed({task});
  }
  const Forecast seen = forecast(b.dag, b.run, kTook, b.now);
  EXPECT_EQ(seen.end, b.now);
  EXPECT_TRUE(seen.path.empty()) << "only hooks are left";
}

TEST(Forecast, TasksWithoutAPastCountAsNothingAndAreCounted) {
  Bench b(diamond());
  b.start();
  const Forecast seen = forecast(b.dag, b.run, std::vector<Millis>{Millis{}, 5 * kMinute}, b.now);
  EXPECT_EQ(seen.end, b.now + 5 * kMinute);
  EXPECT_EQ(seen.unknown, 3);
  EXPECT_NE(describe(b.dag, seen).find("3 open tasks have no past"), std::string::npos);
}

// Every path, one by one: the model that nobody can get wrong.
Millis longest(const Dag& dag, const std::vector<Millis>& took, size_t task) {
  Millis before{};
  for (const TaskIndex need : dag.tasks[task].needs) before = std::max(before, longest(dag, took, index(need)));
  return before + took[task];
}

TEST(Forecast, AgreesWithTryingEveryPath) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int least, int most) { return std::uniform_int_distribution<int>(least, most)(random); };
    Dag dag;
    std::vector<Millis> took;
    const int tasks = pick(1, 12);
    for (int i = 0; i < tasks; ++i) {
      std::vector<std::string> needs;
      for (int j = 0; j < i; ++j) {
        if (pick(0, 3) == 0) needs.push_back("t" + std::to_string(j));
      }
      add(dag, "t" + std::to_string(i), needs);
      took.push_back(pick(1, 50) * kMinute);
    }
    Bench b(dag);
    b.start();
    Millis expected{};
    for (size_t i = 0; i < dag.tasks.size(); ++i) expected = std::max(expected, longest(dag, took, i));
    const Forecast seen = forecast(b.dag, b.run, took, b.now);
    ASSERT_EQ(seen.end - b.now, expected) << "seed " << seed;
    Millis along{};
    for (size_t i = 0; i < seen.path.size(); ++i) {
      along += took[index(seen.path[i])];
      const auto& needs = dag.task(seen.path[i]).needs;
      const bool follows = i == 0 || std::find(needs.begin(), needs.end(), seen.path[i - 1]) != needs.end();
      ASSERT_TRUE(follows) << "seed " << seed;
    }
    ASSERT_EQ(along, expected) << "the path that is named is the one that takes so long; seed " << seed;
  }
}

TEST(Forecast, ADeadlineIsTheFirstSuchTimeAfterTheLogicalTime) {
  const auto at = [](const char* cron, const char* zone) {
    Deadline deadline;
    deadline.at.emplace().cron = *cron_from(cron);
    deadline.at->zone = *Zone::find(zone);
    return deadline;
  };
  const auto berlin = at("0 7 * * *", "Europe/Berlin");
  EXPECT_EQ(to_iso(deadline_of(berlin, *from_iso("2026-11-01T04:30:00Z"))), to_iso(*from_iso("2026-11-01T06:00:00Z")));
  EXPECT_EQ(to_iso(deadline_of(berlin, *from_iso("2026-11-01T06:00:00Z"))), to_iso(*from_iso("2026-11-02T06:00:00Z"))) << "the same moment is the next day's";
  // 02:30 is left out on that day: the first moment after the gap.
  EXPECT_EQ(to_iso(deadline_of(at("30 2 * * *", "Europe/Berlin"), *from_iso("2026-03-29T00:00:00Z"))), to_iso(*from_iso("2026-03-29T01:00:00Z")));
  Deadline within;
  within.within = 2 * 60 * kMinute;
  EXPECT_EQ(to_iso(deadline_of(within, *from_iso("2026-11-01T04:30:00Z"))), to_iso(*from_iso("2026-11-01T06:30:00Z")));
}

}  // namespace
}  // namespace millrace
