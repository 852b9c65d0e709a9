// The statements that ingest.sql asks a database: pure text with values by :name, in the database's own dialect.
//
// Errors: E4110 (placeholders).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "database/script.hpp"

namespace mr::ingest {

// What stands behind FROM, but for a table's name.
std::string from_query(const std::string& query);

// Rows that are wanted: conditions that all hold, and the values of their names.
struct Rows {
  std::vector<std::string> conditions{};
  database::Values values{};
  int64_t most = 0;  // 0: all; else by LIMIT, which not every database knows
  Rows with(const std::string& condition) const;
  Rows with(const std::string& condition, const std::string& name, const database::Value& value) const;
};

// One of `parts` pieces of the rows, by a column whose values `edges` (one fewer) part. Each row is in exactly one, also without a value.
Rows part_of(const Rows& rows, const std::string& column, const std::vector<database::Value>& edges, size_t part);

std::string select(const std::string& what, const std::string& from, const Rows& rows);

}  // namespace mr::ingest
