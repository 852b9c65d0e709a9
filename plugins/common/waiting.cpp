#include "common/waiting.hpp"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mr::waiting {

using Clock = std::chrono::steady_clock;

Seconds duration(const std::string& text, const std::string& field) {
  double number = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const std::string unit(end, text.data() + text.size());
  const double factor = unit == "ms" ? 0.001 : unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : -1;
  const bool good = failed == std::errc() && std::isfinite(number) && number >= 0 && factor > 0 && number * factor < 366.0 * 86400;
  if (!good) throw Failure("config", "E4044", field + " is no duration", "config." + field, "write 5s, 1m, 2h");
  return Seconds(number * factor);
}

void pause(const Attempt& attempt, Seconds length) {
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(length);
  for (attempt.stop_if_cancelled(); Clock::now() < end; attempt.stop_if_cancelled()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    ::poll(nullptr, 0, static_cast<int>(std::clamp<int64_t>(left, 0, 100)));
  }
}

}  // namespace mr::waiting
