// What the kernel tells of processes in /proc. Any thread; what can't be read is empty or 0.
#pragma once
#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

std::string read_proc(pid_t pid, std::string_view file);  // "status", "task/12/children"

// The number behind a line's label, in a file of lines such as "VmHWM:   123 kB".
int64_t number_after(std::string_view text, std::string_view label);

double cpu_seconds(const rusage& usage);  // user's and system's

}  // namespace millrace
