// Times as the store's columns hold them: milliseconds since 1970 (UTC). Pure; any thread.
#pragma once
#include <string>

#include "base/clock.hpp"
#include "state/database.hpp"

namespace millrace {

// ISO 8601; empty: not there, or zero.
inline std::string iso(const Statement& row, int column) { return row.is_null(column) || row.integer(column) == 0 ? "" : to_iso(TimePoint{Millis{row.integer(column)}}); }

}  // namespace millrace
