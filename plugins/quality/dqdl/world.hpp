// What rules may ask for besides the rows that they check.
//
// Values; one thread.
#pragma once
#include "data/session.hpp"
#include "quality/dqdl/history.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mr::quality::dqdl {

struct OtherSource {
  std::string relation{};
  std::vector<mr::data::ColumnInfo> columns{};
};

struct World {
  std::map<std::string, OtherSource, std::less<>> sources{};  // by alias
  History history{};
  std::string now{};  // "2026-01-31 12:00:59", UTC; empty: the clock's
  std::string day{};  // for which the rows are, "2026-01-31…"; empty: that of now
  bool by_row =
      false;  // parts of a composite rule are combined row by row, and not as whole outcomes
  std::vector<std::string> files{};  // behind the rows that are checked, for the rules about files
  std::string folder{};  // where relative paths of those rules start; empty: such a rule fails
};

}  // namespace mr::quality::dqdl
