// The rows of a dataset that the task reads, batch by batch and typed, without an Arrow library (millrace_rows.h has the contract).
//
//   int64_t sum = 0;
//   for (const auto& batch : mr::rows(attempt, "raw.orders", {.columns = {"id", "total"}})) {
//     const auto ids = batch.column<int64_t>("id");
//     for (int64_t row = 0; row < batch.size(); ++row) sum += ids[row].value_or(0);
//   }
//
// column<T>: int64_t (integers of any width), double (floating point), bool, std::string_view (VARCHAR, BLOB; lives as long as the batch),
// std::string (the same, and DECIMAL as text: "12.30"), mr::Date (DATE), mr::Timestamp (TIMESTAMP, UTC, microseconds). NULL: nullopt.
// A batch is gone when the next one is asked for. Batch::array() and RowReader::take() give the C structs to a real Arrow library.
//
// Errors are thrown at the first that comes, as mr::Failure: those of millrace_rows.h with their codes; E4075 (a host without rows); E5049 (no
// such column in the batch, or T does not fit its type). mr::Cancelled when the attempt is to stop. One thread.
#pragma once
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace_plugin.hpp"
#include "millrace_rows.h"

namespace mr {

using Date = std::chrono::sys_days;
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

struct RowOptions {
  std::vector<std::string> columns{};  // in this order; empty: all
  int64_t batch_rows = 16384;          // at most
};

namespace columnar {

inline bool is_valid(const ArrowArray& array, int64_t at) {
  const auto* bits = array.n_buffers > 0 && array.null_count != 0 ? static_cast<const uint8_t*>(array.buffers[0]) : nullptr;
  return bits == nullptr || ((bits[at / 8] >> (at % 8)) & 1) != 0;
}

template <class V>
V value(const ArrowArray& array, int64_t at, int64_t part = 0, int64_t parts = 1) {
  V found{};
  std::memcpy(&found, static_cast<const char*>(array.buffers[1]) + (at * parts + part) * static_cast<int64_t>(sizeof(V)), sizeof(V));
  return found;
}

inline std::string_view bytes(const ArrowArray& array, int64_t at) {
  const auto begin = value<int32_t>(array, at), end = value<int32_t>(array, at + 1);
  return end == begin ? std::string_view() : std::string_view(static_cast<const char*>(array.buffers[2]) + begin, static_cast<size_t>(end - begin));
}

inline int64_t integer(const ArrowArray& array, char letter, int64_t at) {
  switch (letter) {
    case 'c': return value<int8_t>(array, at);
    case 'C': return value<uint8_t>(array, at);
    case 's': return value<int16_t>(array, at);
    case 'S': return value<uint16_t>(array, at);
    case 'i': return value<int32_t>(array, at);
    case 'I': return value<uint32_t>(array, at);
    case 'L':
      if (value<uint64_t>(array, at) > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) throw Failure("data", "E5049", "a value is larger than an int64_t holds");
      return value<int64_t>(array, at);
    default: return value<int64_t>(array, at);
  }
}

// "-12.30" of the 128 bits -1230 with a scale of 2.
inline std::string decimal(const ArrowArray& array, int64_t at, size_t scale) {
  uint64_t low = value<uint64_t>(array, at, 0, 2), high = value<uint64_t>(array, at, 1, 2);
  const bool negative = (high >> 63) != 0;
  if (negative) {
    low = ~low + 1;
    high = ~high + (low == 0 ? 1 : 0);
  }
  std::string digits;  // the last first
  while (high != 0 || low != 0 || digits.size() <= scale) {
    uint64_t rest = 0;
    uint32_t parts[4]{static_cast<uint32_t>(high >> 32), static_cast<uint32_t>(high), static_cast<uint32_t>(low >> 32), static_cast<uint32_t>(low)};
    for (auto& part : parts) {
      const uint64_t now = (rest << 32) | part;
      part = static_cast<uint32_t>(now / 10);
      rest = now % 10;
    }
    high = (static_cast<uint64_t>(parts[0]) << 32) | parts[1];
    low = (static_cast<uint64_t>(parts[2]) << 32) | parts[3];
    if (scale > 0 && digits.size() == scale) {
      digits += '.';
      scale = 0;
    }
    digits += static_cast<char>('0' + rest);
  }
  if (negative) digits += '-';
  return {digits.rbegin(), digits.rend()};
}

template <class T>
constexpr bool fits(std::string_view format) {
  const bool text = format == "u" || format == "z";
  if constexpr (std::is_same_v<T, int64_t>) return format.size() == 1 && std::string_view("cCsSiIlL").find(format[0]) != std::string_view::npos;
  else if constexpr (std::is_same_v<T, double>) return format == "f" || format == "g";
  else if constexpr (std::is_same_v<T, bool>) return format == "b";
  else if constexpr (std::is_same_v<T, std::string_view>) return text;
  else if constexpr (std::is_same_v<T, std::string>) return text || (format.starts_with("d:") && (format.find(',') == format.rfind(',') || format.ends_with(",128")));
  else if constexpr (std::is_same_v<T, Date>) return format == "tdD";
  else if constexpr (std::is_same_v<T, Timestamp>) return format.starts_with("ts") && format.size() > 2 && std::string_view("smun").find(format[2]) != std::string_view::npos;
  else static_assert(!std::is_same_v<T, T>, "a column is read as int64_t, double, bool, std::string_view, std::string, mr::Date or mr::Timestamp");
}

}  // namespace columnar

// One column of one batch; a view.
template <class T>
class Column {
 public:
  Column(const ArrowArray& array, std::string_view format, int64_t offset) : array_(&array), format_(format), offset_(offset) {
    if (format.starts_with("d:")) scale_ = static_cast<size_t>(std::atoi(format.data() + format.find(',') + 1));
  }

  std::optional<T> operator[](int64_t row) const {
    const int64_t at = array_->offset + offset_ + row;
    if (format_ == "n" || !columnar::is_valid(*array_, at)) return std::nullopt;
    return read(at);
  }

 private:
  T read(int64_t at) const {
    if constexpr (std::is_same_v<T, int64_t>) return columnar::integer(*array_, format_[0], at);
    else if constexpr (std::is_same_v<T, double>) return format_ == "f" ? static_cast<double>(columnar::value<float>(*array_, at)) : columnar::value<double>(*array_, at);
    else if constexpr (std::is_same_v<T, bool>) return ((static_cast<const uint8_t*>(array_->buffers[1])[at / 8] >> (at % 8)) & 1) != 0;
    else if constexpr (std::is_same_v<T, std::string_view>) return columnar::bytes(*array_, at);
    else if constexpr (std::is_same_v<T, std::string>) return format_[0] == 'd' ? columnar::decimal(*array_, at, scale_) : std::string(columnar::bytes(*array_, at));
    else if constexpr (std::is_same_v<T, Date>) return Date(std::chrono::days(columnar::value<int32_t>(*array_, at)));
    else return moment(columnar::value<int64_t>(*array_, at));
  }

  T moment(int64_t count) const {
    using namespace std::chrono;
    switch (format_[2]) {
      case 's': return T(seconds(count));
      case 'm': return T(milliseconds(count));
      case 'u': return T(microseconds(count));
      default: return T(floor<microseconds>(nanoseconds(count)));
    }
  }

  const ArrowArray* array_;
  std::string_view format_;
  int64_t offset_;  // of the batch
  size_t scale_ = 0;
};

// Some rows of a dataset. It belongs to its reader, and is gone when the next one is asked for.
class Batch {
 public:
  Batch() = default;
  ~Batch() { drop(); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  int64_t size() const { return array_.length; }

  template <class T>
  Column<T> column(std::string_view name) const {
    for (int64_t i = 0; i < schema_->n_children; ++i) {
      const auto& field = *schema_->children[i];
      if (name != field.name) continue;
      if (std::string_view(field.format) != "n" && !columnar::fits<T>(field.format)) {
        throw Failure("config", "E5049", "column '" + std::string(name) + "' has another type (Arrow's " + field.format + ")", "", "cast it where it is written, or read it as what it is");
      }
      return Column<T>(*array_.children[i], field.format, array_.offset);
    }
    throw Failure("config", "E5049", "the batch has no column '" + std::string(name) + "'", "", "name it in columns, or leave columns empty");
  }

  const ArrowArray& array() const { return array_; }
  const ArrowSchema& schema() const { return *schema_; }

 private:
  friend class RowReader;
  void drop() {
    if (array_.release != nullptr) array_.release(&array_);
    array_ = {};
  }

  ArrowArray array_{};
  const ArrowSchema* schema_ = nullptr;
};

// A stream of batches: a range that is read once.
class RowReader {
 public:
  // Takes the stream over.
  explicit RowReader(const ArrowArrayStream& stream) : stream_(stream) {
    const int reason = stream_.get_schema(&stream_, &schema_);
    if (reason == 0) return;
    const auto failure = said(reason);
    drop();
    if (!failure) throw Cancelled{};
    throw *failure;
  }
  ~RowReader() { drop(); }
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  // The next batch; nullptr at the end.
  const Batch* next() {
    batch_.drop();
    batch_.schema_ = &schema_;
    if (stream_.release == nullptr) return nullptr;
    const int reason = stream_.get_next(&stream_, &batch_.array_);
    if (reason != 0) {
      batch_.array_ = {};
      if (const auto failure = said(reason)) throw *failure;
      throw Cancelled{};
    }
    return batch_.array_.release != nullptr ? &batch_ : nullptr;
  }

  const ArrowSchema& schema() const { return schema_; }

  // What is left of the stream, for somebody who then has to release it; this reader is at its end.
  ArrowArrayStream take() { return std::exchange(stream_, ArrowArrayStream{}); }

  class Iterator {
   public:
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(RowReader& reader) : reader_(&reader), batch_(reader.next()) {}
    const Batch& operator*() const { return *batch_; }
    Iterator& operator++() {
      batch_ = reader_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return batch_ == nullptr; }

   private:
    RowReader* reader_ = nullptr;
    const Batch* batch_ = nullptr;
  };
  Iterator begin() { return Iterator(*this); }
  static std::default_sentinel_t end() { return {}; }

 private:
  // Nothing: cancelled.
  std::optional<Failure> said(int reason) {
    if (reason == ECANCELED) return std::nullopt;
    const char* text = stream_.get_last_error(&stream_);
    std::string what = text != nullptr ? text : std::strerror(reason), code;
    if (what.size() > 6 && what[0] == 'E' && what[5] == ' ') {
      code = what.substr(0, 5);
      what.erase(0, 6);
    }
    const char* kind = reason == EINVAL ? "config" : reason == EBADMSG ? "data" : reason == ENOMEM ? "resource" : "transient";
    return Failure(kind, code, what, "", "", reason == EINVAL || reason == EBADMSG);
  }

  void drop() {
    batch_.drop();
    if (schema_.release != nullptr) schema_.release(&schema_);
    if (stream_.release != nullptr) stream_.release(&stream_);
  }

  ArrowArrayStream stream_{};
  ArrowSchema schema_{};
  Batch batch_{};
};

// The rows of "zone.name", which a config field names by .reads(): as they were when the task first began.
inline RowReader rows(const Attempt& attempt, const std::string& dataset, const RowOptions& options = {}) {
  const auto* table = static_cast<const mr_rows_1*>(attempt.extension(MR_ROWS_1));
  if (table == nullptr) throw Failure("config", "E4075", "this host can't read rows of datasets", "", "install Millrace's plugins beside the program, or read the files of mr::dataset");
  Json wanted{{"batch_rows", options.batch_rows}};
  if (!options.columns.empty()) wanted["columns"] = options.columns;
  const auto json = wanted.dump();
  ArrowArrayStream stream{};
  table->open(table->self, text(dataset), text(json), &stream);  // a refusal is heard from the stream, too
  return RowReader(stream);
}

}  // namespace mr
