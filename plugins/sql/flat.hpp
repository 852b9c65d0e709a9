// Builds one FlatBuffer: as much of the format as Arrow's metadata needs.
//
// A value; one thread. What an object refers to is built before it; `at` is a place that the builder gave. Source: FlatBuffers' documentation,
// "Internals" (tables with a vtable, vectors, strings, all little-endian and aligned to their size).
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace mr::sql {

static_assert(std::endian::native == std::endian::little);

class Flat {
 public:
  using At = uint32_t;  // bytes from the end of the buffer

  At text(std::string_view text) {
    align(text.size() + 1, 4);
    push('\0');
    bytes(text.data(), text.size());
    return number(static_cast<uint32_t>(text.size()));
  }

  At list(const std::vector<At>& items) {
    align(items.size() * 4, 4);
    for (size_t i = items.size(); i-- > 0;) refer(items[i]);
    return number(static_cast<uint32_t>(items.size()));
  }

  // Of structs that hold 64-bit integers, `width` of them each.
  At structs(const std::vector<int64_t>& values, size_t width) {
    align(values.size() * 8, 4);
    align(values.size() * 8, 8);
    for (size_t i = values.size(); i-- > 0;) number(values[i]);
    return number(static_cast<uint32_t>(values.size() / width));
  }

  // A table is begun, gets its fields by their number in the schema, and is ended; none is begun within another.
  void begin() {
    start_ = size();
    fields_.clear();
  }
  template <class T>
  void field(size_t slot, T value) {
    align(sizeof value, sizeof value);
    place(slot, number(value));
  }
  void reference(size_t slot, At at) {
    align(4, 4);
    refer(at);
    place(slot, size());
  }
  At end() {
    align(4, 4);
    const At table = number(int32_t{0});
    align(2 * (fields_.size() + 2), 2);
    for (size_t slot = fields_.size(); slot-- > 0;) number(static_cast<uint16_t>(fields_[slot] == 0 ? 0 : table - fields_[slot]));
    number(static_cast<uint16_t>(table - start_));
    const At vtable = number(static_cast<uint16_t>(2 * (fields_.size() + 2)));
    const auto back = static_cast<int32_t>(vtable - table);
    for (size_t i = 0; i < 4; ++i) reversed_[table - 1 - i] = static_cast<char>(static_cast<uint32_t>(back) >> (8 * i));
    return table;
  }

  // The whole buffer; its size is a multiple of 8.
  std::string finish(At root) && {
    align(4, 8);
    refer(root);
    std::reverse(reversed_.begin(), reversed_.end());
    return std::move(reversed_);
  }

 private:
  At size() const { return static_cast<At>(reversed_.size()); }
  void push(char byte) { reversed_ += byte; }
  void bytes(const char* from, size_t count) {
    while (count > 0) push(from[--count]);
  }
  template <class T>
  At number(T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes(raw, sizeof value);
    return size();
  }
  void refer(At at) { number(static_cast<uint32_t>(size() + 4 - at)); }
  // So that what is aligned after `coming` more bytes will lie on a multiple of `to`.
  void align(size_t coming, size_t to) {
    while ((reversed_.size() + coming) % to != 0) push('\0');
  }
  void place(size_t slot, At at) {
    if (fields_.size() <= slot) fields_.resize(slot + 1);
    fields_[slot] = at;
  }

  std::string reversed_{};
  std::vector<At> fields_{};
  At start_ = 0;
};

}  // namespace mr::sql
