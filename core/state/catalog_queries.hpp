// What people ask of datasets and positions: how they came to be, and what changed between two times.
//
// Reads only; inside the caller's view. Errors are the Database's, and those named.
#pragma once
#include "engine/queries.hpp"
#include "state/database.hpp"

namespace millrace {

// E5016: one of the two is not there; E8004: no such dataset. Empty `to`: as it is.
Result<DatasetDiff> read_diff(Database& db, const std::string& dataset, const std::string& from, const std::string& to);
Page<SourceView> read_source_views(Database& db, const std::string& after, int limit);
Page<PositionView> read_position_views(Database& db, const std::string& source, const std::string& after, int limit);
Page<PositionView> read_position_changes(Database& db, const PositionFilter& filter);

}  // namespace millrace
