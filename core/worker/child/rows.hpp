// Where an attempt's rows come from (millrace_rows.h): a library that is loaded when somebody asks for rows first, and stays.
//
// Any thread. The attempt program links no DuckDB, and an attempt that asks for no rows pays nothing.
#pragma once
#include "base/result.hpp"
#include "rows/rows.h"

namespace millrace {

struct RowsLibrary {
  decltype(&millrace_rows_open_1) open{};
};

// Errors: E4075 (the library is not beside the plugins, or does not load). The answer is the same for the life of the process.
const Result<RowsLibrary>& rows_library();

}  // namespace millrace
