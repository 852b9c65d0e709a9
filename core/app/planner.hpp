// Tasks of a Dag asked what they would run, and by that which columns the datasets would have that they write.
//
// One thread. Each operator says it itself (MR_EXPLAINS), in a process of its own, with the columns of its inputs and none of their rows:
// those that a task asked before would leave, else those of the catalog. Nothing is run, nothing can come of it, no server is needed.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/dag.hpp"
#include "model/data.hpp"
#include "model/operator.hpp"
#include "state/database.hpp"

namespace millrace {

class Planner {
 public:
  // Params as in `--param`; those that are not given have their defaults.
  static Result<Planner> of(const Dag& dag, const std::string& home, const std::vector<std::string>& params, std::string program);

  static bool can_ask(const OperatorInfo* info);
  std::vector<const Task*> in_order() const;  // each after those that it needs

  Result<Json> inputs_of(const Task& task);   // E8004: nothing is known of one
  // The statements of millrace_traits.h; what they write has its columns from now on. Errors: those of the operator, with its own
  // `where`; E5010 (what is there and what would come do not fit).
  Result<Json> plan(const Task& task, const OperatorInfo& info, Json inputs);
  void forget(const Task& task);              // nothing is known of what it writes

  std::vector<Column> columns_of(const std::string& dataset);  // empty: not known

 private:
  Planner(const Dag& dag, const std::string& home, Json params, std::string program);
  Result<Json> ask(const Task& task, const OperatorInfo& info, Json inputs);
  Status take(const Json& statement);

  const Dag* dag_;
  std::string program_;
  Json document_{};
  std::optional<Database> db_{};
  std::map<std::string, std::vector<Column>> planned_{};
};

}  // namespace millrace
