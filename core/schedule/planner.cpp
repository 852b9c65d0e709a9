#include "schedule/planner.hpp"

#include <utility>

#include "base/invariant.hpp"
#include "schedule/mutant.hpp"
#include "schedule/states.hpp"

namespace millrace {
namespace {

constexpr size_t kFewChanges = 16;  // up to here a list is quicker to search than a hash table

}  // namespace

Planner::Planner(const Dag& dag, const Run& run, TimePoint now) : dag_(dag), run_(run), now_(now), state_(run.state), expansions_(run.expansions) {
  if (MR_MUTANT(19)) now_ += Millis{1};
  MR_INVARIANT(run.tasks.size() == static_cast<size_t>(end_of(dag, run.expansions)), "a run of another dag");
  decision_.cancel_reason = run.cancel_reason;
  decision_.open_main = run.open_main;
  decision_.open_hooks = run.open_hooks;
  decision_.broken_main = run.broken_main;
  decision_.cancelled_main = run.cancelled_main;
}

Decision Planner::take() && {
  for (const auto& change : changes_) {
    if (change.move >= 0) {
      decision_.moves[static_cast<size_t>(change.move)].after = change.now;
    } else {
      decision_.counts.push_back({change.task, change.now.unmet, change.now.broken, change.now.skipped});
    }
  }
  if (expansions_changed_) decision_.expansions = std::move(expansions_);
  // Opened again and over in one decision is an end too, even with the result of before.
  if (state_ != run_.state || (started_ && is_final(run_.state))) decision_.run_to = state_;
#ifdef MR_MUTANTS
  if (MR_MUTANT(25) && ++mutant_calls % 50 == 0) decision_.open_main += 1;
#endif
  return std::move(decision_);
}

size_t Planner::find_change(TaskIndex task) const {
  if (changes_.size() > kFewChanges) {
    const auto found = places_.find(task.value);
    return found == places_.end() ? changes_.size() : found->second;
  }
  size_t at = 0;
  while (at < changes_.size() && changes_[at].task != task) ++at;
  return at;
}

const TaskRun& Planner::at(TaskIndex task) const {
  const size_t found = find_change(task);
  return found < changes_.size() ? changes_[found].now : before(task);
}

// An item of an expansion that is made by this event has no place in the run yet.
const TaskRun& Planner::before(TaskIndex task) const {
  static const TaskRun kUnopened{};
  return index(task) < run_.tasks.size() ? run_.tasks[index(task)] : kUnopened;
}

TaskRun& Planner::edit(TaskIndex task) {
  const size_t found = find_change(task);
  if (found < changes_.size()) return changes_[found].now;
  changes_.push_back({task, before(task), -1});
  if (changes_.size() == kFewChanges + 1) {
    for (size_t i = 0; i < changes_.size(); ++i) places_.emplace(changes_[i].task.value, i);
  } else if (changes_.size() > kFewChanges) {
    places_.emplace(task.value, changes_.size() - 1);
  }
  return changes_.back().now;
}

bool Planner::names_task(LeaseNumber lease) const {
  return lease.run == run_.id && lease.task.value >= 0 && index(lease.task) < run_.tasks.size();
}

bool Planner::is_current(LeaseNumber lease) const {
  return names_task(lease) && holds_lease(at(lease.task).state) && at(lease.task).attempt == lease.attempt;
}

bool Planner::is_stopping(TaskIndex task) const {
  if (!owns(task) && expansion_of(expansions_, task).closing) return true;
  return state_ == RunState::cancelling && stops_on_cancel(spec(task));
}

void Planner::count(TaskIndex task, TaskState state, int32_t by) {
  if (!owns(task)) return count_item(edit_expansion(task), state, by);
  if (!is_main(task)) {
    if (!is_final(state)) decision_.open_hooks += by;
    return;
  }
  if (!is_final(state)) decision_.open_main += by;
  if (!spec(task).decides) return;
  if (breaks_run(state)) decision_.broken_main += by;
  if (state == TaskState::cancelled) decision_.cancelled_main += by;
}

void Planner::move(TaskIndex task, TaskState to, std::string reason) {
  TaskRun& moved = edit(task);
  Change& change = changes_[find_change(task)];
  const TaskState from = moved.state;
  MR_INVARIANT(allowed(from, to), "illegal move of a task");
  if (change.move >= 0) decision_.moves[static_cast<size_t>(change.move)].after = moved;
  count(task, from, -1);
  count(task, to, +1);
  moved.state = to;
  moved.since = now_;
  moved.wake = {};
  moved.wait = Wait::none;
  moved.limit = Limit::none;
  if (!MR_MUTANT(18)) ++moved.version;
  change.move = static_cast<int32_t>(decision_.moves.size());
  decision_.moves.push_back({task, from, to, {}, std::move(reason), !owns(task) && before(task).version == 0 && from == TaskState::waiting});
  if (is_final(to)) settled_.push_back(task);
  if (to == TaskState::ready) limit_time(task, from);
  if (from == TaskState::asleep && owns(task)) {
    if (Expansion* items = expansion(task); items != nullptr && items->closing) items->closing = false;
  }
}

void Planner::move_run(RunState to) {
  MR_INVARIANT(allowed(state_, to), "illegal move of a run");
  state_ = to;
}

void Planner::finish_run(RunState to) {
  move_run(to);
  decision_.effects.emplace_back(FinishRun{to});
}

void Planner::set_timer(TimerKind kind, Millis in, LeaseNumber lease) {
  decision_.effects.emplace_back(SetTimer{now_ + in, kind, lease});
}

void Planner::settle() {
  // A list, not recursion: a chain of 100,000 tasks fails without 100,000 frames.
  for (size_t i = 0; i < settled_.size(); ++i) release(settled_[i]);
  settled_.clear();
  if (hooks_are_due()) start_hooks();
  if (decision_.open_main > 0 || decision_.open_hooks > 0 || is_final(state_)) return;
  finish_run(main_result());
}

void Planner::release(TaskIndex final_task) {
  if (!owns(final_task)) return item_ended(final_task);
  const TaskState ended = at(final_task).state;
  const std::string because = "need '" + spec(final_task).id + "' ended " + std::string(name(ended));
  for (const TaskIndex next : spec(final_task).downstream) {
    TaskRun& waiter = edit(next);
    --waiter.unmet;
    if (ended_badly(ended)) ++waiter.broken;
    if (ended == TaskState::skipped) ++waiter.skipped;
    rule_on(next, because);
  }
}

Ruling Planner::ruling_of(TaskIndex task) const {
  const TaskRun& now = at(task);
  const Task& its = spec(task);
  const Ruling told = ruling(its.rule, {static_cast<int32_t>(its.needs.size()), now.unmet, now.broken, now.skipped});
  if (its.rule != Rule::expression || told != Ruling::run) return told;
  return holds(its.rule_steps, [&](TaskIndex need) { return at(need).state; }) ? Ruling::run : Ruling::skip;
}

void Planner::rule_on(TaskIndex waiter, const std::string& because) {
  if (at(waiter).state != TaskState::waiting) return;
  switch (ruling_of(waiter)) {
    case Ruling::wait: return;
    case Ruling::run: return move(waiter, TaskState::ready, "needs met");
    case Ruling::skip: return move(waiter, TaskState::skipped, because);
    case Ruling::upstream_failed: return move(waiter, TaskState::upstream_failed, because);
  }
}

// Looked at once per run, in the decision that ends its main part: amortised, a constant per task.
bool Planner::hooks_are_due() const {
  const bool just_ended = run_.open_main > 0 || started_;
  return decision_.open_main == 0 && decision_.open_hooks > 0 && just_ended && !is_final(state_);
}

RunState Planner::main_result() const {
  if (decision_.broken_main > 0 && !MR_MUTANT(6)) return RunState::failed;
  if (state_ != RunState::cancelling) return RunState::succeeded;
  return decision_.cancel_reason == kUnderRunTimeout && !MR_MUTANT(26) ? RunState::failed : RunState::cancelled;
}

// They run beside the main part; each once, unless the run is opened again.
void Planner::start_late_hooks() {
  for (int32_t i = 0; i < static_cast<int32_t>(dag_.tasks.size()); ++i) {
    const TaskIndex task{i};
    if (spec(task).phase == Phase::on_late && at(task).state == TaskState::waiting) move(task, TaskState::ready, "the run is late");
  }
}

void Planner::start_hooks() {
  const RunState result = main_result();
  const auto is_due = [&](Phase phase) {
    if (phase == Phase::finally) return !(MR_MUTANT(15) && result == RunState::cancelled);
    if (phase == Phase::on_failure) return result == RunState::failed || MR_MUTANT(23);
    return phase == Phase::on_success && result == RunState::succeeded && !MR_MUTANT(29);
  };
  const std::string ended = "main tasks ended " + std::string(name(result));
  for (int32_t i = 0; i < static_cast<int32_t>(dag_.tasks.size()); ++i) {
    const TaskIndex task{i};
    if (is_main(task) || at(task).state != TaskState::waiting) continue;
    move(task, is_due(spec(task).phase) ? TaskState::ready : TaskState::skipped, ended);
  }
  settled_.clear();  // hooks have no downstream
}

}  // namespace millrace
