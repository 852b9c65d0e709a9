// Rows of a dataset for a person to look at: a few, never all of a large one.
//
// Any thread; blocks until they are there. Errors: E1036, E5015, E5016, E8004, those of the SQL; E8012: too many are reading.
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

class RowReader {
 public:
  virtual ~RowReader() = default;
  virtual Result<Json> read(const RowsRequest& request) = 0;  // an array of objects: column -> value
};

}  // namespace millrace
