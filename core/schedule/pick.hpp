// Between runs: which ready tasks go to which worker now. Pure; slots in use are derived from states, never counted apart.
#pragma once
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "model/dag.hpp"
#include "model/run.hpp"

namespace millrace {

// A step of priority is worth so much of waiting: what waits long enough has its turn, whatever else comes.
inline constexpr Millis kAgeing{60'000};

// Ready tasks take their turns by this time, then by lease number.
constexpr TimePoint turn_of(int priority, TimePoint since) { return since - priority * kAgeing; }

// A limit that ready tasks share: of a run, of a Dag, or of a pool.
struct Room {
  int free = 0;                                   // how much more of it may be taken
  int starts = std::numeric_limits<int>::max();   // how many more may begin at this moment (a rate)
};

struct ReadyTask {
  LeaseNumber lease{};  // attempt: the number it will get
  int priority = 0;
  TimePoint since{};
  Millis behind{};      // so much later is its turn, because others have had less (of a Dag that was just served)
  const Task* task{};   // borrowed for the call
  int32_t run = -1, dag = -1, pool = -1;  // places in the rooms; -1: no limit. A task takes its weight of a pool, and one of the others
};

struct WorkerSlots {
  std::string name{};
  int free = 0;
  std::vector<std::string> labels{};
  std::vector<std::string> operators{};  // sorted
  Capacity has{}, left{};                // altogether, and not taken yet
  std::vector<std::string> warm{};       // operators that it has run of late: their processes are likely to be there still
};

struct Placement {
  LeaseNumber lease{};
  std::string worker{};
};

// In the order of their turns; a worker fits when it has a free slot, every label, the operator, and enough left of what the task takes. Among
// the fitting, the one with most free slots, one that is warm for the operator counting as one slot more, then by name: work spreads, and stays
// where it has been when that costs nothing. The first that a pool has no room for closes it for those behind, so that light ones don't pass a
// heavy one for ever; likewise the first that only lacks cores, memory or a named thing keeps the worker with most of that from those behind
// that take any.
std::vector<Placement> pick(std::vector<ReadyTask> ready, std::vector<WorkerSlots> workers, std::vector<Room> rooms);

// Has this worker the operator and every label that the task asks for, and altogether what it takes?
bool suits(const Task& task, const WorkerSlots& worker);

// Why a ready task is not placed, per worker: "worker-1: lacks label gpu".
std::vector<std::string> why_not_placed(const Task& task, std::span<const WorkerSlots> workers);

}  // namespace millrace
