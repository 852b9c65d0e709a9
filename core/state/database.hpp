// SQLite, as little of it as we need: a connection, prepared statements, a transaction. sqlite3.h is included in database.cpp only.
//
// One thread per Database. Errors: E2005 (the disk is full, or SQLite refused), E2010 (a newer version's file), E2012 (no store, or damaged).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace millrace {

class Database;

// A prepared statement in use: bind in order, step, read columns. Resets itself when it goes.
class Statement {
 public:
  Statement(Statement&& other) noexcept : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& bind(int64_t value);
  Statement& bind(int value) { return bind(int64_t{value}); }
  Statement& bind(double value);
  Statement& bind(std::string_view value);  // must stay as it is until the last step
  Statement& bind(std::string&& value);     // copied
  Statement& bind_null();

  bool step();        // true: a row; false: done, or an error that the Database keeps
  void run() { step(); }
  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
  Database* database_;
  sqlite3_stmt* statement_;
  int next_ = 1;
};

class Database {
 public:
  enum class Access : uint8_t { read_write = 1, read_only };
  static Result<Database> open(const std::string& file, Access access);
  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;
  ~Database();

  Statement prepare(std::string_view sql);    // kept for the next time
  void execute(const std::string& sql);       // any number of statements
  Status copy_to(const std::string& file);    // all of it, as it is now, while others write
  int64_t changes() const;                    // rows of the last statement
  int64_t last_id() const;

  // The first error since the last look; a commit looks once, at its end.
  Status take_error();
  bool failed() const { return error_ != nullptr; }
  void fail(Error error);                     // of our own: what follows in this transaction is void

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  void note(int result, const char* doing);

  std::unique_ptr<sqlite3, Close> handle_;
  // By text, looked up without a copy of it.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, Hash, std::equal_to<>> kept_{};
  std::unique_ptr<Error> error_{};
};

}  // namespace millrace
