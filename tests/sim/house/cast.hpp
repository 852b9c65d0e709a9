// Who plays in a world of Dags: drawn from the seed, and fixed from then on.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "model/dag.hpp"
#include "model/pool.hpp"
#include "rng.hpp"

namespace millrace::sim {

struct WorkerRole {
  std::string name{};
  int slots = 1;
  std::vector<std::string> labels{};
  Capacity has{};
};

// The faults of a world, each in percent of the moments at which it could strike; a world has some of them only.
struct Faults {
  int drop = 0, repeat = 0, slow = 0;      // messages between workers and servers
  int death = 0;                           // of workers
  int crash_before = 0, crash_after = 0;   // of the server, around a commit
  int refuse = 0;                          // commits, by a full disk
  int slow_disk = 0;                       // commits that take long
  int jump = 0;                            // of the clock
  int takeover = 0;                        // a second server takes the store over while the first only sleeps
};

struct Cast {
  TimePoint begin{};
  std::vector<Dag> dags{};
  std::vector<Pool> pools{};
  std::vector<WorkerRole> workers{};
  std::vector<std::string> datasets{};
  Faults faults{};
  int prefetch = 0;

  const Pool* pool(const std::string& name) const;
  const WorkerRole& worker(const std::string& name) const;
};

Cast draw_cast(Rng& rng);

}  // namespace millrace::sim
