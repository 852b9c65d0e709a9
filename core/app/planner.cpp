#include "app/planner.hpp"

#include <unistd.h>

#include <filesystem>

#include "app/commands.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "catalog/rules.hpp"
#include "engine/params.hpp"
#include "graph/order.hpp"
#include "model/dataset_ref.hpp"
#include "parse/expression.hpp"
#include "sdk/millrace_traits.h"
#include "state/catalog_table.hpp"
#include "worker/one_shot.hpp"
#include "worker/work_folder.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMemory = int64_t{1} << 30;

std::vector<Column> columns_from(const Json& list) {
  std::vector<Column> columns;
  for (const auto& one : list.items()) columns.push_back({one["name"].as_text(), one["type"].as_text(), one["nullable"].as_bool(true)});
  return columns;
}

}  // namespace

Result<Planner> Planner::of(const Dag& dag, const std::string& home, const std::vector<std::string>& params, std::string program) {
  auto given = params_from(params);
  if (!given) return given.error();
  auto resolved = resolve_params(dag, *given, {.dag = dag.name});
  if (!resolved) return resolved.error();
  return Planner(dag, home, std::move(*resolved), std::move(program));
}

Planner::Planner(const Dag& dag, const std::string& home, Json params, std::string program) : dag_(&dag), program_(std::move(program)) {
  const RunHeader header{.key = dag.name + "@plan", .dag = dag.name, .trigger = "manual", .params = params, .created = SystemClock().now()};
  document_ = Json::object({{"params", std::move(params)}, {"run", run_document(dag, header)}, {"env", dag.env}, {"vars", dag.vars}, {"tasks", Json::object()}});
  const std::string file = home + "/millrace.db";
  if (!fs::exists(file)) return;
  if (auto db = Database::open(file, Database::Access::read_only)) db_.emplace(std::move(*db));
}

bool Planner::can_ask(const OperatorInfo* info) { return info != nullptr && (info->traits & MR_EXPLAINS) != 0; }

std::vector<const Task*> Planner::in_order() const {
  NeedsList needs;
  for (const auto& task : dag_->tasks) needs.push_back(task.needs);
  std::vector<const Task*> tasks;
  for (const TaskIndex at : topological_order(needs).value_or(std::vector<TaskIndex>())) tasks.push_back(&dag_->task(at));
  return tasks;
}

std::vector<Column> Planner::columns_of(const std::string& dataset) {
  const auto planned = planned_.find(dataset);
  if (planned != planned_.end()) return planned->second;
  return db_ ? read_dataset(*db_, dataset, std::nullopt, Parts::columns_only).columns : std::vector<Column>();
}

// What is read as it was is not what a task before would leave.
Result<Json> Planner::inputs_of(const Task& task) {
  Json inputs = Json::array();
  for (const auto& name : task.reads) {
    DatasetView view{.dataset = name, .snapshot = {1}, .columns = {}, .files = {}};
    if (dataset_of(name) == name) {
      view.columns = columns_of(name);
    } else if (db_) {
      auto was = read_reference(*db_, name, Parts::columns_only);
      if (!was) return was.error();
      view.columns = std::move(was->columns);
    }
    if (view.columns.empty()) {
      return Error{.code = "E8004", .what = "nothing is known of dataset " + quote(name), .where = "task " + task.id, .hint = "run the task that writes it once, and name the home of that server by --home"};
    }
    inputs.push(to_json(view));
  }
  return inputs;
}

Result<Json> Planner::plan(const Task& task, const OperatorInfo& info, Json inputs) {
  auto told = ask(task, info, std::move(inputs));
  if (!told) return told.error();
  Json statements = (*told)["statements"];
  for (const auto& statement : statements.items()) {
    if (!statement.contains("into")) continue;
    if (auto taken = take(statement); !taken) return taken.error();
  }
  return statements;
}

void Planner::forget(const Task& task) {
  for (const auto& dataset : task.writes) planned_.insert_or_assign(dataset, std::vector<Column>());
}

Result<Json> Planner::ask(const Task& task, const OperatorInfo& info, Json inputs) {
  auto folder = WorkFolder::make((fs::temp_directory_path() / ("millrace-plan-" + std::to_string(::getpid()))).string());
  if (!folder) return folder.error();
  OneShot what{.program = program_, .library = info.library, .operator_type = task.uses, .config = task.with, .document = document_, .work_folder = folder->path()};
  for (const auto& [name, value] : task.env.members()) what.document["env"].set(name, value);
  for (const auto& name : secrets_in(task.with)) what.secrets[name] = "secret";  // nothing is opened by it: a plan needs none
  // No outputs, and data below the work folder: what is written all the same is nowhere.
  what.facts = Json::object({{"explain", true}, {"run", "plan"}, {"dag", dag_->name}, {"task", task.id}, {"attempt", 1}, {"logical_time", Json()}, {"folder", dag_->folder}, {"work_folder", folder->path()},
                             {"data_root", folder->path()}, {"cpu", 1}, {"memory_bytes", kMemory}, {"inputs", std::move(inputs)}, {"outputs", Json::array()}, {"positions", Json::array()}, {"checks", task.checks}, {"checkpoint", Json()}});
  return run_once(what);
}

// By the rule of the commit itself.
Status Planner::take(const Json& statement) {
  const auto& into = statement["into"].as_text();
  auto columns = columns_from(statement["columns"]);
  const auto before = columns_of(into);
  if (statement["mode"].as_text() != "replace" && !before.empty()) {
    auto after = evolve(before, columns);
    if (!after) return after.error();
    columns = std::move(*after);
  }
  planned_.insert_or_assign(into, std::move(columns));
  return {};
}

}  // namespace millrace
