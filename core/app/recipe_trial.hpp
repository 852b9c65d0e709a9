// What `millrace recipe try` prints: for each step the columns that it touched, with "old → new"
// where a cell has changed. Pure.
#pragma once
#include "base/json.hpp"

#include <string>

namespace millrace {

// `told` is the answer of recipe.look to "steps".
std::string trial_text(const Json& told);

}  // namespace millrace
