#include <string>

#include "schedule/decide.hpp"
#include "schedule/planner.hpp"

namespace millrace {
namespace {

constexpr size_t kNamed = 3;  // needs named in full; the rest are counted

std::string of_needs(const Dag& dag, const Run& run, const Task& task) {
  std::string text;
  size_t open = 0;
  for (const TaskIndex need : task.needs) {
    const TaskState state = run.tasks[index(need)].state;
    if (is_final(state) || ++open > kNamed) continue;
    text += (open == 1 ? "needs " : ", and ") + dag.task(need).id + ", which is " + std::string(name(state));
  }
  if (open > kNamed) text += ", and " + std::to_string(open - kNamed) + " more";
  return text;
}

std::string of_broken_need(const Dag& dag, const Run& run, const Task& task) {
  for (const TaskIndex need : task.needs) {
    const TaskState state = run.tasks[index(need)].state;
    if (ended_badly(state)) return "need " + dag.task(need).id + " ended " + std::string(name(state));
  }
  return "a need ended badly";
}

// Mirrors Planner::rule_on: the rule, if it is what skipped the task; else its condition.
std::string of_skipped(const Dag& dag, const Run& run, const Task& task, const TaskRun& now) {
  if (task.phase != Phase::main) return "skipped: does not fit the result of the main tasks";
  const NeedTally tally{static_cast<int32_t>(task.needs.size()), now.unmet, now.broken, now.skipped};
  const auto state_of = [&](TaskIndex need) { return run.tasks[index(need)].state; };
  const Ruling told = ruling(task.rule, tally);
  const bool by_rule = told == Ruling::skip || (task.rule == Rule::expression && told == Ruling::run && !holds(task.rule_steps, state_of));
  if (!by_rule) return now.attempt > 0 ? "skipped by its operator" : task.condition.empty() ? "skipped: not chosen" : "skipped: its condition " + task.condition + " was false";
  std::string ends;
  for (size_t i = 0; i < task.needs.size() && i < kNamed; ++i) {
    ends += (i == 0 ? "" : ", ") + dag.task(task.needs[i]).id + " ended " + std::string(name(state_of(task.needs[i])));
  }
  return "skipped by its rule " + std::string(name(task.rule)) + ": " + ends + (task.needs.size() > kNamed ? " …" : "");
}

std::string of_items(const Expansion* items) {
  if (items == nullptr) return "waits for its items";
  std::string text = std::to_string(items->ended) + " of " + std::to_string(items->count) + " items have ended, " + std::to_string(items->open) + " are at work (at most " +
                     std::to_string(items->max_parallel) + ")";
  if (items->failed > 0) text += ", " + std::to_string(items->failed) + " failed (" + std::to_string(items->tolerated) + " tolerated)";
  return text + (items->closing ? "; it waits for those at work to stop" : "");
}

std::string of_asleep(const TaskRun& now) {
  if (now.wait == Wait::time) return "asleep until " + to_iso(now.wake);
  if (now.wait == Wait::poll) return "not yet: looks again at " + to_iso(now.wake);
  if (now.wait == Wait::judge) return "it is being found out whether that is enough";
  const std::string what = now.wait == Wait::approval ? "an approval" : now.wait == Wait::callback ? "a callback" : "the run that it started";
  return "waits for " + what + " since " + to_iso(now.since) + (now.wake == TimePoint{} ? "" : ", until " + to_iso(now.wake));
}

std::string of_unopened(const Expansion& items) {
  if (items.open < items.max_parallel) return "was not started: its task ended before";
  return "waits for its turn: " + std::to_string(items.open) + " items are at work (at most " + std::to_string(items.max_parallel) + ")";
}

std::string of_waiting(const Dag& dag, const Run& run, const Task& task) {
  if (run.state == RunState::queued) return "the run is queued";
  if (task.phase == Phase::main) return of_needs(dag, run, task);
  if (task.phase == Phase::on_late) return "starts when the run is late, or will be";
  return "starts when every main task is final; " + std::to_string(run.open_main) + " are open";
}

std::string of_ready(const Run& run, TimePoint since) {
  if (run.state == RunState::paused) return "ready, but the run is paused";
  return "ready since " + to_iso(since) + ", waits for a free slot on a fitting worker";
}

// Of the rule that has counted most; the last one, as a rule.
std::string tries_of(const Task& task, const TaskRun& now) {
  size_t most = 0;
  for (size_t rule = 1; rule < task.retry.size(); ++rule) {
    if (spent_of(now.spent, rule) > spent_of(now.spent, most)) most = rule;
  }
  const int32_t spent = task.retry.size() == 1 ? now.failures : spent_of(now.spent, most);
  return std::to_string(spent) + " of " + std::to_string(task.retry[most].attempts) + " tries used" + (task.retry.size() == 1 ? "" : " (" + std::to_string(now.failures) + " in all)");
}

std::string of_timed_out(const Task& task, const TaskRun& now) {
  const std::string attempt = "attempt " + std::to_string(now.attempt);
  switch (now.limit) {
    case Limit::queue: return "waited longer than " + to_text(task.queue_timeout) + " for a slot (timeout.queue)";
    case Limit::total: return "the whole task took longer than " + to_text(task.total_timeout) + " (timeout.total)";
    case Limit::heartbeat: return attempt + " gave no sign of life for " + to_text(task.heartbeat) + " (timeout.heartbeat), " + tries_of(task, now);
    case Limit::patience: return "what it waited for did not come in time";
    case Limit::none:
    case Limit::attempt: break;
  }
  return attempt + " ran longer than " + to_text(task.timeout) + ", " + tries_of(task, now);
}

std::string losses_of(const TaskRun& now) {
  return now.losses == 0 ? "" : ", lost " + std::to_string(now.losses) + " times (" + std::to_string(kMaxLosses) + " allowed)";
}

}  // namespace

std::string explain(const Dag& dag, const Run& run, TaskIndex at, TimePoint now) {
  const Task& task = task_of(dag, run, at);
  const TaskRun& state = run.tasks[index(at)];
  const std::string attempt = "attempt " + std::to_string(state.attempt);
  switch (state.state) {
    case TaskState::waiting: return is_item(dag, at) ? of_unopened(expansion_of(run.expansions, at)) : of_waiting(dag, run, task);
    case TaskState::ready: return is_gated(dag, run, at) && !state.gate_open ? "ready since " + to_iso(state.since) + ", its condition is being evaluated" : of_ready(run, state.since);
    case TaskState::leased: return attempt + " was sent to a worker and is not confirmed yet";
    case TaskState::running: return attempt + " runs for " + to_text(now - state.since) + ", at most " + to_text(task.timeout);
    case TaskState::asleep: return state.wait == Wait::items ? of_items(current_expansion(run.expansions, at)) : of_asleep(state);
    case TaskState::backoff: return tries_of(task, state) + losses_of(state) + ", next at " + to_iso(state.wake);
    case TaskState::succeeded: return state.attempt == 0 ? "succeeded" : "succeeded with " + attempt;
    case TaskState::failed: return state.attempt == 0 ? std::string("failed") : attempt + " failed, " + tries_of(task, state) + losses_of(state);
    case TaskState::timed_out: return of_timed_out(task, state);
    case TaskState::skipped: return of_skipped(dag, run, task, state);
    case TaskState::upstream_failed: return of_broken_need(dag, run, task);
    case TaskState::cancelled: return run.cancel_reason.empty() ? "cancelled" : "cancelled: " + run.cancel_reason;
  }
  return {};
}

}  // namespace millrace
