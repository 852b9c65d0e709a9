// How a worker is told to leave: the first request drains it, a second one makes it give up what runs.
//
// request() is safe in a signal handler and from any thread.
#pragma once
#include <atomic>

namespace millrace {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void request() noexcept;
  int requests() const noexcept { return requests_.load(); }
  int fd() const noexcept { return fd_; }  // readable after a request, until quieted
  void quiet() noexcept;

 private:
  int fd_;
  std::atomic<int> requests_{0};
};

}  // namespace millrace
