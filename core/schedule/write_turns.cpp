#include "schedule/write_turns.hpp"

#include <algorithm>

namespace millrace {

bool writes_alone(const Task& task, const std::string& dataset) { return std::binary_search(task.replaces.begin(), task.replaces.end(), dataset); }

void WriteTurns::hold(const Task& task) {
  for (const auto& dataset : task.writes) {
    Use& use = uses_[dataset];
    ++use.writers;
    use.alone = use.alone || writes_alone(task, dataset);
  }
}

bool WriteTurns::admit(const Task& task, const std::set<std::string>& moved) {
  bool free = true;
  for (const auto& dataset : task.writes) {
    Use& use = uses_[dataset];
    const bool alone = writes_alone(task, dataset);
    if (use.alone || use.wanted || (alone && (use.writers > 0 || moved.contains(dataset)))) free = false;
    use.wanted = use.wanted || alone;
  }
  if (!free) return false;
  for (const auto& dataset : task.writes) uses_[dataset].wanted = false;
  hold(task);
  return true;
}

}  // namespace millrace
