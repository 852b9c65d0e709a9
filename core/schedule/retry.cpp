#include "schedule/retry.hpp"

#include <algorithm>
#include <cmath>

#include "schedule/mutant.hpp"

namespace millrace {
namespace {

constexpr std::string_view kExit = "/exit_";

bool fits(const RetryRule& rule, std::string_view error_class) {
  const std::string_view general = error_class.substr(0, error_class.find('/'));
  const auto named = [&](const std::string& on) { return on == error_class || on == general; };
  if (std::any_of(rule.on.begin(), rule.on.end(), named)) return true;
  const auto exit = error_class.find(kExit);
  if (exit == std::string_view::npos) return false;
  const std::string_view code = error_class.substr(exit + kExit.size());
  return std::any_of(rule.exit_codes.begin(), rule.exit_codes.end(), [&](int one) { return std::to_string(one) == code; });
}

// A conflict says nothing about the task: another commit was quicker. It spends a loss, like a worker that is gone.
Verdict judge_conflict(const RetryPolicy& policy, const TaskRun& task, const Failure& failure) {
  Verdict verdict{.failures = task.failures, .spent = task.spent, .losses = task.losses + 1};
  if (MR_MUTANT(21)) ++verdict.failures;
  verdict.again = verdict.losses <= kMaxLosses;
  verdict.reason = verdict.again ? "data conflict" : "conflicts or lost workers: more than " + std::to_string(kMaxLosses);
  if (verdict.again) verdict.delay = retry_delay(policy.front(), verdict.losses, failure.retry_after, failure.jitter);
  return verdict;
}

}  // namespace

Verdict judge(const RetryPolicy& policy, const TaskRun& task, const Failure& failure) {
  if (failure.error_class == "conflict") return judge_conflict(policy, task, failure);
  Verdict verdict{.failures = task.failures + 1, .spent = task.spent, .losses = task.losses};
  const auto rule = std::find_if(policy.begin(), policy.end(), [&](const RetryRule& one) { return fits(one, failure.error_class); });
  if (rule == policy.end()) {
    verdict.reason = "class " + std::string(failure.error_class.empty() ? "unknown" : failure.error_class) + " is not retried";
    return verdict;
  }
  const auto number = static_cast<size_t>(rule - policy.begin());
  const int32_t spent = spent_of(task.spent, number) + 1;
  verdict.spent += uint64_t{1} << (16 * number);
  if (MR_MUTANT(55) && number > 0) verdict.spent = task.spent;
  if (failure.final_failure && !MR_MUTANT(35)) {
    verdict.reason = "trying again is pointless";
    return verdict;
  }
  verdict.again = spent < rule->attempts + (MR_MUTANT(5) ? 1 : 0);
  verdict.reason = std::to_string(spent) + " of " + std::to_string(rule->attempts) + " tries used";
  if (verdict.again) verdict.delay = retry_delay(*rule, spent, failure.retry_after, failure.jitter);
  return verdict;
}

Millis retry_delay(const RetryRule& rule, int32_t n, Millis retry_after, double jitter) {
  const double grown = static_cast<double>(rule.delay.count()) * (MR_MUTANT(12) ? 1.0 : std::pow(rule.backoff, n - 1));
  // Compared as doubles: the power overflows an integer long before it overflows a double.
  const auto limit = static_cast<double>(std::max(rule.max_delay, Millis{0}).count());
  const double capped = std::clamp(grown, 0.0, MR_MUTANT(37) ? limit * 2 : limit);
  const double drawn = rule.jitter == Jitter::full && !MR_MUTANT(36) ? capped * std::clamp(jitter, 0.0, 1.0) : capped;
  const Millis delay{static_cast<Millis::rep>(std::llround(drawn))};
  return MR_MUTANT(14) ? delay : std::max(delay, retry_after);
}

}  // namespace millrace
