#include "worker/child/meter.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "worker/child/proc.hpp"

namespace millrace {
namespace {

rusage use_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return usage;
}

int open_for(Metered what, const char* path, int flags) { return what == Metered::process ? ::open(path, flags | O_CLOEXEC) : -1; }

using Buffer = std::array<char, 8192>;

std::string_view read_again(int fd, Buffer& into) {
  const auto got = ::pread(fd, into.data(), into.size() - 1, 0);
  into[got > 0 ? static_cast<size_t>(got) : 0] = '\0';
  return {into.data(), got > 0 ? static_cast<size_t>(got) : 0};
}

}  // namespace

Meter::Meter(Metered what)
    : what_(what), status_(open_for(what, "/proc/self/status", O_RDONLY)), io_(open_for(what, "/proc/self/io", O_RDONLY)), clear_(open_for(what, "/proc/self/clear_refs", O_WRONLY)) {}

Meter::~Meter() {
  for (const int fd : {status_, io_, clear_}) {
    if (fd >= 0) ::close(fd);
  }
}

attempt::v1::Usage Meter::take() {
  attempt::v1::Usage usage;
  if (what_ == Metered::thread) {
    const auto own = use_of(RUSAGE_THREAD);
    count(cpu_seconds(own), int64_t{own.ru_inblock} * 512, int64_t{own.ru_oublock} * 512, usage);
    return usage;
  }
  Buffer buffer{};
  const double cpu = cpu_seconds(use_of(RUSAGE_SELF)) + cpu_seconds(use_of(RUSAGE_CHILDREN));
  usage.set_peak_memory_bytes(number_after(read_again(status_, buffer), "VmHWM:") * 1024);
  const auto io = read_again(io_, buffer);
  count(cpu, number_after(io, "read_bytes:"), number_after(io, "write_bytes:"), usage);
  [[maybe_unused]] const auto reset = ::pwrite(clear_, "5", 1, 0);  // the peak counts from now on
  return usage;
}

// What there is in all by now, less what there was before.
void Meter::count(double cpu_seconds, int64_t read, int64_t written, attempt::v1::Usage& usage) {
  usage.set_cpu_seconds(cpu_seconds - cpu_seconds_);
  usage.set_read_bytes(read - read_);
  usage.set_written_bytes(written - written_);
  cpu_seconds_ = cpu_seconds;
  read_ = read;
  written_ = written;
}

}  // namespace millrace
