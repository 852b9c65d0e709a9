// The Store in one SQLite file: WAL, synchronous FULL, one writer.
//
// The engine's thread only. An advisory lock beside the file (<file>.lock) is held for the store's life, so that two servers on
// one folder can't be. Errors: those of state/database.hpp, E2010 (made by a newer version), E2011 (another server has it),
// E2013 (a row was not where the engine believed it: nothing of the commit is there).
#pragma once
#include <memory>
#include <string>

#include "engine/store.hpp"

namespace millrace {

class SqliteStore final : public Store {
 public:
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& file);
  ~SqliteStore() override;

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
  Result<std::vector<Position>> positions(const std::string& source) override;
  Result<std::optional<std::vector<DatasetView>>> pins(RunId run, TaskIndex task) override;
  Result<std::vector<ScheduleSeen>> schedules() override;
  Result<std::vector<TriggerSeen>> triggers() override;
  Result<std::vector<PoolOverride>> pool_overrides() override;
  Result<std::vector<Backfill>> backfills() override;
  Result<Json> outputs(RunId run, TaskIndex from, TaskIndex end) override;
  Result<std::optional<Json>> item(RunId run, TaskIndex place) override;

 private:
  struct Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
