#include "schedule/retry.hpp"

#include <algorithm>
#include <cmath>

#include "schedule/mutant.hpp"

namespace millrace {
namespace {

bool retries(const RetryPolicy& policy, std::string_view error_class) {
  return std::find(policy.on.begin(), policy.on.end(), error_class) != policy.on.end();
}

// A conflict says nothing about the task: another commit was quicker. It spends a loss, like a worker that is gone.
Verdict judge_conflict(const RetryPolicy& policy, const TaskRun& task, const Failure& failure) {
  Verdict verdict{.failures = task.failures, .losses = task.losses + 1};
  if (MR_MUTANT(21)) ++verdict.failures;
  verdict.again = verdict.losses <= kMaxLosses;
  verdict.reason = verdict.again ? "data conflict" : "conflicts or lost workers: more than " + std::to_string(kMaxLosses);
  if (verdict.again) verdict.delay = retry_delay(policy, verdict.losses, failure.retry_after, failure.jitter);
  return verdict;
}

}  // namespace

Verdict judge(const RetryPolicy& policy, const TaskRun& task, const Failure& failure) {
  if (failure.error_class == "conflict") return judge_conflict(policy, task, failure);
  Verdict verdict{.failures = task.failures + 1, .losses = task.losses};
  const int32_t limit = policy.attempts + (MR_MUTANT(5) ? 1 : 0);
  const std::string tries = std::to_string(verdict.failures) + " of " + std::to_string(policy.attempts) + " tries used";
  if (failure.final_failure && !MR_MUTANT(35)) {
    verdict.reason = "trying again is pointless";
  } else if (!retries(policy, failure.error_class)) {
    verdict.reason = "class " + std::string(failure.error_class.empty() ? "unknown" : failure.error_class) + " is not retried";
  } else {
    verdict.again = verdict.failures < limit;
    verdict.reason = tries;
  }
  if (verdict.again) verdict.delay = retry_delay(policy, verdict.failures, failure.retry_after, failure.jitter);
  return verdict;
}

Millis retry_delay(const RetryPolicy& policy, int32_t n, Millis retry_after, double jitter) {
  const double grown = static_cast<double>(policy.delay.count()) * (MR_MUTANT(12) ? 1.0 : std::pow(policy.backoff, n - 1));
  // Compared as doubles: the power overflows an integer long before it overflows a double.
  const auto limit = static_cast<double>(std::max(policy.max_delay, Millis{0}).count());
  const double capped = std::clamp(grown, 0.0, MR_MUTANT(37) ? limit * 2 : limit);
  const double drawn = policy.jitter == Jitter::full && !MR_MUTANT(36) ? capped * std::clamp(jitter, 0.0, 1.0) : capped;
  const Millis delay{static_cast<Millis::rep>(std::llround(drawn))};
  return MR_MUTANT(14) ? delay : std::max(delay, retry_after);
}

}  // namespace millrace
