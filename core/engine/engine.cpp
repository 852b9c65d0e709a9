// The turn: inbox, timers, admission, placement, commit, publish. Commands are in engine_commands.cpp, workers in engine_workers.cpp.
#include "base/invariant.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "schedule/mutant.hpp"

namespace millrace {
namespace {

constexpr Millis kLongestWait{1000};
constexpr Millis kAfterFailedCommit{1000};
constexpr int kMostLastTurns = 1000;

double seconds(auto duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Engine::Engine(const Clock& clock, Store& store, const OperatorList& operators, EngineOptions options)
    : clock_(clock), store_(store), options_(options), book_(store, operators), random_(options.seed), operators_(operators), last_turn_(clock.now()) {}

// --- the loop ----------------------------------------------------------------------------------------------------------

void Engine::run(std::stop_token stop) {
  const std::stop_callback wake(stop, [this] {
    {
      const std::lock_guard hold(inbox_mutex_);
      stopping_ = true;
    }
    inbox_changed_.notify_all();
  });
  while (!stop.stop_requested()) {
    const Millis wait = turn();
    std::unique_lock hold(inbox_mutex_);
    inbox_changed_.wait_for(hold, wait, [&] { return stopping_ || !inbox_.empty(); });
  }
  // Whoever asked before the stop gets an answer; a message may have to wait for the commit of another.
  for (int turns = 0; turns == 0 || (turns < kMostLastTurns && !idle()); ++turns) turn();
  feed_.close();
}

Millis Engine::turn() {
  Turn turn{.now = clock_.now()};
  turn.commit.now = turn.now;
  retry_at_ = std::min(retry_at_, turn.now + kAfterFailedCommit);  // the clock may be set back
  renew_at_ = std::min(renew_at_, turn.now + options_.renew);
  if (turn.now >= retry_at_) {
    for (const auto& again : std::exchange(repeats_, {})) again();
  }
  // First what was said, then what is due: after a long commit the inbox may hold renewals of leases that seem to be over.
  const bool all_heard = drain_inbox(turn);
  if (turn.now >= retry_at_) {
    fire_timers(turn);
    if (all_heard) expire_leases(turn);
    fire_schedules(turn);
    fire_triggers(turn);
    drive_backfills(turn);
    prune_runs(turn);
    admit_runs(turn);
    turn.late = true;
    ask_gates(turn);
    place_tasks(turn);
  }
  fire_ends(turn);
  if (turn.now >= retry_at_) watch_deadlines(turn);
  settle(turn);
  last_turn_ = turn.now;
  if (turn.again) return Millis{0};
  const TimePoint due = std::min({timers_.empty() ? TimePoint::max() : timers_.begin()->first, schedules_due_, rates_due_, triggers_due_, late_due_});
  if (due == TimePoint::max()) return kLongestWait;
  // Timers rest while the store does: no spinning on one that is due before work goes on.
  return std::clamp(std::max(due, retry_at_) - clock_.now(), Millis{0}, kLongestWait);
}

TimePoint Engine::next_due() const {
  TimePoint due = std::min({timers_.empty() ? TimePoint::max() : timers_.begin()->first, schedules_due_, rates_due_, triggers_due_, late_due_});
  for (const auto& [number, lease] : leases_) {
    due = std::min({due, lease.deadline, lease.kill_at});
    if (lease.passed == Limit::none) due = std::min({due, lease.timeout_at, lease.beat_by});
  }
  return due;
}

void Engine::post(Message message) {
  {
    const std::lock_guard hold(inbox_mutex_);
    inbox_.push_back(std::move(message));
  }
  inbox_changed_.notify_one();
}

bool Engine::idle() const {
  const std::lock_guard hold(inbox_mutex_);
  return inbox_.empty();
}

bool Engine::drain_inbox(Turn& turn) {
  std::deque<Message> messages;
  {
    const std::lock_guard hold(inbox_mutex_);
    messages.swap(inbox_);
  }
  while (!messages.empty()) {
    if (!messages.front()(turn)) break;  // this one needs a commit first
    messages.pop_front();
  }
  if (messages.empty()) return true;
  const std::lock_guard hold(inbox_mutex_);
  inbox_.insert(inbox_.begin(), std::make_move_iterator(messages.begin()), std::make_move_iterator(messages.end()));
  return false;
}

// --- what is due -------------------------------------------------------------------------------------------------------

void Engine::fire_timers(Turn& turn) {
  while (!timers_.empty() && timers_.begin()->first <= turn.now) {
    const Timer timer = timers_.begin()->second;
    timers_.erase(timers_.begin());
    auto* state = find(timer.lease.run);
    if (state == nullptr) continue;
    if (timer.kind == TimerKind::run_timeout) happen(turn, *state, RunTimedOut{});
    if (timer.kind == TimerKind::backoff) happen(turn, *state, BackoffElapsed{timer.lease});
    if (timer.kind == TimerKind::wake) happen(turn, *state, WakeElapsed{timer.lease});
    if (timer.kind == TimerKind::queue_timeout) happen(turn, *state, QueueTimedOut{timer.lease});
    if (timer.kind == TimerKind::total_timeout) end_task_in_time(turn, *state, timer.lease.task);
  }
}

// --- admission -------------------------------------------------------------------------------------------------------

// Looked at again when a run came, began or ended, or the limits are others: with thousands of open runs a look is not cheap.
void Engine::admit_runs(Turn& turn) {
  if (!std::exchange(admit_due_, false)) return;
  std::map<std::string, int> active;  // by name: versions of one Dag share its limit
  std::vector<RunId> queued;
  for (const auto& [id, state] : runs_) {
    if (state.run.state == RunState::queued) queued.push_back(id);
    else if (!is_final(state.run.state)) ++active[state.header.dag];
  }
  for (const RunId id : queued) {  // oldest first
    auto& state = runs_.at(id);
    const Dag* today = book_.today(state.header.dag);
    // What a task waits for is not held up by the limit: the run that waits may be the one that has the slot.
    if (!state.header.parent && !MR_MUTANT(82) && active[state.header.dag] >= (today != nullptr ? today : state.dag)->max_runs) continue;
    ++active[state.header.dag];
    happen(turn, state, RunStarted{});
  }
}

// --- deciding ----------------------------------------------------------------------------------------------------------

Engine::OpenState* Engine::find(RunId run) {
  const auto found = runs_.find(run);
  return found == runs_.end() ? nullptr : &found->second;
}

RunCommit* Engine::happen(Turn& turn, OpenState& state, const Event& event) {
  Decision decision = decide(*state.dag, state.run, event, turn.now);
  if (decision.empty()) return nullptr;
  std::vector<TaskIndex> lonely_children;
  for (const auto& move : decision.moves) {
    if (index(move.task) >= state.run.tasks.size()) continue;  // an item that this decision made
    const auto& before = state.run.tasks[index(move.task)];
    if (move.from == TaskState::asleep && before.wait == Wait::run && move.to == TaskState::cancelled) lonely_children.push_back(move.task);
    if (move.from == TaskState::asleep) gates_.erase({state.run.id, move.task, before.version});
    if (move.from == TaskState::ready) {
      if (move.to == TaskState::leased) timings_.with([&](Timings& t) { t.queue_wait.add(seconds(turn.now - before.since)); });
      gates_.erase({state.run.id, move.task, before.version});
      erase_ready(state, move.task, before);
    }
    state.live += static_cast<int>(holds_lease(move.to)) - static_cast<int>(holds_lease(move.from));
  }
  std::vector<Expansion> items_over;
  for (const auto& move : decision.moves) {
    if (move.from != TaskState::asleep || is_item(*state.dag, move.task) || state.run.tasks[index(move.task)].wait != Wait::items) continue;
    const auto* items = current_expansion(decision.expansions.empty() ? state.run.expansions : decision.expansions, move.task);
    if (items != nullptr && (move.to == TaskState::succeeded || move.to == TaskState::failed)) items_over.push_back(*items);
  }
  apply(state.run, decision);
  follow(turn, state, decision);
  turn.touched.insert(state.run.id);
  auto& part = turn.commit.runs.emplace_back();
  part.run = state.run.id;
  part.event = event;
  part.time = turn.now;
  for (const auto& items : items_over) turn.gatherings.push_back({turn.commit.runs.size() - 1, items});
  if (!items_over.empty() || forgets_pins(event)) turn.fresh.insert(state.run.id);  // the old pins are there until the commit
  if (forgets_checkpoints(event)) {
    for (const auto& move : decision.moves) turn.commit.checkpoints[{state.run.id, move.task}] = Json();
  }
  part.decision = std::move(decision);
  for (const TaskIndex task : lonely_children) cancel_child(turn, {state.run.id, task});
  if (part.decision.run_to && is_final(*part.decision.run_to)) turn.ended.push_back(state.run.id);
  if (part.decision.run_to && is_final(*part.decision.run_to) && state.header.parent) tell_parent(turn, state);
  return &part;
}

void Engine::follow(Turn& turn, OpenState& state, const Decision& decision) {
  for (const auto& move : decision.moves) {
    turn.again = turn.again || (turn.late && (move.to == TaskState::ready || move.after.wait == Wait::judge));
    index_ready(state, move.task);
    turn.changes.push_back({.run = state.header.key, .dag = state.header.dag, .task = label_of(*state.dag, state.run, move.task),
                            .state = std::string(name(move.to)), .attempt = move.after.attempt, .time = turn.now});
  }
  for (const TaskIndex opened : decision.opened) {
    gates_.erase({state.run.id, opened, state.run.tasks[index(opened)].version});
    index_ready(state, opened);
  }
  for (const auto& attempt : decision.attempts) {
    if (attempt.to == AttemptState::leased) {
      leases_[attempt.lease] = {.worker = attempt.worker, .deadline = turn.now + options_.lease, .since = turn.now};
      workers_[attempt.worker].leases.insert(attempt.lease);
    } else if (attempt.to == AttemptState::running) {
      beat(state, attempt.lease, turn.now);
    } else if (is_final(attempt.to)) {
      if (const auto held = leases_.find(attempt.lease); held != leases_.end()) {
        timings_.with([&](Timings& t) { t.attempt.add(seconds(turn.now - held->second.since)); });
      }
      release(attempt.lease);
    }
  }
  for (const auto& effect : decision.effects) {
    const auto* timer = std::get_if<SetTimer>(&effect);
    if (timer == nullptr) continue;
    LeaseNumber lease = timer->lease;
    lease.run = state.run.id;
    set_timer({.at = timer->at, .kind = timer->kind, .lease = lease});
  }
  if (decision.run_to) {
    admit_due_ = true;
    // Left alone, the run's own timer would end it when it is opened again.
    if (is_final(*decision.run_to)) drop_timers(state.run.id);
    if (*decision.run_to == RunState::succeeded) past_.erase(state.header.dag);
    turn.changes.push_back({.run = state.header.key, .dag = state.header.dag, .state = std::string(name(*decision.run_to)), .time = turn.now});
  }
}

// The attempt has shown that it lives.
void Engine::beat(const OpenState& state, LeaseNumber number, TimePoint now) {
  const auto lease = leases_.find(number);
  const Millis limit = state.spec(number.task).heartbeat;
  if (lease != leases_.end() && limit > Millis{0}) lease->second.beat_by = now + limit;
}

void Engine::drop_timers(RunId run) {
  std::erase_if(timers_, [&](const auto& timer) { return timer.second.lease.run == run; });
}

void Engine::release(LeaseNumber lease) {
  const auto found = leases_.find(lease);
  if (found == leases_.end()) return;
  workers_[found->second.worker].leases.erase(lease);
  leases_.erase(found);
}

double Engine::jitter() { return std::uniform_real_distribution<double>(0, 1)(random_); }

// --- committing --------------------------------------------------------------------------------------------------------

void Engine::settle(Turn& turn) {
  gather(turn);
  const bool empty = turn.commit.empty();
  if (!empty) turn.commit.done_effects.swap(done_effects_);
  std::vector<OutboxRow> outbox;
  const auto begin = std::chrono::steady_clock::now();
  const Status saved = empty ? Status{} : store_.commit(turn.commit, outbox);
  if (!empty) timings_.with([&](Timings& t) { t.commit.add(seconds(std::chrono::steady_clock::now() - begin)); });
  const Status leads = !empty || turn.now < renew_at_ ? saved : store_.keep_leading(turn.now);
  if (!leads && leads.error().code == "E2023" && !fenced_.exchange(true)) log::error(to_string(leads.error()));
  if (!empty || turn.now >= renew_at_) renew_at_ = turn.now + options_.renew;
  if (saved || MR_MUTANT(88)) {
    if (dispatcher_ != nullptr) dispatcher_->hold();
    for (const auto& then : turn.afterwards) then();
    if (!turn.data.empty()) triggers_due_ = {};
    publish(turn, outbox);
    if (dispatcher_ != nullptr) dispatcher_->flush();
  } else {
    log::error("commit refused: " + to_string(saved.error()));
    undo(turn);
  }
  for (const auto& answer : turn.answers) answer(saved);
}

void Engine::publish(Turn& turn, std::vector<OutboxRow>& outbox) {
  for (const auto& row : outbox) {
    if (const auto* dispatch = std::get_if<Dispatch>(&row.effect)) {
      const auto offer = turn.offers.find(dispatch->lease);
      if (offer != turn.offers.end() && leases_.contains(dispatch->lease)) dispatcher_->send(dispatch->worker, offer->second);
    } else if (const auto* cancelled = std::get_if<CancelAttempt>(&row.effect)) {
      const auto lease = leases_.find(cancelled->lease);
      if (lease != leases_.end()) {
        dispatcher_->cancel(lease->second.worker, cancelled->lease, cancelled->reason);
      } else {  // it lost its lease with this decision (timed out): whoever has it must stop
        for (const auto& [worker, state] : workers_) {
          if (state.connected) dispatcher_->fence(worker, {cancelled->lease});
        }
      }
    }
    done_effects_.push_back(row.id);
  }
  feed_.publish(std::move(turn.changes));
  for (const RunId run : turn.touched) {
    const auto* state = find(run);
    if (state != nullptr && is_final(state->run.state)) forget(run);
  }
}

// Nothing of the turn has happened: runs as the store has them, timers due again soon.
void Engine::undo(Turn& turn) {
  retry_at_ = turn.now + kAfterFailedCommit;
  admit_due_ = true;
  done_effects_.insert(done_effects_.end(), turn.commit.done_effects.begin(), turn.commit.done_effects.end());
  timers_.emplace(retry_at_, Timer{.at = retry_at_, .kind = TimerKind::backoff, .lease = {}});  // wakes the loop
  for (const auto& fresh : turn.commit.new_runs) forget(fresh.header.id);
  for (const auto& [dag, seen] : turn.seen_before) {
    if (MR_MUTANT(87)) continue;
    seen_[dag] = seen;
    next_due_.erase(dag);
    schedules_due_ = {};
  }
  for (const auto& [id, before] : turn.backfills_before) {
    if (before.id == 0) backfills_.erase(id);
    else backfills_[id] = before;
  }
  for (auto at = turn.triggers_before.rbegin(); at != turn.triggers_before.rend(); ++at) {
    auto& seen = triggers_seen_[{at->dag, at->trigger}];
    at->mark.empty() ? void(seen.erase(at->item)) : void(seen[at->item] = at->mark);
    triggers_due_ = retry_at_;
  }
  for (const auto& [name, before] : turn.pools_before) pools_[name].by_hand = before;
  for (const auto& [name, before] : turn.plugins_before) plugins_[name] = before;
  if (!turn.touched.empty() && !MR_MUTANT(83)) restore(turn);
  repeats_ = std::move(turn.repeats);
}

void Engine::restore(const Turn& turn) {
  const auto unreadable = [](bool broken) {
    if (!broken) return;
    log::error("a run can't be read after a refused commit; stopping, so that nothing is decided on a wrong state");
    std::abort();
  };
  const auto timers = store_.timers();
  unreadable(!timers);
  for (const RunId run : turn.touched) {
    auto* state = find(run);
    if (state == nullptr) continue;
    auto stored = store_.load_run(run);
    unreadable(!stored || !*stored);
    restore(*state, std::move(**stored), turn.now);
    if (is_final(state->run.state)) forget(run);
  }
  for (const auto& timer : *timers) {
    if (turn.touched.contains(timer.lease.run)) set_timer(timer);
  }
}

// Leases that live in memory only keep what the worker has said since; those that this turn ended are whole again.
void Engine::restore(OpenState& state, OpenRun stored, TimePoint now) {
  const RunId run = state.run.id;
  std::map<LeaseNumber, LeaseState> kept;
  for (auto at = leases_.lower_bound({run, {}, 0}); at != leases_.end() && at->first.run == run; ++at) kept.insert(*at);
  for (const auto& [number, lease] : kept) release(number);
  forget_ready(run);
  drop_timers(run);
  state.run = std::move(stored.run);
  recount(*state.dag, state.run);
  for (const auto& live : stored.live) {
    const auto before = kept.find(live.lease);
    if (MR_MUTANT(85)) continue;
    leases_[live.lease] = {.worker = live.worker, .deadline = before != kept.end() ? before->second.deadline : now + options_.lease,
                           .since = before != kept.end() ? before->second.since : live.time};
    workers_[live.worker].leases.insert(live.lease);
    if (live.state == AttemptState::running) beat(state, live.lease, now);
  }
  index_ready(state);
}

void Engine::set_timer(const Timer& timer) {
  if (timer.kind != TimerKind::attempt_timeout) {
    timers_.emplace(timer.at, timer);
  } else if (const auto lease = leases_.find(timer.lease); lease != leases_.end()) {
    lease->second.timeout_at = timer.at;
  }
}

void Engine::index_ready(OpenState& state) {
  state.live = 0;
  for (size_t i = 0; i < state.run.tasks.size(); ++i) {
    const auto& task = state.run.tasks[i];
    if (holds_lease(task.state)) ++state.live;
    index_ready(state, TaskIndex{static_cast<int32_t>(i)});
  }
}

void Engine::index_ready(OpenState& state, TaskIndex at) {
  const auto& task = state.run.tasks[index(at)];
  if (task.state == TaskState::asleep && task.wait == Wait::judge) gates_.insert({state.run.id, at, task.version});
  if (task.state != TaskState::ready) return;
  const bool shut = is_gated(*state.dag, state.run, at) && !task.gate_open;
  if (shut) gates_.insert({state.run.id, at, task.version});
  else insert_ready(state, at);
}

void Engine::forget_ready(RunId run) {
  ready_.erase(ready_.lower_bound({run, 0}), ready_.lower_bound({{run.value + 1}, 0}));
  for (auto* set : {&gates_, &asked_}) set->erase(set->lower_bound({run, {}, 0}), set->lower_bound({{run.value + 1}, {}, 0}));
}

void Engine::forget(RunId run) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return;
  forget_ready(run);
  drop_timers(run);
  // A run whose creation was refused may have been leased in the same turn.
  while (true) {
    const auto lease = leases_.lower_bound({run, {}, 0});
    if (lease == leases_.end() || lease->first.run != run) break;
    release(lease->first);
  }
  keys_.erase(found->second.header.key);
  if (found->second.header.parent) children_.erase(*found->second.header.parent);
  runs_.erase(found);
}

// --- recovery ----------------------------------------------------------------------------------------------------------

Status Engine::recover() {
  const TimePoint now = clock_.now();
  auto runs = store_.open_runs();
  if (!runs) return runs.error();
  for (auto& stored : *runs) {
    auto dag = book_.version(stored.header.dag, stored.header.dag_version);
    if (!dag) {
      log::error("run " + stored.header.key + " can't go on: " + to_string(dag.error()));
      continue;
    }
    OpenState state{.header = stored.header, .run = std::move(stored.run), .dag = *dag};
    recount(*state.dag, state.run);
    for (const auto& live : stored.live) {
      // Their workers may still run them: they get a whole lease to come back and say so.
      leases_[live.lease] = {.worker = live.worker, .deadline = now + options_.lease, .since = live.time};
      workers_[live.worker].leases.insert(live.lease);
      if (live.state == AttemptState::running) beat(state, live.lease, now);
    }
    keys_[state.header.key] = state.run.id;
    if (state.header.parent) children_[*state.header.parent] = state.run.id;
    index_ready(runs_[state.run.id] = std::move(state));
  }
  auto timers = store_.timers();
  if (!timers) return timers.error();
  if (!MR_MUTANT(84)) {
    for (const auto& timer : *timers) set_timer(timer);
  }
  auto schedules = store_.schedules();
  if (!schedules) return schedules.error();
  for (const auto& one : *schedules) seen_[one.dag] = MR_MUTANT(86) ? now : one.seen;
  auto triggers = store_.triggers();
  if (!triggers) return triggers.error();
  for (const auto& one : *triggers) triggers_seen_[{one.dag, one.trigger}][one.item] = one.mark;
  auto overrides = store_.pool_overrides();
  if (!overrides) return overrides.error();
  for (auto& one : *overrides) pools_[one.name].by_hand = one;
  auto held = store_.quarantines();
  if (!held) return held.error();
  for (auto& one : *held) plugins_[one.plugin] = {.crashes = kMostCrashes, .held = one};
  auto backfills = store_.backfills();
  if (!backfills) return backfills.error();
  for (auto& one : *backfills) backfills_[one.id] = std::move(one);
  // What was committed but perhaps not sent: a worker that comes back without its lease gives it back, one that runs a
  // cancelled attempt is told again (joined()). So the rows themselves have nothing left to say.
  auto outbox = store_.outbox();
  if (!outbox) return outbox.error();
  for (const auto& row : *outbox) done_effects_.push_back(row.id);
  return {};
}

}  // namespace millrace
