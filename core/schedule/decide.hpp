// The scheduler's brain: one pure function per question. No clock, no thread, no I/O, no store.
//
// Any thread. Cost is O(what changed), never O(size of the run), except open_run, cancel and retry, which look at every task.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "model/dag.hpp"
#include "schedule/event.hpp"

namespace millrace {

// A new run in state queued: every task waiting, counters set.
Run open_run(const Dag& dag, RunId id, TimePoint now);

// What follows from the event. An event that does not fit the run's state gives an empty Decision (or RefuseReport).
Decision decide(const Dag& dag, const Run& run, const Event& event, TimePoint now);

// The only mutation of a Run.
void apply(Run& run, const Decision& decision);

// Sets the derived counts (unmet, broken, open_*) from the states: recovery loads states only.
void recount(const Dag& dag, Run& run);

// Whether a ready task may be leased as its run is now, slots aside.
bool may_be_leased(const Dag& dag, const Run& run, TaskIndex task);

// Whether the run is being cancelled and this task is among what must stop.
bool is_stopping(const Dag& dag, const Run& run, TaskIndex task);

// Whether a task that was opened is past its total_timeout.
bool is_out_of_time(const Task& task, const TaskRun& now, TimePoint time);

// This task and those that follow from it, as far as they are at work: while there are any, the task can't be opened again.
std::vector<TaskIndex> at_work_behind(const Dag& dag, const Run& run, TaskIndex task);
// Its main tasks are over, and its hooks are not: nothing can be opened again until they are.
bool only_hooks_are_left(const Run& run);

// Why a task is where it is: "needs load, which is running"; "2 of 3 tries used, next at 10:04:12".
std::string explain(const Dag& dag, const Run& run, TaskIndex task, TimePoint now);

}  // namespace millrace
