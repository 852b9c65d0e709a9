// Runs a script on a connection: all or nothing, statement by statement, and once only when asked.
//
// Used by one thread. Throws mr::Failure (E4112 to E4124) and mr::Cancelled; then nothing of a script in a transaction is left, unless
// the failure says that nobody knows (E4123).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "database/once.hpp"

namespace mr::database {

struct Order {
  std::vector<Step> script{};
  Dialect dialect = Dialect::postgres;
  Mode mode{};
  bool in_transaction = true;
  int64_t rows = 0;                                         // of the last statement's result, for the report
  std::optional<int64_t> least_affected{}, most_affected{};  // by all statements together
  std::chrono::milliseconds timeout{};                       // of each statement
  std::optional<Mark> once{};
};

// The report's output: statements, rows_affected, rows_returned, rows, more, as the operator's output_schema describes them.
Report perform(Connection& connection, const Order& order, const Attempt& attempt);

}  // namespace mr::database
