// Rows that steps removed, counted while the result is read: so that all rows need not be written down before, only to be counted.
//
// The result must be read exactly once; it may be on several threads. Errors: E5007.
#pragma once
#include <memory>
#include <string>

#include "data/session.hpp"

namespace mr::recipe {

class Tally {
 public:
  Tally(mr::data::Session& session, size_t steps);
  // A condition that holds for rows without a tag. `tag`: SQL of the number of the step that removed the row, or NULL.
  std::string stays(const std::string& tag) const;
  int64_t removed_by(int step) const;
  int64_t left() const;

 private:
  struct Counts;
  std::shared_ptr<Counts> counts_;  // DuckDB keeps the function as long as the session is there
  std::string function_{};
};

}  // namespace mr::recipe
