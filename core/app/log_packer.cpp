#include "app/log_packer.hpp"

#include <deque>

#include "model/states.hpp"

namespace millrace {
namespace {

using Steady = std::chrono::steady_clock;
constexpr Millis kLook{500}, kLastWords{5'000};

}  // namespace

void LogPacker::run(const std::stop_token& stop) {
  std::deque<std::pair<Steady::time_point, std::string>> over;  // since when
  int64_t seen = feed_.last();
  while (!stop.stop_requested()) {
    for (const auto& change : feed_.after(seen, kLook)) {
      seen = change.number;
      const auto state = change.task.empty() ? run_state_from(change.state) : std::nullopt;
      if (state && is_final(*state)) over.emplace_back(Steady::now(), change.run);
    }
    for (; !over.empty() && Steady::now() - over.front().first > kLastWords && !stop.stop_requested(); over.pop_front()) logs_.compress(over.front().second);
  }
}

}  // namespace millrace
