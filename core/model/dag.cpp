#include "model/dag.hpp"

#include "base/invariant.hpp"

namespace millrace {

TaskIndex Dag::find(std::string_view id) const {
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].id == id) return TaskIndex{static_cast<int32_t>(i)};
  }
  return {};
}

std::string_view name(Phase phase) {
  switch (phase) {
    case Phase::main: return "main";
    case Phase::on_failure: return "on_failure";
    case Phase::on_success: return "on_success";
    case Phase::finally: return "finally";
  }
  broken_invariant("a phase outside its list", __FILE__, __LINE__);
}

}  // namespace millrace
