// One connection to one database: the same small set of acts for PostgreSQL, MySQL/MariaDB, SQLite and ODBC.
//
// Used by one thread, except cancel(), which any thread may call while the Connection lives. Every act throws database::Problem. Text is
// UTF-8. Rows come one by one and are never gathered here, so that a result may be larger than memory.
// The drivers' headers are included in one .cpp each: postgres.cpp, mysql.cpp, sqlite.cpp, odbc.cpp.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "database/address.hpp"
#include "database/problem.hpp"
#include "database/value.hpp"

namespace mr::database {

struct Column {
  std::string name{}, type{};  // the type in the database's own words
  std::string exact{};         // the type of a dataset's column that holds each of its values as it is: BIGINT, DECIMAL(12,3), VARCHAR
};

struct Answer {
  int64_t affected = 0;  // rows written: inserted, updated (also to the same values), deleted
  int64_t returned = 0;  // rows that came back, whether taken or not
  std::vector<Column> columns{};
};

// Gets each row in turn; false: it wants no more, and the rest is counted only.
using TakeRow = std::function<bool(Row&&)>;

enum class Isolation : uint8_t { as_set_there = 1, read_uncommitted, read_committed, repeatable_read, serializable };

struct Mode {
  Isolation isolation = Isolation::as_set_there;
  bool read_only = false;
  bool snapshot = false;  // from its beginning on, the transaction sees one state, where the database knows how to
};

class Connection {
 public:
  virtual ~Connection() = default;
  // One statement, in the driver's own spelling, and a value for each of its placeholders.
  virtual Answer run(const std::string& text, const std::vector<Value>& values, const TakeRow& take) = 0;
  virtual void begin(const Mode& mode) = 0;
  // Fails as `refused` when a statement has ended the transaction itself: what it committed stays. ODBC can't tell.
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  // Without a transaction: each statement is committed by itself.
  virtual void run_singly(const Mode& mode) = 0;
  // Asks the database to stop what it is doing for us. Harmless when it does nothing.
  virtual void cancel() noexcept = 0;
};

struct Opening {
  Address address{};
  std::string password{};
  bool read_only = false;
  std::chrono::milliseconds patience{15'000};                                 // until it stands
  std::function<std::string(const std::string&)> path{};                      // a relative path, made whole
  std::function<bool()> stop{};                                               // asked while it waits
};

// Throws mr::Failure (E4110), database::Problem; and mr::Cancelled when `stop` says so.
std::unique_ptr<Connection> open(const Opening& opening);

std::unique_ptr<Connection> open_postgres(const Opening& opening);
std::unique_ptr<Connection> open_mysql(const Opening& opening);
std::unique_ptr<Connection> open_sqlite(const Opening& opening);
std::unique_ptr<Connection> open_odbc(const Opening& opening);

// Times without a zone are in UTC from here on; SQLite and ODBC know no such setting.
void use_utc(Connection& connection, Dialect dialect);

// "READ COMMITTED"; empty for as_set_there.
std::string in_sql(Isolation isolation);

}  // namespace mr::database
