// What can be told of a SQL text without parsing it. Pure; any thread.
#pragma once
#include <string_view>

namespace mr::data {

// Whether one of its statements is a PRAGMA. DuckDB turns some of them into a SELECT before it tells what a statement is.
bool has_pragma(std::string_view sql);

}  // namespace mr::data
