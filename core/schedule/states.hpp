// The only list of legal moves of task runs and runs. Everything else is our own mistake and stops the program.
//
// Constants; any thread. core/doc/states.md is printed from these tables, and a test keeps the two alike.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/states.hpp"

namespace millrace {

// reopened: out of a final state, by an explicit retry only.
enum class MoveKind : uint8_t { usual = 1, reopened };

template <class State>
struct LegalMove {
  State from, to;
  MoveKind kind;
  std::string_view when;
};

inline constexpr auto kTaskMoves = [] {
  using enum TaskState;
  using enum MoveKind;
  using M = LegalMove<TaskState>;
  return std::array{
      M{waiting, ready, usual, "needs met, or the turn of a hook or an item"},
      M{waiting, upstream_failed, usual, "a need ended badly"},
      M{waiting, skipped, usual, "its rule says so, a switch chose another, or a hook that does not fit the result"},
      M{waiting, succeeded, usual, "marked, or carried over from another run"},
      M{waiting, failed, usual, "marked"},
      M{waiting, cancelled, usual, "cancelled"},
      M{ready, leased, usual, "lease granted"},
      M{ready, skipped, usual, "its condition is false"},
      M{ready, asleep, usual, "a core operator that waits, or items to wait for"},
      M{ready, succeeded, usual, "a core operator"},
      M{ready, failed, usual, "its condition can't be evaluated, or core.fail"},
      M{ready, timed_out, usual, "no slot in time, or the whole task is out of time"},
      M{ready, cancelled, usual, "cancelled"},
      M{leased, running, usual, "confirmed"},
      M{leased, ready, usual, "lease expired or returned"},
      M{leased, succeeded, usual, "report overtook confirmation"},
      M{leased, skipped, usual, "report overtook confirmation"},
      M{leased, failed, usual, "report overtook confirmation"},
      M{leased, backoff, usual, "report overtook confirmation"},
      M{leased, timed_out, usual, "out of time before confirmation"},
      M{leased, cancelled, usual, "cancelled"},
      M{running, succeeded, usual, "succeeded"},
      M{leased, asleep, usual, "report overtook confirmation"},
      M{running, asleep, usual, "it has looked"},
      M{running, skipped, usual, "the operator had nothing to do"},
      M{running, failed, usual, "no tries left"},
      M{running, backoff, usual, "will try again"},
      M{running, ready, usual, "lease expired"},
      M{running, timed_out, usual, "out of time, no tries left"},
      M{running, cancelled, usual, "cancelled"},
      M{backoff, ready, usual, "backoff elapsed"},
      M{backoff, succeeded, usual, "marked"},
      M{backoff, failed, usual, "marked"},
      M{backoff, skipped, usual, "marked"},
      M{backoff, timed_out, usual, "the whole task is out of time"},
      M{backoff, cancelled, usual, "cancelled"},
      M{asleep, succeeded, usual, "what it waited for came"},
      M{asleep, failed, usual, "what it waited for failed"},
      M{asleep, skipped, usual, "what it waited for was skipped"},
      M{asleep, timed_out, usual, "what it waited for did not come in time"},
      M{asleep, ready, usual, "time for the next look"},
      M{asleep, asleep, usual, "it sleeps on, for something else"},
      M{asleep, waiting, usual, "an approval that was sent back"},
      M{asleep, cancelled, usual, "cancelled"},
      M{failed, ready, reopened, "reopened"},
      M{failed, waiting, reopened, "reopened (hook)"},
      M{timed_out, ready, reopened, "reopened"},
      M{timed_out, waiting, reopened, "reopened (hook)"},
      M{upstream_failed, waiting, reopened, "reopened"},
      M{cancelled, ready, reopened, "reopened"},
      M{cancelled, waiting, reopened, "reopened"},
      M{succeeded, waiting, reopened, "reopened (hook), or cleared"},
      M{succeeded, ready, reopened, "cleared"},
      M{skipped, waiting, reopened, "reopened"},
      M{skipped, ready, reopened, "reopened"}};
}();

inline constexpr auto kRunMoves = [] {
  using enum RunState;
  using enum MoveKind;
  using M = LegalMove<RunState>;
  return std::array{
      M{queued, running, usual, "a run slot is free"},
      M{queued, cancelled, usual, "cancelled before start"},
      M{running, succeeded, usual, "every task is final"},
      M{running, failed, usual, "every task is final"},
      M{running, paused, usual, "pause"},
      M{running, cancelling, usual, "cancel or run timeout"},
      M{paused, running, usual, "resume"},
      M{paused, cancelling, usual, "cancel or run timeout"},
      M{paused, succeeded, usual, "what still ran ended, nothing is left to pause"},
      M{paused, failed, usual, "what still ran ended, nothing is left to pause"},
      M{cancelling, cancelled, usual, "every task is final"},
      M{cancelling, failed, usual, "a task had failed, or run timeout"},
      M{succeeded, running, reopened, "cleared or marked"},
      M{failed, running, reopened, "reopened"},
      M{cancelled, running, reopened, "reopened"}};
}();

constexpr const LegalMove<TaskState>* find_move(TaskState from, TaskState to) {
  for (const auto& move : kTaskMoves) {
    if (move.from == from && move.to == to) return &move;
  }
  return nullptr;
}

constexpr const LegalMove<RunState>* find_move(RunState from, RunState to) {
  for (const auto& move : kRunMoves) {
    if (move.from == from && move.to == to) return &move;
  }
  return nullptr;
}

constexpr bool allowed(TaskState from, TaskState to) { return find_move(from, to) != nullptr; }
constexpr bool allowed(RunState from, RunState to) { return find_move(from, to) != nullptr; }

// A final state is left by reopening only.
static_assert([] {
  for (const auto& move : kTaskMoves) {
    if (is_final(move.from) != (move.kind == MoveKind::reopened)) return false;
  }
  for (const auto& move : kRunMoves) {
    if (is_final(move.from) != (move.kind == MoveKind::reopened)) return false;
  }
  return true;
}());
static_assert(!allowed(TaskState::succeeded, TaskState::running));

// The text of core/doc/states.md.
std::string states_markdown();

}  // namespace millrace
