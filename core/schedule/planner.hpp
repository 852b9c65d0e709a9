// Builds one Decision without touching the Run: an overlay holds the task runs that change, so the cost is O(what changes).
//
// Internal to this floor; lives for one decide(). Every state change of the product passes through move() and move_run().
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "model/dag.hpp"
#include "model/items.hpp"
#include "schedule/event.hpp"
#include "schedule/retry.hpp"
#include "schedule/rule.hpp"

namespace millrace {

// Such tasks stop when their run is cancelled; hooks that run because of the cancel don't.
bool stops_on_cancel(const Task& task);

constexpr bool ended_badly(TaskState state) {
  return is_final(state) && state != TaskState::succeeded && state != TaskState::skipped;
}
// Such main tasks make the run failed; a cancelled one does not.
constexpr bool breaks_run(TaskState state) { return ended_badly(state) && state != TaskState::cancelled; }

class Planner {
 public:
  Planner(const Dag& dag, const Run& run, TimePoint now);
  Decision take() &&;

  // the run (decide_run.cpp)
  void on(const RunStarted& event);
  void on(const CarriedOver& event);
  void on(const PauseRequested& event);
  void on(const ResumeRequested& event);
  void on(const CancelRequested& event);
  void on(const RunTimedOut& event);
  void on(const RetryRequested& event);
  void on(const ClearRequested& event);
  void on(const MarkRequested& event);
  void on(const LatenessSeen& event);
  // attempts (decide_attempt.cpp)
  void on(const LeaseGranted& event);
  void on(const AttemptConfirmed& event);
  void on(const LeaseReturned& event);
  void on(const LeaseExpired& event);
  void on(const AttemptTimedOut& event);
  void on(const BackoffElapsed& event);
  void on(const AttemptFinished& event);
  void on(const QueueTimedOut& event);
  void on(const TotalTimedOut& event);
  // gates and sleeps (decide_wait.cpp)
  void on(const GateAnswered& event);
  void on(const WakeElapsed& event);
  void on(const SleepEnded& event);
  void on(const SentBack& event);
  // items of foreach tasks (decide_items.cpp)
  void on(const LimitsChanged& event);

 private:
  struct Change {
    TaskIndex task{};
    TaskRun now{};
    int32_t move = -1;  // its latest place in Decision::moves
  };

  const Task& spec(TaskIndex task) const { return dag_.tasks[index(owns(task) ? task : expansion_of(expansions_, task).task)]; }
  bool owns(TaskIndex task) const { return !is_item(dag_, task); }
  bool is_main(TaskIndex task) const { return spec(task).phase == Phase::main; }
  bool is_gated(TaskIndex task) const { return owns(task) ? spec(task).has_gate() : spec(task).is_core(); }
  size_t find_change(TaskIndex task) const;  // changes_.size(): unchanged
  const TaskRun& at(TaskIndex task) const;
  const TaskRun& before(TaskIndex task) const;
  TaskRun& edit(TaskIndex task);  // valid until the next edit() or move()
  bool names_task(LeaseNumber lease) const;
  bool is_current(LeaseNumber lease) const;
  // A cancel reached it: what is lost or fails now is not tried again. Hooks that run because of the cancel are not stopped.
  bool is_stopping(TaskIndex task) const;

  void move(TaskIndex task, TaskState to, std::string reason);
  void move_run(RunState to);
  void finish_run(RunState to);
  void count(TaskIndex task, TaskState state, int32_t by);
  void count_item(Expansion& of, TaskState state, int32_t by);
  void end_attempt(LeaseNumber lease, AttemptState to) { decision_.attempts.push_back({lease, to, {}}); }
  void set_timer(TimerKind kind, Millis in, LeaseNumber lease);
  void set_run_timer();

  void cancel_run(std::string reason);
  void cancel_queued(const std::string& reason);
  void cancel_task(TaskIndex task, const std::string& reason);
  void reopen(const std::vector<TaskIndex>& tasks, TaskIndex unjudged = {});
  bool open_again();                                 // the run, when it is over; false: it can't be
  void reopen_hooks(std::vector<TaskIndex>& tasks);  // adds them, when the run is opened again
  std::vector<TaskIndex> with_judged_downstream(std::vector<TaskIndex> tasks) const;
  void sleep(TaskIndex task, Wait wait, TimePoint wake, std::string reason);
  std::vector<TaskIndex> ended_behind(TaskIndex task) const;  // it, and what followed from it and is over
  void time_out(TaskIndex task, Limit limit, std::string reason);
  void limit_time(TaskIndex task, TaskState from);  // of a task that became ready
  void fail(LeaseNumber lease, const Failure& failure, Limit limit = Limit::none);
  void lose(LeaseNumber lease);

  // Items. An expansion is edited in place; take() hands all of them over when one changed.
  Expansion* expansion(TaskIndex task);           // the current one of a foreach task
  Expansion& edit_expansion(TaskIndex item);
  void expand(const GateAnswered& event);
  void go_on(Expansion& items);                   // opens more items, or ends their task
  void open_items(Expansion& items);
  void skip_opened(Expansion& items) const;
  void close_items(Expansion& items, const std::string& reason);
  void abandon_items(Expansion& items, const std::string& reason);  // at once: what they report later is refused
  void reopen_items(Expansion& items);
  void item_ended(TaskIndex item);
  void end_of_items(const Expansion& items);

  // Carries what became final to its downstream, starts the hooks when main is over, and closes the run when all is over.
  void settle();
  void release(TaskIndex final_task);
  Ruling ruling_of(TaskIndex task) const;
  void rule_on(TaskIndex waiter, const std::string& because);  // moves a waiting task when its rule can tell
  bool hooks_are_due() const;
  void start_hooks();
  void start_late_hooks();
  RunState main_result() const;

  const Dag& dag_;
  const Run& run_;
  TimePoint now_;
  Decision decision_{};
  RunState state_;
  bool started_ = false;  // the run began, or began again, with this event
  bool afresh_ = false;   // what is opened again forgets its items
  std::vector<Expansion> expansions_;
  bool expansions_changed_ = false;
  std::vector<Change> changes_{};
  std::unordered_map<int32_t, size_t> places_{};  // of changes_, once they are many
  std::vector<TaskIndex> settled_{};              // became final, downstream not yet told
};

}  // namespace millrace
