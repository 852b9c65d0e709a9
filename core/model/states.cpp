#include "model/states.hpp"

#include <array>

#include "base/invariant.hpp"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 7> kRunNames{"queued", "running", "paused", "cancelling", "succeeded", "failed", "cancelled"};
constexpr std::array<std::string_view, 12> kTaskNames{"waiting", "ready", "leased", "running", "asleep", "backoff",
                                                      "succeeded", "failed", "timed_out", "skipped", "upstream_failed", "cancelled"};
constexpr std::array<std::string_view, 8> kAttemptNames{"leased", "running", "succeeded", "failed", "cancelled", "timed_out", "lost", "rejected"};

constexpr std::array<std::string_view, 8> kWaitNames{"", "time", "approval", "callback", "run", "items", "poll", "judge"};

constexpr std::array<std::string_view, 6> kLimitNames{"", "attempt", "queue", "total", "heartbeat", "patience"};

constexpr std::array<std::string_view, 4> kLateNames{"", "predicted", "recovered", "missed"};

template <class State, size_t N>
std::string_view name_of(const std::array<std::string_view, N>& names, State state) {
  const auto at = static_cast<size_t>(state) - 1;
  MR_INVARIANT(at < N, "a state outside its list");
  return names[at];
}

template <class State, size_t N>
std::optional<State> state_of(const std::array<std::string_view, N>& names, std::string_view name) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<State>(i + 1);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(RunState state) { return name_of(kRunNames, state); }
std::string_view name(TaskState state) { return name_of(kTaskNames, state); }
std::string_view name(AttemptState state) { return name_of(kAttemptNames, state); }
std::string_view name(Wait wait) { return kWaitNames[static_cast<size_t>(wait)]; }

std::string_view name(Lateness lateness) { return name_of(kLateNames, lateness); }
std::optional<Lateness> lateness_from(std::string_view name) { return state_of<Lateness>(kLateNames, name); }
std::string_view name(Limit limit) { return kLimitNames[static_cast<size_t>(limit)]; }

std::optional<Limit> limit_from(std::string_view name) {
  for (size_t i = 0; i < kLimitNames.size(); ++i) {
    if (kLimitNames[i] == name) return static_cast<Limit>(i);
  }
  return std::nullopt;
}

std::optional<Wait> wait_from(std::string_view name) {
  for (size_t i = 0; i < kWaitNames.size(); ++i) {
    if (kWaitNames[i] == name) return static_cast<Wait>(i);
  }
  return std::nullopt;
}

std::optional<RunState> run_state_from(std::string_view name) { return state_of<RunState>(kRunNames, name); }
std::optional<TaskState> task_state_from(std::string_view name) { return state_of<TaskState>(kTaskNames, name); }
std::optional<AttemptState> attempt_state_from(std::string_view name) { return state_of<AttemptState>(kAttemptNames, name); }

}  // namespace millrace
