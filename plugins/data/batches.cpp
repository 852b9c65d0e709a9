#include "data/batches.hpp"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sdk/millrace_plugin.hpp"

namespace mr::data {
namespace {

size_t bytes_for_bits(int64_t bits) { return static_cast<size_t>((bits + 7) / 8); }
bool bit(const uint8_t* bits, int64_t at) { return ((bits[at / 8] >> (at % 8)) & 1) != 0; }

// Appends bits; whole bytes at once where both sides begin at one.
void append_bits(std::vector<uint8_t>& to, int64_t length, const uint8_t* from, int64_t first, int64_t count) {
  to.resize(bytes_for_bits(length + count));
  if (length % 8 == 0 && first % 8 == 0) {
    std::memcpy(to.data() + length / 8, from + first / 8, bytes_for_bits(count));
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(length + i);
    const auto mask = static_cast<uint8_t>(1U << (at % 8));
    to[at / 8] = static_cast<uint8_t>(bit(from, first + i) ? to[at / 8] | mask : to[at / 8] & ~mask);
  }
}

void append_ones(std::vector<uint8_t>& to, int64_t length, int64_t count) {
  to.resize(bytes_for_bits(length + count));
  for (int64_t at = length; at < length + count; ++at) to[static_cast<size_t>(at) / 8] |= static_cast<uint8_t>(1U << (at % 8));
}

// Bytes of one value of a type with values of fixed width; 0: it is none.
int64_t width_of(std::string_view format) {
  constexpr std::pair<std::string_view, int64_t> kBegins[]{{"tdD", 4}, {"tdm", 8}, {"tts", 4}, {"ttm", 4}, {"ttu", 8}, {"ttn", 8}, {"ts", 8}, {"tD", 8}, {"tiM", 4}, {"tiD", 8}, {"tin", 16}};
  constexpr std::pair<char, int64_t> kLetters[]{{'c', 1}, {'C', 1}, {'s', 2}, {'S', 2}, {'e', 2}, {'i', 4}, {'I', 4}, {'f', 4}, {'l', 8}, {'L', 8}, {'g', 8}};
  for (const auto& [begin, width] : kBegins) {
    if (format.starts_with(begin)) return width;
  }
  for (const auto& [letter, width] : kLetters) {
    if (format == std::string_view(&letter, 1)) return width;
  }
  if (format.starts_with("w:")) return std::atoll(format.data() + 2);
  if (!format.starts_with("d:")) return 0;
  const auto bits = format.find(',', format.find(',') + 1);  // d:18,2 has 128; d:18,2,64 says how many
  return bits == std::string_view::npos ? 16 : std::atoll(format.data() + bits + 1) / 8;
}

// What an array that was given away points to.
struct Kept {
  std::vector<uint8_t> validity{}, data{};
  std::vector<int32_t> offsets{};
  std::vector<const void*> buffers{};
  std::vector<ArrowArray> children{};
  std::vector<ArrowArray*> pointers{};
};

void release_array(ArrowArray* array) {
  const std::unique_ptr<Kept> kept(static_cast<Kept*>(array->private_data));
  for (auto* child : kept->pointers) {
    if (child->release != nullptr) child->release(child);  // one that was moved out is another's
  }
  array->release = nullptr;
}

}  // namespace

GrowingColumn::GrowingColumn(const ArrowSchema& schema) {
  read_format(schema);
  for (int64_t i = 0; i < schema.n_children; ++i) children_.emplace_back(*schema.children[i]);
  start_again();
}

void GrowingColumn::read_format(const ArrowSchema& schema) {
  const std::string_view format = schema.format;
  width_ = width_of(format);
  if (schema.dictionary == nullptr) {
    if (width_ > 0) layout_ = Layout::fixed;
    else if (format == "n") layout_ = Layout::null;
    else if (format == "b") layout_ = Layout::bits;
    else if (format == "u" || format == "z") layout_ = Layout::text;
    else if (format == "+l" || format == "+m") layout_ = Layout::list;
    else if (format == "+s") layout_ = Layout::structure;
    else if (format.starts_with("+w:")) {
      layout_ = Layout::fixed_list;
      width_ = std::atoll(format.data() + 3);
    }
  }
  if (layout_ == Layout{}) {
    throw Failure("data", "E5048", "column '" + std::string(schema.name != nullptr ? schema.name : "") + "' has a type that no batch can hold (Arrow's " + std::string(format) + ")", "", "leave it out by columns, or cast it to VARCHAR where it is written");
  }
}

void GrowingColumn::start_again() {
  rows_ = nulls_ = 0;
  validity_ = {};
  data_ = {};
  offsets_ = {};
  if (layout_ == Layout::text || layout_ == Layout::list) offsets_.push_back(0);
}

void GrowingColumn::append_validity(const ArrowArray& from, int64_t first, int64_t count) {
  const auto* bits = from.null_count == 0 ? nullptr : static_cast<const uint8_t*>(from.buffers[0]);
  if (bits == nullptr && nulls_ == 0) return;
  if (nulls_ == 0) append_ones(validity_, 0, rows_);
  if (bits == nullptr) {
    append_ones(validity_, rows_, count);
    return;
  }
  append_bits(validity_, rows_, bits, first, count);
  int64_t nulls = 0;
  for (int64_t i = 0; i < count; ++i) nulls += bit(bits, first + i) ? 0 : 1;
  nulls_ += nulls;
  if (nulls_ == 0) validity_.clear();
}

void GrowingColumn::append_offsets(const ArrowArray& from, int64_t first, int64_t count, int64_t& begin, int64_t& end) {
  const auto* offsets = static_cast<const int32_t*>(from.buffers[1]) + first;
  begin = offsets[0];
  end = offsets[count];
  const int64_t shift = offsets_.back() - begin;
  if (end + shift > std::numeric_limits<int32_t>::max()) throw Failure("data", "E5048", "a few rows hold more than 2 GiB of text", "", "read fewer columns");
  for (int64_t i = 1; i <= count; ++i) offsets_.push_back(static_cast<int32_t>(offsets[i] + shift));
}

void GrowingColumn::append(const ArrowArray& from, int64_t first, int64_t count) {
  if (count == 0) return;
  const int64_t at = from.offset + first;
  if (layout_ != Layout::null) append_validity(from, at, count);
  const auto* values = from.n_buffers > 1 ? static_cast<const uint8_t*>(from.buffers[from.n_buffers - 1]) : nullptr;
  const auto add = [&](int64_t begin, int64_t end) {
    if (end > begin) data_.insert(data_.end(), values + begin, values + end);
  };
  int64_t begin = 0, end = 0;
  switch (layout_) {
    case Layout::null: nulls_ += count; break;
    case Layout::bits: append_bits(data_, rows_, values, at, count); break;
    case Layout::fixed: add(at * width_, (at + count) * width_); break;
    case Layout::text:
      append_offsets(from, at, count, begin, end);
      add(begin, end);
      break;
    case Layout::list:
      append_offsets(from, at, count, begin, end);
      children_[0].append(*from.children[0], begin, end - begin);
      break;
    case Layout::structure:
      for (size_t i = 0; i < children_.size(); ++i) children_[i].append(*from.children[i], at, count);
      break;
    case Layout::fixed_list: children_[0].append(*from.children[0], at * width_, count * width_); break;
  }
  rows_ += count;
}

int64_t GrowingColumn::bytes() const {
  auto sum = static_cast<int64_t>(validity_.size() + data_.size() + offsets_.size() * sizeof(int32_t));
  for (const auto& child : children_) sum += child.bytes();
  return sum;
}

void GrowingColumn::give(ArrowArray& out) {
  auto kept = std::make_unique<Kept>();
  kept->validity = std::move(validity_);
  kept->data = std::move(data_);
  kept->offsets = std::move(offsets_);
  if (layout_ != Layout::null) kept->buffers.push_back(nulls_ > 0 ? kept->validity.data() : nullptr);
  if (layout_ == Layout::text || layout_ == Layout::list) kept->buffers.push_back(kept->offsets.data());
  if (layout_ == Layout::bits || layout_ == Layout::fixed || layout_ == Layout::text) kept->buffers.push_back(kept->data.data());
  kept->children.resize(children_.size());
  for (size_t i = 0; i < children_.size(); ++i) {
    children_[i].give(kept->children[i]);
    kept->pointers.push_back(&kept->children[i]);
  }
  out = {.length = rows_, .null_count = nulls_, .offset = 0, .n_buffers = static_cast<int64_t>(kept->buffers.size()), .n_children = static_cast<int64_t>(children_.size()),
         .buffers = kept->buffers.data(), .children = kept->pointers.data(), .dictionary = nullptr, .release = &release_array, .private_data = nullptr};
  out.private_data = kept.release();
  start_again();
}

}  // namespace mr::data
