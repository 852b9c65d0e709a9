// One DuckDB database for one attempt, in memory, confined to the attempt's folders.
//
// One thread, except interrupt(). Errors are thrown as SqlError; the SDK turns them into a failed attempt.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/millrace_plugin.hpp"

struct _duckdb_connection;

namespace mr::data {

// A statement that failed: class config (the SQL is wrong), data (a value does not fit), resource (disk, memory) or transient.
// Its text is DuckDB's, with quoted values of rows taken out.
struct SqlError : mr::Failure {
  using mr::Failure::Failure;
};

struct SessionOptions {
  int threads = 1;
  int64_t memory_bytes = int64_t{1} << 30;
  std::string temp_folder{};                 // spills go here
  std::vector<std::string> extensions{};     // names of pinned extensions to load: "postgres_scanner" …
};

// A small result, for counts, statistics and lists; rows of users' data never travel this way.
struct Table {
  std::vector<std::string> columns{};
  std::vector<std::vector<std::optional<std::string>>> rows{};  // values as text; empty: NULL
  int64_t integer(size_t row, size_t column) const;             // 0 for NULL
};

struct ColumnInfo {
  std::string name{}, type{};
};

class Session {
 public:
  explicit Session(const SessionOptions& options);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  Session another() const;                              // connection to the same database, with temporary tables of its own; must not live longer

  int64_t run(std::string_view sql);                    // rows changed
  Table query(std::string_view sql);
  std::vector<ColumnInfo> describe(std::string_view relation_or_select);
  // Statements that somebody else wrote, each one that reads datasets or works on tables of its own (SELECT, CREATE, INSERT, UPDATE,
  // DELETE, DROP, EXPLAIN); anything else is refused by name (E5009), also in the middle. The rows of the last.
  Table run_statements(std::string_view sql);
  // The same, but exactly one SELECT, and not run: refused by E5009 when it is something else.
  void check_select(std::string_view sql);
  // From here on only these files, and files below these folders, can be read or written, and no setting can be changed.
  void confine(const std::vector<std::string>& folders, const std::vector<std::string>& files = {});
  void interrupt();                                     // any thread: the running statement ends with SqlError
  _duckdb_connection* connection() const;               // for what this class has no word for; its owner stays the session
  double progress() const;                              // of the running statement, 0 to 1; any thread

 private:
  struct Impl;
  struct Beside {};
  Session(const Session& other, Beside);
  std::unique_ptr<Impl> impl_;
};

// While it lives, a cancel of the attempt interrupts the session's statement, and progress is told.
class Watch {
 public:
  Watch(Session& session, const mr::Attempt& attempt);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string literal(std::string_view text);   // 'it''s'
std::string ident(std::string_view name);     // "a ""b"""
std::string path_literal(std::string_view path);  // of one file, for read_csv and its kind: they take a path with * ? or [ for a pattern

}  // namespace mr::data
