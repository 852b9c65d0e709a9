// From what a client gives to a run's params: defaults filled in, every value checked against its JSON Schema.
//
// Pure; any thread. All mistakes are reported at once (E2004).
#pragma once
#include "base/result.hpp"
#include "model/dag.hpp"
#include "model/run.hpp"

namespace millrace {

// The document's `run` part: {id, dag, logical_date, logical_time, interval_start, interval_end, trigger}. The interval is what has come since the
// tick before: from that to the logical time; a day, when the Dag has no schedule.
Json run_document(const Dag& dag, const RunHeader& header);

// Values by name against JSON Schemas by name; `noun` is what a message calls them ("param").
Result<Json> check_values(const Json& schemas, const Json& given, const std::string& where, const std::string& noun);

Result<Json> resolve_params(const Dag& dag, const Json& given, const RunHeader& header);

}  // namespace millrace
