#include "common/draft.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mr::files {
namespace {

namespace fs = std::filesystem;

int open_for(const std::string& place, const std::string& name) {
  std::error_code failed;
  fs::create_directories(fs::path(place).parent_path(), failed);
  const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) refuse("write the file", place, errno);
  return fd;
}

}  // namespace

void refuse(const std::string& act, const std::string& path, int reason) {
  const bool again = reason == ENOSPC || reason == EIO || reason == EAGAIN || reason == EMFILE || reason == ENFILE || reason == EBUSY || reason == EDQUOT;
  throw Failure(again ? "resource" : "data", reason == ENOENT ? "E4040" : "E4041", "can't " + act + ": " + std::strerror(reason), path,
                reason == ENOENT ? "paths are relative to the Dag's folder" : "check permissions and free space", !again);
}

File::~File() {
  if (fd >= 0) ::close(fd);
}

Draft::Draft(const std::string& place) : place_(place), name_(place + ".millrace-" + std::to_string(::getpid())), file_(open_for(place, name_)) {}

Draft::~Draft() {
  if (!kept_) ::unlink(name_.c_str());
}

void Draft::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(file_.fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse("write the file", place_, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void Draft::keep(mode_t mode) {
  if (::fchmod(file_.fd, mode & 0777) != 0 || ::fsync(file_.fd) != 0) refuse("write the file", place_, errno);
  if (::rename(name_.c_str(), place_.c_str()) != 0) refuse("put the file in its place", place_, errno);
  kept_ = true;
  const File folder(::open(fs::path(place_).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd >= 0) ::fsync(folder.fd);
}

std::string absolute(const Attempt& attempt, const std::string& path) { return fs::absolute(attempt.path(path)).lexically_normal().string(); }

struct stat plain_file(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) refuse("read the file", path, errno);
  if (!S_ISREG(info.st_mode)) throw Failure("config", "E4042", "not a plain file", path, "name one file; folders and devices are not handled");
  return info;
}

void check_place(const std::string& to, bool overwrite) {
  struct stat info {};
  if (::stat(to.c_str(), &info) != 0) return;
  if (!S_ISREG(info.st_mode)) throw Failure("config", "E4042", "not a plain file", to, "name the new file, not its folder");
  if (!overwrite) throw Failure("data", "E4043", "the file is there already", to, "set `overwrite: true` to replace it");
}

}  // namespace mr::files
