// Names of tables and columns as a database writes them, in its own quotes.
//
// Pure text. Throws mr::Failure E5076 (a name that can't be quoted: ODBC's drivers differ in their quotes).
#pragma once
#include <string>

#include "database/statement.hpp"

namespace mr::database {

std::string quoted(const std::string& name, Dialect dialect);
std::string quoted_table(const std::string& table, Dialect dialect);  // perhaps schema.table

}  // namespace mr::database
