// Between runs: which ready tasks go to which worker now. Pure; slots in use are derived from states, never counted apart.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "model/dag.hpp"
#include "model/run.hpp"

namespace millrace {

struct ReadyTask {
  LeaseNumber lease{};  // attempt: the number it will get
  int priority = 0;     // higher goes first
  TimePoint since{};
  const Task* task{};   // borrowed for the call
  int free_in_run = 0;  // how many more tasks of this run may run at once
};

struct WorkerSlots {
  std::string name{};
  int free = 0;
  std::vector<std::string> labels{};
  std::vector<std::string> operators{};  // sorted
};

struct Placement {
  LeaseNumber lease{};
  std::string worker{};
};

// Order: priority, then time ready, then lease number. A worker fits when it has a free slot, every label, and the operator.
// Among the fitting, the one with most free slots, then by name.
std::vector<Placement> pick(std::vector<ReadyTask> ready, std::vector<WorkerSlots> workers);

// Why a ready task is not placed, per worker: "worker-1: lacks label gpu".
std::vector<std::string> why_not_placed(const Task& task, std::span<const WorkerSlots> workers);

}  // namespace millrace
