// The rows of a dataset as an Arrow C stream: what stands behind the extension of sdk/millrace_rows.h.
//
// The stream owns a session of its own, with the one dataset as the view that SQL operators see (open_confined_session), one thread and
// the attempt's memory limit, and holds no more rows than a batch and DuckDB's streaming buffer (1 MiB). `host` has to live as long as
// the stream; batches need neither.
#pragma once
#include <string_view>

#include "sdk/millrace_rows.h"

namespace mr::data {

// As mr_rows_1::open. Any thread; no exception leaves it.
int open_rows(const mr_host& host, std::string_view dataset, std::string_view options_json, ArrowArrayStream& out) noexcept;

}  // namespace mr::data
