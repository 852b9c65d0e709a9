// What changed, for those who watch: the page's live updates and the streams of the gRPC API.
//
// Any thread. Keeps the last kKept changes; a reader that fell behind is told by a gap in the numbers and reads afresh.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
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

class Feed {
 public:
  static constexpr size_t kKept = 10'000;

  void publish(std::vector<Change> changes);  // numbers are given here
  // Changes after `number`, at once when there are some, else after at most `wait`; empty when there are none or on close().
  std::vector<Change> after(int64_t number, Millis wait);
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
