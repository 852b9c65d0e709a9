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

// The same of worlds of Dags (house/).
inline constexpr std::array<std::string_view, 30> kHouseMarks{
    "a message came twice", "a message was lost", "a worker came back with work", "a worker died", "a backfill was asked for",
    "a token was answered", "an approval was answered", "a commit took long", "a server died before its commit",
    "a server died after its commit", "a commit was refused", "a second server took over", "an old leader was told that it is replaced",
    "the clock was set back", "the clock was set forward", "a tick started a run", "a tick was skipped beside an open run",
    "several ticks were caught up with", "a dataset started a run", "a trigger was skipped beside an open run",
    "a debounced trigger started a run", "all datasets of a trigger had come", "a run's end started a run",
    "a child run began beside the limit", "a pool was full", "a worker's cores were all taken", "a rate let one begin", "a child run ended",
    "an attempt out of time was asked to stop", "an attempt out of time heard nothing and was killed"};

struct Coverage {
  std::array<bool, kTaskMoves.size()> task_moves;
  std::array<bool, kRunMoves.size()> run_moves;
  std::array<bool, kMarks.size()> marks;
  std::array<bool, kHouseMarks.size()> house_marks;

  void sometimes(std::string_view mark) {
    if (!note(kMarks, marks, mark) && !note(kHouseMarks, house_marks, mark)) std::abort();  // a mark that is in no list
  }

 private:
  static bool note(const auto& names, auto& met, std::string_view mark) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == mark) return met[i] = true;
    }
    return false;
  }
};

}  // namespace millrace::sim
