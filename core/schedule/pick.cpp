#include "schedule/pick.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "schedule/mutant.hpp"

namespace millrace {
namespace {

bool goes_first(const ReadyTask& a, const ReadyTask& b) {
  return std::tie(b.priority, a.since, a.lease) < std::tie(a.priority, b.since, b.lease);
}

bool has_operator(const WorkerSlots& worker, const std::string& type) {
  return std::binary_search(worker.operators.begin(), worker.operators.end(), type);
}

std::vector<std::string> missing_labels(const Task& task, const WorkerSlots& worker) {
  std::vector<std::string> missing;
  for (const auto& label : task.runs_on.labels) {
    if (std::find(worker.labels.begin(), worker.labels.end(), label) == worker.labels.end()) missing.push_back(label);
  }
  return missing;
}

bool fits(const Task& task, const WorkerSlots& worker) {
  return (worker.free > 0 || MR_MUTANT(38)) && has_operator(worker, task.uses) && (missing_labels(task, worker).empty() || MR_MUTANT(40));
}

WorkerSlots* best_worker(const Task& task, std::vector<WorkerSlots>& workers) {
  WorkerSlots* best = nullptr;
  for (auto& worker : workers) {
    if (!fits(task, worker)) continue;
    if (best == nullptr || std::tie(best->free, worker.name) < std::tie(worker.free, best->name)) best = &worker;
  }
  return best;
}

}  // namespace

std::vector<Placement> pick(std::vector<ReadyTask> ready, std::vector<WorkerSlots> workers) {
  std::sort(ready.begin(), ready.end(), goes_first);
  int free = 0;
  for (const auto& worker : workers) free += std::max(worker.free, 0);
  std::map<RunId, int> taken;
  std::vector<Placement> placements;
  for (const auto& task : ready) {
    if (free == 0) break;
    int& of_run = taken[task.lease.run];
    if (of_run >= task.free_in_run && !MR_MUTANT(39)) continue;
    WorkerSlots* worker = best_worker(*task.task, workers);
    if (worker == nullptr) continue;
    --worker->free;
    --free;
    ++of_run;
    placements.push_back({task.lease, worker->name});
  }
  return placements;
}

std::vector<std::string> why_not_placed(const Task& task, std::span<const WorkerSlots> workers) {
  if (workers.empty()) return {"no worker is connected"};
  std::vector<std::string> reasons;
  for (const auto& worker : workers) {
    const auto missing = missing_labels(task, worker);
    if (!has_operator(worker, task.uses)) {
      reasons.push_back(worker.name + ": lacks operator " + task.uses);
    } else if (!missing.empty()) {
      reasons.push_back(worker.name + ": lacks label " + missing.front());
    } else if (worker.free <= 0) {
      reasons.push_back(worker.name + ": no free slot");
    }
  }
  return reasons;
}

}  // namespace millrace
