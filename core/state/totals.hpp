// The counters behind /metrics, gathered during one commit and written once at its end.
//
// The engine's thread. Every move would else cost two more statements.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "model/states.hpp"
#include "state/database.hpp"

namespace millrace {

class Totals {
 public:
  void add(const std::string& name, int64_t by) { others_[name] += by; }
  void moved(TaskState from, TaskState to) {
    --of(from);
    ++of(to);
  }
  void appeared(TaskState state) { ++of(state); }
  void write(Database& db) const;  // inside the commit's transaction

 private:
  int64_t& of(TaskState state) { return tasks_.at(static_cast<size_t>(state)); }

  std::array<int64_t, 1 + static_cast<size_t>(TaskState::cancelled)> tasks_{};
  std::map<std::string, int64_t> others_{};
};

}  // namespace millrace
