// What changed, for those who watch: the page's live updates and the streams of the gRPC API.
//
// Any thread. Keeps the last kKept changes; a reader that fell behind is told, and reads afresh.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace millrace {

struct Change {
  int64_t number{};     // counts up by one, from 1 at the server's start
  std::string run{};    // key
  std::string dag{};
  std::string task{};   // empty: the run itself changed
  std::string state{};
  int attempt{};
  TimePoint time{};
  std::string late{};   // of a run: what was found out about its deadline (name(Lateness)); its state is as it was
};

bool ends_run(const Change& change);

struct News {
  std::vector<Change> changes{};
  bool missed = false;  // some are not kept any more
};

class Feed {
 public:
  static constexpr size_t kKept = 10'000;

  void publish(std::vector<Change> changes);  // numbers are given here
  // The wanted ones after `seen`, at once when there are some, else after at most `wait`; none by then, or on close(). Moves `seen` on.
  News after(int64_t& seen, Millis wait, const std::function<bool(const Change&)>& wanted);
  int64_t last() const;
  void close();                               // wakes every reader for good

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Change> kept_;
  int64_t last_ = 0;
  bool closed_ = false;
};

}  // namespace millrace
