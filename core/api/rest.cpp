#include "api/rest.hpp"

#include "api/catalog_doors.hpp"
#include "api/entry.hpp"
#include "api/impact.hpp"
#include "api/people_doors.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

using Steps = std::vector<std::string>;  // of the path, after /api/v1

int limit_of(const RestRequest& request, int other = 100) {
  const auto found = request.query.find("limit");
  if (found == request.query.end()) return other;
  return std::clamp(std::atoi(found->second.c_str()), 1, 1000);
}

std::string query(const RestRequest& request, const std::string& key) {
  const auto found = request.query.find(key);
  return found == request.query.end() ? std::string{} : found->second;
}

template <class T>
RestAnswer page_answer(const Result<Page<T>>& page) {
  if (!page) return problem(status_of(page.error()), page.error());
  Json items = Json::array();
  for (const auto& item : page->items) items.push(to_json(item));
  return {200, Json::object({{"items", std::move(items)}, {"next", page->next.empty() ? Json() : Json(page->next)}})};
}

RestAnswer whole(Json items) { return {200, Json::object({{"items", std::move(items)}, {"next", Json()}})}; }

RestAnswer no_such(const RestRequest& request) {
  return problem(404, {.code = "E8003", .what = "no such address", .where = request.path, .hint = "see core/api/openapi.yaml"});
}

Json dag_json(Views& views, const Dag& dag, int last) {
  auto runs = views.history.last_runs(dag.name, last);
  return to_json(dag, runs ? *runs : std::vector<RunView>{});
}

RestAnswer get_dag(Views& views, const std::string& name) {
  const auto dag = views.engine.dag(name);
  if (!dag) return problem(404, {.code = "E2001", .what = "no Dag " + quote(name), .where = {}, .hint = "`millrace dags list` shows the names"});
  Json json = dag_json(views, *dag, 20);
  json.set("source", dag->source);
  json.set("file", dag->file);
  return {200, std::move(json)};
}

// Mistakes of files belong to no label: who sees all sees them.
RestAnswer list_dags(Views& views, const Caller* caller) {
  Json items = Json::array(), errors = Json::array();
  const bool all = caller == nullptr || caller->sees_all();
  for (const auto& dag : views.engine.dags()) {
    if (all || caller->sees(auth::labels_of(dag.labels))) items.push(dag_json(views, dag, 20));
  }
  for (const auto& error : all ? views.dag_errors() : std::vector<Error>{}) errors.push(to_json(error));
  auto answer = whole(std::move(items));
  answer.body.set("errors", std::move(errors));
  return answer;
}

RestAnswer run_answer(Views& views, const std::string& id, int status = 200) {
  auto detail = views.run(id);
  if (!detail) return problem(status_of(detail.error()), detail.error());
  return {status, to_json(*detail)};
}

RestAnswer start(Views& views, const std::string& dag, const Json& body) {
  StartRequest request{.dag = dag, .params = body["params"].is_object() ? body["params"] : Json::object(), .logical_time = {},
                       .request_id = body["request_id"].as_text(), .trigger = body["trigger"].as_text("api")};
  if (const auto& text = body["logical_time"].as_text(); !text.empty()) {
    auto time = from_iso(text);
    if (!time) return problem(400, time.error());
    request.logical_time = *time;
  }
  auto key = views.engine.start(request);
  if (!key) return problem(status_of(key.error()), key.error());
  auto line = views.history.run_line(*key);  // its tasks are asked for by those who want them: there may be very many
  if (!line) return problem(status_of(line.error()), line.error());
  return {201, to_json(line->value_or(RunView{.id = *key}))};
}

RestAnswer maintain(Views& views, const Json& body) {
  auto key = views.engine.maintain({.uses = body["uses"].as_text(), .with = body["with"].is_object() ? body["with"] : Json::object(), .request_id = body["request_id"].as_text()});
  if (!key) return problem(status_of(key.error()), key.error());
  return run_answer(views, *key, 201);
}

RestAnswer try_recipe(Views& views, const Json& body) {
  TrialRequest request{.dataset = body["dataset"].as_text(),
                       .recipe = body["recipe"],
                       .secondary = {},
                       .params = body["params"].is_object() ? body["params"] : Json::object(),
                       .step = static_cast<int>(std::clamp<int64_t>(body["step"].as_int(100), 1, 100)),
                       .rows = static_cast<int>(std::clamp<int64_t>(body["rows"].as_int(20), 1, 1000))};
  for (const auto& name : body["secondary"].items()) request.secondary.push_back(name.as_text());
  auto trial = trial_of(views, request);
  if (!trial) return problem(status_of(trial.error()), trial.error());
  return {200, std::move(*trial)};
}

RestAnswer start_backfill(Views& views, const std::string& dag, const Json& body) {
  auto request = backfill_request_from(dag, body);
  auto plan = request ? views.engine.backfill(*request) : Result<BackfillPlan>(request.error());
  if (!plan) return problem(status_of(plan.error()), plan.error());
  return {request->dry_run ? 200 : 201, to_json(*plan)};
}

RestAnswer act_on_backfill(Views& views, const std::string& id, BackfillVerb verb) {
  auto after = views.engine.backfill_verb(std::atoll(id.c_str()), verb);
  if (!after) return problem(status_of(after.error()), after.error());
  return {200, to_json(BackfillPlan{.backfill = std::move(*after)})};
}

RestAnswer act(Views& views, const RestRequest& request, const std::string& run, const std::string& verb, const Json& body) {
  Status status;
  if (verb == "cancel") status = views.engine.cancel(run, body["reason"].as_text("asked for over REST"));
  else if (verb == "retry") status = views.engine.retry(run);
  else if (verb == "pause") status = views.engine.pause(run);
  else if (verb == "resume") status = views.engine.resume(run);
  else return no_such(request);
  if (!status) return problem(status_of(status.error()), status.error());
  return run_answer(views, run);
}

// What a person or another system says to a task that waits for it.
RestAnswer answer_task(Views& views, const RestRequest& request, const Steps& at, Wait wait, const Json& body) {
  const bool approval = wait == Wait::approval;
  const Json& values = body[approval ? "form" : "output"];
  AnswerRequest answer{.run = at[1], .task = at[3], .wait = wait, .good = body[approval ? "approved" : "succeeded"].as_bool(true),
                       .values = values.is_object() ? values : Json::object(), .by = request.caller == nullptr ? body["by"].as_text() : request.caller->who, .reason = body["reason"].as_text()};
  answer.back_to = body["back_to"].as_text();
  if (auto status = views.engine.answer(answer); !status) return problem(status_of(status.error()), status.error());
  return run_answer(views, at[1]);
}

// Another system, with the token that it was given and nothing else.
RestAnswer take_callback(Views& views, const std::string& token, const Json& body, bool alive) {
  const Json& output = body["output"];
  const AnswerRequest answer{.wait = Wait::callback, .good = body["succeeded"].as_bool(true), .values = output.is_object() ? output : Json::object(), .by = body["by"].as_text("callback"),
                             .reason = body["reason"].as_text(), .alive = alive};
  if (auto status = views.engine.answer_token(token, answer); !status) return problem(status.error().code == "E2015" ? 404 : status_of(status.error()), status.error());
  return {200, Json::object({{"state", alive ? "waiting" : "taken"}})};
}

RestAnswer clear_task(Views& views, const Steps& at, const Json& body) {
  if (auto status = views.engine.clear(at[1], at[3], body["downstream"].as_bool(true)); !status) return problem(status_of(status.error()), status.error());
  return run_answer(views, at[1]);
}

RestAnswer mark_task(Views& views, const Steps& at, const Json& body) {
  const auto to = task_state_from(body["state"].as_text());
  if (auto status = views.engine.mark(at[1], at[3], to.value_or(TaskState::waiting), body["reason"].as_text()); !status) return problem(status_of(status.error()), status.error());
  return run_answer(views, at[1]);
}

RestAnswer replay_run(Views& views, const std::string& run, const Json& body) {
  auto key = views.engine.replay({.run = run, .from = body["from"].as_text(), .same_version = body["version"].as_text("today") == "same", .request_id = body["request_id"].as_text()});
  if (!key) return problem(status_of(key.error()), key.error());
  return run_answer(views, *key, 201);
}

RestAnswer change_limits(Views& views, const Steps& at, const Json& body) {
  const Json& tolerate = body["tolerate"];
  auto request = limits_request_from(at[1], at[3], body["max_parallel"].as_int(), tolerate.is_null() || tolerate.is_text() ? tolerate.as_text() : tolerate.dump());
  const auto status = request ? views.engine.limits(*request) : Status(request.error());
  if (!status) return problem(status_of(status.error()), status.error());
  return run_answer(views, at[1]);
}

RestAnswer set_pool(Views& views, const std::string& name, const Json& body) {
  PoolRequest request{.pool = name, .reset = body["reset"].as_bool()};
  if (body["slots"].is_int()) request.slots = static_cast<int>(std::clamp<int64_t>(body["slots"].as_int(), -1, 10'000'000));
  if (body["per_second"].is_number()) request.per_second = body["per_second"].as_real();
  const auto status = views.engine.set_pool(request);
  auto pool = status ? views.pool(name) : Result<PoolView>(status.error());
  if (!pool) return problem(status_of(pool.error()), pool.error());
  return {200, to_json(*pool)};
}

RestAnswer log_page(Views& views, const RestRequest& request, const Steps& at) {
  const int attempt = std::atoi(at[5].c_str());
  const int64_t from = std::strtoll(query(request, "from").c_str(), nullptr, 10);
  const bool complete = log_is_complete(views, at[1], at[3], attempt);  // asked first: lines that come later are not missed
  auto page = views.logs.read(at[1], at[3], attempt, from, limit_of(request, 1000));
  if (!page) return problem(status_of(page.error()), page.error());
  Json lines = Json::array();
  for (const auto& line : page->lines) lines.push(log_line_json(line));
  return {200, Json::object({{"lines", std::move(lines)}, {"next", page->next}, {"done", complete && page->lines.empty()}})};
}

RestAnswer get_run_part(Views& views, const RestRequest& request, const Steps& at) {
  if (at.size() == 2) return run_answer(views, at[1]);
  if (at.size() == 4 && at[2] == "tasks") {
    auto task = views.task(at[1], at[3]);
    if (!task) return problem(status_of(task.error()), task.error());
    return {200, to_json(*task)};
  }
  if (at.size() == 5 && at[2] == "tasks" && at[4] == "items") {
    return page_answer(views.history.items({.run = at[1], .task = at[3], .state = query(request, "state"), .after = whole_number(query(request, "after")).value_or(-1), .limit = limit_of(request)}));
  }
  if (at.size() == 7 && at[2] == "tasks" && at[4] == "attempts" && at[6] == "log") return log_page(views, request, at);
  return no_such(request);
}

RestAnswer get_dataset(Views& views, const std::string& name) {
  auto found = views.history.dataset(name);
  if (!found) return problem(status_of(found.error()), found.error());
  if (!*found) return problem(404, {.code = "E8004", .what = "no dataset " + quote(name), .where = {}, .hint = "`millrace datasets list` shows the names"});
  return {200, to_json(**found)};
}

RestAnswer json_answer(Result<Json> json) { return json ? RestAnswer{200, std::move(*json)} : problem(status_of(json.error()), json.error()); }

RestAnswer get_impact(Views& views, const std::string& dataset, const std::string& column) {
  auto impact = impact_of(views, column.empty() ? dataset : dataset + "." + column);
  if (!impact) return problem(status_of(impact.error()), impact.error());
  Json items = Json::array();
  for (const auto& one : impact->dependents) items.push(to_json(one));
  return whole(std::move(items));
}

RestAnswer get_dataset_part(Views& views, const RestRequest& request, const Steps& at) {
  if (at[2] == "history") return json_answer(snapshots_page(views, at[1], query(request, "after"), limit_of(request)));
  if (at[2] == "checks") return json_answer(checks_page(views, {.dataset = at[1], .check = query(request, "check"), .after = query(request, "after"), .limit = limit_of(request)}));
  if (at[2] == "diff") return json_answer(diff_of(views, at[1], query(request, "from"), query(request, "to")));
  if (at[2] == "impact") return get_impact(views, at[1], query(request, "column"));
  if (at[2] != "rows") return no_such(request);
  RowsRequest rows{.dataset = at[1], .columns = {}, .where = query(request, "where"), .limit = limit_of(request), .sample = query(request, "sample") == "true"};
  if (const auto when = query(request, "at"); !when.empty()) rows.dataset += "@" + when;
  if (const auto columns = query(request, "columns"); !columns.empty()) rows.columns = split(columns, ',');
  return json_answer(rows_of(views, rows));
}

// A source has a ':' and keys may have anything, so the source alone stands in the path.
RestAnswer get_positions(Views& views, const RestRequest& request, const Steps& at) {
  if (at.size() == 1) return json_answer(sources_page(views, query(request, "after"), limit_of(request)));
  if (at.size() == 2) return json_answer(positions_page(views, at[1], query(request, "after"), limit_of(request)));
  if (at.size() == 3 && at[2] == "history") return json_answer(position_changes_page(views, at[1], query(request, "key"), query(request, "after"), limit_of(request)));
  return no_such(request);
}

// Words about users, tokens and the audit log; on an open server there are none.
template <class Act>
RestAnswer people(Views& views, Act act) {
  auto doors = doors_of(views);
  return doors ? json_answer(act(**doors)) : problem(status_of(doors.error()), doors.error());
}

RestAnswer created(RestAnswer answer) {
  if (answer.status == 200) answer.status = 201;
  return answer;
}

AuditFilter audit_filter(const RestRequest& request) {
  return {.after = whole_number(query(request, "after")).value_or(0), .newest_first = query(request, "order") == "newest", .who = query(request, "who"), .verb = query(request, "verb"),
          .text = query(request, "text"), .limit = limit_of(request)};
}

RestAnswer change_user(Views& views, const std::string& name, const std::string& verb, const Json& body) {
  auto answer = people(views, [&](Doorkeeper& doors) -> Result<Json> {
    if (verb == "grant") return grant_role(doors, name, body["role"].as_text());
    if (verb == "revoke") return revoke_role(doors, name, body["role"].as_text());
    if (verb == "password") return set_password(doors, name, body["password"].as_text());
    return remove_user(doors, name);
  });
  answer.note = body["role"].as_text();
  return answer;
}

RestAnswer get(Views& views, const RestRequest& request, const Steps& at) {
  const auto& what = at[0];
  if (what == "dags") return at.size() == 1 ? list_dags(views, request.caller) : at.size() == 2 ? get_dag(views, at[1]) : no_such(request);
  if (what == "runs" && at.size() > 1) return get_run_part(views, request, at);
  if (what == "runs") {
    return page_answer(views.history.runs({.dag = query(request, "dag"), .state = query(request, "state"), .after = query(request, "after"), .limit = limit_of(request), .only = seen_dags(views, request.caller)}));
  }
  if (what == "datasets" && at.size() == 3) return get_dataset_part(views, request, at);
  if (what == "positions") return get_positions(views, request, at);
  if (what == "datasets" && at.size() == 2) return get_dataset(views, at[1]);
  if (what == "datasets" && at.size() == 1) return page_answer(views.history.datasets(query(request, "after"), limit_of(request)));
  if (what == "backfills" && at.size() == 1) {
    Json items = Json::array();
    for (const auto& one : views.engine.backfills()) {
      if (sees(views, request.caller, one.dag)) items.push(to_json(BackfillPlan{.backfill = one}));
    }
    return whole(std::move(items));
  }
  if (what == "workers" && at.size() == 1) {
    Json items = Json::array();
    for (const auto& worker : views.engine.workers()) items.push(to_json(worker));
    return whole(std::move(items));
  }
  if (what == "pools" && at.size() == 1) {
    Json items = Json::array();
    for (const auto& pool : views.engine.pools()) items.push(to_json(pool));
    return whole(std::move(items));
  }
  if (what == "users" && at.size() == 1) return people(views, [](Doorkeeper& doors) { return list_users(doors); });
  if (what == "tokens" && at.size() == 1) return people(views, [](Doorkeeper& doors) { return list_tokens(doors); });
  if (what == "audit" && at.size() == 1) return people(views, [&](Doorkeeper& doors) { return audit_page(doors, audit_filter(request)); });
  if (what == "plugins" && at.size() == 1) {
    Json items = Json::array(), refused = Json::array(), held = Json::array();
    for (const auto& info : views.operators.all()) items.push(to_json(info));
    for (const auto& one : views.engine.quarantines()) held.push(Json::object({{"plugin", one.plugin}, {"reason", one.reason}, {"since", to_iso(one.since)}}));
    for (const auto& error : views.refused_plugins) refused.push(to_json(error));
    auto answer = whole(std::move(items));
    answer.body.set("refused", std::move(refused));
    answer.body.set("held_back", std::move(held));
    return answer;
  }
  return no_such(request);
}

}  // namespace

int status_of(const Error& error) {
  const auto& code = error.code;
  if (code == "E8020" || code == "E8021" || code == "E8022" || code == "E8024") return 401;
  if (code == "E8023" || code == "E8026") return 403;
  if (code == "E8025") return 429;
  if (code == "E8027" || code == "E8030") return 400;
  if (code == "E8029" || code == "E8032" || code == "E8033") return 409;
  if (code == "E2001" || code == "E8003" || code == "E8028" || code == "E2002" || code == "E8004" || code == "E2014" || code == "E2019" || code == "E2021" || code == "E2035" || code == "E5016" || code == "E1069" || code == "E1070") return 404;
  if (code == "E2003" || code == "E2026" || code == "E2007" || code == "E2015" || code == "E5015" || code == "E5019") return 409;
  if (code == "E2004" || code == "E2018" || code == "E0005" || code == "E0002" || code.starts_with("E1") || code.starts_with("E6")) return 400;
  if (code == "E2005" || code == "E2006" || code == "E8012") return 503;
  return 500;
}

RestAnswer problem(int status, const Error& error) {
  Json body = Json::object({{"type", "about:blank"}, {"title", error.what}, {"status", status}, {"detail", to_string(error)}});
  const Json parts = to_json(error);
  for (const auto& [key, value] : parts.members()) body.set(key, value);
  RestAnswer answer{status, std::move(body)};
  if (status == 401) answer.headers["WWW-Authenticate"] = "Bearer";
  return answer;
}

Json log_line_json(const LogLine& line) {
  constexpr std::string_view kLevels[]{"debug", "debug", "info", "warn", "error"};
  return Json::object({{"index", line.index}, {"time", to_iso(TimePoint{Millis{line.time_ms}})},
                       {"level", kLevels[static_cast<size_t>(std::clamp(line.level, 0, 4))]}, {"text", line.text}});
}

bool log_is_complete(Views& views, const std::string& run, const std::string& task, int attempt) {
  auto attempts = views.history.attempts(run, task);
  if (!attempts) return true;
  for (const auto& one : *attempts) {
    if (one.number == attempt) return is_final(one.state);
  }
  return false;
}

RestAnswer answer_hook(Views& views, const std::string& dag, const std::string& token, const std::string& idempotency_key, const std::string& body) {
  constexpr size_t kMost = 256 * 1024;
  if (body.size() > kMost || idempotency_key.size() > 200) return problem(413, {.code = "E8006", .what = "the body, or its key, is too large", .where = {}, .hint = "at most 256 KiB"});
  auto json = trim(body).empty() ? Result<Json>(Json::object()) : Json::parse(body);
  HookRequest request{.dag = dag, .token = token, .body = json ? std::move(*json) : Json(), .request_id = idempotency_key};
  auto run = views.engine.hook(request);  // who has no token learns nothing about the body
  if (!run && run.error().code == "E2022") return problem(401, run.error());
  if (!run) return problem(status_of(run.error()), run.error());
  return {201, Json::object({{"run", *run}})};
}

RestAnswer answer_rest(Views& views, const RestRequest& request) {
  constexpr std::string_view kRoot = "/api/v1/";
  if (!request.path.starts_with(kRoot)) return no_such(request);
  const auto at = split(request.path.substr(kRoot.size()), '/');
  if (request.method == "GET") return get(views, request, at);
  if (request.method != "POST") return problem(405, {.code = "E8003", .what = "only GET and POST are served", .where = request.path, .hint = {}});
  Json body = Json::object();
  if (!trim(request.body).empty()) {
    auto parsed = Json::parse(request.body);
    if (!parsed) return problem(400, parsed.error());
    body = std::move(*parsed);
  }
  if (at.size() == 3 && at[0] == "dags" && at[2] == "runs") return start(views, at[1], body);
  if (at.size() == 3 && at[0] == "runs" && at[2] == "replay") return replay_run(views, at[1], body);
  if (at.size() == 3 && at[0] == "runs") return act(views, request, at[1], at[2], body);
  if (at.size() == 3 && at[0] == "dags" && at[2] == "backfills") return start_backfill(views, at[1], body);
  if (at.size() == 3 && at[0] == "backfills" && at[2] == "pause") return act_on_backfill(views, at[1], BackfillVerb::pause);
  if (at.size() == 3 && at[0] == "backfills" && at[2] == "resume") return act_on_backfill(views, at[1], BackfillVerb::resume);
  if (at.size() == 3 && at[0] == "backfills" && at[2] == "cancel") return act_on_backfill(views, at[1], BackfillVerb::cancel);
  if (at.size() == 2 && at[0] == "callbacks") return take_callback(views, at[1], body, false);
  if (at.size() == 3 && at[0] == "callbacks" && at[2] == "heartbeat") return take_callback(views, at[1], body, true);
  if (at.size() == 1 && at[0] == "maintenance") return maintain(views, body);
  if (at.size() == 2 && at[0] == "recipes" && at[1] == "try") return try_recipe(views, body);
  if (at.size() == 2 && at[0] == "pools") return set_pool(views, at[1], body);
  if (at.size() == 1 && at[0] == "users") return created(people(views, [&](Doorkeeper& doors) { return add_user(doors, body); }));
  if (at.size() == 3 && at[0] == "users" && at[2] == "grant") return change_user(views, at[1], at[2], body);
  if (at.size() == 3 && at[0] == "users" && at[2] == "revoke") return change_user(views, at[1], at[2], body);
  if (at.size() == 3 && at[0] == "users" && at[2] == "password") return change_user(views, at[1], at[2], body);
  if (at.size() == 3 && at[0] == "users" && at[2] == "remove") return change_user(views, at[1], at[2], body);
  if (at.size() == 1 && at[0] == "tokens") return created(people(views, [&](Doorkeeper& doors) { return create_token(doors, request.caller == nullptr ? Caller{} : *request.caller, body); }));
  if (at.size() == 3 && at[0] == "tokens" && at[2] == "revoke") return people(views, [&](Doorkeeper& doors) { return revoke_token(doors, at[1]); });
  if (at.size() == 2 && at[0] == "audit" && at[1] == "verify") return people(views, [&](Doorkeeper& doors) { return verify_audit(doors, body["head"].as_text()); });
  if (at.size() == 5 && at[0] == "runs" && at[2] == "tasks" && at[4] == "clear") return clear_task(views, at, body);
  if (at.size() == 5 && at[0] == "runs" && at[2] == "tasks" && at[4] == "mark") return mark_task(views, at, body);
  if (at.size() == 5 && at[0] == "runs" && at[2] == "tasks" && at[4] == "limits") return change_limits(views, at, body);
  if (at.size() == 5 && at[0] == "runs" && at[2] == "tasks" && at[4] == "approve") return answer_task(views, request, at, Wait::approval, body);
  if (at.size() == 5 && at[0] == "runs" && at[2] == "tasks" && at[4] == "complete") return answer_task(views, request, at, Wait::callback, body);
  if (at.size() == 3 && at[0] == "plugins" && at[2] == "release") {
    auto status = views.engine.release_plugin(at[1]);
    if (!status) return problem(status_of(status.error()), status.error());
    return {200, Json::object({{"plugin", at[1]}})};
  }
  if (at.size() == 3 && at[0] == "workers" && at[2] == "drain") {
    auto status = views.engine.drain(at[1]);
    if (!status) return problem(status_of(status.error()), status.error());
    return {200, Json::object({{"name", at[1]}, {"state", "draining"}})};
  }
  return no_such(request);
}

}  // namespace millrace
