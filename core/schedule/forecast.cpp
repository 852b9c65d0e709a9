#include "schedule/forecast.hpp"

#include <algorithm>

#include "schedule/ticks.hpp"

namespace millrace {
namespace {

constexpr size_t kNamed = 6;  // tasks of a path named in words

}  // namespace

Millis median_of(std::vector<Millis>& times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

std::map<std::string, Millis> medians_of(std::map<std::string, std::vector<Millis>> times) {
  std::map<std::string, Millis> medians;
  for (auto& [name, list] : times) medians[name] = median_of(list);
  return medians;
}

Forecast forecast(const Dag& dag, const Run& run, std::span<const Millis> typical, TimePoint now) {
  Forecast result{.end = now};
  const size_t count = dag.tasks.size();
  std::vector<TimePoint> start(count, now), end(count, now);
  std::vector<TaskIndex> because(count, TaskIndex{-1});
  std::vector<int32_t> unmet(count);
  std::vector<TaskIndex> order;
  for (size_t i = 0; i < count; ++i) {
    unmet[i] = static_cast<int32_t>(dag.tasks[i].needs.size());
    if (unmet[i] == 0) order.push_back({static_cast<int32_t>(i)});
  }
  TaskIndex last{-1};
  for (size_t at = 0; at < order.size(); ++at) {
    const size_t i = index(order[at]);
    const TaskRun& task = run.tasks[i];
    if (is_final(task.state)) {
      end[i] = now;  // and earlier: what follows starts now at the earliest
    } else {
      const Millis takes = i < typical.size() ? typical[i] : Millis{};
      if (dag.tasks[i].phase == Phase::main && takes == Millis{}) ++result.unknown;
      const TimePoint began = task.state == TaskState::waiting || task.opened == TimePoint{} ? start[i] : task.opened;
      end[i] = std::max(now, began + takes);
      if (dag.tasks[i].phase == Phase::main && (last.value < 0 || end[i] > result.end)) {
        last = order[at];
        result.end = std::max(result.end, end[i]);
      }
    }
    for (const TaskIndex next : dag.tasks[i].downstream) {
      if (end[i] > start[index(next)]) {
        start[index(next)] = end[i];
        because[index(next)] = order[at];
      }
      if (--unmet[index(next)] == 0) order.push_back(next);
    }
  }
  for (TaskIndex at = last; at.value >= 0; at = run.tasks[index(at)].state == TaskState::waiting ? because[index(at)] : TaskIndex{-1}) result.path.push_back(at);
  std::reverse(result.path.begin(), result.path.end());
  return result;
}

TimePoint deadline_of(const Deadline& deadline, TimePoint base) {
  if (!deadline.at) return base + deadline.within;
  return next_tick(*deadline.at, base).value_or(TimePoint::max());
}

std::string describe(const Dag& dag, const Forecast& forecast) {
  std::string text;
  for (size_t i = 0; i < forecast.path.size() && i < kNamed; ++i) text += (i == 0 ? "" : ", ") + dag.task(forecast.path[i]).id;
  if (forecast.path.size() > kNamed) text += " and " + std::to_string(forecast.path.size() - kNamed) + " more";
  if (forecast.unknown > 0) text += " (" + std::to_string(forecast.unknown) + " open " + (forecast.unknown == 1 ? "task has" : "tasks have") + " no past)";
  return text;
}

}  // namespace millrace
