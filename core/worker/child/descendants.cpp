#include "worker/child/descendants.hpp"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "worker/child/proc.hpp"

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kFreeze = std::chrono::milliseconds(15);  // for all to stand still; then they are killed as they are

void add_numbers(const std::string& text, std::vector<pid_t>& into) {
  const char* at = text.c_str();
  for (char* end = nullptr; *at != '\0'; at = end) {
    const long number = std::strtol(at, &end, 10);
    if (end == at) return;
    into.push_back(static_cast<pid_t>(number));
  }
}

// Children belong to the thread that started them, and orphans to any.
std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> found;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task/";
  DIR* folder = ::opendir(tasks.c_str());
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') add_numbers(read_proc(pid, "task/" + std::string(entry->d_name) + "/children"), found);
  }
  ::closedir(folder);
  return found;
}

struct Seen {
  char state = 0;
  pid_t parent = 0;  // 0: it is gone
};

Seen look_at(pid_t pid) {
  const auto text = read_proc(pid, "stat");
  Seen seen;
  const auto name_end = text.rfind(')');  // the name may hold blanks and brackets
  if (name_end == std::string::npos || std::sscanf(text.c_str() + name_end + 1, " %c %d", &seen.state, &seen.parent) != 2) return {};
  return seen;
}

// Holds a process number: as long as it is open, a signal through it reaches that process or nobody.
class Handle {
 public:
  explicit Handle(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool open() const { return fd_ >= 0; }
  void send(int signal) const { ::syscall(SYS_pidfd_send_signal, fd_, signal, nullptr, 0); }

 private:
  int fd_;
};

class Round {
 public:
  explicit Round(const Spared& spared) : spared_(spared) {}

  bool run() {
    const auto end = Clock::now() + kFreeze;
    do {
      living_ = moving_ = 0;
      all(SIGSTOP);
      if (moving_ > 0) ::sched_yield();
    } while (moving_ > 0 && Clock::now() < end);
    if (living_ > 0) all(SIGKILL);
    return living_ > 0 || moving_ > 0;
  }

 private:
  // Who starts its successor and leaves becomes a child of ours, and its successor the last of them: those are looked at first, and
  // with few calls. Whoever comes late here finds them gone.
  void all(int signal) {
    const auto children = children_of(self_);
    for (auto at = children.rbegin(); at != children.rend(); ++at) child(*at, signal);
  }

  // The number of a child is nobody else's until we have waited for it.
  void child(pid_t pid, int signal) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0) return;
    const bool zombie = info.si_pid == pid && info.si_code != CLD_STOPPED;
    if (spared_({.pid = pid, .session = ::getsid(pid), .zombie = zombie})) return;
    if (zombie) {
      ++moving_;
      ::waitpid(pid, nullptr, WNOHANG);
      return;
    }
    ++living_;
    if (info.si_pid != pid) ++moving_;
    for (const pid_t below : strike(pid, signal, [&] { ::kill(pid, signal); })) descendant(below, pid, signal);
  }

  void descendant(pid_t pid, pid_t parent, int signal) {
    std::vector<pid_t> children;
    {
      const Handle handle(pid);
      const Seen seen = handle.open() ? look_at(pid) : Seen{};
      const bool zombie = seen.state == 'Z' || seen.state == 'X';
      if (seen.parent != parent || zombie) {  // gone, or a child of somebody else by now
        ++moving_;
        return;
      }
      ++living_;
      if (seen.state != 'T') ++moving_;
      children = strike(pid, signal, [&] { handle.send(signal); });
    }
    for (const pid_t child : children) descendant(child, pid, signal);
  }

  // Who stands still starts nothing, so its children are looked for afterwards; whose parent has ended is found elsewhere, so before.
  template <class F>
  std::vector<pid_t> strike(pid_t pid, int signal, F send) {
    std::vector<pid_t> children;
    if (signal == SIGKILL) children = children_of(pid);
    send();
    if (signal == SIGSTOP) children = children_of(pid);
    return children;
  }

  const Spared& spared_;
  const pid_t self_ = ::getpid();
  int living_ = 0, moving_ = 0;
};

}  // namespace

bool end_descendants(const Spared& spared) { return Round(spared).run(); }

}  // namespace millrace
