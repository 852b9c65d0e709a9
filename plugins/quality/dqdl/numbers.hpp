// Reads the numbers of DQDL: literals, arithmetic, calls of functions.
//
// Pure. All four operators sit on one level, left to right; brackets group. Errors: QualityError
// E7004 with file:line:column.
#pragma once
#include "quality/dqdl/cursor.hpp"
#include "quality/dqdl/syntax.hpp"

namespace mr::quality::dqdl {

Number read_number(Cursor& cursor);

}  // namespace mr::quality::dqdl
