#include "api/client_service.hpp"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <type_traits>

#include "api.grpc.pb.h"
#include "api/catalog_doors.hpp"
#include "api/client_messages.hpp"
#include "api/entry.hpp"
#include "api/http_entry.hpp"
#include "api/impact.hpp"
#include "api/people_doors.hpp"
#include "api/rest.hpp"
#include "base/invariant.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

namespace v1 = api::v1;
constexpr int kWatchShare = 20;  // a watcher takes 1/kWatchShare of one core, at most
constexpr Millis kLook{500};  // how often a stream looks whether its client is still there

grpc::Status status_of_error(const Error& error) {
  constexpr auto code_of = [](int http) {
    switch (http) {
      case 401: return grpc::StatusCode::UNAUTHENTICATED;
      case 403: return grpc::StatusCode::PERMISSION_DENIED;
      case 429: return grpc::StatusCode::RESOURCE_EXHAUSTED;
      case 404: return grpc::StatusCode::NOT_FOUND;
      case 409: return grpc::StatusCode::FAILED_PRECONDITION;
      case 400: return grpc::StatusCode::INVALID_ARGUMENT;
      case 503: return grpc::StatusCode::UNAVAILABLE;
      default: return grpc::StatusCode::INTERNAL;
    }
  };
  v1::Problem problem;
  fill(problem, error);
  return {code_of(status_of(error)), to_string(error), problem.SerializeAsString()};
}

grpc::Status answer_document(const Result<Json>& json, v1::Document& reply) {
  if (!json) return status_of_error(json.error());
  reply.set_document_json(json->dump());
  return grpc::Status::OK;
}

class Door final : public v1::Millrace::Service {
 public:
  explicit Door(Views& views) : views_(views) {}
  void stop() { stopping_ = true; }

  using Context = grpc::ServerContext;

  grpc::Status ListDags(Context* context, const v1::ListDagsRequest*, v1::ListDagsReply* reply) override {
    return as(context, "ListDags", {}, [&](const Guest& guest) -> grpc::Status {
      for (const auto& dag : views_.engine.dags()) {
        if (sees(views_, guest.caller(), dag.name)) fill_dag(*reply->add_dags(), dag);
      }
      return grpc::Status::OK;
    });
  }

  grpc::Status GetDag(Context* context, const v1::GetDagRequest* request, v1::Dag* reply) override {
    return as(context, "GetDag", {{"dag", request->name()}}, [&]() -> grpc::Status {
      const auto dag = views_.engine.dag(request->name());
      if (!dag) return status_of_error({.code = "E2001", .what = "no Dag " + quote(request->name()), .where = {}, .hint = "`millrace dags list` shows the names"});
      fill_dag(*reply, *dag);
      reply->set_source(dag->source);
      return grpc::Status::OK;
    });
  }

  grpc::Status Start(Context* context, const v1::StartRequest* request, v1::Run* reply) override {
    return as(context, "Start", {{"dag", request->dag()}}, [&](const Guest& guest) -> grpc::Status {
      StartRequest start{.dag = request->dag(), .params = Json::object(), .logical_time = {}, .request_id = request->request_id(), .trigger = "api"};
      if (!request->params_json().empty()) {
        auto params = Json::parse(request->params_json());
        if (!params) return status_of_error(params.error());
        start.params = std::move(*params);
      }
      if (!request->logical_time().empty()) {
        auto time = from_iso(request->logical_time());
        if (!time) return status_of_error(time.error());
        start.logical_time = *time;
      }
      auto key = views_.engine.start(start);
      if (!key) return status_of_error(key.error());
      guest.made = *key;
      auto line = views_.history.run_line(*key);
      if (!line) return status_of_error(line.error());
      fill(*reply, line->value_or(RunView{.id = *key}));
      return grpc::Status::OK;
    });
  }

  grpc::Status GetRun(Context* context, const v1::GetRunRequest* request, v1::Run* reply) override {
    return as(context, "GetRun", {{"run", request->run()}}, [&] { return answer_run(request->run(), *reply); });
  }

  grpc::Status ListRuns(Context* context, const v1::ListRunsRequest* request, v1::ListRunsReply* reply) override {
    return as(context, "ListRuns", {}, [&](const Guest& guest) -> grpc::Status {
      auto page = views_.history.runs({.dag = request->dag(), .state = request->state(), .after = request->after(), .limit = limit(request->limit()), .only = seen_dags(views_, guest.caller())});
      if (!page) return status_of_error(page.error());
      for (const auto& run : page->items) fill(*reply->add_runs(), run);
      reply->set_next(page->next);
      return grpc::Status::OK;
    });
  }

  // What is new is told at once, the end too; between them a run with many tasks is not told more often than it is worth.
  grpc::Status WatchRun(Context* context, const v1::GetRunRequest* request, grpc::ServerWriter<v1::Run>* writer) override {
    return as(context, "WatchRun", {{"run", request->run()}}, [&](const Guest& guest) -> grpc::Status {
      using Steady = std::chrono::steady_clock;
      auto still = watch(guest);
      int64_t seen = views_.engine.feed().last();
      bool changed = true;
      for (auto next = Steady::now(); !context->IsCancelled() && !stopping_;) {
        const auto now = Steady::now();
        if (changed && now >= next) {
          v1::Run run;
          if (auto status = answer_run(request->run(), run); !status.ok()) return status;
          const auto state = run_state_from(run.state());
          if (!writer->Write(run) || (state && is_final(*state))) return grpc::Status::OK;
          changed = false;
          next = now + (Steady::now() - now) * kWatchShare;
        }
        const auto patience = changed ? std::min(kLook, std::chrono::ceil<Millis>(next - now)) : kLook;
        const auto news = [&](const Change& change) { return change.run == request->run() && (!changed || ends_run(change)); };
        const auto told = views_.engine.feed().after(seen, patience, news);
        if (!still.good()) return status_of_error(gone());
        if (told.changes.empty() && !told.missed) continue;
        if (changed) next = now;
        changed = true;
      }
      return stopping_ ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is stopping") : grpc::Status::CANCELLED;
    });
  }

  grpc::Status Cancel(Context* context, const v1::RunVerb* request, v1::Run* reply) override {
    return as(context, "Cancel", {{"run", request->run()}}, [&] { return answer_verb(views_.engine.cancel(request->run(), request->reason().empty() ? "asked for by the API" : request->reason()), request->run(), *reply); });
  }

  grpc::Status Pause(Context* context, const v1::RunVerb* request, v1::Run* reply) override {
    return as(context, "Pause", {{"run", request->run()}}, [&] { return answer_verb(views_.engine.pause(request->run()), request->run(), *reply); });
  }

  grpc::Status Resume(Context* context, const v1::RunVerb* request, v1::Run* reply) override {
    return as(context, "Resume", {{"run", request->run()}}, [&] { return answer_verb(views_.engine.resume(request->run()), request->run(), *reply); });
  }

  grpc::Status Retry(Context* context, const v1::RunVerb* request, v1::Run* reply) override {
    return as(context, "Retry", {{"run", request->run()}}, [&] { return answer_verb(views_.engine.retry(request->run()), request->run(), *reply); });
  }

  grpc::Status StartBackfill(Context* context, const v1::StartBackfillRequest* request, v1::Backfill* reply) override {
    return as(context, "StartBackfill", {{"dag", request->dag()}}, [&]() -> grpc::Status {
      auto params = request->params_json().empty() ? Result<Json>(Json::object()) : Json::parse(request->params_json());
      if (!params) return status_of_error(params.error());
      auto wanted = backfill_request_from(request->dag(), Json::object({{"from", request->from()}, {"to", request->to()}, {"which", request->which()}, {"newest_first", request->newest_first()},
                                                                        {"concurrency", request->concurrency()}, {"params", std::move(*params)}, {"dry_run", request->dry_run()},
                                                                        {"request_id", request->request_id()}}));
      if (!wanted) return status_of_error(wanted.error());
      auto plan = views_.engine.backfill(*wanted);
      if (!plan) return status_of_error(plan.error());
      fill(*reply, *plan);
      return grpc::Status::OK;
    });
  }

  grpc::Status ListBackfills(Context* context, const v1::ListBackfillsRequest*, v1::ListBackfillsReply* reply) override {
    return as(context, "ListBackfills", {}, [&](const Guest& guest) -> grpc::Status {
      for (const auto& one : views_.engine.backfills()) {
        if (sees(views_, guest.caller(), one.dag)) fill(*reply->add_backfills(), BackfillPlan{.backfill = one});
      }
      return grpc::Status::OK;
    });
  }

  grpc::Status PauseBackfill(Context* context, const v1::BackfillVerb* request, v1::Backfill* reply) override {
    return as(context, "PauseBackfill", {{"backfill", std::to_string(request->id())}}, [&] { return answer_backfill(request->id(), BackfillVerb::pause, *reply); });
  }
  grpc::Status ResumeBackfill(Context* context, const v1::BackfillVerb* request, v1::Backfill* reply) override {
    return as(context, "ResumeBackfill", {{"backfill", std::to_string(request->id())}}, [&] { return answer_backfill(request->id(), BackfillVerb::resume, *reply); });
  }
  grpc::Status CancelBackfill(Context* context, const v1::BackfillVerb* request, v1::Backfill* reply) override {
    return as(context, "CancelBackfill", {{"backfill", std::to_string(request->id())}}, [&] { return answer_backfill(request->id(), BackfillVerb::cancel, *reply); });
  }

  grpc::Status Clear(Context* context, const v1::TaskVerb* request, v1::Run* reply) override {
    return as(context, "Clear", {{"run", request->run()}, {"task", request->task()}}, [&] { return answer_verb(views_.engine.clear(request->run(), request->task(), !request->alone()), request->run(), *reply); });
  }

  grpc::Status Mark(Context* context, const v1::TaskVerb* request, v1::Run* reply) override {
    return as(context, "Mark", {{"run", request->run()}, {"task", request->task()}}, [&]() -> grpc::Status {
      const auto to = task_state_from(request->state());
      return answer_verb(views_.engine.mark(request->run(), request->task(), to.value_or(TaskState::waiting), request->reason()), request->run(), *reply);
    });
  }

  grpc::Status Replay(Context* context, const v1::ReplayRequest* request, v1::Run* reply) override {
    return as(context, "Replay", {{"run", request->run()}}, [&]() -> grpc::Status {
      auto key = views_.engine.replay({.run = request->run(), .from = request->from(), .same_version = request->same_version(), .request_id = request->request_id()});
      if (!key) return status_of_error(key.error());
      return answer_run(*key, *reply);
    });
  }

  grpc::Status Maintain(Context* context, const v1::MaintainRequest* request, v1::Run* reply) override {
    return as(context, "Maintain", {{"uses", request->uses()}}, [&]() -> grpc::Status {
      auto with = request->with_json().empty() ? Result<Json>(Json::object()) : Json::parse(request->with_json());
      if (!with) return status_of_error(with.error());
      auto key = views_.engine.maintain({.uses = request->uses(), .with = std::move(*with), .request_id = request->request_id()});
      if (!key) return status_of_error(key.error());
      return answer_run(*key, *reply);
    });
  }

  grpc::Status ListPools(Context* context, const v1::ListPoolsRequest*, v1::ListPoolsReply* reply) override {
    return as(context, "ListPools", {}, [&]() -> grpc::Status {
      for (const auto& pool : views_.engine.pools()) fill(*reply->add_pools(), pool);
      return grpc::Status::OK;
    });
  }

  grpc::Status SetPool(Context* context, const v1::SetPoolRequest* request, v1::Pool* reply) override {
    return as(context, "SetPool", {{"pool", request->name()}}, [&]() -> grpc::Status {
      PoolRequest wanted{.pool = request->name(), .reset = request->reset()};
      if (request->has_slots()) wanted.slots = request->slots();
      if (request->has_per_second()) wanted.per_second = request->per_second();
      const auto status = views_.engine.set_pool(wanted);
      auto pool = status ? views_.pool(request->name()) : Result<PoolView>(status.error());
      if (!pool) return status_of_error(pool.error());
      fill(*reply, *pool);
      return grpc::Status::OK;
    });
  }

  grpc::Status Limits(Context* context, const v1::TaskVerb* request, v1::Run* reply) override {
    return as(context, "Limits", {{"run", request->run()}, {"task", request->task()}}, [&]() -> grpc::Status {
      auto limits = limits_request_from(request->run(), request->task(), request->max_parallel(), request->tolerate());
      if (!limits) return status_of_error(limits.error());
      return answer_verb(views_.engine.limits(*limits), request->run(), *reply);
    });
  }

  grpc::Status ListItems(Context* context, const v1::ListItemsRequest* request, v1::ListItemsReply* reply) override {
    return as(context, "ListItems", {{"run", request->run()}, {"task", request->task()}}, [&]() -> grpc::Status {
      auto page = views_.history.items({.run = request->run(), .task = request->task(), .state = request->state(), .after = whole_number(request->after()).value_or(-1), .limit = limit(request->limit())});
      if (!page) return status_of_error(page.error());
      for (const auto& item : page->items) fill(*reply->add_items(), item);
      reply->set_next(page->next);
      return grpc::Status::OK;
    });
  }

  grpc::Status Approve(Context* context, const v1::TaskAnswer* request, v1::Run* reply) override {
    return as(context, "Approve", {{"run", request->run()}, {"task", request->task()}}, [&](const Guest& guest) { return answer_task(guest, *request, Wait::approval, *reply); });
  }
  grpc::Status Complete(Context* context, const v1::TaskAnswer* request, v1::Run* reply) override {
    return as(context, "Complete", {{"run", request->run()}, {"task", request->task()}}, [&](const Guest& guest) { return answer_task(guest, *request, Wait::callback, *reply); });
  }

  grpc::Status GetTask(Context* context, const v1::GetTaskRequest* request, v1::TaskRun* reply) override {
    return as(context, "GetTask", {{"run", request->run()}, {"task", request->task()}}, [&]() -> grpc::Status {
      auto task = views_.task(request->run(), request->task());
      if (!task) return status_of_error(task.error());
      fill(*reply, *task);
      return grpc::Status::OK;
    });
  }

  grpc::Status TailLog(Context* context, const v1::TailLogRequest* request, grpc::ServerWriter<v1::LogLine>* writer) override {
    return as(context, "TailLog", {{"run", request->run()}, {"task", request->task()}}, [&](const Guest& guest) -> grpc::Status {
      int64_t from = request->from();
      int64_t seen = views_.engine.feed().last();
      for (auto still = watch(guest); !context->IsCancelled() && !stopping_;) {
        if (!still.good()) return status_of_error(gone());
        const bool complete = log_is_complete(views_, request->run(), request->task(), request->attempt());
        auto page = views_.logs.read(request->run(), request->task(), request->attempt(), from, 1000);
        if (!page) return status_of_error(page.error());
        for (const auto& line : page->lines) {
          v1::LogLine out;
          const Json json = log_line_json(line);
          out.set_index(line.index);
          out.set_time(json["time"].as_text());
          out.set_level(json["level"].as_text());
          out.set_text(line.text);
          if (!writer->Write(out)) return grpc::Status::CANCELLED;
        }
        from = page->next;
        if (!page->lines.empty()) continue;
        if (complete || !request->follow()) return grpc::Status::OK;
        views_.engine.feed().after(seen, Millis{250}, [&](const Change& change) { return change.run == request->run(); });
      }
      return grpc::Status::CANCELLED;
    });
  }

  grpc::Status ListDatasets(Context* context, const v1::ListDatasetsRequest* request, v1::ListDatasetsReply* reply) override {
    return as(context, "ListDatasets", {}, [&]() -> grpc::Status {
      auto page = views_.history.datasets(request->after(), limit(request->limit()));
      if (!page) return status_of_error(page.error());
      for (const auto& dataset : page->items) fill(*reply->add_datasets(), dataset);
      reply->set_next(page->next);
      return grpc::Status::OK;
    });
  }

  grpc::Status GetDataset(Context* context, const v1::GetDatasetRequest* request, v1::Dataset* reply) override {
    return as(context, "GetDataset", {}, [&]() -> grpc::Status {
      auto found = views_.history.dataset(request->name());
      if (!found) return status_of_error(found.error());
      if (!*found) return status_of_error({.code = "E8004", .what = "no dataset " + quote(request->name()), .where = {}, .hint = "`millrace datasets list` shows the names"});
      fill(*reply, (*found)->summary);
      reply->set_history_json(to_json(**found)["history"].dump());
      return grpc::Status::OK;
    });
  }

  grpc::Status ListSnapshots(Context* context, const v1::ListSnapshotsRequest* request, v1::Document* reply) override {
    return as(context, "ListSnapshots", {}, [&] { return answer_document(snapshots_page(views_, request->dataset(), request->after(), limit(request->limit())), *reply); });
  }

  grpc::Status ListChecks(Context* context, const v1::ListChecksRequest* request, v1::Document* reply) override {
    return as(context, "ListChecks", {}, [&] {
      return answer_document(checks_page(views_, {.dataset = request->dataset(), .check = request->check(), .after = request->after(), .limit = limit(request->limit())}), *reply);
    });
  }

  grpc::Status DiffDataset(Context* context, const v1::DiffDatasetRequest* request, v1::Document* reply) override {
    return as(context, "DiffDataset", {}, [&] { return answer_document(diff_of(views_, request->dataset(), request->from(), request->to()), *reply); });
  }

  grpc::Status ReadRows(Context* context, const v1::ReadRowsRequest* request, v1::Document* reply) override {
    return as(context, "ReadRows", {}, [&]() -> grpc::Status {
      RowsRequest rows{.dataset = request->dataset(), .columns = {request->columns().begin(), request->columns().end()}, .where = request->where(), .limit = limit(request->limit()), .sample = request->sample()};
      if (!request->at().empty()) rows.dataset += "@" + request->at();
      return answer_document(rows_of(views_, rows), *reply);
    });
  }

  grpc::Status ListPositions(Context* context, const v1::ListPositionsRequest* request, v1::Document* reply) override {
    return as(context, "ListPositions", {}, [&]() -> grpc::Status {
      if (request->source().empty()) return answer_document(sources_page(views_, request->after(), limit(request->limit())), *reply);
      return answer_document(positions_page(views_, request->source(), request->after(), limit(request->limit())), *reply);
    });
  }

  grpc::Status ListPositionChanges(Context* context, const v1::ListPositionChangesRequest* request, v1::Document* reply) override {
    return as(context, "ListPositionChanges", {}, [&] { return answer_document(position_changes_page(views_, request->source(), request->key(), request->after(), limit(request->limit())), *reply); });
  }

  grpc::Status Impact(Context* context, const v1::ImpactRequest* request, v1::ImpactReply* reply) override {
    return as(context, "Impact", {}, [&]() -> grpc::Status {
      auto impact = impact_of(views_, request->name());
      if (!impact) return status_of_error(impact.error());
      reply->set_dataset(impact->dataset);
      reply->set_column(impact->column);
      for (const auto& one : impact->dependents) fill(*reply->add_dependents(), one);
      return grpc::Status::OK;
    });
  }

  grpc::Status ListConsumers(Context* context, const v1::ListConsumersRequest* request, v1::ListConsumersReply* reply) override {
    return as(context, "ListConsumers", {}, [&]() -> grpc::Status {
      auto consumers = views_.history.consumers(request->snapshot());
      if (!consumers) return status_of_error(consumers.error());
      for (const auto& one : *consumers) fill(*reply->add_consumers(), one);
      return grpc::Status::OK;
    });
  }

  grpc::Status ListWorkers(Context* context, const v1::ListWorkersRequest*, v1::ListWorkersReply* reply) override {
    return as(context, "ListWorkers", {}, [&]() -> grpc::Status {
      for (const auto& worker : views_.engine.workers()) fill(*reply->add_workers(), worker);
      return grpc::Status::OK;
    });
  }

  grpc::Status DrainWorker(Context* context, const v1::DrainWorkerRequest* request, v1::Worker* reply) override {
    return as(context, "DrainWorker", {{"worker", request->name()}}, [&]() -> grpc::Status {
      if (auto status = views_.engine.drain(request->name()); !status) return status_of_error(status.error());
      for (const auto& worker : views_.engine.workers()) {
        if (worker.name == request->name()) fill(*reply, worker);
      }
      return grpc::Status::OK;
    });
  }

  grpc::Status ReleasePlugin(Context* context, const v1::ReleasePluginRequest* request, v1::ReleasePluginReply* reply) override {
    return as(context, "ReleasePlugin", {{"plugin", request->plugin()}}, [&]() -> grpc::Status {
      reply->set_plugin(request->plugin());
      const auto released = views_.engine.release_plugin(request->plugin());
      return released ? grpc::Status::OK : status_of_error(released.error());
    });
  }

  grpc::Status ListOperators(Context* context, const v1::ListOperatorsRequest*, v1::ListOperatorsReply* reply) override {
    return as(context, "ListOperators", {}, [&]() -> grpc::Status {
      const auto held = views_.engine.quarantines();
      for (const auto& info : views_.operators.all()) {
        auto& one = *reply->add_operators();
        one.set_type(info.type);
        one.set_plugin(info.plugin);
        one.set_version(info.version);
        one.set_summary(info.summary);
        one.set_config_schema_json(info.config_schema.dump());
        const auto found = std::find_if(held.begin(), held.end(), [&](const Quarantine& q) { return q.plugin == info.plugin; });
        if (found == held.end()) continue;
        one.set_held_back(found->reason);
        one.set_held_back_since(to_iso(found->since));
      }
      return grpc::Status::OK;
    });
  }

  grpc::Status WhoAmI(Context* context, const v1::WhoAmIRequest*, v1::Document* reply) override {
    return as(context, "WhoAmI", {}, [&](const Guest& guest) {
      return answer_document(guest.caller() == nullptr ? Json::object({{"auth", false}, {"who", Json()}}) : who_json(*guest.caller()), *reply);
    });
  }

  grpc::Status ListUsers(Context* context, const v1::ListUsersRequest*, v1::Document* reply) override {
    return people(context, "ListUsers", {}, *reply, [&](Doorkeeper& doors, const Caller&) { return list_users(doors); });
  }

  grpc::Status AddUser(Context* context, const v1::UserRequest* request, v1::Document* reply) override {
    return people(context, "AddUser", {{"user", request->name()}}, *reply, [&](Doorkeeper& doors, const Caller&) {
      return add_user(doors, Json::object({{"name", request->name()}, {"password", request->password()}, {"roles", list_of(request->roles())}}));
    });
  }

  grpc::Status RemoveUser(Context* context, const v1::UserRequest* request, v1::Document* reply) override {
    return people(context, "RemoveUser", {{"user", request->name()}}, *reply, [&](Doorkeeper& doors, const Caller&) { return remove_user(doors, request->name()); });
  }

  grpc::Status GrantRole(Context* context, const v1::UserRequest* request, v1::Document* reply) override {
    return people(context, "GrantRole", role_of(*request), *reply, [&](Doorkeeper& doors, const Caller&) { return grant_role(doors, request->name(), first_of(request->roles())); });
  }

  grpc::Status RevokeRole(Context* context, const v1::UserRequest* request, v1::Document* reply) override {
    return people(context, "RevokeRole", role_of(*request), *reply, [&](Doorkeeper& doors, const Caller&) { return revoke_role(doors, request->name(), first_of(request->roles())); });
  }

  grpc::Status SetPassword(Context* context, const v1::UserRequest* request, v1::Document* reply) override {
    return people(context, "SetPassword", {{"user", request->name()}}, *reply, [&](Doorkeeper& doors, const Caller&) { return set_password(doors, request->name(), request->password()); });
  }

  grpc::Status ListTokens(Context* context, const v1::ListTokensRequest*, v1::Document* reply) override {
    return people(context, "ListTokens", {}, *reply, [&](Doorkeeper& doors, const Caller&) { return list_tokens(doors); });
  }

  grpc::Status CreateToken(Context* context, const v1::TokenRequest* request, v1::Document* reply) override {
    return people(context, "CreateToken", {{"name", request->name()}}, *reply, [&](Doorkeeper& doors, const Caller& caller) {
      return create_token(doors, caller, Json::object({{"name", request->name()}, {"scopes", list_of(request->scopes())}, {"life", request->life().empty() ? Json() : Json(request->life())}}));
    });
  }

  grpc::Status RevokeToken(Context* context, const v1::TokenRequest* request, v1::Document* reply) override {
    return people(context, "RevokeToken", {{"name", request->name()}}, *reply, [&](Doorkeeper& doors, const Caller&) { return revoke_token(doors, request->name()); });
  }

  grpc::Status ListAudit(Context* context, const v1::ListAuditRequest* request, v1::Document* reply) override {
    return people(context, "ListAudit", {}, *reply, [&](Doorkeeper& doors, const Caller&) {
      return audit_page(doors, {.after = request->after(), .newest_first = request->newest_first(), .who = request->who(), .verb = request->verb(), .text = request->text(), .limit = limit(request->limit())});
    });
  }

  grpc::Status VerifyAudit(Context* context, const v1::VerifyAuditRequest* request, v1::Document* reply) override {
    return people(context, "VerifyAudit", {}, *reply, [&](Doorkeeper& doors, const Caller&) { return verify_audit(doors, request->head()); });
  }

 private:
  // Who calls, and for what it was let in.
  struct Guest {
    Entered entered{};
    mutable std::string made{};  // what came of it, for the audit log
    const Caller* caller() const { return entered.caller ? &*entered.caller : nullptr; }
  };

  Watch watch(const Guest& guest) { return {views_, guest.entered.caller, guest.entered.shown, guest.entered.verb, guest.entered.parts}; }
  static Error gone() { return {.code = "E8021", .what = "what you were let in by is not good any more", .where = {}, .hint = "log in again"}; }

  static std::string metadata(const Context& context, const char* key) {
    const auto found = context.client_metadata().find(key);
    return found == context.client_metadata().end() ? std::string() : std::string(found->second.data(), found->second.size());
  }

  // "ipv4:127.0.0.1:40000" without the port, as REST has it.
  static std::string address_of(const Context& context) {
    const std::string peer = context.peer();
    const auto from = peer.find(':'), to = peer.rfind(':');
    return from == std::string::npos || to <= from ? peer : peer.substr(from + 1, to - from - 1);
  }

  Result<Guest> enter(Context* context, std::string_view rpc, Parts parts) {
    Guest guest;
    if (views_.doors == nullptr) return guest;
    constexpr std::string_view kBearer = "Bearer ";
    const auto given = metadata(*context, "authorization");
    guest.entered.shown = {.bearer = given.starts_with(kBearer) ? given.substr(kBearer.size()) : "", .cookie = {}, .from = address_of(*context), .request = request_id_of(metadata(*context, "x-request-id"), views_.doors->clock().now())};
    guest.entered.verb = auth::verb_of_rpc(rpc);
    MR_INVARIANT(guest.entered.verb != nullptr, "an rpc that is not in the table of verbs");
    guest.entered.parts = std::move(parts);
    auto caller = views_.doors->who(guest.entered.shown);
    if (!caller) return caller.error();
    guest.entered.caller = *std::move(caller);
    if (auto may = check_entry(views_, *guest.entered.caller, *guest.entered.verb, guest.entered.parts); !may) return may.error();
    return guest;
  }

  // The way of every call: in, what it is for, and a word in the audit log.
  template <class Act>
  grpc::Status as(Context* context, std::string_view rpc, Parts parts, Act act) {
    const auto guest = enter(context, rpc, std::move(parts));
    if (!guest) return status_of_error(guest.error());
    const grpc::Status status = [&]() -> grpc::Status {
      if constexpr (std::is_invocable_v<Act, const Guest&>) return act(*guest);
      else return act();
    }();
    leave(views_, guest->entered, answer_of(status, guest->made));
    return status;
  }

  static RestAnswer answer_of(const grpc::Status& status, const std::string& made) {
    if (status.ok()) return {.note = made};
    v1::Problem problem;
    problem.ParseFromString(status.error_details());
    return {.status = 500, .body = Json::object({{"code", problem.code()}})};
  }

  template <class Act>
  grpc::Status people(Context* context, std::string_view rpc, Parts parts, v1::Document& reply, Act act) {
    return as(context, rpc, std::move(parts), [&](const Guest& guest) {
      auto doors = doors_of(views_);
      return doors ? answer_document(act(**doors, *guest.caller()), reply) : status_of_error(doors.error());
    });
  }

  static Parts role_of(const v1::UserRequest& request) { return {{"user", request.name()}, {"role", first_of(request.roles())}}; }
  template <class Texts>
  static std::string first_of(const Texts& texts) {
    return texts.empty() ? std::string() : texts.Get(0);
  }
  template <class Texts>
  static Json list_of(const Texts& texts) {
    Json list = Json::array();
    for (const auto& text : texts) list.push(text);
    return list;
  }

  static int limit(int asked) { return asked <= 0 ? 100 : std::min(asked, 1000); }

  void fill_dag(v1::Dag& out, const Dag& dag) {
    auto runs = views_.history.last_runs(dag.name, 20);
    fill(out, dag, runs ? *runs : std::vector<RunView>{});
  }

  grpc::Status answer_run(const std::string& id, v1::Run& reply) {
    auto detail = views_.run(id);
    if (!detail) return status_of_error(detail.error());
    fill(reply, *detail);
    return grpc::Status::OK;
  }

  grpc::Status answer_verb(const Status& status, const std::string& run, v1::Run& reply) {
    return status ? answer_run(run, reply) : status_of_error(status.error());
  }

  grpc::Status answer_backfill(int64_t id, BackfillVerb verb, v1::Backfill& reply) {
    auto after = views_.engine.backfill_verb(id, verb);
    if (!after) return status_of_error(after.error());
    fill(reply, {.backfill = std::move(*after)});
    return grpc::Status::OK;
  }

  grpc::Status answer_task(const Guest& guest, const v1::TaskAnswer& request, Wait wait, v1::Run& reply) {
    auto values = request.values_json().empty() ? Result<Json>(Json::object()) : Json::parse(request.values_json());
    if (!values) return status_of_error(values.error());
    return answer_verb(views_.engine.answer({.run = request.run(), .task = request.task(), .wait = wait, .good = request.good(), .values = std::move(*values),
                                             .by = guest.caller() == nullptr ? request.by() : guest.caller()->who, .reason = request.reason(), .back_to = request.back_to()}), request.run(), reply);
  }

  Views& views_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace

struct ClientService::Impl {
  explicit Impl(Views& views) : door(views) {}
  Door door;
};

ClientService::ClientService(Views& views) : impl_(std::make_unique<Impl>(views)) {}
ClientService::~ClientService() = default;
grpc::Service& ClientService::service() { return impl_->door; }
void ClientService::stop() { impl_->door.stop(); }

}  // namespace millrace
