// The rows of a SELECT by DuckDB's data chunks: the way back from Appender.
//
// One thread; no other statement of the session may run while rows are left. Holds one chunk and DuckDB's streaming buffer, however many
// rows there are. Texts are views that live until next(). Errors: SqlError, mr::Cancelled.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/appender.hpp"

namespace mr::data {

class Chunks {
 public:
  Chunks(Session& session, const std::string& select, std::vector<CellKind> kinds);  // its columns are of these kinds, in this order
  ~Chunks();
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;

  size_t next();  // rows of the next chunk; 0: there are no more
  CellKind kind(size_t column) const { return kinds_[column]; }
  bool is_null(size_t column, size_t row) const;
  bool boolean(size_t column, size_t row) const;
  int64_t integer(size_t column, size_t row) const;
  double real(size_t column, size_t row) const;
  std::string_view text(size_t column, size_t row) const;  // or bytes

 private:
  struct Impl;
  std::vector<CellKind> kinds_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mr::data
