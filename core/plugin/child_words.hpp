// A throw-away process that says something, watched: it is ended when it stays silent for too long. Any thread.
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millrace {

struct ChildWords {
  std::string text{};    // what it wrote to its standard output
  bool in_time = true;   // false: it said nothing for so long, or would not end, and was killed
  int status = 0;        // of waitpid
};

// E4001 when it can't be started.
Result<ChildWords> listen_to(const std::vector<std::string>& command, Millis silence);

}  // namespace millrace
