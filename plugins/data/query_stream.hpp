// A running SELECT whose rows come chunk by chunk, as Arrow arrays.
//
// One thread; its session has to outlive it, and runs nothing else meanwhile. It holds no more rows than a chunk and DuckDB's streaming buffer.
// Throws SqlError, or Cancelled when the session is interrupted.
#pragma once
#include <memory>
#include <string>

#include "data/session.hpp"
#include "sdk/millrace_rows.h"

namespace mr::data {

class QueryStream {
 public:
  QueryStream(const Session& session, const std::string& select);
  ~QueryStream();
  QueryStream(QueryStream&&) noexcept;
  QueryStream& operator=(QueryStream&&) noexcept;

  void schema(ArrowSchema& out);  // the caller releases it
  bool next(ArrowArray& out);     // and this; false: there are no more

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// An Arrow struct that is released with the value.
template <class T>
struct Owned {
  T value{};
  Owned() = default;
  ~Owned() { drop(); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  void drop() {
    if (value.release != nullptr) value.release(&value);
    value.release = nullptr;
  }
};

}  // namespace mr::data
