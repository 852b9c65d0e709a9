// What a config says in words and numbers, looked at before a file is read. Pure.
//
// Errors: E5062 (options of tables that can't be), E5063 (reject_limit is no limit), E5037 (it is passed).
#pragma once
#include <optional>
#include <vector>

#include "ingest/files.hpp"
#include "ingest/readers.hpp"
#include "ingest/tables.hpp"

namespace mr::ingest {

TableOptions table_options(const Files::Config& c);

// A number of rows, "2%" of those read, or null.
void require_limit(const nlohmann::json& reject_limit);
void require_few_rejects(const nlohmann::json& reject_limit, const ReadCounts& all);

}  // namespace mr::ingest
