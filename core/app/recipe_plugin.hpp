// An operator of the plugin `recipe`, run once for a command: in a process of its own, confined to the files that its config names.
//
// One thread; blocks. Errors: E9004 (an option), E3007 (no such plugin), those of run_once() and of the operator.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace {

struct RecipePlugin {
  std::string timeout = "1h", memory = "2GiB", data_root{};
  std::vector<std::string> plugin_dirs{};
};

// Its output. `inputs`: datasets as they are pinned; `folder`: its work folder, which the caller made.
Result<Json> ask_recipe_plugin(const RecipePlugin& plugin, const std::string& operator_type, Json config, Json inputs, const std::string& folder);

}  // namespace millrace
