#include "state/catalog_table.hpp"

#include <unordered_map>

#include "catalog/plan.hpp"
#include "model/dataset_ref.hpp"
#include "state/care_table.hpp"
#include "state/check_table.hpp"
#include "state/position_table.hpp"
#include "state/stored_json.hpp"

namespace millrace {
namespace {

int64_t dataset_id(Database& db, const std::string& name) {
  auto find = db.prepare("SELECT id FROM dataset WHERE name = ?");
  find.bind(name);
  return find.step() ? find.integer(0) : 0;
}

// Partitions alone: nothing else of the files is asked for.
std::vector<DataFile> files_since(Database& db, const std::string& dataset, SnapshotId read) {
  auto find = db.prepare("SELECT DISTINCT partition FROM data_file WHERE dataset = ? AND (begin_snapshot > ? OR end_snapshot > ?)");
  find.bind(dataset_id(db, dataset)).bind(read.value).bind(read.value);
  std::vector<DataFile> files;
  while (find.step()) files.push_back({.partition = parsed(find.text(0))});
  return files;
}

CatalogView view_for(Database& db, const DataCommit& data) {
  CatalogView view;
  for (const auto& staged : data.snapshots) {
    if (!view.datasets.contains(staged.dataset)) {
      const auto parts = needs_files(data, staged.dataset) ? Parts::with_files : Parts::columns_only;
      view.datasets[staged.dataset] = read_dataset(db, staged.dataset, std::nullopt, parts);
    }
    if (is_by_partition(staged)) view.since[staged.dataset] = files_since(db, staged.dataset, *staged.read);
    for (const auto& file : staged.files) {
      auto find = db.prepare("SELECT 1 FROM data_file WHERE path = ? LIMIT 1");
      find.bind(file.path);
      if (find.step()) view.taken_paths.insert(file.path);
      auto garbage = db.prepare("SELECT 1 FROM garbage WHERE path = ?");
      garbage.bind(file.path);
      if (garbage.step()) view.garbage.insert(file.path);
    }
  }
  for (const auto& move : data.positions) {
    auto find = db.prepare("SELECT value FROM position WHERE source = ? AND key = ?");
    find.bind(move.source).bind(move.key);
    if (find.step()) view.positions[{move.source, move.key}] = parsed(find.text(0));
  }
  return view;
}

void write_columns(Database& db, int64_t dataset, int64_t snapshot, const std::vector<Column>& columns) {
  db.prepare("UPDATE dataset_column SET end_snapshot = ? WHERE dataset = ? AND end_snapshot IS NULL").bind(snapshot).bind(dataset).run();
  for (size_t i = 0; i < columns.size(); ++i) {
    db.prepare("INSERT INTO dataset_column (dataset, position, name, type, nullable, begin_snapshot) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(dataset).bind(static_cast<int64_t>(i)).bind(columns[i].name).bind(columns[i].type).bind(int{columns[i].nullable}).bind(snapshot).run();
  }
}

void end_files(Database& db, int64_t snapshot, const std::vector<std::string>& paths) {
  for (const auto& path : paths) {
    db.prepare("UPDATE data_file SET end_snapshot = ? WHERE path = ? AND end_snapshot IS NULL").bind(snapshot).bind(path).run();
  }
}

void add_files(Database& db, int64_t dataset, int64_t snapshot, const std::vector<DataFile>& files) {
  for (const auto& file : files) {
    db.prepare("INSERT INTO data_file (dataset, path, rows, bytes, partition, stats, begin_snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(dataset).bind(file.path).bind(file.rows).bind(file.bytes).bind(file.partition.dump()).bind(file.stats.dump()).bind(snapshot).run();
  }
}

// Once more, as they were the first time.
void bring_back_files(Database& db, int64_t snapshot, const std::vector<DataFile>& files) {
  for (const auto& file : files) {
    db.prepare("INSERT INTO data_file (dataset, path, rows, bytes, partition, stats, begin_snapshot) SELECT dataset, path, rows, bytes, partition, stats, ? FROM data_file WHERE path = ? LIMIT 1")
        .bind(snapshot).bind(file.path).run();
  }
}

// Rows, bytes and files of a dataset after a snapshot: kept with it, so that lists and commits need no sums.
struct Sizes {
  int64_t rows{}, bytes{}, files{};
};

// Cost is that of the change, not of the dataset.
Sizes sizes_after(Database& db, int64_t parent, const std::vector<std::string>& ended, const std::vector<DataFile>& added) {
  Sizes sizes;
  {
    auto before = db.prepare("SELECT rows, bytes, files FROM snapshot WHERE id = ?");
    before.bind(parent);
    if (before.step()) sizes = {before.integer(0), before.integer(1), before.integer(2)};
  }
  for (const auto& path : ended) {
    auto file = db.prepare("SELECT rows, bytes FROM data_file WHERE path = ? LIMIT 1");
    file.bind(path);
    if (file.step()) sizes = {sizes.rows - file.integer(0), sizes.bytes - file.integer(1), sizes.files - 1};
  }
  for (const auto& file : added) sizes = {sizes.rows + file.rows, sizes.bytes + file.bytes, sizes.files + 1};
  return sizes;
}

int64_t write_snapshot_row(Database& db, const RunCommit& part, LeaseNumber lease, int64_t dataset, const StagedSnapshot& staged, const CatalogChange& change) {
  int64_t parent = 0;
  {
    auto newest = db.prepare("SELECT MAX(id) FROM snapshot WHERE dataset = ?");
    newest.bind(dataset);
    if (newest.step()) parent = newest.integer(0);
  }
  const Sizes sizes = sizes_after(db, parent, change.ended, staged.files);
  auto insert = db.prepare("INSERT INTO snapshot (dataset, time, run_id, task, attempt, operation, parent, rows, bytes, files, summary) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(dataset).bind(part.time.time_since_epoch().count()).bind(lease.run.value).bind(lease.task.value).bind(lease.attempt).bind(name(staged.operation));
  if (parent > 0) insert.bind(parent);
  else insert.bind_null();
  insert.bind(sizes.rows).bind(sizes.bytes).bind(sizes.files).bind(staged.summary.dump()).run();
  return db.last_id();
}

// The part of one input: {"kind": "columns", "rows": […], "columns": {…}}, or "" when it is not known.
std::string lineage_from(const Json& lineage, const std::string& input) {
  if (lineage["kind"].as_text() != "columns") return {};
  const Json& known = lineage["inputs"][input];
  return Json::object({{"kind", "columns"}, {"rows", known.is_null() ? Json::array() : known["rows"]}, {"columns", known.is_null() ? Json::object() : known["columns"]}}).dump();
}

void write_edges(Database& db, LeaseNumber lease, int64_t snapshot, const Json& lineage) {
  std::vector<std::pair<std::string, int64_t>> inputs;
  {
    // Those of an item are its foreach task's, mostly.
    auto pins = db.prepare("SELECT dataset, snapshot FROM task_pin WHERE run_id = ?1 AND snapshot > 0 AND "
                           "(task = ?2 OR task = (SELECT task FROM expansion WHERE run_id = ?1 AND first <= ?2 AND ?2 < first + count))");
    pins.bind(lease.run.value).bind(lease.task.value);
    while (pins.step()) inputs.emplace_back(pins.text(0), pins.integer(1));
  }
  for (const auto& [dataset, input] : inputs) {
    db.prepare("INSERT OR IGNORE INTO dataset_edge (run_id, task, input_snapshot, output_snapshot, columns) VALUES (?, ?, ?, ?, ?)")
        .bind(lease.run.value).bind(lease.task.value).bind(input).bind(snapshot).bind(lineage_from(lineage, dataset)).run();
  }
}

void write_staged(Database& db, const RunCommit& part, LeaseNumber lease, const StagedSnapshot& staged, const CatalogChange& change, Totals& totals) {
  int64_t dataset = dataset_id(db, staged.dataset);
  if (dataset == 0) {
    db.prepare("INSERT INTO dataset (name) VALUES (?)").bind(staged.dataset).run();
    dataset = db.last_id();
  }
  const int64_t snapshot = write_snapshot_row(db, part, lease, dataset, staged, change);
  if (change.schema_changed) write_columns(db, dataset, snapshot, change.columns);
  end_files(db, snapshot, change.ended);
  staged.operation == Operation::restore ? bring_back_files(db, snapshot, staged.files) : add_files(db, dataset, snapshot, staged.files);
  write_checks(db, part, dataset, {.dataset = staged.dataset, .snapshot = {snapshot}, .checks = staged.checks, .metrics = staged.metrics});
  write_edges(db, lease, snapshot, staged.lineage);
  totals.add("rows.in", staged.summary["rows_in"].as_int());
  totals.add("rows.out", staged.summary["rows_out"].as_int());
  totals.add("rows.rejected", staged.summary["rows_rejected"].as_int());
}

void read_columns(Database& db, int64_t dataset, DatasetView& view) {
  auto columns = db.prepare("SELECT name, type, nullable FROM dataset_column WHERE dataset = ? AND begin_snapshot <= ? AND (end_snapshot IS NULL OR end_snapshot > ?) ORDER BY position");
  columns.bind(dataset).bind(view.snapshot.value).bind(view.snapshot.value);
  while (columns.step()) view.columns.push_back({columns.text(0), columns.text(1), columns.integer(2) != 0});
}

// The newest world is asked for most, and it must not cost more with every file that ended long ago.
void read_files(Database& db, int64_t dataset, bool newest, DatasetView& view) {
  auto files = db.prepare(newest ? "SELECT path, rows, bytes, partition FROM data_file WHERE dataset = ? AND end_snapshot IS NULL ORDER BY id"
                                 : "SELECT path, rows, bytes, partition FROM data_file WHERE dataset = ? AND begin_snapshot <= ?2 AND (end_snapshot IS NULL OR end_snapshot > ?2) ORDER BY id");
  files.bind(dataset);
  if (!newest) files.bind(view.snapshot.value);
  std::unordered_map<std::string, Json> partitions;  // there are far fewer of them than files
  while (files.step()) {
    std::string text = files.text(3);
    auto partition = partitions.find(text);
    if (partition == partitions.end()) partition = partitions.emplace(std::move(text), parsed(files.text(3))).first;
    view.files.push_back({.path = files.text(0), .rows = files.integer(1), .bytes = files.integer(2), .partition = partition->second});
  }
}

int64_t snapshot_at(Database& db, const DatasetRef& ref) {
  const int64_t dataset = dataset_id(db, ref.dataset);
  const auto first = [](Statement row) { return row.step() && !row.is_null(0) ? row.integer(0) : int64_t{0}; };
  const auto until = [&](int64_t time) { return first(std::move(db.prepare("SELECT MAX(id) FROM snapshot WHERE dataset = ? AND time <= ?").bind(dataset).bind(time))); };
  if (const auto* id = std::get_if<SnapshotId>(&ref.at)) return first(std::move(db.prepare("SELECT id FROM snapshot WHERE dataset = ? AND id = ?").bind(dataset).bind(id->value)));
  if (const auto* time = std::get_if<TimePoint>(&ref.at)) return until(time->time_since_epoch().count());
  const auto& key = std::get<AtRun>(ref.at).key;
  const int64_t made = first(std::move(db.prepare("SELECT MAX(s.id) FROM snapshot s JOIN run r ON r.id = s.run_id WHERE s.dataset = ? AND r.key = ?").bind(dataset).bind(key)));
  if (made > 0) return made;
  const int64_t end = first(std::move(db.prepare("SELECT finished FROM run WHERE key = ? AND state IN ('succeeded', 'failed', 'cancelled')").bind(key)));
  return end > 0 ? until(end) : 0;
}

}  // namespace

DatasetView read_dataset(Database& db, const std::string& name, std::optional<SnapshotId> at, Parts parts) {
  DatasetView view{.dataset = name, .snapshot = {}, .columns = {}, .files = {}};
  const int64_t dataset = dataset_id(db, name);
  if (dataset == 0) return view;
  {
    auto newest = db.prepare("SELECT id, operation FROM snapshot WHERE dataset = ? AND id <= ? ORDER BY id DESC LIMIT 1");
    newest.bind(dataset).bind(at ? at->value : INT64_MAX);
    if (!newest.step() || newest.text(1) == millrace::name(Operation::drop)) return view;
    view.snapshot = {newest.integer(0)};
  }
  read_columns(db, dataset, view);
  if (parts == Parts::with_files) read_files(db, dataset, !at, view);
  return view;
}

Result<DatasetView> read_reference(Database& db, const std::string& reference, Parts parts) {
  auto ref = reference_from(reference);
  if (!ref) return ref.error();
  if (std::holds_alternative<std::monostate>(ref->at)) return read_dataset(db, ref->dataset, std::nullopt, parts);
  const int64_t at = snapshot_at(db, *ref);
  if (at == 0) return no_such_snapshot(reference);
  if (is_expired(db, {at})) return has_expired(ref->dataset, {at});
  auto view = read_dataset(db, ref->dataset, SnapshotId{at}, parts);
  if (view.snapshot.value == 0) return no_such_snapshot(reference);
  view.dataset = reference;
  return view;
}

std::optional<Error> find_conflict(Database& db, const DataCommit& data) {
  auto changes = plan_data(data, view_for(db, data));
  if (changes) return std::nullopt;
  return changes.error();
}

void write_data(Database& db, const RunCommit& part, Totals& totals) {
  const auto by = committer_of(part);
  if (!by || part.data.empty() || db.failed()) return;
  auto changes = plan_data(part.data, view_for(db, part.data));
  if (!changes) {
    db.fail(changes.error());
    return;
  }
  write_positions(db, part.data.positions, *by, part.time);
  for (size_t i = 0; i < changes->size(); ++i) {
    if (!(*changes)[i].nothing) write_staged(db, part, *by, part.data.snapshots[i], (*changes)[i], totals);
  }
  write_checked(db, part);
}

}  // namespace millrace
