// A limit on how many values columns have, held while the rows pass by: a count of them beforehand would make all rows once more.
//
// One statement at a time; it may run on several threads. Errors: E5007.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::data {

class FewValues {
 public:
  FewValues(Session& session, size_t most);
  // The SELECT with its rows as they are; the statement fails (SqlError) at the first row that has one value too many.
  std::string guard(const std::string& select, const std::vector<std::string>& columns) const;
  bool exceeded() const;

 private:
  struct Seen;
  std::shared_ptr<Seen> seen_;  // DuckDB keeps the function as long as the session is there
  std::string function_{};
};

}  // namespace mr::data
