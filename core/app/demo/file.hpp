// A text file written in order, plain or gzip (without name and time, so that equal contents are equal bytes). It appears under its
// name only when it is whole.
//
// One thread. Errors are kept and told by close().
#pragma once
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::demo {

class TextFile {
 public:
  explicit TextFile(std::string path);  // gzip when the name ends in .gz; makes the folder
  ~TextFile();
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  void put(std::string_view text);
  Status close();  // must be called; without it nothing appears under the name

 private:
  struct Gzip;
  void flush(bool last);
  void write(std::string_view bytes);

  std::string path_;
  std::string buffer_{};
  std::FILE* file_ = nullptr;
  std::unique_ptr<Gzip> gzip_{};
  bool failed_ = false;
};

}  // namespace millrace::demo
