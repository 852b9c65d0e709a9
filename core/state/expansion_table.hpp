// The expansions of foreach tasks and their items, inside the caller's transaction. Errors are the Database's.
#pragma once
#include <vector>

#include "engine/store.hpp"
#include "state/database.hpp"

namespace millrace {

void write_expansions(Database& db, const RunCommit& part);
std::vector<Expansion> read_expansions(Database& db, RunId run);  // by place, nothing derived

}  // namespace millrace
