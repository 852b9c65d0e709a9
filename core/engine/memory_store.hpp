// The Store without a file: for tests, simulations and whatever need not survive its process.
//
// The engine's thread only. Keeps the promises of SqliteStore (all of a commit or none, compare-and-set, the same catalog rules and
// error codes), and tests/unit/state holds both to them. Nothing is durable, and no History reads it.
#pragma once
#include <memory>

#include "engine/store.hpp"

namespace millrace {

class MemoryStore final : public Store {
 public:
  MemoryStore();
  ~MemoryStore() override;

  Status commit(const Commit& commit, std::vector<OutboxRow>& outbox) override;
  Result<std::optional<Error>> check_data(const DataCommit& data) override;
  Result<RunId> next_run_id() override;
  Result<std::vector<OpenRun>> open_runs() override;
  Result<std::optional<OpenRun>> load_run(RunId run) override;
  Result<std::optional<RunHeader>> find_run(const std::string& key) override;
  Result<std::optional<RunHeader>> find_request(const std::string& request_id) override;
  Result<std::vector<Timer>> timers() override;
  Result<std::vector<OutboxRow>> outbox() override;
  Status put_dag(const Dag& dag, TimePoint now) override;
  Result<std::optional<std::string>> dag_source(const std::string& name, const std::string& version) override;
  Result<DatasetView> dataset(const std::string& name, std::optional<SnapshotId> at) override;
  Result<std::optional<SnapshotMark>> newest_snapshot(const std::string& dataset) override;
  Result<std::vector<SnapshotId>> old_snapshots(const Expiry& expiry, int limit) override;
  Result<std::vector<std::string>> garbage(TimePoint until, int limit) override;
  Result<std::vector<Position>> positions(const std::string& source) override;
  Result<std::vector<std::string>> sources_of(const std::string& dataset) override;
  Result<Rewind> rewind_of(const std::string& source, std::optional<RunId> run) override;
  Result<std::optional<std::vector<DatasetView>>> pins(RunId run, TaskIndex task) override;
  Result<std::vector<ScheduleSeen>> schedules() override;
  Result<std::vector<TriggerSeen>> triggers() override;
  Result<std::vector<PoolOverride>> pool_overrides() override;
  Result<std::vector<Quarantine>> quarantines() override;
  Result<std::vector<Backfill>> backfills() override;
  Result<Outputs> outputs(RunId run, TaskIndex from, TaskIndex end) override;
  Result<std::map<std::string, Millis>> past_durations(const std::string& dag) override;
  Result<std::vector<std::string>> dags_with_runs() override;
  Result<std::vector<OldRun>> old_runs(const std::string& dag, TimePoint before, int limit) override;
  Result<Json> checkpoint(RunId run, TaskIndex task) override;
  Result<Json> measured(const MeasuredBefore& what) override;
  Result<std::optional<Json>> item(RunId run, TaskIndex place) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
