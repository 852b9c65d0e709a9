// The short checks of a task, as JSON Schema by the word of their kind; and the keys that may stand
// beside such a word.
//
// Pure; any thread. What they mean is the business of the plugin `quality`.
#pragma once
#include "base/json.hpp"

namespace millrace {

const Json& short_checks();
const Json& short_check_keys();

}  // namespace millrace
