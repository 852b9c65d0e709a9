// What is left of old runs: their line. Everything else of them goes, inside the caller's transaction. Errors are the Database's.
#pragma once
#include <string>
#include <vector>

#include "engine/store.hpp"
#include "state/database.hpp"
#include "state/totals.hpp"

namespace millrace {

// At most kPruneRows of each table, so that a run of a million items goes in steps; done with it when nothing was left.
inline constexpr int kPruneRows = 5000;
void prune_run(Database& db, RunId run, TimePoint now, Totals& totals);

std::vector<std::string> read_dags_with_runs(Database& db);
std::vector<OldRun> read_old_runs(Database& db, const std::string& dag, TimePoint before, int limit);

}  // namespace millrace
