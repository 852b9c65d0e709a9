// `millrace simulate`: what the coming days will be like, and what one more worker would change. Prints; the exit code is 0 when no
// deadline is missed, 1 when one is.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct SimulateWords {
  std::string path{}, home = ".millrace", durations{}, from{};
  std::vector<std::string> plugin_dirs{};
  int days = 7, workers = 1, slots = 2;
};

int simulate_days(const SimulateWords& words, Output output);

}  // namespace millrace
