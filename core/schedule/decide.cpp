#include "schedule/decide.hpp"

#include <algorithm>
#include <utility>

#include "base/invariant.hpp"
#include "model/items.hpp"
#include "schedule/mutant.hpp"
#include "schedule/planner.hpp"

namespace millrace {

Run open_run(const Dag& dag, RunId id, TimePoint now) {
  Run run{.id = id};
  run.tasks.resize(dag.tasks.size());
  for (auto& task : run.tasks) task.since = now;
  recount(dag, run);
  return run;
}

bool stops_on_cancel(const Task& task) {
  return (task.phase == Phase::main || task.phase == Phase::on_success || task.phase == Phase::on_late) && !task.runs_on_kill();
}

bool is_stopping(const Dag& dag, const Run& run, TaskIndex task) {
  if (is_item(dag, task) && expansion_of(run.expansions, task).closing) return true;
  return run.state == RunState::cancelling && stops_on_cancel(task_of(dag, run, task));
}

bool may_be_leased(const Dag& dag, const Run& run, TaskIndex at) {
  const Task& task = task_of(dag, run, at);
  if (is_gated(dag, run, at) && !run.tasks[index(at)].gate_open) return false;
  return run.state == RunState::running || (run.state == RunState::cancelling && (task.phase != Phase::main || task.runs_on_kill()));
}

std::vector<TaskIndex> at_work_behind(const Dag& dag, const Run& run, TaskIndex task) {
  std::vector<TaskIndex> found, seen{task};
  std::vector<bool> listed(dag.tasks.size());
  listed[index(task)] = true;
  for (size_t i = 0; i < seen.size(); ++i) {
    const TaskState state = run.tasks[index(seen[i])].state;
    if (!is_final(state) && state != TaskState::waiting) found.push_back(seen[i]);
    for (const TaskIndex next : dag.task(seen[i]).downstream) {
      if (listed[index(next)]) continue;
      listed[index(next)] = true;
      seen.push_back(next);
    }
  }
  return found;
}

bool only_hooks_are_left(const Run& run) { return !is_final(run.state) && run.open_main == 0; }

Decision decide(const Dag& dag, const Run& run, const Event& event, TimePoint now) {
  Planner planner(dag, run, now);
  std::visit([&](const auto& happened) { planner.on(happened); }, event);
  return std::move(planner).take();
}

void apply(Run& run, const Decision& decision) {
  if (!decision.expansions.empty()) {
    run.expansions = decision.expansions;
    run.tasks.resize(static_cast<size_t>(run.expansions.back().first + run.expansions.back().count));
  }
  for (const auto& move : decision.moves) {
    TaskRun& task = run.tasks[index(move.task)];
    MR_INVARIANT(task.state == move.from, "a decision about another state of the run");
    task = move.after;
  }
  for (const auto& counts : decision.counts) {
    TaskRun& task = run.tasks[index(counts.task)];
    task.unmet = counts.unmet;
    task.broken = counts.broken;
    task.skipped = counts.skipped;
  }
  for (const TaskIndex opened : decision.opened) run.tasks[index(opened)].gate_open = true;
  run.open_main = decision.open_main;
  run.open_hooks = decision.open_hooks;
  run.broken_main = decision.broken_main;
  run.cancelled_main = decision.cancelled_main;
  run.cancel_reason = decision.cancel_reason;
  if (decision.run_to) run.state = *decision.run_to;
  if (decision.late_to) run.late = *decision.late_to;
}

namespace {

void recount_items(const Dag& dag, const Run& run, Expansion& items) {
  items.next = items.count;
  items.open = items.ended = items.failed = items.cancelled = items.skipped = 0;
  for (int32_t number = 0; number < items.count; ++number) {
    const TaskState state = run.tasks[static_cast<size_t>(items.first + number)].state;
    if (state == TaskState::waiting) items.next = std::min(items.next, number);
    else if (!is_final(state)) ++items.open;
    if (!is_final(state)) continue;
    ++items.ended;
    if (breaks_run(state)) ++items.failed;
    if (state == TaskState::cancelled) ++items.cancelled;
    if (state == TaskState::skipped) ++items.skipped;
  }
  const bool asleep = !items.dropped && run.tasks[index(items.task)].state == TaskState::asleep;
  const bool stopping = run.state == RunState::cancelling && stops_on_cancel(dag.task(items.task));
  items.closing = asleep && (items.failed > items.tolerated || stopping);
}

}  // namespace

void recount(const Dag& dag, Run& run) {
  run.open_main = run.open_hooks = run.broken_main = run.cancelled_main = 0;
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    TaskRun& task = run.tasks[i];
    task.unmet = task.broken = task.skipped = 0;
    for (const TaskIndex need : dag.tasks[i].needs) {
      const TaskState state = run.tasks[index(need)].state;
      if (!is_final(state)) ++task.unmet;
      if (ended_badly(state)) ++task.broken;
      if (state == TaskState::skipped) ++task.skipped;
    }
    if (dag.tasks[i].phase != Phase::main) {
      if (!is_final(task.state)) ++run.open_hooks;
      continue;
    }
    if (!is_final(task.state)) ++run.open_main;
    if (!dag.tasks[i].decides) continue;
    if (breaks_run(task.state)) ++run.broken_main;
    if (task.state == TaskState::cancelled) ++run.cancelled_main;
  }
  for (auto& items : run.expansions) recount_items(dag, run, items);
}

}  // namespace millrace
