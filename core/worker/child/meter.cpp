#include "worker/child/meter.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace millrace {
namespace {

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

double cpu_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

using Buffer = std::array<char, 8192>;

std::string_view read_again(int fd, Buffer& into) {
  const auto got = ::pread(fd, into.data(), into.size() - 1, 0);
  into[got > 0 ? static_cast<size_t>(got) : 0] = '\0';
  return {into.data(), got > 0 ? static_cast<size_t>(got) : 0};
}

// Of a file of lines such as "VmHWM:   123 kB"; `label` begins with the end of the line before.
int64_t number_after(std::string_view text, std::string_view label) {
  const auto at = text.find(label);
  return at == std::string_view::npos ? 0 : std::strtoll(text.data() + at + label.size(), nullptr, 10);
}

}  // namespace

Meter::Meter()
    : status_(::open("/proc/self/status", O_RDONLY | O_CLOEXEC)), io_(::open("/proc/self/io", O_RDONLY | O_CLOEXEC)), clear_(::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)) {}

Meter::~Meter() {
  for (const int fd : {status_, io_, clear_}) {
    if (fd >= 0) ::close(fd);
  }
}

attempt::v1::Usage Meter::take() {
  attempt::v1::Usage usage;
  Buffer buffer{};
  const double cpu = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
  usage.set_cpu_seconds(cpu - cpu_seconds_);
  usage.set_peak_memory_bytes(number_after(read_again(status_, buffer), "\nVmHWM:") * 1024);
  const auto io = read_again(io_, buffer);
  const int64_t read = number_after(io, "\nread_bytes:"), written = number_after(io, "\nwrite_bytes:");
  usage.set_read_bytes(read - read_);
  usage.set_written_bytes(written - written_);
  cpu_seconds_ = cpu;
  read_ = read;
  written_ = written;
  [[maybe_unused]] const auto reset = ::pwrite(clear_, "5", 1, 0);  // the peak counts from now on
  return usage;
}

}  // namespace millrace
