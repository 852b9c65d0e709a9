// Rows of a dataset for a person to look at: a few, never all of a large one; as they are, or as
// the steps of a recipe would leave them.
//
// Any thread; blocks until they are there. Errors: E1036, E5015, E5016, E8004, those of the SQL or
// of the recipe; E8012: too many are reading.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace {

inline constexpr int kMostRows = 10'000;

struct RowsRequest {
  std::string dataset{};               // model/dataset_ref.hpp
  std::vector<std::string> columns{};  // empty: all
  std::string where{};                 // SQL over its columns; empty: every row
  int limit = 100;                     // at most kMostRows
  bool sample = false;                 // any rows of it, else the first ones that are found
};

struct TrialRequest {
  std::string dataset{};                 // model/dataset_ref.hpp
  Json recipe{};                         // its text, or its steps
  std::vector<std::string> secondary{};  // datasets that JOIN and UNION read
  Json params = Json::object();          // texts for ${name}
  int step = 100, rows = 20;             // the last step that is tried, on so many of the first rows
};

class RowReader {
 public:
  virtual ~RowReader() = default;
  virtual Result<Json> read(const RowsRequest& request) = 0;  // an array of objects: column -> value
  // Before and after of each step: what `millrace recipe try --json` prints. A step that can't be
  // done is its "error".
  virtual Result<Json> try_recipe(const TrialRequest& request) = 0;
};

}  // namespace millrace
