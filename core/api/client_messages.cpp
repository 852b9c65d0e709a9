#include "api/client_messages.hpp"

namespace millrace {

void fill(v1::Problem& problem, const Error& error) {
  problem.set_code(error.code);
  problem.set_what(error.what);
  problem.set_where(error.where);
  problem.set_hint(error.hint);
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

}  // namespace millrace
