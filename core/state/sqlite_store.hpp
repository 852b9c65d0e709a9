// The Store in one SQLite file: WAL, synchronous FULL, one writer.
//
// The engine's thread only. An advisory lock beside the file (<file>.lock) is held for the store's life, and a row of the store says who leads,
// in which epoch, and until when (decision 0017): who lost the lead can't write any more. Errors: E2023 (it was lost), those of state/database.hpp, E2010 (made by a newer version), E2011 (another server has it),
// E2013 (a row was not where the engine believed it: nothing of the commit is there).
#pragma once
#include <memory>
#include <string>

#include "engine/store.hpp"

namespace millrace {

class SqliteStore final : public Store {
 public:
  // E2011, with the other's address: another server works on it.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& file);
  // Also when the other one is there, and has said nothing for longer than it may: it is stopped, or hangs.
  static Result<std::unique_ptr<SqliteStore>> take_over(const std::string& file, TimePoint now);
  // From now on only commits of this store are taken. Nobody else may take over within `lease` of the last word.
  Status lead(const std::string& address, Millis lease, TimePoint now);
  ~SqliteStore() override;

  Status commit(const Commit& commit, std::vector<OutboxRow>& outbox) override;
  Status keep_leading(TimePoint now) override;
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
  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
