// The few words of YAML that a story's dag needs: `{ key: value, list: [a, b], nested: { … } }` on one line.
#pragma once
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace::story {

// Scalars stay text.
Result<Json> read_flow(std::string_view text);

}  // namespace millrace::story
