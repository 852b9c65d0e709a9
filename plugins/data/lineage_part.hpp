// What the commit says of lineage, for rows that one SELECT over datasets has made. One thread.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "data/publish.hpp"

namespace mr::data {

// "lineage" of a staged snapshot, as millrace_attempt.h has it: by columns, or {"kind": "all"} when that can't be told. `sifted`: checks set
// rows apart, by any of their columns. Never fails: the rows are right whether or not it is known where they come from.
nlohmann::json lineage_part(const Session& session, const Facts& facts, const PublishOptions& options, bool sifted);

}  // namespace mr::data
