// Short words for dags in tests of this floor.
#pragma once
#include <string>
#include <vector>

#include "schedule/decide.hpp"

namespace millrace::testing {

inline TaskIndex add(Dag& dag, std::string id, const std::vector<std::string>& needs = {}, Phase phase = Phase::main) {
  const TaskIndex place{static_cast<int32_t>(dag.tasks.size())};
  Task task;
  task.id = std::move(id);
  task.uses = "fake";
  task.phase = phase;
  task.retry[0].jitter = Jitter::none;
  for (const auto& need : needs) {
    task.needs.push_back(dag.find(need));
    dag.tasks[index(dag.find(need))].downstream.push_back(place);
  }
  dag.tasks.push_back(std::move(task));
  return place;
}

// A run and its clock: each event is decided, checked against recount(), and applied.
class Bench {
 public:
  explicit Bench(Dag made) : dag(std::move(made)), run(open_run(dag, RunId{1}, now)) {}

  Decision take(const Event& event) {
    Decision decision = decide(dag, run, event, now);
    apply(run, decision);
    return decision;
  }

  Decision start() { return take(RunStarted{}); }
  LeaseNumber lease(TaskIndex task) const { return {run.id, task, run.tasks[index(task)].attempt}; }
  LeaseNumber next_lease(TaskIndex task) const { return {run.id, task, run.tasks[index(task)].attempt + 1}; }
  Decision grant(TaskIndex task) { return take(LeaseGranted{next_lease(task), "worker-1"}); }
  Decision confirm(TaskIndex task) { return take(AttemptConfirmed{lease(task)}); }
  Decision succeed(TaskIndex task) { return take(AttemptFinished{.lease = lease(task), .outcome = Outcome::succeeded}); }
  Decision fail(TaskIndex task, std::string error_class = "transient") {
    return take(AttemptFinished{.lease = lease(task), .outcome = Outcome::failed, .error_class = std::move(error_class)});
  }
  TaskState state(TaskIndex task) const { return run.tasks[index(task)].state; }
  const TaskRun& at(TaskIndex task) const { return run.tasks[index(task)]; }

  TimePoint now{Millis{1'000'000}};
  Dag dag;
  Run run;
};

}  // namespace millrace::testing
