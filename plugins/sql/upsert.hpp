// The statements that put rows into a table of somebody else's database, and whether the table suits them.
//
// Text and rules are pure; check_table asks a MySQL database. Errors: E5072 (the table does not suit), database::Problem.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "database/connection.hpp"
#include "database/transaction.hpp"

struct Target {
  std::string table{};                          // perhaps schema.table
  std::vector<std::string> columns{}, keys{};   // no keys: rows are only inserted
  mr::database::Dialect dialect = mr::database::Dialect::postgres;
};

// So many rows that no database has too many placeholders: 1 to 1000.
size_t rows_at_once(size_t columns);

// INSERT of so many rows, with a placeholder for each value, row by row; a row with known keys is updated.
std::string insert_into(const Target& target, size_t rows);

// A unique index of MySQL.
struct UniqueIndex {
  std::string name{};
  std::vector<std::string> columns{};
  bool of_prefixes = false;  // it tells values apart by their first letters only
};

// MySQL updates the row that any unique index finds: only an index over the keys may find one. Empty: all is well; else what is not.
std::string what_hinders(const Target& target, const std::vector<UniqueIndex>& indexes);

void check_table(const mr::database::Frame& frame, const Target& target);
