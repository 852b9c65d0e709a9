// Ends what a connection is doing, once the attempt is to stop or a statement's time is up.
//
// A thread of its own looks, because the attempt's thread waits for the database. Used by one thread.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "database/connection.hpp"

namespace mr::database {

class Watch {
 public:
  Watch(Connection& connection, const Attempt& attempt, std::chrono::milliseconds timeout);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Does it, and says what became of it in our words: throws mr::Cancelled when the attempt is to stop, a Problem with the class timeout
  // when its time was up.
  void during(const std::function<void()>& act);

 private:
  using Clock = std::chrono::steady_clock;
  void look();

  Connection& connection_;
  const Attempt& attempt_;
  std::chrono::milliseconds timeout_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::optional<Clock::time_point> give_up_{};  // of what runs now
  bool done_ = false, timed_out_ = false, cancelling_ = false;
  std::thread thread_;  // last member: starts last, stops first
};

}  // namespace mr::database
