#include "app/explain_plan.hpp"

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <map>

#include "app/server.hpp"
#include "base/text.hpp"
#include "engine/params.hpp"
#include "graph/order.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"
#include "plugin/plugin_folder.hpp"
#include "sdk/millrace_traits.h"
#include "state/catalog_table.hpp"
#include "worker/one_shot.hpp"
#include "worker/work_folder.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMemory = int64_t{1} << 30;

// Columns by dataset: as the tasks before would leave them, else as the catalog has them.
class KnownColumns {
 public:
  explicit KnownColumns(const std::string& home) {
    const std::string file = home + "/millrace.db";
    if (!fs::exists(file)) return;
    if (auto db = Database::open(file, Database::Access::read_only)) db_.emplace(std::move(*db));
  }

  void set(const std::string& dataset, Json columns) { planned_.insert_or_assign(dataset, std::move(columns)); }

  Result<Json> inputs_of(const Task& task) {
    Json inputs = Json::array();
    for (const auto& name : task.reads) {
      const auto planned = planned_.find(name);
      auto view = db_ && planned == planned_.end() ? read_reference(*db_, name, Parts::columns_only) : Result<DatasetView>(DatasetView{});
      if (!view) return view.error();
      if (planned == planned_.end() && view->snapshot.value == 0) {
        return Error{.code = "E8004", .what = "nothing is known of dataset " + quote(name), .where = "task " + task.id, .hint = "run the task that writes it once, and name the home of that server by --home"};
      }
      Json input = to_json(*view);
      input.set("dataset", name);
      input.set("snapshot", 1);
      if (planned != planned_.end()) input.set("columns", planned->second);
      inputs.push(std::move(input));
    }
    return inputs;
  }

 private:
  std::optional<Database> db_{};
  std::map<std::string, Json> planned_{};
};

class Planner {
 public:
  Planner(const PlanWords& words, const Dag& dag, Json params, std::string program) : dag_(dag), known_(words.home), program_(std::move(program)) {
    const RunHeader header{.key = dag.name + "@plan", .dag = dag.name, .trigger = "manual", .params = params, .created = SystemClock().now()};
    document_ = Json::object({{"params", std::move(params)}, {"run", run_document(dag, header)}, {"env", dag.env}, {"vars", dag.vars}, {"tasks", Json::object()}});
  }

  // {"task", "uses", "statements"}
  Result<Json> explain(const Task& task, const OperatorInfo& info) {
    auto inputs = known_.inputs_of(task);
    if (!inputs) return inputs.error();
    auto folder = WorkFolder::make((fs::temp_directory_path() / ("millrace-plan-" + std::to_string(::getpid()))).string());
    if (!folder) return folder.error();
    OneShot what{.program = program_, .library = info.library, .operator_type = task.uses, .config = task.with, .document = document_, .work_folder = folder->path()};
    for (const auto& [name, value] : task.env.members()) what.document["env"].set(name, value);
    // No outputs, and data below the work folder: what is written all the same is nowhere.
    what.facts = Json::object({{"explain", true}, {"run", "plan"}, {"dag", dag_.name}, {"task", task.id}, {"attempt", 1}, {"logical_time", Json()}, {"folder", dag_.folder}, {"work_folder", folder->path()},
                               {"data_root", folder->path()}, {"cpu", 1}, {"memory_bytes", kMemory}, {"inputs", std::move(*inputs)}, {"outputs", Json::array()}, {"positions", Json::array()}, {"checks", Json::array()}, {"checkpoint", Json()}});
    auto told = run_once(what);
    if (!told) {
      Error error = told.error();
      error.where = "task " + task.id + (error.where.empty() ? "" : ", " + error.where);
      return error;
    }
    for (const auto& statement : (*told)["statements"].items()) {
      if (statement.contains("into")) known_.set(statement["into"].as_text(), statement["columns"]);
    }
    return Json::object({{"task", task.id}, {"uses", task.uses}, {"statements", (*told)["statements"]}});
  }

 private:
  const Dag& dag_;
  KnownColumns known_;
  const std::string program_;
  Json document_{};
};

void print(const Json& plan) {
  std::cout << "-- task " << plan["task"].as_text() << ": " << plan["uses"].as_text() << '\n';
  for (const auto& statement : plan["statements"].items()) {
    if (statement.contains("into")) std::cout << "-- " << statement["mode"].as_text() << " " << statement["into"].as_text() << '\n';
    std::cout << statement["sql"].as_text() << ";\n";
  }
}

// Tasks before are explained, too, as their columns are those of what they write; what they say is only shown when they are asked for.
Result<Json> plans_of(const PlanWords& words) {
  const auto installed = find_installation(words.plugin_dirs);
  const auto plugins = scan_plugins(installed.plugin_dirs, installed.attempt_program);
  const auto operators = with_core_operators(plugins.operators);
  const auto folder = read_dags(words.file, operators);
  if (!folder.errors.empty()) return folder.errors.front();
  if (folder.dags.size() != 1) return Error{.code = "E0001", .what = quote(words.file) + " holds no Dag", .where = {}, .hint = "name a file with a key 'dag'"};
  const Dag& dag = folder.dags.front();
  if (!words.task.empty() && dag.find(words.task).value < 0) return Error{.code = "E8004", .what = "Dag " + quote(dag.name) + " has no task " + quote(words.task), .where = words.file, .hint = {}};
  auto given = params_from(words.params);
  if (!given) return given.error();
  auto params = resolve_params(dag, *given, {.dag = dag.name});
  if (!params) return params.error();
  Planner planner(words, dag, std::move(*params), installed.attempt_program);
  NeedsList needs;
  for (const auto& task : dag.tasks) needs.push_back(task.needs);
  Json plans = Json::array();
  for (const TaskIndex at : topological_order(needs).value_or(std::vector<TaskIndex>())) {
    const Task& task = dag.task(at);
    const auto* info = operators.find(task.uses);
    const bool asked = words.task == task.id, tells = info != nullptr && (info->traits & MR_EXPLAINS) != 0;
    if (asked && !tells) return Error{.code = "E5111", .what = "task " + quote(task.id) + " uses " + task.uses + ", which does not say what it would run", .where = words.file, .hint = "etl.* and sql.query do"};
    if (!tells) continue;
    auto plan = planner.explain(task, *info);
    if (!plan && (asked || words.task.empty())) return plan.error();
    if (plan && (asked || words.task.empty())) plans.push(std::move(*plan));
    if (asked) return plans;
  }
  if (plans.items().empty()) return Error{.code = "E5111", .what = "no task of Dag " + quote(dag.name) + " says what it would run", .where = words.file, .hint = "etl.* and sql.query do"};
  return plans;
}

}  // namespace

int explain_plan(const PlanWords& words, Output output) {
  const auto plans = plans_of(words);
  if (!plans) return report(plans.error(), output);
  if (output.json) std::cout << plans->dump(2) << '\n';
  else for (const auto& plan : plans->items()) print(plan);
  return 0;
}

}  // namespace millrace
