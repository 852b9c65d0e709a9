#include "file/found.hpp"

#include <glob.h>
#include <sys/stat.h>

#include "sdk/millrace_plugin.hpp"

namespace mr::files {

std::vector<Found> found(const std::string& pattern) {
  glob_t all{};
  const int result = ::glob(pattern.c_str(), 0, nullptr, &all);
  std::vector<Found> files;
  for (size_t i = 0; result == 0 && i < all.gl_pathc; ++i) {
    struct stat info {};
    if (::stat(all.gl_pathv[i], &info) != 0 || !S_ISREG(info.st_mode)) continue;
    files.push_back({all.gl_pathv[i], info.st_size, int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec, info.st_ino});
  }
  ::globfree(&all);
  if (result == GLOB_NOSPACE) throw Failure("resource", "E4041", "memory is short", pattern, "name fewer files by the pattern", false);
  return files;
}

void Watch::look(const std::vector<Found>& now_there, Clock::time_point now) {
  std::map<Found, Clock::time_point> next;
  for (const auto& one : now_there) {
    const auto before = seen_.find(one);
    next.emplace(one, before == seen_.end() ? now : before->second);
  }
  seen_ = std::move(next);
}

std::vector<std::string> Watch::quiet_for(std::chrono::duration<double> length, Clock::time_point now) const {
  std::vector<std::string> files;
  for (const auto& [one, since] : seen_) {
    if (now - since >= length) files.push_back(one.path);
  }
  return files;
}

}  // namespace mr::files
