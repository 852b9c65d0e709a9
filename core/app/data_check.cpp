#include "app/data_check.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>

#include "app/server.hpp"
#include "base/text.hpp"
#include "catalog/rules.hpp"
#include "engine/params.hpp"
#include "graph/order.hpp"
#include "model/dataset_ref.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"
#include "parse/yaml_tree.hpp"
#include "plugin/plugin_folder.hpp"
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

// Columns by dataset: as the tasks before would leave them, else as the catalog has them.
class Schemas {
 public:
  explicit Schemas(const std::string& home) {
    const std::string file = home + "/millrace.db";
    if (!fs::exists(file)) return;
    if (auto db = Database::open(file, Database::Access::read_only)) db_.emplace(std::move(*db));
  }

  void set(const std::string& dataset, std::vector<Column> columns) { planned_.insert_or_assign(dataset, std::move(columns)); }
  void forget(const std::string& dataset) { set(dataset, {}); }

  std::vector<Column> stored(const std::string& dataset) { return db_ ? read_dataset(*db_, dataset, std::nullopt, Parts::columns_only).columns : std::vector<Column>(); }
  // Empty: not known.
  std::vector<Column> of(const std::string& dataset) {
    const auto planned = planned_.find(dataset);
    return planned == planned_.end() ? stored(dataset) : planned->second;
  }

 private:
  std::optional<Database> db_{};
  std::map<std::string, std::vector<Column>> planned_{};
};

// The name that a message is about: what it quotes first, or "Table with name orderz does not exist". Empty: none.
std::string name_in(const std::string& text) {
  constexpr std::string_view kNamed = " with name ";
  if (const auto named = text.find(kNamed); named != std::string::npos) return text.substr(named + kNamed.size(), text.find(' ', named + kNamed.size()) - named - kNamed.size());
  const auto begin = text.find_first_of("\"'");
  const auto end = begin == std::string::npos ? begin : text.find(text[begin], begin + 1);
  return end == std::string::npos ? std::string() : text.substr(begin + 1, end - begin - 1);
}

struct Answer {
  std::string state{}, why{};       // bound, wrong, or unchecked and why
  Json statements = Json::array();  // of bound: what it would write
};

class DagCheck {
 public:
  DagCheck(const Dag& dag, const DataCheckWords& words, Json params, std::string program) : dag_(dag), schemas_(words.home), program_(std::move(program)) {
    const RunHeader header{.key = dag.name + "@check", .dag = dag.name, .trigger = "manual", .params = params, .created = SystemClock().now()};
    document_ = Json::object({{"params", std::move(params)}, {"run", run_document(dag, header)}, {"env", dag.env}, {"vars", dag.vars}, {"tasks", Json::object()}});
  }

  Answer check(const Task& task, const OperatorInfo* info) {
    const size_t before = errors_.size();
    Answer answer = bind(task, info);
    for (const auto& statement : answer.statements.items()) {
      if (statement.contains("into")) take(task, statement);
    }
    if (errors_.size() == before) return answer;
    for (const auto& dataset : task.writes) schemas_.forget(dataset);  // those that read it can't be checked
    return {.state = "wrong", .why = errors_.back().what};
  }

  const std::vector<Error>& errors() const { return errors_; }

 private:
  Answer bind(const Task& task, const OperatorInfo* info) {
    if (task.reads.empty() && task.writes.empty()) return {.state = "unchecked", .why = "it reads and writes no dataset"};
    if (info == nullptr || (info->traits & MR_EXPLAINS) == 0) return {.state = "unchecked", .why = task.uses + " does not say what it would run"};
    if (task.with.dump().find(".tasks") != std::string::npos || task.has_items()) return {.state = "unchecked", .why = "it needs what other tasks give"};
    Json inputs = Json::array();
    for (const auto& name : task.reads) {
      if (dataset_of(name) != name) return {.state = "unchecked", .why = "it reads " + name + " as it was"};
      DatasetView view{.dataset = name, .snapshot = {1}, .columns = schemas_.of(name), .files = {}};
      if (view.columns.empty()) return {.state = "unchecked", .why = "nothing is known of dataset " + name};
      inputs.push(to_json(view));
    }
    auto told = ask(task, *info, std::move(inputs));
    if (told) return {.state = "bound", .why = {}, .statements = (*told)["statements"]};
    add(task, told.error());
    return {};
  }

  Result<Json> ask(const Task& task, const OperatorInfo& info, Json inputs) {
    auto folder = WorkFolder::make((fs::temp_directory_path() / ("millrace-check-" + std::to_string(::getpid()))).string());
    if (!folder) return folder.error();
    OneShot what{.program = program_, .library = info.library, .operator_type = task.uses, .config = task.with, .document = document_, .work_folder = folder->path()};
    for (const auto& [name, value] : task.env.members()) what.document["env"].set(name, value);
    // Data lies below the work folder: what is written all the same is nowhere.
    what.facts = Json::object({{"explain", true}, {"run", "check"}, {"dag", dag_.name}, {"task", task.id}, {"attempt", 1}, {"logical_time", Json()}, {"folder", dag_.folder}, {"work_folder", folder->path()},
                               {"data_root", folder->path()}, {"cpu", 1}, {"memory_bytes", kMemory}, {"inputs", std::move(inputs)}, {"outputs", Json::array()}, {"positions", Json::array()}, {"checks", Json::array()}, {"checkpoint", Json()}});
    return run_once(what);
  }

  // The columns of what it writes, if they fit what is there.
  void take(const Task& task, const Json& statement) {
    const auto& into = statement["into"].as_text();
    auto columns = columns_from(statement["columns"]);
    const auto before = schemas_.of(into);
    if (statement["mode"].as_text() != "replace" && !before.empty()) {
      auto after = evolve(before, columns);
      if (!after) return add(task, after.error());
      columns = std::move(*after);
    }
    schemas_.set(into, std::move(columns));
  }

  // DuckDB's text goes over lines, with what it could have been behind.
  void add(const Task& task, Error error) {
    const auto rest = error.what.find('\n');
    const std::string name = name_in(error.what);
    std::vector<std::string> known;
    for (const auto& dataset : task.reads) {
      known.push_back(dataset);
      for (const auto& column : schemas_.of(dataset)) known.push_back(column.name);
    }
    const auto near = name.empty() || std::find(known.begin(), known.end(), name) != known.end() ? std::string() : nearest(name, known);
    if (!near.empty()) error.hint = "did you mean " + quote(near) + "?";
    error.where = place_of(dag_, task.id, error.what);
    error.what = "task " + quote(task.id) + ": " + error.what.substr(0, rest);
    errors_.push_back(std::move(error));
  }

  const Dag& dag_;
  Schemas schemas_;
  const std::string program_;
  Json document_{};
  std::vector<Error> errors_{};
};

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; }

// The place of the whole word in the text, whatever its case.
size_t find_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); };
  for (auto at = text.begin(); !word.empty();) {
    at = std::search(at, text.end(), word.begin(), word.end(), same);
    if (at == text.end()) break;
    const auto end = at + static_cast<std::ptrdiff_t>(word.size());
    if ((at == text.begin() || !word_char(*(at - 1))) && (end == text.end() || !word_char(*end))) return static_cast<size_t>(at - text.begin());
    ++at;
  }
  return std::string_view::npos;
}

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
  auto given = params_from(words.params);
  if (!given) return given.error();
  auto params = resolve_params(dag, *given, {.dag = dag.name});
  if (!params) return params.error();
  DagCheck check(dag, words, std::move(*params), program);
  NeedsList needs;
  for (const auto& task : dag.tasks) needs.push_back(task.needs);
  std::vector<std::pair<std::string, Answer>> answers;
  for (const TaskIndex at : topological_order(needs).value_or(std::vector<TaskIndex>())) {
    const Task& task = dag.task(at);
    auto answer = check.check(task, operators.find(task.uses));
    found.bound += answer.state == "bound";
    if (answer.state == "unchecked") found.unchecked.push_back({.code = {}, .what = "task " + quote(task.id) + " is not checked: " + answer.why, .where = place_of(dag, task.id, {}), .hint = {}});
    answers.emplace_back(task.id, std::move(answer));
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

std::string place_of(const Dag& dag, const std::string& task, const std::string& message) {
  const YamlTree tree = read_yaml(dag.source);
  const YamlNode* tasks = tree.root.find("tasks");
  const auto members = tasks == nullptr ? std::vector<YamlMember>() : tasks->members;
  const auto mine = std::find_if(members.begin(), members.end(), [&](const YamlMember& one) { return one.key == task; });
  if (mine == members.end()) return dag.file;
  const int begin = mine->place.line, end = mine + 1 == members.end() ? INT_MAX : (mine + 1)->place.line + 1;  // two may stand in one line
  std::istringstream lines(dag.source);
  std::string line;
  for (int number = 1; std::getline(lines, line) && number < end; ++number) {
    if (number < begin) continue;
    const auto at = find_word(line, name_in(message));
    if (at != std::string::npos) return dag.file + ":" + std::to_string(number) + ":" + std::to_string(at + 1);
  }
  const YamlNode* with = mine->value.find("with");
  const YamlNode* sql = with == nullptr ? nullptr : with->find("sql");
  const Place place = sql != nullptr ? sql->place : with != nullptr ? with->place : mine->place;
  return dag.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

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
