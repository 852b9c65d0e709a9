// How many events per second one core decides and applies: runs of 12 tasks from start to end, nothing stored.
#include <benchmark/benchmark.h>

#include "schedule/decide.hpp"

namespace millrace {
namespace {

// Three sources, then layers that need two of the layer before.
Dag twelve_tasks() {
  Dag dag;
  for (int32_t i = 0; i < 12; ++i) {
    Task task;
    task.id = "t" + std::to_string(i);
    task.uses = "fake";
    for (int32_t need = i - 3; i >= 3 && need < i - 1; ++need) {
      task.needs.push_back(TaskIndex{need});
      dag.tasks[static_cast<size_t>(need)].downstream.push_back(TaskIndex{i});
    }
    dag.tasks.push_back(std::move(task));
  }
  return dag;
}

void step(const Dag& dag, Run& run, const Event& event, int64_t& events) {
  apply(run, decide(dag, run, event, TimePoint{}));
  ++events;
}

void decide_whole_runs(benchmark::State& state) {
  const Dag dag = twelve_tasks();
  int64_t events = 0;
  for (auto _ : state) {
    Run run = open_run(dag, RunId{1}, TimePoint{});
    step(dag, run, RunStarted{}, events);
    for (int32_t i = 0; i < 12; ++i) {  // the tasks stand in an order in which they may run
      const LeaseNumber lease{run.id, TaskIndex{i}, 1};
      step(dag, run, LeaseGranted{lease, "worker-1"}, events);
      step(dag, run, AttemptConfirmed{lease}, events);
      step(dag, run, AttemptFinished{.lease = lease, .outcome = Outcome::succeeded}, events);
    }
    if (run.state != RunState::succeeded) state.SkipWithError("the run did not succeed");
  }
  state.counters["engine.decide_events_per_s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(decide_whole_runs)->Name("engine.decide_events_per_s");

}  // namespace
}  // namespace millrace

BENCHMARK_MAIN();
