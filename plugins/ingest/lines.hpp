// On which lines of its file rejected records begin. DuckDB counts records: breaks inside quotes and blank lines are none of its lines.
//
// One thread. Reads the file once more; asked only when something was rejected.
#pragma once
#include "ingest/landing.hpp"

namespace mr::ingest {

struct Asked {
  bool header = false;                  // the first record is none
  std::vector<int64_t> broken{};        // offsets, ascending, where records begin that could not be read
  std::vector<int64_t> good{};          // numbers, ascending, of records among those that could, from 1
};

struct Lines {
  std::vector<int64_t> broken{}, good{};  // from 1, in the order asked
  int64_t good_records = 0;               // how many the walk saw: `good` is true only when the reader saw as many
};

Lines find_lines(const LandedFile& file, Shape shape, const Asked& asked);

}  // namespace mr::ingest
