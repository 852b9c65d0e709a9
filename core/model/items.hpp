// Places of a run's tasks: the Dag's own first, then items of its foreach tasks. Pure; any thread; O(log of the expansions).
#pragma once
#include <algorithm>
#include <string>

#include "base/invariant.hpp"
#include "model/dag.hpp"
#include "model/run.hpp"

namespace millrace {

inline bool is_item(const Dag& dag, TaskIndex task) { return index(task) >= dag.tasks.size(); }

// The expansion that the item belongs to.
inline const Expansion& expansion_of(const std::vector<Expansion>& expansions, TaskIndex item) {
  const auto after = std::upper_bound(expansions.begin(), expansions.end(), item.value, [](int32_t place, const Expansion& e) { return place < e.first; });
  MR_INVARIANT(after != expansions.begin() && item.value < std::prev(after)->first + std::prev(after)->count, "an item of no expansion");
  return *std::prev(after);
}

// The one of this foreach task that counts; nullptr: it was not expanded.
inline const Expansion* current_expansion(const std::vector<Expansion>& expansions, TaskIndex task) {
  for (const auto& one : expansions) {
    if (one.task == task && !one.dropped) return &one;
  }
  return nullptr;
}

// Where the next expansion begins: how many places there are.
inline int32_t end_of(const Dag& dag, const std::vector<Expansion>& expansions) {
  return expansions.empty() ? static_cast<int32_t>(dag.tasks.size()) : expansions.back().first + expansions.back().count;
}

// What an item is to do is what its foreach task says.
inline const Task& task_of(const Dag& dag, const Run& run, TaskIndex at) {
  return is_item(dag, at) ? dag.task(expansion_of(run.expansions, at).task) : dag.task(at);
}

// Whether something has to be evaluated before it may run: an item's condition was its task's.
inline bool is_gated(const Dag& dag, const Run& run, TaskIndex at) {
  return is_item(dag, at) ? task_of(dag, run, at).is_core() : dag.task(at).has_gate();
}

// "load", or "load[3]" for its fourth item.
inline std::string label_of(const Dag& dag, const Run& run, TaskIndex at) {
  if (!is_item(dag, at)) return dag.task(at).id;
  const Expansion& of = expansion_of(run.expansions, at);
  return dag.task(of.task).id + "[" + std::to_string(at.value - of.first) + "]";
}

// The place of a task or an item by its label; -1: there is none.
TaskIndex find_label(const Dag& dag, const Run& run, std::string_view label);

}  // namespace millrace
