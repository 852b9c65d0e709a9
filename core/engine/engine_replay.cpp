// Engine: a new run that begins with what another one has done.
#include <algorithm>

#include "base/text.hpp"
#include "engine/engine.hpp"

namespace millrace {
namespace {

// The task, and all that follows from it.
std::vector<bool> from_here(const Dag& dag, TaskIndex task) {
  std::vector<bool> listed(dag.tasks.size());
  std::vector<TaskIndex> found;
  if (task.value >= 0) {
    found.push_back(task);
    listed[index(task)] = true;
  }
  for (size_t i = 0; i < found.size(); ++i) {
    for (const TaskIndex next : dag.task(found[i]).downstream) {
      if (listed[index(next)]) continue;
      listed[index(next)] = true;
      found.push_back(next);
    }
  }
  return listed;
}

// Tasks of `dag` that succeeded in the other run under the same name, and whose needs are carried over too: what stands on something done anew is
// done anew itself.
std::vector<TaskIndex> carried(const Dag& dag, const std::vector<bool>& anew, const Dag& other_dag, const Run& other) {
  std::vector<TaskIndex> tasks;
  std::vector<bool> kept(dag.tasks.size());
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < dag.tasks.size(); ++i) {
      const Task& task = dag.tasks[i];
      const TaskIndex there = other_dag.find(task.id);
      if (kept[i] || anew[i] || task.phase != Phase::main || there.value < 0 || other.tasks[index(there)].state != TaskState::succeeded) continue;
      if (!std::all_of(task.needs.begin(), task.needs.end(), [&](TaskIndex need) { return kept[index(need)]; })) continue;
      kept[i] = more = true;
      tasks.push_back(TaskIndex{static_cast<int32_t>(i)});
    }
  }
  return tasks;
}

}  // namespace

Result<std::string> Engine::replay(const ReplayRequest& request) {
  std::string key;
  const Status status = command([&](Turn& turn) -> Status {
    if (auto before = request.request_id.empty() ? Result<std::optional<RunHeader>>(std::nullopt) : store_.find_request(request.request_id); !before) return before.error();
    else if (*before) return key = (*before)->key, Status{};
    auto source = keys_.contains(request.run) ? Result<OpenState>(runs_.at(keys_.at(request.run))) : load(request.run);
    if (!source) return source.error();
    if (source->pruned) return is_pruned(request.run);
    const Dag* dag = request.same_version ? source->dag : book_.today(source->header.dag);
    if (dag == nullptr) return Error{.code = "E2001", .what = "Dag " + quote(source->header.dag) + " is not there any more", .where = {}, .hint = "replay it with the version of then"};
    const TaskIndex from = request.from.empty() ? TaskIndex{} : dag->find(request.from);
    if (!request.from.empty() && (from.value < 0 || dag->task(from).phase != Phase::main)) {
      return Error{.code = "E2003", .what = "the Dag has no task " + quote(request.from), .where = "Dag " + dag->name, .hint = "name a main task of this version"};
    }
    CarriedOver over{.tasks = carried(*dag, from_here(*dag, from), *source->dag, source->run), .from = source->header.key};
    auto made = create_run(turn, {.dag = dag->name, .params = source->header.params, .logical_time = source->header.logical_time, .again = true, .request_id = request.request_id, .trigger = "replay of " + source->header.key},
                           std::nullopt, dag);
    if (!made) return made.error();
    key = std::move(*made);
    auto outputs = store_.outputs(source->run.id, {0}, {static_cast<int32_t>(source->dag->tasks.size())});
    if (!outputs) return outputs.error();
    auto* part = over.tasks.empty() ? nullptr : happen(turn, runs_.at(keys_.at(key)), over);
    for (const TaskIndex task : part != nullptr ? over.tasks : std::vector<TaskIndex>{}) {
      const auto output = outputs->find(source->dag->find(dag->task(task).id));
      if (output != outputs->end()) part->outputs.push_back({task, output->second});
    }
    turn.fresh.insert(keys_.at(key));
    return {};
  });
  if (!status) return status.error();
  return key;
}

}  // namespace millrace
