#include "app/explain_plan.hpp"

#include <iostream>

#include "app/planner.hpp"
#include "app/server.hpp"
#include "base/text.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"
#include "plugin/plugin_folder.hpp"

namespace millrace {
namespace {

constexpr const char* kWhoDoes = "etl.*, sql.query, sql.script, export.*, recipe.apply, quality.check and report.html do";

// {"task", "uses", "statements"}
Result<Json> plan_of(Planner& planner, const Task& task, const OperatorInfo& info) {
  auto inputs = planner.inputs_of(task);
  if (!inputs) return inputs.error();
  auto statements = planner.plan(task, info, std::move(*inputs));
  if (statements) return Json::object({{"task", task.id}, {"uses", task.uses}, {"statements", std::move(*statements)}});
  Error error = statements.error();
  error.where = "task " + task.id + (error.where.empty() ? "" : ", " + error.where);
  return error;
}

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
  auto planner = Planner::of(dag, words.home, words.params, installed.attempt_program);
  if (!planner) return planner.error();
  Json plans = Json::array();
  for (const Task* task : planner->in_order()) {
    const auto* info = operators.find(task->uses);
    const bool asked = words.task == task->id, tells = Planner::can_ask(info);
    if (asked && !tells) return Error{.code = "E5111", .what = "task " + quote(task->id) + " uses " + task->uses + ", which does not say what it would run", .where = words.file, .hint = kWhoDoes};
    if (!tells) continue;
    auto plan = plan_of(*planner, *task, *info);
    if (!plan && (asked || words.task.empty())) return plan.error();
    if (plan && (asked || words.task.empty())) plans.push(std::move(*plan));
    if (asked) return plans;
  }
  if (plans.items().empty()) return Error{.code = "E5111", .what = "no task of Dag " + quote(dag.name) + " says what it would run", .where = words.file, .hint = kWhoDoes};
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
