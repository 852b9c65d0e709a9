// Files and folders that nobody else may read: keys, certificates, what is known of tokens.
//
// Any thread. A file is whole or as before; a file that others may read is refused. Errors: E3101.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::tls {

Status make_private_folder(const std::string& folder);  // 700, also when it was there
Status write_private(const std::string& path, std::string_view text);  // 600
Result<std::string> read_private(const std::string& path);

// Held by one holder at a time, over threads and processes; ends with its owner.
class FileLock {
 public:
  static Result<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace millrace::tls
