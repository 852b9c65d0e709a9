#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "graph/order.hpp"
#include "parse/expression.hpp"
#include "parse/expression_text.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

const std::vector<std::string> kRunFields{"id", "dag", "logical_date", "logical_time", "interval_start", "interval_end", "attempt", "trigger"};
const std::vector<std::string> kTaskFields{"state", "output", "attempt"};
const std::vector<std::string> kRoots{"params", "run", "tasks", "vars", "env"};

std::vector<std::string> names_of(const Json& object) {
  std::vector<std::string> names;
  for (const auto& member : object.members()) names.push_back(member.first);
  return names;
}

const std::string* step(const PlainPath& path, size_t at) { return at < path.size() ? std::get_if<std::string>(&path[at]) : nullptr; }

bool has(const std::vector<std::string>& list, const std::string& text) { return std::find(list.begin(), list.end(), text) != list.end(); }

// A core.set for many items has their outputs as a list, and no names.
bool sets_vars(const Task& task) { return task.uses == "core.set" && !task.has_items() && task.phase == Phase::main; }

class References {
 public:
  References(Reading& in, const Dag& dag, bool connected) : in_(in), dag_(dag) {
    for (const Task& task : dag.tasks) {
      needs_.push_back(task.needs);
      if (task.phase == Phase::main) ids_.push_back(task.id);
    }
    if (connected) upstream_.emplace(needs_);
  }

  // What `if` and `foreach` look at is there once, before there are items.
  void walk_before_items(const YamlNode& node, TaskIndex task) {
    items_ = false;
    walk(node, task);
    items_ = true;
  }

  void walk(const YamlNode& node, TaskIndex task) {
    for (const YamlNode& item : node.items) walk(item, task);
    for (const YamlMember& member : node.members) walk(member.value, task);
    if (node.is_text() && node.text().find("{{") != std::string::npos) text(node, task);
  }

 private:
  void text(const YamlNode& node, TaskIndex task) {
    const auto segments = split_expressions(node.text());
    if (!segments.ok()) return in_.fail(node.place, segments.error().code, segments.error().what, segments.error().hint);
    for (const Segment& segment : *segments) {
      if (!segment.expression) continue;
      if (secret_name(segment.text) && (!items_ || (dag_.task(task).is_core() && !dag_.task(task).looks()))) {
        in_.fail(node.place, "E1029", "a secret is for the config of an operator that a worker runs", "use it in with");
        continue;
      }
      if (Status fits = check_expression(segment.text); !fits.ok()) {
        in_.fail(node.place, fits.error().code, fits.error().what, fits.error().hint);
        continue;
      }
      for (const PlainPath& path : document_paths(segment.text)) check_path(node.place, path, task);
    }
  }

  void unknown(Place place, std::string code, std::string what, const std::string& name, const std::vector<std::string>& known) {
    in_.fail(place, std::move(code), std::move(what), suggest(name, known, known.empty() ? "" : "known are " + join(known, ", ")));
  }

  void check_path(Place place, const PlainPath& path, TaskIndex task) {
    const std::string* root = step(path, 0);
    if (root == nullptr) return in_.fail(place, "E1033", "the document is an object, not a list", "start with .params, .run, .tasks, .vars or .env");
    if (*root == "item" || *root == "index") return check_item(place, *root, task);
    const Task& its = dag_.task(task);
    if (*root == "output" && !its.until.empty()) return;
    if (*root == "token" && its.uses == "core.callback" && its.looks()) return;
    if (!has(kRoots, *root)) return unknown(place, "E1033", "unknown name ." + *root + " in an expression", *root, kRoots);
    const std::string* name = step(path, 1);
    if (name == nullptr) return;
    if (*root == "params" && !dag_.params.contains(*name)) unknown(place, "E1030", "the param " + quote(*name) + " is not declared", *name, names_of(dag_.params));
    if (*root == "env" && !dag_.env.contains(*name) && !its.env.contains(*name)) unknown(place, "E1033", "the variable " + quote(*name) + " is not declared under env", *name, names_of(dag_.env));
    if (*root == "vars" && !dag_.vars.contains(*name)) check_var(place, *name, task);
    if (*root == "run" && !has(kRunFields, *name)) unknown(place, "E1033", "a run has no " + quote(*name), *name, kRunFields);
    if (*root == "tasks") check_task(place, path, *name, task);
  }

  void check_item(Place place, const std::string& root, TaskIndex task) {
    if (root == "index" && dag_.task(task).uses == "core.loop") return;
    if (!dag_.task(task).has_items()) in_.fail(place, "E1033", "." + root + " is there for the items of a foreach only", "add foreach to the task");
    else if (!items_) in_.fail(place, "E1033", "." + root + " is not there yet when if and foreach are evaluated", "use it in with");
  }

  // Set by a task, then, and by one that comes before.
  void check_var(Place place, const std::string& name, TaskIndex task) {
    std::vector<std::string> known = names_of(dag_.vars);
    const Task* sets = nullptr;
    for (size_t i = 0; i < dag_.tasks.size(); ++i) {
      const Task& other = dag_.tasks[i];
      if (!sets_vars(other)) continue;
      for (const auto& one : names_of(other.with)) known.push_back(one);
      if (!other.with.contains(name)) continue;
      const bool before = !upstream_ || dag_.task(task).phase != Phase::main || upstream_->contains(task, {static_cast<int32_t>(i)});
      if (before) return;
      sets = &other;
    }
    if (sets == nullptr) return unknown(place, "E1033", "no value " + quote(name) + " stands under vars, nor is one set by a core.set", name, known);
    in_.fail(place, "E1032", "task " + quote(dag_.task(task).id) + " uses the value " + quote(name) + " of task " + quote(sets->id) + ", which may not have run by then", "add needs: [" + sets->id + "]");
  }

  void check_task(Place place, const PlainPath& path, const std::string& name, TaskIndex task) {
    if (!has(ids_, name)) return unknown(place, "E1031", "an expression uses the unknown task " + quote(name), name, ids_);
    const std::string* field = step(path, 2);
    if (field != nullptr && !has(kTaskFields, *field)) unknown(place, "E1033", "a task has no " + quote(*field), *field, kTaskFields);
    // Hooks start when every main task is final.
    if (!upstream_ || dag_.task(task).phase != Phase::main || upstream_->contains(task, dag_.find(name))) return;
    in_.fail(place, "E1032", "task " + quote(dag_.task(task).id) + " uses task " + quote(name) + ", which may not have run by then", "add needs: [" + name + "]");
  }

  Reading& in_;
  const Dag& dag_;
  bool items_ = true;
  NeedsList needs_{};
  std::vector<std::string> ids_{};
  std::optional<Upstream> upstream_{};
};

void check_default(Reading& in, const std::string& name, const YamlNode& value, const Json& schema) {
  if (value.is_text() && value.text().find("{{") != std::string::npos) {
    const auto segments = split_expressions(value.text());
    if (!segments.ok()) return in.fail(value.place, segments.error().code, segments.error().what, segments.error().hint);
    for (const Segment& segment : *segments) {
      if (!segment.expression) continue;
      const auto path = plain_path(segment.text);
      const std::string* root = path ? step(*path, 0) : nullptr;
      const std::string* field = path ? step(*path, 1) : nullptr;
      if (!path) in.fail(value.place, "E1062", quote(segment.text) + " is not a plain path", "a default takes a path such as .run.logical_date");
      else if (root == nullptr || *root != "run" || field == nullptr || !has(kRunFields, *field)) {
        in.fail(value.place, "E1033", "a default can use only the run, not " + quote(segment.text), "known are .run." + join(kRunFields, ", .run."));
      }
    }
    return;
  }
  SchemaReport report;
  check_schema(value, schema, "the default of " + quote(name), report);
  in.mistakes.insert(in.mistakes.end(), report.mistakes.begin(), report.mistakes.end());
}

bool is_param_name(const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 64 && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

void check_references(Reading& in, const Dag& dag, const std::vector<TaskSource>& sources, bool connected) {
  References references(in, dag, connected);
  for (size_t i = 0; i < sources.size(); ++i) {
    const TaskIndex task{static_cast<int32_t>(i)};
    if (sources[i].with != nullptr) references.walk(*sources[i].with, task);
    for (const char* key : {"if", "foreach"}) {
      const auto* node = sources[i].node != nullptr ? sources[i].node->find(key) : nullptr;
      if (node != nullptr && !node->is_map()) references.walk_before_items(*node, task);  // a map of rows is the config of the task that reads them
    }
  }
}

void link_vars(Dag& dag) {
  NeedsList needs;
  for (const Task& task : dag.tasks) needs.push_back(task.needs);
  std::vector<TaskIndex> setters;
  for (const TaskIndex at : topological_order(needs).value_or(std::vector<TaskIndex>{})) {
    if (sets_vars(dag.task(at))) setters.push_back(at);
  }
  if (setters.empty()) return;
  Upstream upstream(needs);
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    Task& task = dag.tasks[i];
    const auto names = [](const std::string& text) { return text.find(".vars") != std::string::npos; };
    if (!names(task.with.dump()) && !names(task.look.dump()) && !names(task.foreach.dump()) && !names(task.condition) && !names(task.until)) continue;
    const TaskIndex at{static_cast<int32_t>(i)};
    for (const TaskIndex setter : setters) {
      if (task.phase != Phase::main || upstream.contains(at, setter)) task.vars_from.push_back(setter);
    }
  }
}

void read_params(Reading& in, const YamlNode& node, Dag& dag) {
  static constexpr std::array<std::string_view, 18> kKeys{"type", "properties", "required", "additionalProperties", "items", "enum", "const", "default", "minimum",
                                                          "maximum", "minLength", "maxLength", "pattern", "format", "description", "title", "examples", "deprecated"};
  if (!node.is_map()) return in.fail(node.place, "E1007", "params must be a map of names", "write day: {type: string}");
  for (const YamlMember& member : node.members) {
    if (!is_param_name(member.key)) in.fail(member.place, "E1008", quote(member.key) + " is not a param's name", "use letters, digits and _, starting with a letter");
    if (!in.map(member.value, "param " + quote(member.key), kKeys)) continue;
    if (const YamlNode* type = member.value.find("type")) in.one_of(*type, "type", {"string", "number", "integer", "boolean", "array", "object"});
    Json schema = member.value.to_json();
    if (const YamlNode* value = member.value.find("default")) check_default(in, member.key, *value, schema);
    dag.params.set(member.key, std::move(schema));
  }
}

}  // namespace millrace
