// The journal through today's decide(): a regression test made of production.
#include <map>

#include "base/text.hpp"
#include "model/items.hpp"
#include "schedule/decide.hpp"
#include "state/audit.hpp"
#include "state/database.hpp"
#include "state/event_json.hpp"
#include "state/stored_json.hpp"

namespace millrace {
namespace {

TimePoint time_of(int64_t ms) { return TimePoint{Millis{ms}}; }

struct StoredHead {
  RunId id{};
  std::string key{}, dag{}, version{}, state{}, reason{};
  TimePoint created{};
};

std::vector<StoredHead> heads(Database& db, const std::string& run) {
  std::vector<StoredHead> found;
  auto rows = db.prepare("SELECT id, key, dag, dag_version, state, cancel_reason, created FROM run WHERE pruned IS NULL AND (? = '' OR key = ?) ORDER BY id");
  rows.bind(run).bind(run);
  while (rows.step()) found.push_back({{rows.integer(0)}, rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), time_of(rows.integer(6))});
  return found;
}

// The first thing that is not as it was stored; empty: nothing.
std::string difference(Database& db, const Dag& dag, const Run& run, const StoredHead& head) {
  if (name(run.state) != head.state) return "the run is " + head.state + ", and replayed " + std::string(name(run.state));
  if (run.cancel_reason != head.reason) return "the cancel reason is " + quote(head.reason) + ", and replayed " + quote(run.cancel_reason);
  auto rows = db.prepare("SELECT task, state, attempt, failures, losses, version, since, wake, wait, spent FROM task_run WHERE run_id = ? ORDER BY task");
  rows.bind(head.id.value);
  size_t seen = 0;
  while (rows.step()) {
    ++seen;
    const TaskIndex at{static_cast<int32_t>(rows.integer(0))};
    if (index(at) >= run.tasks.size()) return "task " + std::to_string(at.value) + " is stored, and was never replayed";
    const TaskRun& task = run.tasks[index(at)];
    const std::string label = "task " + label_of(dag, run, at);
    if (name(task.state) != rows.text(1)) return label + " is " + rows.text(1) + ", and replayed " + std::string(name(task.state));
    if (name(task.wait) != rows.text(8)) return label + " waits for " + quote(rows.text(8)) + ", and replayed for " + quote(name(task.wait));
    const std::pair<const char*, std::pair<int64_t, int64_t>> numbers[]{
        {"attempt", {rows.integer(2), task.attempt}}, {"failures", {rows.integer(3), task.failures}}, {"losses", {rows.integer(4), task.losses}}, {"version", {rows.integer(5), task.version}},
        {"since", {rows.integer(6), task.since.time_since_epoch().count()}}, {"wake", {rows.integer(7), task.wake.time_since_epoch().count()}}, {"spent", {rows.integer(9), static_cast<int64_t>(task.spent)}}};
    for (const auto& [what, values] : numbers) {
      if (values.first != values.second) return label + ": " + what + " is " + std::to_string(values.first) + ", and replayed " + std::to_string(values.second);
    }
  }
  size_t rows_expected = dag.tasks.size();
  for (size_t i = dag.tasks.size(); i < run.tasks.size(); ++i) rows_expected += run.tasks[i].version > 0 ? 1 : 0;
  return seen == rows_expected ? "" : std::to_string(seen) + " task rows are stored, and " + std::to_string(rows_expected) + " were replayed";
}

std::string replay(Database& db, const Dag& dag, const StoredHead& head, int64_t& events) {
  Run run = open_run(dag, head.id, head.created);
  auto rows = db.prepare("SELECT id, time, event FROM journal WHERE run_id = ? ORDER BY id");
  rows.bind(head.id.value);
  while (rows.step()) {
    const auto event = event_from(parsed(rows.text(2)), head.id);
    if (!event) return "event " + std::to_string(rows.integer(0)) + " of the journal can't be read";
    const Decision decision = decide(dag, run, *event, time_of(rows.integer(1)));
    if (decision.empty()) return "event " + std::to_string(rows.integer(0)) + " of the journal changes nothing any more: " + rows.text(2).substr(0, 200);
    apply(run, decision);
    ++events;
  }
  return difference(db, dag, run, head);
}

}  // namespace

Result<Replayed> replay_store(const std::string& file, const std::string& run, const ReadDag& read_dag) {
  auto db = Database::open(file, Database::Access::read_only);
  if (!db) return db.error();
  db->execute("BEGIN");
  Replayed result;
  std::map<std::pair<std::string, std::string>, Result<Dag>> dags;
  const auto all = heads(*db, run);
  if (all.empty() && !run.empty()) return Error{.code = "E2002", .what = "no run " + quote(run), .where = file, .hint = "`millrace runs list` shows the ids"};
  for (const auto& head : all) {
    auto known = dags.find({head.dag, head.version});
    if (known == dags.end()) {
      auto source = db->prepare("SELECT source FROM dag_version WHERE name = ? AND version = ?");
      source.bind(head.dag).bind(head.version);
      const Json kept = source.step() ? parsed(source.text(0)) : Json();
      known = dags.emplace(std::pair{head.dag, head.version}, read_dag(kept["yaml"].as_text(), kept["file"].as_text())).first;
    }
    ++result.runs;
    const std::string differs = known->second ? replay(*db, *known->second, head, result.events) : "its Dag can't be read any more: " + to_string(known->second.error());
    if (!differs.empty()) result.differences.push_back({.code = "E2033", .what = differs, .where = "run " + head.key, .hint = "keep the store's file and report this"});
  }
  if (auto failed = db->take_error(); !failed) return failed.error();
  return result;
}

}  // namespace millrace
