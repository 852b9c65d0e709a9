// The log of one attempt on its way to the server: kept until the server has it, within bounds.
//
// One thread. A line gets its index when it is first sent, so lines that were cut in the middle leave no gap.
// What was sent is dropped when a RenewAck proves its arrival, and sent again on a new stream (proto/worker.proto).
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "worker.pb.h"

namespace millrace {

class LogBuffer {
 public:
  static constexpr size_t kHalf = size_t{2} << 20;    // bytes kept of the oldest, and of the newest unsent lines
  static constexpr size_t kWindow = size_t{8} << 20;  // bytes on their way

  void add(int64_t time_ms, int level, std::string text);
  // The next lines to send; nullopt: none. `covered_by`: the sequence of the first Renew that will be sent after them.
  std::optional<worker::v1::LogLines> batch(int64_t covered_by);
  void arrived(int64_t sequence);
  void stream_lost();
  bool all_sent() const { return cursor_ == head_.size() && tail_.empty(); }
  bool all_arrived() const { return head_.empty() && tail_.empty(); }

 private:
  struct Line {
    int64_t time_ms{};
    int level{};
    std::string text{};
    int64_t covered_by{};
  };

  void refill();

  std::deque<Line> head_{};  // the first cursor_ were sent on this stream
  std::deque<Line> tail_{};  // newest, after the `cut_` lines that are gone
  size_t cursor_ = 0, head_bytes_ = 0, tail_bytes_ = 0;
  int64_t first_ = 0;        // index of head_'s first line
  int64_t cut_ = 0;
};

}  // namespace millrace
