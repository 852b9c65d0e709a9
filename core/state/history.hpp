// The History (engine/queries.hpp) on a read-only connection of its own: it never makes the writer wait.
//
// Any thread; calls take turns on one connection. Errors: those of state/database.hpp.
#pragma once
#include <memory>
#include <string>

#include "engine/queries.hpp"

namespace millrace {

// The file must be a store already (SqliteStore::open makes one).
Result<std::unique_ptr<History>> open_history(const std::string& file);

}  // namespace millrace
