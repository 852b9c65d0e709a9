#include "worker/pipe_end.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.hpp"
#include "worker/child/frames.hpp"

namespace millrace {
namespace {

constexpr size_t kAtOnce = size_t{1} << 20;  // bytes per child and turn, so that a loud one does not starve the others
constexpr size_t kLongestLine = size_t{64} << 10;

size_t frame_size(std::string_view head) {
  size_t size = 0;
  for (size_t i = 0; i < 4; ++i) size |= size_t{static_cast<unsigned char>(head[i])} << (8 * i);
  return size;
}

}  // namespace

void Fd::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Chunk read_some(int fd, size_t most) {
  Chunk chunk;
  thread_local std::array<char, size_t{64} << 10> buffer;
  while (fd >= 0 && chunk.bytes.size() < most) {
    const size_t wanted = std::min(most - chunk.bytes.size(), buffer.size());
    const auto got = ::read(fd, buffer.data(), wanted);
    if (got < 0 && errno == EINTR) continue;
    chunk.ended = got == 0 || (got < 0 && errno != EAGAIN);
    if (got <= 0) break;
    chunk.bytes.append(buffer.data(), static_cast<size_t>(got));
    if (static_cast<size_t>(got) < wanted) break;  // all that was there; its end shows at the next look
  }
  return chunk;
}

void FrameSocket::send(std::string_view frame) {
  for (size_t i = 0; i < 4; ++i) out_ += static_cast<char>((frame.size() >> (8 * i)) & 0xFF);
  out_ += frame;
  flush();
}

void FrameSocket::flush() {
  size_t done = 0;
  while (fd_.open() && done < out_.size()) {
    const auto wrote = ::send(fd_.get(), out_.data() + done, out_.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) break;
    if (wrote < 0) done = out_.size();  // it left; its end tells the rest
    else done += static_cast<size_t>(wrote);
  }
  out_.erase(0, done);
  if (closing_ && out_.empty() && fd_.open()) ::shutdown(fd_.get(), SHUT_WR);
}

void FrameSocket::no_more() {
  closing_ = true;
  flush();
}

Result<std::vector<std::string>> FrameSocket::read() {
  auto chunk = read_some(fd_.get(), kAtOnce);
  in_ += chunk.bytes;
  if (chunk.ended) {
    ended_ = true;
    fd_.close();
  }
  std::vector<std::string> frames;
  size_t at = 0;
  while (in_.size() - at >= 4) {
    const size_t size = frame_size(std::string_view(in_).substr(at, 4));
    if (size > kMostFrame) {
      fd_.close();
      return Error{.code = "E3012", .what = "the attempt's process announced a frame of " + std::to_string(size) + " bytes", .where = {}, .hint = {}};
    }
    if (in_.size() - at - 4 < size) break;
    frames.push_back(in_.substr(at + 4, size));
    at += 4 + size;
  }
  in_.erase(0, at);
  return frames;
}

std::vector<std::string> LineReader::lines() {
  std::vector<std::string> found;
  size_t at = 0;
  for (;;) {
    const auto end = in_.find('\n', at);
    if (end != std::string::npos && end - at <= kLongestLine) {
      found.push_back(valid_utf8(std::string_view(in_).substr(at, end - at)));
      at = end + 1;
    } else if (in_.size() - at > kLongestLine) {
      found.push_back(valid_utf8(std::string_view(in_).substr(at, kLongestLine)));
      at += kLongestLine;
    } else {
      break;
    }
  }
  in_.erase(0, at);
  return found;
}

std::vector<std::string> LineReader::read() {
  auto chunk = read_some(fd_.get(), kAtOnce);
  in_ += chunk.bytes;
  if (chunk.ended) fd_.close();
  return lines();
}

std::vector<std::string> LineReader::rest() {
  in_ += read_some(fd_.get(), size_t{4} << 20).bytes;
  auto found = lines();
  if (!in_.empty()) found.push_back(valid_utf8(in_));
  in_.clear();
  return found;
}

}  // namespace millrace
