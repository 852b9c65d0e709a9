#include "app/fingerprint.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <functional>
#include <memory>
#include <string_view>

namespace millrace {
namespace {

struct Close {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

uint64_t mix(uint64_t seed, uint64_t value) {
  uint64_t mixed = (seed ^ value) * 0x9E3779B97F4A7C15U;
  mixed ^= mixed >> 32;
  return mixed * 0xD6E8FEB86659FD93U;
}

uint64_t mix(uint64_t seed, std::string_view text) { return mix(seed, std::hash<std::string_view>{}(text)); }

uint64_t of_file(int folder, const char* name, uint64_t above) {
  struct stat facts {};
  if (::fstatat(folder, name, &facts, 0) != 0) return 0;
  uint64_t print = mix(mix(above, name), static_cast<uint64_t>(facts.st_size));
  print = mix(print, static_cast<uint64_t>(facts.st_mtim.tv_sec));
  return mix(print, static_cast<uint64_t>(facts.st_mtim.tv_nsec));
}

bool is_yaml(std::string_view name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

// A sum, since a folder is listed in no order that one could rely on. By handle: looking up a whole path for each file costs more.
uint64_t of_folder(int parent, const char* name, uint64_t above) {
  const int handle = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, Close> folder(handle < 0 ? nullptr : ::fdopendir(handle));
  if (!folder) return 0;
  const uint64_t here = mix(above, name);
  uint64_t sum = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view entry_name = entry->d_name;
    if (entry_name == "." || entry_name == "..") continue;
    bool is_folder = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat facts {};
      is_folder = ::fstatat(handle, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode);
    }
    if (is_folder) sum += of_folder(handle, entry->d_name, here);
    else if (is_yaml(entry_name)) sum += of_file(handle, entry->d_name, here);
  }
  return sum;
}

}  // namespace

uint64_t fingerprint(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return 0;
  return S_ISDIR(facts.st_mode) ? of_folder(AT_FDCWD, path.c_str(), 1) : of_file(AT_FDCWD, path.c_str(), 1);
}

}  // namespace millrace
