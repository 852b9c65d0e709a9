// A plugin whose attempts crashed so often in a row that nothing of it is started until somebody says so.
#pragma once
#include <string>

#include "base/clock.hpp"

namespace millrace {

inline constexpr int kMostCrashes = 3;  // in a row

struct Quarantine {
  std::string plugin{};
  std::string reason{};  // empty: it was released
  TimePoint since{};
};

}  // namespace millrace
