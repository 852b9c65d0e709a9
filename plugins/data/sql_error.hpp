// What DuckDB says about a statement that failed, as a SqlError without values of rows. Any thread.
#pragma once
#include <duckdb.h>

#include <string>

namespace mr::data {

// Throws SqlError (E5001 to E5005), or mr::Cancelled for a statement that was interrupted. Of SQL that is refused it says the line, but of the
// first: most of our own SQL is one line.
[[noreturn]] void fail_sql(duckdb_error_type type, std::string text);

}  // namespace mr::data
