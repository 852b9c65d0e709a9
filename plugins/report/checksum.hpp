// A checksum of what a table holds, whatever the order of its rows and columns and however it lies in files.
//
// Rendering: the columns in the order of their names (by bytes). A header line of the names, then one line for each row, the lines
// sorted by bytes; a tab between values, a line feed after each line. NULL is \N; in values a backslash, tab, line feed and carriage
// return are \\ \t \n \r; everything else as DuckDB casts it to VARCHAR. The checksum is the SHA-256 of all that in UTF-8, in hex.
#pragma once
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::report {

// A SELECT of two values: rows, checksum. Throws std::invalid_argument for a column whose text depends on more than its value
// (floating point, times with a zone).
std::string checksum_sql(const std::string& relation, std::vector<mr::data::ColumnInfo> columns);

}  // namespace mr::report
