// A library that dies while it is opened.
#include <csignal>

namespace {
const int dead = std::raise(SIGSEGV);
}
