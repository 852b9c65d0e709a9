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

// What a sleeping task waits for; each is ended by one kind of event. none: it does not sleep. poll: the time of the next look;
// judge: a look, or a round, is over, and it is being found out whether that is enough.
enum class Wait : uint8_t { none = 0, time, approval, callback, run, items, poll, judge };

// Which limit ended a task that is timed_out: the time of one attempt, of waiting for a slot, of the whole task, between two signs of
// life, or the patience of a sleep.
enum class Limit : uint8_t { none = 0, attempt, queue, total, heartbeat, patience };

constexpr bool is_final(RunState state) { return state >= RunState::succeeded; }
constexpr bool is_final(TaskState state) { return state >= TaskState::succeeded; }
constexpr bool is_final(AttemptState state) { return state >= AttemptState::succeeded; }
constexpr bool holds_lease(TaskState state) { return state == TaskState::leased || state == TaskState::running; }

std::string_view name(RunState state);
std::string_view name(TaskState state);
std::string_view name(AttemptState state);
// What is known of a run's deadline; each word is said once, and a prediction may turn out wrong and right again.
enum class Lateness : uint8_t { none = 1, predicted, recovered, missed };
std::string_view name(Lateness lateness);  // "", "predicted", "recovered", "missed"
std::optional<Lateness> lateness_from(std::string_view name);

std::string_view name(Limit limit);  // "", "attempt" …
std::optional<Limit> limit_from(std::string_view name);
std::string_view name(Wait wait);  // "", "time", "approval" …
std::optional<RunState> run_state_from(std::string_view name);
std::optional<TaskState> task_state_from(std::string_view name);
std::optional<AttemptState> attempt_state_from(std::string_view name);
std::optional<Wait> wait_from(std::string_view name);

}  // namespace millrace
