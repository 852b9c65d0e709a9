// Plays what is to come: the real engine on a store in memory, a clock that jumps, and workers that take as long as the past says.
//
// One thread plays. Deterministic: the same house gives the same days. Conditions hold, a switch chooses all, tasks succeed at once;
// `foreach` has as many items as before. Tasks that write datasets publish, so that triggers on datasets and on runs fire as they would.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/simulate/past.hpp"
#include "model/pool.hpp"
#include "model/operator.hpp"

namespace millrace::simulate {

struct House {
  std::vector<Dag> dags{};
  std::vector<Pool> pools{};
  OperatorList operators{};
  Past past{};
  TimePoint from{};
  Millis span{};
  int workers = 1, slots = 2;
  bool worst = false;  // tasks take as long as one in ten did
};

struct PlayedRun {
  std::string run{};
  TimePoint end{};
  Millis late{};       // behind its deadline
};

struct DagDays {
  int runs = 0, failed = 0, open = 0;  // open: not over at the end
  std::vector<Millis> took{};          // of the ended ones, sorted: from the tick to the end
  Millis waited{}, longest_wait{};     // of its tasks, ready and without a slot
  PlayedRun latest{};                     // the one that took longest
  std::vector<PlayedRun> missed{};        // deadlines
};

struct PoolDays {
  int slots = 0;
  double full = 0;                     // share of the time
  size_t longest_queue = 0;
  Millis waited{};
};

// Where attempts need most memory at once on one worker, each taken to need its greatest from its first moment to its last.
struct Crowd {
  int64_t bytes = 0;                   // 0: nobody's need is known
  TimePoint at{};
  std::vector<std::string> tasks{};    // run/task
};

struct Days {
  std::map<std::string, DagDays> dags{};
  std::map<std::string, PoolDays> pools{};
  std::vector<double> hours{};         // share of the slots at work, hour by hour
  double busy = 0;
  int64_t attempts = 0;
  Crowd crowd{};
  Millis waited{};                     // of tasks of no pool
  std::vector<Error> errors{};
};

// `progress` is told how far it is, from 0 to 1, now and then; false stops the play.
Days play(const House& house, const std::function<bool(double)>& progress = {});

}  // namespace millrace::simulate
