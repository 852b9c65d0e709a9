// Writes one run's part of a commit: moves by compare-and-set, attempts, journal, timers, outbox. Inside the caller's transaction.
#pragma once
#include <vector>

#include "engine/store.hpp"
#include "state/database.hpp"
#include "state/totals.hpp"

namespace millrace {

void write_new_run(Database& db, const NewRun& fresh, Totals& totals);
void write_moves(Database& db, const RunCommit& part, std::vector<OutboxRow>& outbox, Totals& totals);

}  // namespace millrace
