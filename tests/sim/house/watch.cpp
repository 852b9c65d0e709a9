#include "watch.hpp"

#include <algorithm>

#include "model/items.hpp"

namespace millrace::sim {

const Dag* Watch::today(const std::string& name) const {
  for (const auto& dag : *today_) {
    if (dag.name == name) return &dag;
  }
  return nullptr;
}

void Watch::recovered() {
  for (const RunId id : open_) {
    for (auto& task : runs_.at(id).run.tasks) task.gate_open = false;
  }
  for (auto& [name, rate] : rates_) rate.fresh = true;  // a new server knows of no starts
}

void Watch::clock_shows(TimePoint now) {
  if (clock_ != TimePoint{}) passed_ += std::max(now - clock_, Millis{0});
  clock_ = now;
}

bool Watch::all_over() const { return open_.empty(); }

void Watch::committed(const Commit& commit, Store& store) {
  fold(static_cast<uint64_t>(commit.now.time_since_epoch().count()));
  decided_ = passed_ - (clock_ - commit.now);  // the commit itself may have taken long
  Happened it{.commit = commit, .open_before = open_};
  for (const auto& one : commit.pools) overrides_[one.name] = one;
  for (const auto& fresh : commit.new_runs) begin_run(fresh);
  for (const auto& part : commit.runs) take_part(part);
  for (const auto& part : commit.runs) {
    if (part.decision.run_to && is_final(*part.decision.run_to)) it.ended.push_back(part.run);
  }
  std::erase_if(it.ended, [&](RunId run) { return open_.contains(run); });
  it.open_after = open_;
  check_schedules(it);
  check_triggers(it);
  check_ends(it);
  check_parents(it);
  for (const auto& part : commit.runs) {
    for (const auto& staged : part.data.snapshots) {
      const auto newest = store.newest_snapshot(staged.dataset);
      require(newest.ok() && newest->has_value(), "a commit of data makes a snapshot");
      require((*newest)->id > newest_[staged.dataset].id, "snapshots only go forward");
      newest_[staged.dataset] = **newest;
    }
  }
}

void Watch::begin_run(const NewRun& fresh) {
  const Dag* dag = today(fresh.header.dag);
  require(dag != nullptr && dag->version == fresh.header.dag_version, "a new run is of today's Dag");
  require(keys_.emplace(fresh.header.key, fresh.header.id).second, "a run's key is its own");
  if (const auto& id = fresh.header.request_id; !id.empty()) require(requests_.emplace(id, fresh.header.key).second, "a request starts one run");
  runs_[fresh.header.id] = {fresh.header, fresh.run, dag};
  open_.insert(fresh.header.id);
  for (const char c : fresh.header.key) fold(static_cast<uint64_t>(c));
}

// The engine's memory must be what was committed: decided anew from here, the same follows.
void Watch::take_part(const RunCommit& part) {
  require(runs_.contains(part.run), "only a run that was begun changes");
  WatchedRun& of = runs_.at(part.run);
  const Run before = [&] {
    Run run = of.run;
    const auto* answer = std::get_if<GateAnswered>(&part.event);
    if (answer != nullptr && index(answer->task) < run.tasks.size()) run.tasks[index(answer->task)].gate_open = false;  // asked again after a refused commit
    return run;
  }();
  const Decision again = decide(*of.dag, before, part.event, part.time);
  require(fingerprint(again) == fingerprint(part.decision), "what the server decides follows from what is committed");
  of.run = before;
  apply(of.run, part.decision);
  check_step({*of.dag, before, part.event, part.decision, of.run, part.time}, seen_);
  if (std::holds_alternative<RunStarted>(part.event)) check_admission(of);
  record_attempts(part);
  if (const auto* grant = std::get_if<LeaseGranted>(&part.event)) check_grant(of, *grant);
  check_data(part);
  is_final(of.run.state) ? void(open_.erase(part.run)) : void(open_.insert(part.run));
  for (const auto& move : part.decision.moves) {
    fold(static_cast<uint64_t>(part.run.value * 1000 + move.task.value) * 131 + static_cast<uint64_t>(move.to));
    const Wait wait = move.after.wait;
    if (wait == Wait::approval || wait == Wait::callback) sleepers_.push_back({part.run, move.task, move.after.version});
  }
}

void Watch::record_attempts(const RunCommit& part) {
  const WatchedRun& of = runs_.at(part.run);
  for (const auto& move : part.decision.attempts) {
    if (move.to == AttemptState::leased) {
      require(attempts_.emplace(move.lease, move.to).second, "a lease number is used once");
      for (const auto& [lease, what] : live_) require(lease.run != move.lease.run || lease.task != move.lease.task, "a task has one live attempt at most");
      live_[move.lease] = {&task_of(*of.dag, of.run, move.lease.task), move.worker};
      continue;
    }
    const auto known = attempts_.find(move.lease);
    require(known != attempts_.end() && !is_final(known->second), "an attempt is known, and ends once");
    known->second = move.to;
    if (is_final(move.to)) live_.erase(move.lease);
  }
}

void Watch::check_admission(const WatchedRun& of) {
  if (of.header.parent) return seen_.sometimes("a child run began beside the limit");
  int others = 0;
  for (const RunId id : open_) {
    const WatchedRun& other = runs_.at(id);
    others += id != of.run.id && other.header.dag == of.header.dag && other.run.state != RunState::queued ? 1 : 0;
  }
  require(others < today(of.header.dag)->max_runs, "no Dag has more runs at work than it allows");
}

// The lease is among the live ones by now.
void Watch::check_grant(const WatchedRun& of, const LeaseGranted& grant) {
  const Task& task = task_of(*of.dag, of.run, grant.lease.task);
  const WorkerRole& worker = cast_.worker(grant.worker);
  for (const auto& label : task.runs_on.labels) {
    require(std::count(worker.labels.begin(), worker.labels.end(), label) > 0, "a task goes to a worker that has its labels");
  }
  int at_worker = 0, of_run = 0, of_dag = 0, of_pool = 0;
  double cores = 0, licences = 0;
  for (const auto& [lease, what] : live_) {
    if (what.second == grant.worker) {
      cores += what.first->runs_on.takes.cpu;
      licences += what.first->runs_on.takes.amount("licence");
    }
    at_worker += what.second == grant.worker ? 1 : 0;
    of_run += lease.run == grant.lease.run ? 1 : 0;
    of_dag += runs_.at(lease.run).header.dag == of.header.dag ? 1 : 0;
    of_pool += what.first->pool == task.pool ? what.first->weight : 0;
  }
  require(at_worker <= worker.slots * (1 + cast_.prefetch), "no worker gets more than its slots");
  require(worker.has.cpu == 0 || cores <= worker.has.cpu, "no worker gives more cores than it has");
  require(licences <= worker.has.amount("licence"), "no worker gives more of a thing than it has");
  if (worker.has.cpu > 0 && cores == worker.has.cpu) seen_.sometimes("a worker's cores were all taken");
  require(of_run <= of.dag->max_tasks, "no run has more tasks at work than its Dag allows");
  const int most = today(of.header.dag)->max_tasks_of_all;
  require(most == 0 || of_dag <= most, "no Dag has more tasks at work than it allows");
  const Pool* pool = cast_.pool(task.pool);
  if (pool == nullptr) return;
  const int slots = overrides_[pool->name].slots.value_or(pool->slots);
  require(of_pool <= slots, "pools are never exceeded");
  if (of_pool == slots) seen_.sometimes("a pool was full");
  check_rate(*pool);
}

// A rate lets at most a second's worth begin at once; a new server begins with that much.
void Watch::check_rate(const Pool& pool) {
  const double rate = overrides_[pool.name].per_second.value_or(pool.per_second);
  if (rate <= 0) return;
  PoolUse& use = rates_[pool.name];
  const double most = std::max(1.0, rate), passed = std::chrono::duration<double>(decided_ - use.counted).count();
  use.starts = use.fresh ? most : std::min(most, use.starts + rate * passed);
  use.fresh = false;
  use.counted = decided_;
  use.starts -= 1;
  require(use.starts > -1e-6, "no more attempts begin than a pool's rate allows");
  seen_.sometimes("a rate let one begin");
}

void Watch::check_data(const RunCommit& part) {
  if (part.data.empty()) return;
  const auto* report = std::get_if<AttemptFinished>(&part.event);
  require(report != nullptr && attempts_.at(report->lease) == AttemptState::succeeded && runs_.at(part.run).run.tasks[index(report->lease.task)].state == TaskState::succeeded,
          "data become visible with their task's success only");
  for (const auto& move : part.data.positions) {
    int64_t& position = positions_[move.source + "/" + move.key];
    require(move.expected.as_int() == position && move.value.as_int() == position + 1, "a position moves only forward, from where its attempt began");
    position = move.value.as_int();
  }
}

// Who waits for a run is told of its end in the same commit.
void Watch::check_parents(const Happened& it) const {
  for (const RunId id : it.ended) {
    const auto& parent = runs_.at(id).header.parent;
    if (!parent) continue;
    const WatchedRun& waiting = runs_.at(parent->run);
    const TaskRun& task = waiting.run.tasks[index(parent->task)];
    const bool sleeps = task.state == TaskState::asleep && task.wait == Wait::run;
    const bool newer = std::any_of(runs_.upper_bound(id), runs_.end(), [&](const auto& other) { return other.second.header.parent == parent; });
    require(!sleeps || newer, "the end of a run wakes the task that waits for it");
    if (!sleeps) seen_.sometimes("a child run ended");
  }
}

}  // namespace millrace::sim
