// The states of runs, task runs and attempts (architecture.md, section 4). Closed lists; zero is never a state.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

enum class RunState : uint8_t { queued = 1, running, paused, cancelling, succeeded, failed, cancelled };

enum class TaskState : uint8_t {
  waiting = 1, ready, leased, running, asleep, backoff,
  succeeded, failed, timed_out, skipped, upstream_failed, cancelled
};

enum class AttemptState : uint8_t { leased = 1, running, succeeded, failed, cancelled, timed_out, lost, rejected };

constexpr bool is_final(RunState state) { return state >= RunState::succeeded; }
constexpr bool is_final(TaskState state) { return state >= TaskState::succeeded; }
constexpr bool is_final(AttemptState state) { return state >= AttemptState::succeeded; }
constexpr bool holds_lease(TaskState state) { return state == TaskState::leased || state == TaskState::running; }

std::string_view name(RunState state);
std::string_view name(TaskState state);
std::string_view name(AttemptState state);
std::optional<RunState> run_state_from(std::string_view name);
std::optional<TaskState> task_state_from(std::string_view name);
std::optional<AttemptState> attempt_state_from(std::string_view name);

}  // namespace millrace
