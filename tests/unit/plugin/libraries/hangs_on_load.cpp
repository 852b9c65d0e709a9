// A library that never comes back from being opened.
#include <unistd.h>

namespace {
const int never = [] {
  for (;;) ::pause();
  return 0;
}();
}
