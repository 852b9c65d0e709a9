// What happened, and what follows. Plain values: a list of events is a log, a test and a replay.
//
// No hidden inputs: jitter is drawn by the engine and stands in the event; configs and expressions are evaluated elsewhere.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "model/data.hpp"
#include "model/ids.hpp"
#include "model/run.hpp"
#include "model/states.hpp"

namespace millrace {

// --- events ----------------------------------------------------------------------------------------------------------
struct RunStarted {};                                       // a run slot is free
struct PauseRequested {};
struct ResumeRequested {};
struct CancelRequested { std::string reason{}; };
struct RetryRequested {};                                   // reopen what failed, with what it kept from running
struct ClearRequested { TaskIndex task{}; bool downstream = true; };   // run it again, as if it had not run, with what follows from it
struct MarkRequested { TaskIndex task{}; TaskState to = TaskState::succeeded; std::string reason{}; };  // succeeded, failed or skipped, by a person's word
struct LeaseGranted { LeaseNumber lease{}; std::string worker{}; };  // pick() chose; lease.attempt is the new number
struct AttemptConfirmed { LeaseNumber lease{}; };           // the worker's process runs
struct LeaseReturned { LeaseNumber lease{}; };              // the worker never started it
struct LeaseExpired { LeaseNumber lease{}; };               // not renewed in time: the worker is lost
struct AttemptTimedOut { LeaseNumber lease{}; double jitter = 1; Limit limit = Limit::attempt; };  // or heartbeat
struct RunTimedOut {};
struct CarriedOver { std::vector<TaskIndex> tasks{}; std::string from{}; };  // a queued run begins with what another one has done
struct QueueTimedOut { LeaseNumber lease{}; };              // lease.attempt is the version of the ready task run
struct TotalTimedOut { TaskIndex task{}; };
struct LatenessSeen { Lateness to = Lateness::predicted; TimePoint end{}; std::string why{}; };  // of the run; when it will end, by which tasks
struct LimitsChanged { TaskIndex task{}; int32_t max_parallel = 1, tolerated = 0; };  // of a foreach task that is at work
struct BackoffElapsed { LeaseNumber lease{}; };             // the attempt that failed before it

// What the engine found out about a ready task's gate: its condition, or its core operator. `version` is the task run's when it was
// asked; an answer about an earlier version is not heard.
enum class GateVerdict : uint8_t { open = 1, skip, succeed, fail, sleep, expand, late };
struct GateAnswered {
  TaskIndex task{};
  int32_t version{};
  GateVerdict verdict = GateVerdict::open;
  std::string reason{};
  Wait wait = Wait::none;            // sleep: for what
  TimePoint wake{};                  // sleep: until when at most; zero: without end
  std::vector<TaskIndex> skips{};    // succeed: tasks that it did not choose
  int32_t items = 0, max_parallel = 1, tolerated = 0;  // expand; a task that has its items already goes on with them
  std::string file{};                // expand: Expansion::file
};
struct WakeElapsed { LeaseNumber lease{}; };                // a sleep's timer; lease.attempt is the version of the sleeping task run
enum class SleepEnd : uint8_t { succeeded = 1, failed, skipped, again, late };
struct SleepEnded {
  TaskIndex task{};
  int32_t version{};
  SleepEnd end = SleepEnd::succeeded;
  std::string reason{};
  Wait wait = Wait::none;            // again: it sleeps on, for this
  TimePoint wake{};                  //        until then at most; zero: without end
};
// The approval is not given: an earlier task is to do its work once more, with what follows from it, and the approval asks again.
struct SentBack { TaskIndex task{}; int32_t version{}; TaskIndex to{}; std::string reason{}; };

enum class Outcome : uint8_t { succeeded = 1, failed, cancelled, skipped };

struct AttemptFinished {
  LeaseNumber lease{};
  Outcome outcome = Outcome::failed;
  std::string error_class{};   // of a failure
  bool final_failure = false;  // trying again is pointless
  Millis retry_after{};        // asked for by the other side; zero: not asked
  double jitter = 1;           // uniform in [0, 1], for the delay before a retry
};

using Event = std::variant<RunStarted, PauseRequested, ResumeRequested, CancelRequested, RetryRequested, LeaseGranted,
                           AttemptConfirmed, LeaseReturned, LeaseExpired, AttemptTimedOut, RunTimedOut, BackoffElapsed,
                           AttemptFinished, GateAnswered, WakeElapsed, SleepEnded, ClearRequested, MarkRequested, LimitsChanged, QueueTimedOut, TotalTimedOut, SentBack, CarriedOver, LatenessSeen>;

// The cancel reason of a run that ran out of its time: such a run ends failed, not cancelled. Kept as the reason because that
// survives a crash with the run; a person's cancel can't use exactly this text.
inline constexpr std::string_view kUnderRunTimeout = "run timeout";

// --- what follows ----------------------------------------------------------------------------------------------------
// One task's change. `after` is the whole TaskRun after it; `before` is what the store must still hold (compare-and-set).
struct Move {
  TaskIndex task{};
  TaskState from{}, to{};
  TaskRun after{};             // after.version == version before + 1
  std::string reason{};        // short, for the record: "need 'load' failed", "lease expired" …
  bool opens = false;          // an item's first move: the store has no row of it yet
};

struct Dispatch { LeaseNumber lease{}; std::string worker{}; };
struct CancelAttempt { LeaseNumber lease{}; std::string reason{}; };
enum class TimerKind : uint8_t { backoff = 1, attempt_timeout, run_timeout, wake, queue_timeout, total_timeout };
struct SetTimer { TimePoint at{}; TimerKind kind{}; LeaseNumber lease{}; };  // lease.task is -1 for the run's own
struct FinishRun { RunState state{}; };
struct RefuseReport { LeaseNumber lease{}; };               // came from a lease that is not current: record it, change nothing
using Effect = std::variant<Dispatch, CancelAttempt, SetTimer, FinishRun, RefuseReport>;

// How the attempt named by the event ended, if it did.
struct AttemptMove { LeaseNumber lease{}; AttemptState to{}; std::string worker{}; };

// The counts of a task that did not move but lost or regained an open need. Derived: apply() takes them, the store need not.
struct NeedCounts { TaskIndex task{}; int32_t unmet{}, broken{}, skipped{}; };

struct Decision {
  std::vector<Move> moves{};             // in order; a task may move twice (reopened, then ready), each time one version on
  std::vector<NeedCounts> counts{};
  std::vector<TaskIndex> opened{};       // ready tasks whose gate is open now
  std::vector<Expansion> expansions{};   // all of the run's after the moves, when one of them changed
  std::vector<AttemptMove> attempts{};
  std::vector<Effect> effects{};
  std::optional<RunState> run_to{};      // the run's new state, when it changes
  std::optional<Lateness> late_to{};
  std::string cancel_reason{};           // the run's after the moves; a run timeout is kUnderRunTimeout
  // the run's counters after the moves, so that apply() is a copy
  int32_t open_main{}, open_hooks{}, broken_main{}, cancelled_main{};
  bool empty() const { return moves.empty() && opened.empty() && expansions.empty() && attempts.empty() && effects.empty() && !run_to && !late_to; }
};

}  // namespace millrace
