// `millrace quality init`: a suite or a ruleset to begin with, from what a file holds.
//
// The plugin `recipe`, which profiles, does the work (recipe.checks), in a process of its own.
// Returns the exit code. --json prints {"rows", "checks", "left_out"} in place of the table of
// reasons.
#pragma once
#include "app/commands.hpp"

#include <string>
#include <vector>

namespace millrace {

struct QualityInitWords {
  std::string data{}, out{}, format = "gx";
  std::string timeout = "1h", memory = "2GiB";
  std::vector<std::string> schema{}, plugin_dirs{};  // schema: NAME=VALUE
};

// Without `out`: the suite on standard output. With it: the reasons of its checks there.
int init_quality(const QualityInitWords& words, Output output);

}  // namespace millrace
