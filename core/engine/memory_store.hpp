// The Store in memory: nothing survives the process. The same semantics as SqliteStore, held to one test suite.
//
// One thread. Each commit works on a copy of all it holds, so that it is all or nothing: made for tests, not for large runs.
// Errors: E2013 (a row was not where the engine believed it), and the conflicts of catalog/rules.hpp.
#pragma once
#include <map>
#include <set>

#include "engine/store.hpp"

namespace millrace {

class MemoryStore final : public Store {
 public:
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
  Result<std::vector<Position>> positions(const std::string& source) override;
  Result<std::optional<std::vector<DatasetView>>> pins(RunId run, TaskIndex task) override;
  Result<Json> outputs(RunId run) override;

 private:
  using Place = std::pair<RunId, TaskIndex>;

  struct Row {
    RunHeader header{};
    Run run{};
  };

  struct State {
    std::map<RunId, Row> runs{};
    std::map<LeaseNumber, AttemptRecord> attempts{};
    std::map<std::tuple<RunId, TaskIndex, TimerKind>, Timer> timers{};
    std::map<int64_t, OutboxRow> outbox{};
    std::map<Place, Json> outputs{};
    std::map<Place, std::map<std::string, SnapshotId>> pins{};
    std::map<std::string, std::vector<DatasetView>> datasets{};  // every snapshot, oldest first
    std::map<std::pair<std::string, std::string>, Json> positions{};
    std::set<std::string> files{};
    int64_t last_effect = 0, last_snapshot = 0;
  };

  static Status add(State& state, const NewRun& fresh);
  static Status add(State& state, const RunCommit& part, std::vector<OutboxRow>& outbox);
  static Status move(State& state, Run& run, const RunCommit& part);
  static Status end_attempts(State& state, const RunCommit& part);
  static void take_effects(State& state, const RunCommit& part, std::vector<OutboxRow>& outbox);
  static void keep_reads(State& state, const RunCommit& part);
  static Status add_data(State& state, const RunCommit& part);
  static DatasetView view(const State& state, const std::string& name, std::optional<SnapshotId> at);
  static std::optional<Json> position(const State& state, const PositionMove& move);
  OpenRun open(const Row& row) const;

  State state_{};
  std::map<std::pair<std::string, std::string>, std::string> dags_{};
  int64_t last_run_ = 0;
};

}  // namespace millrace
