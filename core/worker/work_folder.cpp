#include "worker/work_folder.hpp"

#include <filesystem>

namespace millrace {
namespace fs = std::filesystem;

Result<WorkFolder> WorkFolder::make(std::string path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (!problem) return WorkFolder(std::move(path));
  return Error{.code = "E3013", .what = "can't make the work folder: " + problem.message(), .where = path,
               .hint = "check free space and permissions of the worker's scratch folder"};
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;  // what can't be removed now is removed when the worker starts again
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

bool WorkFolder::clear() const {
  std::error_code problem;
  if (fs::symlink_status(path_, problem).type() != fs::file_type::directory) return false;  // an attempt may have put a link there
  fs::directory_iterator entry(path_, problem);
  while (!problem && entry != fs::directory_iterator()) {
    fs::remove_all(entry->path(), problem);
    if (!problem) entry.increment(problem);
  }
  return !problem;
}

bool WorkFolder::rename(std::string path) {
  std::error_code problem;
  fs::rename(path_, path, problem);
  if (!problem) path_ = std::move(path);
  return !problem;
}

}  // namespace millrace
