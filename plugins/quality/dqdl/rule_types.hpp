// The types of rules that DQDL has, and what each may carry.
//
// A constant table; any thread.
#pragma once
#include "quality/dqdl/syntax.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace mr::quality::dqdl {

// So many parameters, and then a condition of one of these kinds.
struct Form {
  size_t least = 0, most = 0;
  std::vector<Condition::Kind> kinds{};
  bool bare = false;  // without a condition
};

struct RuleType {
  std::string_view name;
  std::vector<Form> forms{};
  bool where = false, threshold = false;
  bool analyzer = false, only_analyzer = false;
};

const std::vector<RuleType>& rule_types();
const RuleType* rule_type(std::string_view name);  // nullptr: there is none

}  // namespace mr::quality::dqdl
