// A limit that tasks of any Dag share: `pool: warehouse`. A value; kept in pools.yaml of the Dag folder (dag-yaml.md: pool).
#pragma once
#include <optional>
#include <string>

namespace millrace {

struct Pool {
  std::string name{};
  int slots = 1;          // the weights of the tasks at work sum up to this at most
  double per_second = 0;  // attempts that may begin in a second; 0: no limit
  std::string description{};
};

// What somebody has set by hand since; what is left out is as the file says.
struct PoolOverride {
  std::string name{};
  std::optional<int> slots{};
  std::optional<double> per_second{};
  bool empty() const { return !slots && !per_second; }
};

}  // namespace millrace
