// Arrow arrays put together from pieces of others: many small ones become one of the wanted length, a large one becomes several.
//
// One thread. Layouts: Apache Arrow's columnar format, as the C data interface passes it. Every layout that DuckDB gives without being
// asked for more, which leaves out dictionaries, unions and 64-bit offsets. Errors: E5048 (another layout, more than 2 GiB of text).
#pragma once
#include <cstdint>
#include <vector>

#include "sdk/millrace_rows.h"

namespace mr::data {

// One column that grows; a struct is one with children.
class GrowingColumn {
 public:
  explicit GrowingColumn(const ArrowSchema& schema);

  void append(const ArrowArray& from, int64_t first, int64_t count);
  int64_t rows() const { return rows_; }
  int64_t bytes() const;
  // What has grown becomes an array that owns its memory, and the column begins again.
  void give(ArrowArray& out);

 private:
  enum class Layout : uint8_t { null = 1, bits, fixed, text, list, structure, fixed_list };

  void read_format(const ArrowSchema& schema);
  void append_validity(const ArrowArray& from, int64_t first, int64_t count);
  void append_offsets(const ArrowArray& from, int64_t first, int64_t count, int64_t& begin, int64_t& end);
  void start_again();

  Layout layout_{};
  int64_t width_ = 0;  // bytes of a fixed value, items of a fixed list
  int64_t rows_ = 0, nulls_ = 0;
  std::vector<uint8_t> validity_{};  // empty while there is no null
  std::vector<uint8_t> data_{};
  std::vector<int32_t> offsets_{};
  std::vector<GrowingColumn> children_{};
};

}  // namespace mr::data
