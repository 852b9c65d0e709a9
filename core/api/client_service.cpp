#include "api/client_service.hpp"

#include <grpcpp/grpcpp.h>

#include <atomic>

#include "api.grpc.pb.h"
#include "api/catalog_doors.hpp"
#include "api/impact.hpp"
#include "api/rest.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

namespace v1 = api::v1;
constexpr int kWatchShare = 20;  // a watcher takes 1/kWatchShare of one core, at most
constexpr Millis kLook{500};  // how often a stream looks whether its client is still there

void fill(v1::Problem& problem, const Error& error) {
  problem.set_code(error.code);
  problem.set_what(error.what);
  problem.set_where(error.where);
  problem.set_hint(error.hint);
}

grpc::Status status_of_error(const Error& error) {
  constexpr auto code_of = [](int http) {
    switch (http) {
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

void fill(v1::Run& out, const RunView& run) {
  out.set_id(run.id);
  out.set_dag(run.dag);
  out.set_dag_version(run.dag_version);
  out.set_state(std::string(name(run.state)));
  out.set_trigger(run.trigger);
  out.set_params_json(run.params.dump());
  out.set_logical_time(run.logical_time);
  out.set_created(run.created);
  out.set_started(run.started);
  out.set_finished(run.finished);
  out.set_pruned(run.pruned);
  out.set_deadline(run.deadline);
  if (run.late.is_object()) {
    out.mutable_late()->set_state(run.late["state"].as_text());
    out.mutable_late()->set_since(run.late["since"].as_text());
    out.mutable_late()->set_predicted_end(run.late["predicted_end"].as_text());
    out.mutable_late()->set_why(run.late["why"].as_text());
  }
  for (const auto& [state, count] : run.counts) (*out.mutable_counts())[state] = count;
}

void fill(v1::Attempt& out, const AttemptView& attempt) {
  out.set_number(attempt.number);
  out.set_state(std::string(name(attempt.state)));
  out.set_worker(attempt.worker);
  out.set_started(attempt.started);
  out.set_finished(attempt.finished);
  out.set_error_class(attempt.error_class);
  fill(*out.mutable_problem(), attempt.error);
  out.set_config_json(attempt.config.dump());
  out.set_cpu_seconds(attempt.usage["cpu_seconds"].as_real());
  out.set_peak_memory_bytes(attempt.usage["peak_memory_bytes"].as_int());
  out.set_read_bytes(attempt.usage["read_bytes"].as_int());
  out.set_written_bytes(attempt.usage["written_bytes"].as_int());
  for (const auto& line : attempt.last_lines) out.add_last_lines(line);
}

void fill(v1::TaskRun& out, const TaskView& task) {
  out.set_id(task.id);
  out.set_uses(task.uses);
  for (const auto& need : task.needs) out.add_needs(need);
  out.set_state(std::string(name(task.state)));
  out.set_attempt(task.attempt);
  out.set_started(task.started);
  out.set_finished(task.finished);
  out.set_why(task.why);
  out.set_output_json(task.output.dump());
  if (!task.checkpoint.is_null()) out.set_checkpoint_json(task.checkpoint.dump());
  for (const auto& attempt : task.attempts) fill(*out.add_attempts(), attempt);
  if (!task.error.code.empty()) fill(*out.mutable_problem(), task.error);
}

void fill(v1::Run& out, const RunDetail& detail) {
  fill(out, detail.run);
  for (const auto& task : detail.tasks) fill(*out.add_tasks(), task);
}

void fill(v1::Dag& out, const Dag& dag, const std::vector<RunView>& last_runs) {
  out.set_name(dag.name);
  out.set_version(dag.version);
  out.set_description(dag.description);
  out.set_owner(dag.owner);
  out.set_labels_json(dag.labels.dump());
  out.set_params_json(dag.params.dump());
  for (const auto& task : dag.tasks) {
    auto& one = *out.add_tasks();
    one.set_id(task.id);
    one.set_uses(task.uses);
    one.set_phase(std::string(name(task.phase)));
    for (const auto need : task.needs) one.add_needs(dag.task(need).id);
    for (const auto& dataset : task.reads) one.add_reads(dataset);
    for (const auto& dataset : task.writes) one.add_writes(dataset);
  }
  for (const auto& run : last_runs) fill(*out.add_last_runs(), run);
  const Json json = to_json(dag, {});
  out.set_next_run(json["next_run"].as_text());
  for (const auto& schedule : json["schedules"].items()) out.add_schedules(schedule.as_text());
}

void fill(v1::Backfill& out, const BackfillPlan& plan) {
  const Json json = to_json(plan);
  out.set_id(plan.backfill.id);
  out.set_dag(plan.backfill.dag);
  out.set_from(json["from"].as_text());
  out.set_to(json["to"].as_text());
  out.set_which(json["which"].as_text());
  out.set_state(json["state"].as_text());
  out.set_handled(plan.backfill.handled);
  out.set_started(plan.backfill.started);
  out.set_concurrency(plan.backfill.concurrency);
  out.set_newest_first(plan.backfill.newest_first);
  for (const auto& step : json["steps"].items()) {
    auto& one = *out.add_steps();
    one.set_time(step["time"].as_text());
    one.set_run(step["run"].as_text());
    one.set_act(step["act"].as_text());
    one.set_why(step["why"].as_text());
  }
}

void fill(v1::Dependent& out, const Dependent& one) {
  out.set_dataset(one.dataset);
  out.set_column(one.column);
  out.set_how(one.how);
  out.set_dag(one.dag);
  out.set_task(one.task);
  out.set_distance(one.distance);
}

void fill(v1::Consumer& out, const ConsumerView& one) {
  out.set_run(one.run);
  out.set_dag(one.dag);
  out.set_task(one.task);
  out.set_dataset(one.dataset);
  out.set_snapshot(one.snapshot);
  out.set_wave(one.wave);
  out.set_pruned(one.pruned);
}

void fill(v1::Dataset& out, const DatasetSummary& summary) {
  const Json json = to_json(summary);
  out.set_name(summary.name);
  out.set_snapshot(summary.snapshot);
  out.set_rows(summary.rows);
  out.set_bytes(summary.bytes);
  out.set_changed(summary.changed);
  out.set_columns_json(json["columns"].dump());
}

void fill(v1::Capacity& out, const Capacity& capacity) {
  out.set_cpu(capacity.cpu);
  out.set_memory_bytes(capacity.memory);
  for (const auto& [name, amount] : capacity.named) (*out.mutable_resources())[name] = amount;
}

void fill(v1::Worker& out, const WorkerView& worker) {
  out.set_name(worker.name);
  out.set_state(worker.state);
  out.set_slots(worker.slots);
  out.set_busy(worker.busy);
  for (const auto& label : worker.labels) out.add_labels(label);
  out.set_version(worker.version);
  out.set_seen(worker.seen);
  fill(*out.mutable_has(), worker.has);
  fill(*out.mutable_used(), worker.used);
  out.set_protocol(worker.protocol);
  out.set_clock_ahead_ms(worker.clock_ahead.count());
  if (worker.problem) fill(*out.mutable_problem(), *worker.problem);
}

void fill(v1::Pool& out, const PoolView& pool) {
  out.set_name(pool.name);
  out.set_description(pool.description);
  out.set_slots(pool.slots);
  out.set_per_second(pool.per_second);
  out.set_busy(pool.busy);
  out.set_waiting(pool.waiting);
  out.set_by_hand(pool.by_hand);
}

class Door final : public v1::Millrace::Service {
 public:
  explicit Door(Views& views) : views_(views) {}
  void stop() { stopping_ = true; }

  using Context = grpc::ServerContext;

  grpc::Status ListDags(Context*, const v1::ListDagsRequest*, v1::ListDagsReply* reply) override {
    for (const auto& dag : views_.engine.dags()) fill_dag(*reply->add_dags(), dag);
    return grpc::Status::OK;
  }

  grpc::Status GetDag(Context*, const v1::GetDagRequest* request, v1::Dag* reply) override {
    const auto dag = views_.engine.dag(request->name());
    if (!dag) return status_of_error({.code = "E2001", .what = "no Dag " + quote(request->name()), .where = {}, .hint = "`millrace dags list` shows the names"});
    fill_dag(*reply, *dag);
    reply->set_source(dag->source);
    return grpc::Status::OK;
  }

  grpc::Status Start(Context*, const v1::StartRequest* request, v1::Run* reply) override {
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
    auto line = views_.history.run_line(*key);
    if (!line) return status_of_error(line.error());
    fill(*reply, line->value_or(RunView{.id = *key}));
    return grpc::Status::OK;
  }

  grpc::Status GetRun(Context*, const v1::GetRunRequest* request, v1::Run* reply) override { return answer_run(request->run(), *reply); }

  grpc::Status ListRuns(Context*, const v1::ListRunsRequest* request, v1::ListRunsReply* reply) override {
    auto page = views_.history.runs({.dag = request->dag(), .state = request->state(), .after = request->after(), .limit = limit(request->limit())});
    if (!page) return status_of_error(page.error());
    for (const auto& run : page->items) fill(*reply->add_runs(), run);
    reply->set_next(page->next);
    return grpc::Status::OK;
  }

  // What is new is told at once, the end too; between them a run with many tasks is not told more often than it is worth.
  grpc::Status WatchRun(Context* context, const v1::GetRunRequest* request, grpc::ServerWriter<v1::Run>* writer) override {
    using Steady = std::chrono::steady_clock;
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
      if (told.changes.empty() && !told.missed) continue;
      if (changed) next = now;
      changed = true;
    }
    return stopping_ ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is stopping") : grpc::Status::CANCELLED;
  }

  grpc::Status Cancel(Context*, const v1::RunVerb* request, v1::Run* reply) override {
    return answer_verb(views_.engine.cancel(request->run(), request->reason().empty() ? "asked for by the API" : request->reason()), request->run(), *reply);
  }

  grpc::Status Pause(Context*, const v1::RunVerb* request, v1::Run* reply) override {
    return answer_verb(views_.engine.pause(request->run()), request->run(), *reply);
  }

  grpc::Status Resume(Context*, const v1::RunVerb* request, v1::Run* reply) override {
    return answer_verb(views_.engine.resume(request->run()), request->run(), *reply);
  }

  grpc::Status Retry(Context*, const v1::RunVerb* request, v1::Run* reply) override {
    return answer_verb(views_.engine.retry(request->run()), request->run(), *reply);
  }

  grpc::Status StartBackfill(Context*, const v1::StartBackfillRequest* request, v1::Backfill* reply) override {
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
  }

  grpc::Status ListBackfills(Context*, const v1::ListBackfillsRequest*, v1::ListBackfillsReply* reply) override {
    for (const auto& one : views_.engine.backfills()) fill(*reply->add_backfills(), {.backfill = one});
    return grpc::Status::OK;
  }

  grpc::Status PauseBackfill(Context*, const v1::BackfillVerb* request, v1::Backfill* reply) override { return answer_backfill(request->id(), BackfillVerb::pause, *reply); }
  grpc::Status ResumeBackfill(Context*, const v1::BackfillVerb* request, v1::Backfill* reply) override { return answer_backfill(request->id(), BackfillVerb::resume, *reply); }
  grpc::Status CancelBackfill(Context*, const v1::BackfillVerb* request, v1::Backfill* reply) override { return answer_backfill(request->id(), BackfillVerb::cancel, *reply); }

  grpc::Status Clear(Context*, const v1::TaskVerb* request, v1::Run* reply) override {
    return answer_verb(views_.engine.clear(request->run(), request->task(), !request->alone()), request->run(), *reply);
  }

  grpc::Status Mark(Context*, const v1::TaskVerb* request, v1::Run* reply) override {
    const auto to = task_state_from(request->state());
    return answer_verb(views_.engine.mark(request->run(), request->task(), to.value_or(TaskState::waiting), request->reason()), request->run(), *reply);
  }

  grpc::Status Replay(Context*, const v1::ReplayRequest* request, v1::Run* reply) override {
    auto key = views_.engine.replay({.run = request->run(), .from = request->from(), .same_version = request->same_version(), .request_id = request->request_id()});
    if (!key) return status_of_error(key.error());
    return answer_run(*key, *reply);
  }

  grpc::Status Maintain(Context*, const v1::MaintainRequest* request, v1::Run* reply) override {
    auto with = request->with_json().empty() ? Result<Json>(Json::object()) : Json::parse(request->with_json());
    if (!with) return status_of_error(with.error());
    auto key = views_.engine.maintain({.uses = request->uses(), .with = std::move(*with), .request_id = request->request_id()});
    if (!key) return status_of_error(key.error());
    return answer_run(*key, *reply);
  }

  grpc::Status ListPools(Context*, const v1::ListPoolsRequest*, v1::ListPoolsReply* reply) override {
    for (const auto& pool : views_.engine.pools()) fill(*reply->add_pools(), pool);
    return grpc::Status::OK;
  }

  grpc::Status SetPool(Context*, const v1::SetPoolRequest* request, v1::Pool* reply) override {
    PoolRequest wanted{.pool = request->name(), .reset = request->reset()};
    if (request->has_slots()) wanted.slots = request->slots();
    if (request->has_per_second()) wanted.per_second = request->per_second();
    const auto status = views_.engine.set_pool(wanted);
    auto pool = status ? views_.pool(request->name()) : Result<PoolView>(status.error());
    if (!pool) return status_of_error(pool.error());
    fill(*reply, *pool);
    return grpc::Status::OK;
  }

  grpc::Status Limits(Context*, const v1::TaskVerb* request, v1::Run* reply) override {
    auto limits = limits_request_from(request->run(), request->task(), request->max_parallel(), request->tolerate());
    if (!limits) return status_of_error(limits.error());
    return answer_verb(views_.engine.limits(*limits), request->run(), *reply);
  }

  grpc::Status ListItems(Context*, const v1::ListItemsRequest* request, v1::ListItemsReply* reply) override {
    auto page = views_.history.items({.run = request->run(), .task = request->task(), .state = request->state(), .after = whole_number(request->after()).value_or(-1), .limit = limit(request->limit())});
    if (!page) return status_of_error(page.error());
    for (const auto& item : page->items) fill(*reply->add_items(), item);
    reply->set_next(page->next);
    return grpc::Status::OK;
  }

  grpc::Status Approve(Context*, const v1::TaskAnswer* request, v1::Run* reply) override { return answer_task(*request, Wait::approval, *reply); }
  grpc::Status Complete(Context*, const v1::TaskAnswer* request, v1::Run* reply) override { return answer_task(*request, Wait::callback, *reply); }

  grpc::Status GetTask(Context*, const v1::GetTaskRequest* request, v1::TaskRun* reply) override {
    auto task = views_.task(request->run(), request->task());
    if (!task) return status_of_error(task.error());
    fill(*reply, *task);
    return grpc::Status::OK;
  }

  grpc::Status TailLog(Context* context, const v1::TailLogRequest* request, grpc::ServerWriter<v1::LogLine>* writer) override {
    int64_t from = request->from();
    int64_t seen = views_.engine.feed().last();
    while (!context->IsCancelled() && !stopping_) {
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
  }

  grpc::Status ListDatasets(Context*, const v1::ListDatasetsRequest* request, v1::ListDatasetsReply* reply) override {
    auto page = views_.history.datasets(request->after(), limit(request->limit()));
    if (!page) return status_of_error(page.error());
    for (const auto& dataset : page->items) fill(*reply->add_datasets(), dataset);
    reply->set_next(page->next);
    return grpc::Status::OK;
  }

  grpc::Status GetDataset(Context*, const v1::GetDatasetRequest* request, v1::Dataset* reply) override {
    auto found = views_.history.dataset(request->name());
    if (!found) return status_of_error(found.error());
    if (!*found) return status_of_error({.code = "E8004", .what = "no dataset " + quote(request->name()), .where = {}, .hint = "`millrace datasets list` shows the names"});
    fill(*reply, (*found)->summary);
    reply->set_history_json(to_json(**found)["history"].dump());
    return grpc::Status::OK;
  }

  grpc::Status ListSnapshots(Context*, const v1::ListSnapshotsRequest* request, v1::Document* reply) override {
    return answer_document(snapshots_page(views_, request->dataset(), request->after(), limit(request->limit())), *reply);
  }

  grpc::Status ListChecks(Context*, const v1::ListChecksRequest* request, v1::Document* reply) override {
    return answer_document(checks_page(views_, {.dataset = request->dataset(), .check = request->check(), .after = request->after(), .limit = limit(request->limit())}), *reply);
  }

  grpc::Status DiffDataset(Context*, const v1::DiffDatasetRequest* request, v1::Document* reply) override {
    return answer_document(diff_of(views_, request->dataset(), request->from(), request->to()), *reply);
  }

  grpc::Status ReadRows(Context*, const v1::ReadRowsRequest* request, v1::Document* reply) override {
    RowsRequest rows{.dataset = request->dataset(), .columns = {request->columns().begin(), request->columns().end()}, .where = request->where(), .limit = limit(request->limit()), .sample = request->sample()};
    if (!request->at().empty()) rows.dataset += "@" + request->at();
    return answer_document(rows_of(views_, rows), *reply);
  }

  grpc::Status ListPositions(Context*, const v1::ListPositionsRequest* request, v1::Document* reply) override {
    if (request->source().empty()) return answer_document(sources_page(views_, request->after(), limit(request->limit())), *reply);
    return answer_document(positions_page(views_, request->source(), request->after(), limit(request->limit())), *reply);
  }

  grpc::Status ListPositionChanges(Context*, const v1::ListPositionChangesRequest* request, v1::Document* reply) override {
    return answer_document(position_changes_page(views_, request->source(), request->key(), request->after(), limit(request->limit())), *reply);
  }

  grpc::Status Impact(Context*, const v1::ImpactRequest* request, v1::ImpactReply* reply) override {
    auto impact = impact_of(views_, request->name());
    if (!impact) return status_of_error(impact.error());
    reply->set_dataset(impact->dataset);
    reply->set_column(impact->column);
    for (const auto& one : impact->dependents) fill(*reply->add_dependents(), one);
    return grpc::Status::OK;
  }

  grpc::Status ListConsumers(Context*, const v1::ListConsumersRequest* request, v1::ListConsumersReply* reply) override {
    auto consumers = views_.history.consumers(request->snapshot());
    if (!consumers) return status_of_error(consumers.error());
    for (const auto& one : *consumers) fill(*reply->add_consumers(), one);
    return grpc::Status::OK;
  }

  grpc::Status ListWorkers(Context*, const v1::ListWorkersRequest*, v1::ListWorkersReply* reply) override {
    for (const auto& worker : views_.engine.workers()) fill(*reply->add_workers(), worker);
    return grpc::Status::OK;
  }

  grpc::Status DrainWorker(Context*, const v1::DrainWorkerRequest* request, v1::Worker* reply) override {
    if (auto status = views_.engine.drain(request->name()); !status) return status_of_error(status.error());
    for (const auto& worker : views_.engine.workers()) {
      if (worker.name == request->name()) fill(*reply, worker);
    }
    return grpc::Status::OK;
  }

  grpc::Status ReleasePlugin(Context*, const v1::ReleasePluginRequest* request, v1::ReleasePluginReply* reply) override {
    reply->set_plugin(request->plugin());
    const auto released = views_.engine.release_plugin(request->plugin());
    return released ? grpc::Status::OK : status_of_error(released.error());
  }

  grpc::Status ListOperators(Context*, const v1::ListOperatorsRequest*, v1::ListOperatorsReply* reply) override {
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
  }

 private:
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

  grpc::Status answer_task(const v1::TaskAnswer& request, Wait wait, v1::Run& reply) {
    auto values = request.values_json().empty() ? Result<Json>(Json::object()) : Json::parse(request.values_json());
    if (!values) return status_of_error(values.error());
    return answer_verb(views_.engine.answer({.run = request.run(), .task = request.task(), .wait = wait, .good = request.good(), .values = std::move(*values),
                                             .by = request.by(), .reason = request.reason(), .back_to = request.back_to()}), request.run(), reply);
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
