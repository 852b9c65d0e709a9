#include "engine/memory_store.hpp"

#include "base/invariant.hpp"
#include "catalog/rules.hpp"

namespace millrace {
namespace {

Error moved(std::string what) { return {.code = "E2013", .what = std::move(what), .where = {}, .hint = "is another server writing to this store?"}; }

bool is_live(const AttemptRecord& attempt) { return attempt.state == AttemptState::leased || attempt.state == AttemptState::running; }

}  // namespace

Status MemoryStore::commit(const Commit& commit, std::vector<OutboxRow>& outbox) {
  outbox.clear();
  State next = state_;
  std::vector<OutboxRow> effects;
  for (const auto& fresh : commit.new_runs) {
    if (auto added = add(next, fresh); !added) return added;
  }
  for (const auto& part : commit.runs) {
    if (auto added = add(next, part, effects); !added) return added;
  }
  for (const int64_t id : commit.done_effects) next.outbox.erase(id);
  state_ = std::move(next);
  outbox = std::move(effects);
  return {};
}

Status MemoryStore::add(State& state, const NewRun& fresh) {
  for (const auto& [id, row] : state.runs) {
    const bool same_request = !fresh.header.request_id.empty() && row.header.request_id == fresh.header.request_id;
    if (id == fresh.header.id || row.header.key == fresh.header.key || same_request) {
      return Error{.code = "E2005", .what = "the store refused: run " + fresh.header.key + " is there already", .where = {}, .hint = {}};
    }
  }
  state.runs[fresh.header.id] = {fresh.header, fresh.run};
  return {};
}

Status MemoryStore::add(State& state, const RunCommit& part, std::vector<OutboxRow>& outbox) {
  const auto found = state.runs.find(part.run);
  if (found == state.runs.end()) return moved("run " + std::to_string(part.run.value) + " is not in the store");
  Run& run = found->second.run;
  if (auto done = move(state, run, part); !done) return done;
  if (auto done = end_attempts(state, part); !done) return done;
  take_effects(state, part, outbox);
  if (part.decision.run_to) {
    run.state = *part.decision.run_to;
    run.cancel_reason = part.decision.cancel_reason;
    if (is_final(run.state)) std::erase_if(state.timers, [&](const auto& timer) { return std::get<0>(timer.first) == part.run; });
  }
  keep_reads(state, part);
  return add_data(state, part);
}

// In order: a task may move twice, each time one version on.
Status MemoryStore::move(State& state, Run& run, const RunCommit& part) {
  for (const auto& move : part.decision.moves) {
    const bool there = move.task.value >= 0 && index(move.task) < run.tasks.size();
    if (!there || run.tasks[index(move.task)].state != move.from || run.tasks[index(move.task)].version != move.after.version - 1) {
      return moved("task " + std::to_string(move.task.value) + " of run " + std::to_string(run.id.value) + " was not in state " + std::string(name(move.from)) + " any more");
    }
    run.tasks[index(move.task)] = move.after;
    run.tasks[index(move.task)].state = move.to;
    // A timer whose task has moved on has nothing left to say.
    const bool had_one = move.from == TaskState::backoff || holds_lease(move.from);
    if (!had_one || holds_lease(move.to)) continue;
    std::erase_if(state.timers, [&](const auto& timer) { return std::get<0>(timer.first) == run.id && std::get<1>(timer.first) == move.task; });
  }
  return {};
}

Status MemoryStore::end_attempts(State& state, const RunCommit& part) {
  for (const auto& move : part.decision.attempts) {
    const auto known = state.attempts.find(move.lease);
    if ((known == state.attempts.end()) != (move.to == AttemptState::leased)) {
      return moved("attempt " + std::to_string(move.lease.attempt) + " of task " + std::to_string(move.lease.task.value) + " is not as it was believed");
    }
    if (move.to == AttemptState::leased) state.attempts[move.lease] = {.lease = move.lease, .worker = move.worker, .time = part.time};
    state.attempts[move.lease].state = move.to;
  }
  for (const auto& record : part.attempts) {
    if (record.state == AttemptState::rejected) continue;
    const auto known = state.attempts.find(record.lease);
    if (known == state.attempts.end()) return moved("attempt " + std::to_string(record.lease.attempt) + " is not in the store");
    known->second.error = record.error;
    known->second.config = record.config;
    known->second.usage = record.usage;
  }
  return {};
}

void MemoryStore::take_effects(State& state, const RunCommit& part, std::vector<OutboxRow>& outbox) {
  for (const auto& effect : part.decision.effects) {
    if (const auto* timer = std::get_if<SetTimer>(&effect)) {
      LeaseNumber lease = timer->lease;
      lease.run = part.run;
      state.timers[{part.run, lease.task, timer->kind}] = {.at = timer->at, .kind = timer->kind, .lease = lease};
    } else if (!std::holds_alternative<RefuseReport>(effect)) {
      const OutboxRow row{.id = ++state.last_effect, .run = part.run, .effect = effect};
      state.outbox[row.id] = row;
      outbox.push_back(row);
    }
  }
}

void MemoryStore::keep_reads(State& state, const RunCommit& part) {
  if (part.pins_of) {
    for (const auto& view : part.pins) state.pins[{part.run, *part.pins_of}][view.dataset] = view.snapshot;
  }
  // A task that is opened again by hand reads the world as it is then.
  if (std::holds_alternative<RetryRequested>(part.event)) {
    for (const auto& move : part.decision.moves) state.pins.erase({part.run, move.task});
  }
  if (part.output_of) state.outputs[{part.run, *part.output_of}] = part.output;
}

Status MemoryStore::add_data(State& state, const RunCommit& part) {
  if (part.data.empty()) return {};
  MR_INVARIANT(std::holds_alternative<AttemptFinished>(part.event), "data that comes with no attempt's end");
  for (const auto& move : part.data.positions) {
    if (auto conflict = position_conflict(move, position(state, move))) return std::move(*conflict);
    state.positions[{move.source, move.key}] = move.value;
  }
  for (const auto& staged : part.data.snapshots) {
    const auto now = view(state, staged.dataset, std::nullopt);
    auto change = plan_commit(now, staged);
    if (!change) return change.error();
    for (const auto& file : staged.files) {
      if (!state.files.insert(file.path).second) return file_known(file.path);
    }
    state.datasets[staged.dataset].push_back(after_commit(now, staged, *change, SnapshotId{++state.last_snapshot}));
  }
  return {};
}

DatasetView MemoryStore::view(const State& state, const std::string& name, std::optional<SnapshotId> at) {
  DatasetView found{.dataset = name, .snapshot = {}, .columns = {}, .files = {}};
  const auto history = state.datasets.find(name);
  if (history == state.datasets.end()) return found;
  for (const auto& one : history->second) {
    if (!at || one.snapshot <= *at) found = one;
  }
  return found;
}

std::optional<Json> MemoryStore::position(const State& state, const PositionMove& move) {
  const auto found = state.positions.find({move.source, move.key});
  return found == state.positions.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<Error>> MemoryStore::check_data(const DataCommit& data) {
  return find_conflict(data, {.dataset = [&](const std::string& name) { return view(state_, name, std::nullopt); },
                              .position = [&](const PositionMove& move) { return position(state_, move); },
                              .has_file = [&](const std::string& path) { return state_.files.contains(path); }});
}

// --- reading -------------------------------------------------------------------------------------------------------------

Result<RunId> MemoryStore::next_run_id() { return RunId{++last_run_}; }

// The derived counts are not kept, like in the other store: whoever reads a run sets them by recount().
OpenRun MemoryStore::open(const Row& row) const {
  OpenRun open{.header = row.header, .run = {.id = row.run.id, .state = row.run.state, .cancel_reason = row.run.cancel_reason, .tasks = row.run.tasks}, .live = {}};
  for (auto& task : open.run.tasks) task.unmet = task.broken = 0;
  for (const auto& [lease, attempt] : state_.attempts) {
    if (lease.run == row.run.id && is_live(attempt)) open.live.push_back(attempt);
  }
  return open;
}

Result<std::vector<OpenRun>> MemoryStore::open_runs() {
  std::vector<OpenRun> found;
  for (const auto& [id, row] : state_.runs) {
    if (!is_final(row.run.state)) found.push_back(open(row));
  }
  return found;
}

Result<std::optional<OpenRun>> MemoryStore::load_run(RunId run) {
  const auto found = state_.runs.find(run);
  return found == state_.runs.end() ? std::nullopt : std::optional(open(found->second));
}

Result<std::optional<RunHeader>> MemoryStore::find_run(const std::string& key) {
  for (const auto& [id, row] : state_.runs) {
    if (row.header.key == key) return std::optional(row.header);
  }
  return std::optional<RunHeader>();
}

Result<std::optional<RunHeader>> MemoryStore::find_request(const std::string& request_id) {
  for (const auto& [id, row] : state_.runs) {
    if (!request_id.empty() && row.header.request_id == request_id) return std::optional(row.header);
  }
  return std::optional<RunHeader>();
}

Result<std::vector<Timer>> MemoryStore::timers() {
  std::vector<Timer> found;
  for (const auto& [key, timer] : state_.timers) found.push_back(timer);
  std::stable_sort(found.begin(), found.end(), [](const Timer& a, const Timer& b) { return a.at < b.at; });
  return found;
}

Result<std::vector<OutboxRow>> MemoryStore::outbox() {
  std::vector<OutboxRow> found;
  for (const auto& [id, row] : state_.outbox) found.push_back(row);
  return found;
}

Status MemoryStore::put_dag(const Dag& dag, TimePoint) {
  dags_.try_emplace({dag.name, dag.version}, Json::object({{"file", dag.file}, {"yaml", dag.source}}).dump());
  return {};
}

Result<std::optional<std::string>> MemoryStore::dag_source(const std::string& name, const std::string& version) {
  const auto found = dags_.find({name, version});
  return found == dags_.end() ? std::nullopt : std::optional(found->second);
}

Result<DatasetView> MemoryStore::dataset(const std::string& name, std::optional<SnapshotId> at) { return view(state_, name, at); }

Result<std::vector<Position>> MemoryStore::positions(const std::string& source) {
  std::vector<Position> found;
  for (const auto& [key, value] : state_.positions) {
    if (key.first == source) found.push_back({.source = source, .key = key.second, .value = value});
  }
  return found;
}

Result<std::optional<std::vector<DatasetView>>> MemoryStore::pins(RunId run, TaskIndex task) {
  const auto found = state_.pins.find({run, task});
  if (found == state_.pins.end()) return std::optional<std::vector<DatasetView>>();
  std::vector<DatasetView> views;
  for (const auto& [dataset, snapshot] : found->second) views.push_back(view(state_, dataset, snapshot));
  return std::optional(std::move(views));
}

Result<Json> MemoryStore::outputs(RunId run) {
  Json all = Json::object();
  for (const auto& [place, output] : state_.outputs) {
    if (place.first == run) all.set(std::to_string(place.second.value), output);
  }
  return all;
}

}  // namespace millrace
