#include "invariants.hpp"

#include <algorithm>
#include <cmath>

namespace millrace::sim {
namespace {

bool good(TaskState state) { return state == TaskState::succeeded || state == TaskState::skipped; }
bool bad(TaskState state) { return is_final(state) && !good(state); }
bool survives_cancel(const Task& task) { return task.phase == Phase::finally || task.rule == Rule::always; }
bool must_stop(const Task& task) { return (task.phase == Phase::main || task.phase == Phase::on_success) && !survives_cancel(task); }

// The rules once more, as the documentation says them, from the states of the needs alone.
Ruling spec_ruling(const Task& task, const Run& run) {
  bool all_final = true, any_bad = false, any_skipped = false, any_succeeded = false;
  for (const TaskIndex need : task.needs) {
    const TaskState state = run.tasks[index(need)].state;
    all_final &= is_final(state);
    any_bad |= bad(state);
    any_skipped |= state == TaskState::skipped;
    any_succeeded |= state == TaskState::succeeded;
  }
  const Ruling late = all_final ? Ruling::run : Ruling::wait;
  switch (task.rule) {
    case Rule::all_succeeded: return any_bad ? Ruling::upstream_failed : all_final && any_skipped ? Ruling::skip : late;
    case Rule::none_failed: return any_bad ? Ruling::upstream_failed : late;
    case Rule::none_skipped: return any_skipped ? Ruling::skip : late;
    case Rule::any_succeeded: return any_succeeded ? Ruling::run : !all_final ? Ruling::wait : any_bad ? Ruling::upstream_failed : Ruling::skip;
    case Rule::any_failed: return any_bad ? Ruling::run : all_final ? Ruling::skip : Ruling::wait;
    case Rule::all_done:
    case Rule::always: return late;
    case Rule::expression: break;  // worlds write one shape only: the first need is in a given state, and something that always holds
  }
  if (!all_final) return Ruling::wait;
  return run.tasks[index(task.rule_steps[0].need)].state == task.rule_steps[0].state ? Ruling::run : Ruling::skip;
}

// What the task, or the item, is to do: items may have come with this step, and none ever leaves.
const Task& spec(const Step& s, TaskIndex task) { return task_of(s.dag, s.after, task); }
bool main_task(const Step& s, TaskIndex task) { return spec(s, task).phase == Phase::main; }
const TaskRun& before(const Step& s, TaskIndex task) {
  static const TaskRun kUnopened{};
  return index(task) < s.before.tasks.size() ? s.before.tasks[index(task)] : kUnopened;
}

// Items whose task has seen enough of them fail, or whose run is being cancelled.
bool closing(const Step& s, TaskIndex task) { return is_item(s.dag, task) && expansion_of(s.before.expansions, task).closing; }
bool stopping(const Step& s, TaskIndex task) { return closing(s, task) || (s.before.state == RunState::cancelling && must_stop(spec(s, task))); }

const LeaseNumber* lease_of(const Event& event) {
  return std::visit([](const auto& e) -> const LeaseNumber* {
    if constexpr (requires { e.lease; }) return &e.lease;
    return nullptr;
  }, event);
}

bool current(const Run& run, LeaseNumber lease) {
  if (lease.run != run.id || lease.task.value < 0 || index(lease.task) >= run.tasks.size()) return false;
  const TaskRun& task = run.tasks[index(lease.task)];
  return holds_lease(task.state) && task.attempt == lease.attempt;
}

template <class T>
const T* effect_of(const Decision& decision, LeaseNumber lease) {
  for (const auto& effect : decision.effects) {
    if (const T* one = std::get_if<T>(&effect); one != nullptr && one->lease == lease) return one;
  }
  return nullptr;
}

RunState expected_result(const Dag& dag, const Run& run, RunState while_in) {
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    if (dag.tasks[i].phase == Phase::main && dag.tasks[i].decides && bad(run.tasks[i].state) && run.tasks[i].state != TaskState::cancelled) return RunState::failed;
  }
  if (while_in != RunState::cancelling) return RunState::succeeded;
  return run.cancel_reason == kUnderRunTimeout ? RunState::failed : RunState::cancelled;
}

bool cancels(const Step& s) {
  return s.before.state == RunState::cancelling || std::holds_alternative<CancelRequested>(s.event) || std::holds_alternative<RunTimedOut>(s.event);
}

// A hook's turn comes once, when the main tasks are over, and fits their result.
void check_hook_turn(const Step& s, const Move& move) {
  const Phase phase = spec(s, move.task).phase;
  if (phase == Phase::main || move.from != TaskState::waiting || s.before.state == RunState::queued) return;
  const RunState result = expected_result(s.dag, s.after, cancels(s) ? RunState::cancelling : RunState::running);
  const bool due = phase == Phase::finally || (phase == Phase::on_failure && result == RunState::failed) ||
                   (phase == Phase::on_success && result == RunState::succeeded);
  require(move.to == (due ? TaskState::ready : TaskState::skipped), "a hook runs exactly for the result that it was written for");
}

bool reopens(const Event& event) {
  return std::holds_alternative<RetryRequested>(event) || std::holds_alternative<ClearRequested>(event) || std::holds_alternative<MarkRequested>(event) ||
         std::holds_alternative<SentBack>(event);
}

AttemptState expected_end(const Event& event) {
  if (std::holds_alternative<LeaseExpired>(event)) return AttemptState::lost;
  if (std::holds_alternative<LeaseReturned>(event)) return AttemptState::cancelled;
  if (std::holds_alternative<AttemptTimedOut>(event)) return AttemptState::timed_out;
  if (std::holds_alternative<LeaseGranted>(event)) return AttemptState::leased;
  if (std::holds_alternative<AttemptConfirmed>(event)) return AttemptState::running;
  if (std::holds_alternative<MarkRequested>(event)) return AttemptState::cancelled;
  if (std::holds_alternative<TotalTimedOut>(event)) return AttemptState::timed_out;
  const auto* report = std::get_if<AttemptFinished>(&event);
  require(report != nullptr, "only an event about an attempt moves one");
  if (report->outcome == Outcome::failed) return AttemptState::failed;
  return report->outcome == Outcome::cancelled ? AttemptState::cancelled : AttemptState::succeeded;
}

void check_moves(const Step& s, Coverage& seen) {
  Run replayed = s.before;
  replayed.tasks.resize(s.after.tasks.size());
  for (const auto& move : s.decision.moves) {
    TaskRun& task = replayed.tasks[index(move.task)];
    require(task.state == move.from, "a move starts where the task is");
    require(move.after.state == move.to, "a move ends where it says");
    require(move.after.version == task.version + 1, "every move adds one to the version");
    require(!move.reason.empty(), "every move has a reason");
    for (size_t i = 0; i < kTaskMoves.size(); ++i) {
      if (kTaskMoves[i].from == move.from && kTaskMoves[i].to == move.to) seen.task_moves[i] = true;
    }
    const bool by_hand = std::holds_alternative<ClearRequested>(s.event) || std::holds_alternative<MarkRequested>(s.event) || std::holds_alternative<SentBack>(s.event);
    const bool retry = std::holds_alternative<RetryRequested>(s.event) || by_hand;
    require(!is_final(move.from) || (retry && move.reason == "reopened"), "a final task moves only when it is reopened");
    const int32_t attempt = task.attempt + (move.to == TaskState::leased ? 1 : 0);
    require(move.after.attempt == attempt, "attempt numbers go up by exactly one per lease");
    if (move.to == TaskState::leased) {
      const Task& leased = spec(s, move.task);
      require(s.before.state == RunState::running || (s.before.state == RunState::cancelling && !must_stop(leased)),
              "nothing is leased while paused or cancelling, but what runs after a cancel");
      require(!leased.is_core() || leased.looks(), "a core operator never holds a worker, but for a look");
      require(is_item(s.dag, move.task) || !leased.has_items(), "a task with items leaves the work to them");
      require(is_item(s.dag, move.task) || leased.condition.empty() || before(s, move.task).gate_open, "nothing is leased before its condition held");
      require(effect_of<Dispatch>(s.decision, {s.before.id, move.task, attempt}) != nullptr, "every lease is dispatched");
    }
    check_hook_turn(s, move);
    require(move.after.since == s.now, "a move is dated");
    require((move.after.wake != TimePoint{}) <= (move.to == TaskState::backoff || move.to == TaskState::asleep), "only what sleeps has a time to wake");
    require((move.after.wait != Wait::none) == (move.to == TaskState::asleep), "a sleep says what it waits for, and nothing else does");
    require(!main_task(s, move.task) || move.from != TaskState::succeeded || by_hand, "what a main task did is never undone");
    if (is_final(move.from)) require(move.after.failures == 0 && move.after.losses == 0, "a reopened task starts with its full allowance");
    task = move.after;
  }
  for (const auto& attempt : s.decision.attempts) {
    const auto* total = std::get_if<TotalTimedOut>(&s.event);
    const bool abandoned = total != nullptr && attempt.lease.task != total->task;
    require(attempt.to == (abandoned ? AttemptState::cancelled : expected_end(s.event)), "an attempt is recorded as it ended");
  }
  if (!s.decision.run_to) return;
  for (size_t i = 0; i < kRunMoves.size(); ++i) {
    if (kRunMoves[i].from == s.before.state && kRunMoves[i].to == *s.decision.run_to) seen.run_moves[i] = true;
  }
  require(!is_final(s.before.state) || reopens(s.event), "a final run moves only when it is reopened");
}

void check_run_end(const Step& s) {
  int finished = 0;
  for (const auto& effect : s.decision.effects) finished += std::holds_alternative<FinishRun>(effect) ? 1 : 0;
  const bool ended = s.decision.run_to && is_final(*s.decision.run_to);
  require(finished == (ended ? 1 : 0), "a run's end is published once");
  if (!ended || s.before.state == RunState::queued) return;
  require(s.after.state == expected_result(s.dag, s.after, cancels(s) ? RunState::cancelling : RunState::running),
          "a run's result agrees with its tasks");
}

// The retry rules once more, written as the documentation says them.
void check_failure(const Step& s, LeaseNumber lease, const std::string& error_class, bool final_failure, Millis retry_after,
                   double jitter, TaskState otherwise, Coverage& seen) {
  const Task& task = spec(s, lease.task);
  const TaskRun& before = s.before.tasks[index(lease.task)];
  const TaskRun& after = s.after.tasks[index(lease.task)];
  if (stopping(s, lease.task)) {
    require(after.state == TaskState::cancelled, "what fails while cancelling is cancelled");
    return;
  }
  const bool conflict = error_class == "conflict";
  require(after.failures == before.failures + (conflict ? 0 : 1), "a failure spends one try, a conflict none");
  require(after.losses == before.losses + (conflict ? 1 : 0), "a conflict spends a loss, a failure none");
  // The first rule that names the class, or what stands before its slash, decides and counts.
  size_t rule = 0;
  const std::string general = error_class.substr(0, error_class.find('/'));
  const auto names = [&](const RetryRule& one) { return std::count(one.on.begin(), one.on.end(), error_class) + std::count(one.on.begin(), one.on.end(), general) > 0; };
  while (rule < task.retry.size() && !names(task.retry[rule])) ++rule;
  const bool listed = rule < task.retry.size();
  const auto spent = [&](const TaskRun& of) { return static_cast<int>(of.spent >> (16 * rule) & 0xFFFF); };
  if (listed && !conflict) require(spent(after) == spent(before) + 1, "a failure is counted by the rule that fits it");
  if (listed && rule > 0) seen.sometimes("a second retry rule decided");
  const bool again = conflict ? after.losses <= 10 : !final_failure && listed && spent(after) < task.retry[rule].attempts;
  if (conflict) rule = 0;
  require(after.state == (again ? TaskState::backoff : otherwise), "a task tries again exactly as its policy says");
  if (!again) return;
  if (conflict) seen.sometimes("conflict tried again");
  if (task.phase != Phase::main) seen.sometimes("hook tried again");
  const int n = conflict ? after.losses : spent(after);
  double delay = static_cast<double>(task.retry[rule].delay.count());
  for (int i = 1; i < n; ++i) delay *= task.retry[rule].backoff;
  delay = std::min(delay, static_cast<double>(task.retry[rule].max_delay.count()));
  if (task.retry[rule].jitter == Jitter::full) delay *= jitter;
  if (static_cast<double>(retry_after.count()) > delay) seen.sometimes("retry_after honoured");
  const Millis wait = std::max(Millis{std::llround(delay)}, retry_after);
  require(after.wake == s.now + wait, "the delay before a retry follows the policy and what the other side asked for");
  const SetTimer* timer = effect_of<SetTimer>(s.decision, lease);
  require(timer != nullptr && timer->kind == TimerKind::backoff && timer->at == after.wake, "every backoff has its timer");
}

void check_report(const Step& s, const AttemptFinished& e, Coverage& seen) {
  if (!current(s.before, e.lease)) {
    require(s.decision.moves.empty() && s.decision.attempts.empty() && !s.decision.run_to && s.decision.effects.size() == 1 &&
                effect_of<RefuseReport>(s.decision, e.lease) != nullptr,
            "a report from a lease that is not current is refused and changes nothing");
    seen.sometimes("late report refused");
    return;
  }
  require(effect_of<RefuseReport>(s.decision, e.lease) == nullptr, "a report from the current lease is taken");
  const TaskRun& before = s.before.tasks[index(e.lease.task)];
  const TaskState after = s.after.tasks[index(e.lease.task)].state;
  if (before.state == TaskState::leased) seen.sometimes("report overtook confirmation");
  const bool cancelling = s.before.state == RunState::cancelling;
  if (e.outcome == Outcome::succeeded && spec(s, e.lease.task).looks() && !stopping(s, e.lease.task)) {
    require(after == TaskState::asleep && s.after.tasks[index(e.lease.task)].wait == Wait::judge, "what a look saw is looked at");
    seen.sometimes("looked");
  } else if (e.outcome == Outcome::succeeded && spec(s, e.lease.task).looks()) {
    require(after == TaskState::cancelled, "a look of a task that stops is not judged any more");
  } else if (e.outcome == Outcome::succeeded) {
    require(after == TaskState::succeeded, "a success reported by the current lease stays a success");
    if (cancelling) seen.sometimes("success reported while cancelling");
    const bool late = cancelling && s.before.cancel_reason == kUnderRunTimeout;
    if (late && spec(s, e.lease.task).phase == Phase::on_failure) seen.sometimes("on_failure ran after a run timeout");
    if (cancelling && spec(s, e.lease.task).phase == Phase::finally) seen.sometimes("finally ran after a cancel");
  } else if (e.outcome == Outcome::skipped) {
    require(after == TaskState::skipped, "an operator that had nothing to do is skipped");
    seen.sometimes("operator skipped");
  } else if (e.outcome == Outcome::failed) {
    check_failure(s, e.lease, e.error_class, e.final_failure, e.retry_after, e.jitter, TaskState::failed, seen);
  } else if (!cancelling && !closing(s, e.lease.task)) {
    check_failure(s, e.lease, "transient", false, e.retry_after, e.jitter, TaskState::failed, seen);
  } else if (!survives_cancel(spec(s, e.lease.task))) {
    require(after == TaskState::cancelled, "a cancelled attempt of a cancelled run ends its task");
  }
}

void check_expiry(const Step& s, const LeaseExpired& e, Coverage& seen) {
  if (!current(s.before, e.lease)) return require(s.decision.empty(), "a lease that is not current can't expire");
  const TaskRun& before = s.before.tasks[index(e.lease.task)];
  const TaskRun& after = s.after.tasks[index(e.lease.task)];
  require(after.failures == before.failures && after.losses == before.losses + 1, "a lost worker spends a loss, never a try");
  const bool stops = stopping(s, e.lease.task);
  if (stops) seen.sometimes("lease expired while cancelling");
  if (!stops && after.losses > 10) seen.sometimes("lost too often");
  const TaskState expected = stops ? TaskState::cancelled : after.losses > 10 ? TaskState::failed : TaskState::ready;
  require(after.state == expected, "a task that lost its worker runs again, until it lost too many");
}

void check_timeout(const Step& s, const AttemptTimedOut& e, Coverage& seen) {
  if (!current(s.before, e.lease)) return require(s.decision.empty(), "an attempt that is not current can't time out");
  require(effect_of<CancelAttempt>(s.decision, e.lease) != nullptr, "an attempt out of time is told to stop");
  check_failure(s, e.lease, "timeout", false, {}, e.jitter, TaskState::timed_out, seen);
  const TaskState after = s.after.tasks[index(e.lease.task)].state;
  if (after == TaskState::timed_out) seen.sometimes("attempt timed out for good");
  if (after == TaskState::backoff) seen.sometimes("attempt timed out and tried again");
}

void check_cancel(const Step& s) {
  if (is_final(s.before.state) || s.before.state == RunState::cancelling) return require(s.decision.empty(), "cancelling twice changes nothing");
  for (size_t i = 0; i < s.before.tasks.size(); ++i) {
    const TaskIndex task{static_cast<int32_t>(i)};
    const TaskRun& now = s.before.tasks[i];
    if (survives_cancel(spec(s, task)) || is_final(now.state)) continue;
    if (now.wait == Wait::items && current_expansion(s.after.expansions, task)->open > 0) continue;  // ends when they do
    if (is_item(s.dag, task) && now.state == TaskState::waiting) continue;                           // never begun
    if (holds_lease(now.state)) {
      require(effect_of<CancelAttempt>(s.decision, {s.before.id, task, now.attempt}) != nullptr, "a cancel reaches every live attempt");
      require(s.after.tasks[i].state == now.state, "a live attempt stays until it ends");
    } else if (spec(s, task).phase == Phase::main && now.wait != Wait::items) {
      require(s.after.tasks[i].state == TaskState::cancelled, "a cancel ends everything that does not run");
    }
  }
}

// Requests do what they say, in the states where they may.
void check_requests(const Step& s) {
  const RunState was = s.before.state, is = s.after.state;
  if (std::holds_alternative<RunStarted>(s.event)) require(is != RunState::queued, "a run that is started starts");
  if (std::holds_alternative<PauseRequested>(s.event) && was == RunState::running) require(is == RunState::paused, "a pause is heard");
  if (std::holds_alternative<ResumeRequested>(s.event) && was == RunState::paused) require(is == RunState::running, "a resume is heard");
  if (std::holds_alternative<RunTimedOut>(s.event) && (was == RunState::running || was == RunState::paused) && s.before.open_main > 0) {
    require(is == RunState::cancelling || is == RunState::failed, "a run out of time ends");
  }
  if (std::holds_alternative<RetryRequested>(s.event) && (was == RunState::failed || was == RunState::cancelled)) {
    for (size_t i = 0; i < s.dag.tasks.size(); ++i) require(!bad(s.after.tasks[i].state), "a retry opens all that failed");
  }
  if (const auto* e = std::get_if<LeaseReturned>(&s.event); e != nullptr && !s.decision.empty()) {
    const TaskRun& before = s.before.tasks[index(e->lease.task)];
    const TaskRun& after = s.after.tasks[index(e->lease.task)];
    require(after.failures == before.failures && after.losses == before.losses, "a lease given back costs nothing");
  }
  if (const auto* e = std::get_if<BackoffElapsed>(&s.event); e != nullptr && !s.decision.empty()) {
    require(s.before.tasks[index(e->lease.task)].attempt == e->lease.attempt, "a backoff ends by its own timer only");
  }
}

// An answer about a gate does what it says, once, and only while it is still asked for.
void check_gate(const Step& s, const GateAnswered& e, Coverage& seen) {
  const TaskRun& before = s.before.tasks[index(e.task)];
  const TaskRun& after = s.after.tasks[index(e.task)];
  const bool asked = before.state == TaskState::ready && !before.gate_open && before.version == e.version;
  if (!asked) {
    seen.sometimes("an answer came too late");
    return require(s.decision.empty(), "an answer that nobody waits for changes nothing");
  }
  switch (e.verdict) {
    case GateVerdict::open: return require(after.state == TaskState::ready && after.gate_open, "an open gate lets its task be leased");
    case GateVerdict::skip: return require(after.state == TaskState::skipped, "a false condition skips");
    case GateVerdict::late: return require(after.state == TaskState::timed_out && after.limit == Limit::patience, "what comes too late ends its task");
    case GateVerdict::fail: return require(after.state == TaskState::failed, "a condition without an answer fails its task");
    case GateVerdict::sleep:
      require(after.state == TaskState::asleep && after.wait == e.wait && after.wake == e.wake, "a sleep is as it was asked for");
      return require((e.wake != TimePoint{}) == (effect_of<SetTimer>(s.decision, {s.before.id, e.task, after.version}) != nullptr), "a dated sleep has its timer");
    case GateVerdict::expand:
      seen.sometimes(current_expansion(s.before.expansions, e.task) != nullptr ? "items went on after a retry" : "items began");
      return require(is_final(after.state) || (after.state == TaskState::asleep && after.wait == Wait::items), "a task with items waits for them");
    case GateVerdict::succeed:
      require(after.state == TaskState::succeeded, "a core operator succeeds");
      for (const TaskIndex other : e.skips) {
        if (s.before.tasks[index(other)].state == TaskState::waiting) require(s.after.tasks[index(other)].state == TaskState::skipped, "what a switch did not choose is skipped");
      }
  }
}

// A clear opens its task and what follows; a mark makes the task what it says; neither touches what is at work.
void check_by_hand(const Step& s, Coverage& seen) {
  if (const auto* clear = std::get_if<ClearRequested>(&s.event); clear != nullptr && !s.decision.empty()) {
    require(!is_final(s.after.tasks[index(clear->task)].state) || s.after.tasks[index(clear->task)].version > s.before.tasks[index(clear->task)].version, "a clear opens its task");
    seen.sometimes("cleared");
  }
  if (const auto* mark = std::get_if<MarkRequested>(&s.event); mark != nullptr && !s.decision.empty()) {
    const TaskRun& before = s.before.tasks[index(mark->task)];
    require(s.after.tasks[index(mark->task)].state == mark->to, "a mark makes the task what it says");
    require(!holds_lease(before.state) || effect_of<CancelAttempt>(s.decision, {s.before.id, mark->task, before.attempt}) != nullptr, "a mark stops what its task runs");
    seen.sometimes(is_final(s.before.tasks[index(mark->task)].state) ? "marked after its end" : "marked before its end");
  }
}

// Items are opened in their window; their task ends when they have, and as they did.
void check_items(const Step& s, Coverage& seen) {
  for (const auto& move : s.decision.moves) {
    if (is_item(s.dag, move.task) && move.from == TaskState::waiting) {
      const auto& items = expansion_of(s.after.expansions, move.task);
      require(!items.dropped && items.open <= items.max_parallel, "no more items are opened than may be at work");
      require(move.opens == (before(s, move.task).version == 0), "an item's first move says so");
    }
    const bool by_hand = reopens(s.event) || std::holds_alternative<TotalTimedOut>(s.event);
    if (is_item(s.dag, move.task) || move.from != TaskState::asleep || s.before.tasks[index(move.task)].wait != Wait::items || by_hand) continue;
    const auto& items = *current_expansion(s.after.expansions, move.task);
    require(items.open == 0, "a task ends after its items");
    const bool whole = items.ended == items.count && items.cancelled == 0;
    if (move.to == TaskState::succeeded) require(whole && items.failed <= items.tolerated, "a task with items succeeds when they ended, and few enough failed");
    if (move.to == TaskState::failed) require(items.failed > items.tolerated, "a task with items fails when too many of them did");
    if (move.to == TaskState::cancelled) require(s.after.state == RunState::cancelling || is_final(s.after.state), "a task with items is cancelled with its run only");
    if (move.to == TaskState::failed && items.cancelled > 0) seen.sometimes("items were stopped because others failed");
    if (move.to == TaskState::succeeded && items.failed > 0) seen.sometimes("failed items were tolerated");
  }
  if (std::holds_alternative<LimitsChanged>(s.event) && !s.decision.empty()) seen.sometimes("the limits of items were changed");
}

// Who is sent back to does its work again, and the approval waits for it.
void check_sent_back(const Step& s, const SentBack& e, Coverage& seen) {
  if (s.decision.empty()) return;
  require(s.before.tasks[index(e.task)].version == e.version && s.before.tasks[index(e.task)].wait == Wait::approval, "only the approval that is meant sends back");
  const auto moved = [&](TaskIndex task) { return s.after.tasks[index(task)].version > s.before.tasks[index(task)].version; };
  require(moved(e.task) && s.after.tasks[index(e.task)].state != TaskState::asleep, "an approval that sent back waits once more");
  require(moved(e.to), "who is sent back to is opened again");
  seen.sometimes("sent back");
}

void check_sleep(const Step& s, TaskIndex task, int32_t version, TaskState expected) {
  const TaskRun& before = s.before.tasks[index(task)];
  if (before.state != TaskState::asleep || before.version != version || before.wait == Wait::items) return require(s.decision.empty(), "only the sleep that is meant can be ended");
  require(s.after.tasks[index(task)].state == expected, "a sleep ends as it was told");
}

}  // namespace

void check_step(const Step& s, Coverage& seen) {
  check_moves(s, seen);
  check_run_end(s);
  check_requests(s);
  for (const auto& effect : s.decision.effects) {
    if (const auto* dispatch = std::get_if<Dispatch>(&effect)) {
      require(s.after.tasks[index(dispatch->lease.task)].state == TaskState::leased, "only a lease is dispatched");
    }
  }
  if (const auto* e = std::get_if<AttemptFinished>(&s.event)) check_report(s, *e, seen);
  if (const auto* e = std::get_if<LeaseExpired>(&s.event)) check_expiry(s, *e, seen);
  if (const auto* e = std::get_if<AttemptTimedOut>(&s.event)) check_timeout(s, *e, seen);
  if (std::holds_alternative<CancelRequested>(s.event)) check_cancel(s);
  check_by_hand(s, seen);
  check_items(s, seen);
  if (std::holds_alternative<CarriedOver>(s.event) && !s.decision.empty()) {
    require(s.before.state == RunState::queued && s.after.state == RunState::queued, "a run is given what another has done before it starts");
    for (const auto& move : s.decision.moves) require(move.to == TaskState::succeeded, "what is carried over is done");
    seen.sometimes("carried over");
  }
  if (const auto* e = std::get_if<SentBack>(&s.event)) check_sent_back(s, *e, seen);
  if (const auto* e = std::get_if<GateAnswered>(&s.event)) check_gate(s, *e, seen);
  if (const auto* e = std::get_if<SleepEnded>(&s.event)) {
    if (e->end == SleepEnd::again && !s.decision.empty()) {
      const TaskRun& after = s.after.tasks[index(e->task)];
      require(after.wait == e->wait && after.wake == e->wake, "a sleep goes on as it was told");
      require((e->wake != TimePoint{}) == (effect_of<SetTimer>(s.decision, {s.before.id, e->task, after.version}) != nullptr), "a dated sleep has its timer");
      seen.sometimes("slept on");
    }
    check_sleep(s, e->task, e->version, e->end == SleepEnd::again ? TaskState::asleep : e->end == SleepEnd::late ? TaskState::timed_out : e->end == SleepEnd::succeeded ? TaskState::succeeded : e->end == SleepEnd::failed ? TaskState::failed : TaskState::skipped);
  }
  if (const auto* e = std::get_if<WakeElapsed>(&s.event)) {
    const bool timed = s.before.tasks[index(e->lease.task)].wait == Wait::time;
    if (!s.decision.empty()) seen.sometimes(timed ? "waited for a time" : "nobody answered in time");
    const bool early = s.now < s.before.tasks[index(e->lease.task)].wake;
    const bool poll = s.before.tasks[index(e->lease.task)].wait == Wait::poll;
    if (early) require(s.decision.empty(), "nobody is woken before the time");
    else check_sleep(s, e->lease.task, e->lease.attempt, poll ? TaskState::ready : timed ? TaskState::succeeded : TaskState::timed_out);
    if (poll && !s.decision.empty()) require(!s.after.tasks[index(e->lease.task)].gate_open, "a new look is asked for anew");
  }
  if (const auto* e = std::get_if<AttemptConfirmed>(&s.event); e != nullptr && !s.decision.moves.empty()) {
    const SetTimer* timer = effect_of<SetTimer>(s.decision, e->lease);
    require(timer != nullptr && timer->kind == TimerKind::attempt_timeout && timer->at == s.now + spec(s, e->lease.task).timeout,
            "a running attempt has its time limit");
    require(!stopping(s, e->lease.task) || effect_of<CancelAttempt>(s.decision, e->lease) != nullptr, "what is confirmed after a cancel is told to stop");
  }
  if (const LeaseNumber* lease = lease_of(s.event); lease != nullptr && !std::holds_alternative<LeaseGranted>(s.event)) {
    if (!current(s.before, *lease) && !std::holds_alternative<BackoffElapsed>(s.event) && !std::holds_alternative<WakeElapsed>(s.event) &&
        !std::holds_alternative<QueueTimedOut>(s.event)) {
      require(s.decision.moves.empty(), "an event of an old lease moves nothing");
    }
  }
  if (const auto* e = std::get_if<QueueTimedOut>(&s.event); e != nullptr && !s.decision.moves.empty()) {
    require(before(s, e->lease.task).version == e->lease.attempt && s.before.state != RunState::paused, "only the wait that is meant can be too long, and none while paused");
    require(s.after.tasks[index(e->lease.task)].limit == Limit::queue, "a wait that was too long says so");
    seen.sometimes("waited too long for a slot");
  }
  if (const auto* e = std::get_if<TotalTimedOut>(&s.event); e != nullptr && !s.decision.moves.empty()) {
    const TaskRun& late = before(s, e->task);
    require(s.now >= late.opened + spec(s, e->task).total_timeout, "a task is not ended before its time");
    require(s.after.tasks[index(e->task)].limit == Limit::total, "a task that took too long says so");
    require(!holds_lease(late.state) || effect_of<CancelAttempt>(s.decision, {s.before.id, e->task, late.attempt}) != nullptr, "what runs is stopped with its task");
    seen.sometimes("a task took too long in total");
  }
  if (is_final(s.before.state) && !reopens(s.event)) {
    require(s.after == s.before, "a final run does not change");
  }
  check_state(s.dag, s.after, s.now);
}

namespace {

void check_allowance(const Task& task, const TaskRun& is) {
  for (size_t rule = 0; rule < task.retry.size(); ++rule) {
    require(static_cast<int>(is.spent >> (16 * rule) & 0xFFFF) <= task.retry[rule].attempts, "failures never exceed the policy");
  }
  require((is.limit != Limit::none) == (is.state == TaskState::timed_out), "what is timed out says by which limit, and nothing else does");
}

void check_expansions(const Dag& dag, const Run& run, TimePoint now) {
  for (const auto& items : run.expansions) {
    const TaskRun& task = run.tasks[index(items.task)];
    const bool waited_for = !items.dropped && task.state == TaskState::asleep && task.wait == Wait::items;
    require(waited_for || items.open == 0, "items are at work only while their task waits for them");
    require(!waited_for || items.open > 0, "a task that waits for items has some at work");
    require(!waited_for || items.closing || items.failed <= items.tolerated, "too many failed items close their task");
    for (int32_t number = 0; number < items.count; ++number) {
      const TaskIndex item{items.first + number};
      const TaskRun& is = run.tasks[index(item)];
      check_allowance(task_of(dag, run, item), is);
      require(is.state != TaskState::upstream_failed, "an item has no needs of its own");
      if (!is_final(is.state)) require(!explain(dag, run, item, now).empty(), "every wait has a name");
    }
  }
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    const bool waits = run.tasks[i].wait == Wait::items;
    require(!waits || current_expansion(run.expansions, TaskIndex{static_cast<int32_t>(i)}) != nullptr, "a task that waits for items has them");
  }
}

}  // namespace

void check_state(const Dag& dag, const Run& run, TimePoint now) {
  Run counted = run;
  recount(dag, counted);
  require(counted == run, "the counts of a run agree with its states");
  bool open_main = false, open = false;
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    open |= !is_final(run.tasks[i].state);
    open_main |= dag.tasks[i].phase == Phase::main && !is_final(run.tasks[i].state);
  }
  // A queued run of an empty dag has yet to start.
  require(is_final(run.state) == (!open && run.state != RunState::queued), "a run closes when all its tasks are final, and only then");
  const bool begun = run.state != RunState::queued && run.state != RunState::cancelled;
  check_expansions(dag, run, now);
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    const Task& task = dag.tasks[i];
    const TaskRun& is = run.tasks[i];
    check_allowance(task, is);
    if (!is_final(is.state)) require(!explain(dag, run, TaskIndex{static_cast<int32_t>(i)}, now).empty(), "every wait has a name");
    if (task.phase != Phase::main) {
      const bool hooks_wait = open_main || run.state == RunState::queued;
      require(hooks_wait == (is.state == TaskState::waiting),
              "hooks start when the main tasks are over, all at once");
      if (task.phase == Phase::finally) {
        require(is.state != TaskState::cancelled || !begun, "a finally hook is never cancelled");
        require(is.state != TaskState::skipped || is.attempt > 0, "a finally hook always runs");
      }
      if (is.state == TaskState::ready && task.phase != Phase::finally) {
        const RunState result = expected_result(dag, run, run.state);
        require(result == (task.phase == Phase::on_failure ? RunState::failed : RunState::succeeded) || run.state == RunState::cancelling,
                "a hook runs for the result that it was written for");
      }
      continue;
    }
    const Ruling told = spec_ruling(task, run);
    const bool at_work = is.state == TaskState::ready || holds_lease(is.state) || is.state == TaskState::backoff || is.state == TaskState::asleep;
    require(!at_work || told == Ruling::run, "no task starts before its rule is met");
    if (begun && is.state == TaskState::waiting) require(told == Ruling::wait, "no task waits when its rule is decided");
    if (is.state == TaskState::upstream_failed) require(told == Ruling::upstream_failed, "upstream_failed is what its rule says");
    require(is.state != TaskState::asleep || is.wait != Wait::none, "every sleep has a name");
  }
}

uint64_t fingerprint(const Decision& decision) {
  uint64_t hash = 1469598103934665603ULL;
  const auto fold = [&](auto value) { hash = (hash ^ static_cast<uint64_t>(value)) * 1099511628211ULL; };
  for (const auto& move : decision.moves) {
    fold(move.task.value), fold(move.from), fold(move.to), fold(move.after.attempt), fold(move.after.failures);
    fold(move.after.losses), fold(move.after.unmet), fold(move.after.version), fold(move.after.wake.time_since_epoch().count());
    for (const char c : move.reason) fold(c);
  }
  for (const auto& effect : decision.effects) {
    fold(effect.index());
    if (const auto* timer = std::get_if<SetTimer>(&effect)) fold(timer->at.time_since_epoch().count());
  }
  for (const auto& counts : decision.counts) fold(counts.task.value), fold(counts.unmet), fold(counts.broken), fold(counts.skipped);
  for (const TaskIndex opened : decision.opened) fold(opened.value);
  for (const auto& items : decision.expansions) fold(items.first), fold(items.count), fold(items.open), fold(items.next), fold(items.ended), fold(items.closing), fold(items.dropped);
  fold(decision.run_to ? static_cast<int>(*decision.run_to) : 0);
  fold(decision.open_main), fold(decision.open_hooks);
  return hash;
}

}  // namespace millrace::sim
