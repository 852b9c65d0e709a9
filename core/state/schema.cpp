#include "state/schema.hpp"

namespace millrace {

namespace {

// The same in a new store and in one that was made before there were any.
const std::string kAuthTables = R"sql(
-- Who may come in (core/auth). Of passwords, tokens and sessions only hashes.
CREATE TABLE user (name TEXT PRIMARY KEY, password TEXT NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE user_grant (user TEXT NOT NULL REFERENCES user (name), role TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (user, role, label)) STRICT, WITHOUT ROWID;
CREATE TABLE service_token (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL, made_by TEXT NOT NULL, created INTEGER NOT NULL, ends INTEGER,
  revoked INTEGER) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX service_token_by_name ON service_token (name) WHERE revoked IS NULL;
CREATE TABLE session (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL, who TEXT NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL, ends INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_who ON session (who);
-- The audit log: each row holds the hash of the one before (core/auth/audit_chain.hpp).
CREATE TABLE audit (
  number INTEGER PRIMARY KEY, time INTEGER NOT NULL, who TEXT NOT NULL, source TEXT NOT NULL, verb TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL,
  request TEXT NOT NULL, before TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
)sql";

}  // namespace

const std::string kSchema = R"sql(
CREATE TABLE dag_version (
  name TEXT NOT NULL, version TEXT NOT NULL, source TEXT NOT NULL, tasks TEXT NOT NULL, time INTEGER NOT NULL,
  PRIMARY KEY (name, version)) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, dag TEXT NOT NULL, dag_version TEXT NOT NULL, "trigger" TEXT NOT NULL,
  params TEXT NOT NULL, logical_time INTEGER, request_id TEXT, state TEXT NOT NULL, cancel_reason TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL, started INTEGER, finished INTEGER, parent_run INTEGER, parent_task INTEGER, pruned INTEGER, deadline INTEGER, late TEXT) STRICT;
CREATE INDEX run_by_dag ON run (dag, id);
CREATE INDEX run_by_state ON run (state, id);
-- run.pruned: when all but this row went; negative while it is going; null: everything is there.
CREATE INDEX run_whole ON run (dag, finished) WHERE pruned IS NULL;
CREATE INDEX run_going ON run (id) WHERE pruned < 0;
CREATE UNIQUE INDEX run_by_request ON run (request_id) WHERE request_id IS NOT NULL;

CREATE TABLE task_run (
  run_id INTEGER NOT NULL REFERENCES run (id), task INTEGER NOT NULL, state TEXT NOT NULL,
  attempt INTEGER NOT NULL, failures INTEGER NOT NULL, losses INTEGER NOT NULL, version INTEGER NOT NULL,
  since INTEGER NOT NULL, wake INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '', wait TEXT NOT NULL DEFAULT '',
  spent INTEGER NOT NULL DEFAULT 0, opened INTEGER NOT NULL DEFAULT 0, timed_out_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, task)) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
  run_id INTEGER NOT NULL, task INTEGER NOT NULL, attempt INTEGER NOT NULL, state TEXT NOT NULL, worker TEXT NOT NULL,
  started INTEGER NOT NULL, finished INTEGER, error_class TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
  what TEXT NOT NULL DEFAULT '', "where" TEXT NOT NULL DEFAULT '', hint TEXT NOT NULL DEFAULT '',
  config TEXT, usage TEXT,
  PRIMARY KEY (run_id, task, attempt)) STRICT, WITHOUT ROWID;

CREATE TABLE rejected_report (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, task INTEGER NOT NULL, attempt INTEGER NOT NULL, worker TEXT NOT NULL,
  time INTEGER NOT NULL, what TEXT NOT NULL) STRICT;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, time INTEGER NOT NULL, event TEXT NOT NULL) STRICT;
CREATE INDEX journal_by_run ON journal (run_id, id);

CREATE TABLE timer (
  run_id INTEGER NOT NULL, task INTEGER NOT NULL, attempt INTEGER NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (run_id, task, kind)) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, effect TEXT NOT NULL) STRICT;

CREATE TABLE task_output (
  run_id INTEGER NOT NULL, task INTEGER NOT NULL, output TEXT NOT NULL, PRIMARY KEY (run_id, task)) STRICT, WITHOUT ROWID;
CREATE TABLE task_pin (
  run_id INTEGER NOT NULL, task INTEGER NOT NULL, dataset TEXT NOT NULL, snapshot INTEGER NOT NULL,
  PRIMARY KEY (run_id, task, dataset)) STRICT, WITHOUT ROWID;

-- The items of foreach tasks: places [first, first + count) of task_run.task; those that were never opened have no row there.
CREATE TABLE expansion (
  run_id INTEGER NOT NULL, first INTEGER NOT NULL, task INTEGER NOT NULL, count INTEGER NOT NULL, max_parallel INTEGER NOT NULL,
  tolerated INTEGER NOT NULL, dropped INTEGER NOT NULL, file TEXT NOT NULL DEFAULT '', PRIMARY KEY (run_id, first)) STRICT, WITHOUT ROWID;
CREATE TABLE item_chunk (
  run_id INTEGER NOT NULL, first INTEGER NOT NULL, items TEXT NOT NULL, PRIMARY KEY (run_id, first)) STRICT, WITHOUT ROWID;

-- What the latest attempt of a task saved for the next one.
CREATE TABLE checkpoint (run_id INTEGER NOT NULL, task INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (run_id, task)) STRICT, WITHOUT ROWID;

CREATE TABLE dataset (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE dataset_column (
  dataset INTEGER NOT NULL REFERENCES dataset (id), position INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
  nullable INTEGER NOT NULL, begin_snapshot INTEGER NOT NULL, end_snapshot INTEGER) STRICT;
CREATE INDEX dataset_column_by_dataset ON dataset_column (dataset, begin_snapshot);
CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL REFERENCES dataset (id), time INTEGER NOT NULL, run_id INTEGER NOT NULL,
  task INTEGER NOT NULL, attempt INTEGER NOT NULL, operation TEXT NOT NULL, parent INTEGER, rows INTEGER NOT NULL,
  bytes INTEGER NOT NULL, files INTEGER NOT NULL, summary TEXT NOT NULL, expired INTEGER) STRICT;
CREATE INDEX snapshot_by_dataset ON snapshot (dataset, id);
CREATE INDEX snapshot_by_run ON snapshot (run_id, task);
-- A row for each time that the dataset has the file: a restored one comes back.
CREATE TABLE data_file (
  id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL REFERENCES dataset (id), path TEXT NOT NULL, rows INTEGER NOT NULL,
  bytes INTEGER NOT NULL, partition TEXT NOT NULL, stats TEXT NOT NULL, begin_snapshot INTEGER NOT NULL, end_snapshot INTEGER) STRICT;
CREATE INDEX data_file_live ON data_file (dataset, end_snapshot);
CREATE INDEX data_file_by_path ON data_file (path);
CREATE TABLE position (
  source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, epoch INTEGER NOT NULL, run_id INTEGER NOT NULL, task INTEGER NOT NULL,
  PRIMARY KEY (source, key)) STRICT, WITHOUT ROWID;
-- All moves of positions, in order; value null: forgotten.
CREATE TABLE position_change (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, run_id INTEGER NOT NULL, task INTEGER NOT NULL,
  attempt INTEGER NOT NULL, time INTEGER NOT NULL) STRICT;
CREATE INDEX position_change_by_key ON position_change (source, key, id);
CREATE INDEX position_change_by_run ON position_change (run_id, source);
-- rules_of: dag/task whose rules they are; run_id: the run that found it. Empty and 0: as with the snapshot.
CREATE TABLE check_result (
  snapshot INTEGER NOT NULL REFERENCES snapshot (id), number INTEGER NOT NULL, result TEXT NOT NULL,
  rules_of TEXT NOT NULL DEFAULT '', run_id INTEGER NOT NULL DEFAULT 0, time INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (snapshot, number)) STRICT, WITHOUT ROWID;
-- What those rules measured, for the runs to come. time: that for which the run was.
CREATE TABLE check_metric (
  dataset INTEGER NOT NULL REFERENCES dataset (id), rules_of TEXT NOT NULL, snapshot INTEGER NOT NULL REFERENCES snapshot (id),
  run_id INTEGER NOT NULL, time INTEGER NOT NULL, metrics TEXT NOT NULL,
  PRIMARY KEY (dataset, rules_of, snapshot)) STRICT, WITHOUT ROWID;
CREATE TABLE dataset_edge (
  run_id INTEGER NOT NULL, task INTEGER NOT NULL, input_snapshot INTEGER NOT NULL, output_snapshot INTEGER NOT NULL, columns TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (output_snapshot, input_snapshot)) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_edge_by_input ON dataset_edge (input_snapshot);
CREATE TABLE garbage (path TEXT PRIMARY KEY, not_before INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (dag TEXT PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE backfill (
  id INTEGER PRIMARY KEY, dag TEXT NOT NULL, "from" INTEGER NOT NULL, "to" INTEGER NOT NULL, which TEXT NOT NULL, newest_first INTEGER NOT NULL,
  concurrency INTEGER NOT NULL, params TEXT NOT NULL, state TEXT NOT NULL, last INTEGER, handled INTEGER NOT NULL, started INTEGER NOT NULL,
  created INTEGER NOT NULL, request_id TEXT NOT NULL) STRICT;
CREATE TABLE pool_override (name TEXT PRIMARY KEY, slots INTEGER, per_second REAL) STRICT, WITHOUT ROWID;
CREATE TABLE trigger_seen (dag TEXT NOT NULL, "trigger" TEXT NOT NULL, item TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (dag, "trigger", item)) STRICT, WITHOUT ROWID;
CREATE TABLE leader (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, address TEXT NOT NULL, lease INTEGER NOT NULL, renewed INTEGER NOT NULL) STRICT;

CREATE TABLE quarantine (plugin TEXT PRIMARY KEY, reason TEXT NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE total (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)sql" + kAuthTables;

const std::array<std::string, kSchemaVersion - 1> kMigrations{
    "ALTER TABLE task_run ADD COLUMN wait TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE run ADD COLUMN parent_run INTEGER;"
    "ALTER TABLE run ADD COLUMN parent_task INTEGER;"
    "CREATE TABLE schedule (dag TEXT PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE backfill (id INTEGER PRIMARY KEY, dag TEXT NOT NULL, \"from\" INTEGER NOT NULL, \"to\" INTEGER NOT NULL, which TEXT NOT NULL, newest_first INTEGER NOT NULL,"
    " concurrency INTEGER NOT NULL, params TEXT NOT NULL, state TEXT NOT NULL, last INTEGER, handled INTEGER NOT NULL, started INTEGER NOT NULL, created INTEGER NOT NULL, request_id TEXT NOT NULL) STRICT;",
    "CREATE TABLE expansion (run_id INTEGER NOT NULL, first INTEGER NOT NULL, task INTEGER NOT NULL, count INTEGER NOT NULL, max_parallel INTEGER NOT NULL,"
    " tolerated INTEGER NOT NULL, dropped INTEGER NOT NULL, PRIMARY KEY (run_id, first)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE item_chunk (run_id INTEGER NOT NULL, first INTEGER NOT NULL, items TEXT NOT NULL, PRIMARY KEY (run_id, first)) STRICT, WITHOUT ROWID;"
    "ALTER TABLE task_run ADD COLUMN spent INTEGER NOT NULL DEFAULT 0; UPDATE task_run SET spent = MIN(failures, 1000) WHERE failures > 0;"
    "ALTER TABLE task_run ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE task_run ADD COLUMN timed_out_by TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE pool_override (name TEXT PRIMARY KEY, slots INTEGER, per_second REAL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE trigger_seen (dag TEXT NOT NULL, \"trigger\" TEXT NOT NULL, item TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (dag, \"trigger\", item)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE leader (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, address TEXT NOT NULL, lease INTEGER NOT NULL, renewed INTEGER NOT NULL) STRICT;",
    "ALTER TABLE run ADD COLUMN pruned INTEGER; ALTER TABLE run ADD COLUMN deadline INTEGER; ALTER TABLE run ADD COLUMN late TEXT;"
    "CREATE INDEX run_whole ON run (dag, finished) WHERE pruned IS NULL;"
    "CREATE INDEX run_going ON run (id) WHERE pruned < 0;"
    "ALTER TABLE expansion ADD COLUMN file TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE checkpoint (run_id INTEGER NOT NULL, task INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (run_id, task)) STRICT, WITHOUT ROWID;",
    "CREATE TABLE quarantine (plugin TEXT PRIMARY KEY, reason TEXT NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    "ALTER TABLE snapshot ADD COLUMN expired INTEGER;",
    "CREATE TABLE file_again (id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL REFERENCES dataset (id), path TEXT NOT NULL, rows INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, partition TEXT NOT NULL, stats TEXT NOT NULL, begin_snapshot INTEGER NOT NULL, end_snapshot INTEGER) STRICT;"
    "INSERT INTO file_again SELECT id, dataset, path, rows, bytes, partition, stats, begin_snapshot, end_snapshot FROM data_file;"
    "DROP TABLE data_file; ALTER TABLE file_again RENAME TO data_file;"
    "CREATE INDEX data_file_live ON data_file (dataset, end_snapshot); CREATE INDEX data_file_by_path ON data_file (path);"
    "CREATE TABLE position_change (id INTEGER PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, run_id INTEGER NOT NULL, task INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL, time INTEGER NOT NULL) STRICT;"
    "CREATE INDEX position_change_by_key ON position_change (source, key, id); CREATE INDEX position_change_by_run ON position_change (run_id, source);"
    "INSERT INTO position_change (source, key, value, run_id, task, attempt, time) SELECT p.source, p.key, p.value, p.run_id, p.task, IFNULL(s.attempt, 0), IFNULL(s.time, 0)"
    " FROM position p LEFT JOIN snapshot s ON s.id = (SELECT MAX(id) FROM snapshot WHERE run_id = p.run_id AND task = p.task) ORDER BY p.run_id, p.source, p.key;",
    "ALTER TABLE dataset_edge ADD COLUMN columns TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX dataset_edge_by_input ON dataset_edge (input_snapshot);",
    "ALTER TABLE check_result ADD COLUMN rules_of TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE check_result ADD COLUMN run_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE check_result ADD COLUMN time INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE check_metric (dataset INTEGER NOT NULL REFERENCES dataset (id), rules_of TEXT NOT NULL, snapshot INTEGER NOT NULL REFERENCES snapshot (id),"
    " run_id INTEGER NOT NULL, time INTEGER NOT NULL, metrics TEXT NOT NULL, PRIMARY KEY (dataset, rules_of, snapshot)) STRICT, WITHOUT ROWID;",
    kAuthTables};

}  // namespace millrace
