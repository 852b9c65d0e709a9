// Engine: runs that will be late, and say so before they are.
//
// A deadline stands in the run's header. While the run is open, its end is predicted now and then from what its tasks took before; what comes
// of it is an event of the run, and so durable, told once, and the start of its on_late hooks.
#include <algorithm>

#include "base/log.hpp"
#include "engine/engine.hpp"
#include "schedule/forecast.hpp"

namespace millrace {
namespace {

constexpr Millis kLookEvery{10'000}, kLookSoonest{1'000};
constexpr Millis kPastFor{60'000};  // how long what tasks took is believed

}  // namespace

std::vector<Millis> Engine::typical_of(const Dag& dag, TimePoint now) {
  auto& past = past_[dag.name];
  if (past.until <= now) {
    auto durations = store_.past_durations(dag.name);
    if (!durations) log::warn("Dag " + dag.name + ": its past can't be read: " + to_string(durations.error()));
    else past.took = std::move(*durations);
    past.until = now + kPastFor;
  }
  std::vector<Millis> typical(dag.tasks.size());
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    const auto found = past.took.find(dag.tasks[i].id);
    if (found != past.took.end()) typical[i] = found->second;
  }
  return typical;
}

void Engine::watch_deadlines(Turn& turn) {
  // What ended may have changed a prediction; but not for each of a thousand tasks a second.
  const bool news = turn.now >= late_seen_ + kLookSoonest && std::any_of(turn.touched.begin(), turn.touched.end(), [&](RunId run) {
    const auto* state = find(run);
    return state != nullptr && state->header.deadline.has_value();
  });
  if (turn.now < late_due_ && !news) return;
  late_seen_ = turn.now;
  late_due_ = TimePoint::max();
  for (auto& [id, state] : runs_) {
    if (!state.header.deadline || is_final(state.run.state) || state.run.late == Lateness::missed || state.run.open_main == 0) continue;
    watch_deadline(turn, state);
    if (state.run.late != Lateness::missed) late_due_ = std::min({late_due_, *state.header.deadline, turn.now + kLookEvery});
  }
}

void Engine::watch_deadline(Turn& turn, OpenState& state) {
  const TimePoint deadline = *state.header.deadline;
  const auto tell = [&](Lateness to, TimePoint end, std::string why) {
    if (state.run.late == to) return;
    if (happen(turn, state, LatenessSeen{to, end, std::move(why)}) == nullptr) return;
    turn.changes.push_back({.run = state.header.key, .dag = state.header.dag, .state = std::string(name(state.run.state)), .time = turn.now, .late = std::string(name(to))});
    log::warn("run " + state.header.key + " is " + (to == Lateness::recovered ? "in time again" : to == Lateness::missed ? "late" : "going to be late") + ": its deadline is " + to_iso(deadline));
  };
  const bool foresees = state.dag->deadline && state.dag->deadline->predict;
  if (turn.now < deadline && !foresees) return;
  const auto typical = typical_of(*state.dag, turn.now);
  const Forecast seen = forecast(*state.dag, state.run, typical, turn.now);
  if (turn.now >= deadline) return tell(Lateness::missed, seen.end, describe(*state.dag, seen));
  if (seen.end > deadline) return tell(Lateness::predicted, seen.end, describe(*state.dag, seen));
  if (state.run.late == Lateness::predicted) tell(Lateness::recovered, seen.end, describe(*state.dag, seen));
}

}  // namespace millrace
