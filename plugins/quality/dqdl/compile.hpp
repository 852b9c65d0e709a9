// DQDL rules and analyzers to checks.
//
// One thread. A rule that names what is not there, or is wrong in itself, is a check that fails
// with its reason; the others stand.
#pragma once
#include "quality/dqdl/syntax.hpp"
#include "quality/dqdl/world.hpp"
#include "quality/engine/check.hpp"

#include <string>
#include <vector>

namespace mr::quality::dqdl {

Check compile(const Rule& rule, const Target& target, Measures& measures, const World& world);
Check compile_single(const Rule& rule, const Target& target, Measures& measures,
                     const World& world);

// What the analyzers measure: checks that hold when there is a value, whose facts have "metrics".
std::vector<Check> compile(const Analyzer& analyzer, const Target& target, Measures& measures,
                           const World& world);

// Whether rows alone can say of a rule of this type if they comply, when it is a part of a
// composite one that is judged row by row.
bool combines_by_row(const std::string& type);

Condition any_number();  // met by each

}  // namespace mr::quality::dqdl
