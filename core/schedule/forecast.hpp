// When will this run's main part be over, by what its tasks took before? And when does it have to be?
//
// Pure; any thread; O(tasks and needs) for each call. The critical path of the Dag, with past durations as weights.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/dag.hpp"
#include "model/run.hpp"

namespace millrace {

inline constexpr int kPastRuns = 20;  // enough for a median; old ones say little about today

Millis median_of(std::vector<Millis>& times);  // not empty; sorts
std::map<std::string, Millis> medians_of(std::map<std::string, std::vector<Millis>> times);  // by the same names

struct Forecast {
  TimePoint end{};
  std::vector<TaskIndex> path{};  // the tasks that decide it, in order; empty: all main tasks are final
  int unknown = 0;                // tasks without a past among those not final: they count as nothing
};

// `typical` by task: how long it took from first being ready to its end, waits and tries included (the median of past runs); zero: not
// known. A task that is at work for longer than that is thought to end now. Hooks don't count: they follow the main part.
Forecast forecast(const Dag& dag, const Run& run, std::span<const Millis> typical, TimePoint now);

// `base`: the logical time of a run that a schedule started; of others, when they were created.
TimePoint deadline_of(const Deadline& deadline, TimePoint base);

// "load, clean (2 open tasks have no past)"
std::string describe(const Dag& dag, const Forecast& forecast);

}  // namespace millrace
