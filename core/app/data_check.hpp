// `millrace validate --data`: every statement of a Dag bound against schemas, without running it, without a server and while one runs.
//
// Each operator binds its own (MR_EXPLAINS, in a process of its own), with the columns of its inputs and none of their rows: those that a task
// before it would write, else those of the catalog. What can't be bound is said, and is no mistake. Errors: those of the Dag file, of the
// operators, E5010 (rows that would not fit into the dataset that is there), each with its place in the YAML.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "model/dag.hpp"

namespace millrace {

struct DataCheckWords {
  std::string path = "dags", home = ".millrace";
  std::vector<std::string> params{}, plugin_dirs{};
};

// 0: no mistake; --json has what each task would write.
int validate_data(const DataCheckWords& words, Output output);

// Where in the Dag's file a task's mistake is: the first place within the task of the name that the message quotes, else that of its `with`.
// "dags/sales.yaml:14:12".
std::string place_of(const Dag& dag, const std::string& task, const std::string& message);

}  // namespace millrace
