// `millrace test`: finds suites, plays them, tells how it went. Prints; the exit code is 0 when every test passed.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct SuiteWords {
  std::vector<std::string> paths{}, plugin_dirs{};
  std::string junit{};
};

int run_suites(const SuiteWords& words, Output output);

}  // namespace millrace
