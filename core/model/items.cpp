#include "model/items.hpp"

#include "base/text.hpp"

namespace millrace {

TaskIndex find_label(const Dag& dag, const Run& run, std::string_view label) {
  const auto bracket = label.find('[');
  if (bracket == std::string_view::npos) return dag.find(label);
  const TaskIndex task = dag.find(label.substr(0, bracket));
  const Expansion* items = task.value < 0 ? nullptr : current_expansion(run.expansions, task);
  const auto number = label.ends_with(']') ? whole_number(label.substr(bracket + 1, label.size() - bracket - 2)) : std::nullopt;
  if (items == nullptr || !number || *number < 0 || *number >= items->count) return {};
  return {items->first + static_cast<int32_t>(*number)};
}

}  // namespace millrace
