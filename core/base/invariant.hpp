// Our own mistakes stop the program, in release too: a scheduler that runs the wrong task is worse than one that stops.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace millrace {

[[noreturn]] inline void broken_invariant(std::string_view what, const char* file, int line) {
  std::fprintf(stderr, "millrace: broken invariant: %.*s (%s:%d)\n", static_cast<int>(what.size()), what.data(), file, line);
  std::abort();
}

}  // namespace millrace

#define MR_INVARIANT(condition, what) \
  ((condition) ? static_cast<void>(0) : ::millrace::broken_invariant((what), __FILE__, __LINE__))
