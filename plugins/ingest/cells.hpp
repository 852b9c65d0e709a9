// Text into typed values, as plain text usually has them: 17, -3.50, 2026-11-21, true. Whatever else DuckDB would take for a value of the
// type (1e3, dates of other forms, nested values) is odd here, and left to DuckDB's own casts: what this takes has the value DuckDB gives.
//
// Any thread; a batch belongs to one.
#pragma once
#include <string_view>
#include <vector>

#include "data/row_source.hpp"

namespace mr::ingest {

class CellWriter {
 public:
  explicit CellWriter(const std::vector<mr::data::ColumnInfo>& columns);
  size_t columns() const { return types_.size(); }
  // An empty cell is NULL. false: odd; the place is then as it was or NULL.
  bool put(mr::data::Batch& batch, size_t column, size_t row, std::string_view text) const;

 private:
  std::vector<mr::data::TypeOf> types_{};
};

}  // namespace mr::ingest
