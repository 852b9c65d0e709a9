#include "engine/feed.hpp"

namespace millrace {

void Feed::publish(std::vector<Change> changes) {
  if (changes.empty()) return;
  {
    const std::lock_guard hold(mutex_);
    for (auto& change : changes) {
      change.number = ++last_;
      kept_.push_back(std::move(change));
    }
    while (kept_.size() > kKept) kept_.pop_front();
  }
  changed_.notify_all();
}

std::vector<Change> Feed::after(int64_t number, Millis wait) {
  std::unique_lock hold(mutex_);
  changed_.wait_for(hold, wait, [&] { return closed_ || last_ > number; });
  std::vector<Change> found;
  const int64_t oldest = last_ - static_cast<int64_t>(kept_.size());
  for (int64_t at = std::max(number, oldest) + 1; at <= last_; ++at) {
    found.push_back(kept_[static_cast<size_t>(at - oldest - 1)]);
  }
  return found;
}

int64_t Feed::last() const {
  const std::lock_guard hold(mutex_);
  return last_;
}

void Feed::close() {
  {
    const std::lock_guard hold(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace millrace
