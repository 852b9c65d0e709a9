// A Run as committed: what decide() reads and apply() changes.
//
// Kept small (a Dag of 100,000 tasks is a normal guest): texts such as outputs and errors live in the store only.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "model/data.hpp"
#include "model/ids.hpp"
#include "model/states.hpp"

namespace millrace {

struct TaskRun {
  TaskState state = TaskState::waiting;
  int32_t attempt = 0;     // number of the latest attempt; 0: none yet
  int32_t failures = 0;    // tries spent since the task was last opened
  uint64_t spent = 0;      // of them, by each retry rule: 16 bits a rule, the first one lowest
  int32_t losses = 0;      // attempts lost with their worker since then
  int32_t unmet = 0;       // needs that are not final yet
  int32_t broken = 0;      // needs that ended otherwise than succeeded or skipped
  int32_t skipped = 0;     // needs that ended skipped
  int32_t version = 0;     // of the row; every committed move adds one
  TimePoint since{};       // of the state
  TimePoint opened{};      // when it first became ready since it was last opened; zero: it did not yet
  TimePoint wake{};        // backoff: when it ends; asleep: when the wait, or the patience with it, ends (zero: never)
  Wait wait = Wait::none;  // asleep: for what
  Limit limit = Limit::none;  // timed_out: by which
  bool gate_open = false;  // its condition held; true only from then on until it is opened again
  friend bool operator==(const TaskRun&, const TaskRun&) = default;
};

// The items of one foreach task: the places [first, first + count) of Run::tasks, behind the Dag's own tasks. An item that was never
// opened is waiting in version 0, and the store has no row of it: a million of them cost memory only.
struct Expansion {
  TaskIndex task{};          // the foreach task
  int32_t first{}, count{};
  int32_t max_parallel = 1;  // of them at work at once
  int32_t tolerated = 0;     // so many may fail, and the task still succeeds
  bool dropped = false;      // its task was cleared: a new one takes its place, this one is history
  std::string file{};        // where the items are, below the data root (engine/item_file.hpp); empty: the store has them, or they are numbers
  // derived from the states
  int32_t next = 0;          // items before this number were opened
  int32_t open = 0;          // opened and not final
  int32_t ended = 0;
  int32_t failed = 0;        // of the ended: failed, timed_out
  int32_t cancelled = 0;
  int32_t skipped = 0;
  bool closing = false;      // no more are opened, and what is at work is stopped
  friend bool operator==(const Expansion&, const Expansion&) = default;
};

struct Run {
  RunId id{};
  RunState state = RunState::queued;
  std::string cancel_reason{};
  Lateness late = Lateness::none;
  std::vector<TaskRun> tasks{};  // beside Dag::tasks; then the items of its expansions
  std::vector<Expansion> expansions{};  // by place
  int32_t open_main = 0;    // main tasks that are not final
  int32_t open_hooks = 0;   // tasks of the other phases that are not final
  int32_t broken_main = 0;  // main tasks that ended failed, timed_out or upstream_failed
  int32_t cancelled_main = 0;
  friend bool operator==(const Run&, const Run&) = default;
};

// The sleeping task of another run that waits for this one.
struct Parent {
  RunId run{};
  TaskIndex task{};
  auto operator<=>(const Parent&) const = default;
};

// The run's header: fixed when it is created. Shown everywhere, decided upon nowhere.
struct RunHeader {
  RunId id{};
  std::string key{};  // "retail_daily@2026-11-01": unique, what people and programs call it
  std::string dag{};
  std::string dag_version{};
  std::string trigger{};  // "manual", "api", "replay" …
  Json params = Json::object();
  std::optional<TimePoint> logical_time{};
  TimePoint created{};
  std::string request_id{};  // of the client's request; empty when there was none
  std::optional<Parent> parent{};  // whose core.run started it
  std::optional<TimePoint> deadline{};
};

// Why an attempt ended as it did.
struct AttemptError {
  std::string error_class{};  // transient, timeout, lost, resource, data, config, conflict, or the operator's own
  Error error{};
};

}  // namespace millrace
