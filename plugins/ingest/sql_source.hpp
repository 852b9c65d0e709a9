// The rows of a table or a query of another database, as one state of it where the database can give that.
//
// PostgreSQL: one snapshot (repeatable read), which further connections share; MySQL with InnoDB: one snapshot of one connection;
// SQLite: one read transaction; ODBC: whatever the driver does.
// One thread calls it; the connections that read pieces have threads inside. Rows go through in bounded memory. Throws database::Problem
// (E4112 to E4121) and E5040 (no such column), E5043 (no such table), E5076 (columns that a dataset can't have), mr::Cancelled.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "database/connection.hpp"
#include "database/names.hpp"
#include "ingest/sql_text.hpp"
#include "ingest/sql_values.hpp"

namespace mr::ingest {

struct Asked {
  std::string table{}, query{};                  // one of them
  database::Values params{};                     // of the query
  std::map<std::string, std::string> schema{};   // types that columns shall have
  std::chrono::milliseconds timeout{};           // of each statement
};

class SqlSource {
 public:
  SqlSource(database::Opening opening, Asked asked, const mr::Attempt& attempt);  // connects, begins its transaction, learns the columns
  ~SqlSource();
  SqlSource(const SqlSource&) = delete;
  SqlSource& operator=(const SqlSource&) = delete;

  const std::vector<SourceColumn>& columns() const { return columns_; }
  const SourceColumn& column(const std::string& name, const char* field) const;
  database::Dialect dialect() const { return opening_.address.dialect; }
  std::string quoted_name(const std::string& column) const { return database::quoted(column, dialect()); }

  // The least and the greatest value of a column; nothing: no row has one.
  std::optional<std::pair<database::Value, database::Value>> range(const std::string& column, const Rows& rows);
  // All rows of each piece, each piece by a connection of its own; `take` is called by this thread, in no order. True: they are one
  // state of the database.
  bool read(const std::vector<Rows>& pieces, const std::function<void(database::Row&&)>& take);

 private:
  class Pieces;
  std::unique_ptr<database::Connection> connect(const std::string& snapshot) const;
  database::Answer run(database::Connection& connection, const std::string& what, const Rows& rows, const database::TakeRow& take) const;
  void learn_columns();
  std::string list() const;

  database::Opening opening_;
  Asked asked_;
  const mr::Attempt& attempt_;
  std::string from_{};
  std::vector<SourceColumn> columns_{};
  bool in_binary_ = false;  // MySQL's text of a FLOAT has 6 digits: values are asked for in its other protocol
  std::unique_ptr<database::Connection> connection_{};
};

}  // namespace mr::ingest
