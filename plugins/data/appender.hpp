// Rows of values into a temporary table of a session, by DuckDB's data chunks.
//
// One thread. A row is set column by column and closed by end_row(); what was appended counts after finish(). Errors: SqlError (no
// memory, no disk).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/session.hpp"

namespace mr::data {

enum class CellKind : uint8_t { boolean = 1, integer, real, text, bytes };

const char* type_of(CellKind kind);  // of a column: BOOLEAN, BIGINT, DOUBLE, VARCHAR, BLOB

class Appender {
 public:
  Appender(Session& session, const std::string& table, std::vector<CellKind> kinds);  // the table's columns are of these kinds, in this order
  ~Appender();
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  CellKind kind(size_t column) const { return kinds_[column]; }
  void null(size_t column);
  void boolean(size_t column, bool value);
  void integer(size_t column, int64_t value);
  void real(size_t column, double value);
  void text(size_t column, std::string_view value);  // UTF-8, or any bytes for a column of bytes
  void end_row();
  void finish();
  int64_t rows() const { return rows_; }

 private:
  struct Impl;
  std::vector<CellKind> kinds_;
  int64_t rows_ = 0;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mr::data
