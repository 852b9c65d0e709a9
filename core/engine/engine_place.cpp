// Engine: which ready task goes to which worker, within the limits of runs, Dags and pools.
//
// Ready tasks stand in lanes, by their turns. One turn of the engine looks at no more of a lane than its workers could take, so that a hundred
// thousand ready tasks cost as little as ten.
#include <algorithm>
#include <cmath>
#include <queue>

#include "base/text.hpp"
#include "engine/engine.hpp"
#include "schedule/mutant.hpp"

namespace millrace {

// --- lanes ---------------------------------------------------------------------------------------------------------------

int32_t Engine::kind_of(const Task& task) {
  const auto [at, fresh] = kinds_of_tasks_.try_emplace(&task, 0);
  if (fresh) at->second = kinds_.try_emplace({task.operator_type(), task.pool, task.runs_on.labels, task.runs_on.takes}, static_cast<int32_t>(kinds_.size())).first->second;
  return at->second;
}

void Engine::insert_ready(OpenState& state, TaskIndex at) {
  const TaskRun& task = state.run.tasks[index(at)];
  const Task& spec = state.spec(at);
  ready_[{state.run.id, kind_of(spec)}].insert({turn_of(spec.priority, task.since), {state.run.id, at, task.attempt + 1}});
}

void Engine::erase_ready(OpenState& state, TaskIndex at, const TaskRun& before) {
  const Task& spec = state.spec(at);
  const auto lane = ready_.find({state.run.id, kind_of(spec)});
  if (lane == ready_.end()) return;
  lane->second.erase({turn_of(spec.priority, before.since), {state.run.id, at, before.attempt + 1}});
  if (lane->second.empty()) ready_.erase(lane);
}

// --- rooms ---------------------------------------------------------------------------------------------------------------

int Engine::use_of_pool(const std::string& pool) const {
  int use = 0;
  for (const auto& [number, lease] : leases_) {
    const auto state = runs_.find(number.run);
    if (state == runs_.end()) continue;
    const Task& spec = state->second.spec(number.task);
    if (spec.pool == pool) use += spec.weight;
  }
  return use;
}

WriteTurns Engine::writers_at_work() const {
  WriteTurns turns;
  for (const auto& [number, lease] : leases_) {
    if (const auto state = runs_.find(number.run); state != runs_.end()) turns.hold(state->second.spec(number.task));
  }
  return turns;
}

// The limits of one turn, and what is left of them for candidates that are not placed yet.
class Engine::Floor {
 public:
  enum class Answer : uint8_t { planned, waits, full };  // waits: it alone; full: nor is there room for what stands behind it in its lane

  Floor(Engine& engine, Turn& turn) : engine_(engine), turn_(turn) {}

  Answer plan(ReadyTask& task, const OpenState& state) {
    task.run = room_of_run(state);
    task.dag = room_of_dag(state);
    task.pool = room_of_pool(task.task->pool);
    for (const int32_t at : {task.run, task.dag}) {
      if (at >= 0 && left_[static_cast<size_t>(at)].free < 1) return Answer::full;
    }
    Room* pool = task.pool < 0 ? nullptr : &left_[static_cast<size_t>(task.pool)];
    if (pool != nullptr) {
      if (pool->starts < 1) engine_.note_rate(task.task->pool, turn_.now);
      if ((pool->free < task.task->weight && !MR_MUTANT(76)) || (pool->starts < 1 && !MR_MUTANT(77))) {
        pool->starts = 0;  // nor for lighter ones: they would pass it for ever
        return Answer::full;
      }
    }
    if (!task.task->writes.empty() && !write_turns().admit(*task.task, turn_.data)) {
      const auto has_commit = [&](const std::string& dataset) { return turn_.data.contains(dataset); };
      if (std::any_of(task.task->writes.begin(), task.task->writes.end(), has_commit)) turn_.again = true;  // it can be read after this turn
      return Answer::waits;
    }
    if (pool != nullptr) {
      pool->free -= task.task->weight;
      --pool->starts;
    }
    for (const int32_t at : {task.run, task.dag}) {
      if (at >= 0) --left_[static_cast<size_t>(at)].free;
    }
    return Answer::planned;
  }

  const std::vector<Room>& rooms() const { return rooms_; }

 private:
  int32_t add(Room room) {
    rooms_.push_back(room);
    left_.push_back(room);
    return static_cast<int32_t>(rooms_.size()) - 1;
  }

  int32_t room_of_run(const OpenState& state) {
    const auto [at, fresh] = runs_.try_emplace(state.run.id, -1);
    if (fresh) at->second = add({.free = state.dag->max_tasks - (MR_MUTANT(79) ? 0 : state.live)});
    return at->second;
  }

  int32_t room_of_dag(const OpenState& state) {
    const Dag* today = engine_.book_.today(state.header.dag);
    const int most = (today != nullptr ? today : state.dag)->max_tasks_of_all;
    if (most == 0) return -1;
    const auto [at, fresh] = dags_.try_emplace(state.header.dag, -1);
    if (!fresh) return at->second;
    int live = 0;
    for (const auto& [id, other] : engine_.runs_) live += other.header.dag == state.header.dag ? other.live : 0;
    return at->second = add({.free = most - live});
  }

  int32_t room_of_pool(const std::string& name) {
    if (name.empty()) return -1;
    const auto [at, fresh] = pools_.try_emplace(name, -1);
    if (!fresh) return at->second;
    const auto pool = engine_.pools_.find(name);
    if (pool == engine_.pools_.end() || pool->second.pool.name.empty()) return at->second = add({.free = 0});  // why_no_room() says why
    Room room{.free = pool->second.slots() - (MR_MUTANT(78) ? 0 : engine_.use_of_pool(name))};
    if (pool->second.per_second() > 0) room.starts = static_cast<int>(engine_.starts_of(pool->second, turn_.now));
    return at->second = add(room);
  }

  WriteTurns& write_turns() {
    if (!write_turns_) write_turns_ = engine_.writers_at_work();
    return *write_turns_;
  }

  Engine& engine_;
  Turn& turn_;
  std::optional<WriteTurns> write_turns_{};
  std::vector<Room> rooms_{}, left_{};
  std::map<RunId, int32_t> runs_{};
  std::map<std::string, int32_t> dags_{}, pools_{};
};

// A rate lets a second's worth of attempts begin at once, at most.
double Engine::starts_of(PoolState& pool, TimePoint now) {
  const double rate = pool.per_second(), most = std::max(1.0, rate);
  if (pool.counted == TimePoint{}) pool.starts = most;
  else pool.starts = std::min(most, pool.starts + rate * std::max(0.0, std::chrono::duration<double>(now - pool.counted).count()));  // the clock may be set back
  pool.counted = now;
  return pool.starts;
}

void Engine::note_rate(const std::string& name, TimePoint now) {
  const auto pool = pools_.find(name);
  if (pool == pools_.end() || pool->second.per_second() <= 0) return;
  const double missing = std::max(0.0, 1 - pool->second.starts);
  rates_due_ = std::min(rates_due_, now + Millis{static_cast<Millis::rep>(std::ceil(missing / pool->second.per_second() * 1000))});
}

// --- placing -------------------------------------------------------------------------------------------------------------

// Summing up what leases take costs a look at each of them, so it is left out where nobody asks for any.
WorkerSlots Engine::slots_of(const WorkerState& worker, bool with_shares) const {
  constexpr double kNoEnd = 1e9;
  WorkerSlots slots{.name = worker.facts.name, .free = worker.facts.slots - (MR_MUTANT(81) ? 0 : static_cast<int>(worker.leases.size())), .labels = worker.facts.labels,
                    .operators = worker.facts.operators, .has = worker.facts.has, .left = {}, .warm = {worker.warm.begin(), worker.warm.end()}};
  if (slots.has.cpu == 0) slots.has.cpu = kNoEnd;
  if (slots.has.memory == 0) slots.has.memory = std::numeric_limits<int64_t>::max();
  slots.left = slots.has;
  if (with_shares) slots.left.subtract(used_of(worker));
  return slots;
}

std::vector<WorkerSlots> Engine::open_slots(int prefetch, bool with_shares) const {
  std::vector<WorkerSlots> open;
  for (const auto& [name, worker] : workers_) {
    if (!worker.connected || worker.draining) continue;
    open.push_back(slots_of(worker, with_shares));
    open.back().free += ahead_for(worker, prefetch);
  }
  return open;
}

// Leases that wait at a worker can't go to another one, so they must not wait for long there.
int Engine::ahead_for(const WorkerState& worker, int prefetch) {
  constexpr double kMostWaitMs = 100;
  return static_cast<int>(std::min(prefetch * 1.0, kMostWaitMs / std::max(worker.pace_ms, 1.0)) * worker.facts.slots);
}

void Engine::note_pace(WorkerState& worker, Millis took) {
  const auto ms = static_cast<double>(took.count());
  worker.pace_ms = worker.pace_ms == kNoPace ? ms : worker.pace_ms + (ms - worker.pace_ms) / 8;
}

// The ready tasks of one Dag while a turn is planned, in lanes.
struct Engine::Queue {
  using Place = std::set<ReadyKey>::const_iterator;
  struct Head {
    Place at{}, end{};
    int32_t kind{};
    bool operator<(const Head& other) const { return *other.at < *at; }  // the earliest turn on top
  };
  std::priority_queue<Head> heads{};
  TimePoint served{};
};

// Dags of one priority take turns, whatever the length of their queues: what a Dag has waiting counts as waiting since it was served last, at
// most. (Start-time fair queueing: Goyal, Vin, Cheng, 1996, with a thousandth of a second as the cost of an attempt.)
Millis Engine::behind(const Queue& queue, const ReadyTask& task) { return MR_MUTANT(96) ? Millis{} : std::max(Millis{}, queue.served - task.since); }

ReadyTask Engine::ready_task(const ReadyKey& key) {
  const auto& state = runs_.at(key.lease.run);
  const Task& spec = state.spec(key.lease.task);
  return {.lease = key.lease, .priority = spec.priority, .since = state.run.tasks[index(key.lease.task)].since, .behind = {}, .task = &spec};
}

void Engine::place_tasks(Turn& turn) {
  constexpr int kMostPassed = 1000;
  rates_due_ = TimePoint::max();
  if (ready_.empty()) return;
  const bool shares = std::any_of(ready_.begin(), ready_.end(), [&](const auto& lane) { return !runs_.at(lane.first.run).spec(lane.second.begin()->lease.task).runs_on.takes.empty(); });
  auto slots = open_slots(options_.prefetch, shares);
  std::erase_if(slots, [](const WorkerSlots& worker) { return worker.free <= 0; });
  if (slots.empty()) return;
  std::map<std::string_view, Queue> queues;
  std::map<int32_t, int> wanted;  // by kind: how many more the workers could take
  for (const auto& [lane, tasks] : ready_) {
    const auto& state = runs_.at(lane.run);
    const Task& example = state.spec(tasks.begin()->lease.task);
    if (held_back(example.operator_type()) != nullptr) continue;
    const auto [at, fresh] = wanted.try_emplace(lane.kind, 0);
    for (const auto& worker : slots) at->second += fresh && suits(example, worker) ? worker.free : 0;
    if (at->second > 0) queues[state.header.dag].heads.push({tasks.begin(), tasks.end(), lane.kind});
  }
  using Turned = std::tuple<TimePoint, ReadyKey, Queue*>;
  std::priority_queue<Turned, std::vector<Turned>, std::greater<>> turns;
  const auto line_up = [&](Queue& queue) {
    if (queue.heads.empty()) return;
    const auto& key = *queue.heads.top().at;
    turns.emplace(key.turn + behind(queue, ready_task(key)), key, &queue);
  };
  for (auto& [dag, queue] : queues) {
    if (const auto served = served_.find(std::string(dag)); served != served_.end()) queue.served = served->second;
    line_up(queue);
  }
  Floor floor(*this, turn);
  int passed = 0;  // tasks that wait for others to have written a dataset
  std::vector<ReadyTask> candidates;
  while (!turns.empty()) {
    Queue& queue = *std::get<Queue*>(turns.top());
    turns.pop();
    auto head = queue.heads.top();
    queue.heads.pop();
    if (wanted[head.kind] > 0) {
      ReadyTask task = ready_task(*head.at);
      auto& state = runs_.at(task.lease.run);
      bool goes_on = true;
      if (may_be_placed(turn, state, task)) {
        const auto answer = floor.plan(task, state);
        goes_on = answer == Floor::Answer::planned || (answer == Floor::Answer::waits && ++passed < kMostPassed);
        if (answer == Floor::Answer::planned) {
          --wanted[head.kind];
          task.behind = behind(queue, task);
          queue.served = std::max(queue.served, turn.now) + Millis{1};
          candidates.push_back(task);
        }
      }
      if (goes_on && ++head.at != head.end) queue.heads.push(head);
    }
    line_up(queue);
  }
  for (const auto& placement : pick(std::move(candidates), std::move(slots), floor.rooms())) grant(turn, placement);
}

bool Engine::may_be_placed(Turn& turn, const OpenState& state, const ReadyTask& task) {
  if (!may_be_leased(*state.dag, state.run, task.lease.task)) return false;
  const bool waits = turn.fresh.contains(state.run.id) && (task.task->looks() || looks_back(*task.task));
  if (!waits && !(is_item(*state.dag, task.lease.task) && turn.expanded.contains(state.run.id))) return true;
  turn.again = true;  // its inputs are there after this turn's commit
  return false;
}

bool Engine::looks_back(const Task& task) {
  const auto [at, fresh] = looks_back_.try_emplace(&task, false);
  if (fresh) at->second = !task.reads.empty() || !task.writes.empty() || !task.vars_from.empty() || task.with.dump().find(".tasks") != std::string::npos;
  return at->second;
}

void Engine::keep_warm(WorkerState& worker, const std::string& operator_type) {
  auto& warm = worker.warm;
  if (!warm.empty() && warm.front() == operator_type) return;
  std::erase(warm, operator_type);
  warm.push_front(operator_type);
  if (static_cast<int>(warm.size()) > worker.facts.slots) warm.pop_back();
}

void Engine::grant(Turn& turn, const Placement& placement) {
  auto& state = runs_.at(placement.lease.run);
  auto* part = happen(turn, state, LeaseGranted{placement.lease, placement.worker});
  if (part == nullptr) return;
  auto& served = served_[state.header.dag];
  served = std::max(served, turn.now) + Millis{1};
  keep_warm(workers_[placement.worker], state.spec(placement.lease.task).operator_type());
  if (const auto pool = pools_.find(state.spec(placement.lease.task).pool); pool != pools_.end() && pool->second.per_second() > 0 && !MR_MUTANT(80)) pool->second.starts -= 1;
  auto offer = offer_for(turn, state, placement.lease, *part);
  if (offer) {
    turn.offers[placement.lease] = std::move(*offer);
    return;
  }
  // The offer can't be made (a dataset can't be read …): the attempt fails with that reason, without a worker.
  // What the store refuses for a moment is not the task's mistake, and is tried again.
  const Error error = offer.error();
  const bool passing = error.code == "E2005";
  const std::string error_class = passing ? "transient" : "config";
  auto* failed = happen(turn, state, AttemptFinished{.lease = placement.lease, .outcome = Outcome::failed, .error_class = error_class,
                                                      .final_failure = !passing, .retry_after = {}, .jitter = passing ? jitter() : 1});
  if (failed != nullptr) {
    failed->attempts.push_back({.lease = placement.lease, .worker = placement.worker, .time = turn.now, .state = AttemptState::failed,
                                .error = {error_class, error}, .config = {}, .usage = {}});
  }
}

// --- by hand, and for people -----------------------------------------------------------------------------------------------

namespace {

Error no_pool(const std::string& pool) { return {.code = "E2021", .what = "no pool " + quote(pool), .where = {}, .hint = "`millrace pools list` shows them; they are defined in pools.yaml"}; }

}  // namespace

Status Engine::set_pool(const PoolRequest& request) {
  return command([&](Turn& turn) -> Status {
    const auto found = pools_.find(request.pool);
    if (found == pools_.end() || found->second.pool.name.empty()) return no_pool(request.pool);
    const bool fits = request.slots.value_or(0) >= 0 && request.slots.value_or(0) <= 1'000'000 && request.per_second.value_or(0) >= 0 && request.per_second.value_or(0) <= 1'000'000;
    if (!fits) return Error{.code = "E2004", .what = "these limits make no sense", .where = "pool " + request.pool, .hint = "slots from 0 (nothing more begins), per_second from 0 (no limit)"};
    auto& by_hand = found->second.by_hand;
    turn.pools_before.try_emplace(request.pool, by_hand);
    if (request.reset) by_hand = {};
    by_hand.name = request.pool;
    if (request.slots) by_hand.slots = request.slots;
    if (request.per_second) by_hand.per_second = request.per_second;
    turn.commit.pools.push_back(by_hand);
    return {};
  });
}

std::vector<PoolView> Engine::pools() {
  return ask<std::vector<PoolView>>([this](Turn&) {
    std::map<std::string, int> waiting;
    for (const auto& [lane, tasks] : ready_) waiting[runs_.at(lane.run).spec(tasks.begin()->lease.task).pool] += static_cast<int>(tasks.size());
    std::vector<PoolView> views;
    for (const auto& [name, one] : pools_) {
      if (one.pool.name.empty()) continue;
      views.push_back({.name = name, .description = one.pool.description, .slots = one.slots(), .busy = use_of_pool(name), .waiting = waiting[name], .per_second = one.per_second(), .by_hand = !one.by_hand.empty()});
    }
    return views;
  }, {});
}

// Ready tasks of its pool whose turn comes before.
size_t Engine::ahead_in_pool(const OpenState& state, TaskIndex at) const {
  const auto served = [&](const OpenState& of) {
    const auto found = served_.find(of.header.dag);
    return found == served_.end() ? TimePoint{} : found->second;
  };
  const auto turn = [&](const OpenState& of, TaskIndex place) {
    const TimePoint since = of.run.tasks[index(place)].since;
    const int priority = of.spec(place).priority;
    return std::tuple{turn_of(priority, std::max(since, served(of))), turn_of(priority, since), of.run.id, place};
  };
  const auto mine = turn(state, at);
  size_t ahead = 0;
  for (const auto& [lane, tasks] : ready_) {
    const auto& other = runs_.at(lane.run);
    if (other.spec(tasks.begin()->lease.task).pool != state.spec(at).pool) continue;
    for (const auto& key : tasks) {
      if (std::get<0>(mine) < key.turn) break;  // its turn is no earlier than what it has waited
      ahead += turn(other, key.lease.task) < mine ? 1 : 0;
    }
  }
  return ahead;
}

// Another attempt that has to end before this task may write; empty: none.
std::string Engine::why_no_turn(const Task& task) const {
  for (const auto& dataset : task.writes) {
    for (const auto& [number, lease] : leases_) {
      const auto found = runs_.find(number.run);
      if (found == runs_.end()) continue;
      const OpenState& other = found->second;
      const Task& writer = other.spec(number.task);
      if (!std::binary_search(writer.writes.begin(), writer.writes.end(), dataset) || !(writes_alone(task, dataset) || writes_alone(writer, dataset))) continue;
      return "dataset " + dataset + " is being written by task " + quote(label_of(*other.dag, other.run, number.task)) + " of run " + other.header.key;
    }
  }
  return {};
}

// The limit that a ready task waits for; empty: none.
std::string Engine::why_no_room(const OpenState& state, TaskIndex at) const {
  const Task& task = state.spec(at);
  if (state.live >= state.dag->max_tasks) return std::to_string(state.live) + " of " + std::to_string(state.dag->max_tasks) + " tasks of the run are at work (concurrency.tasks)";
  if (task.pool.empty()) return why_no_turn(task);
  const auto pool = pools_.find(task.pool);
  if (pool == pools_.end() || pool->second.pool.name.empty()) return "its pool " + task.pool + " is not defined in pools.yaml";
  const int use = use_of_pool(task.pool), slots = pool->second.slots();
  if (slots - use >= task.weight) return why_no_turn(task);
  const size_t ahead = ahead_in_pool(state, at);
  return "pool " + task.pool + " is full (" + std::to_string(use) + " of " + std::to_string(slots) + " in use" + (task.weight > 1 ? ", it takes " + std::to_string(task.weight) : "") + "), " + std::to_string(ahead) + " ahead";
}

}  // namespace millrace
