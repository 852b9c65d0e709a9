// Does a failed attempt get another try, and when? Pure; any thread; never fails. Semantics: dag-yaml.md, "Retry, in detail".
#pragma once
#include <string>
#include <string_view>

#include "model/dag.hpp"
#include "model/run.hpp"

namespace millrace {

// Losses (workers gone, data conflicts) are spent apart from the retry policy; more than this many end the task.
inline constexpr int32_t kMaxLosses = 10;

struct Failure {
  std::string_view error_class{};  // "transient", or with a detail: "transient/exit_75"
  bool final_failure = false;
  Millis retry_after{};
  double jitter = 1;
};

struct Verdict {
  bool again = false;
  Millis delay{};        // when again
  int32_t failures = 0;  // of the task run from now on, as the following
  uint64_t spent = 0;
  int32_t losses = 0;
  std::string reason{};
};

Verdict judge(const RetryPolicy& policy, const TaskRun& task, const Failure& failure);

// Tries that the rule has counted.
constexpr int32_t spent_of(uint64_t spent, size_t rule) { return static_cast<int32_t>(spent >> (16 * rule) & 0xFFFF); }

// Before retry number n (from 1): min(delay * backoff^(n-1), max_delay), times the jitter when the rule has one, but never
// sooner than the other side asked for.
Millis retry_delay(const RetryRule& rule, int32_t n, Millis retry_after, double jitter);

}  // namespace millrace
