// Events and effects as the journal and the outbox keep them. Pure; any thread.
#pragma once
#include <optional>

#include "base/json.hpp"
#include "schedule/event.hpp"

namespace millrace {

Json to_json(const Event& event);      // {"kind": "attempt_finished", "task": 3, "attempt": 1, …}; the run is the row's
std::optional<Event> event_from(const Json& json, RunId run);
Json to_json(const Effect& effect);
std::optional<Effect> effect_from(const Json& json, RunId run);

}  // namespace millrace
