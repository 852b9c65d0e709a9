// Our ends of what leads to a child: a descriptor that closes itself, frames and lines read without waiting.
//
// One thread. Nothing here blocks: a child that stops in the middle of a frame holds up nobody else.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace millrace {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { close(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

// What one read gave; `ended`: nothing more will come.
struct Chunk {
  std::string bytes{};
  bool ended = false;
};
Chunk read_some(int fd, size_t most);

class FrameSocket {
 public:
  FrameSocket() = default;
  explicit FrameSocket(Fd fd) : fd_(std::move(fd)) {}
  int fd() const { return fd_.get(); }
  bool wants_to_write() const { return fd_.open() && !out_.empty(); }
  void send(std::string_view frame);
  void flush();
  void no_more();                                // after what waits, the child reads the end of file
  Result<std::vector<std::string>> read();       // E3012: no frame that we understand
  bool ended() const { return ended_; }

 private:
  Fd fd_{};
  std::string in_{}, out_{};
  bool ended_ = false, closing_ = false;
};

class LineReader {
 public:
  LineReader() = default;
  explicit LineReader(Fd fd) : fd_(std::move(fd)) {}
  int fd() const { return fd_.get(); }
  std::vector<std::string> read();  // whole lines; a line longer than 64 KiB comes in parts
  std::vector<std::string> rest();  // reads what is there, and gives a last line without its end too

 private:
  std::vector<std::string> lines();
  Fd fd_{};
  std::string in_{};
};

}  // namespace millrace
