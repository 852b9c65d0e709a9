// The engine: one thread that turns what happened into what follows, by architecture.md section 5.
//
// A turn drains the inbox, decides for all that is there, commits once, and only then publishes. Nothing else writes runs.
// Commands and WorkerEvents may be called from any thread; commands wait until their change is durable. turn() is for the
// engine's own thread, or for a test that plays it. When a commit fails (disk full), nothing of the turn has happened: the runs
// are read again from the store, commands get the error, workers repeat their reports, timers fire again.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

#include "base/guarded.hpp"
#include "engine/caretaker.hpp"
#include "engine/commands.hpp"
#include "engine/core_operators.hpp"
#include "engine/dag_book.hpp"
#include "engine/evaluator.hpp"
#include "engine/feed.hpp"
#include "engine/ports.hpp"
#include "engine/queries.hpp"
#include "model/items.hpp"
#include "model/pool.hpp"
#include "schedule/decide.hpp"
#include "schedule/pick.hpp"
#include "schedule/write_turns.hpp"

namespace millrace {

struct EngineOptions {
  Millis lease{15'000};
  Millis cancel_grace = kCancelGrace;  // the dispatcher's
  uint64_t seed = 0;            // of the jitter
  Millis renew{2'000};          // how often the store is told that this server leads, when there is nothing else to tell
  int prefetch = 8;             // leases for each slot that may wait at a worker whose attempts are short, so that no slot waits for the network
  std::string data_root{};      // where attempts leave rows for a foreach
  Millis keep_runs{};           // of Dags that don't say: how long all of an ended run is kept; zero: for ever
};

// How long something took, over all times since the start.
struct Summary {
  double sum_seconds{};
  int64_t count{};
  void add(double seconds) { sum_seconds += seconds; ++count; }
};

// Why a task is in its state, and what its Dag says of it. Of an item: why.
struct Explained {
  std::string why{}, uses{};
  Phase phase = Phase::main;
  std::vector<std::string> needs{};
};
enum class WithItems : uint8_t { no = 0, yes };  // those that go on; there may be a million

struct Timings {
  Summary queue_wait{}, attempt{}, commit{};
};

class Engine final : public Commands, public WorkerEvents {
 public:
  Engine(const Clock& clock, Store& store, const OperatorList& operators, EngineOptions options);

  void attach(Dispatcher& dispatcher) { dispatcher_ = &dispatcher; }  // before the first turn
  void attach(const Secrets& secrets) { secrets_ = &secrets; }        // the same; without it, webhooks are closed
  void attach(Evaluator& evaluator) { evaluator_ = &evaluator; }      // the same; without it, tasks with other than plain paths fail
  void attach(Caretaker& caretaker) { caretaker_ = &caretaker; }      // the same; without it, data.gc fails
  void attach(std::function<void(const std::string& run)> forget_log) { forget_log_ = std::move(forget_log); }  // the same; called by the engine's thread
  Feed& feed() { return feed_; }

  Status recover();                        // once, before the first turn: open runs, leases, timers
  Status set_dags(std::vector<Dag> dags, std::vector<Pool> pools = {});  // any thread; waits
  std::vector<Dag> dags();                 // any thread; waits; copies of today's
  std::optional<Dag> dag(const std::string& name, const std::string& version = {});  // any thread; waits; empty version: today's

  void run(std::stop_token stop);          // turns until stopped
  // One turn; how long may pass before the next one is due (at most a second).
  Millis turn();
  TimePoint next_due() const;              // for who plays the clock, between turns: when the next turn has something to do; max: never
  TimePoint last_turn() const { return last_turn_.load(); }
  bool alive(Millis within);               // a message went through the loop in that time
  bool idle() const;                       // for tests: the inbox is empty
  bool fenced() const { return fenced_; }  // any thread: another server has taken the store over; nothing is decided any more

  // Commands. The answer comes when the change is durable; after the stop, at once (E2006).
  Result<std::string> start(const StartRequest& request) override;
  Status cancel(const std::string& run, const std::string& reason) override;
  Status pause(const std::string& run) override;
  Status resume(const std::string& run) override;
  Status retry(const std::string& run) override;
  Status clear(const std::string& run, const std::string& task, bool downstream) override;
  Status mark(const std::string& run, const std::string& task, TaskState to, const std::string& reason) override;
  Status answer(const AnswerRequest& request) override;
  Status answer_token(const std::string& token, AnswerRequest answer) override;
  Status limits(const LimitsRequest& request) override;
  Status set_pool(const PoolRequest& request) override;
  Result<std::string> hook(const HookRequest& request) override;
  Result<std::string> replay(const ReplayRequest& request) override;
  Result<std::string> maintain(const MaintenanceRequest& request) override;
  // What lies there now of what a file trigger looks for, finished files only; any thread, returns at once.
  void files_seen(const std::string& dag, const std::string& trigger, std::vector<FileSeen> files);
  std::vector<PoolView> pools();           // any thread; waits
  Result<BackfillPlan> backfill(const BackfillRequest& request) override;
  Result<Backfill> backfill_verb(int64_t id, BackfillVerb verb) override;
  std::vector<Backfill> backfills();       // any thread; waits
  Status drain(const std::string& worker) override;
  Status release_plugin(const std::string& plugin) override;
  std::vector<Quarantine> quarantines();                                // any thread; waits

  // By task id, for a run in any state; empty for an unknown run.
  std::map<std::string, Explained> explain_run(const std::string& run, WithItems items = WithItems::no);
  std::vector<WorkerView> workers();
  Timings timings() const { return timings_.with([](const Timings& t) { return t; }); }

  // WorkerEvents
  void joined(const WorkerFacts& facts, const std::vector<LeaseNumber>& running) override;
  void left(const std::string& worker) override;
  void draining(const std::string& worker) override;
  void confirmed(const std::string& worker, LeaseNumber lease) override;
  void clock_seen(const std::string& worker, Millis ahead) override;
  void renewed(const std::string& worker, const std::vector<LeaseNumber>& leases) override;
  void returned(const std::string& worker, const std::vector<LeaseNumber>& leases) override;
  void reported(const std::string& worker, AttemptReport report) override;
  void progressed(LeaseNumber lease, double fraction, const std::string& note) override;
  void checkpointed(const std::string& worker, LeaseNumber lease, Json state) override;

 private:
  struct OpenState {
    RunHeader header{};
    Run run{};
    const Dag* dag{};
    int live = 0;  // tasks leased or running: derived, kept beside for speed
    bool pruned = false;  // only its line is kept: there are no tasks
    const Task& spec(TaskIndex at) const { return task_of(*dag, run, at); }
  };

  struct LeaseState {
    std::string worker{};
    TimePoint deadline{};                    // not renewed until then: lost
    TimePoint timeout_at = TimePoint::max();  // of the attempt
    TimePoint since{};                        // leased
    TimePoint beat_by = TimePoint::max();     // the next sign of life
    Limit passed = Limit::none;               // for this it was asked to stop
    TimePoint kill_at = TimePoint::max();     // then it was asked long enough
  };

  static constexpr std::string_view kOutOfTime = "out of time";  // the reason of a cancel
  static constexpr Millis kAfterGrace{5'000};  // for the report of who was killed when the grace was over
  static constexpr double kNoPace = 1e9;  // nothing is known: nothing is sent ahead

  struct WorkerState {
    WorkerFacts facts{};
    bool connected = false;
    bool draining = false;
    TimePoint seen{};
    Millis clock_ahead{};
    std::set<LeaseNumber> leases{};
    std::deque<std::string> warm{};  // operators that it has run, the latest first; at most as many as slots
    double pace_ms = kNoPace;        // how long its attempts take, the latest counting most
  };

  struct ReadyKey {
    TimePoint turn{};     // turn_of()
    LeaseNumber lease{};  // attempt: the next one
    auto operator<=>(const ReadyKey&) const = default;
  };

  // Ready tasks of one run that want the same: an operator, labels, resources, a pool. When one of them has to wait for room, all behind it do.
  struct Lane {
    RunId run{};
    int32_t kind{};
    auto operator<=>(const Lane&) const = default;
  };
  struct Kind {
    std::string uses{}, pool{};
    std::vector<std::string> labels{};
    Capacity takes{};
    auto operator<=>(const Kind&) const = default;
  };

  struct PluginState {
    int crashes = 0;             // in a row
    Quarantine held{};           // without a reason: it is not held back
  };

  struct PoolState {
    Pool pool{};                 // as its file says
    PoolOverride by_hand{};
    double starts = 0;           // of its rate, by now
    TimePoint counted{};
    int slots() const { return by_hand.slots.value_or(pool.slots); }
    double per_second() const { return by_hand.per_second.value_or(pool.per_second); }
  };

  // A foreach task that ended with its items: its output is made of theirs, just before the commit.
  struct Gathering {
    size_t part{};  // of the turn's commit
    Expansion items{};
  };

  // A run that a task waited for and that has ended: the task's output tells of it, made just before the commit.
  struct ChildEnd {
    size_t part{};  // of the turn's commit, about the task that waited
    TaskIndex task{};
    RunId child{};
    Json output{};
  };

  // What one turn collects.
  struct Turn {
    TimePoint now{};
    Commit commit{};
    std::vector<std::function<void(const Status&)>> answers{};  // after the commit
    std::vector<std::function<void()>> afterwards{};            // only when it succeeded
    std::vector<Change> changes{};
    std::set<RunId> touched{};
    std::set<std::string> data{};                               // datasets, sources and files with a commit in this turn
    std::set<RunId> fresh{};                                    // runs with a success that is not committed yet
    std::set<RunId> expanded{};                                 // runs with items that are not committed yet
    std::vector<Gathering> gatherings{};                        // tasks whose items have all ended
    std::vector<ChildEnd> child_ends{};
    bool again = false;                                         // something waits for this turn's commit only
    bool late = false;                                          // runs were admitted: what becomes ready from here on is the next turn's
    std::vector<std::function<void()>> repeats{};               // when the commit is refused: nobody says these again
    std::map<LeaseNumber, LeaseOffer> offers{};
    std::map<std::string, TimePoint> seen_before{};             // schedules and backfills as they were before this turn
    std::map<int64_t, Backfill> backfills_before{};             // (id 0 state: it was not there)
    std::map<std::string, PoolOverride> pools_before{};
    std::map<std::string, PluginState> plugins_before{};
    std::vector<TriggerSeen> triggers_before{};                 // in order; an empty mark: it was not there
    std::vector<RunId> ended{};
  };

  using Message = std::function<bool(Turn&)>;  // false: not in this turn, keep me at the front

  void post(Message message);
  template <class T>
  T ask(std::function<T(Turn&)> question, T when_stopping);
  Status command(std::function<Status(Turn&)> act);
  Status by_hand(const std::string& run, const std::string& task, const std::string& verb, const std::function<Event(TaskIndex)>& event, bool only_ended);
  Status verb(const std::string& run, const Event& event, const std::function<Status(const OpenState&)>& check);

  bool drain_inbox(Turn& turn);  // false: some of it waits for this turn's commit
  void fire_timers(Turn& turn);
  void admit_runs(Turn& turn);
  // Out of time (engine_overtime.cpp).
  void expire_leases(Turn& turn);
  void end_task_in_time(Turn& turn, OpenState& state, TaskIndex task);  // its total time is over
  void ask_to_stop(Turn& turn, LeaseNumber number, Limit limit);
  Limit passed_by(const OpenState& state, LeaseNumber number, TimePoint now) const;  // none: it has time left
  RunCommit* end_lease(Turn& turn, OpenState& state, LeaseNumber number, const Event& in_time);
  // Runs that are due (engine_schedule.cpp).
  void fire_schedules(Turn& turn);
  void fire_tick(Turn& turn, const Dag& dag, TimePoint tick);
  // Runs that something else starts (engine_triggers.cpp).
  void fire_triggers(Turn& turn);
  void fire_ends(Turn& turn);
  void fire_end(Turn& turn, RunId run);
  void look_at_datasets(Turn& turn, const Dag& dag, const Trigger& trigger);
  void look_at_files(Turn& turn, const std::string& dag, const std::string& trigger, const std::vector<FileSeen>& files);
  void start_pending(Turn& turn, const Dag& dag, const Trigger& trigger);
  bool start_triggered(Turn& turn, const Dag& dag, const Trigger& trigger, Json what, std::string source);
  Result<Json> params_of(const Dag& dag, const Trigger& trigger, const Json& what) const;
  bool make_way(Turn& turn, const Dag& dag, const std::string& newcomer);  // false: it is skipped, because a run is open
  void mark_seen(Turn& turn, const std::string& dag, const std::string& trigger, const std::string& item, const std::string& mark);
  void see_schedule(Turn& turn, const std::string& dag, TimePoint seen);
  void new_dags(const std::map<std::string, std::string>& versions_before, TimePoint now);
  void drive_backfills(Turn& turn);
  bool drive_backfill(Turn& turn, Backfill& backfill);  // true: it changed
  BackfillStep plan_step(const Backfill& backfill, TimePoint time);
  Status perform_step(Turn& turn, const Backfill& backfill, const BackfillStep& step);
  // Which ready task goes where (engine_place.cpp).
  void place_tasks(Turn& turn);
  std::vector<WorkerSlots> open_slots(int prefetch, bool with_shares) const;  // of those that take work
  static int ahead_for(const WorkerState& worker, int prefetch);
  static void note_pace(WorkerState& worker, Millis took);
  Capacity used_of(const WorkerState& worker) const;
  WorkerSlots slots_of(const WorkerState& worker, bool with_shares) const;
  class Floor;
  int32_t kind_of(const Task& task);
  bool may_be_placed(Turn& turn, const OpenState& state, const ReadyTask& task);
  static double starts_of(PoolState& pool, TimePoint now);
  void note_rate(const std::string& pool, TimePoint now);
  void insert_ready(OpenState& state, TaskIndex task);
  void erase_ready(OpenState& state, TaskIndex task, const TaskRun& before);
  int use_of_pool(const std::string& pool) const;
  std::string why(const OpenState& state, TaskIndex at, std::span<const WorkerSlots> slots, TimePoint now) const;
  std::string why_no_room(const OpenState& state, TaskIndex task) const;
  std::string why_no_turn(const Task& task) const;
  WriteTurns writers_at_work() const;
  // Deadlines (engine_deadlines.cpp).
  std::vector<Millis> typical_of(const Dag& dag, TimePoint now);
  void watch_deadlines(Turn& turn);
  void watch_deadline(Turn& turn, OpenState& state);
  // What is kept of old runs (engine_retention.cpp).
  void prune_runs(Turn& turn);
  Millis keep_of(const Dag* dag) const;
  void forget_files(const OldRun& run);
  static Error is_pruned(const std::string& run);
  void settle(Turn& turn);  // commit, then publish or undo
  void publish(Turn& turn, std::vector<OutboxRow>& outbox);
  void undo(Turn& turn);
  void restore(const Turn& turn);
  void restore(OpenState& state, OpenRun stored, TimePoint now);
  void beat(const OpenState& state, LeaseNumber number, TimePoint now);
  void set_timer(const Timer& timer);
  void drop_timers(RunId run);

  Result<OpenState> load(const std::string& key);   // as the store has it; changes nothing here
  Result<OpenState*> open(const std::string& key);  // loads an ended run when it must; forgotten again after its turn
  OpenState* find(RunId run);
  // Decides, applies, and adds to the turn's commit. Returns the added part, nullptr when nothing follows.
  RunCommit* happen(Turn& turn, OpenState& state, const Event& event);
  void follow(Turn& turn, OpenState& state, const Decision& decision);
  void index_ready(OpenState& state);
  void index_ready(OpenState& state, TaskIndex task);
  // Gates (engine_gates.cpp). A gate is (run, task, version of the task run).
  void ask_gates(Turn& turn);
  void ask_condition(Turn& turn, OpenState& state, LeaseNumber gate);
  void ask_config(Turn& turn, OpenState& state, LeaseNumber gate);
  void evaluate(Turn& turn, OpenState& state, LeaseNumber gate, const Json& config, void (Engine::*then)(Turn&, OpenState&, LeaseNumber, Result<Json>));
  void take_condition(Turn& turn, OpenState& state, LeaseNumber gate, Result<Json> answer);
  void take_config(Turn& turn, OpenState& state, LeaseNumber gate, Result<Json> answer);
  // What is kept of data (engine_care.cpp).
  using CareStep = std::function<void(Turn&, OpenState&)>;
  struct Collected {
    Millis grace{};
    int64_t files = 0, bytes = 0, orphans = 0;
    bool all_found = true;  // false: one look did not take all orphans
  };
  bool begin_act(Turn& turn, OpenState& state, LeaseNumber gate, const Json& with);            // engine_catalog.cpp; false: the same
  void note_data(Turn& turn, RunCommit& part, DataCommit data);
  Result<bool> begin_care(Turn& turn, OpenState& state, LeaseNumber gate, const Json& with);  // false: the task is none of these
  void care_on(Turn& turn, LeaseNumber gate, const CareStep& step);                           // after the commit, or again when it is refused
  void care_later(LeaseNumber gate, const CareStep& step);
  void expire(Turn& turn, OpenState& state, LeaseNumber gate, const Expiry& expiry, int64_t done);
  TimePoint nobodys_before(TimePoint now, Millis grace) const;
  void find_orphans(LeaseNumber gate, const Collected& sum);
  void collect(Turn& turn, OpenState& state, LeaseNumber gate, const Collected& sum);
  // Looks and rounds (engine_looks.cpp).
  Result<CoreStep> look_at_catalog(const OpenState& state, LeaseNumber gate, const Json& with, TimePoint now);
  Result<CoreStep> begin_round(const OpenState& state, LeaseNumber gate, const Json& with);
  Result<CoreStep> begin_callback(LeaseNumber gate, const OpenState& state, const Json& with, TimePoint now);
  Status take_approval(Turn& turn, OpenState& state, TaskIndex at, const AnswerRequest& request);
  Status take_callback(Turn& turn, OpenState& state, TaskIndex at, const AnswerRequest& request);
  Status send_back(Turn& turn, OpenState& state, TaskIndex at, const std::string& to, const std::string& why);
  Status answer_sleep(Turn& turn, OpenState& state, TaskIndex at, const SleepEnded& end, Json output);
  Result<Json> own_output(const OpenState& state, TaskIndex task);
  void ask_judge(Turn& turn, OpenState& state, LeaseNumber gate);
  void take_judgement(Turn& turn, OpenState& state, LeaseNumber gate, Result<Json> answer);
  void end_sleep(Turn& turn, OpenState& state, LeaseNumber gate, SleepEnded end);
  Result<Json> outputs_by_name(const Turn& turn, const OpenState& state);
  void ask_items(Turn& turn, OpenState& state, LeaseNumber gate);
  void take_items(Turn& turn, OpenState& state, LeaseNumber gate, Result<Json> answer);
  void take_rows(Turn& turn, OpenState& state, LeaseNumber gate);
  RunCommit* expand(Turn& turn, OpenState& state, LeaseNumber gate, int64_t count, const std::string& file);
  void gather(Turn& turn);
  Result<Json> output_of_items(const Turn& turn, RunId run, const Expansion& items);
  void pass_gate(Turn& turn, OpenState& state, LeaseNumber gate, GateAnswered answer, Json output, DataCommit data = {});
  void fail_gate(Turn& turn, OpenState& state, LeaseNumber gate, const Error& error);
  OpenState* at_gate(LeaseNumber gate);  // nullptr: the question is not open any more
  // What people call a run: unique, and the same for the same logical time.
  static std::string key_of(const std::string& dag, std::optional<TimePoint> logical_time, TimePoint now = {});
  // Runs that tasks of other runs wait for.
  Result<std::string> create_run(Turn& turn, const StartRequest& request, std::optional<Parent> parent, const Dag* version = nullptr);  // nullptr: today's
  void tell_parent(Turn& turn, const OpenState& child);
  void cancel_child(Turn& turn, Parent parent);
  void forget(RunId run);
  void forget_ready(RunId run);
  bool looks_back(const Task& task);
  size_t ahead_in_pool(const OpenState& state, TaskIndex at) const;
  struct Queue;
  static Millis behind(const Queue& queue, const ReadyTask& task);
  ReadyTask ready_task(const ReadyKey& key);
  static void keep_warm(WorkerState& worker, const std::string& operator_type);
  void grant(Turn& turn, const Placement& placement);
  static TaskIndex pins_for(const OpenState& state, TaskIndex task);
  Result<LeaseOffer> offer_for(Turn& turn, OpenState& state, LeaseNumber lease, RunCommit& part);
  Result<Json> checkpoint_for(const Turn& turn, LeaseNumber lease);
  Result<Json> history_for(const OpenState& state, TaskIndex place, const std::vector<DatasetView>& inputs);
  Result<std::optional<Json>> row_of(const Expansion& items, int64_t number) const;
  Result<Json> document_for(const OpenState& state, TaskIndex task, const Json& config);
  bool take_report(Turn& turn, const std::string& worker, AttemptReport& report);
  bool must_wait(const Turn& turn, const DataCommit& data) const;
  Result<OpenState*> run_of(Turn& turn, LeaseNumber lease);  // nullptr: no such run
  Status check(AttemptReport& report);                       // a report that can't be taken becomes a failure; an error: ask later
  void release(LeaseNumber lease);
  double jitter();

  PluginState& change_plugin(Turn& turn, const std::string& plugin);
  std::string plugin_of(const std::string& operator_type) const;
  void note_end(Turn& turn, const OpenState& state, const AttemptReport& report);
  const Quarantine* held_back(const std::string& operator_type) const;  // nullptr: it is not

  const Clock& clock_;
  Store& store_;
  Dispatcher* dispatcher_ = nullptr;
  Evaluator* evaluator_ = nullptr;
  Caretaker* caretaker_ = nullptr;
  EngineOptions options_;
  DagBook book_;
  Feed feed_{};
  std::mt19937_64 random_;

  std::map<RunId, OpenState> runs_{};
  std::map<std::string, RunId> keys_{};
  std::map<Lane, std::set<ReadyKey>> ready_{};
  std::map<Kind, int32_t> kinds_{};
  std::map<const Task*, int32_t> kinds_of_tasks_{};  // Dags stay where they are
  const OperatorList& operators_;
  std::map<std::string, PluginState> plugins_{};
  std::map<std::string, TimePoint> served_{};        // by Dag: its ready tasks stand behind what is waiting since before this
  std::map<std::string, PoolState> pools_{};
  TimePoint rates_due_ = TimePoint::max();           // when a rate lets the next attempt begin
  std::set<LeaseNumber> gates_{}, asked_{};  // ready tasks whose gate is shut, and those of them that are being evaluated
  using TriggerKey = std::pair<std::string, std::string>;      // Dag, trigger
  std::map<TriggerKey, std::map<std::string, std::string>> triggers_seen_{};
  struct Pending {                                             // files that wait for others to come
    std::set<std::string> files{};
    TimePoint due{};
  };
  std::map<TriggerKey, Pending> pending_{};
  TimePoint triggers_due_{};                                   // the catalog, or what waits, is looked at then
  const Secrets* secrets_ = nullptr;
  std::function<void(const std::string&)> forget_log_{};
  struct Past {
    std::map<std::string, Millis> took{};  // by task
    TimePoint until{};                     // read again then
  };
  std::map<std::string, Past> past_{};     // by Dag
  TimePoint late_seen_{}, late_due_{};     // deadlines were looked at then, and are to be at the latest
  TimePoint prune_at_ = TimePoint::max();  // before the Dags are known nobody knows how long
  std::map<std::string, TimePoint> seen_{};      // by Dag: up to where its schedule is decided
  std::map<std::string, TimePoint> next_due_{};  // by Dag: its next tick; not there: to be worked out
  TimePoint schedules_due_{};                    // the earliest of them: no Dag is looked at before
  std::map<int64_t, Backfill> backfills_{};
  std::map<int64_t, std::vector<TimePoint>> backfill_times_{};  // of the open ones
  std::map<Parent, RunId> children_{};       // open runs that a task waits for
  std::map<LeaseNumber, LeaseState> leases_{};
  std::map<std::string, WorkerState> workers_{};
  std::multimap<TimePoint, Timer> timers_{};
  std::map<const Task*, bool> looks_back_{};  // reads what earlier tasks committed: datasets, outputs
  std::vector<int64_t> done_effects_{};
  std::vector<std::function<void()>> repeats_{};  // what a refused turn had heard
  std::atomic<bool> fenced_ = false;
  TimePoint renew_at_{};
  bool admit_due_ = true;  // a queued run may have come to its turn
  TimePoint retry_at_{};  // after a failed commit: no new work before

  mutable std::mutex inbox_mutex_;
  std::condition_variable inbox_changed_;
  std::deque<Message> inbox_{};
  bool stopping_ = false;
  std::atomic<TimePoint> last_turn_{};
  Guarded<Timings> timings_{};
};

template <class T>
T Engine::ask(std::function<T(Turn&)> question, T when_stopping) {
  std::promise<T> promise;
  auto future = promise.get_future();
  {
    const std::lock_guard hold(inbox_mutex_);
    if (stopping_) return when_stopping;
    inbox_.push_back([question = std::move(question), &promise](Turn& turn) {
      promise.set_value(question(turn));
      return true;
    });
  }
  inbox_changed_.notify_one();
  return future.get();
}

}  // namespace millrace
