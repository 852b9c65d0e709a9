// One server's way to the store that all servers of a world share. Keeps who leads, and lets commits fail or the server die around them.
#pragma once
#include <functional>

#include "engine/memory_store.hpp"

namespace millrace::sim {

// What the servers share. `committed` hears of every commit that was made.
struct Disk {
  MemoryStore store{};
  int64_t epoch = 0;  // of who leads
  std::function<void(const Commit&)> committed{};
};

enum class Fate : uint8_t { fine = 1, refused, dies_before, dies_after };

// A server that died can still be asked for what it knows, but its commits are refused, and nothing it has not committed is there.
class Seat final : public Store {
 public:
  Seat(Disk& disk, std::function<Fate()> fate) : disk_(disk), fate_(std::move(fate)), epoch_(++disk.epoch) {}

  bool dead() const { return dead_; }
  void die() { dead_ = true; }
  bool leads() const { return !dead_ && epoch_ == disk_.epoch; }

  Status commit(const Commit& commit, std::vector<OutboxRow>& outbox) override;
  Status keep_leading(TimePoint) override { return leads() ? Status{} : Status(replaced()); }

  Result<std::optional<Error>> check_data(const DataCommit& data) override { return disk_.store.check_data(data); }
  Result<RunId> next_run_id() override { return disk_.store.next_run_id(); }
  Result<std::vector<OpenRun>> open_runs() override { return disk_.store.open_runs(); }
  Result<std::optional<OpenRun>> load_run(RunId run) override { return disk_.store.load_run(run); }
  Result<std::optional<RunHeader>> find_run(const std::string& key) override { return disk_.store.find_run(key); }
  Result<std::optional<RunHeader>> find_request(const std::string& id) override { return disk_.store.find_request(id); }
  Result<std::vector<Timer>> timers() override { return disk_.store.timers(); }
  Result<std::vector<OutboxRow>> outbox() override { return disk_.store.outbox(); }
  Status put_dag(const Dag& dag, TimePoint now) override { return disk_.store.put_dag(dag, now); }
  Result<std::optional<std::string>> dag_source(const std::string& name, const std::string& version) override { return disk_.store.dag_source(name, version); }
  Result<DatasetView> dataset(const std::string& name, std::optional<SnapshotId> at) override { return disk_.store.dataset(name, at); }
  Result<std::optional<SnapshotMark>> newest_snapshot(const std::string& dataset) override { return disk_.store.newest_snapshot(dataset); }
  Result<std::vector<Position>> positions(const std::string& source) override { return disk_.store.positions(source); }
  Result<std::optional<std::vector<DatasetView>>> pins(RunId run, TaskIndex task) override { return disk_.store.pins(run, task); }
  Result<std::vector<ScheduleSeen>> schedules() override { return disk_.store.schedules(); }
  Result<std::vector<TriggerSeen>> triggers() override { return disk_.store.triggers(); }
  Result<std::vector<PoolOverride>> pool_overrides() override { return disk_.store.pool_overrides(); }
  Result<std::vector<Backfill>> backfills() override { return disk_.store.backfills(); }
  Result<Json> outputs(RunId run, TaskIndex from, TaskIndex end) override { return disk_.store.outputs(run, from, end); }
  Result<std::map<std::string, Millis>> past_durations(const std::string& dag) override { return disk_.store.past_durations(dag); }
  Result<std::vector<std::string>> dags_with_runs() override { return disk_.store.dags_with_runs(); }
  Result<std::vector<OldRun>> old_runs(const std::string& dag, TimePoint before, int limit) override { return disk_.store.old_runs(dag, before, limit); }
  Result<Json> checkpoint(RunId run, TaskIndex task) override { return disk_.store.checkpoint(run, task); }
  Result<std::optional<Json>> item(RunId run, TaskIndex place) override { return disk_.store.item(run, place); }

 private:
  static Error replaced() { return {.code = "E2023", .what = "another server leads", .where = {}, .hint = {}}; }
  Disk& disk_;
  std::function<Fate()> fate_;
  int64_t epoch_;
  bool dead_ = false;
};

}  // namespace millrace::sim
