#include "state/past.hpp"

#include <algorithm>

#include "schedule/forecast.hpp"
#include "state/stored_json.hpp"

namespace millrace {
namespace {

// A Dag of 100,000 tasks has more past than is worth reading.
const std::string kMostRows = "200000";
const std::string kRuns = "(SELECT id, dag_version FROM run WHERE dag = ? AND state = 'succeeded' AND pruned IS NULL ORDER BY id DESC LIMIT " + std::to_string(kPastRuns) + ")";

// `sql` gives (Dag version, place, number); places beyond the Dag's own are left out.
std::map<std::string, std::vector<Millis>> by_task(Database& db, const std::string& dag, const std::string& sql) {
  std::map<std::string, Json> ids;
  {
    auto versions = db.prepare("SELECT version, tasks FROM dag_version WHERE name = ?");
    versions.bind(dag);
    while (versions.step()) ids[versions.text(0)] = parsed(versions.text(1));
  }
  std::map<std::string, std::vector<Millis>> times;
  auto rows = db.prepare(sql);
  rows.bind(dag);
  while (rows.step()) {
    const auto of = ids.find(rows.text(0));
    const auto place = static_cast<size_t>(rows.integer(1));
    if (of != ids.end() && place < of->second.size()) times[of->second.at(place).as_text()].push_back(Millis{std::max<int64_t>(rows.integer(2), 1)});
  }
  return times;
}

}  // namespace

std::map<std::string, Millis> read_past_durations(Database& db, const std::string& dag) {
  return medians_of(by_task(db, dag, "SELECT r.dag_version, t.task, t.since - t.opened FROM " + kRuns + " r JOIN task_run t ON t.run_id = r.id WHERE t.state = 'succeeded' AND t.opened > 0 LIMIT " + kMostRows));
}

std::map<std::string, int> read_past_items(Database& db, const std::string& dag) {
  std::map<std::string, int> medians;
  auto counts = by_task(db, dag, "SELECT r.dag_version, e.task, e.count FROM " + kRuns + " r JOIN expansion e ON e.run_id = r.id WHERE e.dropped = 0");
  for (auto& [task, list] : counts) medians[task] = static_cast<int>(median_of(list).count());
  return medians;
}

std::map<std::string, std::vector<Millis>> read_past_attempts(Database& db, const std::string& dag) {
  auto times = by_task(db, dag, "SELECT r.dag_version, COALESCE((SELECT e.task FROM expansion e WHERE e.run_id = a.run_id AND a.task >= e.first AND a.task < e.first + e.count), a.task), a.finished - a.started FROM " + kRuns + " r JOIN attempt a ON a.run_id = r.id WHERE a.state = 'succeeded' AND a.finished IS NOT NULL LIMIT " + kMostRows);
  for (auto& [task, list] : times) std::sort(list.begin(), list.end());
  return times;
}

}  // namespace millrace
