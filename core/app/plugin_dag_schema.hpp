// A JSON Schema (2020-12) of Dag files, for editors: the keys that the reader in core/parse takes, and each operator's config.
//
// Pure; any thread. It never refuses what the reader takes; the reader finds more (needs, cycles, expressions, names).
#pragma once
#include "base/json.hpp"
#include "model/operator.hpp"

namespace millrace {

Json dag_schema(const OperatorList& operators);

}  // namespace millrace
