#include "app/process.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "base/text.hpp"

extern char** environ;

namespace millrace {

Result<LocalProcess> LocalProcess::start(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // a Ctrl-C at the terminal reaches us, and we tell them
  int pid = -1;
  const int failed = posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return LocalProcess(pid);
  return Error{.code = "E9002", .what = "can't start " + quote(command.front()) + ": " + std::strerror(failed), .where = {}, .hint = "is the installation whole?"};
}

LocalProcess::LocalProcess(LocalProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

LocalProcess& LocalProcess::operator=(LocalProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

LocalProcess::~LocalProcess() { kill(); }

bool LocalProcess::running() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void LocalProcess::terminate() {
  if (running()) ::kill(pid_, SIGTERM);
}

bool LocalProcess::wait(Millis at_most) {
  if (!running()) return true;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (handle >= 0) {
    pollfd watched{.fd = handle, .events = POLLIN, .revents = 0};
    ::poll(&watched, 1, static_cast<int>(at_most.count()));
    ::close(handle);
  }
  return !running();
}

void LocalProcess::kill() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace millrace
