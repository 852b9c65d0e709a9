#include <algorithm>
#include <map>
#include <unordered_map>

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

bool connect_tasks(Reading& in, Dag& dag, const std::vector<TaskSource>& sources) {
  std::unordered_map<std::string_view, TaskIndex> places;
  std::vector<std::string> names;
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    if (dag.tasks[i].phase != Phase::main) continue;
    places.emplace(dag.tasks[i].id, TaskIndex{static_cast<int32_t>(i)});
    names.push_back(dag.tasks[i].id);
  }
  bool whole = true;
  for (size_t i = 0; i < dag.tasks.size(); ++i) {
    Task& task = dag.tasks[i];
    for (const auto& [need, place] : sources[i].needs) {
      const auto found = places.find(need);
      if (found == places.end()) {
        in.fail(place, "E1004", "task " + quote(task.id) + " needs unknown task " + quote(need), suggest(need, names));
      } else if (need == task.id) {
        in.fail(place, "E1011", "task " + quote(task.id) + " needs itself", "remove the need");
      } else {
        task.needs.push_back(found->second);
        dag.tasks[index(found->second)].downstream.push_back(TaskIndex{static_cast<int32_t>(i)});
        continue;
      }
      whole = false;
    }
  }
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
