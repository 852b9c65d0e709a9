#include "state/catalog_table.hpp"

#include "base/invariant.hpp"
#include "catalog/rules.hpp"
#include "state/move_writer.hpp"

namespace millrace {
namespace {

Json parsed(const std::string& text) {
  auto json = Json::parse(text);
  return json ? std::move(*json) : Json();
}

int64_t dataset_id(Database& db, const std::string& name) {
  auto find = db.prepare("SELECT id FROM dataset WHERE name = ?");
  find.bind(name);
  return find.step() ? find.integer(0) : 0;
}

std::optional<Json> stored_position(Database& db, const PositionMove& move) {
  auto find = db.prepare("SELECT value FROM position WHERE source = ? AND key = ?");
  find.bind(move.source).bind(move.key);
  if (!find.step()) return std::nullopt;
  return parsed(find.text(0));
}

bool has_file(Database& db, const std::string& path) {
  auto find = db.prepare("SELECT 1 FROM data_file WHERE path = ?");
  find.bind(path);
  return find.step();
}

void write_columns(Database& db, int64_t dataset, int64_t snapshot, const std::vector<Column>& columns) {
  db.prepare("UPDATE dataset_column SET end_snapshot = ? WHERE dataset = ? AND end_snapshot IS NULL").bind(snapshot).bind(dataset).run();
  for (size_t i = 0; i < columns.size(); ++i) {
    db.prepare("INSERT INTO dataset_column (dataset, position, name, type, nullable, begin_snapshot) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(dataset).bind(static_cast<int64_t>(i)).bind(columns[i].name).bind(columns[i].type).bind(int{columns[i].nullable}).bind(snapshot).run();
  }
}

void write_files(Database& db, int64_t dataset, int64_t snapshot, const std::vector<std::string>& ended, const std::vector<DataFile>& files) {
  for (const auto& path : ended) {
    db.prepare("UPDATE data_file SET end_snapshot = ? WHERE path = ? AND end_snapshot IS NULL").bind(snapshot).bind(path).run();
  }
  for (const auto& file : files) {
    if (has_file(db, file.path)) return db.fail(file_known(file.path));
    db.prepare("INSERT INTO data_file (dataset, path, rows, bytes, partition, stats, begin_snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(dataset).bind(file.path).bind(file.rows).bind(file.bytes).bind(file.partition.dump()).bind(file.stats.dump()).bind(snapshot).run();
  }
}

int64_t write_snapshot_row(Database& db, const RunCommit& part, LeaseNumber lease, int64_t dataset, const StagedSnapshot& staged, int64_t parent) {
  auto insert = db.prepare("INSERT INTO snapshot (dataset, time, run_id, task, attempt, operation, parent, rows, bytes, files, summary) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?)");
  insert.bind(dataset).bind(part.time.time_since_epoch().count()).bind(lease.run.value).bind(lease.task.value).bind(lease.attempt).bind(name(staged.operation));
  if (parent > 0) insert.bind(parent);
  else insert.bind_null();
  insert.bind(staged.summary.dump()).run();
  return db.last_id();
}

// Rows, bytes and files of the dataset after the snapshot, so that lists need no sums.
void write_sizes(Database& db, int64_t dataset, int64_t snapshot) {
  db.prepare("UPDATE snapshot SET (rows, bytes, files) = (SELECT COALESCE(SUM(rows), 0), COALESCE(SUM(bytes), 0), COUNT(*) FROM data_file "
             "WHERE dataset = ? AND end_snapshot IS NULL) WHERE id = ?")
      .bind(dataset).bind(snapshot).run();
}

void write_edges(Database& db, LeaseNumber lease, int64_t snapshot) {
  db.prepare("INSERT OR IGNORE INTO dataset_edge (run_id, task, input_snapshot, output_snapshot) "
             "SELECT run_id, task, snapshot, ? FROM task_pin WHERE run_id = ? AND task = ? AND snapshot > 0")
      .bind(snapshot).bind(lease.run.value).bind(lease.task.value).run();
}

void write_staged(Database& db, const RunCommit& part, LeaseNumber lease, const StagedSnapshot& staged) {
  const auto now = read_dataset(db, staged.dataset, std::nullopt);
  auto change = plan_commit(now, staged);
  if (!change) {
    db.fail(change.error());
    return;
  }
  int64_t dataset = dataset_id(db, staged.dataset);
  if (dataset == 0) {
    db.prepare("INSERT INTO dataset (name) VALUES (?)").bind(staged.dataset).run();
    dataset = db.last_id();
  }
  const int64_t snapshot = write_snapshot_row(db, part, lease, dataset, staged, now.snapshot.value);
  if (change->schema_changed) write_columns(db, dataset, snapshot, change->columns);
  write_files(db, dataset, snapshot, change->ended, staged.files);
  write_sizes(db, dataset, snapshot);
  for (size_t i = 0; i < staged.checks.size(); ++i) {
    db.prepare("INSERT INTO check_result (snapshot, number, result) VALUES (?, ?, ?)").bind(snapshot).bind(static_cast<int64_t>(i)).bind(staged.checks.at(i).dump()).run();
  }
  write_edges(db, lease, snapshot);
  add_total(db, "rows.in", staged.summary["rows_in"].as_int());
  add_total(db, "rows.out", staged.summary["rows_out"].as_int());
  add_total(db, "rows.rejected", staged.summary["rows_rejected"].as_int());
}

}  // namespace

DatasetView read_dataset(Database& db, const std::string& name, std::optional<SnapshotId> at) {
  DatasetView view{.dataset = name, .snapshot = {}, .columns = {}, .files = {}};
  const int64_t dataset = dataset_id(db, name);
  if (dataset == 0) return view;
  {
    auto newest = db.prepare("SELECT MAX(id) FROM snapshot WHERE dataset = ? AND id <= ?");
    newest.bind(dataset).bind(at ? at->value : INT64_MAX);
    if (!newest.step() || newest.is_null(0)) return view;
    view.snapshot = {newest.integer(0)};
  }
  auto columns = db.prepare("SELECT name, type, nullable FROM dataset_column WHERE dataset = ? AND begin_snapshot <= ? AND (end_snapshot IS NULL OR end_snapshot > ?) ORDER BY position");
  columns.bind(dataset).bind(view.snapshot.value).bind(view.snapshot.value);
  while (columns.step()) view.columns.push_back({columns.text(0), columns.text(1), columns.integer(2) != 0});
  auto files = db.prepare("SELECT path, rows, bytes, partition, stats FROM data_file WHERE dataset = ? AND begin_snapshot <= ? AND (end_snapshot IS NULL OR end_snapshot > ?) ORDER BY id");
  files.bind(dataset).bind(view.snapshot.value).bind(view.snapshot.value);
  while (files.step()) view.files.push_back({files.text(0), files.integer(1), files.integer(2), parsed(files.text(3)), parsed(files.text(4))});
  return view;
}

std::optional<Error> find_conflict(Database& db, const DataCommit& data) {
  return find_conflict(data, {.dataset = [&](const std::string& name) { return read_dataset(db, name, std::nullopt); },
                              .position = [&](const PositionMove& move) { return stored_position(db, move); },
                              .has_file = [&](const std::string& path) { return has_file(db, path); }});
}

void write_data(Database& db, const RunCommit& part) {
  if (part.data.empty()) return;
  const auto* finished = std::get_if<AttemptFinished>(&part.event);
  MR_INVARIANT(finished != nullptr, "data that comes with no attempt's end");
  for (const auto& move : part.data.positions) {
    if (auto conflict = position_conflict(move, stored_position(db, move))) {
      db.fail(std::move(*conflict));
      return;
    }
    db.prepare("INSERT INTO position (source, key, value, epoch, run_id, task) VALUES (?, ?, ?, 1, ?, ?) "
               "ON CONFLICT (source, key) DO UPDATE SET value = excluded.value, epoch = epoch + 1, run_id = excluded.run_id, task = excluded.task")
        .bind(move.source).bind(move.key).bind(move.value.dump()).bind(part.run.value).bind(finished->lease.task.value).run();
  }
  for (const auto& staged : part.data.snapshots) write_staged(db, part, finished->lease, staged);
}

}  // namespace millrace
