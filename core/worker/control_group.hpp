// The kernel's group of one attempt process and all that it starts: a bound for what they take together, and a kill that none escapes.
//
// cgroup v2 where it is mounted (processes, memory, cpu; the kill needs Linux 5.14), and beside it the pids controller of v1 where that is
// still the one in charge. Only below the group that the worker itself is in, and only if the worker may write there; otherwise an object
// of this class does nothing, and limits are those of the process (child_process.hpp).
// One thread per object. Errors: none; what can't be had is done without.
// Source of the semantics: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/pids.rst.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

class ControlGroup {
 public:
  ControlGroup() = default;  // none
  // Made, and the process moved into it; what it starts from now on is in it, too. `most_processes`: threads count.
  static ControlGroup around(pid_t pid, int most_processes);
  ControlGroup(ControlGroup&& other) noexcept;
  ControlGroup& operator=(ControlGroup&& other) noexcept;
  ~ControlGroup();  // removed, as soon as all in it have ended

  bool can_kill() const;
  bool bounds_processes() const { return bounded_; }
  void kill() const;
  void limit(int64_t memory_bytes, double cores) const;  // zero: no limit

 private:
  std::vector<std::string> folders_{};
  bool bounded_ = false;
};

}  // namespace millrace
