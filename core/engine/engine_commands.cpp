// Engine: the verbs.
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "engine/params.hpp"
#include "schedule/forecast.hpp"
#include "schedule/mutant.hpp"

namespace millrace {
namespace {

Error stopping() { return {.code = "E2006", .what = "the server is stopping", .where = {}, .hint = "repeat with the same request_id when it is back"}; }
Error no_run(const std::string& run) { return {.code = "E2002", .what = "no run " + quote(run), .where = {}, .hint = "`millrace runs list` shows the ids"}; }

Error unfit(const std::string& verb, const std::string& run, RunState state) {
  return {.code = "E2003", .what = "can't " + verb + " run " + quote(run) + ": it is " + std::string(name(state)), .where = {}, .hint = is_final(state) ? "it is over: `millrace runs clear` opens a task of it again, and `retry` what failed" : "wait, or cancel the run"};
}

}  // namespace

std::string Engine::key_of(const std::string& dag, std::optional<TimePoint> logical_time, TimePoint now) {
  const auto time = to_iso(logical_time.value_or(now));
  const bool midnight = time.ends_with("T00:00:00Z") || time.ends_with("T00:00:00.000Z");
  return dag + "@" + (logical_time && midnight ? time.substr(0, 10) : to_compact(logical_time.value_or(now)));
}

Status Engine::command(std::function<Status(Turn&)> act) {
  std::promise<Status> promise;
  auto future = promise.get_future();
  {
    const std::lock_guard hold(inbox_mutex_);
    if (stopping_) return stopping();
    inbox_.push_back([act = std::move(act), &promise](Turn& turn) {
      Status status = act(turn);
      turn.answers.push_back([&promise, status](const Status& saved) { promise.set_value(status.ok() ? saved : status); });
      return true;
    });
  }
  inbox_changed_.notify_one();
  return future.get();
}

Result<std::string> Engine::start(const StartRequest& request) {
  std::string key;
  const Status status = command([&](Turn& turn) -> Status {
    if (!request.request_id.empty()) {
      auto before = store_.find_request(request.request_id);
      if (!before) return before.error();
      if (*before && !MR_MUTANT(93)) {
        key = (*before)->key;
        return {};
      }
      for (const auto& fresh : turn.commit.new_runs) {
        if (fresh.header.request_id != request.request_id) continue;
        key = fresh.header.key;
        return {};
      }
    }
    auto made = create_run(turn, request, std::nullopt);
    if (!made) return made.error();
    key = std::move(*made);
    return {};
  });
  if (!status) return status.error();
  return key;
}

Result<std::string> Engine::create_run(Turn& turn, const StartRequest& request, std::optional<Parent> parent, const Dag* version) {
  const Dag* dag = version != nullptr ? version : book_.today(request.dag);
  if (dag == nullptr) return Error{.code = "E2001", .what = "no Dag " + quote(request.dag), .where = {}, .hint = "`millrace dags list` shows the names"};
  for (auto above = parent; above;) {
    const auto& ancestor = runs_.at(above->run);
    if (ancestor.header.dag == request.dag) {
      return Error{.code = "E2016", .what = "Dag " + quote(request.dag) + " would wait for a run of itself", .where = {}, .hint = "start it without wait, or give what is repeated a Dag of its own"};
    }
    above = ancestor.header.parent && runs_.contains(ancestor.header.parent->run) ? ancestor.header.parent : std::nullopt;
  }
  RunHeader header{.id = {}, .key = key_of(dag->name, request.logical_time, turn.now), .dag = dag->name, .dag_version = dag->version, .trigger = request.trigger,
                   .params = {}, .logical_time = request.logical_time, .created = turn.now, .request_id = request.request_id, .parent = parent};
  const std::string wanted = header.key;
  for (int n = 2;; ++n) {
    auto taken = store_.find_run(header.key);
    if (!taken) return taken.error();
    if (!*taken && !keys_.contains(header.key)) break;
    if (request.logical_time && !request.again) {
      return Error{.code = "E2007", .what = "run " + quote(header.key) + " exists already", .where = {}, .hint = "retry it, or start with another logical time"};
    }
    header.key = wanted + "-" + std::to_string(n);
  }
  auto params = resolve_params(*dag, request.params, header);
  if (!params) return params.error();
  header.params = std::move(*params);
  auto id = store_.next_run_id();
  if (!id) return id.error();
  header.id = *id;
  if (dag->deadline) {
    header.deadline = deadline_of(*dag->deadline, request.trigger == "schedule" ? header.logical_time.value_or(turn.now) : turn.now);
    late_due_ = {};
  }
  OpenState state{.header = header, .run = open_run(*dag, *id, turn.now), .dag = dag};
  turn.commit.new_runs.push_back({header, state.run});
  turn.changes.push_back({.run = header.key, .dag = header.dag, .state = "queued", .time = turn.now});
  keys_[header.key] = *id;
  runs_[*id] = std::move(state);
  admit_due_ = true;
  if (parent) children_[*parent] = *id;
  turn.again = turn.again || turn.late;
  return header.key;
}

Result<Engine::OpenState*> Engine::open(const std::string& key) {
  if (const auto found = keys_.find(key); found != keys_.end()) return &runs_.at(found->second);
  auto state = load(key);
  if (!state) return state.error();
  if (state->pruned) return is_pruned(key);
  const RunId id = state->run.id;
  keys_[key] = id;
  return &(runs_[id] = std::move(*state));
}

Result<Engine::OpenState> Engine::load(const std::string& key) {
  auto header = store_.find_run(key);
  if (!header) return header.error();
  if (!*header) return no_run(key);
  auto stored = store_.load_run((*header)->id);
  if (!stored) return stored.error();
  if (!*stored) return no_run(key);
  auto dag = book_.version((*header)->dag, (*header)->dag_version);
  if (!dag) return dag.error();
  OpenState state{.header = (*stored)->header, .run = std::move((*stored)->run), .dag = *dag, .pruned = (*stored)->pruned};
  if (state.pruned) return state;
  recount(*state.dag, state.run);
  return state;
}

Status Engine::verb(const std::string& run, const Event& event, const std::function<Status(const OpenState&)>& check) {
  return command([&](Turn& turn) -> Status {
    auto state = open(run);
    if (!state) return state.error();
    turn.touched.insert((*state)->run.id);
    if (auto fits = check(**state); !fits) return fits;
    happen(turn, **state, event);
    return {};
  });
}

Status Engine::cancel(const std::string& run, const std::string& reason) {
  return verb(run, CancelRequested{reason}, [&](const OpenState& s) {
    return is_final(s.run.state) && s.run.state != RunState::cancelled ? Status(unfit("cancel", run, s.run.state)) : Status{};
  });
}

Status Engine::pause(const std::string& run) {
  return verb(run, PauseRequested{}, [&](const OpenState& s) {
    return s.run.state == RunState::running || s.run.state == RunState::paused ? Status{} : Status(unfit("pause", run, s.run.state));
  });
}

Status Engine::resume(const std::string& run) {
  return verb(run, ResumeRequested{}, [&](const OpenState& s) {
    return s.run.state == RunState::running || s.run.state == RunState::paused ? Status{} : Status(unfit("resume", run, s.run.state));
  });
}

Status Engine::retry(const std::string& run) {
  return verb(run, RetryRequested{}, [&](const OpenState& s) {
    return s.run.state == RunState::failed || s.run.state == RunState::cancelled ? Status{} : Status(unfit("retry", run, s.run.state));
  });
}

// A clear or a mark: what it would open again must not be at work.
Status Engine::by_hand(const std::string& run, const std::string& task, const std::string& verb, const std::function<Event(TaskIndex)>& event, bool only_ended) {
  return command([&](Turn& turn) -> Status {
    auto found = open(run);
    if (!found) return found.error();
    auto& state = **found;
    turn.touched.insert(state.run.id);
    if (state.run.state == RunState::queued || state.run.state == RunState::cancelling) return unfit(verb + " a task of", run, state.run.state);
    const TaskIndex at = state.dag->find(task);
    const auto refuse = [&](std::string what, std::string hint) { return Error{.code = "E2003", .what = std::move(what), .where = "run " + run, .hint = std::move(hint)}; };
    if (at.value < 0 || state.dag->task(at).phase != Phase::main) return refuse("the run has no task " + quote(task) + " that can be " + verb + "ed", "hooks follow from how the tasks end");
    if (only_hooks_are_left(state.run)) return refuse("the tasks of the run are over, and its hooks are at work", "wait for its end");
    const bool ended = is_final(state.run.tasks[index(at)].state);
    if (only_ended && !ended) return refuse("task " + quote(task) + " is " + std::string(name(state.run.tasks[index(at)].state)) + ", and has not ended", "wait for it, or mark it");
    if (ended) {
      const auto busy = at_work_behind(*state.dag, state.run, at);
      if (!busy.empty()) return refuse("task " + quote(state.dag->task(busy.front()).id) + " follows from it and is " + std::string(name(state.run.tasks[index(busy.front())].state)), "wait for it, or cancel the run first");
    }
    happen(turn, state, event(at));
    return {};
  });
}

Status Engine::clear(const std::string& run, const std::string& task, bool downstream) {
  return by_hand(run, task, "clear", [&](TaskIndex at) -> Event { return ClearRequested{at, downstream}; }, true);
}

Status Engine::mark(const std::string& run, const std::string& task, TaskState to, const std::string& reason) {
  if (to != TaskState::succeeded && to != TaskState::failed && to != TaskState::skipped) {
    return Error{.code = "E2003", .what = "a task can't be marked " + std::string(name(to)), .where = {}, .hint = "succeeded, failed or skipped"};
  }
  return by_hand(run, task, "mark", [&](TaskIndex at) -> Event { return MarkRequested{at, to, reason.empty() ? "by hand" : reason}; }, false);
}

Status Engine::drain(const std::string& worker) {
  return command([&](Turn& turn) -> Status {
    const auto found = workers_.find(worker);
    if (found == workers_.end() || !found->second.connected) {
      return Error{.code = "E2014", .what = "no worker " + quote(worker) + " is connected", .where = {}, .hint = "`millrace workers list` shows the names"};
    }
    found->second.draining = true;
    turn.afterwards.push_back([this, worker] { dispatcher_->drain(worker); });
    return {};
  });
}

Status Engine::set_dags(std::vector<Dag> dags, std::vector<Pool> pools) {
  return command([&](Turn& turn) {
    for (auto& [name, one] : pools_) one.pool = {};
    for (auto& pool : pools) pools_[pool.name].pool = pool;
    std::map<std::string, std::string> before;
    for (const Dag* dag : book_.all()) before[dag->name] = dag->version;
    Status updated = book_.update(std::move(dags), turn.now);
    new_dags(before, turn.now);
    admit_due_ = true;
    prune_at_ = std::min(prune_at_, turn.now);
    return updated;
  });
}

std::vector<Dag> Engine::dags() {
  return ask<std::vector<Dag>>([this](Turn&) {
    std::vector<Dag> copies;
    for (const Dag* dag : book_.all()) copies.push_back(*dag);
    return copies;
  }, {});
}

std::optional<Dag> Engine::dag(const std::string& name, const std::string& version) {
  return ask<std::optional<Dag>>([&](Turn&) -> std::optional<Dag> {
    if (version.empty()) {
      const Dag* dag = book_.today(name);
      return dag != nullptr ? std::optional(*dag) : std::nullopt;
    }
    auto dag = book_.version(name, version);
    return dag ? std::optional(**dag) : std::nullopt;
  }, std::nullopt);
}

std::map<std::string, Explained> Engine::explain_run(const std::string& run, WithItems with) {
  using Reasons = std::map<std::string, Explained>;
  return ask<Reasons>([&](Turn& turn) {
    Reasons reasons;
    // An ended run is only looked at: it must not stay among the open ones.
    const auto known = keys_.find(run);
    auto ended = known == keys_.end() ? load(run) : Result<OpenState>(OpenState{});
    if (!ended || ended->pruned) return reasons;
    const OpenState& state = known == keys_.end() ? *ended : runs_.at(known->second);
    const auto slots = open_slots(0, true);
    for (int32_t i = 0; i < static_cast<int32_t>(state.dag->tasks.size()); ++i) {
      const Task& task = state.dag->task({i});
      Explained& one = reasons[task.id] = {.why = why(state, {i}, slots, turn.now), .uses = task.uses, .phase = task.phase, .needs = {}};
      for (const auto need : task.needs) one.needs.push_back(state.dag->task(need).id);
    }
    if (with == WithItems::no) return reasons;
    for (const auto& items : state.run.expansions) {
      for (int32_t number = 0; !items.dropped && items.open > 0 && number < items.next; ++number) {
        const TaskIndex at{items.first + number};
        if (!is_final(state.run.tasks[index(at)].state)) reasons[label_of(*state.dag, state.run, at)].why = why(state, at, slots, turn.now);
      }
    }
    return reasons;
  }, {});
}

std::string Engine::why(const OpenState& state, TaskIndex at, std::span<const WorkerSlots> slots, TimePoint now) const {
  const auto reason = explain(*state.dag, state.run, at, now);
  const auto lease = leases_.find({state.run.id, at, state.run.tasks[index(at)].attempt});
  if (lease != leases_.end() && lease->second.passed != Limit::none) return reason + "; it was asked to stop, and is killed at " + to_iso(lease->second.kill_at);
  if (state.run.tasks[index(at)].state != TaskState::ready || !may_be_leased(*state.dag, state.run, at)) return reason;
  if (const auto* held = held_back(state.spec(at).operator_type())) {
    return reason + "; plugin " + held->plugin + " is held back since " + to_iso(held->since) + ": " + held->reason + "; `millrace plugin release " + held->plugin + "` lets it work again";
  }
  if (slots.empty()) return reason + "; no worker is connected";
  const auto room = why_no_room(state, at);
  const auto obstacles = room.empty() ? why_not_placed(state.spec(at), slots) : std::vector<std::string>{room};
  return obstacles.empty() ? reason : reason + "; " + join(obstacles, "; ");
}

bool Engine::alive(Millis within) {
  struct Answer {
    std::mutex mutex{};
    std::condition_variable changed{};
    bool came = false;
    int holders = 2;  // whoever lets go last frees it: the loop may answer long after the wait has ended
  };
  auto* answer = new Answer;
  const auto let_go = [](Answer* a) {
    bool last = false;
    {
      const std::lock_guard hold(a->mutex);
      last = --a->holders == 0;
    }
    if (last) delete a;
  };
  post([answer, let_go](Turn&) {
    {
      const std::lock_guard hold(answer->mutex);
      answer->came = true;
    }
    answer->changed.notify_all();
    let_go(answer);
    return true;
  });
  bool came = false;
  {
    std::unique_lock hold(answer->mutex);
    came = answer->changed.wait_for(hold, within, [&] { return answer->came; });
  }
  let_go(answer);
  return came;
}

}  // namespace millrace
