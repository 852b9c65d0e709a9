// When a Dag's runs are due: read from `schedule:`. A value; the semantics are those of the YAML keys (dag-yaml.md).
#pragma once
#include <optional>
#include <vector>

#include "base/calendar.hpp"
#include "base/clock.hpp"
#include "base/cron.hpp"

namespace millrace {

enum class OnGap : uint8_t { run_after = 1, skip, run_before };        // a wall-clock time that a clock change leaves out
enum class OnOverlap : uint8_t { automatic = 1, first, last, both };   // one that comes twice; automatic: both for a rhythm, else first
enum class Catchup : uint8_t { none = 1, latest, all };                // ticks that passed while nobody was there

// One of: a cron expression on a zone's wall clock; every so often, in multiples since 1970-01-01T00:00:00Z; once.
struct Schedule {
  std::optional<Cron> cron{};
  Millis every{};
  std::optional<TimePoint> at{};
  Zone zone{};
  OnGap on_gap = OnGap::run_after;
  OnOverlap on_overlap = OnOverlap::automatic;
  Catchup catchup = Catchup::none;
  Millis window{};                 // catchup: how far back at most; zero: without end
  Millis late_limit{};             // a tick older than this is skipped; zero: kPunctual without catch-up, else without end
  bool except_weekends = false;
  std::vector<Day> except_days{};  // sorted
};

// Without catch-up, a tick that is not older than this is still started: the server was only restarted.
inline constexpr Millis kPunctual{300'000};

}  // namespace millrace
