// Positions of sources: where they are, and all their moves.
//
// Inside the caller's transaction when it writes. Semantics: data-plane.md section 4 (bookmarks).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/store.hpp"
#include "state/database.hpp"

namespace millrace {

void write_positions(Database& db, const std::vector<PositionMove>& moves, LeaseNumber by, TimePoint time);
std::vector<Position> read_positions(Database& db, const std::string& source);
std::vector<std::string> read_sources(Database& db, const std::string& dataset);
Result<Rewind> read_rewind(Database& db, const std::string& source, std::optional<RunId> run);  // Store::rewind_of

}  // namespace millrace
