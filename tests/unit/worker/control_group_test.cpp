// Groups of the kernel that this machine has: v2, the pids controller of v1, or none. What is not there is said, and then nothing is expected of it.
#include "worker/control_group.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace millrace {
namespace {

// A process that starts `children` more when it is told to, and tells how many it got.
class Parent {
 public:
  explicit Parent(int children) {
    if (::pipe(go_) != 0 || ::pipe(told_) != 0) throw std::runtime_error("no pipe");
    pid = ::fork();
    if (pid == 0) become(children);
    ::setpgid(pid, pid);  // both do, so that neither has to wait for the other
  }
  ~Parent() {
    if (pid > 0) end();
    for (const int end : {go_[0], go_[1], told_[0], told_[1]}) ::close(end);
  }

  int go() {
    int got = -1;
    EXPECT_EQ(::write(go_[1], "g", 1), 1);
    EXPECT_EQ(::read(told_[0], &got, sizeof got), static_cast<ssize_t>(sizeof got));
    return got;
  }

  int wait() {
    int status = 0;
    ::waitpid(pid, &status, 0);
    pid = -1;
    return status;
  }

  void end() {
    ::kill(-pid, SIGKILL);  // it leads a group, in which its children are
    wait();
  }

  pid_t pid = -1;

 private:
  [[noreturn]] void become(int children) {
    ::setpgid(0, 0);
    char told = 0;
    if (::read(go_[0], &told, 1) != 1) ::_exit(1);
    int got = 0;
    for (int i = 0; i < children; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        for (;;) ::pause();
      }
      got += child > 0 ? 1 : 0;
    }
    if (::write(told_[1], &got, sizeof got) < 0) ::_exit(1);
    for (;;) ::pause();
  }

  int go_[2]{}, told_[2]{};
};

std::string groups_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/cgroup");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ControlGroup, BoundsHowManyProcessesThereAre) {
  Parent parent(30);
  const auto group = ControlGroup::around(parent.pid, 10);
  if (!group.bounds_processes()) GTEST_SKIP() << "SKIPPED: no pids controller that may be written here; nothing bounds processes on this machine";
  EXPECT_NE(groups_of(parent.pid).find("/millrace-" + std::to_string(::getpid()) + "-"), std::string::npos) << groups_of(parent.pid);
  EXPECT_EQ(parent.go(), 9) << "ten with itself";
}

TEST(ControlGroup, AKillReachesAllInIt) {
  Parent parent(5);
  const auto group = ControlGroup::around(parent.pid, 100);
  if (!group.can_kill()) GTEST_SKIP() << "SKIPPED: no cgroup v2 with cgroup.kill that may be written here; attempts are found and killed one by one";
  EXPECT_EQ(parent.go(), 5);
  group.kill();
  EXPECT_EQ(WTERMSIG(parent.wait()), SIGKILL);
}

// Of all groups of this process, or the processes in them.
int groups_left(bool members = false) {
  int left = 0;
  const auto mark = "millrace-" + std::to_string(::getpid()) + "-";
  std::error_code gone;
  for (std::filesystem::recursive_directory_iterator at("/sys/fs/cgroup", std::filesystem::directory_options::skip_permission_denied, gone), end; !gone && at != end; at.increment(gone)) {
    if (!at->path().filename().string().starts_with(mark)) continue;
    std::ifstream in(at->path() / "cgroup.procs");
    left += members ? static_cast<int>(std::distance(std::istream_iterator<int>(in), {})) : 1;
  }
  return left;
}
int members_left() { return groups_left(true); }

TEST(ControlGroup, IsRemovedWhenItsProcessesHaveEnded) {
  const auto own = groups_of(::getpid());
  {
    Parent parent(3);
    const auto group = ControlGroup::around(parent.pid, 100);
    if (groups_of(parent.pid) == own) GTEST_SKIP() << "SKIPPED: no control group may be written here";
  }  // the group goes before its processes do: it stays until another one goes
  EXPECT_GT(groups_left(), 0);
  {
    Parent next(3);
    const auto group = ControlGroup::around(next.pid, 100);
    EXPECT_EQ(next.go(), 3);
    next.end();
    const auto none = ControlGroup::around(100'000'000, 100);  // no such process
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (members_left() > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  }
  EXPECT_EQ(groups_left(), 0);
  EXPECT_EQ(groups_of(::getpid()), own) << "the worker itself stays where it is";
}

TEST(ControlGroup, NoneDoesNothing) {
  const ControlGroup none;
  none.kill();
  none.limit(1, 1);
  EXPECT_FALSE(none.can_kill());
  EXPECT_FALSE(none.bounds_processes());
}

}  // namespace
}  // namespace millrace
