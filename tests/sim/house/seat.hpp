// One server's way to the store that all servers of a world share. Keeps who leads, and lets commits fail or the server die around them.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/memory_store.hpp"

namespace millrace::sim {

// A real store's file, in a world that has one (tests/sim/crash). The machine may be lost at any operation on it: from then on nothing is kept.
class Drive {
 public:
  virtual ~Drive() = default;
  virtual Result<std::unique_ptr<Store>> open(TimePoint now) = 0;  // a store that leads from now on
  virtual bool lost() const = 0;
  virtual void restart() = 0;                                      // the machine is there again, with what was durable
  virtual void refused() = 0;                                      // an operation was; room will be made at some time
  virtual bool alike(Store& real, Store& model, int64_t runs) = 0; // of runs up to this id, and everything else that a store answers
};

// What the servers share. `committed` hears of every commit that was made.
struct Disk {
  MemoryStore store{};  // what is committed
  int64_t epoch = 0;    // of who leads
  std::function<void(const Commit&)> committed{};
  Drive* drive = nullptr;                    // nullptr: the memory is the store
  std::optional<Commit> in_doubt{};          // not answered when the machine was lost
  std::map<int64_t, int64_t> effects{};      // ids of the drive's outbox: ours

  bool lost() const { return drive != nullptr && drive->lost(); }
  void keep(const Commit& commit, const std::vector<OutboxRow>& rows);  // the drive has it, and gave these ids
  void settle(Store& real, int64_t runs);                               // after a start: was it kept?

 private:
  void match_effects(Store& real);
};

enum class Fate : uint8_t { fine = 1, refused, dies_before, dies_after };

// A server that died can still be asked for what it knows, but its commits are refused, and nothing it has not committed is there.
class Seat final : public Store {
 public:
  Seat(Disk& disk, std::function<Fate()> fate, std::unique_ptr<Store> real) : disk_(disk), fate_(std::move(fate)), epoch_(++disk.epoch), real_(std::move(real)) {}

  bool dead() const { return dead_ || disk_.lost(); }
  void die() { dead_ = true; }
  bool leads() const { return !dead() && epoch_ == disk_.epoch; }

  void compare(int64_t runs) { disk_.settle(*real_, runs); }  // the drive has what the model has

  Status commit(const Commit& commit, std::vector<OutboxRow>& outbox) override;
  Status keep_leading(TimePoint now) override;

  Result<std::optional<Error>> check_data(const DataCommit& data) override { return kept().check_data(data); }
  Result<RunId> next_run_id() override { return kept().next_run_id(); }
  Result<std::vector<OpenRun>> open_runs() override { return kept().open_runs(); }
  Result<std::optional<OpenRun>> load_run(RunId run) override { return kept().load_run(run); }
  Result<std::optional<RunHeader>> find_run(const std::string& key) override { return kept().find_run(key); }
  Result<std::optional<RunHeader>> find_request(const std::string& id) override { return kept().find_request(id); }
  Result<std::vector<Timer>> timers() override { return kept().timers(); }
  Result<std::vector<OutboxRow>> outbox() override { return kept().outbox(); }
  Status put_dag(const Dag& dag, TimePoint now) override;
  Result<std::optional<std::string>> dag_source(const std::string& name, const std::string& version) override { return kept().dag_source(name, version); }
  Result<DatasetView> dataset(const std::string& name, std::optional<SnapshotId> at) override { return kept().dataset(name, at); }
  Result<std::optional<SnapshotMark>> newest_snapshot(const std::string& dataset) override { return kept().newest_snapshot(dataset); }
  Result<std::vector<Position>> positions(const std::string& source) override { return kept().positions(source); }
  Result<std::vector<std::string>> sources_of(const std::string& dataset) override { return kept().sources_of(dataset); }
  Result<Rewind> rewind_of(const std::string& source, std::optional<RunId> run) override { return kept().rewind_of(source, run); }
  Result<std::optional<std::vector<DatasetView>>> pins(RunId run, TaskIndex task) override { return kept().pins(run, task); }
  Result<std::vector<ScheduleSeen>> schedules() override { return kept().schedules(); }
  Result<std::vector<TriggerSeen>> triggers() override { return kept().triggers(); }
  Result<std::vector<PoolOverride>> pool_overrides() override { return kept().pool_overrides(); }
  Result<std::vector<Quarantine>> quarantines() override { return kept().quarantines(); }
  Result<std::vector<Backfill>> backfills() override { return kept().backfills(); }
  Result<Outputs> outputs(RunId run, TaskIndex from, TaskIndex end) override { return kept().outputs(run, from, end); }
  Result<std::vector<SnapshotId>> old_snapshots(const Expiry& expiry, int limit) override { return kept().old_snapshots(expiry, limit); }
  Result<std::vector<std::string>> garbage(TimePoint until, int limit) override { return kept().garbage(until, limit); }
  Result<std::map<std::string, Millis>> past_durations(const std::string& dag) override { return kept().past_durations(dag); }
  Result<std::vector<std::string>> dags_with_runs() override { return kept().dags_with_runs(); }
  Result<std::vector<OldRun>> old_runs(const std::string& dag, TimePoint before, int limit) override { return kept().old_runs(dag, before, limit); }
  Result<Json> checkpoint(RunId run, TaskIndex task) override { return kept().checkpoint(run, task); }
  Result<Json> measured(const MeasuredBefore& what) override { return kept().measured(what); }
  Result<std::optional<Json>> item(RunId run, TaskIndex place) override { return kept().item(run, place); }

 private:
  Store& kept() { return real_ ? *real_ : disk_.store; }
  Status commit_to_drive(const Commit& commit, std::vector<OutboxRow>& outbox);
  static Error replaced() { return {.code = "E2023", .what = "another server leads", .where = {}, .hint = {}}; }
  Disk& disk_;
  std::function<Fate()> fate_;
  int64_t epoch_;
  std::unique_ptr<Store> real_;  // nullptr: the memory is the store
  bool dead_ = false;
};

}  // namespace millrace::sim
