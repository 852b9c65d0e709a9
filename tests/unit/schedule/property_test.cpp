// Events in any order, sensible or not: decide() takes them all, and the counts stay those of the states.
#include <gtest/gtest.h>

#include <random>

#include "unit/schedule/bench.hpp"

namespace millrace {
namespace {

using testing::add;
using testing::Bench;

class Chaos {
 public:
  explicit Chaos(uint32_t seed) : random_(seed) {}

  int below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }

  Dag dag() {
    Dag made;
    for (int i = 0, n = below(12); i < n; ++i) {
      std::vector<std::string> needs;
      for (int k = 0; k < i; ++k) {
        if (made.tasks[static_cast<size_t>(k)].phase == Phase::main && below(3) == 0) needs.push_back("t" + std::to_string(k));
      }
      const Phase phase = below(4) == 0 ? static_cast<Phase>(2 + below(3)) : Phase::main;
      add(made, "t" + std::to_string(i), phase == Phase::main ? needs : std::vector<std::string>{}, phase);
      made.tasks.back().retry[0].attempts = 1 + below(3);
    }
    if (below(3) == 0) made.timeout = Millis{60'000};
    return made;
  }

  LeaseNumber lease(const millrace::Run& run) {
    const auto size = static_cast<int>(run.tasks.size());
    const TaskIndex task{below(size + 2) - 1};
    const bool known = task.value >= 0 && task.value < size;
    const int32_t attempt = known ? run.tasks[index(task)].attempt : 0;
    return {RunId{below(20) == 0 ? 2 : 1}, task, attempt + (below(6) == 0 ? below(3) - 1 : 0)};
  }

  Event event(const millrace::Run& run) {
    LeaseNumber next = lease(run);
    switch (below(24)) {
      case 0: return PauseRequested{};
      case 1: return CancelRequested{"asked"};
      case 2: return RunTimedOut{};
      case 3: return RetryRequested{};
      case 4: return LeaseReturned{next};
      case 5: return LeaseExpired{next};
      case 6: return AttemptTimedOut{next, 0.5};
      case 7: case 8: return ResumeRequested{};
      case 9: case 10: return RunStarted{};
      case 11: case 12: return BackoffElapsed{next};
      case 13: case 14: return AttemptConfirmed{next};
      case 15: case 16: case 17: return AttemptFinished{.lease = next, .outcome = static_cast<Outcome>(1 + below(4)), .error_class = below(2) == 0 ? "transient" : "data"};
      default: ++next.attempt; return LeaseGranted{next, "w"};
    }
  }

 private:
  std::mt19937 random_;
};

TEST(DecideProperty, CountsAgreeWithStatesAfterAnySequenceOfEvents) {
  for (uint32_t seed = 0; seed < 400; ++seed) {
    Chaos chaos(seed);
    Bench bench{chaos.dag()};
    for (int step = 0; step < 150; ++step) {
      bench.take(chaos.event(bench.run));
      bench.now += Millis{chaos.below(5000)};
      millrace::Run counted = bench.run;
      recount(bench.dag, counted);
      ASSERT_EQ(counted, bench.run) << "seed " << seed << ", step " << step;
      for (int32_t i = 0; i < static_cast<int32_t>(bench.run.tasks.size()); ++i) {
        ASSERT_FALSE(explain(bench.dag, bench.run, TaskIndex{i}, bench.now).empty()) << "seed " << seed << ", step " << step;
      }
    }
  }
}

TEST(DecideProperty, EachMoveIsOneVersionOnFromTheOneBefore) {
  for (uint32_t seed = 1000; seed < 1200; ++seed) {
    Chaos chaos(seed);
    Bench bench{chaos.dag()};
    for (int step = 0; step < 100; ++step) {
      std::vector<TaskRun> stored = bench.run.tasks;
      for (const auto& move : bench.take(chaos.event(bench.run)).moves) {
        TaskRun& row = stored[index(move.task)];
        ASSERT_EQ(row.state, move.from);
        ASSERT_EQ(row.version + 1, move.after.version);
        ASSERT_EQ(move.after.state, move.to);
        ASSERT_FALSE(move.reason.empty());
        row = move.after;
      }
    }
  }
}

}  // namespace
}  // namespace millrace
