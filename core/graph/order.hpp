// The order of a Dag's tasks: topological order, a cycle as a path, layers, and who is upstream of whom.
//
// Pure; any thread (an Upstream serves one thread). Every edge list is `needs`: node i comes after all of needs[i].
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "model/ids.hpp"

namespace millrace {

using NeedsList = std::vector<std::vector<TaskIndex>>;

// Every task after its needs; nullopt when there is a cycle.
std::optional<std::vector<TaskIndex>> topological_order(const NeedsList& needs);
// One cycle as a path a, b, …, a where each needs the next; empty when there is none.
std::vector<TaskIndex> find_cycle(const NeedsList& needs);
// 0 for tasks without needs, else one more than the deepest need; the UI draws columns by it. Empty when there is a cycle.
std::vector<int32_t> layers(const NeedsList& needs);

// Answers "does `task` come after `other`, directly or not?" for a graph without cycles.
class Upstream {
 public:
  explicit Upstream(const NeedsList& needs);
  bool contains(TaskIndex task, TaskIndex other);

 private:
  const NeedsList& needs_;
  std::vector<int32_t> layers_;
  std::vector<int32_t> seen_;  // number of the question that saw the task last
  int32_t question_ = 0;
};

}  // namespace millrace
