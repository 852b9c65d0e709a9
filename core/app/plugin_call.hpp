// An operator of a plugin, run once for a command: in a process of its own, confined to the files that its config names.
//
// One thread; blocks. Errors: E9004 (an option), E3007 (no such plugin), those of run_once() and of the operator.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace {

struct PluginCall {
  std::string plugin{};                     // by name; it is also what the attempt's run and task are called
  std::string timeout = "1h", memory = "2GiB", data_root{};
  std::vector<std::string> plugin_dirs{};
  int cpu = 0;                              // 0: all cores
};

// Its output. `inputs`: datasets as they are pinned; `folder`: its work folder, which the caller made.
Result<Json> ask_plugin(const PluginCall& call, const std::string& operator_type, Json config, Json inputs, const std::string& folder);

// NAME=VALUE words as {"NAME": VALUE}; values as texts, or as the JSON that they are. E9004, which names the option.
Result<Json> pairs_of(const std::vector<std::string>& pairs, const std::string& option, bool as_json = false);

}  // namespace millrace
