// The most common of many values, in memory for as many as are asked for. Ties: the smaller value first.
//
// A value; one thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace mr::recipe {

template <class T>
struct Counted {
  T value{};
  int64_t count = 0;
};

template <class T>
class TopValues {
 public:
  explicit TopValues(size_t most) : most_(most) {}

  // Each value is added once. `Given` is compared with T and becomes one only when it is kept.
  template <class Given>
  void add(const Given& value, int64_t count) {
    if (most_ == 0) return;
    if (heap_.size() == most_) {
      const auto& last = heap_.front();
      if (count < last.count || (count == last.count && !(value < last.value))) return;
      std::pop_heap(heap_.begin(), heap_.end(), before);
      heap_.pop_back();
    }
    heap_.push_back({T(value), count});
    std::push_heap(heap_.begin(), heap_.end(), before);
  }

  std::vector<Counted<T>> sorted() && {
    std::sort(heap_.begin(), heap_.end(), before);
    return std::move(heap_);
  }

 private:
  static bool before(const Counted<T>& a, const Counted<T>& b) { return a.count != b.count ? a.count > b.count : a.value < b.value; }

  size_t most_;
  std::vector<Counted<T>> heap_{};  // its front is the one that stands last
};

}  // namespace mr::recipe
