// Sees every commit of a world, and says what must hold of it: every decision is what decide() says about the committed state, limits are kept,
// data and positions come with their success only, and runs start exactly when schedules, triggers and requests want them.
#pragma once
#include <map>
#include <set>

#include "cast.hpp"
#include "engine/store.hpp"
#include "invariants.hpp"

namespace millrace::sim {

struct WatchedRun {
  RunHeader header{};
  Run run{};
  const Dag* dag{};
};

// What a commit did to the world, as far as starting runs is concerned.
struct Happened {
  const Commit& commit;
  std::set<RunId> open_before{}, open_after{};
  std::vector<RunId> ended{};  // with this commit, and over after it; once for every end
};

class Watch {
 public:
  Watch(const Cast& cast, Coverage& seen) : cast_(cast), seen_(seen) {}

  void committed(const Commit& commit, Store& store);
  void recovered();                 // a server has started: it knows what the store knows
  void clock_shows(TimePoint now);  // of the servers; it may go back
  void use_dags(const std::vector<Dag>* today) { today_ = today; }
  // Nothing that schedules want, at the server's time, or that triggers want, is left undone.
  void schedules_at_rest(TimePoint now, Store& store) const;
  void triggers_at_rest() const;

  const std::map<RunId, WatchedRun>& runs() const { return runs_; }
  const std::map<std::string, std::string>& requests() const { return requests_; }  // request -> run
  int64_t last_run() const { return runs_.empty() ? 0 : runs_.rbegin()->first.value; }
  bool all_over() const;
  uint64_t digest() const { return digest_; }
  // Sleeps that somebody must end, in the order in which they began.
  std::vector<LeaseNumber> take_sleepers() { return std::exchange(sleepers_, {}); }

 private:
  struct PoolUse {
    double starts = 0;
    Millis counted{};
    bool fresh = true;
  };
  using TriggerKey = std::pair<std::string, std::string>;

  const Dag* today(const std::string& name) const;
  void begin_run(const NewRun& fresh);
  void take_part(const RunCommit& part);
  void record_attempts(const RunCommit& part);
  void check_grant(const WatchedRun& of, const LeaseGranted& grant);
  void check_rate(const Pool& pool);
  void check_admission(const WatchedRun& of);
  void check_data(const RunCommit& part);
  void check_parents(const Happened& it) const;
  // starts.cpp
  void check_schedules(const Happened& it);
  void check_triggers(const Happened& it);
  void check_ends(const Happened& it) const;
  int started_by(const Happened& it, const std::string& dag, const std::string& trigger) const;
  bool may_be_skipped(const Happened& it, const Dag& dag) const;
  bool must_be_skipped(const Happened& it, const Dag& dag) const;
  std::map<std::string, int64_t> news_of(const TriggerKey& key, const Trigger& trigger) const;
  void fold(uint64_t value) { digest_ = (digest_ ^ value) * 1099511628211ULL; }

  const Cast& cast_;
  Coverage& seen_;
  const std::vector<Dag>* today_ = nullptr;
  std::map<RunId, WatchedRun> runs_{};
  std::set<RunId> open_{};
  std::map<std::string, RunId> keys_{};
  std::map<std::string, std::string> requests_{};
  std::map<LeaseNumber, AttemptState> attempts_{};
  std::map<LeaseNumber, std::pair<const Task*, std::string>> live_{};  // task and worker
  std::map<std::string, PoolOverride> overrides_{};
  std::map<std::string, PoolUse> rates_{};
  TimePoint clock_{};
  Millis passed_{}, decided_{};                                        // on that clock, its steps back left out: now, and at the commit's decisions
  std::map<std::string, SnapshotMark> newest_{};                       // by dataset, before the commit that is looked at
  std::map<std::string, int64_t> positions_{};
  std::map<std::string, TimePoint> schedules_seen_{};
  std::map<TriggerKey, std::map<std::string, int64_t>> triggers_seen_{};
  std::vector<LeaseNumber> sleepers_{};
  uint64_t digest_ = 1469598103934665603ULL;
};

}  // namespace millrace::sim
