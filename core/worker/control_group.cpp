#include "worker/control_group.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/guarded.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kPrefix = "millrace-";
constexpr int kPeriod = 100'000;  // microseconds, of cpu.max

// One write: the kernel takes or refuses it whole.
bool put(const std::string& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return done;
}

bool has_word(const std::string& file, const std::string& word) {
  std::ifstream in(file);
  for (std::string one; in >> one;) {
    if (one == word) return true;
  }
  return false;
}

bool names(const std::string& list, const std::string& one) { return ("," + list + ",").find("," + one + ",") != std::string::npos; }

// The group that this process is in, of the hierarchy with that controller ("": v2), as a folder; empty: not mounted here.
std::string own_group(const std::string& controller) {
  std::string path, place;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // 8:pids:/path
    const auto parts = split(line, ':');
    if (parts.size() >= 3 && (controller.empty() ? parts[0] == "0" : names(parts[1], controller))) path = line.substr(parts[0].size() + parts[1].size() + 2);
  }
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {  // 32 28 0:29 /root /place options - type source more
    std::istringstream words(line);
    std::string skip, root, at, word, type, source, more;
    words >> skip >> skip >> skip >> root >> at;
    while (words >> word && word != "-") {}
    words >> type >> source >> more;
    const bool fits = controller.empty() ? type == "cgroup2" : type == "cgroup" && names(more, controller);
    // In a container the mount's root is the container's group, and paths of processes begin there or above it.
    if (fits && place.empty()) place = at + (path.starts_with(root) && root != "/" ? path.substr(root.size()) : path);
  }
  std::error_code none;
  return !path.empty() && !place.empty() && fs::is_directory(place, none) ? place : "";
}

// Controllers are handed down only by a group that has no processes of its own: ours steps aside into a leaf, if that helps.
void hand_down(const std::string& group) {
  std::string wanted;
  for (const char* one : {"pids", "memory", "cpu"}) {
    if (has_word(group + "/cgroup.controllers", one) && !has_word(group + "/cgroup.subtree_control", one)) wanted += std::string(wanted.empty() ? "+" : " +") + one;
  }
  if (wanted.empty() || put(group + "/cgroup.subtree_control", wanted) || errno != EBUSY) return;
  const auto leaf = group + "/" + std::string(kPrefix) + "worker-" + std::to_string(::getpid()), self = std::to_string(::getpid());
  if (::mkdir(leaf.c_str(), 0755) != 0 || !put(leaf + "/cgroup.procs", self) || put(group + "/cgroup.subtree_control", wanted)) return;
  put(group + "/cgroup.procs", self);  // others are in there, too: as it was
  ::rmdir(leaf.c_str());
}

// What workers that were killed have left; groups of living ones stay, also empty ones: they are just being filled.
void remove_leftovers(const std::string& group) {
  std::error_code gone;
  for (fs::directory_iterator at(group, gone), end; !gone && at != end; at.increment(gone)) {
    const auto name = at->path().filename().string();
    const auto parts = split(name, '-');  // millrace-<pid>-<number>, millrace-worker-<pid>
    if (!name.starts_with(kPrefix) || parts.size() != 3) continue;
    const auto pid = static_cast<pid_t>(std::strtol(parts[parts[1] == "worker" ? 2 : 1].c_str(), nullptr, 10));
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) ::rmdir(at->path().c_str());
  }
}

struct Place {
  std::string v2{}, pids_v1{};
  std::atomic<int64_t> count = 0;
  Guarded<std::vector<std::string>> full{};  // could not be removed yet

  void remove_empty() {
    full.with([](auto& folders) { std::erase_if(folders, [](const std::string& folder) { return ::rmdir(folder.c_str()) == 0 || errno == ENOENT; }); });
  }

  ~Place() { remove_empty(); }
  Place() : v2(own_group("")), pids_v1(own_group("pids")) {
    if (!v2.empty()) hand_down(v2);
    for (const auto* group : {&v2, &pids_v1}) {
      if (!group->empty()) remove_leftovers(*group);
    }
  }
};

Place& place() {
  static Place found;
  return found;
}

}  // namespace

ControlGroup ControlGroup::around(pid_t pid, int most_processes) {
  ControlGroup made;
  const auto name = "/" + std::string(kPrefix) + std::to_string(::getpid()) + "-" + std::to_string(++place().count);
  for (const auto* group : {&place().v2, &place().pids_v1}) {
    const auto folder = *group + name;
    if (group->empty() || (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)) continue;
    const bool bounded = put(folder + "/pids.max", std::to_string(most_processes));
    if (!put(folder + "/cgroup.procs", std::to_string(pid))) {
      ::rmdir(folder.c_str());
      continue;
    }
    made.folders_.push_back(folder);
    made.bounded_ = made.bounded_ || bounded;
  }
  return made;
}

ControlGroup::ControlGroup(ControlGroup&& other) noexcept : folders_(std::exchange(other.folders_, {})), bounded_(other.bounded_) {}

ControlGroup& ControlGroup::operator=(ControlGroup&& other) noexcept {
  std::swap(folders_, other.folders_);
  std::swap(bounded_, other.bounded_);
  return *this;
}

// A killed process is in its group until the kernel has taken it down: what is not empty now is tried again with the next one.
ControlGroup::~ControlGroup() {
  if (folders_.empty()) return;
  place().full.with([&](auto& full) { full.insert(full.end(), folders_.begin(), folders_.end()); });
  place().remove_empty();
}

bool ControlGroup::can_kill() const {
  std::error_code none;
  return !folders_.empty() && fs::exists(folders_.front() + "/cgroup.kill", none);
}

void ControlGroup::kill() const {
  for (const auto& folder : folders_) put(folder + "/cgroup.kill", "1");
}

void ControlGroup::limit(int64_t memory_bytes, double cores) const {
  for (const auto& folder : folders_) {
    put(folder + "/memory.max", memory_bytes > 0 ? std::to_string(memory_bytes) : "max");
    put(folder + "/cpu.max", (cores > 0 ? std::to_string(static_cast<int64_t>(cores * kPeriod)) : "max") + " " + std::to_string(kPeriod));
  }
}

}  // namespace millrace
