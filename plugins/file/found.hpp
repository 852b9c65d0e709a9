// Files that fit a pattern, and which of them have stopped changing. Plain values; one thread.
#pragma once
#include <chrono>
#include <compare>
#include <map>
#include <string>
#include <vector>

namespace mr::files {

using Clock = std::chrono::steady_clock;

struct Found {
  std::string path{};
  int64_t size = 0, changed = 0;  // nanoseconds since 1970
  uint64_t number = 0;            // the inode: a file that replaced another is another
  auto operator<=>(const Found&) const = default;
};

// The plain files that fit a shell's pattern, by name. Throws mr::Failure when memory is short.
std::vector<Found> found(const std::string& pattern);

// Looks again and again, by a clock of its own: dates may be set back, and other machines' clocks may be wrong.
class Watch {
 public:
  void look(const std::vector<Found>& now_there, Clock::time_point now);
  size_t count() const { return seen_.size(); }
  std::vector<std::string> quiet_for(std::chrono::duration<double> length, Clock::time_point now) const;  // by name

 private:
  std::map<Found, Clock::time_point> seen_{};  // since when it has been as it is
};

}  // namespace mr::files
