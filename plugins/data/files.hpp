// Names and durability of files below the data root. Any thread.
#pragma once
#include <filesystem>
#include <string>

namespace mr::data {

// UUID version 7 (RFC 9562): the time, then random bits. RetryError when the system gives no random bytes.
std::string uuid();

// What was written to the file or folder is on disk when this returns; `flags` are those of open(2). Failure of class resource otherwise.
void sync(const std::filesystem::path& path, int flags);

}  // namespace mr::data
