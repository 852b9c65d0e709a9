// The text of a DQDL ruleset as a tree; nothing is looked up in data yet.
//
// Pure. Errors: QualityError with file:line:column: E7003, E7004, E7005 (rules.hpp).
#pragma once
#include "quality/dqdl/syntax.hpp"

#include <string>
#include <string_view>

namespace mr::quality::dqdl {

Document parse(std::string_view text, const std::string& name);

}  // namespace mr::quality::dqdl
