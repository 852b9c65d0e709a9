// Engine: leases and attempts out of time.
//
// Who runs too long is asked to stop, like one that is cancelled, and keeps its lease until the grace is over: what it finishes meanwhile
// counts; whatever else it says, or its silence, is the end by the limit that it passed. That it was asked is not kept: after a restart, or
// a refused commit, the limit is passed as before, and it is asked once more.
#include "engine/engine.hpp"

namespace millrace {

void Engine::expire_leases(Turn& turn) {
  std::vector<LeaseNumber> ended;
  std::vector<std::pair<LeaseNumber, Limit>> late;
  for (const auto& [number, lease] : leases_) {
    const Limit passed = lease.timeout_at <= turn.now ? Limit::attempt : lease.beat_by <= turn.now ? Limit::heartbeat : Limit::none;
    if (lease.deadline <= turn.now || lease.kill_at <= turn.now) ended.push_back(number);
    else if (passed != Limit::none && lease.passed == Limit::none) late.emplace_back(number, passed);
  }
  for (const auto number : ended) {
    auto* state = find(number.run);
    if (state == nullptr) release(number);
    else end_lease(turn, *state, number, LeaseExpired{number});
  }
  for (const auto& [number, limit] : late) ask_to_stop(turn, number, limit);
}

void Engine::end_task_in_time(Turn& turn, OpenState& state, TaskIndex task) {
  const TaskRun& late = state.run.tasks[index(task)];
  const LeaseNumber number{state.run.id, task, late.attempt};
  if (leases_.contains(number) && is_out_of_time(state.spec(task), late, turn.now)) ask_to_stop(turn, number, Limit::total);
  else happen(turn, state, TotalTimedOut{task});
}

void Engine::ask_to_stop(Turn& turn, LeaseNumber number, Limit limit) {
  turn.touched.insert(number.run);  // when the commit is refused, its timer has not fired
  turn.afterwards.push_back([this, number, limit, now = turn.now] {
    const auto found = leases_.find(number);
    if (found == leases_.end()) return;
    LeaseState& lease = found->second;
    if (lease.passed == Limit::none) lease.kill_at = now + options_.cancel_grace + kAfterGrace;
    lease.passed = limit;
    dispatcher_->cancel(lease.worker, number, std::string(kOutOfTime));
  });
}

Limit Engine::passed_by(const OpenState& state, LeaseNumber number, TimePoint now) const {
  const auto lease = leases_.find(number);
  if (lease == leases_.end()) return Limit::none;
  if (lease->second.passed != Limit::none) return lease->second.passed;
  if (lease->second.timeout_at <= now) return Limit::attempt;
  return is_out_of_time(state.spec(number.task), state.run.tasks[index(number.task)], now) ? Limit::total : Limit::none;
}

// Its end is told by the limit that it passed; `in_time`: when it has passed none.
RunCommit* Engine::end_lease(Turn& turn, OpenState& state, LeaseNumber number, const Event& in_time) {
  const Limit limit = passed_by(state, number, turn.now);
  if (limit == Limit::none) return happen(turn, state, in_time);
  if (limit == Limit::total) return happen(turn, state, TotalTimedOut{number.task});
  return happen(turn, state, AttemptTimedOut{number, jitter(), limit});
}

}  // namespace millrace
