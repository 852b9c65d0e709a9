// Numbers that must not be mixed up.
#pragma once
#include <compare>
#include <cstdint>

namespace millrace {

struct RunId { int64_t value{}; auto operator<=>(const RunId&) const = default; };         // row of the store
struct TaskIndex { int32_t value{-1}; auto operator<=>(const TaskIndex&) const = default; };  // place in Dag::tasks
struct SnapshotId { int64_t value{}; auto operator<=>(const SnapshotId&) const = default; };

// The right of one worker to run one attempt; also its fencing token. Attempts count from 1.
struct LeaseNumber {
  RunId run{};
  TaskIndex task{};
  int32_t attempt{};
  auto operator<=>(const LeaseNumber&) const = default;
};

constexpr size_t index(TaskIndex task) { return static_cast<size_t>(task.value); }

}  // namespace millrace
