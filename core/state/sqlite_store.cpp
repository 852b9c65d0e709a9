#include "state/sqlite_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>

#include "base/text.hpp"
#include "catalog/rules.hpp"
#include "model/dataset_ref.hpp"
#include "state/care_table.hpp"
#include "state/catalog_table.hpp"
#include "state/check_table.hpp"
#include "state/database.hpp"
#include "state/event_json.hpp"
#include "state/expansion_table.hpp"
#include "state/move_writer.hpp"
#include "state/past.hpp"
#include "state/position_table.hpp"
#include "state/prune.hpp"
#include "state/schema.hpp"
#include "state/stored_json.hpp"

namespace millrace {
namespace {

TimePoint time_of(int64_t ms) { return TimePoint{Millis{ms}}; }

// Held for the store's life; the kernel lets go of it when the process dies.
class FileLock {
 public:
  static Result<FileLock> take(const std::string& file) {
    const int handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (handle < 0) return Error{.code = "E0003", .what = "can't write " + quote(file) + ": " + std::strerror(errno), .where = file, .hint = "check the folder and its permissions"};
    if (::flock(handle, LOCK_EX | LOCK_NB) != 0) {
      ::close(handle);
      return Error{.code = "E2011", .what = "another server works on this data folder", .where = file, .hint = "stop it, or choose another folder by --home"};
    }
    return FileLock(handle);
  }
  FileLock(FileLock&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~FileLock() {
    if (handle_ >= 0) ::close(handle_);
  }

 private:
  explicit FileLock(int handle) : handle_(handle) {}
  int handle_;
};

int64_t pragma(Database& db, const std::string& name) {
  auto statement = db.prepare("PRAGMA " + name);
  return statement.step() ? statement.integer(0) : 0;
}

// Nothing in it: a new file, or one whose making was interrupted before the tables (the journal mode is written before them).
bool is_bare(Database& db) {
  auto any = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1");
  return !any.step();
}

Status prepare_file(Database& db, const std::string& file) {
  const int64_t version = pragma(db, "user_version"), owner = pragma(db, "application_id");
  const bool bare = version == 0 && owner == 0 && is_bare(db);
  if (auto failed = db.take_error(); !failed) return failed;
  if (!bare && (owner != kApplicationId || version == 0)) {
    return Error{.code = "E2012", .what = "the file is a database, but no Millrace store", .where = file, .hint = "choose another folder by --home"};
  }
  if (version > kSchemaVersion) {
    return Error{.code = "E2010", .what = "the store was made by a newer version of Millrace (format " + std::to_string(version) + ", this one knows " + std::to_string(kSchemaVersion) + ")",
                 .where = file, .hint = "start the newer version; the file was not touched"};
  }
  db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 2000;");
  for (int64_t from = version; from >= 1 && from < kSchemaVersion; ++from) {
    db.execute("BEGIN IMMEDIATE;" + kMigrations[static_cast<size_t>(from - 1)] + "PRAGMA user_version = " + std::to_string(from + 1) + "; COMMIT;");
  }
  if (version == 0) {
    db.execute("BEGIN IMMEDIATE;" + kSchema + "PRAGMA application_id = " + std::to_string(kApplicationId) + "; PRAGMA user_version = " + std::to_string(kSchemaVersion) + "; COMMIT;");
  }
  return db.take_error();
}

RunHeader header_from(Statement& row) {  // as kHeader selects
  return {.id = {row.integer(0)}, .key = row.text(1), .dag = row.text(2), .dag_version = row.text(3), .trigger = row.text(4), .params = parsed(row.text(5)),
          .logical_time = row.is_null(6) ? std::nullopt : std::optional(time_of(row.integer(6))), .created = time_of(row.integer(7)), .request_id = row.text(8),
          .parent = row.is_null(11) ? std::nullopt : std::optional(Parent{{row.integer(11)}, {static_cast<int32_t>(row.integer(12))}}),
          .deadline = row.is_null(14) ? std::nullopt : std::optional(time_of(row.integer(14)))};
}

void write_pins(Database& db, const RunCommit& part) {
  if (part.pins_of) {
    for (const auto& view : part.pins) {
      db.prepare("INSERT OR REPLACE INTO task_pin (run_id, task, dataset, snapshot) VALUES (?, ?, ?, ?)")
          .bind(part.run.value).bind(part.pins_of->value).bind(view.dataset).bind(view.snapshot.value).run();
    }
  }
  if (!forgets_pins(part.event)) return;
  for (const auto& move : part.decision.moves) {
    db.prepare("DELETE FROM task_pin WHERE run_id = ? AND task = ?").bind(part.run.value).bind(move.task.value).run();
  }
}

void write_checkpoint(Database& db, RunId run, TaskIndex task, const Json& state) {
  if (state.is_null()) return (void)db.prepare("DELETE FROM checkpoint WHERE run_id = ? AND task = ?").bind(run.value).bind(task.value).run();
  db.prepare("INSERT OR REPLACE INTO checkpoint (run_id, task, state) VALUES (?, ?, ?)").bind(run.value).bind(task.value).bind(state.dump()).run();
}

// They come in the order in which they were written, nearly without gaps.
void delete_effects(Database& db, const std::vector<int64_t>& ids) {
  for (size_t first = 0, last = 0; first < ids.size(); first = last + 1) {
    for (last = first; last + 1 < ids.size() && ids[last + 1] == ids[last] + 1;) ++last;
    db.prepare("DELETE FROM outbox WHERE id >= ? AND id <= ?").bind(ids[first]).bind(ids[last]).run();
  }
}

void write_backfill(Database& db, const Backfill& b) {
  const std::string params = b.params.dump();
  auto statement = db.prepare("INSERT OR REPLACE INTO backfill (id, dag, \"from\", \"to\", which, newest_first, concurrency, params, state, handled, started, created, request_id, last) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  statement.bind(b.id).bind(b.dag).bind(b.from.time_since_epoch().count()).bind(b.to.time_since_epoch().count()).bind(name(b.which)).bind(b.newest_first ? 1 : 0).bind(b.concurrency)
      .bind(params).bind(name(b.state)).bind(b.handled).bind(b.started).bind(b.created.time_since_epoch().count()).bind(b.request_id);
  if (b.last) statement.bind(b.last->time_since_epoch().count());
  else statement.bind_null();
  statement.run();
}

void write_trigger(Database& db, const TriggerSeen& one) {
  if (one.mark.empty()) return db.prepare("DELETE FROM trigger_seen WHERE dag = ? AND \"trigger\" = ? AND item = ?").bind(one.dag).bind(one.trigger).bind(one.item).run();
  db.prepare("INSERT OR REPLACE INTO trigger_seen (dag, \"trigger\", item, mark) VALUES (?, ?, ?, ?)").bind(one.dag).bind(one.trigger).bind(one.item).bind(one.mark).run();
}

void write_pool(Database& db, const PoolOverride& one) {
  if (one.empty()) return db.prepare("DELETE FROM pool_override WHERE name = ?").bind(one.name).run();
  auto statement = db.prepare("INSERT OR REPLACE INTO pool_override (name, slots, per_second) VALUES (?, ?, ?)");
  statement.bind(one.name);
  one.slots ? statement.bind(*one.slots) : statement.bind_null();
  one.per_second ? statement.bind(*one.per_second) : statement.bind_null();
  statement.run();
}

void write_quarantine(Database& db, const Quarantine& one) {
  if (one.reason.empty()) return db.prepare("DELETE FROM quarantine WHERE plugin = ?").bind(one.plugin).run();
  db.prepare("INSERT OR REPLACE INTO quarantine (plugin, reason, since) VALUES (?, ?, ?)").bind(one.plugin).bind(one.reason).bind(one.since.time_since_epoch().count()).run();
}

const std::string kHeader = "SELECT id, key, dag, dag_version, \"trigger\", params, logical_time, created, request_id, state, cancel_reason, parent_run, parent_task, pruned, deadline, late FROM run ";

}  // namespace

struct SqliteStore::Impl {
  std::string file{};
  std::optional<FileLock> lock{};
  Database db;
  int64_t epoch = 0;     // in which this store leads; 0: nobody was asked
  Millis lease{};        // what it has said of itself is good for so long
  TimePoint said{};      // when it said so last
  int64_t next_run = 0;
  struct Chunk {
    RunId run{};
    int32_t first{};  // place of its first item
    Json items{};
  };
  static constexpr size_t kMostChunks = 16;
  std::vector<Chunk> chunks{};
  bool remnant = false;  // a refused commit may be whole in the WAL: a crash now would bring it back

  static Result<std::unique_ptr<SqliteStore>> open(const std::string& file, std::optional<FileLock> lock);
  Status commit(const Commit& commit, std::vector<OutboxRow>& outbox);
  void forget_remnant();
  void say_that_it_leads(TimePoint now);

  OpenRun read_run(Statement& header);
  Result<std::optional<RunHeader>> find(const std::string& where, const std::string& value);

  // What was read, unless a statement failed on the way.
  template <class T>
  Result<T> answer(T value) {
    if (auto failed = db.take_error(); !failed) return failed.error();
    return value;
  }
};

namespace {

// Who leads, as far as the file says: {address, until}.
std::pair<std::string, TimePoint> leader_of(const std::string& file) {
  auto db = Database::open(file, Database::Access::read_only);
  if (!db) return {};
  auto row = db->prepare("SELECT address, renewed + lease FROM leader");
  if (!row.step()) return {};
  return {row.text(0), time_of(row.integer(1))};
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& file) {
  auto lock = FileLock::take(file + ".lock");
  if (lock) return Impl::open(file, std::move(*lock));
  Error error = lock.error();
  if (const auto [address, until] = leader_of(file); error.code == "E2011" && !address.empty()) error.what += ": the one at " + address;
  return error;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::take_over(const std::string& file, TimePoint now) {
  auto store = open(file);
  if (store || store.error().code != "E2011") return store;
  const auto [address, until] = leader_of(file);
  return !address.empty() && until < now ? Impl::open(file, std::nullopt) : std::move(store);
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::Impl::open(const std::string& file, std::optional<FileLock> lock) {
  auto db = Database::open(file, Database::Access::read_write);
  if (!db) return db.error();
  if (auto ready = prepare_file(*db, file); !ready) {
    Error error = ready.error();
    error.where = file;
    return error;
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::unique_ptr<Impl>(new Impl{.file = file, .lock = std::move(lock), .db = std::move(*db)})));
}

Status SqliteStore::lead(const std::string& address, Millis lease, TimePoint now) {
  auto& db = impl_->db;
  db.execute("BEGIN IMMEDIATE");
  {
    auto row = db.prepare("SELECT epoch FROM leader");
    impl_->epoch = (row.step() ? row.integer(0) : 0) + 1;
  }
  db.prepare("INSERT OR REPLACE INTO leader (one, epoch, address, lease, renewed) VALUES (1, ?, ?, ?, ?)").bind(impl_->epoch).bind(address).bind(lease.count()).bind(now.time_since_epoch().count()).run();
  if (!db.failed()) db.execute("COMMIT");
  Status status = db.take_error();
  if (status) {
    impl_->lease = lease;
    impl_->said = now;
    return status;
  }
  db.execute("ROLLBACK");
  (void)db.take_error();
  return status;
}

// Part of every commit: whoever has been replaced changes nothing. Said anew after a tenth of the lease, for a write in every commit costs a
// tenth of a short one.
void SqliteStore::Impl::say_that_it_leads(TimePoint now) {
  if (epoch == 0) return;
  bool leads = false;
  {
    auto row = db.prepare("SELECT epoch FROM leader");
    leads = row.step() && row.integer(0) == epoch;
  }
  if (leads && (now < said || now >= said + lease / 10)) {
    db.prepare("UPDATE leader SET renewed = ? WHERE epoch = ?").bind(now.time_since_epoch().count()).bind(epoch).run();
    leads = db.changes() == 1;
    said = now;
  }
  if (db.failed() || leads) return;
  db.fail({.code = "E2023", .what = "another server has taken over this store", .where = file, .hint = "it was thought to be gone; this one stops, and has written nothing since"});
}

Status SqliteStore::keep_leading(TimePoint now) {
  if (impl_->epoch == 0) return {};
  if (!impl_->lock) {  // taken over from one that still lived: its lock is free once it is gone
    if (auto free = FileLock::take(impl_->file + ".lock")) impl_->lock.emplace(std::move(*free));
  }
  impl_->say_that_it_leads(now);
  Status status = impl_->db.take_error();
  if (!status) impl_->said = {};
  return status;
}

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteStore::~SqliteStore() = default;

Status SqliteStore::commit(const Commit& commit, std::vector<OutboxRow>& outbox) {
  outbox.clear();
  if (impl_->remnant) impl_->forget_remnant();
  if (Status clean = impl_->db.take_error(); !clean) return clean;
  Status status = impl_->commit(commit, outbox);
  if (status) return status;
  outbox.clear();
  if (impl_->remnant) impl_->forget_remnant();
  (void)impl_->db.take_error();  // the next commit tries again
  impl_->said = {};              // it may have been said in what is refused
  return status;
}

Status SqliteStore::Impl::commit(const Commit& commit, std::vector<OutboxRow>& outbox) {
  db.execute("BEGIN IMMEDIATE");
  say_that_it_leads(commit.now);
  Totals totals;
  MoveWriter moves(db, outbox, totals);
  for (const auto& fresh : commit.new_runs) moves.write(fresh);
  for (const auto& part : commit.runs) {
    write_expansions(db, part);
    moves.write(part);
    write_pins(db, part);
    for (const auto& one : part.outputs) {
      const std::string output = one.output.dump();
      db.prepare("INSERT OR REPLACE INTO task_output (run_id, task, output) VALUES (?, ?, ?)").bind(part.run.value).bind(one.task.value).bind(output).run();
    }
    write_data(db, part, totals);
  }
  moves.finish();
  for (const SnapshotId snapshot : commit.expired) expire_snapshot(db, snapshot, commit.now);
  note_orphans(db, commit.orphans);
  forget_garbage(db, commit.collected);
  for (const RunId run : commit.pruned) prune_run(db, run, commit.now, totals);
  for (const auto& one : commit.schedules) {
    db.prepare("INSERT OR REPLACE INTO schedule (dag, seen) VALUES (?, ?)").bind(one.dag).bind(one.seen.time_since_epoch().count()).run();
  }
  for (const auto& [task, state] : commit.checkpoints) write_checkpoint(db, task.first, task.second, state);
  for (const auto& one : commit.backfills) write_backfill(db, one);
  for (const auto& one : commit.pools) write_pool(db, one);
  for (const auto& one : commit.quarantines) write_quarantine(db, one);
  for (const auto& one : commit.triggers) write_trigger(db, one);
  delete_effects(db, commit.done_effects);
  totals.write(db);
  if (!db.failed()) {
    db.execute("COMMIT");
    remnant = db.failed();
  }
  Status status = db.take_error();
  if (status) return status;
  db.execute("ROLLBACK");
  (void)db.take_error();  // SQLite rolls some errors back by itself
  return status;
}

// When the last sync of a COMMIT fails, its pages stand in the WAL with a valid end mark, and only this process knows that they do
// not count. An emptied WAL has no such pages (SQLite, "Write-Ahead Logging", sections 4.1 and 4.3).
void SqliteStore::Impl::forget_remnant() {
  db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  remnant = db.failed();
}

Result<std::optional<Error>> SqliteStore::check_data(const DataCommit& data) { return impl_->answer(find_conflict(impl_->db, data)); }

Result<RunId> SqliteStore::next_run_id() {
  if (impl_->next_run == 0) {
    auto last = impl_->db.prepare("SELECT COALESCE(MAX(id), 0) + 1 FROM run");
    const int64_t next = last.step() ? last.integer(0) : 0;
    if (auto failed = impl_->db.take_error(); !failed) return failed.error();
    impl_->next_run = next;
  }
  return RunId{impl_->next_run++};
}

OpenRun SqliteStore::Impl::read_run(Statement& row) {
  OpenRun open{.header = header_from(row), .run = {}, .live = {}, .pruned = !row.is_null(13)};
  open.run.id = open.header.id;
  open.run.state = run_state_from(row.text(9)).value_or(RunState::queued);
  open.run.cancel_reason = row.text(10);
  if (!row.is_null(15)) open.run.late = lateness_from(parsed(row.text(15))["state"].as_text()).value_or(Lateness::none);
  open.run.expansions = read_expansions(db, open.header.id);
  if (!open.run.expansions.empty()) open.run.tasks.resize(static_cast<size_t>(open.run.expansions.back().first + open.run.expansions.back().count));
  auto tasks = db.prepare("SELECT state, attempt, failures, losses, version, since, wake, wait, task, spent, opened, timed_out_by FROM task_run WHERE run_id = ? ORDER BY task");
  tasks.bind(open.header.id.value);
  while (tasks.step()) {
    const auto place = static_cast<size_t>(tasks.integer(8));
    if (place >= open.run.tasks.size()) open.run.tasks.resize(place + 1);
    auto& task = open.run.tasks[place];
    task.state = task_state_from(tasks.text(0)).value_or(TaskState::waiting);
    task.attempt = static_cast<int32_t>(tasks.integer(1));
    task.failures = static_cast<int32_t>(tasks.integer(2));
    task.losses = static_cast<int32_t>(tasks.integer(3));
    task.version = static_cast<int32_t>(tasks.integer(4));
    task.since = time_of(tasks.integer(5));
    task.wake = time_of(tasks.integer(6));
    task.wait = wait_from(tasks.text(7)).value_or(Wait::none);
    task.spent = static_cast<uint64_t>(tasks.integer(9));
    task.opened = time_of(tasks.integer(10));
    task.limit = limit_from(tasks.text(11)).value_or(Limit::none);
  }
  auto live = db.prepare("SELECT task, attempt, worker, started, state FROM attempt WHERE run_id = ? AND state IN ('leased', 'running')");
  live.bind(open.header.id.value);
  while (live.step()) {
    open.live.push_back({.lease = {open.header.id, {static_cast<int32_t>(live.integer(0))}, static_cast<int32_t>(live.integer(1))}, .worker = live.text(2),
                         .time = time_of(live.integer(3)), .state = attempt_state_from(live.text(4)), .error = {}, .config = {}, .usage = {}});
  }
  return open;
}

Result<std::vector<OpenRun>> SqliteStore::open_runs() {
  std::vector<OpenRun> runs;
  auto rows = impl_->db.prepare(kHeader + "WHERE state IN ('queued', 'running', 'paused', 'cancelling') ORDER BY id");
  while (rows.step()) runs.push_back(impl_->read_run(rows));
  return impl_->answer(std::move(runs));
}

Result<std::optional<OpenRun>> SqliteStore::load_run(RunId run) {
  auto row = impl_->db.prepare(kHeader + "WHERE id = ?");
  row.bind(run.value);
  std::optional<OpenRun> found;
  if (row.step()) found = impl_->read_run(row);
  return impl_->answer(std::move(found));
}

Result<std::optional<RunHeader>> SqliteStore::Impl::find(const std::string& where, const std::string& value) {
  auto row = db.prepare(kHeader + where);
  row.bind(value);
  std::optional<RunHeader> found;
  if (row.step()) found = header_from(row);
  return answer(std::move(found));
}

Result<std::optional<RunHeader>> SqliteStore::find_run(const std::string& key) { return impl_->find("WHERE key = ?", key); }
Result<std::optional<RunHeader>> SqliteStore::find_request(const std::string& request_id) { return impl_->find("WHERE request_id = ?", request_id); }

Result<std::vector<Timer>> SqliteStore::timers() {
  std::vector<Timer> timers;
  auto rows = impl_->db.prepare("SELECT run_id, task, attempt, kind, at FROM timer ORDER BY at, run_id, task, attempt, kind");
  while (rows.step()) {
    timers.push_back({.at = time_of(rows.integer(4)), .kind = static_cast<TimerKind>(rows.integer(3)),
                      .lease = {{rows.integer(0)}, {static_cast<int32_t>(rows.integer(1))}, static_cast<int32_t>(rows.integer(2))}});
  }
  return impl_->answer(std::move(timers));
}

Result<std::vector<OutboxRow>> SqliteStore::outbox() {
  std::vector<OutboxRow> found;
  auto rows = impl_->db.prepare("SELECT id, run_id, effect FROM outbox ORDER BY id");
  while (rows.step()) {
    const RunId run{rows.integer(1)};
    if (auto effect = effect_from(parsed(rows.text(2)), run)) found.push_back({.id = rows.integer(0), .run = run, .effect = std::move(*effect)});
  }
  return impl_->answer(std::move(found));
}

Status SqliteStore::put_dag(const Dag& dag, TimePoint now) {
  Json tasks = Json::array();
  for (const auto& task : dag.tasks) tasks.push(task.id);
  const Json source = Json::object({{"file", dag.file}, {"yaml", dag.source}});
  impl_->db.prepare("INSERT OR IGNORE INTO dag_version (name, version, source, tasks, time) VALUES (?, ?, ?, ?, ?)")
      .bind(dag.name).bind(dag.version).bind(source.dump()).bind(tasks.dump()).bind(now.time_since_epoch().count()).run();
  return impl_->db.take_error();
}

Result<std::optional<std::string>> SqliteStore::dag_source(const std::string& name, const std::string& version) {
  auto row = impl_->db.prepare("SELECT source FROM dag_version WHERE name = ? AND version = ?");
  row.bind(name).bind(version);
  std::optional<std::string> found;
  if (row.step()) found = row.text(0);
  return impl_->answer(std::move(found));
}

Result<DatasetView> SqliteStore::dataset(const std::string& reference, std::optional<SnapshotId> at) {
  if (!at) {
    auto view = read_reference(impl_->db, reference);
    return view ? impl_->answer(std::move(*view)) : view;
  }
  auto view = impl_->answer(read_dataset(impl_->db, std::string(dataset_of(reference)), at));
  if (!view) return view;
  if (is_expired(impl_->db, view->snapshot)) return has_expired(view->dataset, view->snapshot);
  view->dataset = reference;
  return view;
}

Result<std::vector<SnapshotId>> SqliteStore::old_snapshots(const Expiry& expiry, int limit) { return impl_->answer(read_old_snapshots(impl_->db, expiry, limit)); }

Result<std::vector<std::string>> SqliteStore::garbage(TimePoint until, int limit) { return impl_->answer(read_garbage(impl_->db, until, limit)); }

Result<std::optional<SnapshotMark>> SqliteStore::newest_snapshot(const std::string& dataset) {
  auto row = impl_->db.prepare("SELECT s.id, s.time FROM snapshot s JOIN dataset d ON d.id = s.dataset WHERE d.name = ? AND s.operation NOT IN ('rewrite', 'drop') ORDER BY s.id DESC LIMIT 1");
  row.bind(dataset);
  std::optional<SnapshotMark> found;
  if (row.step()) found = SnapshotMark{{row.integer(0)}, time_of(row.integer(1))};
  return impl_->answer(std::move(found));
}

Result<std::vector<Position>> SqliteStore::positions(const std::string& source) { return impl_->answer(read_positions(impl_->db, source)); }

Result<std::vector<std::string>> SqliteStore::sources_of(const std::string& dataset) { return impl_->answer(read_sources(impl_->db, dataset)); }

Result<Rewind> SqliteStore::rewind_of(const std::string& source, std::optional<RunId> run) {
  auto rewind = read_rewind(impl_->db, source, run);
  return rewind ? impl_->answer(std::move(*rewind)) : rewind;
}

Result<std::map<std::string, Millis>> SqliteStore::past_durations(const std::string& dag) { return impl_->answer(read_past_durations(impl_->db, dag)); }

Result<std::vector<std::string>> SqliteStore::dags_with_runs() { return impl_->answer(read_dags_with_runs(impl_->db)); }

Result<std::vector<OldRun>> SqliteStore::old_runs(const std::string& dag, TimePoint before, int limit) { return impl_->answer(read_old_runs(impl_->db, dag, before, limit)); }

Result<Json> SqliteStore::measured(const MeasuredBefore& what) { return impl_->answer(read_measured(impl_->db, what)); }

Result<Json> SqliteStore::checkpoint(RunId run, TaskIndex task) {
  auto row = impl_->db.prepare("SELECT state FROM checkpoint WHERE run_id = ? AND task = ?");
  row.bind(run.value).bind(task.value);
  auto state = row.step() ? Json::parse(row.text(0)) : Result<Json>(Json());
  return impl_->answer(state ? *std::move(state) : Json());
}

Result<std::optional<std::vector<DatasetView>>> SqliteStore::pins(RunId run, TaskIndex task) {
  std::vector<std::pair<std::string, int64_t>> pinned;
  {
    auto rows = impl_->db.prepare("SELECT dataset, snapshot FROM task_pin WHERE run_id = ? AND task = ? ORDER BY dataset");
    rows.bind(run.value).bind(task.value);
    while (rows.step()) pinned.emplace_back(rows.text(0), rows.integer(1));
  }
  if (pinned.empty()) return impl_->answer(std::optional<std::vector<DatasetView>>());
  std::vector<DatasetView> views;
  for (const auto& [name, snapshot] : pinned) {
    auto view = dataset(name, SnapshotId{snapshot});
    if (!view) return view.error();
    views.push_back(std::move(*view));
  }
  return std::optional(std::move(views));
}

Result<std::vector<ScheduleSeen>> SqliteStore::schedules() {
  std::vector<ScheduleSeen> found;
  auto rows = impl_->db.prepare("SELECT dag, seen FROM schedule ORDER BY dag");
  while (rows.step()) found.push_back({rows.text(0), time_of(rows.integer(1))});
  return impl_->answer(std::move(found));
}

Result<std::vector<TriggerSeen>> SqliteStore::triggers() {
  std::vector<TriggerSeen> found;
  auto rows = impl_->db.prepare("SELECT dag, \"trigger\", item, mark FROM trigger_seen");
  while (rows.step()) found.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3)});
  return impl_->answer(std::move(found));
}

Result<std::vector<PoolOverride>> SqliteStore::pool_overrides() {
  std::vector<PoolOverride> found;
  auto rows = impl_->db.prepare("SELECT name, slots, per_second FROM pool_override ORDER BY name");
  while (rows.step()) {
    auto& one = found.emplace_back(PoolOverride{.name = rows.text(0)});
    if (!rows.is_null(1)) one.slots = static_cast<int>(rows.integer(1));
    if (!rows.is_null(2)) one.per_second = rows.real(2);
  }
  return impl_->answer(std::move(found));
}

Result<std::vector<Quarantine>> SqliteStore::quarantines() {
  std::vector<Quarantine> found;
  auto rows = impl_->db.prepare("SELECT plugin, reason, since FROM quarantine ORDER BY plugin");
  while (rows.step()) found.push_back({rows.text(0), rows.text(1), time_of(rows.integer(2))});
  return impl_->answer(std::move(found));
}

Result<std::vector<Backfill>> SqliteStore::backfills() {
  std::vector<Backfill> found;
  auto rows = impl_->db.prepare("SELECT id, dag, \"from\", \"to\", which, newest_first, concurrency, params, state, handled, started, created, request_id, last FROM backfill ORDER BY id");
  while (rows.step()) {
    found.push_back({.id = rows.integer(0), .dag = rows.text(1), .from = time_of(rows.integer(2)), .to = time_of(rows.integer(3)),
                     .which = backfill_which_from(rows.text(4)).value_or(BackfillWhich::missing), .newest_first = rows.integer(5) != 0, .concurrency = static_cast<int>(rows.integer(6)),
                     .params = parsed(rows.text(7)), .state = backfill_state_from(rows.text(8)).value_or(BackfillState::paused),
                     .last = rows.is_null(13) ? std::nullopt : std::optional(time_of(rows.integer(13))), .handled = rows.integer(9), .started = rows.integer(10),
                     .created = time_of(rows.integer(11)), .request_id = rows.text(12)});
  }
  return impl_->answer(std::move(found));
}

// Items are asked for in order, so the last chunk of each expansion is kept as it was read.
Result<std::optional<Json>> SqliteStore::item(RunId run, TaskIndex place) {
  for (const auto& chunk : impl_->chunks) {
    const auto number = static_cast<size_t>(place.value - chunk.first);
    if (chunk.run == run && place.value >= chunk.first && number < chunk.items.size()) return std::optional(chunk.items.at(number));
  }
  Impl::Chunk read{.run = run, .first = 0, .items = {}};
  {
    auto row = impl_->db.prepare("SELECT first, items FROM item_chunk WHERE run_id = ? AND first <= ? ORDER BY first DESC LIMIT 1");
    row.bind(run.value).bind(place.value);
    if (row.step()) read = {.run = run, .first = static_cast<int32_t>(row.integer(0)), .items = parsed(row.text(1))};
  }
  const auto number = static_cast<size_t>(place.value - read.first);
  std::optional<Json> item;
  if (number < read.items.size()) item = read.items.at(number);
  if (impl_->chunks.size() >= Impl::kMostChunks) impl_->chunks.erase(impl_->chunks.begin());
  if (item) impl_->chunks.push_back(std::move(read));
  return impl_->answer(std::move(item));
}

Result<Outputs> SqliteStore::outputs(RunId run, TaskIndex from, TaskIndex end) {
  Outputs all;
  auto rows = impl_->db.prepare("SELECT task, output FROM task_output WHERE run_id = ? AND task >= ? AND task < ? ORDER BY task");
  rows.bind(run.value).bind(from.value).bind(end.value);
  while (rows.step()) all.emplace_hint(all.end(), TaskIndex{static_cast<int32_t>(rows.integer(0))}, parsed(rows.text(1)));
  return impl_->answer(std::move(all));
}

}  // namespace millrace
