// Both stores for one suite, and short words for commits.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/memory_store.hpp"
#include "schedule/decide.hpp"
#include "state/sqlite_store.hpp"

namespace millrace::testing {

// A folder of its own for each test, gone afterwards.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = ::testing::TempDir() + "millrace-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_{};
};

struct MemoryKind {
  static std::unique_ptr<Store> open(const TempFolder&) { return std::make_unique<MemoryStore>(); }
};

struct SqliteKind {
  static std::unique_ptr<Store> open(const TempFolder& folder) {
    auto store = SqliteStore::open(folder.file("store.db"));
    if (!store) throw std::runtime_error(to_string(store.error()));
    return std::move(*store);
  }
};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(to_string(result.error()));
  return std::move(*result);
}

inline void must(const Status& status) {
  if (!status) throw std::runtime_error(to_string(status.error()));
}

// load, then check; and a hook.
inline Dag small_dag() {
  Dag dag;
  dag.name = "small";
  dag.version = "1111222233334444";
  dag.timeout = Millis{3'600'000};
  dag.source = "dag: small\n";
  dag.file = "dags/small.yaml";
  for (const char* id : {"load", "check", "tell"}) {
    Task task;
    task.id = id;
    task.uses = "fake";
    task.retry = {.attempts = 3, .delay = Millis{10'000}, .jitter = Jitter::none};
    dag.tasks.push_back(std::move(task));
  }
  dag.tasks[1].needs = {TaskIndex{0}};
  dag.tasks[0].downstream = {TaskIndex{1}};
  dag.tasks[2].phase = Phase::finally;
  return dag;
}

// Plays one run against a store: each event is decided, committed, and applied when the store said yes.
class RunBench {
 public:
  RunBench(Store& store, const std::string& key, Dag made = small_dag(), std::string request_id = {}) : store_(store), dag(std::move(made)) {
    header = {.id = must(store.next_run_id()), .key = key, .dag = dag.name, .dag_version = dag.version, .trigger = "test",
              .params = Json::object({{"day", "2026-11-01"}, {"n", 3}}), .logical_time = now, .created = now, .request_id = std::move(request_id)};
    run = open_run(dag, header.id, now);
  }

  Status create() {
    Commit commit;
    commit.new_runs.push_back({header, run});
    return store_.commit(commit, outbox);
  }

  RunCommit part(const Event& event) const {
    RunCommit part;
    part.run = run.id;
    part.event = event;
    part.time = now;
    part.decision = decide(dag, run, event, now);
    return part;
  }

  Status commit(RunCommit part) {
    Commit commit;
    commit.runs.push_back(part);
    Status status = store_.commit(commit, outbox);
    if (status) apply(run, part.decision);
    return status;
  }

  Status take(const Event& event) { return commit(part(event)); }
  void start() {
    must(create());
    must(take(RunStarted{}));
  }
  LeaseNumber next(int32_t task) const { return {run.id, {task}, run.tasks[static_cast<size_t>(task)].attempt + 1}; }
  LeaseNumber lease(int32_t task) const { return {run.id, {task}, run.tasks[static_cast<size_t>(task)].attempt}; }
  void grant(int32_t task) { must(take(LeaseGranted{next(task), "worker-1"})); }
  void confirm(int32_t task) { must(take(AttemptConfirmed{lease(task)})); }
  AttemptFinished success(int32_t task) const { return {.lease = lease(task), .outcome = Outcome::succeeded, .error_class = {}, .final_failure = false, .retry_after = {}, .jitter = 1}; }
  AttemptFinished failure(int32_t task, bool final) const { return {.lease = lease(task), .outcome = Outcome::failed, .error_class = "transient", .final_failure = final, .retry_after = {}, .jitter = 1}; }
  Status succeed(int32_t task, DataCommit data = {}) {
    auto end = part(success(task));
    end.data = std::move(data);
    return commit(std::move(end));
  }
  TaskState state(int32_t task) const { return run.tasks[static_cast<size_t>(task)].state; }

  TimePoint now{Millis{1'790'000'000'000}};
  Store& store_;
  Dag dag;
  RunHeader header{};
  Run run{};
  std::vector<OutboxRow> outbox{};
};

inline DataFile data_file(const std::string& path, int64_t rows, Json partition = Json::object()) {
  return {.path = path, .rows = rows, .bytes = rows * 10, .partition = std::move(partition), .stats = Json::object({{"id", Json::object({{"min", 1}, {"max", rows}, {"nulls", 0}})}})};
}

inline StagedSnapshot staged(Operation operation, std::vector<DataFile> files, std::vector<Column> columns = {{"id", "BIGINT", false}}) {
  StagedSnapshot snapshot;
  snapshot.dataset = "raw.orders";
  snapshot.operation = operation;
  snapshot.files = std::move(files);
  snapshot.columns = std::move(columns);
  snapshot.summary = Json::object({{"rows_in", 10}, {"rows_out", 9}, {"rows_rejected", 1}});
  snapshot.checks = Json::array({Json::object({{"check", "id is unique"}, {"held", true}})});
  return snapshot;
}

inline DataCommit data(StagedSnapshot one) {
  DataCommit commit;
  commit.snapshots.push_back(std::move(one));
  return commit;
}

inline std::vector<std::string> paths(const DatasetView& view) {
  std::vector<std::string> list;
  for (const auto& file : view.files) list.push_back(file.path);
  return list;
}

// What recovery would hold: the store's run, counted again.
inline Run stored_run(Store& store, const RunBench& bench) {
  auto open = must(store.load_run(bench.run.id));
  if (!open) throw std::runtime_error("the run is not in the store");
  recount(bench.dag, open->run);
  return open->run;
}

}  // namespace millrace::testing
