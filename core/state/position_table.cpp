#include "state/position_table.hpp"

#include <map>

#include "base/text.hpp"
#include "state/care_table.hpp"
#include "state/catalog_table.hpp"
#include "state/stored_json.hpp"

namespace millrace {
namespace {

// The last move of the run; 0 without a run.
Result<int64_t> last_move(Database& db, const std::string& source, std::optional<RunId> run) {
  if (!run) return int64_t{0};
  auto row = db.prepare("SELECT MAX(id) FROM position_change WHERE run_id = ? AND source = ?");
  row.bind(run->value).bind(source);
  if (row.step() && !row.is_null(0)) return row.integer(0);
  return Error{.code = "E5019", .what = "the run did not move the positions of source " + quote(source), .where = {}, .hint = "`millrace positions history` shows the runs that did"};
}

std::vector<PositionMove> moves_back(Database& db, const std::string& source, int64_t to) {
  std::vector<PositionMove> moves;
  auto rows = db.prepare("SELECT c.key, (SELECT value FROM position WHERE source = ?1 AND key = c.key), "
                         "(SELECT value FROM position_change WHERE source = ?1 AND key = c.key AND id <= ?2 ORDER BY id DESC LIMIT 1) "
                         "FROM (SELECT DISTINCT key FROM position_change WHERE source = ?1 AND id > ?2) c ORDER BY c.key");
  rows.bind(source).bind(to);
  const auto value = [&](int column) { return rows.is_null(column) ? Json() : parsed(rows.text(column)); };
  while (rows.step()) {
    PositionMove move{.source = source, .key = rows.text(0), .expected = value(1), .value = value(2)};
    if (move.expected != move.value) moves.push_back(std::move(move));
  }
  return moves;
}

// Snapshots that came with the moves since, by dataset.
std::map<std::string, std::vector<int64_t>> snapshots_since(Database& db, const std::string& source, int64_t move) {
  std::map<std::string, std::vector<int64_t>> made;
  auto rows = db.prepare("SELECT DISTINCT d.name, s.id FROM position_change c JOIN snapshot s ON s.run_id = c.run_id AND s.task = c.task AND s.attempt = c.attempt AND s.time = c.time "
                         "JOIN dataset d ON d.id = s.dataset WHERE c.source = ? AND c.id > ? ORDER BY s.id");
  rows.bind(source).bind(move);
  while (rows.step()) made[rows.text(0)].push_back(rows.integer(1));
  return made;
}

Aftermath aftermath_of(Database& db, const std::string& dataset, const std::vector<int64_t>& taken_back) {
  Aftermath since{.now = read_dataset(db, dataset, std::nullopt), .before = {}, .before_expired = false, .snapshots = {}, .files = {}};
  const int64_t first = taken_back.front();
  {
    auto rows = db.prepare("SELECT s.id, s.operation FROM snapshot s JOIN dataset d ON d.id = s.dataset WHERE d.name = ? AND s.id >= ? ORDER BY s.id");
    rows.bind(dataset).bind(first);
    while (rows.step()) {
      const SnapshotId id{rows.integer(0)};
      since.snapshots.push_back({.id = id, .operation = operation_from(rows.text(1)).value_or(Operation::replace), .taken_back = std::binary_search(taken_back.begin(), taken_back.end(), id.value)});
    }
  }
  auto files = db.prepare("SELECT f.path, f.rows, f.bytes, f.begin_snapshot, IFNULL(f.end_snapshot, 0) FROM data_file f JOIN dataset d ON d.id = f.dataset "
                          "WHERE d.name = ? AND f.begin_snapshot >= ?");
  files.bind(dataset).bind(first);
  while (files.step()) since.files.push_back({.file = {.path = files.text(0), .rows = files.integer(1), .bytes = files.integer(2)}, .begin = files.integer(3), .end = files.integer(4)});
  since.before = read_dataset(db, dataset, SnapshotId{first - 1});
  since.before_expired = is_expired(db, since.before.snapshot);
  return since;
}

}  // namespace

void write_positions(Database& db, const std::vector<PositionMove>& moves, LeaseNumber by, TimePoint time) {
  for (const auto& move : moves) {
    const std::string value = move.value.dump();
    if (move.value.is_null()) {
      db.prepare("DELETE FROM position WHERE source = ? AND key = ?").bind(move.source).bind(move.key).run();
    } else {
      db.prepare("INSERT INTO position (source, key, value, epoch, run_id, task) VALUES (?, ?, ?, 1, ?, ?) "
                 "ON CONFLICT (source, key) DO UPDATE SET value = excluded.value, epoch = epoch + 1, run_id = excluded.run_id, task = excluded.task")
          .bind(move.source).bind(move.key).bind(value).bind(by.run.value).bind(by.task.value).run();
    }
    db.prepare("INSERT INTO position_change (source, key, value, run_id, task, attempt, time) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(move.source).bind(move.key).bind(value).bind(by.run.value).bind(by.task.value).bind(by.attempt).bind(time.time_since_epoch().count()).run();
  }
}

std::vector<Position> read_positions(Database& db, const std::string& source) {
  std::vector<Position> found;
  auto rows = db.prepare("SELECT key, value FROM position WHERE source = ? ORDER BY key");
  rows.bind(source);
  while (rows.step()) found.push_back({.source = source, .key = rows.text(0), .value = parsed(rows.text(1))});
  return found;
}

std::vector<std::string> read_sources(Database& db, const std::string& dataset) {
  std::vector<std::string> sources;
  auto rows = db.prepare("SELECT DISTINCT source FROM position WHERE substr(source, instr(source, ':') + 1) = ? ORDER BY source");
  rows.bind(dataset);
  while (rows.step()) sources.push_back(rows.text(0));
  return sources;
}

Result<Rewind> read_rewind(Database& db, const std::string& source, std::optional<RunId> run) {
  const auto to = last_move(db, source, run);
  if (!to) return to.error();
  Rewind rewind{.moves = moves_back(db, source, *to), .data = {}};
  for (const auto& [dataset, made] : snapshots_since(db, source, *to)) rewind.data.push_back(aftermath_of(db, dataset, made));
  return rewind;
}

}  // namespace millrace
