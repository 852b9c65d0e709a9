#include "plugin/child_words.hpp"

#include <fcntl.h>
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
namespace {

constexpr size_t kMostWords = size_t{16} << 20;

// False: it stayed silent for too long, or would never stop.
bool read_all(int from, Millis silence, std::string& into) {
  char buffer[4096];
  for (;;) {
    pollfd watched{.fd = from, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(silence.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || into.size() > kMostWords) return false;
    const ssize_t n = ::read(from, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    into.append(buffer, static_cast<size_t>(n));
  }
}

// Its pipe is closed; that alone is no end.
bool has_ended(pid_t pid, Millis at_most) {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (handle < 0) return true;
  pollfd watched{.fd = handle, .events = POLLIN, .revents = 0};
  const int ready = ::poll(&watched, 1, static_cast<int>(at_most.count()));
  ::close(handle);
  return ready != 0;
}

}  // namespace

Result<ChildWords> listen_to(const std::vector<std::string>& command, Millis silence) {
  const auto failed = [&](int error) { return Error{.code = "E4001", .what = "can't start " + quote(command.front()) + ": " + std::strerror(error), .where = {}, .hint = "is the installation whole?"}; };
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // what it starts ends with it
  pid_t pid = -1;
  const int error = posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return failed(error);
  }
  ChildWords words;
  words.in_time = read_all(ends[0], silence, words.text) && has_ended(pid, silence);
  ::close(ends[0]);
  ::kill(-pid, SIGKILL);
  while (::waitpid(pid, &words.status, 0) < 0 && errno == EINTR) {
  }
  return words;
}

}  // namespace millrace
