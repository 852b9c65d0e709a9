// What a simulation has seen. Plain memory, so that a child process can leave it to its parent.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "schedule/states.hpp"

namespace millrace::sim {

// Rare situations that a long simulation must all have met; a mark that no world reaches tests nothing.
inline constexpr std::array<std::string_view, 48> kMarks{
    "lease expired while cancelling", "report overtook confirmation", "late report refused", "crash before commit",
    "crash after commit", "effect performed twice", "success reported while cancelling", "retry of a failed run",
    "retry of a cancelled run", "run timed out", "paused run ended", "lost too often", "conflict tried again",
    "hook tried again", "finally ran after a cancel", "on_failure ran after a run timeout", "lease returned",
    "lease returned while cancelling", "attempt timed out for good", "attempt timed out and tried again",
    "retry_after honoured", "queued run cancelled", "empty run", "operator skipped", "cancelled while only hooks were left",
    "old attempt still ran after reopening", "pause kept a ready task back",
    "an answer came too late", "waited for a time", "nobody answered in time", "a question was lost in a crash",
    "a task ran while its run was being cancelled", "a skip was judged once more",
    "cleared", "marked before its end", "marked after its end",
    "items began", "items went on after a retry", "items were stopped because others failed", "failed items were tolerated",
    "the limits of items were changed",
    "a second retry rule decided", "waited too long for a slot", "a task took too long in total",
    "looked", "slept on", "sent back", "carried over"};

struct Coverage {
  std::array<bool, kTaskMoves.size()> task_moves;
  std::array<bool, kRunMoves.size()> run_moves;
  std::array<bool, kMarks.size()> marks;

  void sometimes(std::string_view mark) {
    for (size_t i = 0; i < kMarks.size(); ++i) {
      if (kMarks[i] == mark) return void(marks[i] = true);
    }
    std::abort();  // a mark that is not in the list
  }
};

}  // namespace millrace::sim
