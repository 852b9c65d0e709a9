#include "world.hpp"

#include <algorithm>

namespace millrace::sim {
namespace {

constexpr Millis kTick{300};
constexpr TimePoint kCalmFrom{Millis{60'000}};        // faults stop: now everything must end
constexpr TimePoint kTooLate{Millis{4 * 3'600'000}};  // and has ample time to

void make_rule(Task& task, Rng& rng) {
  if (rng.chance(35)) task.rule = static_cast<Rule>(rng.between(1, 8));
  if (task.needs.empty() && task.rule != Rule::always) task.rule = Rule::all_succeeded;
  if (task.rule == Rule::expression) {
    const auto need = task.needs[static_cast<size_t>(rng.below(static_cast<int>(task.needs.size())))];
    task.rule_steps = {{.kind = RuleStep::Kind::is, .need = task.needs.front(), .state = rng.chance(70) ? TaskState::succeeded : TaskState::failed},
                       {.kind = RuleStep::Kind::is, .need = need, .state = TaskState::skipped},
                       {.kind = RuleStep::Kind::no},
                       {.kind = RuleStep::Kind::is, .need = need, .state = TaskState::skipped},
                       {.kind = RuleStep::Kind::any},  // always true
                       {.kind = RuleStep::Kind::all}};
  }
  if (task.rule == Rule::always) task.decides = rng.chance(50);
  if (rng.chance(15)) task.condition = "{{ .params.x }}";
  if (rng.chance(15)) task.uses = "core.wait";
  if (rng.chance(8)) {
    task.uses = "core.sensor";
    task.looks_by = "fake";
  }
}

}  // namespace

World::World(uint64_t seed, Coverage& seen) : rng_(seed), seen_(seen) {
  drop_ = rng_.below(30);
  repeat_ = rng_.below(30);
  death_ = rng_.chance(8) ? 95 : rng_.below(30);
  crash_ = rng_.chance(30) ? 0 : rng_.below(12);
  conflict_ = rng_.chance(30) ? rng_.below(60) : 0;
  lease_length_ = Millis(1500 + rng_.below(3000));
  make_dag();
  for (int i = 0, n = rng_.between(1, 3); i < n; ++i) {
    workers_.push_back({.name = "worker-" + std::to_string(i + 1), .slots = rng_.between(1, 4), .gpu = i == 0});
  }
  for (int i = 0, n = rng_.between(1, 2); i < n; ++i) runs_.push_back(open_run(dag_, RunId{i + 1}, now_));
  retries_left_.assign(runs_.size(), 0);
  make_people();
}

void World::add_task(Phase phase) {
  const auto place = static_cast<int32_t>(dag_.tasks.size());
  Task task;
  task.id = "t" + std::to_string(place);
  task.uses = "fake";
  task.phase = phase;
  task.timeout = Millis(rng_.chance(30) ? rng_.between(500, 4000) : rng_.between(6000, 30'000));
  task.priority = rng_.below(3);
  if (rng_.chance(10)) task.runs_on.labels = {"gpu"};
  const auto draw_rule = [&] {
    return RetryRule{.attempts = rng_.between(1, 4), .delay = Millis(rng_.between(100, 2000)), .backoff = 1 + rng_.unit() * 2,
                     .max_delay = Millis(rng_.between(1000, 8000)), .jitter = rng_.chance(50) ? Jitter::full : Jitter::none};
  };
  task.retry = {draw_rule()};
  if (rng_.chance(25)) task.retry[0].on = {"timeout"};
  if (rng_.chance(15)) task.retry[0].on = {"transient/exit_75"};
  if (rng_.chance(20)) task.retry.push_back(draw_rule());
  if (rng_.chance(30)) {
    task.pool = rng_.chance(50) ? "a" : "b";
    task.weight = rng_.between(1, 2);
  }
  if (rng_.chance(15)) task.queue_timeout = Millis(rng_.between(300, 9000));
  if (rng_.chance(15)) task.total_timeout = Millis(rng_.between(1000, 30'000));
  for (int32_t need = 0; phase == Phase::main && need < place; ++need) {
    if (dag_.tasks[static_cast<size_t>(need)].phase != Phase::main || !rng_.chance(30)) continue;
    task.needs.push_back(TaskIndex{need});
    dag_.tasks[static_cast<size_t>(need)].downstream.push_back(TaskIndex{place});
  }
  if (phase == Phase::main) make_rule(task, rng_);
  if (phase == Phase::main && rng_.chance(20)) {
    task.foreach = "{{ .params.items }}";
    task.max_parallel = rng_.between(1, 3);
    task.tolerate.failures = rng_.below(3);
  }
  dag_.tasks.push_back(std::move(task));
}

void World::make_dag() {
  dag_.name = "world";
  dag_.max_tasks = rng_.between(1, 8);
  pools_ = {{"a", rng_.between(2, 3)}, {"b", rng_.between(2, 6)}};
  if (rng_.chance(20)) dag_.max_tasks_of_all = rng_.between(1, 6);
  if (rng_.chance(15)) dag_.timeout = Millis(rng_.between(2000, 40'000));
  const int hooks = rng_.chance(50) ? 0 : rng_.between(1, 3);
  const int mains = rng_.chance(2) ? 0 : rng_.between(1, 9);
  if (mains == 0 && hooks == 0) seen_.sometimes("empty run");
  for (int i = 0; i < mains; ++i) add_task(Phase::main);
  for (int i = 0; i < hooks; ++i) add_task(static_cast<Phase>(rng_.between(2, 4)));
}

void World::make_people() {
  for (size_t run = 0; run < runs_.size(); ++run) {
    if (rng_.chance(15)) {
      CarriedOver over{.from = "before"};
      for (int32_t task = 0; task < static_cast<int32_t>(dag_.tasks.size()); ++task) {
        if (rng_.chance(60)) over.tasks.push_back(TaskIndex{task});
      }
      command(run, over, Millis(0));
    }
    command(run, RunStarted{}, Millis(rng_.below(1500)));
    if (rng_.chance(25)) command(run, CancelRequested{"asked"}, Millis(rng_.below(rng_.chance(20) ? 1500 : 25'000)));
    if (rng_.chance(20)) {
      const int paused = rng_.below(20'000);
      command(run, PauseRequested{}, Millis(paused));
      command(run, ResumeRequested{}, Millis(paused + rng_.below(15'000)));
    }
    if (rng_.chance(5)) command(run, CancelRequested{std::string(kUnderRunTimeout)}, Millis(rng_.below(10'000)));
    for (int i = 0, n = rng_.chance(50) ? rng_.between(1, 6) : 0; i < n && !dag_.tasks.empty(); ++i) {
      const TaskIndex task{rng_.below(static_cast<int>(dag_.tasks.size()))};
      const auto when = Millis(rng_.below(rng_.chance(50) ? 20'000 : 58'000));
      if (rng_.chance(30)) command(run, LimitsChanged{task, rng_.between(1, 4), rng_.below(3)}, when);
      else if (rng_.chance(50)) command(run, ClearRequested{task, rng_.chance(70)}, when);
      else command(run, MarkRequested{task, rng_.chance(40) ? TaskState::succeeded : rng_.chance(50) ? TaskState::failed : TaskState::skipped, "by hand"}, when);
    }
    retries_left_[run] = rng_.chance(50) ? rng_.between(1, 2) : 0;
  }
}

// A person (or their client) repeats a command until it is answered.
void World::command(size_t run, const Event& event, Millis in) {
  ++pending_commands_;
  at(in, [this, run, event] {
    --pending_commands_;
    if (!handle(run, event)) command(run, event, Millis(200 + rng_.below(500)));
  });
}

// False: crashed before the commit, so that nothing happened.
bool World::handle(size_t run, const Event& event, const TimerRow* fired) {
  const Run before = runs_[run];
  const Decision decision = decide(dag_, before, event, now_);
  require(fingerprint(decision) == fingerprint(decide(dag_, before, event, now_)), "deciding twice gives the same answer");
  if (trouble(crash_)) {
    seen_.sometimes("crash before commit");
    crash();
    return false;
  }
  if (std::holds_alternative<CancelRequested>(event) && !decision.empty()) {
    if (before.state == RunState::queued) seen_.sometimes("queued run cancelled");
    if (before.state != RunState::queued && before.open_main == 0) seen_.sometimes("cancelled while only hooks were left");
  }
  if (std::holds_alternative<RunTimedOut>(event) && !decision.empty()) seen_.sometimes("run timed out");
  if (std::holds_alternative<LeaseReturned>(event) && !decision.empty()) {
    seen_.sometimes(before.state == RunState::cancelling ? "lease returned while cancelling" : "lease returned");
  }
  if (std::holds_alternative<RetryRequested>(event) && !decision.empty()) {
    for (const auto& move : decision.moves) {
      if (move.from == TaskState::skipped && task_of(dag_, before, move.task).phase == Phase::main) seen_.sometimes("a skip was judged once more");
    }
    seen_.sometimes(before.state == RunState::failed ? "retry of a failed run" : "retry of a cancelled run");
    for (const auto& worker : workers_) {
      for (const auto& [lease, running] : worker.running) {
        if (run_at(lease) == run) seen_.sometimes("old attempt still ran after reopening");
      }
    }
  }
  if (before.state == RunState::paused && decision.run_to && is_final(*decision.run_to)) seen_.sometimes("paused run ended");
  commit(run, decision, fired);
  check_step({dag_, before, event, decision, runs_[run], now_}, seen_);
  check_rows(run);
  for (const auto& move : decision.moves) {
    const TaskRun& is = runs_[run].tasks[index(move.task)];
    if (is.wait == Wait::judge && is.version == move.after.version) make_someone_answer(run, move.task, is.version);
  }
  if (trouble(crash_)) {
    seen_.sometimes("crash after commit");
    crash();
  } else {
    perform_outbox();
  }
  return true;
}

void World::commit(size_t run, const Decision& decision, const TimerRow* fired) {
  apply(runs_[run], decision);
  record_attempts(decision);
  for (const auto& move : decision.moves) {
    fold(static_cast<uint64_t>(move.task.value) * 131 + static_cast<uint64_t>(move.to));
    fold(static_cast<uint64_t>(now_.time_since_epoch().count()));
  }
  if (fired != nullptr) {
    const TimerRow row = *fired;
    std::erase_if(timers_, [&](const TimerRow& t) { return t.at == row.at && t.kind == row.kind && t.lease == row.lease; });
  }
  for (const auto& effect : decision.effects) {
    if (const auto* timer = std::get_if<SetTimer>(&effect)) {
      timers_.push_back({timer->at, timer->kind, timer->lease});
      continue;
    }
    if (std::holds_alternative<FinishRun>(effect)) {
      std::erase_if(timers_, [&](const TimerRow& t) { return run_at(t.lease) == run; });
      if (retries_left_[run] > 0 && runs_[run].state != RunState::succeeded) {
        --retries_left_[run];
        command(run, RetryRequested{}, Millis(rng_.below(6000)));
      }
    }
    outbox_.push_back({run, effect});
  }
}

// The table of attempts: one row per lease, at most one of a task alive, ends never change.
void World::record_attempts(const Decision& decision) {
  for (const auto& move : decision.attempts) {
    const auto found = attempts_.find(move.lease);
    if (move.to == AttemptState::leased) {
      require(found == attempts_.end(), "a lease number is used once");
      for (size_t i = 0; i < workers_.size(); ++i) {
        if (workers_[i].name == move.worker) attempts_[move.lease] = {move.to, i};
      }
      deadlines_[move.lease] = now_ + lease_length_;
      continue;
    }
    require(found != attempts_.end(), "an attempt is known before it moves");
    require(!is_final(found->second.state), "an attempt ends once");
    found->second.state = move.to;
    if (is_final(move.to)) deadlines_.erase(move.lease);
  }
}

void World::check_rows(size_t run) const {
  const Run& is = runs_[run];
  if ((is.state == RunState::running || is.state == RunState::paused) && is.open_main > 0 && dag_.timeout > Millis{0}) {
    require(std::any_of(timers_.begin(), timers_.end(), [&](const TimerRow& t) { return t.kind == TimerKind::run_timeout && t.lease.run == is.id; }),
            "a run with a time limit has its timer");
  }
  std::map<int32_t, int> live;
  for (const auto& [lease, row] : attempts_) {
    if (run_at(lease) == run && !is_final(row.state)) ++live[lease.task.value];
  }
  for (size_t i = 0; i < is.tasks.size(); ++i) {
    const TaskRun& task = is.tasks[i];
    const LeaseNumber lease{is.id, TaskIndex{static_cast<int32_t>(i)}, task.attempt};
    require(live[static_cast<int32_t>(i)] == (holds_lease(task.state) ? 1 : 0), "a task has a live attempt exactly while it holds a lease");
    const auto has_timer = [&](TimerKind kind) {
      return std::any_of(timers_.begin(), timers_.end(), [&](const TimerRow& t) { return t.kind == kind && t.lease == lease; });
    };
    if (task.state == TaskState::backoff) require(has_timer(TimerKind::backoff), "a task in backoff has a timer that will wake it");
    if (task.state == TaskState::asleep && task.wake != TimePoint{}) {
      const LeaseNumber sleep{is.id, lease.task, task.version};
      require(std::any_of(timers_.begin(), timers_.end(), [&](const TimerRow& t) { return t.kind == TimerKind::wake && t.lease == sleep; }),
              "a dated sleep has a timer that will end it");
    }
    const Task& spec = task_of(dag_, is, lease.task);
    if (task.state == TaskState::ready && spec.queue_timeout > Millis{0}) {
      const LeaseNumber wait{is.id, lease.task, task.version};
      require(std::any_of(timers_.begin(), timers_.end(), [&](const TimerRow& t) { return t.kind == TimerKind::queue_timeout && t.lease == wait; }),
              "a wait for a slot has a timer that limits it");
    }
    if (task.state != TaskState::waiting && !is_final(task.state) && spec.total_timeout > Millis{0}) {
      const LeaseNumber whole{is.id, lease.task, 0};
      require(std::any_of(timers_.begin(), timers_.end(), [&](const TimerRow& t) { return t.kind == TimerKind::total_timeout && t.lease == whole && t.at == task.opened + spec.total_timeout; }),
              "a task with a limit in total has its timer");
    }
    if (task.state == TaskState::running) require(has_timer(TimerKind::attempt_timeout), "a running task has a timer that limits it");
    if (holds_lease(task.state)) require(deadlines_.contains(lease), "a live lease has a deadline");
  }
}

// The engine's process dies and starts again: it knows what the store knows, and performs what was committed.
void World::crash() {
  fold(3);
  deadlines_.clear();
  asked_.clear();
  for (auto& run : runs_) {
    Run recovered = run;
    for (auto& task : recovered.tasks) task.unmet = task.broken = task.skipped = 0;
    for (auto& items : recovered.expansions) {
      items = {.task = items.task, .first = items.first, .count = items.count, .max_parallel = items.max_parallel, .tolerated = items.tolerated, .dropped = items.dropped};
    }
    recovered.open_main = recovered.open_hooks = recovered.broken_main = recovered.cancelled_main = 0;
    recount(dag_, recovered);
    require(recovered == run, "recovery finds the run as it was");
  }
  for (const auto& [lease, row] : attempts_) {
    if (!is_final(row.state)) deadlines_[lease] = now_ + lease_length_;
  }
  at(Millis(rng_.below(800)), [this] { perform_outbox(); });
}

void World::perform_outbox() {
  const auto rows = std::exchange(outbox_, {});
  for (const auto& row : rows) {
    perform(row.run, row.effect);
    if (trouble(crash_)) {  // performed, but the store was not told
      seen_.sometimes("effect performed twice");
      outbox_.push_back(row);
    }
  }
}

void World::perform(size_t run, const Effect& effect) {
  if (const auto* dispatch = std::get_if<Dispatch>(&effect)) {
    const auto row = attempts_.find(dispatch->lease);
    require(row != attempts_.end(), "what is dispatched was committed");
    send(10, [this, lease = dispatch->lease, worker = row->second.worker] { offer(worker, lease); });
  } else if (const auto* stop = std::get_if<CancelAttempt>(&effect)) {
    send(10, [this, lease = stop->lease, worker = attempts_.at(stop->lease).worker] { cancel(worker, lease); });
  } else if (const auto* finished = std::get_if<FinishRun>(&effect)) {
    fold(900 + static_cast<uint64_t>(finished->state) + run);
  }
}

void World::fire_timers() {
  for (bool again = true; again;) {
    again = false;
    for (const TimerRow row : timers_) {
      if (row.at > now_) continue;
      Event event = RunTimedOut{};
      if (row.kind == TimerKind::backoff) event = BackoffElapsed{row.lease};
      if (row.kind == TimerKind::wake) event = WakeElapsed{row.lease};
      if (row.kind == TimerKind::queue_timeout) event = QueueTimedOut{row.lease};
      if (row.kind == TimerKind::total_timeout) event = TotalTimedOut{row.lease.task};
      if (row.kind == TimerKind::attempt_timeout) event = AttemptTimedOut{row.lease, rng_.unit()};
      again = handle(run_at(row.lease), event, &row);
      if (again && row.kind != TimerKind::run_timeout && trouble(repeat_)) {
        at(Millis(rng_.below(9000)), [this, event, run = run_at(row.lease)] { handle(run, event); });
      }
      break;  // the list has changed
    }
  }
}

void World::expire_leases() {
  std::vector<LeaseNumber> expired;
  for (const auto& [lease, deadline] : deadlines_) {
    if (deadline <= now_) expired.push_back(lease);
  }
  for (const LeaseNumber lease : expired) {
    handle(run_at(lease), LeaseExpired{lease});
    // Another thread of the engine, or its predecessor, may notice the same thing much later.
    if (trouble(repeat_)) at(Millis(rng_.below(6000)), [this, lease] { handle(run_at(lease), LeaseExpired{lease}); });
  }
}

void World::ask_gates() {
  for (size_t run = 0; run < runs_.size(); ++run) {
    if (runs_[run].state == RunState::paused) continue;
    for (size_t i = 0; i < runs_[run].tasks.size(); ++i) {
      const TaskRun& task = runs_[run].tasks[i];
      if (task.state != TaskState::ready || task.gate_open || !is_gated(dag_, runs_[run], TaskIndex{static_cast<int32_t>(i)})) continue;
      const LeaseNumber question{runs_[run].id, TaskIndex{static_cast<int32_t>(i)}, task.version};
      if (!asked_.insert(question).second) continue;
      at(Millis(rng_.below(calm_ ? 50 : 3000)), [this, run, question] {
        if (!asked_.contains(question)) return seen_.sometimes("a question was lost in a crash");
        answer_gate(run, question.task, question.attempt);
      });
    }
  }
}

void World::answer_gate(size_t run, TaskIndex task, int32_t version) {
  GateAnswered answer{.task = task, .version = version, .reason = "told so"};
  const Task& asked = task_of(dag_, runs_[run], task);
  const bool item = is_item(dag_, task);
  const int dice = rng_.below(100);
  if (dice < 15) answer.verdict = GateVerdict::skip;
  else if (dice < 20) answer.verdict = GateVerdict::fail;
  else if (asked.has_items() && !item) {
    answer.verdict = GateVerdict::expand;
    answer.items = rng_.chance(10) ? 0 : rng_.between(1, 6);
    answer.max_parallel = asked.max_parallel;
    answer.tolerated = asked.tolerate.of(answer.items);
  } else if (dice < 23) answer.verdict = GateVerdict::late;
  else if (!asked.is_core() || asked.looks()) answer.verdict = GateVerdict::open;
  else if (dice < 40) {
    answer.verdict = GateVerdict::succeed;
    for (const TaskIndex next : asked.downstream) {
      if (!item && rng_.chance(30)) answer.skips.push_back(next);
    }
  } else {
    answer.verdict = GateVerdict::sleep;
    answer.wait = rng_.chance(20) ? Wait::poll : static_cast<Wait>(rng_.between(1, 4));
    if (answer.wait == Wait::time || answer.wait == Wait::poll || rng_.chance(50)) answer.wake = now_ + Millis(rng_.between(1, 9000));
  }
  const LeaseNumber question{runs_[run].id, task, version};
  if (!handle(run, answer)) {  // it crashed; whoever starts next asks once more
    asked_.erase(question);
    return;
  }
  const Wait wait = runs_[run].tasks[index(task)].wait;
  if (wait != Wait::none && wait != Wait::time && wait != Wait::items && wait != Wait::poll) {
    make_someone_answer(run, task, runs_[run].tasks[index(task)].version);
  }
  if (trouble(repeat_)) at(Millis(rng_.below(6000)), [this, run, answer] { handle(run, answer); });
}

// A person, another system, another run: it repeats what it has to say until it is heard, and sometimes says it twice.
void World::make_someone_answer(size_t run, TaskIndex task, int32_t version) {
  const TaskRun& sleeper = runs_[run].tasks[index(task)];
  if (sleeper.wait == Wait::approval && rng_.chance(30) && !is_item(dag_, task)) {
    const TaskIndex to{rng_.below(task.value + 1)};
    command(run, SentBack{task, version, to, "look at it again"}, Millis(rng_.below(9000)));
  }
  SleepEnded end{.task = task, .version = version, .end = static_cast<SleepEnd>(rng_.between(1, 3)), .reason = "somebody said so"};
  if (sleeper.wait == Wait::judge && rng_.chance(60)) {
    end.end = rng_.chance(10) ? SleepEnd::late : SleepEnd::again;
    end.wait = Wait::poll;
    end.wake = now_ + Millis(rng_.between(1, 4000));
  }
  command(run, end, Millis(rng_.below(12'000)));
  if (rng_.chance(20)) command(run, end, Millis(rng_.below(20'000)));
}

void World::place() {
  std::vector<ReadyTask> ready;
  std::vector<WorkerSlots> slots;
  for (const auto& worker : workers_) {
    if (!worker.alive) continue;
    slots.push_back({worker.name, worker.slots, worker.gpu ? std::vector<std::string>{"gpu"} : std::vector<std::string>{}, {"fake"}});
  }
  for (const auto& [lease, row] : attempts_) {
    for (auto& one : slots) {
      if (!is_final(row.state) && one.name == workers_[row.worker].name) --one.free;
    }
  }
  // Rooms: the pools, the Dag, then the runs.
  std::vector<Room> rooms;
  for (const auto& [name, size] : pools_) rooms.push_back({.free = size - pool_use(name)});
  const auto dag_room = static_cast<int32_t>(rooms.size());
  rooms.push_back({.free = dag_.max_tasks_of_all - at_work()});
  for (const auto& run : runs_) {
    int busy = 0;
    for (const auto& task : run.tasks) busy += holds_lease(task.state) ? 1 : 0;
    rooms.push_back({.free = dag_.max_tasks - busy});
    for (size_t i = 0; i < run.tasks.size(); ++i) {
      const TaskRun& task = run.tasks[i];
      if (task.state != TaskState::ready) continue;
      const TaskIndex at{static_cast<int32_t>(i)};
      const Task& spec = task_of(dag_, run, at);
      if (run.state == RunState::paused) seen_.sometimes("pause kept a ready task back");
      if (is_gated(dag_, run, at) && !may_be_leased(dag_, run, at)) continue;
      if (run.state == RunState::cancelling && spec.phase == Phase::main) seen_.sometimes("a task ran while its run was being cancelled");
      const auto pool = std::find_if(pools_.begin(), pools_.end(), [&](const auto& one) { return one.first == spec.pool; });
      ready.push_back({.lease = {run.id, at, task.attempt + 1}, .priority = spec.priority, .since = task.since, .task = &spec, .run = static_cast<int32_t>(rooms.size()) - 1,
                       .dag = dag_.max_tasks_of_all > 0 ? dag_room : -1, .pool = pool == pools_.end() ? -1 : static_cast<int32_t>(pool - pools_.begin())});
    }
  }
  check_order(ready, slots, rooms);
  for (const auto& placement : pick(std::move(ready), slots, rooms)) {
    const auto found = std::find_if(slots.begin(), slots.end(), [&](const WorkerSlots& w) { return w.name == placement.worker; });
    require(found != slots.end() && --found->free >= 0, "no worker gets more than its free slots");
    require(found->labels == std::vector<std::string>{"gpu"} || task_of(dag_, runs_[run_at(placement.lease)], placement.lease.task).runs_on.labels.empty(),
            "a task goes to a worker that has its labels");
    handle(run_at(placement.lease), LeaseGranted{placement.lease, placement.worker});
    const auto& tasks = runs_[run_at(placement.lease)].tasks;
    const auto busy = std::count_if(tasks.begin(), tasks.end(), [](const TaskRun& task) { return holds_lease(task.state); });
    require(busy <= dag_.max_tasks, "no run has more tasks at work than its dag allows");
    require(dag_.max_tasks_of_all == 0 || at_work() <= dag_.max_tasks_of_all, "no dag has more tasks at work than it allows");
    for (const auto& [name, size] : pools_) require(pool_use(name) <= size, "pools are never exceeded");
  }
}

int World::at_work() const {
  int live = 0;
  for (const auto& run : runs_) live += static_cast<int>(std::count_if(run.tasks.begin(), run.tasks.end(), [](const TaskRun& task) { return holds_lease(task.state); }));
  return live;
}

int World::pool_use(const std::string& pool) const {
  int use = 0;
  for (const auto& run : runs_) {
    for (size_t i = 0; i < run.tasks.size(); ++i) {
      const Task& spec = task_of(dag_, run, TaskIndex{static_cast<int32_t>(i)});
      use += holds_lease(run.tasks[i].state) && spec.pool == pool ? spec.weight : 0;
    }
  }
  return use;
}

// With one slot and room for all, the one whose turn it is goes first.
void World::check_order(const std::vector<ReadyTask>& ready, std::vector<WorkerSlots> slots, std::vector<Room> rooms) const {
  if (ready.size() < 2 || slots.empty()) return;
  slots = {{"only", 1, {"gpu"}, {"fake"}}};
  for (auto& room : rooms) room.free = 100;
  const auto first = pick(ready, slots, rooms);
  const auto waited = [&](const ReadyTask& t) { return (now_ - t.since) + t.priority * Millis{60'000}; };
  for (const auto& one : ready) {
    const auto chosen = std::find_if(ready.begin(), ready.end(), [&](const ReadyTask& t) { return !first.empty() && t.lease == first.front().lease; });
    require(chosen != ready.end() && waited(*chosen) >= waited(one), "waiting is worth priority, and who has most of both goes first");
  }
}

void World::tick() {
  fire_timers();
  expire_leases();
  if (rng_.chance(1)) {  // a clock that goes off early must do no harm
    for (const auto& [lease, row] : std::map(attempts_)) {
      if (!calm_ && row.state == AttemptState::leased && rng_.chance(20)) handle(run_at(lease), AttemptTimedOut{lease, rng_.unit()});
    }
  }
  ask_gates();
  place();
  if (!outbox_.empty()) perform_outbox();
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].alive && trouble(death_) && rng_.chance(death_ > 90 ? 30 : 6)) die(i);
  }
  if (!calm_ && now_ >= kCalmFrom) {
    calm_ = true;
    for (size_t run = 0; run < runs_.size(); ++run) command(run, ResumeRequested{}, Millis{0});
  }
  if (!all_over()) at(kTick, [this] { tick(); });
}

bool World::all_over() const {
  if (pending_commands_ > 0) return false;
  return std::all_of(runs_.begin(), runs_.end(), [](const Run& run) { return is_final(run.state); });
}

void World::run() {
  at(Millis{0}, [this] { tick(); });
  while (!agenda_.empty()) {
    auto next = agenda_.extract(agenda_.begin());
    now_ = next.key().first;
    require(now_ < kTooLate, "after the faults stop everything ends");
    next.mapped()();
  }
  require(all_over(), "after the faults stop everything ends");
  for (const auto& run : runs_) fold(static_cast<uint64_t>(run.state));
}

}  // namespace millrace::sim
