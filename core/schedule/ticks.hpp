// When a schedule is due. Pure: instants in, instants out; the engine's clock and store are somewhere else. Any thread.
//
// A cron expression selects wall-clock times. One that a clock change leaves out is due at the first instant after the gap (on_gap), one
// that comes twice at the first (on_overlap); equal instants are one tick. Source: dag-yaml.md, and the cases of tests/conformance.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "model/schedule.hpp"

namespace millrace {

// The first tick after `after`; nullopt: never again (within 12 years).
std::optional<TimePoint> next_tick(const Schedule& schedule, TimePoint after);
std::optional<TimePoint> next_tick(std::span<const Schedule> schedules, TimePoint after);

struct DueTicks {
  std::vector<TimePoint> run{};  // oldest first, at most kMostAtOnce
  int64_t skipped = 0;           // too old, or not wanted by catchup
  TimePoint seen{};              // everything up to here is decided
};
inline constexpr size_t kMostAtOnce = 100;

// What is due at `now` when everything up to `seen` was decided before.
DueTicks due_ticks(std::span<const Schedule> schedules, TimePoint seen, TimePoint now);

// The last tick before `before`, of the 12 years before it; nullopt: none.
std::optional<TimePoint> last_tick(std::span<const Schedule> schedules, TimePoint before);

// In plain words: "at 30 5 * * *, Europe/Berlin", "every 15m".
std::string describe(const Schedule& schedule);

}  // namespace millrace
