// `millrace recipe suggest`: the steps that a file could do with, each with its reason.
//
// Returns the exit code. --json prints {"Steps", "Reasons"}, which runs as a recipe as it stands; --out writes the steps alone.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct SuggestWords {
  std::string data{}, out{};
  std::string timeout = "1h", memory = "2GiB";
  std::vector<std::string> plugin_dirs{};
};

int suggest_recipe(const SuggestWords& words, Output output);

}  // namespace millrace
