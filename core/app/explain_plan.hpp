// `millrace explain-plan DAG.yaml [TASK]`: the SQL that tasks come down to, without running it, without a server and while one runs.
//
// planner.hpp says how. Errors: those of the Dag file, E5111, E8004, E9004, E5010, and those of operators.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct PlanWords {
  std::string file{}, task{}, home = ".millrace";
  std::vector<std::string> params{}, plugin_dirs{};
};

int explain_plan(const PlanWords& words, Output output);

}  // namespace millrace
