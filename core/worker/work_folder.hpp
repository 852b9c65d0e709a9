// The folder that an attempt works in; empty at its begin, gone with its owner.
//
// One thread per object. Errors: E3013.
#pragma once
#include <string>

#include "base/result.hpp"

namespace millrace {

class WorkFolder {
 public:
  static Result<WorkFolder> make(std::string path);
  WorkFolder() = default;
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~WorkFolder();

  const std::string& path() const { return path_; }
  // Takes away what an attempt left in it. False: it is no empty folder of ours any more, and another one is needed.
  bool clear() const;
  // Another attempt, another name: libraries remember files by their paths, also from one attempt to the next. False: as for clear().
  bool rename(std::string path);

 private:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}
  std::string path_{};
};

}  // namespace millrace
