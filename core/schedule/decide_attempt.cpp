// Events that concern one attempt: its lease, its report, its clocks.
#include "base/invariant.hpp"
#include "schedule/decide.hpp"
#include "schedule/mutant.hpp"
#include "schedule/planner.hpp"

namespace millrace {
namespace {

AttemptState attempt_state_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::succeeded:
    case Outcome::skipped: return AttemptState::succeeded;
    case Outcome::failed: return AttemptState::failed;
    case Outcome::cancelled: return AttemptState::cancelled;
  }
  broken_invariant("an outcome outside its list", __FILE__, __LINE__);
}

}  // namespace

bool is_out_of_time(const Task& task, const TaskRun& now, TimePoint time) {
  return task.total_timeout > Millis{0} && time >= now.opened + task.total_timeout;
}

void Planner::on(const LeaseGranted& event) {
  const LeaseNumber lease = event.lease;
  if (!names_task(lease) || at(lease.task).state != TaskState::ready) return;
  if (lease.attempt != at(lease.task).attempt + 1) return;
  if (is_gated(lease.task) && !at(lease.task).gate_open) return;
  const bool open = state_ == RunState::running || (state_ == RunState::cancelling && (!is_main(lease.task) || spec(lease.task).runs_on_kill())) ||
                    (MR_MUTANT(8) && state_ == RunState::paused);
  if (!open) return;
  if (!MR_MUTANT(4)) edit(lease.task).attempt = lease.attempt;
  move(lease.task, TaskState::leased, "leased to " + event.worker);
  decision_.attempts.push_back({lease, AttemptState::leased, event.worker});
  decision_.effects.emplace_back(Dispatch{lease, event.worker});
}

void Planner::on(const AttemptConfirmed& event) {
  const LeaseNumber lease = event.lease;
  if (!is_current(lease) || at(lease.task).state != TaskState::leased) return;
  move(lease.task, TaskState::running, "confirmed");
  decision_.attempts.push_back({lease, AttemptState::running, {}});
  if (spec(lease.task).timeout > Millis{0} && !MR_MUTANT(22)) set_timer(TimerKind::attempt_timeout, spec(lease.task).timeout, lease);
  // The cancel may have passed the dispatch on its way; repeating it is harmless.
  if (is_stopping(lease.task) && !MR_MUTANT(34)) decision_.effects.emplace_back(CancelAttempt{lease, decision_.cancel_reason});
}

void Planner::on(const LeaseReturned& event) {
  const LeaseNumber lease = event.lease;
  if (!is_current(lease) || at(lease.task).state != TaskState::leased) return;
  end_attempt(lease, AttemptState::cancelled);
  if (is_stopping(lease.task)) {
    move(lease.task, TaskState::cancelled, "cancelled: " + decision_.cancel_reason);
  } else {
    if (MR_MUTANT(27)) ++edit(lease.task).losses;
    move(lease.task, TaskState::ready, "lease returned");
  }
  settle();
}

void Planner::on(const LeaseExpired& event) {
  const bool stale_accepted = MR_MUTANT(2) && names_task(event.lease) && holds_lease(at(event.lease.task).state);
  if (!is_current(event.lease) && !stale_accepted) return;
  lose(event.lease);
  settle();
}

void Planner::lose(LeaseNumber lease) {
  const TaskIndex task = lease.task;
  end_attempt(lease, MR_MUTANT(33) ? AttemptState::failed : AttemptState::lost);
  TaskRun& lost = edit(task);
  const int32_t losses = ++lost.losses;
  if (MR_MUTANT(10)) ++lost.failures;
  if (is_stopping(task)) {
    move(task, TaskState::cancelled, "lease expired while cancelling");
  } else if (losses > kMaxLosses) {
    move(task, TaskState::failed, "lost its worker " + std::to_string(losses) + " times");
  } else {
    move(task, TaskState::ready, "lease expired");
  }
}

void Planner::on(const AttemptTimedOut& event) {
  if (!is_current(event.lease)) return;
  end_attempt(event.lease, AttemptState::timed_out);
  if (!MR_MUTANT(24)) decision_.effects.emplace_back(CancelAttempt{event.lease, "timeout"});
  fail(event.lease, {.error_class = "timeout", .jitter = event.jitter}, event.limit);
  settle();
}

void Planner::limit_time(TaskIndex task, TaskState from) {
  const Task& its = spec(task);
  if (from == TaskState::waiting || is_final(from)) {
    edit(task).opened = now_;
    if (its.total_timeout > Millis{0} && !MR_MUTANT(51)) set_timer(TimerKind::total_timeout, its.total_timeout, {run_.id, task, 0});
  }
  if (its.queue_timeout > Millis{0} && !MR_MUTANT(52)) set_timer(TimerKind::queue_timeout, its.queue_timeout, {run_.id, task, at(task).version});
}

void Planner::on(const QueueTimedOut& event) {
  if (!names_task(event.lease)) return;
  const TaskIndex task = event.lease.task;
  const TaskRun& waits = at(task);
  if (waits.state != TaskState::ready || (waits.version != event.lease.attempt && !MR_MUTANT(53))) return;
  // While a run is paused nobody can be blamed for waiting: it gets its time again.
  if (state_ == RunState::paused) return set_timer(TimerKind::queue_timeout, spec(task).queue_timeout, event.lease);
  time_out(task, Limit::queue, "no slot in time");
  settle();
}

void Planner::on(const TotalTimedOut& event) {
  if (!names_task({run_.id, event.task, 0})) return;
  const TaskRun& late = at(event.task);
  // A timer of before the task was opened again comes too early.
  if (!is_out_of_time(spec(event.task), late, now_) || late.state == TaskState::waiting || is_final(late.state)) return;
  if (late.wait == Wait::items) abandon_items(*expansion(event.task), "its task is out of time");
  if (holds_lease(late.state)) {
    const LeaseNumber lease{run_.id, event.task, late.attempt};
    end_attempt(lease, AttemptState::timed_out);
    if (!MR_MUTANT(54)) decision_.effects.emplace_back(CancelAttempt{lease, "timeout of the whole task"});
  }
  time_out(event.task, Limit::total, "the whole task took too long");
  settle();
}

void Planner::time_out(TaskIndex task, Limit limit, std::string reason) {
  move(task, TaskState::timed_out, std::move(reason));
  edit(task).limit = limit;
}

void Planner::on(const BackoffElapsed& event) {
  if (!names_task(event.lease)) return;
  const TaskRun& task = at(event.lease.task);
  if (task.state != TaskState::backoff || (task.attempt != event.lease.attempt && !MR_MUTANT(32))) return;
  move(event.lease.task, TaskState::ready, "backoff elapsed");
}

void Planner::on(const AttemptFinished& event) {
  const LeaseNumber lease = event.lease;
  const bool ghost_accepted = MR_MUTANT(1) && names_task(lease) && holds_lease(at(lease.task).state);
  const bool early_refused = MR_MUTANT(20) && names_task(lease) && at(lease.task).state == TaskState::leased;
  if ((!is_current(lease) && !ghost_accepted) || early_refused) {
    decision_.effects.emplace_back(RefuseReport{lease});
    return;
  }
  end_attempt(lease, attempt_state_of(event.outcome));
  switch (event.outcome) {
    case Outcome::succeeded: {
      if (spec(lease.task).looks()) {  // what it saw is looked at before its task ends
        if (is_stopping(lease.task)) move(lease.task, TaskState::cancelled, "cancelled: " + decision_.cancel_reason);
        else sleep(lease.task, Wait::judge, {}, "has looked");
        break;
      }
      // Also while cancelling: the work is done, and its data is whole.
      const bool undone = MR_MUTANT(17) && is_stopping(lease.task);
      move(lease.task, undone ? TaskState::cancelled : TaskState::succeeded, "succeeded");
      break;
    }
    case Outcome::skipped: move(lease.task, TaskState::skipped, "skipped by its operator"); break;
    case Outcome::cancelled:
      if (is_stopping(lease.task) || (state_ == RunState::cancelling && !spec(lease.task).runs_on_kill())) {
        move(lease.task, TaskState::cancelled, "cancelled: " + decision_.cancel_reason);
      } else {  // nobody asked for it: a worker that goes down, a kill from outside
        fail(lease, {.error_class = "transient", .retry_after = event.retry_after, .jitter = event.jitter});
      }
      break;
    case Outcome::failed:
      fail(lease, {event.error_class, event.final_failure, event.retry_after, event.jitter});
      break;
  }
  settle();
}

void Planner::fail(LeaseNumber lease, const Failure& failure, Limit limit) {
  const TaskIndex task = lease.task;
  if (is_stopping(task)) return move(task, TaskState::cancelled, "cancelled: " + decision_.cancel_reason);
  Verdict verdict = judge(spec(task).retry, at(task), failure);
  TaskRun& failed = edit(task);
  failed.failures = verdict.failures;
  failed.losses = verdict.losses;
  failed.spent = verdict.spent;
  if (!verdict.again && limit != Limit::none) return time_out(task, limit, std::move(verdict.reason));
  if (!verdict.again) return move(task, TaskState::failed, std::move(verdict.reason));
  move(task, TaskState::backoff, std::move(verdict.reason));
  edit(task).wake = now_ + verdict.delay;
  if (!MR_MUTANT(11)) set_timer(TimerKind::backoff, verdict.delay, lease);
}

}  // namespace millrace
