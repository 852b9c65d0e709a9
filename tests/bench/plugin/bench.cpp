// Operators whose work is known, so that what is measured is everything around them.
#include <chrono>

#include "sdk/millrace_plugin.hpp"

namespace {

int64_t now_us() { return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

struct Noop {
  static constexpr auto type = "bench.noop", version = "1.0.0", summary = "Does nothing.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Nothing", "config": {}}])";
  struct Config {
    bool stamp = false;
  };
  static constexpr auto config = mr::fields(mr::field("stamp", &Config::stamp, "Say when it ran, in microseconds since 1970."));

  void run(const Config& c, mr::Attempt& attempt) {
    if (c.stamp) attempt.output("at", now_us());
  }
};

int64_t fibonacci(int64_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

struct Fibonacci {
  static constexpr auto type = "bench.fibo", version = "1.0.0", summary = "A number of Fibonacci, by plain recursion.";
  static constexpr unsigned traits = MR_IDEMPOTENT;
  static constexpr auto examples = R"([{"title": "The tenth", "config": {"n": 10}}])";
  struct Config {
    int n = 10;
  };
  static constexpr auto config = mr::fields(mr::field("n", &Config::n, "Which one.").between(0, 40));

  void run(const Config& c, mr::Attempt& attempt) { attempt.output("result", fibonacci(c.n)); }
};

}  // namespace

MR_PLUGIN("bench", "1.0.0", "Apache-2.0", Noop, Fibonacci)
