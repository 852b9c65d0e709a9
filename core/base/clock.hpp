// Time as the product sees it: UTC, in milliseconds. Nothing below the composition root reads a wall clock by itself.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace {

using Millis = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Millis>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;  // any thread
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
};

// Turned by tests and simulations.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(TimePoint start = {}) : now_(start) {}
  TimePoint now() const override { return now_; }
  void advance(Millis by) { now_ += by; }
  void set(TimePoint to) { now_ = to; }

 private:
  TimePoint now_;
};

// "2026-11-01T05:30:00.123Z"; the milliseconds are left out when they are zero.
std::string to_iso(TimePoint time);
// Accepts a date ("2026-11-01", midnight UTC) or a date-time with Z or an offset.
Result<TimePoint> from_iso(std::string_view text);
// "20261101T053000Z": sorts by time and is safe in file names.
std::string to_compact(TimePoint time);
// "90s", "15m", "2h", "1d", "250ms"; the form that users write in YAML.
std::string to_text(Millis duration);
Result<Millis> duration_from_text(std::string_view text);

}  // namespace millrace
