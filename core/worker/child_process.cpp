#include "worker/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>
#include <thread>

#include "base/guarded.hpp"
#include "base/text.hpp"
#include "worker/child/attempt.hpp"
#include "worker/child/descendants.hpp"
#include "worker/child/proc.hpp"

namespace millrace {
namespace {

// All living attempt processes of this program, whichever worker started them: end_orphans() must spare them.
Guarded<std::set<pid_t>>& living() {
  static Guarded<std::set<pid_t>> pids;
  return pids;
}

Error not_started(std::string_view step, int reason) {
  return {.code = "E3008", .what = "can't start an attempt process: " + std::string(step) + ": " + std::strerror(reason), .where = {},
          .hint = "check the attempt program's path and the limits of processes and open files"};
}

// High numbers, so that the child's dup2 onto 0..3 never overwrites one that is still to be used.
Fd high(Fd fd) { return Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 16)); }

struct Plumbing {
  Fd ours{}, theirs{}, out_read{}, out_write{}, err_read{}, err_write{};
};

void never_wait(const Fd& end) { ::fcntl(end.get(), F_SETFL, ::fcntl(end.get(), F_GETFL) | O_NONBLOCK); }

Result<std::pair<Fd, Fd>> socket_pair() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return not_started("socketpair", errno);
  std::pair<Fd, Fd> ends{Fd(pair[0]), Fd(pair[1])};
  never_wait(ends.first);
  return ends;
}

Result<Plumbing> lay_pipes() {
  std::array<int, 2> out{}, err{};
  auto ends = socket_pair();
  if (!ends) return ends.error();
  Plumbing p;
  p.ours = std::move(ends->first);
  p.theirs = high(std::move(ends->second));
  if (::pipe2(out.data(), O_CLOEXEC) != 0) return not_started("pipe", errno);
  p.out_read = Fd(out[0]);
  p.out_write = high(Fd(out[1]));
  if (::pipe2(err.data(), O_CLOEXEC) != 0) return not_started("pipe", errno);
  p.err_read = Fd(err[0]);
  p.err_write = high(Fd(err[1]));
  if (!p.theirs.open() || !p.out_write.open() || !p.err_write.open()) return not_started("dup", errno);
  for (const auto* end : {&p.out_read, &p.err_read}) never_wait(*end);
  return p;
}

struct SpawnActions {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  SpawnActions() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

int start(const SpawnPlan& plan, const Plumbing& pipes, pid_t& pid) {
  SpawnActions actions;
  auto* files = &actions.files;
  posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(files, pipes.out_write.get(), 1);
  posix_spawn_file_actions_adddup2(files, pipes.err_write.get(), 2);
  posix_spawn_file_actions_adddup2(files, pipes.theirs.get(), kChildSocket);
  posix_spawn_file_actions_addclosefrom_np(files, kChildSocket + 1);
  if (!plan.folder.empty()) posix_spawn_file_actions_addchdir_np(files, plan.folder.c_str());
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&actions.attributes, &none);
  posix_spawnattr_setsigdefault(&actions.attributes, &all);
  // A session is a process group too; it also survives what the attempt's own children do to their groups.
  posix_spawnattr_setflags(&actions.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> environment;
  for (const auto& entry : plan.environment) environment.push_back(const_cast<char*>(entry.c_str()));
  environment.push_back(nullptr);
  std::vector<char*> arguments{const_cast<char*>(plan.program.c_str())};
  for (const auto& argument : plan.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  return ::posix_spawn(&pid, plan.program.c_str(), files, &actions.attributes, arguments.data(), environment.data());
}

// Of the processes that the user may have: however many an attempt starts, the worker and other attempts can start theirs.
void leave_room(pid_t pid) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  limit.rlim_cur -= limit.rlim_cur / 10;
  ::prlimit(pid, RLIMIT_NPROC, &limit, nullptr);
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::spawn(const SpawnPlan& plan) {
  auto pipes = lay_pipes();
  if (!pipes) return pipes.error();
  std::unique_ptr<ChildProcess> child(new ChildProcess);
  const int reason = living().with([&](auto& pids) {
    const int failed = start(plan, *pipes, child->pid_);
    if (failed != 0) child->pid_ = -1;
    else pids.insert(child->pid_);
    return failed;
  });
  if (reason != 0) return not_started(plan.program, reason);
  if (plan.most_processes > 0) child->group_ = ControlGroup::around(child->pid_, plan.most_processes);
  leave_room(child->pid_);
  child->pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child->pid_, 0)));
  if (!child->pidfd_.open()) return not_started("pidfd_open", errno);
  child->socket_ = FrameSocket(std::move(pipes->ours));
  child->out_ = LineReader(std::move(pipes->out_read));
  child->err_ = LineReader(std::move(pipes->err_read));
  return child;
}

// The thread owns all that it uses, so that it may outlive whoever started it.
Result<std::unique_ptr<ChildProcess>> ChildProcess::in_thread() {
  auto ends = socket_pair();
  if (!ends) return ends.error();
  std::unique_ptr<ChildProcess> child(new ChildProcess);
  child->is_thread_ = true;
  child->socket_ = FrameSocket(std::move(ends->first));
  try {
    std::thread([socket = std::move(ends->second)] {
      try {
        serve_attempts_in_thread(socket.get());
      } catch (const std::exception&) {  // out of memory: the socket closes without a result
      }
    }).detach();
  } catch (const std::system_error& e) {
    return not_started("thread", e.code().value());
  }
  return child;
}

pid_t ChildProcess::pid() const { return is_thread_ ? ::getpid() : pid_; }

ChildProcess::~ChildProcess() {
  if (pid_ < 0 || exit_) return;
  kill_group();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
  living().with([&](auto& pids) { pids.erase(pid_); });
}

void ChildProcess::watch(std::vector<pollfd>& list) const {
  // A closed descriptor is -1, which poll() passes over.
  list.push_back({.fd = socket_.fd(), .events = static_cast<short>(POLLIN | (socket_.wants_to_write() ? POLLOUT : 0)), .revents = 0});
  list.push_back({.fd = out_.fd(), .events = POLLIN, .revents = 0});
  list.push_back({.fd = err_.fd(), .events = POLLIN, .revents = 0});
  list.push_back({.fd = exit_ ? -1 : pidfd_.get(), .events = POLLIN, .revents = 0});
}

const std::optional<Exit>& ChildProcess::poll_exit() {
  if (exit_) return exit_;
  if (is_thread_) {
    if (socket_.ended()) exit_ = Exit{};
    return exit_;
  }
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid_) return exit_;
  // Before it is reaped, because afterwards its number may be somebody else's: who is left of its group ends with it.
  ::kill(-pid_, SIGKILL);
  group_.kill();
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, 0, &usage) != pid_) return exit_;
  Exit ended;
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  ended.use = {.cpu_seconds = cpu_seconds(usage), .peak_memory = int64_t{usage.ru_maxrss} * 1024,
               .read_bytes = int64_t{usage.ru_inblock} * 512, .written_bytes = int64_t{usage.ru_oublock} * 512};
  exit_ = ended;
  living().with([&](auto& pids) { pids.erase(pid_); });
  return exit_;
}

void ChildProcess::kill_group() const {
  if (exit_ || is_thread_) return;
  group_.kill();
  ::kill(-pid_, SIGKILL);
}

void ChildProcess::limit_memory(int64_t bytes) {
  if (is_thread_ || (bytes == 0 && !limited_)) return;
  rlimit limit{};
  if (::prlimit(pid_, RLIMIT_DATA, nullptr, &limit) != 0) return;  // it has ended
  const auto now = static_cast<rlim_t>(number_after(read_proc(pid_, "status"), "VmData:")) * 1024;
  limit.rlim_cur = bytes == 0 ? limit.rlim_max : std::min(limit.rlim_max, now + static_cast<rlim_t>(bytes));
  ::prlimit(pid_, RLIMIT_DATA, &limit, nullptr);
  limited_ = bytes != 0;
}

Status adopt_orphans() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
  return Error{.code = "E3013", .what = std::string("can't become the reaper of orphans: ") + std::strerror(errno), .where = {}, .hint = {}};
}

bool end_orphans() {
  const pid_t own_session = ::getsid(0);
  return living().with([&](const std::set<pid_t>& pids) {
    return end_descendants([&](const Relative& child) {
      return pids.contains(child.pid) || child.session == own_session || (pids.contains(child.session) && !child.zombie);
    });
  });
}

}  // namespace millrace
