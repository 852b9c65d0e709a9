#include "dispatch/worker_clock.hpp"

#include <algorithm>

namespace millrace::dispatch {
namespace {

constexpr size_t kRemembered = 6;                       // renewals: long enough for a server that stood still to see a fresh one
constexpr int64_t kFarthest = int64_t{1} << 46;         // milliseconds, two thousand years: whatever is said, sums don't overflow

}  // namespace

void WorkerClock::said(int64_t theirs_ms, int64_t ours_ms) {
  if (theirs_ms == 0) return;
  last_.push_back(std::clamp(theirs_ms, -kFarthest, kFarthest) - ours_ms);
  if (last_.size() > kRemembered) last_.pop_front();
  const Millis most(*std::max_element(last_.begin(), last_.end()));
  ahead_ = most > kClockTolerance || most < -kClockTolerance ? most : Millis{};
}

int64_t WorkerClock::ours(int64_t theirs_ms) const {
  return theirs_ms == 0 ? 0 : std::clamp(theirs_ms, -kFarthest, kFarthest) - ahead_.count();
}

}  // namespace millrace::dispatch
