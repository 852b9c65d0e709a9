// The leases that this worker holds, and until when it may believe in them by its own clock.
//
// Any thread. A lease counts from the moment its Renew was sent, once the server answered it: never too long.
// Also keeps the order that RenewAck proves: what was sent before a Renew has arrived when that Renew is answered.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "model/ids.hpp"
#include "worker.pb.h"

namespace millrace {

using SteadyTime = std::chrono::steady_clock::time_point;

LeaseNumber key(const worker::v1::LeaseNumber& number);
void fill(worker::v1::LeaseNumber& message, LeaseNumber number);
std::string text(LeaseNumber number);  // "12.3.1": run, task, attempt

class LeaseBook {
 public:
  void set_length(Millis length);
  void take(LeaseNumber number, SteadyTime now);
  void drop(LeaseNumber number);
  std::vector<LeaseNumber> held() const;
  bool empty() const;
  std::vector<LeaseNumber> ended(SteadyTime now) const;
  SteadyTime first_end(SteadyTime otherwise) const;
  void answered(int64_t sequence);

  // Both call `send` under the lock that orders renewals and what they prove.
  template <class F>
  void renew(SteadyTime now, F send) {
    const std::lock_guard hold(mutex_);
    send(next_renewal(now));
  }
  template <class F>
  auto before_next_renewal(F send) {
    const std::lock_guard hold(mutex_);
    return send(sequence_ + 1);
  }

 private:
  worker::v1::FromWorker next_renewal(SteadyTime now);

  struct Sent {
    SteadyTime at{};
    std::vector<LeaseNumber> numbers{};
  };

  mutable std::mutex mutex_{};
  std::map<LeaseNumber, SteadyTime> ends_{};
  std::map<int64_t, Sent> sent_{};  // not answered yet
  int64_t sequence_ = 0;
  Millis length_{15'000};
};

}  // namespace millrace
