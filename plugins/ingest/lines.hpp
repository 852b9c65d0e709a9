// On which lines of its file records stand. DuckDB counts records: blank lines are none of its lines.
//
// One thread. Reads the file once more; asked only when something was rejected.
#pragma once
#include "ingest/landing.hpp"

namespace mr::ingest {

struct LineNumbers {
  std::vector<int64_t> lines{};  // from 1, in the order asked
  int64_t records = 0;           // how many the walk saw: `lines` is true only when the reader saw as many
};

// `records`: numbers, ascending, of lines that are not blank, from 1.
LineNumbers find_lines(const LandedFile& file, const std::vector<int64_t>& records);

}  // namespace mr::ingest
