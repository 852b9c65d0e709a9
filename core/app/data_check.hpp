// `millrace validate --data`: every statement of a Dag bound against schemas, without running it, without a server and while one runs.
//
// planner.hpp says how. What can't be bound is said, and is no mistake. Errors: those of the Dag file, of the operators, E5010 (rows that
// would not fit into the dataset that is there), each with its place in the YAML.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct DataCheckWords {
  std::string path = "dags", home = ".millrace";
  std::vector<std::string> params{}, plugin_dirs{};
};

// 0: no mistake; --json has what each task would write.
int validate_data(const DataCheckWords& words, Output output);

}  // namespace millrace
