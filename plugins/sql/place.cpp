#include "sql/place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "data/files.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::sql {
namespace {

namespace fs = std::filesystem;

constexpr size_t kUuid = 36;  // letters

Failure stuck(const std::string& what, const fs::path& where) { return {"resource", "E5055", what, where.string(), "check the folder and its permissions; nothing was changed", false}; }

}  // namespace

Place::Place(fs::path target, bool folder, bool overwrite) : target_(std::move(target)), folder_(folder) {
  std::error_code failed;
  if (!target_.has_filename()) target_ = target_.parent_path();
  draft_ = target_.parent_path() / ("." + target_.filename().string() + "." + data::uuid() + ".part");
  fs::create_directories(target_.parent_path(), failed);
  if (failed) throw stuck("the folder can't be made: " + failed.message(), target_.parent_path());
  const auto there = fs::status(target_, failed);
  if (fs::exists(there) && !overwrite) throw stuck(folder_ ? "the folder is there already" : "the file is there already", target_);
  if (fs::exists(there) && fs::is_directory(there) != folder_) throw stuck(folder_ ? "a file is where the folder is to be" : "a folder is where the file is to be", target_);
  sweep();
  make_draft();
}

void Place::make_draft() {
  std::error_code failed;
  if (folder_) fs::create_directory(draft_, failed);
  lock_ = ::open(draft_.c_str(), folder_ ? O_RDONLY | O_DIRECTORY | O_CLOEXEC : O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (lock_ < 0) throw stuck(std::string("nothing can be written there: ") + std::strerror(errno), target_.parent_path());
  ::flock(lock_, LOCK_EX | LOCK_NB);
}

void Place::sweep() const {
  std::error_code ignored;
  const std::string begin = "." + target_.filename().string() + ".", end = ".part";
  for (const auto& entry : fs::directory_iterator(target_.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(begin) || !name.ends_with(end) || name.size() != begin.size() + kUuid + end.size()) continue;
    const int other = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (other < 0) continue;
    if (::flock(other, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), ignored);
    ::close(other);
  }
}

Place::~Place() {
  if (lock_ >= 0) ::close(lock_);
  std::error_code ignored;
  fs::remove_all(draft_, ignored);  // nothing, or a draft, or the folder that was replaced
}

Written Place::keep() const {
  Written written;
  if (folder_) {
    for (const auto& entry : fs::recursive_directory_iterator(draft_)) {
      data::sync(entry.path(), entry.is_directory() ? O_RDONLY | O_DIRECTORY : O_RDONLY);
      if (entry.is_directory()) continue;
      ++written.files;
      written.bytes += static_cast<int64_t>(entry.file_size());
    }
  } else {
    written = {1, static_cast<int64_t>(fs::file_size(draft_))};
  }
  data::sync(draft_, folder_ ? O_RDONLY | O_DIRECTORY : O_RDONLY);
  const bool exchange = folder_ && fs::exists(target_);
  if (::renameat2(AT_FDCWD, draft_.c_str(), AT_FDCWD, target_.c_str(), exchange ? RENAME_EXCHANGE : 0) != 0) throw stuck(std::string("it can't get its name: ") + std::strerror(errno), target_);
  data::sync(target_.parent_path(), O_RDONLY | O_DIRECTORY);
  return written;
}

}  // namespace mr::sql
