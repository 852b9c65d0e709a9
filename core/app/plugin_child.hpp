// A throw-away process that says lines, watched: it is ended when it stays silent for too long.
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millrace {

struct ChildWords {
  std::vector<std::string> lines{};  // whole ones
  std::string ended{};               // empty: with exit code 0; else how: "crashed (Segmentation fault)", "said nothing for 5s"
};

// E9002 when it can't be started.
Result<ChildWords> listen_to(const std::vector<std::string>& command, Millis silence);

}  // namespace millrace
