// Rows that C++ code makes, as a relation of SQL: what no reader of DuckDB reads goes straight into a statement, on all of its threads.
//
// A source is asked for one worker per thread of the statement; a worker fills batches until it has no more rows. Neither may use the
// session whose statement reads it. What a worker throws ends the statement, and run() throws it again.
#pragma once
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "data/session.hpp"

struct _duckdb_vector;

namespace mr::data {

// What lies behind a column of a batch. `other` has no writer here: only NULL may stand in it.
enum class Kind : uint8_t { other = 1, text, boolean, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, decimal, date, time, timestamp };

struct TypeOf {
  Kind kind = Kind::other;
  int width = 0, scale = 0;  // of decimal: digits in all, and after the point
  bool operator==(const TypeOf&) const = default;
};

// Of a type as DESCRIBE writes it. A decimal is stored in 2, 4, 8 or 16 bytes: up to 4, 9, 18 and 38 digits. Days and microseconds
// count from 1970-01-01, microseconds of a time from midnight.
TypeOf kind_of(const std::string& type);

// The columns of up to kRows rows. Rows begin as not NULL.
class Batch {
 public:
  static constexpr size_t kRows = 2048;

  template <class T>
  T* values(size_t column) {
    return static_cast<T*>(columns_[column].values);
  }
  void set_text(size_t column, size_t row, std::string_view utf8);
  void set_null(size_t column, size_t row);
  void clear_row(size_t row);  // as before anything was set

 private:
  friend class Rows;
  struct Column {
    _duckdb_vector* vector{};
    void* values{};
    uint64_t* valid{};  // one bit per row; nullptr: all are
  };
  std::vector<Column> columns_{};
};

class RowWorker {
 public:
  virtual ~RowWorker() = default;
  virtual size_t fill(Batch& batch) = 0;  // how many rows; 0: there are no more
};

class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual std::unique_ptr<RowWorker> worker() = 0;  // any thread
};

// The source under a name that SQL can select from, for as long as this lives.
class Rows {
 public:
  Rows(Session& session, const std::vector<ColumnInfo>& columns, RowSource& source, int threads);
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  const std::string& relation() const { return relation_; }
  void run(const std::function<void()>& statement);  // what the source threw is thrown here

 private:
  struct Door;
  struct Calls;
  std::string relation_{};
  Door* door_{};  // DuckDB's own
};

}  // namespace mr::data
