#include "parse/dag_reader.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 20> kDagKeys{"tests", "vars", "keep_runs", "deadline", "on_late", "triggers", "dag", "description", "owner", "labels", "schedule", "params", "env", "defaults", "concurrency", "timeout", "tasks",
                                                    "on_failure", "on_success", "finally"};
constexpr std::array<std::string_view, 1> kDagLater{"pools"};

Mark mark_at(const std::string& file, Place place) { return {file, place.line, place.column}; }

class DagReader {
 public:
  DagReader(const YamlNode& root, const std::string& file, const OperatorList& operators) : in_(operators), root_(root) {
    dag_.file = file;
    dag_.folder = std::filesystem::absolute(file).parent_path().string();  // attempts run elsewhere
  }

  void read() {
    if (!in_.map(root_, "the Dag", kDagKeys, kDagLater)) return;
    header();
    if (const auto* n = root_.find("params")) read_params(in_, *n, dag_);
    if (const auto* n = root_.find("triggers")) read_triggers(in_, *n, dag_);
    refuse_stray_secrets(in_, root_);
    defaults();
    tasks();
    for (const Phase phase : {Phase::on_failure, Phase::on_success, Phase::finally, Phase::on_late}) hooks(phase);
    const bool connected = connect_tasks(in_, dag_, sources_);
    if (connected) check_datasets(in_, dag_, sources_);
    check_references(in_, dag_, sources_, connected);
    if (connected) link_vars(dag_);
  }

  Dag& dag() { return dag_; }
  std::vector<Mistake>& mistakes() { return in_.mistakes; }

 private:
  void header() {
    if (const auto* n = root_.find("dag")) {
      dag_.name = in_.text(*n, "dag");
      if (n->is_text() && !fits_name(dag_.name, "_.-")) {
        in_.fail(n->place, "E1008", quote(dag_.name) + " is not a Dag's name", "up to 64 of a-z, 0-9, _, . and -, starting with a letter");
      }
    } else {
      in_.fail(root_.place, "E1006", "the Dag lacks the key 'dag'", "start with dag: <name>");
    }
    if (const auto* n = root_.find("description")) dag_.description = in_.text(*n, "description");
    if (const auto* n = root_.find("owner")) dag_.owner = in_.text(*n, "owner");
    if (const auto* n = root_.find("labels")) dag_.labels = in_.plain_map(*n, "labels");
    if (const auto* n = root_.find("env")) dag_.env = in_.plain_map(*n, "env");
    if (const auto* n = root_.find("vars")) vars(*n);
    if (const auto* n = root_.find("timeout")) dag_.timeout = in_.duration(*n, "timeout", {});
    if (const auto* n = root_.find("keep_runs")) dag_.keep_runs = in_.duration(*n, "keep_runs", {});
    if (const auto* n = root_.find("tests")) tests(*n);
    if (const auto* n = root_.find("concurrency")) concurrency(*n);
    if (const auto* n = root_.find("schedule")) read_schedules(in_, *n, dag_.folder, dag_.schedules);
    if (const auto* n = root_.find("deadline")) read_deadline(in_, *n, dag_);
    const auto* late = root_.find("on_late");
    if (late != nullptr && root_.find("deadline") == nullptr) in_.fail(late->place, "E1006", "on_late is about a deadline, and there is none", "add deadline: {at: \"07:00\"}");
  }

  void vars(const YamlNode& node) {
    if (!node.is_map()) return in_.fail(node.place, "E1007", "vars must be a map of names", "write limit: 100");
    for (const YamlMember& member : node.members) {
      const Json value = member.value.to_json();
      if (value.dump().find("{{") != std::string::npos) in_.fail(member.value.place, "E1034", "vars." + member.key + " can't hold an expression", "write the value out, or set it by a core.set task");
      dag_.vars.set(member.key, value);
    }
  }

  void tests(const YamlNode& node) {
    dag_.tests = node.is_list() ? in_.texts(node, "tests") : std::vector<std::string>{in_.text(node, "tests")};
    for (const auto& file : dag_.tests) {
      std::error_code ignored;  // what can't be looked at isn't a file for us
      if (!file.empty() && !std::filesystem::is_regular_file(std::filesystem::path(dag_.folder) / file, ignored)) in_.fail(node.place, "E1015", "there is no file of tests " + quote(file), "paths start at the folder of this file");
    }
  }

  void concurrency(const YamlNode& node) {
    static constexpr std::array<std::string_view, 4> kKeys{"runs", "tasks", "tasks_of_all_runs", "on_overlap"};
    if (!in_.map(node, "concurrency", kKeys)) return;
    if (const auto* n = node.find("on_overlap"); n != nullptr && in_.one_of(*n, "concurrency.on_overlap", {"queue", "skip", "cancel_running"})) {
      dag_.overlap = n->text() == "queue" ? OverlapPolicy::queue : n->text() == "skip" ? OverlapPolicy::skip : OverlapPolicy::cancel_running;
    }
    if (const auto* n = node.find("runs")) dag_.max_runs = in_.whole(*n, "concurrency.runs", 1, 10'000, dag_.max_runs);
    if (const auto* n = node.find("tasks")) dag_.max_tasks = in_.whole(*n, "concurrency.tasks", 1, 100'000, dag_.max_tasks);
    if (const auto* n = node.find("tasks_of_all_runs")) dag_.max_tasks_of_all = in_.whole(*n, "concurrency.tasks_of_all_runs", 1, 1'000'000, 0);
  }

  void defaults() {
    static constexpr std::array<std::string_view, 3> kKeys{"retry", "timeout", "runs_on"};
    const YamlNode* node = root_.find("defaults");
    if (node == nullptr || !in_.map(*node, "defaults", kKeys)) return;
    read_task_limits(in_, *node, default_);
    if (const auto* n = node->find("runs_on")) read_resources(in_, *n, default_.runs_on);
  }

  void tasks() {
    const YamlNode* node = root_.find("tasks");
    if (node == nullptr) return in_.fail(root_.place, "E1006", "the Dag lacks the key 'tasks'", "add at least one task");
    if (!node->is_map()) return in_.fail(node->place, "E1007", "tasks must be a map of tasks", "write name: {uses: ...}");
    if (node->members.empty()) in_.fail(node->place, "E1006", "the Dag has no tasks", "add at least one task");
    dag_.tasks.reserve(node->members.size());
    for (const YamlMember& member : node->members) {
      if (!fits_name(member.key, "_-")) {
        in_.fail(member.place, "E1008", quote(member.key) + " is not a task's name", "up to 64 of a-z, 0-9, _ and -, starting with a letter");
      }
      const YamlNode* items = member.value.find("foreach");
      if (items != nullptr && items->is_map()) add_with_rows(member, *items);
      else add(member, member.key, Phase::main);
    }
  }

  // Needs, rule and condition are asked once, before the rows are read.
  void add_with_rows(const YamlMember& member, const YamlNode& rows) {
    const std::string reader = rows_task_of(member.key);
    YamlMember reads{reader, rows.place, {}}, works{member.key, member.place, {}};
    for (YamlNode* node : {&reads.value, &works.value}) {
      node->kind = YamlNode::Kind::map;
      node->place = member.value.place;
    }
    const auto scalar = [&](std::string text) { return YamlNode{.place = rows.place, .value = Json(std::move(text)), .members = {}}; };
    for (const YamlMember& key : member.value.members) {
      const bool asked_before = key.key == "needs" || key.key == "if" || key.key == "rule", also_after = key.key == "rule" && key.value.is_text() && key.value.text() == "always";
      if (asked_before || key.key == "runs_on") reads.value.members.push_back(key);
      if (!asked_before || also_after) works.value.members.push_back(key);
    }
    reads.value.members.push_back({"uses", rows.place, scalar("sql.rows")});
    reads.value.members.push_back({"with", rows.place, rows});
    YamlNode needs{.kind = YamlNode::Kind::list, .place = rows.place, .items = {scalar(reader)}, .members = {}};
    works.value.members.push_back({"needs", rows.place, std::move(needs)});
    add(*made_.emplace_back(std::make_unique<YamlMember>(std::move(reads))), reader, Phase::main, "foreach");
    add(*made_.emplace_back(std::make_unique<YamlMember>(std::move(works))), member.key, Phase::main);
  }

  void hooks(Phase phase) {
    const std::string key(name(phase));
    const YamlNode* node = root_.find(key);
    if (node == nullptr) return;
    if (!node->is_list()) return in_.fail(node->place, "E1007", key + " must be a list of operators", "write [{uses: ..., with: {...}}]");
    int number = 0;
    for (const YamlNode& item : node->items) {
      const std::string id = key + "." + std::to_string(++number);
      add(*made_.emplace_back(std::make_unique<YamlMember>(YamlMember{id, item.place, item})), id, phase);
    }
  }

  void add(const YamlMember& member, const std::string& id, Phase phase, const std::string& called = "with") {
    Task task = default_;
    task.id = id;
    task.phase = phase;
    task.mark = mark_at(dag_.file, member.place);
    sources_.push_back(read_task(in_, member, dag_.folder, task, called));
    dag_.tasks.push_back(std::move(task));
  }

  Reading in_;
  const YamlNode& root_;
  Dag dag_{};
  Task default_{};  // what every task starts from
  std::vector<TaskSource> sources_{};  // beside dag_.tasks
  std::vector<std::unique_ptr<YamlMember>> made_{};  // members that the file does not have as such; their addresses stay
};

std::vector<Error> errors_from(std::vector<Mistake> mistakes, const std::string& file) {
  std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) { return a.place < b.place; });
  std::vector<Error> errors;
  for (Mistake& m : mistakes) errors.push_back({std::move(m.code), std::move(m.what), mark_at(file, m.place).to_string(), std::move(m.hint)});
  return errors;
}

}  // namespace

Result<std::vector<Schedule>> read_schedules_of(std::string_view yaml, const std::string& file) {
  const YamlTree tree = read_yaml(yaml);
  if (!tree.whole) return errors_from(tree.mistakes, file).front();
  const OperatorList none;
  Reading in(none);
  std::vector<Schedule> schedules;
  if (const auto* node = tree.root.find("schedule")) read_schedules(in, *node, std::filesystem::absolute(file).parent_path().string(), schedules);
  if (!in.mistakes.empty()) return errors_from(std::move(in.mistakes), file).front();
  if (schedules.empty()) return Error{.code = "E1006", .what = "the Dag has no schedule", .where = file, .hint = "write schedule: \"30 5 * * *\""};
  return schedules;
}

ParsedDag parse_dag(std::string_view yaml, const std::string& file, const OperatorList& operators) {
  ParsedDag result;
  YamlTree tree = read_yaml(yaml);
  if (!tree.whole) {
    result.errors = errors_from(std::move(tree.mistakes), file);
    return result;
  }
  DagReader reader(tree.root, file, operators);
  reader.read();
  std::vector<Mistake> mistakes = std::move(tree.mistakes);
  mistakes.insert(mistakes.end(), reader.mistakes().begin(), reader.mistakes().end());
  result.errors = errors_from(std::move(mistakes), file);
  if (!result.errors.empty()) return result;
  Dag& dag = reader.dag();
  dag.source = yaml;
  // The tree, not the text: comments and spaces don't make another version.
  dag.version = sha256_hex(tree.root.to_json().dump()).substr(0, 16);
  result.dag = std::move(dag);
  return result;
}

}  // namespace millrace
