#include "app/file_watch.hpp"

#include <glob.h>
#include <sys/stat.h>

#include <chrono>

namespace millrace {
namespace {

std::string mark_of(const struct stat& info) {
  return std::to_string(info.st_size) + ":" + std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
}

bool is_there(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

}  // namespace

FileWatch::~FileWatch() {
  thread_.request_stop();
  changed_.notify_all();
}

void FileWatch::watch(const std::vector<Dag>& dags) {
  {
    const std::lock_guard hold(mutex_);
    watched_.clear();
    for (const auto& dag : dags) {
      for (const auto& trigger : dag.triggers) {
        if (trigger.kind == TriggerKind::file) watched_.push_back({dag.name, trigger});
      }
    }
    if (watched_.empty() || thread_.joinable()) return;
  }
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void FileWatch::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::vector<Watched> watched;
    {
      std::unique_lock hold(mutex_);
      watched = watched_;
    }
    for (const auto& one : watched) {
      auto finished = look(one);
      // A first look can't tell what is finished: what it would call nothing would be new at the second.
      if (!looked_.insert(one.dag + "\n" + one.trigger.name).second) engine_.files_seen(one.dag, one.trigger.name, std::move(finished));
    }
    std::unique_lock hold(mutex_);
    changed_.wait_for(hold, stop, every_, [] { return false; });
  }
}

std::vector<FileSeen> FileWatch::look(const Watched& watched) {
  std::vector<FileSeen> finished;
  glob_t found{};
  const bool any = ::glob(watched.trigger.pattern.c_str(), 0, nullptr, &found) == 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  for (size_t i = 0; any && i < found.gl_pathc; ++i) {
    const std::string path = found.gl_pathv[i];
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const auto& marker = watched.trigger.marker;
    if (!marker.empty() && path.ends_with("." + marker)) continue;
    const std::string mark = mark_of(info);
    auto& before = before_[path];
    const bool rests = before == mark && now - std::chrono::seconds(info.st_mtim.tv_sec) >= watched.trigger.settle;
    before = mark;
    if (marker.empty() ? rests : is_there(path + "." + marker)) finished.push_back({path, mark});
  }
  ::globfree(&found);
  return finished;
}

}  // namespace millrace
