#include "engine/feed.hpp"

#include "model/states.hpp"

namespace millrace {

bool ends_run(const Change& change) {
  const auto state = change.task.empty() ? run_state_from(change.state) : std::nullopt;
  return state && is_final(*state);
}

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

News Feed::after(int64_t& seen, Millis wait, const std::function<bool(const Change&)>& wanted) {
  News news;
  std::unique_lock hold(mutex_);
  changed_.wait_for(hold, wait, [&] {
    const int64_t oldest = last_ - static_cast<int64_t>(kept_.size());
    news.missed = seen < oldest;
    for (int64_t at = std::max(seen, oldest) + 1; at <= last_; ++at) {
      const Change& change = kept_[static_cast<size_t>(at - oldest - 1)];
      if (wanted(change)) news.changes.push_back(change);
    }
    seen = last_;
    return news.missed || !news.changes.empty() || closed_;
  });
  return news;
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
