// Frames of proto/attempt.proto over a socket: a 4-byte little-endian length, then one message. Blocking.
//
// One reader and one writer at a time. Errors: E3012 (the other side left, or a frame of more than 64 MiB).
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace {

inline constexpr size_t kMostFrame = size_t{64} << 20;

Result<std::string> read_frame(int fd);
Status write_frame(int fd, std::string_view frame);

}  // namespace millrace
