// Reads the rules of a DQDL text: their types, parameters, conditions, where, labels and tags, and
// how they are joined.
//
// Pure. Errors: QualityError with file:line:column: E7003 for a type that is not known, E7005 for
// what a type can't carry, else E7004.
#pragma once
#include "quality/dqdl/conditions.hpp"
#include "quality/dqdl/cursor.hpp"
#include "quality/dqdl/syntax.hpp"

#include <vector>

namespace mr::quality::dqdl {

// What stands before the rules and holds for them.
struct Preamble {
  Constants constants{};
  Pairs labels{};
};

Rule read_rule(Cursor& cursor,
               const Preamble& preamble);  // with all that it is joined to by and, or
Analyzer read_analyzer(Cursor& cursor, const Preamble& preamble);
Pairs read_labels(Cursor& cursor);  // ["key"="value", …]

}  // namespace mr::quality::dqdl
