#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/text.hpp"
#include "graph/order.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

NeedsList needs_of(const Dag& dag) {
  NeedsList needs;
  needs.reserve(dag.tasks.size());
  for (const Task& task : dag.tasks) needs.push_back(task.needs);
  return needs;
}

std::string path_text(const Dag& dag, const std::vector<TaskIndex>& cycle) {
  std::vector<std::string> names;
  for (const TaskIndex at : cycle) names.push_back(dag.task(at).id);
  return join(names, " -> ");
}

bool contains(const std::vector<std::string>& sorted, const std::string& text) { return std::binary_search(sorted.begin(), sorted.end(), text); }

using Writers = std::map<std::string, std::vector<TaskIndex>>;

void check_writers(Reading& in, const Dag& dag, const std::vector<TaskSource>& sources, const Writers& writers, Upstream& upstream) {
  for (const auto& [dataset, tasks] : writers) {
    for (size_t i = 1; i < tasks.size(); ++i) {
      const TaskIndex a = tasks[i - 1], b = tasks[i];
      if (upstream.contains(b, a) || upstream.contains(a, b)) continue;
      const auto& uses = sources[index(b)].datasets;
      const auto use = std::find_if(uses.begin(), uses.end(), [&](const DatasetUse& u) { return u.writes && u.dataset == dataset; });
      in.fail(use->place, "E1021", "tasks " + quote(dag.task(a).id) + " and " + quote(dag.task(b).id) + " both write " + dataset + " in no order",
              "add needs: [" + dag.task(a).id + "] to " + quote(dag.task(b).id));
    }
  }
}

}  // namespace

namespace {

// Who is called what: tasks by id, and the tasks of each group.
class Names {
 public:
  explicit Names(Reading& in, const Dag& dag) {
    for (size_t i = 0; i < dag.tasks.size(); ++i) {
      if (dag.tasks[i].phase != Phase::main) continue;
      places_[dag.tasks[i].id] = {TaskIndex{static_cast<int32_t>(i)}};
    }
    for (size_t i = 0; i < dag.tasks.size(); ++i) {
      const Task& task = dag.tasks[i];
      if (task.group.empty()) continue;
      if (dag.find(task.group).value >= 0) in.fail({task.mark.line, task.mark.column}, "E1003", "a task and a group are both called " + quote(task.group), "rename one of them");
      else places_[task.group].push_back(TaskIndex{static_cast<int32_t>(i)});
    }
    for (const auto& [name, tasks] : places_) known_.emplace_back(name);
    std::sort(known_.begin(), known_.end());
  }

  const std::vector<TaskIndex>* find(const std::string& name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : &found->second;
  }
  const std::vector<std::string>& known() const { return known_; }

 private:
  std::unordered_map<std::string, std::vector<TaskIndex>> places_{};
  std::vector<std::string> known_{};
};

class Connector {
 public:
  Connector(Reading& in, Dag& dag) : in_(in), dag_(dag), names_(in, dag) {}

  // `verb` is what a message says: task x "needs" y.
  void each(TaskIndex from, const std::vector<std::pair<std::string, Place>>& named, const std::string& verb, auto&& then) {
    for (const auto& [name, place] : named) {
      const auto* tasks = names_.find(name);
      if (tasks == nullptr) {
        fail(place, "E1004", "task " + quote(dag_.task(from).id) + " " + verb + " unknown task " + quote(name), suggest(name, names_.known()));
        continue;
      }
      for (const TaskIndex to : *tasks) {
        if (to != from) then(to);
        else if (tasks->size() == 1) fail(place, "E1011", "task " + quote(name) + " " + verb + " itself", "remove the need");
      }
    }
  }

  // once, however often it is said
  void need(TaskIndex task, TaskIndex need) {
    if (!edges_.insert((static_cast<uint64_t>(index(task)) << 32) | index(need)).second) return;
    dag_.tasks[index(task)].needs.push_back(need);
    dag_.tasks[index(need)].downstream.push_back(task);
  }

  void rule(TaskIndex at, const TaskSource& source) {
    Task& task = dag_.tasks[index(at)];
    for (const auto& step : source.rule) {
      TaskIndex need{};
      if (step.kind == RuleStep::Kind::is) {
        need = dag_.find(step.need);
        if (std::find(task.needs.begin(), task.needs.end(), need) == task.needs.end()) {
          std::vector<std::string> needs;
          for (const TaskIndex one : task.needs) needs.push_back(dag_.task(one).id);
          fail(source.rule_place, "E1014", "the rule of task " + quote(task.id) + " looks at " + quote(step.need) + ", which is not among its needs",
               suggest(step.need, needs, "add it to needs"));
          return;
        }
      }
      task.rule_steps.push_back({step.kind, need, step.state});
    }
  }

  // What a switch may skip are tasks that wait for it, and for nothing that starts them before.
  void branches(TaskIndex at, const TaskSource& source) {
    if (dag_.task(at).uses != "core.switch" || source.with == nullptr) return;
    const auto check = [&](const YamlNode* names) {
      if (names == nullptr || !names->is_list()) return;
      for (const YamlNode& name : names->items) {
        const TaskIndex branch = dag_.find(name.text());
        const auto& needs = branch.value < 0 ? dag_.task(at).needs : dag_.task(branch).needs;
        if (branch.value < 0) fail(name.place, "E1004", "the switch " + quote(dag_.task(at).id) + " names the unknown task " + quote(name.text()), suggest(name.text(), names_.known()));
        else if (std::find(needs.begin(), needs.end(), at) == needs.end()) {
          fail(name.place, "E1025", "the switch " + quote(dag_.task(at).id) + " can't skip " + quote(name.text()) + ", which does not need it", "add needs: [" + dag_.task(at).id + "] to it");
        }
      }
    };
    if (const YamlNode* cases = source.with->find("cases"); cases != nullptr && cases->is_list()) {
      for (const YamlNode& one : cases->items) check(one.is_map() ? one.find("then") : nullptr);
    }
    check(source.with->find("else"));
  }

  bool whole() const { return whole_; }

 private:
  void fail(Place place, std::string code, std::string what, std::string hint) {
    in_.fail(place, std::move(code), std::move(what), std::move(hint));
    whole_ = false;
  }

  Reading& in_;
  Dag& dag_;
  Names names_;
  std::unordered_set<uint64_t> edges_{};  // task and need
  bool whole_ = true;
};

}  // namespace

bool connect_tasks(Reading& in, Dag& dag, const std::vector<TaskSource>& sources) {
  Connector connector(in, dag);
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    const TaskIndex at{static_cast<int32_t>(i)};
    connector.each(at, sources[i].needs, "needs", [&](TaskIndex need) { connector.need(at, need); });
    connector.each(at, sources[i].sets_up, "sets up", [&](TaskIndex other) { connector.need(other, at); });
    connector.each(at, sources[i].tears_down, "tears down", [&](TaskIndex other) { connector.need(at, other); });
  }
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    connector.rule(TaskIndex{static_cast<int32_t>(i)}, sources[i]);
    connector.branches(TaskIndex{static_cast<int32_t>(i)}, sources[i]);
  }
  const bool whole = connector.whole();
  const std::vector<TaskIndex> cycle = find_cycle(needs_of(dag));
  if (cycle.empty()) return whole;
  in.fail({dag.task(cycle.front()).mark.line, dag.task(cycle.front()).mark.column}, "E1010", "tasks need each other in a circle: " + path_text(dag, cycle),
          "remove one of these needs");
  return false;
}

// Datasets that no task of this Dag writes may come from another Dag or from outside: the catalog knows, a file can't.
void check_datasets(Reading& in, const Dag& dag, const std::vector<TaskSource>& sources) {
  const NeedsList needs = needs_of(dag);
  Upstream upstream(needs);
  Writers writers;
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    if (dag.tasks[i].phase != Phase::main) continue;
    for (const std::string& dataset : dag.tasks[i].writes) writers[dataset].push_back(TaskIndex{static_cast<int32_t>(i)});
  }
  check_writers(in, dag, sources, writers, upstream);
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    const Task& task = dag.tasks[i];
    if (task.phase != Phase::main) continue;
    const TaskIndex at{static_cast<int32_t>(i)};
    for (const DatasetUse& use : sources[i].datasets) {
      const auto found = writers.find(use.dataset);
      if (use.writes || found == writers.end() || contains(task.writes, use.dataset)) continue;
      const auto& by = found->second;
      if (std::any_of(by.begin(), by.end(), [&](TaskIndex writer) { return upstream.contains(at, writer); })) continue;
      const std::string& writer = dag.task(by.front()).id;
      in.fail(use.place, "E1020", "task " + quote(task.id) + " reads " + use.dataset + " before task " + quote(writer) + " has written it", "add needs: [" + writer + "]");
    }
  }
}

}  // namespace millrace
