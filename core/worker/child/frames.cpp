#include "worker/child/frames.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace millrace {
namespace {

Error broken(std::string what) { return {.code = "E3012", .what = std::move(what), .where = {}, .hint = {}}; }

Status read_all(int fd, char* to, size_t size) {
  while (size > 0) {
    const auto got = ::read(fd, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return broken(std::string("can't read a frame: ") + std::strerror(errno));
    if (got == 0) return broken("the other side has left");
    to += got;
    size -= static_cast<size_t>(got);
  }
  return {};
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return broken(std::string("can't write a frame: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return {};
}

}  // namespace

Result<std::string> read_frame(int fd) {
  std::array<char, 4> head{};
  if (auto got = read_all(fd, head.data(), head.size()); !got) return got.error();
  size_t size = 0;
  for (size_t i = 0; i < head.size(); ++i) size |= size_t{static_cast<unsigned char>(head[i])} << (8 * i);
  if (size > kMostFrame) return broken("a frame of " + std::to_string(size) + " bytes is too large");
  std::string frame(size, '\0');
  if (auto got = read_all(fd, frame.data(), size); !got) return got.error();
  return frame;
}

Status write_frame(int fd, std::string_view frame) {
  if (frame.size() > kMostFrame) return broken("a frame of " + std::to_string(frame.size()) + " bytes is too large");
  std::array<char, 4> head{};
  for (size_t i = 0; i < head.size(); ++i) head[i] = static_cast<char>((frame.size() >> (8 * i)) & 0xFF);
  if (auto done = write_all(fd, {head.data(), head.size()}); !done) return done;
  return write_all(fd, frame);
}

}  // namespace millrace
