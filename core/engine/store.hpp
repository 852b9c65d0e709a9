// The one place where runs and catalog survive a crash. Everything in it is written by commit().
//
// Called by the engine's thread only. Two implementations pass one test suite (tests/unit/state): SqliteStore (state/) and
// MemoryStore (engine/memory_store.hpp). An Error from commit means: nothing of it is there.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/rewind.hpp"
#include "model/backfill.hpp"
#include "model/dag.hpp"
#include "model/data.hpp"
#include "model/pool.hpp"
#include "model/quarantine.hpp"
#include "model/run.hpp"
#include "schedule/event.hpp"

namespace millrace {

struct Timer {
  TimePoint at{};
  TimerKind kind{};
  LeaseNumber lease{};
};

struct SnapshotMark {
  SnapshotId id{};
  TimePoint time{};
};

// What is kept of an attempt beside its state.
struct AttemptRecord {
  LeaseNumber lease{};
  std::string worker{};
  TimePoint time{};            // of this change
  std::optional<AttemptState> state{};
  AttemptError error{};
  Json config{};               // after expressions, secrets masked
  Json usage{};                // {cpu_seconds, peak_memory_bytes, read_bytes, written_bytes}
};

using Outputs = std::map<TaskIndex, Json>;

struct TaskOutput {
  TaskIndex task{};
  Json output{};
};

// One run's part of a commit: an event, what was decided, and what came with it.
struct RunCommit {
  RunId run{};
  Event event{};
  TimePoint time{};
  Decision decision{};
  std::vector<TaskOutput> outputs{};
  Json items{};                            // the list of the expansion that the decision made; null: the items are numbers
  std::vector<AttemptRecord> attempts{};   // details for decision.attempts, and rejected reports
  DataCommit data{};                       // becomes visible with this commit, or not at all; see committer_of()
  std::vector<DatasetView> pins{};         // inputs resolved for decision's Dispatch
  std::optional<TaskIndex> pins_of{};
};

struct NewRun {
  RunHeader header{};
  Run run{};
};

// Up to where a Dag's schedule is decided.
struct ScheduleSeen {
  std::string dag{};
  TimePoint seen{};
};

// Something that a trigger has dealt with: a dataset's snapshot, a file as it was. An empty mark: it is gone.
struct TriggerSeen {
  std::string dag{}, trigger{}, item{}, mark{};
};

// What a task's next attempt gets back; null: nothing any more.
using Checkpoints = std::map<std::pair<RunId, TaskIndex>, Json>;

// An ended run of which only its line is to be kept: who it was, when, and how it ended.
struct OldRun {
  RunId id{};
  std::string key{}, dag_version{};
  TimePoint finished{};
  std::vector<std::string> item_files{};  // Expansion::file
};

// Snapshots of a dataset that may be given up: older than `before`, not among the newest `keep_last`, and read by no open run.
struct Expiry {
  std::string dataset{};
  TimePoint before{};
  int keep_last = 1;
};

// What takes a source back to where it was.
struct Rewind {
  std::vector<PositionMove> moves{};
  std::vector<Aftermath> data{};  // of each dataset that has snapshots which came with the moves made since
};

// Whose data may come with the event: an attempt's, or that of a task which the engine performs by itself, as attempt 0.
inline std::optional<LeaseNumber> committer_of(const RunCommit& part) {
  if (const auto* finished = std::get_if<AttemptFinished>(&part.event)) return finished->lease;
  if (const auto* gate = std::get_if<GateAnswered>(&part.event)) return LeaseNumber{part.run, gate->task, 0};
  return std::nullopt;
}

struct Commit {
  TimePoint now{};
  std::vector<SnapshotId> expired{};       // their line stays; files that no other snapshot has become garbage
  std::vector<std::string> orphans{};      // found below the data root; those that no snapshot has become garbage
  std::vector<std::string> collected{};    // garbage that is deleted
  std::vector<RunId> pruned{};             // a part of a large one at a time: old_runs() names it until nothing is left
  Checkpoints checkpoints{};
  std::vector<TriggerSeen> triggers{};
  std::vector<ScheduleSeen> schedules{};
  std::vector<Backfill> backfills{};       // as they are from now on
  std::vector<PoolOverride> pools{};       // the same; an empty one is gone
  std::vector<Quarantine> quarantines{};   // the same; without a reason: released
  std::vector<NewRun> new_runs{};
  std::deque<RunCommit> runs{};            // in order; several may concern one run; a part stays where it is
  std::vector<int64_t> done_effects{};     // outbox rows performed

  // Nothing that has to be kept now: done effects can wait for the next one.
  bool empty() const {
    return expired.empty() && orphans.empty() && collected.empty() && pruned.empty() && checkpoints.empty() && triggers.empty() && schedules.empty() && backfills.empty() && pools.empty() && quarantines.empty() && new_runs.empty() && runs.empty();
  }
};

// An effect that was committed but perhaps not performed.
struct OutboxRow {
  int64_t id{};
  RunId run{};
  Effect effect{};
};

struct OpenRun {
  RunHeader header{};
  Run run{};                    // states, attempts and versions; derived counts are set by recount()
  std::vector<AttemptRecord> live{};  // attempts in state leased or running, with their worker
  bool pruned = false;          // only the header and the state are there
};

// Whose rules, and which results of them are earlier ones: not those of the run itself, and of snapshots before this one only.
struct MeasuredBefore {
  std::string dataset{}, rules_of{};  // DataCommit::rules_of
  RunId run{};
  SnapshotId snapshot{};  // 0: of all
};

inline constexpr int kMostMeasured = 100;                      // results
inline constexpr size_t kMostMeasuredBytes = size_t{1} << 20;  // of their metrics, as JSON

// A conflict of a data commit with the catalog: the attempt's work is refused, the task tries again.
struct DataConflict {
  size_t commit_index{};        // in Commit::runs
  Error error{};
};

// The attempt number that the row must still hold: granting a lease is the one move that counts it up.
inline int32_t attempt_before(const Move& move) { return move.to == TaskState::leased ? move.after.attempt - 1 : move.after.attempt; }

// Has the task timers that have nothing left to say after this move? That of the whole task ends with it only.
inline bool leaves_timers(const Move& move) {
  if (is_final(move.to)) return move.from != TaskState::waiting;
  return !holds_lease(move.to) && (move.from == TaskState::backoff || move.from == TaskState::asleep || holds_lease(move.from));
}

// Does the event say anew what expansions there are, and their limits?
inline bool defines_expansions(const Event& event) {
  const auto* gate = std::get_if<GateAnswered>(&event);
  return (gate != nullptr && gate->verdict == GateVerdict::expand) || std::holds_alternative<LimitsChanged>(event) || std::holds_alternative<ClearRequested>(event) ||
         std::holds_alternative<MarkRequested>(event) || std::holds_alternative<SentBack>(event);
}

// Are the moved tasks to read the world as it will be then? Yes when they are opened again by hand, and when their data lost to
// another commit: computed once more from the old snapshot, it would undo that commit. Any other retry reads the same world.
inline bool forgets_pins(const Event& event) {
  const auto* finished = std::get_if<AttemptFinished>(&event);
  return std::holds_alternative<RetryRequested>(event) || std::holds_alternative<ClearRequested>(event) || std::holds_alternative<MarkRequested>(event) ||
         std::holds_alternative<SentBack>(event) || (finished != nullptr && finished->outcome == Outcome::failed && finished->error_class == "conflict");
}

// Are the moved tasks to begin anew, as if they had not run?
inline bool forgets_checkpoints(const Event& event) {
  return std::holds_alternative<ClearRequested>(event) || std::holds_alternative<MarkRequested>(event) || std::holds_alternative<SentBack>(event);
}

class Store {
 public:
  virtual ~Store() = default;

  // All of it or none of it. A task that no longer holds a lease, sleeps or waits for a retry has no timers any more, nor has an ended
  // run. Outbox rows for Dispatch, CancelAttempt and FinishRun are written with it; `outbox` receives their ids.
  virtual Status commit(const Commit& commit, std::vector<OutboxRow>& outbox) = 0;

  // For a store that several servers may hold in turn: says that this one still does. E2023, as from commit: another has taken over, and this
  // one must stop.
  virtual Status keep_leading(TimePoint) { return {}; }

  // Would this data commit conflict with the catalog as it is? Empty: no. Called before decide(), in the same engine turn.
  virtual Result<std::optional<Error>> check_data(const DataCommit& data) = 0;

  virtual Result<RunId> next_run_id() = 0;
  virtual Result<std::vector<OpenRun>> open_runs() = 0;           // not final, and final ones never
  virtual Result<std::optional<OpenRun>> load_run(RunId run) = 0; // any state (retry of an ended run)
  virtual Result<std::optional<RunHeader>> find_run(const std::string& key) = 0;
  virtual Result<std::optional<RunHeader>> find_request(const std::string& request_id) = 0;
  virtual Result<std::vector<Timer>> timers() = 0;
  virtual Result<std::vector<OutboxRow>> outbox() = 0;

  virtual Status put_dag(const Dag& dag, TimePoint now) = 0;      // keeps every version once
  virtual Result<std::optional<std::string>> dag_source(const std::string& name, const std::string& version) = 0;

  // `reference`: model/dataset_ref.hpp; with `at` only its name counts. Snapshot 0: none yet, or it was dropped. E5015: that one has
  // expired. E5016: there was none.
  virtual Result<DatasetView> dataset(const std::string& reference, std::optional<SnapshotId> at) = 0;
  virtual Result<std::optional<SnapshotMark>> newest_snapshot(const std::string& dataset) = 0;  // that changed its rows
  virtual Result<std::vector<SnapshotId>> old_snapshots(const Expiry& expiry, int limit) = 0;  // oldest first, at most so many
  virtual Result<std::vector<std::string>> garbage(TimePoint until, int limit) = 0;               // nobody's since then; paths relative to the data root
  virtual Result<std::vector<Position>> positions(const std::string& source) = 0;
  virtual Result<std::vector<std::string>> sources_of(const std::string& dataset) = 0;  // that have positions: operator:dataset
  // To where the run left it; without a run: to where it knew nothing. E5019: the run did not move it.
  virtual Result<Rewind> rewind_of(const std::string& source, std::optional<RunId> run) = 0;
  virtual Result<std::optional<std::vector<DatasetView>>> pins(RunId run, TaskIndex task) = 0;
  virtual Result<std::vector<ScheduleSeen>> schedules() = 0;
  virtual Result<std::vector<TriggerSeen>> triggers() = 0;
  virtual Result<std::vector<PoolOverride>> pool_overrides() = 0; // by name
  virtual Result<std::vector<Quarantine>> quarantines() = 0;      // by plugin
  virtual Result<std::vector<Backfill>> backfills() = 0;          // by id, final ones too
  virtual Result<Outputs> outputs(RunId run, TaskIndex from, TaskIndex end) = 0;  // of places in [from, end)
  // By task, of the Dag's last 20 runs that succeeded: the median time from first being ready to the end. Not there: it never succeeded.
  virtual Result<std::map<std::string, Millis>> past_durations(const std::string& dag) = 0;
  virtual Result<std::vector<std::string>> dags_with_runs() = 0;                 // whose runs are not all pruned to the end
  // Of the Dag: runs that are being pruned, then those that ended before; at most so many.
  virtual Result<std::vector<OldRun>> old_runs(const std::string& dag, TimePoint before, int limit) = 0;
  virtual Result<Json> checkpoint(RunId run, TaskIndex task) = 0;               // null: none
  // [{"snapshot", "time", "metrics"}], the newest first, at most kMostMeasured. The time is that for which the run was, else that of its commit.
  virtual Result<Json> measured(const MeasuredBefore& what) = 0;
  virtual Result<std::optional<Json>> item(RunId run, TaskIndex place) = 0;      // nullopt: no list was kept, the items are numbers
};

}  // namespace millrace
