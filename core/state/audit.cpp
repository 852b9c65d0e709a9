#include "state/audit.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include "base/text.hpp"
#include "state/database.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

const std::string kFinalTask = "('succeeded', 'failed', 'timed_out', 'skipped', 'upstream_failed', 'cancelled')";
const std::string kFinalRun = "('succeeded', 'failed', 'cancelled')";
const std::string kOwnTasks = "(SELECT json_array_length(d.tasks) FROM dag_version d WHERE d.name = r.dag AND d.version = r.dag_version)";
constexpr size_t kMostFindings = 100;  // of one kind; a broken store has thousands

class Audit {
 public:
  explicit Audit(Database& db) : db_(db) {}

  // `sql` gives (where, what) for each row that must not be.
  void none(const std::string& sql, const std::string& hint) {
    auto rows = db_.prepare(sql);
    for (size_t n = 0; n < kMostFindings && rows.step(); ++n) find("E2030", rows.text(1), rows.text(0), hint);
  }

  void sqlite() {
    auto rows = db_.prepare("PRAGMA integrity_check(20)");
    while (rows.step()) {
      if (rows.text(0) != "ok") find("E2012", "SQLite says: " + rows.text(0), {}, "restore it from a backup");
    }
    auto keys = db_.prepare("PRAGMA foreign_key_check");
    while (keys.step()) find("E2030", "a row of " + keys.text(0) + " belongs to none of " + keys.text(2), "row " + keys.text(1), "restore it from a backup, and report this");
  }

  void runs() {
    const std::string hint = "run `millrace db replay` on it, and report this";
    none("SELECT r.key, 'the run is ' || r.state || ', and its task ' || t.task || ' is ' || t.state FROM run r JOIN task_run t ON t.run_id = r.id WHERE r.state IN " + kFinalRun +
             " AND t.state NOT IN " + kFinalTask + " AND (t.state != 'waiting' OR t.task < " + kOwnTasks + ")", hint);
    none("SELECT r.key, 'the run is ' || r.state || ', and all its tasks are over' FROM run r WHERE r.state NOT IN " + kFinalRun + " AND r.state != 'queued' AND NOT EXISTS "
         "(SELECT 1 FROM task_run t WHERE t.run_id = r.id AND t.state NOT IN " + kFinalTask + " AND t.task < " + kOwnTasks + ")", hint);
    none("SELECT r.key, 'task ' || t.task || ' is ' || t.state || ', and its attempt ' || t.attempt || ' is not at work' FROM task_run t JOIN run r ON r.id = t.run_id WHERE t.state IN ('leased', 'running') "
         "AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.run_id = t.run_id AND a.task = t.task AND a.attempt = t.attempt AND a.state IN ('leased', 'running'))", hint);
    none("SELECT r.key, 'attempt ' || a.attempt || ' of task ' || a.task || ' is ' || a.state || ', and its task does not hold it' FROM attempt a JOIN run r ON r.id = a.run_id "
         "WHERE a.state IN ('leased', 'running') AND NOT EXISTS (SELECT 1 FROM task_run t WHERE t.run_id = a.run_id AND t.task = a.task AND t.attempt = a.attempt AND t.state IN ('leased', 'running'))", hint);
    none("SELECT r.key, 'task ' || t.task || ' is in backoff, and nothing will wake it' FROM task_run t JOIN run r ON r.id = t.run_id WHERE t.state = 'backoff' "
         "AND NOT EXISTS (SELECT 1 FROM timer m WHERE m.run_id = t.run_id AND m.task = t.task)", "cancel the run and retry it, and report this");
    none("SELECT r.key, 'task ' || t.task || ' waits for items, and has none' FROM task_run t JOIN run r ON r.id = t.run_id WHERE t.state = 'asleep' AND t.wait = 'items' "
         "AND NOT EXISTS (SELECT 1 FROM expansion e WHERE e.run_id = t.run_id AND e.task = t.task AND e.dropped = 0)", hint);
  }

  // The counters behind /metrics are kept move by move; counted again they must be the same.
  void counters() {
    std::map<std::string, int64_t> kept, counted;
    {
      auto rows = db_.prepare("SELECT name, value FROM total WHERE name LIKE 'runs.%' OR name LIKE 'tasks.%'");
      while (rows.step()) kept[rows.text(0)] = rows.integer(1);
    }
    for (const auto& [name, table] : {std::pair("runs.", "run"), std::pair("tasks.", "task_run")}) {
      auto rows = db_.prepare(std::string("SELECT state, COUNT(*) FROM ") + table + " GROUP BY state");
      while (rows.step()) counted[name + rows.text(0)] = rows.integer(1);
    }
    for (const auto& [name, value] : kept) {
      if (counted[name] != value) find("E2030", "the counter " + name + " is " + std::to_string(value) + ", and " + std::to_string(counted[name]) + " are there", {}, "report this; figures on /metrics are off by that");
    }
  }

  void catalog(const std::string& data_root) {
    none("SELECT d.name, 'its newest snapshot says ' || s.rows || ' rows in ' || s.files || ' files, and the live files are ' || COALESCE(SUM(f.rows), 0) || ' rows in ' || COUNT(f.id) "
         "FROM dataset d JOIN snapshot s ON s.id = (SELECT MAX(id) FROM snapshot WHERE dataset = d.id) LEFT JOIN data_file f ON f.dataset = d.id AND f.end_snapshot IS NULL "
         "GROUP BY d.id HAVING COALESCE(SUM(f.rows), 0) != s.rows OR COUNT(f.id) != s.files", "report this");
    if (data_root.empty()) return;
    auto rows = db_.prepare("SELECT f.path, f.bytes, d.name FROM data_file f JOIN dataset d ON d.id = f.dataset WHERE f.end_snapshot IS NULL");
    size_t found = 0;
    while (found < kMostFindings && rows.step()) {
      std::error_code failed;
      const auto size = fs::file_size(fs::path(data_root) / rows.text(0), failed);
      if (!failed && static_cast<int64_t>(size) == rows.integer(1)) continue;
      ++found;
      find("E2031", failed ? "a file of dataset " + rows.text(2) + " is not there" : "a file of dataset " + rows.text(2) + " has " + std::to_string(size) + " bytes instead of " + std::to_string(rows.integer(1)),
           rows.text(0), "restore the file from a backup, or run again what made the dataset");
    }
  }

  std::vector<Error> take() && { return std::move(findings_); }

 private:
  void find(std::string code, std::string what, std::string where, std::string hint) { findings_.push_back({std::move(code), std::move(what), std::move(where), std::move(hint)}); }

  Database& db_;
  std::vector<Error> findings_{};
};

}  // namespace

Result<std::vector<Error>> check_store(const std::string& file, const std::string& data_root) {
  auto db = Database::open(file, Database::Access::read_only);
  if (!db) return db.error();
  db->execute("BEGIN");  // one moment's view
  Audit audit(*db);
  audit.sqlite();
  audit.runs();
  audit.counters();
  audit.catalog(data_root);
  if (auto failed = db->take_error(); !failed) return failed.error();
  return std::move(audit).take();
}

Status backup_store(const std::string& file, const std::string& to) {
  std::error_code failed;
  if (fs::exists(to, failed)) return Error{.code = "E2032", .what = quote(to) + " is there already", .where = to, .hint = "name a file that is not there; a backup overwrites nothing"};
  auto db = Database::open(file, Database::Access::read_only);
  if (!db) return db.error();
  const std::string draft = to + ".draft";
  fs::remove(draft, failed);
  std::ofstream(draft).close();  // as closed to others as the store is, before there is anything in it
  fs::permissions(draft, fs::status(file, failed).permissions(), failed);
  Status copied = db->copy_to(draft);
  if (copied) {
    auto findings = check_store(draft, {});
    copied = !findings ? Status(findings.error()) : findings->empty() ? Status{} : Status(findings->front());
  }
  for (const char* part : {"-wal", "-shm"}) fs::remove(draft + part, failed);
  if (copied) fs::rename(draft, to, failed);
  else fs::remove(draft, failed);
  if (copied && failed) return Error{.code = "E0003", .what = "can't write " + quote(to) + ": " + failed.message(), .where = to, .hint = "check the folder and its permissions"};
  return copied;
}

}  // namespace millrace
