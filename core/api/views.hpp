// What every door looks through: the same answers for REST, gRPC, the CLI and the page.
//
// Any thread. `Views` borrows its parts; they outlive the doors.
#pragma once
#include <string>

#include "base/json.hpp"
#include "dispatch/log_store.hpp"
#include "engine/engine.hpp"
#include "engine/queries.hpp"
#include "model/operator.hpp"

namespace millrace {

class Doorkeeper;
class RowReader;

struct Views {
  Engine& engine;
  History& history;
  LogStore& logs;
  const OperatorList& operators;
  std::vector<Error> refused_plugins{};
  Guarded<std::vector<Error>> folder_errors{};
  RowReader* rows = nullptr;    // without it nobody sees rows
  Doorkeeper* doors = nullptr;  // without it everybody may do everything

  // Mistakes in the Dag folder, as last read.
  std::vector<Error> dag_errors() const { return folder_errors.with([](const auto& errors) { return errors; }); }
  void set_dag_errors(std::vector<Error> errors) { folder_errors.with([&](auto& kept) { kept = std::move(errors); }); }

  // A run with its tasks, each with operator, needs and the reason why it is where it is; E2002 for an unknown run.
  Result<RunDetail> run(const std::string& id);
  // One task of it, or one item ("load[3]"), with its attempts; E2002, or E8004 for an unknown task.
  Result<TaskView> task(const std::string& run, const std::string& task);
  Result<PoolView> pool(const std::string& name);  // E2021
  Status add_past(const std::string& run_id, TaskView& task);
  Result<TaskView> item(const std::string& run, const std::string& label);
};

// The JSON of REST (core/api/openapi.yaml).
Json to_json(const Error& error);
Json to_json(const RunView& run);
Json to_json(const TaskView& task);
Json to_json(const RunDetail& detail);
Json to_json(const AttemptView& attempt);
Json to_json(const SnapshotView& snapshot);
Json to_json(const DatasetSummary& summary);
Json to_json(const DatasetDetail& detail);
Json to_json(const Capacity& capacity);
Json to_json(const WorkerView& worker);
Json to_json(const PoolView& pool);
Json to_json(const Dag& dag, const std::vector<RunView>& last_runs);  // without its source
Json to_json(const OperatorInfo& info);
Json to_json(const BackfillPlan& plan);
// From a client's words; E2018 for a range or a `which` that can't be read.
Result<BackfillRequest> backfill_request_from(const std::string& dag, const Json& body);
std::string next_run_of(const Dag& dag, TimePoint now);  // ISO; empty: never
Json to_json(const Change& change);
// Of a foreach task: E2004 for limits that make no sense. `max_parallel` 0 and an empty `tolerate` leave it as it is.
Result<LimitsRequest> limits_request_from(const std::string& run, const std::string& task, int64_t max_parallel, const std::string& tolerate);

}  // namespace millrace
