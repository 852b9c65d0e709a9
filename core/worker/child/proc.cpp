#include "worker/child/proc.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace millrace {

std::string read_proc(pid_t pid, std::string_view file) {
  std::string text;
  const int in = ::open(("/proc/" + std::to_string(pid) + "/" + std::string(file)).c_str(), O_RDONLY | O_CLOEXEC);
  if (in < 0) return text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(in, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  ::close(in);
  return text;
}

int64_t number_after(std::string_view text, std::string_view label) {
  for (size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(label)) return std::strtoll(text.data() + at + label.size(), nullptr, 10);
    const auto end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return 0;
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace millrace
