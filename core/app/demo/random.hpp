// Our own generator (SplitMix64): the same numbers on every machine, which the distributions of the standard library don't promise.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace millrace::demo {

constexpr uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// Draw into a variable before building a text: the operands of + may be evaluated in any order, and the bytes must not depend on it.
class Random {
 public:
  // Streams of one seed, told apart by two numbers (a source, a day), don't disturb each other.
  constexpr Random(uint64_t seed, uint64_t source, int64_t day)
      : state_(mix(mix(mix(seed) ^ source) ^ static_cast<uint64_t>(day))) {}

  constexpr uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    return mix(state_);
  }

  // 0 to n - 1. The bias of the remainder is below 2^-40 for every n used here.
  constexpr int64_t below(int64_t n) { return n <= 1 ? 0 : static_cast<int64_t>(next() % static_cast<uint64_t>(n)); }
  constexpr int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }
  constexpr bool chance(int64_t per_mille) { return below(1000) < per_mille; }
  // Small numbers come up more often than great ones, as popular products do.
  constexpr int64_t popular(int64_t n) { return below(below(n) + 1); }
  constexpr std::string_view pick(std::span<const std::string_view> list) {
    return list[static_cast<size_t>(below(static_cast<int64_t>(list.size())))];
  }

 private:
  uint64_t state_;
};

}  // namespace millrace::demo
