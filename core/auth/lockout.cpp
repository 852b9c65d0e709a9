#include "auth/lockout.hpp"

#include <algorithm>

namespace millrace::auth {

// A clock that was put back locks nobody out until it is there again.
std::optional<Millis> Lockout::wait_of(const std::string& key, TimePoint now) const {
  const auto found = kept_.find(key);
  if (found == kept_.end()) return std::nullopt;
  const auto passed = now - found->second.last;
  return passed >= Millis{0} && passed < found->second.wait ? std::optional(found->second.wait - passed) : std::nullopt;
}

void Lockout::failed(const std::string& key, TimePoint now) {
  if (kept_.size() >= terms_.most_keys && !kept_.contains(key)) {
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
  }
  auto& kept = kept_[key];
  if (now - kept.last > terms_.memory) kept = {};
  kept.last = now;
  if (++kept.failures < terms_.free_tries) return;
  kept.wait = kept.wait == Millis{0} ? terms_.first : std::min(kept.wait * 2, terms_.longest);
}

}  // namespace millrace::auth
