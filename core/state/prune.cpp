#include "state/prune.hpp"

#include <algorithm>
#include <utility>

#include "state/expansion_table.hpp"

namespace millrace {
namespace {

// Tables with rows of a run, and the column that tells them apart within it. Snapshots stay: they are the catalog's.
constexpr std::pair<const char*, const char*> kTables[]{{"journal", "id"}, {"attempt", "task, attempt"}, {"task_output", "task"}, {"task_pin", "task, dataset"}, {"rejected_report", "id"},
                                                        {"checkpoint", "task"}, {"expansion", "first"}, {"item_chunk", "first"}, {"timer", "task, kind"}, {"task_run", "task"}};

std::string limited(const std::string& table, const std::string& columns) {
  return "FROM " + table + " WHERE run_id = ? AND (" + columns + ") IN (SELECT " + columns + " FROM " + table + " WHERE run_id = ? ORDER BY " + columns + " LIMIT " + std::to_string(kPruneRows) + ")";
}

}  // namespace

void prune_run(Database& db, RunId run, TimePoint now, Totals& totals) {
  bool left = false;
  {
    auto rows = db.prepare("SELECT state, COUNT(*) " + limited("task_run", "task") + " GROUP BY state");
    rows.bind(run.value).bind(run.value);
    while (rows.step()) totals.add("tasks." + rows.text(0), -rows.integer(1));
  }
  for (const auto& [table, columns] : kTables) {
    db.prepare("DELETE " + limited(table, columns)).bind(run.value).bind(run.value).run();
    auto more = db.prepare(std::string("SELECT 1 FROM ") + table + " WHERE run_id = ? LIMIT 1");
    more.bind(run.value);
    left = more.step() || left;
  }
  const int64_t time = now.time_since_epoch().count();
  db.prepare("UPDATE run SET pruned = ? WHERE id = ?").bind(left ? -time : time).bind(run.value).run();
}

// One look into the index for each name, however many runs it has.
std::vector<std::string> read_dags_with_runs(Database& db) {
  std::vector<std::string> names;
  auto rows = db.prepare("WITH RECURSIVE name (dag) AS (SELECT MIN(dag) FROM run WHERE pruned IS NULL UNION ALL "
                         "SELECT (SELECT MIN(dag) FROM run WHERE pruned IS NULL AND dag > name.dag) FROM name WHERE name.dag IS NOT NULL) SELECT dag FROM name WHERE dag IS NOT NULL");
  while (rows.step()) names.push_back(rows.text(0));
  auto going = db.prepare("SELECT DISTINCT dag FROM run WHERE pruned < 0");
  while (going.step()) {
    if (std::find(names.begin(), names.end(), going.text(0)) == names.end()) names.push_back(going.text(0));
  }
  return names;
}

std::vector<OldRun> read_old_runs(Database& db, const std::string& dag, TimePoint before, int limit) {
  const auto from = [](const Statement& row) { return OldRun{.id = {row.integer(0)}, .key = row.text(1), .dag_version = row.text(2), .finished = TimePoint{Millis{row.integer(3)}}}; };
  std::vector<OldRun> old;
  {
    auto going = db.prepare("SELECT id, key, dag_version, finished FROM run WHERE pruned < 0 AND dag = ? ORDER BY id LIMIT ?");
    going.bind(dag).bind(limit);
    while (going.step()) old.push_back(from(going));
  }
  auto rows = db.prepare("SELECT id, key, dag_version, finished FROM run WHERE pruned IS NULL AND dag = ? AND finished < ? AND state IN ('succeeded', 'failed', 'cancelled') ORDER BY finished LIMIT ?");
  rows.bind(dag).bind(before.time_since_epoch().count()).bind(limit - static_cast<int>(old.size()));
  while (rows.step()) old.push_back(from(rows));
  for (auto& one : old) {
    for (const auto& items : read_expansions(db, one.id)) {
      if (!items.file.empty()) one.item_files.push_back(items.file);
    }
  }
  return old;
}

}  // namespace millrace
