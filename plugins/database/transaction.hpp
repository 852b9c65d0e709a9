// Acts on a connection that are all kept or none, and such that are done once only.
//
// Used by one thread. What `act` throws goes on to the caller, after a rollback. Throws Problem, mr::Cancelled, E4117 and E4123 (the
// connection was lost in the commit: class in_doubt, or transient/connection where a mark tells the next try what became of it).
#pragma once
#include <functional>

#include "database/once.hpp"
#include "database/watch.hpp"

namespace mr::database {

struct Frame {
  Connection& connection;
  Watch& watch;
  const Attempt& attempt;
  Dialect dialect = Dialect::postgres;
  Mode mode{};
};

void in_transaction(const Frame& frame, const std::function<void()>& act);

// In one transaction with its mark; what `act` returns is the report. Who finds the mark of an earlier try gives that one's report again.
Report run_once(const Frame& frame, const Mark& mark, const std::function<Json()>& act);

}  // namespace mr::database
