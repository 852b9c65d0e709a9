#include "api/views.hpp"

#include "base/text.hpp"
#include "schedule/ticks.hpp"

namespace millrace {
namespace {

Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const auto& text : texts) list.push(text);
  return list;
}

template <class T>
Json list_of_json(const std::vector<T>& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push(to_json(item));
  return list;
}

Json columns_json(const std::vector<Column>& columns) {
  Json list = Json::array();
  for (const auto& column : columns) {
    list.push(Json::object({{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}}));
  }
  return list;
}

constexpr int kLastLines = 50;  // of an attempt whose process died

// "attempt 1 failed, 1 of 1 tries used: E5022 checks failed …"; a task that failed without an attempt has its reason in the store.
std::string with_error(const std::string& reason, const TaskView& task) {
  if (!task.error.code.empty()) return reason + ": " + task.error.code + " " + task.error.what;
  return task.state == TaskState::failed && task.attempt == 0 && !task.why.empty() ? reason + ": " + task.why : reason;
}

}  // namespace

Result<RunDetail> Views::run(const std::string& id) {
  auto found = history.run(id);
  if (!found) return found.error();
  if (!*found) return Error{.code = "E2002", .what = "no run " + quote(id), .where = {}, .hint = "`millrace runs list` shows the ids"};
  RunDetail detail = std::move(**found);
  auto known = engine.explain_run(id);
  for (auto& task : detail.tasks) {
    const auto at = known.find(task.id);
    if (at == known.end()) continue;
    auto& [why, uses, phase, needs] = at->second;
    task.why = with_error(why, task);
    task.uses = std::move(uses);
    task.phase = std::string(name(phase));
    task.needs = std::move(needs);
  }
  return detail;
}

// What lists leave out: its attempts, and what they saved.
Status Views::add_past(const std::string& run_id, TaskView& task) {
  auto attempts = history.attempts(run_id, task.id);
  auto saved = history.checkpoint(run_id, task.id);
  if (!attempts || !saved) return attempts ? saved.error() : attempts.error();
  task.attempts = std::move(*attempts);
  for (auto& attempt : task.attempts) {
    if (attempt.error.code != "E3009") continue;
    auto lines = logs.last(run_id, task.id, attempt.number, kLastLines);
    if (!lines) return lines.error();
    for (auto& line : *lines) attempt.last_lines.push_back(std::move(line.text));
  }
  task.checkpoint = std::move(*saved);
  return {};
}

Result<TaskView> Views::item(const std::string& run_id, const std::string& label) {
  const auto bracket = label.find('[');
  const auto number = label.ends_with(']') ? whole_number(label.substr(bracket + 1, label.size() - bracket - 2)) : std::nullopt;
  const auto none = Error{.code = "E8004", .what = "run " + quote(run_id) + " has no item " + quote(label), .where = {}, .hint = "`millrace runs items` shows those that were opened"};
  if (!number) return none;
  auto page = history.items({.run = run_id, .task = label.substr(0, bracket), .state = {}, .after = *number - 1, .limit = 1});
  if (!page) return page.error();
  if (page->items.empty() || page->items[0].id != label) return none;
  auto item = std::move(page->items[0]);
  const auto known = engine.explain_run(run_id, WithItems::yes);
  if (const auto found = known.find(label); found != known.end()) item.why = with_error(found->second.why, item);
  if (auto complete = add_past(run_id, item); !complete) return complete.error();
  return item;
}

Result<TaskView> Views::task(const std::string& id, const std::string& task_id) {
  if (task_id.find('[') != std::string::npos) return item(id, task_id);
  auto detail = run(id);
  if (!detail) return detail.error();
  for (auto& task : detail->tasks) {
    if (task.id != task_id) continue;
    if (auto complete = add_past(id, task); !complete) return complete.error();
    return task;
  }
  return Error{.code = "E8004", .what = "run " + quote(id) + " has no task " + quote(task_id), .where = {}, .hint = "look at the run's tasks"};
}

Json to_json(const Error& error) {
  return Json::object({{"code", error.code}, {"what", error.what}, {"where", error.where}, {"hint", error.hint}});
}

Json to_json(const RunView& run) {
  Json counts = Json::object();
  for (const auto& [state, count] : run.counts) counts.set(state, count);
  Json json = Json::object({{"id", run.id}, {"dag", run.dag}, {"dag_version", run.dag_version}, {"state", name(run.state)}, {"trigger", run.trigger},
                            {"params", run.params}, {"logical_time", run.logical_time}, {"created", run.created}, {"started", run.started},
                            {"finished", run.finished}, {"counts", std::move(counts)}});
  if (!run.deadline.empty()) json.set("deadline", run.deadline);
  if (run.late.is_object()) json.set("late", run.late);
  if (!run.pruned.empty()) json.set("pruned", run.pruned);
  return json;
}

Json to_json(const SnapshotView& snapshot) {
  Json json = Json::object({{"id", snapshot.id}, {"dataset", snapshot.dataset}, {"operation", snapshot.operation}, {"time", snapshot.time},
                            {"run", snapshot.run}, {"task", snapshot.task}, {"attempt", snapshot.attempt}, {"rows", snapshot.rows},
                            {"bytes", snapshot.bytes}, {"files", snapshot.files}, {"summary", snapshot.summary}, {"checks", snapshot.checks}});
  if (!snapshot.expired.empty()) json.set("expired", snapshot.expired);
  return json;
}

Json to_json(const AttemptView& attempt) {
  Json json = Json::object({{"number", attempt.number}, {"state", name(attempt.state)}, {"worker", attempt.worker}, {"started", attempt.started},
                            {"finished", attempt.finished}, {"config", attempt.config}, {"usage", attempt.usage}});
  if (!attempt.error.what.empty() || !attempt.error_class.empty()) {
    Json error = to_json(attempt.error);
    error.set("class", attempt.error_class);
    json.set("error", std::move(error));
  }
  if (!attempt.last_lines.empty()) json.set("last_lines", list_of(attempt.last_lines));
  return json;
}

Json to_json(const TaskView& task) {
  Json json = Json::object({{"id", task.id}, {"uses", task.uses}, {"phase", task.phase}, {"needs", list_of(task.needs)}, {"state", name(task.state)},
                            {"attempt", task.attempt}, {"started", task.started}, {"finished", task.finished}, {"why", task.why},
                            {"output", task.output}, {"snapshots", list_of_json(task.snapshots)}});
  if (!task.error.code.empty()) json.set("error", to_json(task.error));
  if (!task.checkpoint.is_null()) json.set("checkpoint", task.checkpoint);
  if (!task.attempts.empty()) json.set("attempts", list_of_json(task.attempts));
  return json;
}

Json to_json(const RunDetail& detail) {
  Json json = to_json(detail.run);
  json.set("tasks", list_of_json(detail.tasks));
  return json;
}

Json to_json(const DatasetSummary& summary) {
  return Json::object({{"name", summary.name}, {"snapshot", summary.snapshot}, {"rows", summary.rows}, {"bytes", summary.bytes},
                       {"changed", summary.changed}, {"columns", columns_json(summary.columns)}});
}

Json to_json(const DatasetDetail& detail) {
  Json json = to_json(detail.summary);
  json.set("history", list_of_json(detail.history));
  Json files = Json::array();
  for (const auto& file : detail.files) {
    files.push(Json::object({{"path", file.path}, {"rows", file.rows}, {"bytes", file.bytes}, {"partition", file.partition}}));
  }
  json.set("files", std::move(files));
  return json;
}

Json to_json(const Capacity& capacity) {
  Json named = Json::object();
  for (const auto& [name, amount] : capacity.named) named.set(name, amount);
  return Json::object({{"cpu", capacity.cpu}, {"memory_bytes", capacity.memory}, {"resources", std::move(named)}});
}

Json to_json(const WorkerView& worker) {
  Json json = Json::object({{"name", worker.name}, {"state", worker.state}, {"version", worker.version}, {"protocol", worker.protocol}, {"seen", worker.seen},
                            {"slots", worker.slots}, {"busy", worker.busy}, {"has", to_json(worker.has)}, {"used", to_json(worker.used)},
                            {"labels", list_of(worker.labels)}, {"clock_ahead_ms", int64_t{worker.clock_ahead.count()}}});
  if (worker.problem) json.set("problem", to_json(*worker.problem));
  return json;
}

Json to_json(const PoolView& pool) {
  return Json::object({{"name", pool.name}, {"description", pool.description}, {"slots", pool.slots}, {"per_second", pool.per_second}, {"busy", pool.busy},
                       {"waiting", pool.waiting}, {"by_hand", pool.by_hand}});
}

Result<PoolView> Views::pool(const std::string& name) {
  for (auto& one : engine.pools()) {
    if (one.name == name) return std::move(one);
  }
  return Error{.code = "E2021", .what = "no pool " + quote(name), .where = {}, .hint = "`millrace pools list` shows them"};
}

Json schedules_of(const Dag& dag) {
  Json list = Json::array();
  for (const auto& schedule : dag.schedules) list.push(describe(schedule));
  return list;
}

Json to_json(const Dag& dag, const std::vector<RunView>& last_runs) {
  Json tasks = Json::array();
  for (const auto& task : dag.tasks) {
    Json needs = Json::array();
    for (const auto need : task.needs) needs.push(dag.task(need).id);
    tasks.push(Json::object({{"id", task.id}, {"uses", task.uses}, {"phase", name(task.phase)}, {"needs", std::move(needs)},
                             {"reads", list_of(task.reads)}, {"writes", list_of(task.writes)}}));
  }
  return Json::object({{"name", dag.name}, {"version", dag.version}, {"description", dag.description}, {"owner", dag.owner}, {"labels", dag.labels},
                       {"params", dag.params}, {"tasks", std::move(tasks)}, {"last_runs", list_of_json(last_runs)}, {"schedules", schedules_of(dag)},
                       {"next_run", next_run_of(dag, std::chrono::floor<Millis>(std::chrono::system_clock::now()))}});
}

std::string next_run_of(const Dag& dag, TimePoint now) {
  const auto tick = next_tick(dag.schedules, now);
  return tick ? to_iso(*tick) : std::string();
}

Json to_json(const BackfillPlan& plan) {
  constexpr std::array<std::string_view, 3> kActs{"start", "retry", "pass"};
  const Backfill& b = plan.backfill;
  Json steps = Json::array();
  for (const auto& step : plan.steps) {
    steps.push(Json::object({{"time", to_iso(step.time)}, {"run", step.run}, {"act", kActs[static_cast<size_t>(step.act) - 1]}, {"why", step.why}}));
  }
  return Json::object({{"id", b.id}, {"dag", b.dag}, {"from", to_iso(b.from)}, {"to", to_iso(b.to)}, {"which", name(b.which)}, {"state", name(b.state)}, {"handled", b.handled},
                       {"started", b.started}, {"concurrency", b.concurrency}, {"newest_first", b.newest_first}, {"steps", std::move(steps)}});
}

Result<BackfillRequest> backfill_request_from(const std::string& dag, const Json& body) {
  const auto wrong = [](std::string what) { return Error{.code = "E2018", .what = std::move(what), .where = {}, .hint = "for example from 2026-10-01 to 2026-10-31"}; };
  const auto from = from_iso(body["from"].as_text()), to = from_iso(body["to"].as_text());
  if (!from || !to) return wrong("from and to must be dates or times");
  const auto which = backfill_which_from(body["which"].as_text().empty() ? "missing" : body["which"].as_text());
  if (!which) return wrong("which is " + quote(body["which"].as_text()) + ", and must be missing, failed or all");
  const int64_t concurrency = body["concurrency"].as_int() == 0 ? 1 : body["concurrency"].as_int();
  if (concurrency < 1 || concurrency > 1000) return wrong("concurrency must be from 1 to 1000");
  return BackfillRequest{.wanted = {.dag = dag, .from = *from, .to = *to, .which = *which, .newest_first = body["newest_first"].as_bool(), .concurrency = static_cast<int>(concurrency),
                                    .params = body["params"].is_object() ? body["params"] : Json::object(), .request_id = body["request_id"].as_text()},
                         .dry_run = body["dry_run"].as_bool()};
}

Result<LimitsRequest> limits_request_from(const std::string& run, const std::string& task, int64_t max_parallel, const std::string& tolerate) {
  const auto tolerated = tolerance_from(tolerate);
  if (max_parallel < 0 || max_parallel > 100'000 || (!tolerate.empty() && !tolerated)) {
    return Error{.code = "E2004", .what = "these limits make no sense", .where = "task " + task, .hint = "max_parallel from 1 to 100000, tolerate such as 5 or 5%"};
  }
  LimitsRequest request{.run = run, .task = task, .tolerate = tolerated};
  if (max_parallel > 0) request.max_parallel = static_cast<int32_t>(max_parallel);
  return request;
}

Json to_json(const OperatorInfo& info) {
  return Json::object({{"type", info.type}, {"plugin", info.plugin}, {"version", info.version}, {"summary", info.summary},
                       {"config_schema", info.config_schema}, {"output_schema", info.output_schema}, {"examples", info.examples}});
}

Json to_json(const Change& change) {
  Json json = Json::object({{"run", change.run}, {"dag", change.dag}, {"state", change.state}, {"time", to_iso(change.time)}});
  if (!change.late.empty()) json.set("late", change.late);
  if (!change.task.empty()) {
    json.set("task", change.task);
    json.set("attempt", change.attempt);
  }
  return json;
}

}  // namespace millrace
