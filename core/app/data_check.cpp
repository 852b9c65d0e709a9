#include "app/data_check.hpp"

#include <algorithm>
#include <iostream>

#include "app/mistake_place.hpp"
#include "app/planner.hpp"
#include "app/server.hpp"
#include "base/text.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"
#include "plugin/plugin_folder.hpp"

namespace millrace {
namespace {

struct Answer {
  std::string state{}, why{};       // bound, wrong, or unchecked and why
  Json statements = Json::array();  // of bound: what it would write
};

class DagCheck {
 public:
  DagCheck(const Dag& dag, Planner planner) : dag_(dag), planner_(std::move(planner)) {}

  // Those that read what a mistaken task writes can't be checked, and so on.
  Answer check(const Task& task, const OperatorInfo* info) {
    if (task.reads.empty() && task.writes.empty()) return {.state = "unchecked", .why = "it reads and writes no dataset"};
    if (!Planner::can_ask(info)) return {.state = "unchecked", .why = task.uses + " does not say what it would run"};
    if (task.with.dump().find(".tasks") != std::string::npos || task.has_items()) return {.state = "unchecked", .why = "it needs what other tasks give"};
    auto inputs = planner_.inputs_of(task);
    if (!inputs) {
      planner_.forget(task);
      return {.state = "unchecked", .why = inputs.error().what};
    }
    auto statements = planner_.plan(task, *info, std::move(*inputs));
    if (statements) return {.state = "bound", .why = {}, .statements = std::move(*statements)};
    add(task, statements.error());
    planner_.forget(task);
    return {.state = "wrong", .why = errors_.back().what};
  }

  const std::vector<Error>& errors() const { return errors_; }

 private:
  // DuckDB's text goes over lines, with what it could have been behind.
  void add(const Task& task, Error error) {
    const auto near = meant(task, name_in(error.what));
    if (!near.empty()) error.hint = "did you mean " + quote(near) + "?";
    const std::string where = error.where.empty() || error.where.starts_with("with.") ? std::string() : " (" + error.where + ")";
    error.where = place_of(dag_, task.id, error);
    error.what = "task " + quote(task.id) + ": " + error.what.substr(0, error.what.find('\n')) + where;
    errors_.push_back(std::move(error));
  }

  // Empty: it is there as it stands, or nothing is like it.
  std::string meant(const Task& task, const std::string& name) {
    std::vector<std::string> known;
    for (const auto& dataset : task.reads) {
      known.push_back(dataset);
      for (const auto& column : planner_.columns_of(dataset)) known.push_back(column.name);
    }
    return name.empty() || std::find(known.begin(), known.end(), name) != known.end() ? std::string() : nearest(name, known);
  }

  const Dag& dag_;
  Planner planner_;
  std::vector<Error> errors_{};
};

Json told(const Dag& dag, const std::vector<std::pair<std::string, Answer>>& answers) {
  Json tasks = Json::array();
  for (const auto& [id, answer] : answers) {
    Json writes = Json::array();
    for (const auto& statement : answer.statements.items()) {
      if (statement.contains("into")) writes.push(Json::object({{"dataset", statement["into"]}, {"columns", statement["columns"]}}));
    }
    tasks.push(Json::object({{"task", id}, {"state", answer.state}, {"why", answer.why}, {"writes", std::move(writes)}}));
  }
  return Json::object({{"name", dag.name}, {"tasks", std::move(tasks)}});
}

struct Found {
  Json dags = Json::array();
  std::vector<Error> errors{}, unchecked{};
  int bound = 0;
};

Status check_dag(const Dag& dag, const DataCheckWords& words, const OperatorList& operators, const std::string& program, Found& found) {
  auto planner = Planner::of(dag, words.home, words.params, program);
  if (!planner) return planner.error();
  const auto order = planner->in_order();
  DagCheck check(dag, std::move(*planner));
  std::vector<std::pair<std::string, Answer>> answers;
  for (const Task* task : order) {
    auto answer = check.check(*task, operators.find(task->uses));
    found.bound += answer.state == "bound";
    if (answer.state == "unchecked") found.unchecked.push_back({.code = {}, .what = "task " + quote(task->id) + " is not checked: " + answer.why, .where = place_of(dag, task->id, {}), .hint = {}});
    answers.emplace_back(task->id, std::move(answer));
  }
  found.errors.insert(found.errors.end(), check.errors().begin(), check.errors().end());
  found.dags.push(told(dag, answers));
  return {};
}

Json to_json(const std::vector<Error>& errors) {
  Json list = Json::array();
  for (const auto& one : errors) list.push(Json::object({{"code", one.code}, {"what", one.what}, {"where", one.where}, {"hint", one.hint}}));
  return list;
}

}  // namespace

int validate_data(const DataCheckWords& words, Output output) {
  const auto installed = find_installation(words.plugin_dirs);
  const auto plugins = scan_plugins(installed.plugin_dirs, installed.attempt_program);
  const auto operators = with_core_operators(plugins.operators);
  const auto folder = read_dags(words.path, operators);
  Found found{.errors = folder.errors};
  for (const auto& dag : folder.dags) {
    if (auto checked = check_dag(dag, words, operators, installed.attempt_program, found); !checked) found.errors.push_back(checked.error());
  }
  const int code = found.errors.empty() ? 0 : 1;
  if (output.json) {
    std::cout << Json::object({{"dags", std::move(found.dags)}, {"errors", to_json(found.errors)}}).dump(2) << '\n';
    return code;
  }
  for (const auto& error : found.errors) std::cerr << to_string(error) << '\n';
  for (const auto& note : found.unchecked) std::cout << note.where << ": " << note.what << '\n';
  std::cout << found.bound << " tasks are bound, " << found.unchecked.size() << " not checked, " << found.errors.size() << " mistakes\n";
  return code;
}

}  // namespace millrace
