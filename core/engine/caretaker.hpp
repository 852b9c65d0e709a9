// What becomes of data files that no snapshot needs: looking for them and deleting them takes too long for the engine's thread.
//
// Called by the engine's thread; returns at once. The answer is called exactly once, on any thread. Errors: E5014.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millrace {

struct Removed {
  int64_t files = 0, bytes = 0;  // of those that were there
};

class Caretaker {
 public:
  using Found = std::function<void(Result<std::vector<std::string>>)>;
  using Done = std::function<void(Result<Removed>)>;
  virtual ~Caretaker() = default;
  // Data files below the data root, last written before `until`, which the catalog as it is doesn't know: at most so many, relative to it.
  virtual void find_orphans(TimePoint until, int limit, Found answer) = 0;
  // What is gone already is no error.
  virtual void remove(std::vector<std::string> paths, Done answer) = 0;
};

}  // namespace millrace
