// Events that concern a run as a whole: start, pause, resume, cancel, timeout, retry.
#include "schedule/decide.hpp"
#include "schedule/mutant.hpp"
#include "schedule/planner.hpp"

namespace millrace {
namespace {

constexpr bool is_reopened(TaskState state) { return ended_badly(state); }

}  // namespace

void Planner::set_run_timer() {
  if (dag_.timeout > Millis{0} && !MR_MUTANT(28)) set_timer(TimerKind::run_timeout, dag_.timeout, {run_.id, TaskIndex{}, 0});
}

void Planner::on(const RunStarted&) {
  if (state_ != RunState::queued) return;
  started_ = true;
  move_run(RunState::running);
  for (int32_t i = 0; i < static_cast<int32_t>(dag_.tasks.size()); ++i) {
    const TaskIndex task{i};
    if (!is_main(task) || at(task).state != TaskState::waiting) continue;
    if (spec(task).needs.empty()) move(task, TaskState::ready, "run started");
    else rule_on(task, "its needs were carried over");
  }
  const bool late = run_.late == Lateness::predicted || run_.late == Lateness::missed;
  if (late && decision_.open_main > 0) start_late_hooks();
  settle();
  if (!is_final(state_)) set_run_timer();
}

void Planner::on(const LatenessSeen& event) {
  if (is_final(state_) || run_.late == event.to || run_.late == Lateness::missed) return;
  decision_.late_to = event.to;
  // A queued run can't start anything; RunStarted does it then.
  const bool works = state_ == RunState::running || state_ == RunState::paused;
  if (works && event.to != Lateness::recovered && decision_.open_main > 0) start_late_hooks();
}

void Planner::on(const CarriedOver& event) {
  if (state_ != RunState::queued) return;
  for (const TaskIndex task : event.tasks) {
    if (!names_task({run_.id, task, 0}) || !is_main(task) || at(task).state != TaskState::waiting) continue;
    move(task, TaskState::succeeded, "carried over from run " + event.from);
    for (const TaskIndex next : spec(task).downstream) --edit(next).unmet;
  }
  settled_.clear();  // rules speak when the run starts
}

void Planner::on(const PauseRequested&) {
  if (state_ == RunState::running && !MR_MUTANT(31)) move_run(RunState::paused);
}

void Planner::on(const ResumeRequested&) {
  if (state_ == RunState::paused) move_run(RunState::running);
}

void Planner::on(const CancelRequested& event) {
  if (is_final(state_) || state_ == RunState::cancelling) return;
  // A person's words must not be taken for the machine's (see kUnderRunTimeout).
  std::string reason = event.reason == kUnderRunTimeout ? "requested: " + event.reason : event.reason;
  if (state_ == RunState::queued) {
    decision_.cancel_reason = reason;
    return cancel_queued(reason);
  }
  cancel_run(std::move(reason));
}

void Planner::on(const RunTimedOut&) {
  if (state_ != RunState::running && state_ != RunState::paused) return;
  // Hooks have their own timeouts and never decide the result: a run whose main part is over is no longer late.
  if (decision_.open_main == 0) return;
  cancel_run(std::string(kUnderRunTimeout));
}

// Nothing ever started, so there is nothing to clean up: the hooks are cancelled too.
void Planner::cancel_queued(const std::string& reason) {
  for (int32_t i = 0; i < static_cast<int32_t>(dag_.tasks.size()); ++i) {
    if (!is_final(at(TaskIndex{i}).state)) move(TaskIndex{i}, TaskState::cancelled, "cancelled: " + reason);
  }
  for (size_t i = 0; i < settled_.size(); ++i) release(settled_[i]);
  finish_run(RunState::cancelled);
}

void Planner::cancel_run(std::string reason) {
  move_run(RunState::cancelling);
  decision_.cancel_reason = std::move(reason);
  for (int32_t i = 0; i < static_cast<int32_t>(dag_.tasks.size()); ++i) {
    cancel_task(TaskIndex{i}, decision_.cancel_reason);
  }
  settle();
}

void Planner::cancel_task(TaskIndex task, const std::string& reason) {
  const TaskRun& now = at(task);
  if (is_final(now.state) || spec(task).runs_on_kill()) return;
  // Hooks that wait are judged when the main tasks are final.
  if (now.state == TaskState::waiting && (!is_main(task) || MR_MUTANT(9))) return;
  if (holds_lease(now.state)) {
    decision_.effects.emplace_back(CancelAttempt{{run_.id, task, now.attempt}, reason});
    return;
  }
  if (now.wait == Wait::items) {
    Expansion& items = *expansion(task);
    close_items(items, reason);
    return go_on(items);
  }
  move(task, TaskState::cancelled, "cancelled: " + reason);
}

bool Planner::open_again() {
  if (state_ == RunState::queued || state_ == RunState::cancelling || only_hooks_are_left(run_)) return false;
  if (!is_final(state_)) return true;
  started_ = true;
  move_run(RunState::running);
  decision_.cancel_reason.clear();
  set_run_timer();
  return true;
}

void Planner::reopen_hooks(std::vector<TaskIndex>& tasks) {
  for (int32_t i = 0; started_ && i < static_cast<int32_t>(dag_.tasks.size()); ++i) {
    if (!is_main(TaskIndex{i}) && is_final(at(TaskIndex{i}).state)) tasks.push_back(TaskIndex{i});
  }
}

std::vector<TaskIndex> Planner::ended_behind(TaskIndex task) const {
  std::vector<TaskIndex> found{task};
  std::vector<bool> listed(dag_.tasks.size());
  listed[index(task)] = true;
  for (size_t i = 0; i < found.size(); ++i) {
    for (const TaskIndex next : spec(found[i]).downstream) {
      if (listed[index(next)] || !is_final(at(next).state)) continue;
      listed[index(next)] = true;
      found.push_back(next);
    }
  }
  return found;
}

void Planner::on(const ClearRequested& event) {
  if (!names_task({run_.id, event.task, 0}) || !owns(event.task) || !is_main(event.task)) return;
  if ((!at_work_behind(dag_, run_, event.task).empty() && !MR_MUTANT(46)) || !is_final(at(event.task).state)) return;
  if (!open_again()) return;
  std::vector<TaskIndex> again = event.downstream ? ended_behind(event.task) : std::vector<TaskIndex>{event.task};
  again = with_judged_downstream(std::move(again));
  reopen_hooks(again);
  afresh_ = true;
  reopen(again);
  settle();
}

void Planner::on(const MarkRequested& event) {
  const TaskIndex task = event.task;
  if (!names_task({run_.id, task, 0}) || !owns(task) || !is_main(task)) return;
  const TaskState was = at(task).state;
  if (was == event.to || (is_final(was) && !at_work_behind(dag_, run_, task).empty())) return;
  if (!open_again()) return;
  if (is_final(was)) {
    std::vector<TaskIndex> again = with_judged_downstream({task});
    reopen_hooks(again);
    afresh_ = true;
    reopen(again, task);
  } else if (holds_lease(was)) {
    const LeaseNumber lease{run_.id, task, at(task).attempt};
    end_attempt(lease, AttemptState::cancelled);
    if (!MR_MUTANT(45)) decision_.effects.emplace_back(CancelAttempt{lease, "marked " + std::string(name(event.to))});
  } else if (at(task).wait == Wait::items) {
    abandon_items(*expansion(task), "its task was marked " + std::string(name(event.to)));
  }
  if (at(task).state != event.to) move(task, event.to, "marked: " + event.reason);
  settle();
}

void Planner::on(const RetryRequested&) {
  if (state_ != RunState::failed && state_ != RunState::cancelled) return;
  started_ = true;
  move_run(RunState::running);
  decision_.cancel_reason.clear();
  std::vector<TaskIndex> again;
  for (int32_t i = 0; i < static_cast<int32_t>(dag_.tasks.size()); ++i) {
    if (!is_main(TaskIndex{i}) || is_reopened(at(TaskIndex{i}).state)) again.push_back(TaskIndex{i});
  }
  reopen(with_judged_downstream(std::move(again)));
  settle();
  if (!is_final(state_)) set_run_timer();
}

// What never ran because of how these ended is judged once more.
std::vector<TaskIndex> Planner::with_judged_downstream(std::vector<TaskIndex> tasks) const {
  std::vector<bool> listed(dag_.tasks.size());
  for (const TaskIndex task : tasks) listed[index(task)] = true;
  for (size_t i = 0; i < tasks.size(); ++i) {
    for (const TaskIndex next : spec(tasks[i]).downstream) {
      const TaskState state = at(next).state;
      if (listed[index(next)] || (state != TaskState::skipped && state != TaskState::upstream_failed)) continue;
      listed[index(next)] = true;
      tasks.push_back(next);
    }
  }
  return tasks;
}

void Planner::reopen(const std::vector<TaskIndex>& tasks, TaskIndex unjudged) {
  // First every count, then every state: whether a task is ready depends on all of its needs.
  for (const TaskIndex task : tasks) {
    for (const TaskIndex next : spec(task).downstream) {
      TaskRun& waiter = edit(next);
      ++waiter.unmet;
      if (ended_badly(run_.tasks[index(task)].state)) --waiter.broken;
      if (run_.tasks[index(task)].state == TaskState::skipped) --waiter.skipped;
    }
  }
  for (const TaskIndex task : tasks) {
    TaskRun& fresh = edit(task);
    if (!MR_MUTANT(16)) fresh.failures = 0;
    fresh.losses = 0;
    fresh.spent = 0;
    fresh.opened = {};
    fresh.gate_open = false;
    if (Expansion* items = expansion(task)) reopen_items(*items);
    const bool may_run = is_main(task) && ruling_of(task) == Ruling::run;
    move(task, may_run ? TaskState::ready : TaskState::waiting, "reopened");
  }
  for (const TaskIndex task : tasks) {
    if (is_main(task) && task != unjudged) rule_on(task, "reopened, and its needs are as they were");
  }
}

}  // namespace millrace
