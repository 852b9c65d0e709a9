#include "state/past.hpp"

#include <algorithm>

#include "schedule/forecast.hpp"
#include "state/stored_json.hpp"

namespace millrace {
namespace {

// A Dag of 100,000 tasks has more past than is worth reading.
const std::string kMostRows = "200000";
const std::string kRuns = "(SELECT id, dag_version FROM run WHERE dag = ? AND state = 'succeeded' AND pruned IS NULL ORDER BY id DESC LIMIT " + std::to_string(kPastRuns) + ")";

// An item counts for its foreach task.
const std::string kAttempts = " r JOIN attempt a ON a.run_id = r.id WHERE a.state = 'succeeded' AND a.finished IS NOT NULL LIMIT " + kMostRows;
const std::string kTask = "SELECT r.dag_version, COALESCE((SELECT e.task FROM expansion e WHERE e.run_id = a.run_id AND a.task >= e.first AND a.task < e.first + e.count), a.task), ";

// `sql` gives (Dag version, place, number); places beyond the Dag's own are left out.
std::map<std::string, std::vector<int64_t>> numbers_by_task(Database& db, const std::string& dag, const std::string& sql) {
  std::map<std::string, Json> ids;
  {
    auto versions = db.prepare("SELECT version, tasks FROM dag_version WHERE name = ?");
    versions.bind(dag);
    while (versions.step()) ids[versions.text(0)] = parsed(versions.text(1));
  }
  std::map<std::string, std::vector<int64_t>> numbers;
  auto rows = db.prepare(sql);
  rows.bind(dag);
  while (rows.step()) {
    const auto of = ids.find(rows.text(0));
    const auto place = static_cast<size_t>(rows.integer(1));
    if (of != ids.end() && place < of->second.size()) numbers[of->second.at(place).as_text()].push_back(rows.integer(2));
  }
  return numbers;
}

std::map<std::string, std::vector<Millis>> times_by_task(Database& db, const std::string& dag, const std::string& sql) {
  std::map<std::string, std::vector<Millis>> times;
  for (const auto& [task, list] : numbers_by_task(db, dag, sql)) {
    for (const int64_t ms : list) times[task].push_back(Millis{std::max<int64_t>(ms, 1)});
  }
  return times;
}

}  // namespace

std::map<std::string, Millis> read_past_durations(Database& db, const std::string& dag) {
  return medians_of(times_by_task(db, dag, "SELECT r.dag_version, t.task, t.since - t.opened FROM " + kRuns + " r JOIN task_run t ON t.run_id = r.id WHERE t.state = 'succeeded' AND t.opened > 0 LIMIT " + kMostRows));
}

std::map<std::string, int> read_past_items(Database& db, const std::string& dag) {
  std::map<std::string, int> medians;
  auto counts = numbers_by_task(db, dag, "SELECT r.dag_version, e.task, e.count FROM " + kRuns + " r JOIN expansion e ON e.run_id = r.id WHERE e.dropped = 0");
  for (auto& [task, list] : counts) {
    std::sort(list.begin(), list.end());
    medians[task] = static_cast<int>(list[list.size() / 2]);
  }
  return medians;
}

std::map<std::string, std::vector<Millis>> read_past_attempts(Database& db, const std::string& dag) {
  auto times = times_by_task(db, dag, kTask + "a.finished - a.started FROM " + kRuns + kAttempts);
  for (auto& [task, list] : times) std::sort(list.begin(), list.end());
  return times;
}

std::map<std::string, int64_t> read_past_memory(Database& db, const std::string& dag) {
  std::map<std::string, int64_t> most;
  for (const auto& [task, list] : numbers_by_task(db, dag, kTask + "COALESCE(json_extract(a.usage, '$.peak_memory_bytes'), 0) FROM " + kRuns + kAttempts)) {
    if (const int64_t peak = *std::max_element(list.begin(), list.end()); peak > 0) most[task] = peak;
  }
  return most;
}

}  // namespace millrace
