// Does an opened library keep the contract of millrace_plugin.h? Asked in a throw-away process only: its functions are called.
//
// Each step is announced before it is taken, so that whoever listens knows where a library crashed or hung. Errors: E4006,
// E4007, E4013 to E4016, E4018.
#pragma once
#include <functional>
#include <string>

#include "app/plugin_finding.hpp"
#include "sdk/millrace_plugin.h"
#include "sdk/millrace_traits.h"

namespace millrace {

struct ContractReport {
  std::function<void(const std::string&)> step{};  // "create of demo.hello with example 'Greet Ada'"
  std::function<void(const Finding&)> find{};
  int operators = 0, created = 0;
  int with_expressions = 0;  // examples whose config is known in a run only, and so was not tried
};

void examine_contract(const mr_plugin& plugin, ContractReport& report);

}  // namespace millrace
