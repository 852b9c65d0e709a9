#include "tls/private_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/text.hpp"

namespace millrace::tls {
namespace {

Error refused(const std::string& path, const std::string& what, const std::string& hint = "check the path, its owner and its permissions") {
  return {.code = "E3101", .what = what, .where = path, .hint = hint};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file) == 0;
}

}  // namespace

Status make_private_folder(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(folder).parent_path(), failed);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return refused(folder, "can't make the folder: " + std::string(std::strerror(errno)));
  if (::chmod(folder.c_str(), 0700) != 0) return refused(folder, "can't close the folder to others: " + std::string(std::strerror(errno)));
  return {};
}

Status write_private(const std::string& path, std::string_view text) {
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());  // left by a crash, perhaps with another mode
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = file >= 0 && write_all(file, text);
  if (file >= 0) ::close(file);
  if (written && ::rename(beside.c_str(), path.c_str()) == 0) return {};
  return refused(path, "can't write the file: " + std::string(std::strerror(errno)));
}

Result<std::string> read_private(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return refused(path, "can't read the file: " + std::string(std::strerror(errno)));
  if ((info.st_mode & 077) != 0) return refused(path, "others may read the file, so it is not used", "chmod 600 it; and make a new one if somebody may have read it");
  auto text = read_text(path);
  if (!text) return refused(path, "can't read the file");
  return text;
}

Result<FileLock> FileLock::take(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) {
    while (::flock(file, LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      ::close(file);
      return refused(path, "can't lock the file: " + std::string(std::strerror(errno)));
    }
    return FileLock(file);
  }
  return refused(path, "can't open the file: " + std::string(std::strerror(errno)));
}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace millrace::tls
