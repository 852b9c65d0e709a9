// A value that can only be reached through its lock. Hold it for a few lines; never call out while holding it.
#pragma once
#include <mutex>
#include <utility>

namespace millrace {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  template <class F>
  auto with(F use) {
    const std::lock_guard hold(mutex_);
    return use(value_);
  }

  template <class F>
  auto with(F use) const {
    const std::lock_guard hold(mutex_);
    return use(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace millrace
