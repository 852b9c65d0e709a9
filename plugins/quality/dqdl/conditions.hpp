// Reads the conditions of DQDL rules: operators, numbers and their arithmetic, texts, dates and
// times, durations, sizes.
//
// Pure. Errors: QualityError E7004 with file:line:column.
#pragma once
#include "quality/dqdl/cursor.hpp"
#include "quality/dqdl/syntax.hpp"

#include <map>
#include <string>
#include <vector>

namespace mr::quality::dqdl {

// Named texts and lists of texts, by their names.
struct Constant {
  bool list = false;
  std::vector<Operand> values{};
};

using Constants = std::map<std::string, Constant, std::less<>>;

bool starts_condition(const Cursor& cursor);
Condition read_condition(Cursor& cursor, const Constants& constants);

// A text or one of the words NULL, EMPTY, WHITESPACES_ONLY; what a constant may be.
Operand read_text_operand(Cursor& cursor, const Constants& constants);

// What $name stands for, which is a text.
std::string read_text_constant(Cursor& cursor, const Constants& constants);

}  // namespace mr::quality::dqdl
