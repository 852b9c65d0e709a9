// One attempt process: started in its own session with a clean environment and one descriptor, watched, killed as a group. Or a thread of
// this process that speaks the same over the same kind of socket, and nothing else: it can't be killed, and its output is ours.
//
// One thread per object. The destructor kills and reaps. Errors: E3008 (not started).
#pragma once
#include <poll.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "worker/control_group.hpp"
#include "worker/pipe_end.hpp"

namespace millrace {

inline constexpr int kChildSocket = 3;  // the socket's descriptor in the child

struct SpawnPlan {
  std::string program{};
  std::vector<std::string> arguments{};    // after the program's name
  std::vector<std::string> environment{};  // NAME=value
  std::string folder{};
  int most_processes = 0;  // it and all that it starts, threads too, where the system can bound that; 0: not bounded
};

struct ResourceUse {
  double cpu_seconds = 0;
  int64_t peak_memory = 0, read_bytes = 0, written_bytes = 0;
};

struct Exit {
  int code = 0, signal = 0;
  ResourceUse use{};  // of the process and those it waited for
};

class ChildProcess {
 public:
  static Result<std::unique_ptr<ChildProcess>> spawn(const SpawnPlan& plan);
  static Result<std::unique_ptr<ChildProcess>> in_thread();  // ends by itself when this object is gone and no operator runs in it
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool is_thread() const { return is_thread_; }
  pid_t pid() const;
  void watch(std::vector<pollfd>& list) const;  // appends what to poll for
  FrameSocket& socket() { return socket_; }
  LineReader& out() { return out_; }
  LineReader& err() { return err_; }
  const std::optional<Exit>& poll_exit();  // reaps when it has ended
  void kill_group() const;                 // it, its process group and, where there are such, its control group; nothing to a thread
  // From now on it, and each process that it starts, may have so much memory of its own beside what it has now; 0: no limit.
  // Not of a thread.
  void limit_memory(int64_t bytes);
  const ControlGroup& group() const { return group_; }

 private:
  ChildProcess() = default;
  pid_t pid_ = -1;
  ControlGroup group_{};
  Fd pidfd_{};
  FrameSocket socket_{};
  LineReader out_{}, err_{};
  std::optional<Exit> exit_{};
  bool limited_ = false, is_thread_ = false;
};

// Makes orphans of attempts children of this process, so that they can be found and ended.
Status adopt_orphans();
// Kills and reaps what ended attempts left: children of this process in sessions that neither are ours nor of a living attempt.
// True: some are dying still; ask again soon.
bool end_orphans();

}  // namespace millrace
