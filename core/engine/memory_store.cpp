#include "engine/memory_store.hpp"

#include <functional>
#include <limits>
#include <map>
#include <tuple>

#include "base/text.hpp"
#include "catalog/plan.hpp"
#include "engine/memory_rows.hpp"
#include "model/dataset_ref.hpp"
#include "schedule/forecast.hpp"

namespace millrace {
using namespace in_memory;
namespace {

// What the engine works out again when it starts.
void forget_derived(TaskRun& task) {
  task.unmet = task.broken = task.skipped = 0;
  task.gate_open = false;
}

Error row_moved(RunId run, const Move& move) {
  return {.code = "E2013", .what = "task " + std::to_string(move.task.value) + " of run " + std::to_string(run.value) + " was not in state " + std::string(name(move.from)) + " any more",
          .where = {}, .hint = "is another server writing to this store?"};
}

Error refused(std::string what) { return {.code = "E2005", .what = "the store refused: " + std::move(what), .where = {}, .hint = {}}; }

bool by_time(const Timer& a, const Timer& b) { return std::tie(a.at, a.lease, a.kind) < std::tie(b.at, b.lease, b.kind); }

}  // namespace

struct MemoryStore::Impl {
  std::map<int64_t, StoredRun> runs{};
  std::map<std::string, int64_t> keys{}, requests{};
  std::map<int64_t, OutboxRow> outbox{};
  std::map<std::pair<std::string, std::string>, std::string> dags{};
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> tasks{};  // of each version of a Dag
  std::map<std::string, StoredDataset> datasets{};
  std::map<std::string, int64_t> paths{};
  std::map<std::string, TimePoint> garbage{};  // since when
  std::map<std::pair<std::string, std::string>, Json> positions{};
  std::vector<StoredMove> moves{};  // of positions, in order
  Measured measured{};
  std::map<std::string, TimePoint> schedules{};
  std::map<int64_t, Backfill> backfills{};
  std::map<std::string, PoolOverride> pools{};
  std::map<std::string, Quarantine> quarantines{};
  std::map<std::pair<int64_t, int32_t>, Json> checkpoints{};
  std::map<std::tuple<std::string, std::string, std::string>, std::string> triggers{};
  int64_t last_run = 0, last_effect = 0, last_snapshot = 0;
  Undo undo{};

  Status write_new_run(const NewRun& fresh);
  Status write_part(const RunCommit& part, std::vector<OutboxRow>& out);
  void write_expansions(StoredRun& stored, const RunCommit& part);
  Status write_move(StoredRun& stored, const Move& move);
  Status write_attempt(StoredRun& stored, const AttemptMove& move, TimePoint time);
  void write_effect(StoredRun& stored, const Effect& effect, std::vector<OutboxRow>& out);
  void drop_timers(StoredRun& stored, const RunCommit& part);
  void write_run_state(StoredRun& stored, const Decision& decision, TimePoint time);
  void prune(StoredRun& stored);
  Status write_data(const RunCommit& part);
  void expire(SnapshotId snapshot, TimePoint now);
  bool is_read(int64_t snapshot) const;  // by a task of an open run
  void write_staged(const StagedSnapshot& staged, const CatalogChange& change, LeaseNumber by, TimePoint time);
  void write_measures(const RunCommit& part, const std::string& dataset, int64_t snapshot, const Json& metrics);
  void write_move(const PositionMove& move, LeaseNumber by, TimePoint time);
  int64_t snapshot_at(const DatasetRef& ref) const;  // 0: none
  Aftermath aftermath_of(const std::string& dataset, const std::set<int64_t>& taken_back) const;
  DatasetView view(const std::string& name, std::optional<SnapshotId> at) const;
  std::vector<DataFile> files_since(const std::string& dataset, SnapshotId read) const;
  CatalogView view_for(const DataCommit& data) const;
  OpenRun open(const StoredRun& stored) const;
};

MemoryStore::MemoryStore() : impl_(std::make_unique<Impl>()) {}
MemoryStore::~MemoryStore() = default;

// --- writing -------------------------------------------------------------------------------------------------------------

Status MemoryStore::commit(const Commit& commit, std::vector<OutboxRow>& outbox) {
  auto& impl = *impl_;
  impl.undo = {};
  outbox.clear();
  const auto write = [&]() -> Status {
    for (const auto& fresh : commit.new_runs) {
      if (auto bad = impl.write_new_run(fresh); !bad) return bad;
    }
    for (const auto& part : commit.runs) {
      if (auto bad = impl.write_part(part, outbox); !bad) return bad;
    }
    for (const auto& one : commit.schedules) impl.undo.put(impl.schedules, one.dag, one.seen);
    for (const auto& one : commit.backfills) impl.undo.put(impl.backfills, one.id, one);
    for (const auto& one : commit.triggers) {
      one.mark.empty() ? impl.undo.erase(impl.triggers, {one.dag, one.trigger, one.item}) : impl.undo.put(impl.triggers, {one.dag, one.trigger, one.item}, one.mark);
    }
    for (const auto& one : commit.quarantines) one.reason.empty() ? impl.undo.erase(impl.quarantines, one.plugin) : impl.undo.put(impl.quarantines, one.plugin, one);
    for (const auto& one : commit.pools) one.empty() ? impl.undo.erase(impl.pools, one.name) : impl.undo.put(impl.pools, one.name, one);
    for (const SnapshotId snapshot : commit.expired) impl.expire(snapshot, commit.now);
    for (const auto& path : commit.orphans) {
      if (!impl.paths.contains(path)) impl.undo.put(impl.garbage, path, {});
    }
    for (const auto& path : commit.collected) impl.undo.erase(impl.garbage, path);
    for (const RunId id : commit.pruned) impl.prune(impl.runs.at(id.value));
    for (const auto& [task, state] : commit.checkpoints) {
      state.is_null() ? impl.undo.erase(impl.checkpoints, {task.first.value, task.second.value}) : impl.undo.put(impl.checkpoints, {task.first.value, task.second.value}, state);
    }
    for (const int64_t id : commit.done_effects) impl.undo.erase(impl.outbox, id);
    return {};
  };
  Status written = write();
  if (written) return written;
  impl.undo.run();
  outbox.clear();
  return written;
}

Status MemoryStore::Impl::write_new_run(const NewRun& fresh) {
  const auto& header = fresh.header;
  if (runs.contains(header.id.value) || keys.contains(header.key)) return refused("a run of that id or key is there already");
  if (!header.request_id.empty() && requests.contains(header.request_id)) return refused("the request was taken already");
  StoredRun stored{.header = header, .run = {}};
  stored.run.id = header.id;
  stored.run.state = fresh.run.state;
  stored.run.tasks = fresh.run.tasks;
  for (auto& task : stored.run.tasks) forget_derived(task);
  undo.put(runs, header.id.value, std::move(stored));
  undo.put(keys, header.key, header.id.value);
  if (!header.request_id.empty()) undo.put(requests, header.request_id, header.id.value);
  return {};
}

Status MemoryStore::Impl::write_part(const RunCommit& part, std::vector<OutboxRow>& out) {
  const auto found = runs.find(part.run.value);
  if (found == runs.end()) return Error{.code = "E2013", .what = "run " + std::to_string(part.run.value) + " is not in the store", .where = {}, .hint = {}};
  auto& stored = found->second;
  write_expansions(stored, part);
  for (const auto& move : part.decision.moves) {
    if (auto bad = write_move(stored, move); !bad) return bad;
  }
  drop_timers(stored, part);
  for (const auto& move : part.decision.attempts) {
    if (auto bad = write_attempt(stored, move, part.time); !bad) return bad;
  }
  for (const auto& effect : part.decision.effects) write_effect(stored, effect, out);
  if (part.decision.late_to) undo.set(stored.run.late, *part.decision.late_to);
  if (part.decision.run_to) write_run_state(stored, part.decision, part.time);
  if (part.pins_of) {
    const auto before = stored.pins.find(part.pins_of->value);
    PinList pins = before == stored.pins.end() ? PinList{} : before->second;
    for (const auto& pin : part.pins) pins[pin.dataset] = pin.snapshot.value;
    undo.put(stored.pins, part.pins_of->value, std::move(pins));
  }
  if (forgets_pins(part.event)) {
    for (const auto& move : part.decision.moves) undo.erase(stored.pins, move.task.value);
  }
  for (const auto& one : part.outputs) undo.put(stored.outputs, one.task.value, one.output);
  return write_data(part);
}

void MemoryStore::Impl::write_expansions(StoredRun& stored, const RunCommit& part) {
  if (part.decision.expansions.empty() || !defines_expansions(part.event)) return;
  const auto& last = part.decision.expansions.back();
  if (const auto places = static_cast<size_t>(last.first + last.count); places > stored.run.tasks.size()) {
    auto more = stored.run.tasks;
    more.resize(places);
    undo.set(stored.run.tasks, std::move(more));
    if (!part.items.is_null()) undo.put(stored.items, last.first, part.items);
  }
  undo.set(stored.run.expansions, part.decision.expansions);
}

Status MemoryStore::Impl::write_move(StoredRun& stored, const Move& move) {
  if (move.task.value < 0 || index(move.task) >= stored.run.tasks.size()) return row_moved(stored.header.id, move);
  auto& task = stored.run.tasks[index(move.task)];
  if (task.state != move.from || task.attempt != attempt_before(move) || task.version != move.after.version - 1) return row_moved(stored.header.id, move);
  TaskRun after = move.after;
  after.state = move.to;
  forget_derived(after);
  undo.set(task, after);
  return {};
}

Status MemoryStore::Impl::write_attempt(StoredRun& stored, const AttemptMove& move, TimePoint time) {
  const AttemptKey key{move.lease.task.value, move.lease.attempt};
  const auto found = stored.attempts.find(key);
  if (move.to == AttemptState::leased) {
    if (found != stored.attempts.end()) return refused("attempt " + std::to_string(key.second) + " of the task is there already");
    undo.put(stored.attempts, key, AttemptRow{move.to, move.worker, time});
  } else if (found != stored.attempts.end()) {
    undo.set(found->second.state, move.to);
  }
  return {};
}

void MemoryStore::Impl::write_effect(StoredRun& stored, const Effect& effect, std::vector<OutboxRow>& out) {
  if (const auto* timer = std::get_if<SetTimer>(&effect)) {
    LeaseNumber lease = timer->lease;
    lease.run = stored.header.id;
    undo.put(stored.timers, {lease.task.value, timer->kind}, Timer{.at = timer->at, .kind = timer->kind, .lease = lease});
    return;
  }
  if (std::holds_alternative<RefuseReport>(effect)) return;
  undo.set(last_effect, last_effect + 1);
  const OutboxRow row{.id = last_effect, .run = stored.header.id, .effect = effect};
  undo.put(outbox, row.id, row);
  out.push_back(row);
}

// A timer whose task has moved on has nothing left to say.
void MemoryStore::Impl::drop_timers(StoredRun& stored, const RunCommit& part) {
  for (const auto& move : part.decision.moves) {
    if (!leaves_timers(move)) continue;
    for (const auto kind : {TimerKind::backoff, TimerKind::attempt_timeout, TimerKind::wake, TimerKind::queue_timeout}) undo.erase(stored.timers, {move.task.value, kind});
    if (is_final(move.to)) undo.erase(stored.timers, {move.task.value, TimerKind::total_timeout});
  }
}

void MemoryStore::Impl::write_run_state(StoredRun& stored, const Decision& decision, TimePoint time) {
  undo.set(stored.run.state, *decision.run_to);
  undo.set(stored.run.cancel_reason, decision.cancel_reason);
  if (is_final(*decision.run_to)) undo.set(stored.timers, {});
  undo.set(stored.finished, is_final(*decision.run_to) ? time : TimePoint{});
}

Status MemoryStore::Impl::write_data(const RunCommit& part) {
  const auto by = committer_of(part);
  if (!by || part.data.empty()) return {};
  auto changes = plan_data(part.data, view_for(part.data));
  if (!changes) return changes.error();
  for (const auto& move : part.data.positions) write_move(move, *by, part.time);
  for (size_t i = 0; i < changes->size(); ++i) {
    if ((*changes)[i].nothing) continue;
    write_staged(part.data.snapshots[i], (*changes)[i], *by, part.time);
    write_measures(part, part.data.snapshots[i].dataset, last_snapshot, part.data.snapshots[i].metrics);
  }
  for (const auto& one : part.data.checked) {
    const auto found = datasets.find(one.dataset);
    if (found != datasets.end() && found->second.snapshots.contains(one.snapshot.value)) write_measures(part, one.dataset, one.snapshot.value, one.metrics);
  }
  return {};
}

void MemoryStore::Impl::write_measures(const RunCommit& part, const std::string& dataset, int64_t snapshot, const Json& metrics) {
  const std::tuple key(dataset, part.data.rules_of, snapshot);
  if (metrics.size() == 0) return undo.erase(measured, key);
  undo.put(measured, key, StoredMeasures{.run = part.run, .time = runs.at(part.run.value).header.logical_time.value_or(part.time), .metrics = metrics});
}

void MemoryStore::Impl::write_move(const PositionMove& move, LeaseNumber by, TimePoint time) {
  move.value.is_null() ? undo.erase(positions, {move.source, move.key}) : undo.put(positions, {move.source, move.key}, move.value);
  undo.add(moves, {.source = move.source, .key = move.key, .value = move.value, .by = by, .time = time});
}

void MemoryStore::Impl::write_staged(const StagedSnapshot& staged, const CatalogChange& change, LeaseNumber by, TimePoint time) {
  undo.set(last_snapshot, last_snapshot + 1);
  const auto found = datasets.find(staged.dataset);
  StoredDataset after = found == datasets.end() ? StoredDataset{} : found->second;
  after.snapshots[last_snapshot] = {.columns = change.columns, .time = time, .operation = staged.operation, .by = by};
  for (auto& file : after.files) {
    const bool ended = file.end == kStillLive && std::find(change.ended.begin(), change.ended.end(), file.file.path) != change.ended.end();
    if (ended) file.end = last_snapshot;
  }
  for (const auto& file : staged.files) {
    after.files.push_back({file, last_snapshot});
    undo.put(paths, file.path, last_snapshot);
  }
  undo.put(datasets, staged.dataset, std::move(after));
}

void MemoryStore::Impl::expire(SnapshotId snapshot, TimePoint now) {
  for (const auto& [name, dataset] : datasets) {
    if (!dataset.snapshots.contains(snapshot.value)) continue;
    StoredDataset after = dataset;
    after.snapshots.at(snapshot.value).expired = true;
    std::set<std::string_view> kept;
    for (const auto& file : after.files) {
      if (after.needs(file)) kept.insert(file.file.path);
    }
    for (const auto& file : after.files) {
      if (kept.contains(file.file.path)) continue;
      undo.put(garbage, file.file.path, now);
      undo.erase(paths, file.file.path);
    }
    std::erase_if(after.files, [&](const StoredFile& file) { return !after.needs(file); });
    return undo.put(datasets, name, std::move(after));
  }
}

bool MemoryStore::Impl::is_read(int64_t snapshot) const {
  for (const auto& [id, stored] : runs) {
    if (is_final(stored.run.state)) continue;
    for (const auto& [task, pins] : stored.pins) {
      if (std::any_of(pins.begin(), pins.end(), [&](const auto& pin) { return pin.second == snapshot; })) return true;
    }
  }
  return false;
}

// --- reading -------------------------------------------------------------------------------------------------------------

DatasetView MemoryStore::Impl::view(const std::string& name, std::optional<SnapshotId> at) const {
  DatasetView view{.dataset = name, .snapshot = {}, .columns = {}, .files = {}};
  const auto found = datasets.find(name);
  if (found == datasets.end()) return view;
  const auto& stored = found->second;
  const auto after = at ? stored.snapshots.upper_bound(at->value) : stored.snapshots.end();
  if (after == stored.snapshots.begin()) return view;
  const auto& [id, snapshot] = *std::prev(after);
  if (snapshot.operation == Operation::drop) return view;
  view.snapshot = {id};
  view.columns = snapshot.columns;
  for (const auto& file : stored.files) {
    if (file.begin > id || file.end <= id) continue;
    view.files.push_back(file.file);
    view.files.back().stats = Json::object();
  }
  return view;
}

int64_t MemoryStore::Impl::snapshot_at(const DatasetRef& ref) const {
  const auto found = datasets.find(ref.dataset);
  if (found == datasets.end()) return 0;
  const auto& snapshots = found->second.snapshots;
  const auto newest = [&](const auto& fits) {
    const auto at = std::find_if(snapshots.rbegin(), snapshots.rend(), fits);
    return at == snapshots.rend() ? 0 : at->first;
  };
  if (const auto* id = std::get_if<SnapshotId>(&ref.at)) return snapshots.contains(id->value) ? id->value : 0;
  if (const auto* time = std::get_if<TimePoint>(&ref.at)) return newest([&](const auto& made) { return made.second.time <= *time; });
  const auto key = keys.find(std::get<AtRun>(ref.at).key);
  if (key == keys.end()) return 0;
  if (const int64_t made = newest([&](const auto& one) { return one.second.by.run.value == key->second; })) return made;
  const auto& run = runs.at(key->second);
  return is_final(run.run.state) ? newest([&](const auto& made) { return made.second.time <= run.finished; }) : 0;
}

Aftermath MemoryStore::Impl::aftermath_of(const std::string& dataset, const std::set<int64_t>& taken_back) const {
  const int64_t first = *taken_back.begin();
  Aftermath since{.now = view(dataset, std::nullopt), .before = view(dataset, SnapshotId{first - 1}), .before_expired = false, .snapshots = {}, .files = {}};
  const auto& stored = datasets.at(dataset);
  if (const auto before = stored.snapshots.find(since.before.snapshot.value); before != stored.snapshots.end()) since.before_expired = before->second.expired;
  for (auto at = stored.snapshots.lower_bound(first); at != stored.snapshots.end(); ++at) {
    since.snapshots.push_back({.id = {at->first}, .operation = at->second.operation, .taken_back = taken_back.contains(at->first)});
  }
  for (const auto& file : stored.files) {
    if (file.begin >= first) since.files.push_back({.file = file.file, .begin = file.begin, .end = file.end == kStillLive ? 0 : file.end});
  }
  return since;
}

std::vector<DataFile> MemoryStore::Impl::files_since(const std::string& dataset, SnapshotId read) const {
  std::vector<DataFile> files;
  const auto found = datasets.find(dataset);
  if (found == datasets.end()) return files;
  for (const auto& stored : found->second.files) {
    if (stored.begin > read.value || (stored.end != kStillLive && stored.end > read.value)) files.push_back(stored.file);
  }
  return files;
}

CatalogView MemoryStore::Impl::view_for(const DataCommit& data) const {
  CatalogView now;
  for (const auto& staged : data.snapshots) {
    now.datasets.try_emplace(staged.dataset, view(staged.dataset, std::nullopt));
    if (is_by_partition(staged)) now.since[staged.dataset] = files_since(staged.dataset, *staged.read);
    for (const auto& file : staged.files) {
      if (garbage.contains(file.path)) now.garbage.insert(file.path);
      if (paths.contains(file.path)) now.taken_paths.insert(file.path);
    }
  }
  for (const auto& move : data.positions) {
    if (const auto found = positions.find({move.source, move.key}); found != positions.end()) now.positions.insert(*found);
  }
  return now;
}

void MemoryStore::Impl::prune(StoredRun& stored) {
  undo.set(stored.run.tasks, {});
  undo.set(stored.run.expansions, {});
  undo.set(stored.attempts, {});
  undo.set(stored.outputs, {});
  undo.set(stored.pins, {});
  undo.set(stored.items, {});
  undo.set(stored.pruned, true);
  for (auto at = checkpoints.lower_bound({stored.header.id.value, 0}); at != checkpoints.end() && at->first.first == stored.header.id.value;) undo.erase(checkpoints, std::pair((at++)->first));
}

OpenRun MemoryStore::Impl::open(const StoredRun& stored) const {
  OpenRun open{.header = stored.header, .run = stored.run, .live = {}, .pruned = stored.pruned};
  for (const auto& [key, row] : stored.attempts) {
    if (is_final(row.state)) continue;
    open.live.push_back({.lease = {stored.header.id, {key.first}, key.second}, .worker = row.worker, .time = row.started, .state = row.state, .error = {}, .config = {}, .usage = {}});
  }
  return open;
}

Result<std::optional<Error>> MemoryStore::check_data(const DataCommit& data) {
  auto changes = plan_data(data, impl_->view_for(data));
  if (changes) return std::optional<Error>();
  return std::optional(changes.error());
}

Result<RunId> MemoryStore::next_run_id() { return RunId{++impl_->last_run}; }

Result<std::vector<OpenRun>> MemoryStore::open_runs() {
  std::vector<OpenRun> open;
  for (const auto& [id, stored] : impl_->runs) {
    if (!is_final(stored.run.state)) open.push_back(impl_->open(stored));
  }
  return open;
}

Result<std::optional<OpenRun>> MemoryStore::load_run(RunId run) {
  const auto found = impl_->runs.find(run.value);
  return found == impl_->runs.end() ? std::nullopt : std::optional(impl_->open(found->second));
}

Result<std::optional<RunHeader>> MemoryStore::find_run(const std::string& key) {
  const auto found = impl_->keys.find(key);
  return found == impl_->keys.end() ? std::nullopt : std::optional(impl_->runs.at(found->second).header);
}

Result<std::optional<RunHeader>> MemoryStore::find_request(const std::string& request_id) {
  const auto found = impl_->requests.find(request_id);
  return found == impl_->requests.end() ? std::nullopt : std::optional(impl_->runs.at(found->second).header);
}

Result<std::vector<Timer>> MemoryStore::timers() {
  std::vector<Timer> all;
  for (const auto& [id, stored] : impl_->runs) {
    for (const auto& [key, timer] : stored.timers) all.push_back(timer);
  }
  std::sort(all.begin(), all.end(), by_time);
  return all;
}

Result<std::vector<OutboxRow>> MemoryStore::outbox() {
  std::vector<OutboxRow> all;
  for (const auto& [id, row] : impl_->outbox) all.push_back(row);
  return all;
}

Status MemoryStore::put_dag(const Dag& dag, TimePoint) {
  auto& tasks = impl_->tasks[{dag.name, dag.version}];
  tasks.clear();
  for (const auto& task : dag.tasks) tasks.push_back(task.id);
  impl_->dags.try_emplace({dag.name, dag.version}, Json::object({{"file", dag.file}, {"yaml", dag.source}}).dump());
  return {};
}

Result<std::optional<std::string>> MemoryStore::dag_source(const std::string& name, const std::string& version) {
  const auto found = impl_->dags.find({name, version});
  return found == impl_->dags.end() ? std::nullopt : std::optional(found->second);
}

Result<DatasetView> MemoryStore::dataset(const std::string& reference, std::optional<SnapshotId> at) {
  auto ref = reference_from(reference);
  if (!ref) return ref.error();
  const bool as_it_is = !at && std::holds_alternative<std::monostate>(ref->at);
  if (as_it_is) return impl_->view(ref->dataset, std::nullopt);
  if (!at) at = SnapshotId{impl_->snapshot_at(*ref)};
  auto view = impl_->view(ref->dataset, at);
  const auto found = impl_->datasets.find(ref->dataset);
  if (view.snapshot.value == 0 && !std::holds_alternative<std::monostate>(ref->at)) return no_such_snapshot(reference);
  if (view.snapshot.value > 0 && found->second.snapshots.at(view.snapshot.value).expired) return has_expired(ref->dataset, view.snapshot);
  view.dataset = reference;
  return view;
}

Result<std::vector<SnapshotId>> MemoryStore::old_snapshots(const Expiry& expiry, int limit) {
  std::vector<SnapshotId> old;
  const auto found = impl_->datasets.find(expiry.dataset);
  if (found == impl_->datasets.end()) return old;
  const auto& snapshots = found->second.snapshots;
  const auto last = std::prev(snapshots.end(), std::min<ptrdiff_t>(expiry.keep_last, std::ssize(snapshots)));
  for (auto at = snapshots.begin(); at != last && std::ssize(old) < limit; ++at) {
    if (!at->second.expired && at->second.time < expiry.before && !impl_->is_read(at->first)) old.push_back({at->first});
  }
  return old;
}

Result<std::vector<std::string>> MemoryStore::garbage(TimePoint until, int limit) {
  std::vector<std::string> paths;
  for (auto at = impl_->garbage.begin(); at != impl_->garbage.end() && std::ssize(paths) < limit; ++at) {
    if (at->second <= until) paths.push_back(at->first);
  }
  return paths;
}

Result<std::optional<SnapshotMark>> MemoryStore::newest_snapshot(const std::string& dataset) {
  const auto found = impl_->datasets.find(dataset);
  if (found == impl_->datasets.end() || found->second.snapshots.empty()) return std::optional<SnapshotMark>();
  const auto changes_rows = [](const auto& made) { return made.second.operation != Operation::rewrite && made.second.operation != Operation::drop; };
  const auto at = std::find_if(found->second.snapshots.rbegin(), found->second.snapshots.rend(), changes_rows);  // the first one does
  return std::optional(SnapshotMark{{at->first}, at->second.time});
}

Result<std::vector<Position>> MemoryStore::positions(const std::string& source) {
  std::vector<Position> found;
  for (auto at = impl_->positions.lower_bound({source, ""}); at != impl_->positions.end() && at->first.first == source; ++at) {
    found.push_back({source, at->first.second, at->second});
  }
  return found;
}

Result<std::vector<std::string>> MemoryStore::sources_of(const std::string& dataset) {
  std::set<std::string> sources;
  for (const auto& [key, value] : impl_->positions) {
    if (key.first.substr(key.first.find(':') + 1) == dataset) sources.insert(key.first);
  }
  return std::vector<std::string>(sources.begin(), sources.end());
}

Result<Rewind> MemoryStore::rewind_of(const std::string& source, std::optional<RunId> run) {
  const auto& moves = impl_->moves;
  const auto by_run = [&](const StoredMove& move) { return move.source == source && run && move.by.run == *run; };
  const auto last = std::find_if(moves.rbegin(), moves.rend(), by_run);
  if (run && last == moves.rend()) return Error{.code = "E5019", .what = "the run did not move the positions of source " + quote(source), .where = {}, .hint = {}};
  std::map<std::string, Json> then;
  std::set<std::string> keys;
  std::map<std::string, std::set<int64_t>> made;
  for (auto at = moves.begin(); at != moves.end(); ++at) {
    if (at->source != source) continue;
    if (run && at < last.base()) {
      then[at->key] = at->value;
      continue;
    }
    keys.insert(at->key);
    for (const auto& [name, dataset] : impl_->datasets) {
      for (const auto& [id, snapshot] : dataset.snapshots) {
        if (snapshot.by == at->by && snapshot.time == at->time) made[name].insert(id);
      }
    }
  }
  Rewind rewind;
  for (const auto& key : keys) {
    const auto now = impl_->positions.find({source, key});
    PositionMove move{.source = source, .key = key, .expected = now == impl_->positions.end() ? Json() : now->second, .value = then[key]};
    if (move.expected != move.value) rewind.moves.push_back(std::move(move));
  }
  for (const auto& [name, taken_back] : made) rewind.data.push_back(impl_->aftermath_of(name, taken_back));
  return rewind;
}

Result<std::map<std::string, Millis>> MemoryStore::past_durations(const std::string& dag) {
  std::map<std::string, std::vector<Millis>> times;
  int runs = 0;
  for (auto at = impl_->runs.rbegin(); at != impl_->runs.rend() && runs < kPastRuns; ++at) {
    const StoredRun& run = at->second;
    if (run.header.dag != dag || run.run.state != RunState::succeeded) continue;
    ++runs;
    const auto& tasks = impl_->tasks[{dag, run.header.dag_version}];
    for (size_t i = 0; i < std::min(tasks.size(), run.run.tasks.size()); ++i) {
      const TaskRun& task = run.run.tasks[i];
      if (task.state == TaskState::succeeded && task.opened > TimePoint{}) times[tasks[i]].push_back(std::max(task.since - task.opened, Millis{1}));
    }
  }
  return medians_of(std::move(times));
}

Result<std::vector<std::string>> MemoryStore::dags_with_runs() {
  std::set<std::string> names;
  for (const auto& [id, run] : impl_->runs) {
    if (!run.pruned) names.insert(run.header.dag);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<OldRun>> MemoryStore::old_runs(const std::string& dag, TimePoint before, int limit) {
  std::vector<OldRun> old;
  for (const auto& [id, run] : impl_->runs) {
    if (old.size() == static_cast<size_t>(limit) || run.pruned || run.header.dag != dag || !is_final(run.run.state) || run.finished >= before) continue;
    old.push_back({.id = {id}, .key = run.header.key, .dag_version = run.header.dag_version, .finished = run.finished});
    for (const auto& items : run.run.expansions) {
      if (!items.file.empty()) old.back().item_files.push_back(items.file);
    }
  }
  return old;
}

Result<Json> MemoryStore::checkpoint(RunId run, TaskIndex task) {
  const auto found = impl_->checkpoints.find({run.value, task.value});
  return found == impl_->checkpoints.end() ? Json() : found->second;
}

Result<Json> MemoryStore::measured(const MeasuredBefore& what) {
  Json list = Json::array();
  size_t bytes = 0;
  const int64_t before = what.snapshot.value > 0 ? what.snapshot.value : std::numeric_limits<int64_t>::max();
  for (auto at = impl_->measured.lower_bound({what.dataset, what.rules_of, before}); at != impl_->measured.begin();) {
    const auto& [key, found] = *--at;
    if (std::get<0>(key) != what.dataset || std::get<1>(key) != what.rules_of) break;
    if (found.run == what.run) continue;
    bytes += found.metrics.dump().size();
    if (list.size() == size_t{kMostMeasured} || bytes > kMostMeasuredBytes) break;
    list.push(Json::object({{"snapshot", std::get<2>(key)}, {"time", to_iso(found.time)}, {"metrics", found.metrics}}));
  }
  return list;
}

Result<std::optional<std::vector<DatasetView>>> MemoryStore::pins(RunId run, TaskIndex task) {
  const auto stored = impl_->runs.find(run.value);
  if (stored == impl_->runs.end()) return std::optional<std::vector<DatasetView>>();
  const auto found = stored->second.pins.find(task.value);
  if (found == stored->second.pins.end() || found->second.empty()) return std::optional<std::vector<DatasetView>>();
  std::vector<DatasetView> views;
  for (const auto& [name, snapshot] : found->second) {
    auto view = dataset(name, SnapshotId{snapshot});
    if (!view) return view.error();
    views.push_back(std::move(*view));
  }
  return std::optional(std::move(views));
}

Result<std::vector<ScheduleSeen>> MemoryStore::schedules() {
  std::vector<ScheduleSeen> found;
  for (const auto& [dag, seen] : impl_->schedules) found.push_back({dag, seen});
  return found;
}

Result<std::vector<TriggerSeen>> MemoryStore::triggers() {
  std::vector<TriggerSeen> found;
  for (const auto& [key, mark] : impl_->triggers) found.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), mark});
  return found;
}

Result<std::vector<Quarantine>> MemoryStore::quarantines() {
  std::vector<Quarantine> found;
  for (const auto& [plugin, one] : impl_->quarantines) found.push_back(one);
  return found;
}

Result<std::vector<PoolOverride>> MemoryStore::pool_overrides() {
  std::vector<PoolOverride> found;
  for (const auto& [name, one] : impl_->pools) found.push_back(one);
  return found;
}

Result<std::vector<Backfill>> MemoryStore::backfills() {
  std::vector<Backfill> found;
  for (const auto& [id, one] : impl_->backfills) found.push_back(one);
  return found;
}

Result<std::optional<Json>> MemoryStore::item(RunId run, TaskIndex place) {
  const auto stored = impl_->runs.find(run.value);
  if (stored == impl_->runs.end()) return std::optional<Json>();
  const auto& items = stored->second.items;
  const auto after = items.upper_bound(place.value);
  if (after == items.begin()) return std::optional<Json>();
  const auto& [first, list] = *std::prev(after);
  const auto number = static_cast<size_t>(place.value - first);
  return number < list.size() ? std::optional(list.at(number)) : std::nullopt;
}

Result<Outputs> MemoryStore::outputs(RunId run, TaskIndex from, TaskIndex end) {
  Outputs all;
  const auto stored = impl_->runs.find(run.value);
  if (stored == impl_->runs.end()) return all;
  const auto& kept = stored->second.outputs;
  for (auto at = kept.lower_bound(from.value); at != kept.end() && at->first < end.value; ++at) all.emplace_hint(all.end(), TaskIndex{at->first}, at->second);
  return all;
}

}  // namespace millrace
