// How far a worker's clock is from ours, by what its messages say, and its times as our clock would have told them.
//
// Pure; one thread. A message takes time on its way and only ever seems to come from a slower clock for it, so of the last few the
// fastest is nearest to the truth. What is less than kClockTolerance is no difference: times are left as they came.
#pragma once
#include <cstdint>
#include <deque>

#include "base/clock.hpp"

namespace millrace::dispatch {

inline constexpr Millis kClockTolerance{5'000};

class WorkerClock {
 public:
  void said(int64_t theirs_ms, int64_t ours_ms);  // since 1970; theirs 0: not said
  Millis ahead() const { return ahead_; }         // negative: behind
  int64_t ours(int64_t theirs_ms) const;          // 0 stays 0

 private:
  std::deque<int64_t> last_{};
  Millis ahead_{};
};

}  // namespace millrace::dispatch
