#include "worker/stop_signal.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/invariant.hpp"

namespace millrace {

static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may not wait for a lock");

StopSignal::StopSignal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { MR_INVARIANT(fd_ >= 0, "no eventfd for the stop signal"); }
StopSignal::~StopSignal() { ::close(fd_); }

void StopSignal::request() noexcept {
  const int kept = errno;
  requests_.fetch_add(1);
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
  errno = kept;
}

void StopSignal::quiet() noexcept {
  uint64_t count = 0;
  [[maybe_unused]] const auto seen = ::read(fd_, &count, sizeof count);
}

}  // namespace millrace
