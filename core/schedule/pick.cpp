#include "schedule/pick.hpp"

#include <algorithm>
#include <tuple>

#include "schedule/mutant.hpp"

namespace millrace {
namespace {

bool goes_first(const ReadyTask& a, const ReadyTask& b) {
  const auto turn = [](const ReadyTask& t) { return MR_MUTANT(57) ? t.since - t.priority * kAgeing * 1'000'000 : turn_of(t.priority, t.since); };
  return std::tuple{turn(a) + a.behind, turn(a), a.lease} < std::tuple{turn(b) + b.behind, turn(b), b.lease};
}

// What it may take of each room; false: one of them has not enough.
class Rooms {
 public:
  explicit Rooms(std::vector<Room> rooms) : rooms_(std::move(rooms)) {}

  bool have_place_for(const ReadyTask& task) {
    const bool run = fits(task.run, 1) || MR_MUTANT(39), dag = fits(task.dag, 1), pool = fits(task.pool, task.task->weight) || MR_MUTANT(56);
    if (run && dag && !pool) rooms_[static_cast<size_t>(task.pool)].starts = 0;
    return run && dag && pool;
  }

  void take(const ReadyTask& task) {
    take(task.run, 1);
    take(task.dag, 1);
    take(task.pool, task.task->weight);
  }

 private:
  bool fits(int32_t at, int amount) const {
    return at < 0 || (rooms_[static_cast<size_t>(at)].free >= amount && rooms_[static_cast<size_t>(at)].starts > 0);
  }
  void take(int32_t at, int amount) {
    if (at < 0) return;
    rooms_[static_cast<size_t>(at)].free -= amount;
    --rooms_[static_cast<size_t>(at)].starts;
  }

  std::vector<Room> rooms_;
};

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

// Of workers that are kept for a task that waits for its share, nothing is left for others that take any.
bool has_left(const Task& task, const WorkerSlots& worker) { return task.runs_on.takes.empty() || MR_MUTANT(94) || fits(task.runs_on.takes, worker.left); }

bool has_place(const Task& task, const WorkerSlots& worker) {
  return (worker.free > 0 || MR_MUTANT(38)) && has_operator(worker, task.operator_type()) && (missing_labels(task, worker).empty() || MR_MUTANT(40)) && has_left(task, worker);
}

int worth(const Task& task, const WorkerSlots& worker) {
  const bool warm = std::find(worker.warm.begin(), worker.warm.end(), task.operator_type()) != worker.warm.end();
  return worker.free + (warm ? 1 : 0);
}

WorkerSlots* best_worker(const Task& task, std::vector<WorkerSlots>& workers) {
  WorkerSlots* best = nullptr;
  for (auto& worker : workers) {
    if (!has_place(task, worker)) continue;
    if (best == nullptr || std::pair{worth(task, *best), worker.name} < std::pair{worth(task, worker), best->name}) best = &worker;
  }
  return best;
}

// The worker that will have room for it first, as far as one can tell: those behind it leave that one alone.
void keep_one(const Task& task, std::vector<WorkerSlots>& workers) {
  if (task.runs_on.takes.empty() || MR_MUTANT(95)) return;
  WorkerSlots* best = nullptr;
  for (auto& worker : workers) {
    if (suits(task, worker) && (best == nullptr || best->left < worker.left)) best = &worker;
  }
  if (best != nullptr) best->left = {.cpu = -1, .memory = -1, .named = {}};
}

}  // namespace

std::vector<Placement> pick(std::vector<ReadyTask> ready, std::vector<WorkerSlots> workers, std::vector<Room> list) {
  std::sort(ready.begin(), ready.end(), goes_first);
  Rooms rooms(std::move(list));
  int free = 0;
  for (const auto& worker : workers) free += std::max(worker.free, 0);
  std::vector<Placement> placements;
  for (const auto& task : ready) {
    if (free == 0) break;
    if (!rooms.have_place_for(task)) continue;
    WorkerSlots* worker = best_worker(*task.task, workers);
    if (worker == nullptr) {
      keep_one(*task.task, workers);
      continue;
    }
    worker->left.subtract(task.task->runs_on.takes);
    --worker->free;
    --free;
    rooms.take(task);
    placements.push_back({task.lease, worker->name});
  }
  return placements;
}

bool suits(const Task& task, const WorkerSlots& worker) {
  return has_operator(worker, task.operator_type()) && missing_labels(task, worker).empty() && fits(task.runs_on.takes, worker.has);
}

std::vector<std::string> why_not_placed(const Task& task, std::span<const WorkerSlots> workers) {
  if (workers.empty()) return {"no worker is connected"};
  std::vector<std::string> reasons;
  for (const auto& worker : workers) {
    const auto missing = missing_labels(task, worker);
    if (!has_operator(worker, task.operator_type())) {
      reasons.push_back(worker.name + ": lacks operator " + task.operator_type());
    } else if (!missing.empty()) {
      reasons.push_back(worker.name + ": lacks label " + missing.front());
    } else if (const auto never = missing_of(task.runs_on.takes, worker.has); !never.empty()) {
      reasons.push_back(worker.name + ": has less than " + never);
    } else if (worker.free <= 0) {
      reasons.push_back(worker.name + ": no free slot");
    } else if (const auto now = missing_of(task.runs_on.takes, worker.left); !now.empty()) {
      reasons.push_back(worker.name + ": less than " + now + " is free");
    }
  }
  return reasons;
}

}  // namespace millrace
