// How long tasks will take, and what memory, in a play of what is to come: from a store's past, or from a file.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/dag.hpp"

namespace millrace::simulate {

inline constexpr Millis kUnknown{60'000};  // of a task that nobody knows anything about

struct Takes {
  Millis typical = kUnknown;  // the median
  Millis worst = kUnknown;    // nine of ten are quicker
  int64_t memory = 0;         // bytes, the most that one attempt had; 0: not known
  int items = 1;              // of a foreach task; the times are those of one item
  bool known = false;
};

// The time that so large a share of the sorted ones do not exceed; zero: there are none.
inline Millis share_of(const std::vector<Millis>& sorted, double share) {
  return sorted.empty() ? Millis{} : sorted[static_cast<size_t>(static_cast<double>(sorted.size() - 1) * share)];
}

// By Dag and task.
using Past = std::map<std::string, std::map<std::string, Takes>>;

// Of the last 20 runs of each Dag that succeeded. Core operators: from first being ready to the end; others: one attempt, without its
// wait for a slot. Errors: those of opening a store (E2010, E2012), E0001.
Result<Past> past_of_store(const std::string& file, const std::vector<Dag>& dags);

// {"dag": {"task": "10m" or {"typical": "10m", "worst": "20m", "memory": "2GiB", "items": 5}}}, as YAML or JSON. E9320 with the place.
Result<Past> past_of_file(const std::string& file);

}  // namespace millrace::simulate
