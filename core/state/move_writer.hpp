// Writes what a commit says about runs: moves by compare-and-set, attempts, journal, timers, outbox. Inside the caller's transaction.
//
// Journal and outbox are written as they come. What tasks, attempts and timers go through during one commit is written once, by
// finish(): from where the first move began to where the last one led. The commit must stay where it is until then.
#pragma once
#include <map>
#include <tuple>
#include <vector>

#include "engine/store.hpp"
#include "state/database.hpp"
#include "state/totals.hpp"

namespace millrace {

class MoveWriter {
 public:
  MoveWriter(Database& db, std::vector<OutboxRow>& outbox, Totals& totals) : db_(db), outbox_(outbox), totals_(totals) {}
  void write(const NewRun& fresh);
  void write(const RunCommit& part);
  void finish();

 private:
  struct TaskMove {
    RunId run{};
    const Move* move{};
  };
  struct AttemptChange {  // a move, or what was said about it
    LeaseNumber lease{};
    const AttemptMove* move{};
    TimePoint time{};
    const AttemptRecord* record{};
  };
  using TaskMoves = std::vector<TaskMove>::const_iterator;
  using AttemptChanges = std::vector<AttemptChange>::const_iterator;

  void write_record(RunId run, const AttemptRecord& record);
  void write_run_state(const RunCommit& part);
  void write_lateness(const RunCommit& part);
  void write_effect(RunId run, const Effect& effect);
  void drop_timers(RunId run, const Move& move);
  void finish_task(TaskMoves first, TaskMoves end);
  void finish_attempt(AttemptChanges first, AttemptChanges end);

  Database& db_;
  std::vector<OutboxRow>& outbox_;
  Totals& totals_;
  std::vector<TaskMove> moves_{};
  std::vector<AttemptChange> attempts_{};
  std::map<std::tuple<RunId, TaskIndex, TimerKind>, const SetTimer*> timers_{};
};

}  // namespace millrace
