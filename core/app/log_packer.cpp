#include "app/log_packer.hpp"

#include <deque>

namespace millrace {
namespace {

using Steady = std::chrono::steady_clock;
constexpr Millis kLook{500}, kLastWords{5'000};

}  // namespace

void LogPacker::run(const std::stop_token& stop) {
  std::deque<std::pair<Steady::time_point, std::string>> over;  // since when
  int64_t seen = feed_.last();
  while (!stop.stop_requested()) {
    for (auto& change : feed_.after(seen, kLook, ends_run).changes) over.emplace_back(Steady::now(), std::move(change.run));
    for (; !over.empty() && Steady::now() - over.front().first > kLastWords && !stop.stop_requested(); over.pop_front()) logs_.compress(over.front().second);
  }
}

}  // namespace millrace
