// What schedules want, once more: wall-clock minutes looked at one by one, without looking at how schedule/ticks.cpp does it.
//
// For the cron expressions that worlds draw: minute and hour are "*", "*/n" or a list, the other fields are "*".
#pragma once
#include <vector>

#include "model/schedule.hpp"

namespace millrace::sim {

// All ticks in (after, until], by the schedule alone.
std::vector<TimePoint> wanted_ticks(const Schedule& schedule, TimePoint after, TimePoint until);

struct WantedStep {
  std::vector<TimePoint> run{};  // these are to start, in this order
  TimePoint seen{};              // and everything up to here is decided
};

// By the policies (catchup, window, late_limit), for a server that looks at `now` and had decided everything up to `seen`.
WantedStep wanted_step(const std::vector<Schedule>& schedules, TimePoint seen, TimePoint now);

}  // namespace millrace::sim
