// Short words for tests of stores: a run whose events are decided by the real decide() and committed to a store.
#pragma once
#include <string>
#include <vector>

#include "engine/store.hpp"
#include "schedule/decide.hpp"
#include "unit/schedule/bench.hpp"

namespace millrace::testing {

inline DataFile file(std::string path, int64_t rows = 10, Json partition = Json::object()) {
  return {.path = std::move(path), .rows = rows, .bytes = rows * 8, .partition = std::move(partition), .stats = Json::object()};
}

inline StagedSnapshot staged(std::string dataset, Operation operation, std::vector<DataFile> files, std::vector<Column> columns = {{"id", "BIGINT", true}}) {
  StagedSnapshot snapshot;
  snapshot.dataset = std::move(dataset);
  snapshot.operation = operation;
  snapshot.columns = std::move(columns);
  snapshot.files = std::move(files);
  return snapshot;
}

class Driver {
 public:
  Driver(Store& store, Dag made, std::string key = "d@1", int64_t id = 1) : store_(&store), dag(std::move(made)) {
    dag.name = "d";
    dag.version = "0123456789abcdef";
    header.id = {id};
    header.key = std::move(key);
    header.dag = dag.name;
    header.dag_version = dag.version;
    header.trigger = "manual";
    header.created = now;
    run = open_run(dag, header.id, now);
  }

  void use(Store& store) { store_ = &store; }  // after it was opened again

  // The event's part of a commit; the run here is as after it.
  RunCommit decided(const Event& event) {
    RunCommit part;
    part.run = run.id;
    part.event = event;
    part.time = now;
    part.decision = decide(dag, run, event, now);
    apply(run, part.decision);
    return part;
  }

  Status commit(Commit whole) { return store_->commit(whole, outbox); }
  Status commit(RunCommit part) {
    Commit whole;
    whole.runs.push_back(std::move(part));
    return commit(std::move(whole));
  }
  Status take(const Event& event) { return commit(decided(event)); }

  Status create() {
    if (auto put = store_->put_dag(dag, now); !put) return put;
    Commit whole;
    whole.new_runs.push_back({header, run});
    return commit(std::move(whole));
  }

  Status start() {
    if (auto made = create(); !made) return made;
    return take(RunStarted{});
  }

  LeaseNumber lease(TaskIndex task) const { return {run.id, task, run.tasks[index(task)].attempt}; }
  LeaseNumber next_lease(TaskIndex task) const { return {run.id, task, run.tasks[index(task)].attempt + 1}; }
  RunCommit granting(TaskIndex task) { return decided(LeaseGranted{next_lease(task), "worker-1"}); }
  Status grant(TaskIndex task) { return commit(granting(task)); }

  RunCommit finishing(TaskIndex task, DataCommit data = {}, Outcome outcome = Outcome::succeeded, std::string error_class = {}) {
    const auto number = lease(task);
    RunCommit part = decided(AttemptFinished{.lease = number, .outcome = outcome, .error_class = std::move(error_class), .final_failure = false, .retry_after = {}, .jitter = 1});
    part.data = std::move(data);
    for (const auto& move : part.decision.attempts) {
      part.attempts.push_back({.lease = number, .worker = "worker-1", .time = now, .state = move.to, .error = {}, .config = Json(), .usage = Json()});
    }
    return part;
  }
  Status finish(TaskIndex task, DataCommit data = {}) { return commit(finishing(task, std::move(data))); }

  // One task's whole life with its data: granted, then succeeded.
  Status publish(TaskIndex task, DataCommit data) {
    if (auto granted = grant(task); !granted) return granted;
    return finish(task, std::move(data));
  }

  // The run as the store has it, with derived counts.
  Run stored() {
    auto open = store_->load_run(run.id);
    if (!open || !*open) return {};
    Run found = (*open)->run;
    recount(dag, found);
    return found;
  }

 private:
  Store* store_;

 public:
  TimePoint now{Millis{1'000'000}};
  Dag dag;
  RunHeader header{};
  Run run{};
  std::vector<OutboxRow> outbox{};
};

}  // namespace millrace::testing
