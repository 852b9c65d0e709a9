// Events that concern a task without a worker: its gate, and its sleep.
#include "base/invariant.hpp"
#include "schedule/decide.hpp"
#include "schedule/mutant.hpp"
#include "schedule/planner.hpp"

namespace millrace {

void Planner::on(const GateAnswered& event) {
  if (!names_task({run_.id, event.task, 0})) return;
  const TaskRun& asked = at(event.task);
  const bool fits = asked.state == TaskState::ready && !asked.gate_open && is_gated(event.task);
  if (!fits || (asked.version != event.version && !MR_MUTANT(42))) return;
  switch (event.verdict) {
    case GateVerdict::expand: expand(event); break;
    case GateVerdict::open: decision_.opened.push_back(event.task); return;
    case GateVerdict::skip: move(event.task, TaskState::skipped, event.reason); break;
    case GateVerdict::fail: move(event.task, TaskState::failed, event.reason); break;
    case GateVerdict::late: time_out(event.task, Limit::patience, event.reason); break;
    case GateVerdict::sleep: return sleep(event.task, event.wait, event.wake, event.reason);
    case GateVerdict::succeed:
      for (const TaskIndex other : event.skips) {
        if (at(other).state == TaskState::waiting) move(other, TaskState::skipped, "not chosen by '" + spec(event.task).id + "'");
      }
      move(event.task, TaskState::succeeded, event.reason);
      break;
  }
  settle();
}

void Planner::sleep(TaskIndex task, Wait wait, TimePoint wake, std::string reason) {
  move(task, TaskState::asleep, std::move(reason));
  TaskRun& sleeper = edit(task);
  sleeper.wait = wait;
  sleeper.wake = wake;
  if (wake != TimePoint{} && !MR_MUTANT(43)) decision_.effects.emplace_back(SetTimer{wake, TimerKind::wake, {run_.id, task, sleeper.version}});
}

void Planner::on(const WakeElapsed& event) {
  if (!names_task(event.lease)) return;
  const TaskRun& sleeper = at(event.lease.task);
  if (sleeper.state != TaskState::asleep || (sleeper.version != event.lease.attempt && !MR_MUTANT(44))) return;
  if (now_ < sleeper.wake) return;  // it was given more time
  if (sleeper.wait == Wait::poll) {
    if (!MR_MUTANT(58)) edit(event.lease.task).gate_open = false;
    return move(event.lease.task, TaskState::ready, "looks again");
  }
  // Time that was waited for is a success; anything else did not come in time.
  if (sleeper.wait == Wait::time) move(event.lease.task, TaskState::succeeded, "the time has come");
  else time_out(event.lease.task, Limit::patience, "no " + std::string(name(sleeper.wait)) + " in time");
  settle();
}

void Planner::on(const SleepEnded& event) {
  if (!names_task({run_.id, event.task, 0})) return;
  const TaskRun& sleeper = at(event.task);
  if (sleeper.state != TaskState::asleep || sleeper.wait == Wait::items || (sleeper.version != event.version && !MR_MUTANT(44))) return;
  switch (event.end) {
    case SleepEnd::succeeded: move(event.task, TaskState::succeeded, event.reason); break;
    case SleepEnd::failed: move(event.task, TaskState::failed, event.reason); break;
    case SleepEnd::skipped: move(event.task, TaskState::skipped, event.reason); break;
    case SleepEnd::again: sleep(event.task, event.wait, event.wake, event.reason); break;
    case SleepEnd::late: time_out(event.task, Limit::patience, event.reason); break;
  }
  settle();
}

void Planner::on(const SentBack& event) {
  const TaskIndex asks = event.task, to = event.to;
  if (!names_task({run_.id, asks, 0}) || !names_task({run_.id, to, 0}) || !owns(asks) || !owns(to) || !is_main(to)) return;
  const TaskRun& sleeper = at(asks);
  if (sleeper.state != TaskState::asleep || sleeper.wait != Wait::approval || sleeper.version != event.version || state_ == RunState::cancelling) return;
  // Nothing of it may be at work but the approval.
  const auto busy = at_work_behind(dag_, run_, to);
  if (busy != std::vector<TaskIndex>{asks} || !is_final(at(to).state)) return;
  std::vector<TaskIndex> again = with_judged_downstream(ended_behind(to));
  afresh_ = true;
  reopen(again);
  TaskRun& fresh = edit(asks);
  fresh.opened = {};
  fresh.gate_open = false;
  move(asks, TaskState::waiting, "sent back: " + event.reason);
  rule_on(asks, "sent back, and its other needs are as they were");
  settle();
}

}  // namespace millrace
