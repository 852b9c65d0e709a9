// A cheap proof that no key occurs twice, made while the rows pass by for other measures: keys
// whose hashes all differ are all different. It needs no pass of its own and no grouping; where it
// fails (a key occurs again, two keys have the same hash, or there are more than memory is given
// to), the exact count follows.
//
// One statement at a time; it may run on several threads. Memory: 8 bytes for each row, at most
// what is given. Errors: E5007.
#pragma once
#include "data/session.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mr::quality {

class SeenKeys {
 public:
  SeenKeys(mr::data::Session& session, size_t most_bytes);
  // An aggregate over rows: how many of them are in `scope` (SQL, empty: all). Their keys are seen
  // by the way.
  std::string sql(const std::vector<std::string>& keys, const std::string& scope) const;
  // Whether `rows` keys were seen and all differ. Gives the memory back.
  bool all_differ(int64_t rows);

  struct Seen;

 private:
  std::shared_ptr<Seen> seen_;  // DuckDB keeps the function as long as the session is there
  std::string function_{};
};

}  // namespace mr::quality
