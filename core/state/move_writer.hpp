// Writes one run's part of a commit: moves by compare-and-set, attempts, journal, timers, outbox. Inside the caller's transaction.
#pragma once
#include <vector>

#include "engine/store.hpp"
#include "state/database.hpp"

namespace millrace {

void write_new_run(Database& db, const NewRun& fresh);
void write_moves(Database& db, const RunCommit& part, std::vector<OutboxRow>& outbox);
void add_total(Database& db, const std::string& name, int64_t by);  // the counters behind /metrics

}  // namespace millrace
