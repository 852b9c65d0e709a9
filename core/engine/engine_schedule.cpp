// Engine: runs that are due by the clock, and backfills.
//
// A tick and the note that it is decided are one commit, and a run's key is its Dag and logical time: a tick starts once. A clock that
// is set back starts nothing again, because what is decided only moves forward.
#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "schedule/mutant.hpp"
#include "schedule/ticks.hpp"

namespace millrace {
namespace {

Error no_backfill(int64_t id) {
  return {.code = "E2019", .what = "no open backfill " + std::to_string(id), .where = {}, .hint = "`millrace backfills list` shows them"};
}

// The logical times of a backfill in the order of its runs: the Dag's ticks, or midnights (UTC) when it has no schedule.
Result<std::vector<TimePoint>> times_of(const Backfill& backfill, const std::vector<Schedule>& schedules) {
  const auto wrong = [](std::string what) { return Error{.code = "E2018", .what = std::move(what), .where = {}, .hint = "for example --from 2026-10-01 --to 2026-10-31"}; };
  if (backfill.to < backfill.from) return wrong("the range ends before it begins");
  std::vector<TimePoint> times;
  const auto take = [&](TimePoint time) {
    times.push_back(time);
    return times.size() <= kMostBackfill;
  };
  bool fits = true;
  if (schedules.empty()) {
    for (auto day = std::chrono::ceil<std::chrono::days>(backfill.from); fits && day <= backfill.to; day += std::chrono::days{1}) fits = take(day);
  } else {
    for (auto tick = next_tick(schedules, backfill.from - Millis{1}); fits && tick && *tick <= backfill.to; tick = next_tick(schedules, *tick)) fits = take(*tick);
  }
  if (!fits) return wrong("the range has more than " + std::to_string(kMostBackfill) + " times");
  if (times.empty()) return wrong("nothing is due in the range");
  if (backfill.newest_first) std::reverse(times.begin(), times.end());
  return times;
}

}  // namespace

// --- schedules -----------------------------------------------------------------------------------------------------------

void Engine::new_dags(const std::map<std::string, std::string>& versions_before, TimePoint now) {
  next_due_.clear();
  schedules_due_ = {};
  triggers_due_ = {};
  backfill_times_.clear();
  for (const Dag* dag : book_.all()) {
    // What the version before left undecided was for its schedule, not for the new one.
    const auto before = versions_before.find(dag->name);
    if (before != versions_before.end() && before->second != dag->version && seen_.contains(dag->name)) seen_[dag->name] = std::max(seen_[dag->name], now);
  }
}

void Engine::see_schedule(Turn& turn, const std::string& dag, TimePoint seen) {
  const auto before = seen_.find(dag);
  turn.seen_before.try_emplace(dag, before == seen_.end() ? seen : before->second);
  seen_[dag] = seen;
  if (MR_MUTANT(68)) return;
  turn.commit.schedules.push_back({dag, seen});
}

void Engine::fire_schedules(Turn& turn) {
  if (turn.now < schedules_due_) return;
  schedules_due_ = TimePoint::max();
  for (const Dag* dag : book_.all()) {
    if (dag->schedules.empty()) continue;
    if (const auto next = next_due_.find(dag->name); next != next_due_.end() && turn.now < next->second) {
      schedules_due_ = std::min(schedules_due_, next->second);
      continue;
    }
    const auto seen = seen_.find(dag->name);
    if (seen == seen_.end()) {
      see_schedule(turn, dag->name, turn.now);  // met for the first time: what was before is nobody's
    } else if (seen->second < turn.now) {
      const auto due = due_ticks(dag->schedules, seen->second, turn.now);
      if (due.skipped > 0) log::warn("Dag " + quote(dag->name) + ": " + std::to_string(due.skipped) + " ticks were passed over by catchup");
      for (const TimePoint tick : due.run) {
        if (!MR_MUTANT(67) || tick == due.run.front()) fire_tick(turn, *dag, tick);
      }
      see_schedule(turn, dag->name, due.seen);
      turn.again = turn.again || due.seen < turn.now;
    }
    next_due_[dag->name] = next_tick(dag->schedules, seen_[dag->name]).value_or(TimePoint::max());
    schedules_due_ = std::min(schedules_due_, next_due_[dag->name]);
  }
}

// What a newcomer does while a run of its Dag is open (concurrency.on_overlap).
bool Engine::make_way(Turn& turn, const Dag& dag, const std::string& newcomer) {
  std::vector<RunId> open;
  for (const auto& [id, state] : runs_) {
    if (state.header.dag == dag.name && !is_final(state.run.state)) open.push_back(id);
  }
  if (!open.empty() && dag.overlap == OverlapPolicy::skip && !MR_MUTANT(66)) {
    log::warn("Dag " + quote(dag.name) + ": " + newcomer + " was skipped, because a run is open (concurrency.on_overlap)");
    return false;
  }
  if (dag.overlap == OverlapPolicy::cancel_running) {
    for (const RunId id : open) happen(turn, runs_.at(id), CancelRequested{newcomer + " takes its place"});
  }
  return true;
}

void Engine::fire_tick(Turn& turn, const Dag& dag, TimePoint tick) {
  if (!make_way(turn, dag, "the tick of " + to_iso(tick))) return;
  auto started = create_run(turn, {.dag = dag.name, .params = Json::object(), .logical_time = tick, .request_id = {}, .trigger = "schedule"}, std::nullopt);
  if (!started && started.error().code != "E2007") log::error("Dag " + quote(dag.name) + ": the tick of " + to_iso(tick) + " could not start: " + to_string(started.error()));
}

// --- backfills -----------------------------------------------------------------------------------------------------------

Result<BackfillPlan> Engine::backfill(const BackfillRequest& request) {
  BackfillPlan plan{.backfill = request.wanted};
  const Status status = command([&](Turn& turn) -> Status {
    for (const auto& [id, known] : backfills_) {
      if (request.wanted.request_id.empty() || known.request_id != request.wanted.request_id) continue;
      plan.backfill = known;
      return {};
    }
    const Dag* dag = book_.today(request.wanted.dag);
    if (dag == nullptr) return Error{.code = "E2001", .what = "no Dag " + quote(request.wanted.dag), .where = {}, .hint = "`millrace dags list` shows the names"};
    auto times = times_of(request.wanted, dag->schedules);
    if (!times) return times.error();
    if (request.dry_run) {
      for (const TimePoint time : *times) plan.steps.push_back(plan_step(request.wanted, time));
      return {};
    }
    Backfill& made = plan.backfill;
    made.id = backfills_.empty() ? 1 : backfills_.rbegin()->first + 1;
    made.created = turn.now;
    made.state = BackfillState::running;
    made.handled = made.started = 0;
    made.last.reset();
    turn.backfills_before.try_emplace(made.id, Backfill{});
    backfills_[made.id] = made;
    turn.commit.backfills.push_back(made);
    return {};
  });
  if (!status) return status.error();
  return plan;
}

Result<Backfill> Engine::backfill_verb(int64_t id, BackfillVerb verb) {
  Backfill after;
  const Status status = command([&](Turn& turn) -> Status {
    const auto found = backfills_.find(id);
    if (found == backfills_.end() || is_final(found->second.state)) return no_backfill(id);
    turn.backfills_before.try_emplace(id, found->second);
    found->second.state = verb == BackfillVerb::pause ? BackfillState::paused : verb == BackfillVerb::resume ? BackfillState::running : BackfillState::cancelled;
    turn.commit.backfills.push_back(found->second);
    after = found->second;
    if (verb != BackfillVerb::cancel) return {};
    for (auto& [run, state] : runs_) {
      if (state.header.trigger == trigger_of(after) && !is_final(state.run.state)) happen(turn, state, CancelRequested{"its backfill was cancelled"});
    }
    return {};
  });
  if (!status) return status.error();
  return after;
}

std::vector<Backfill> Engine::backfills() {
  return ask<std::vector<Backfill>>([this](Turn&) {
    std::vector<Backfill> list;
    for (const auto& [id, one] : backfills_) list.push_back(one);
    return list;
  }, {});
}

void Engine::drive_backfills(Turn& turn) {
  for (auto& [id, backfill] : backfills_) {
    if (backfill.state != BackfillState::running) continue;
    const Backfill before = backfill;
    if (!drive_backfill(turn, backfill)) continue;
    turn.backfills_before.try_emplace(id, before);
    turn.commit.backfills.push_back(backfill);
  }
}

bool Engine::drive_backfill(Turn& turn, Backfill& backfill) {
  auto known = backfill_times_.find(backfill.id);
  if (known == backfill_times_.end()) {
    const Dag* dag = book_.today(backfill.dag);
    if (dag == nullptr) return false;  // its file is away: it waits
    auto times = times_of(backfill, dag->schedules);
    if (!times) {
      log::error("backfill " + std::to_string(backfill.id) + " is paused: " + to_string(times.error()));
      backfill.state = BackfillState::paused;
      return true;
    }
    known = backfill_times_.emplace(backfill.id, std::move(*times)).first;
  }
  int open = 0;
  for (const auto& [id, state] : runs_) {
    const auto& time = state.header.logical_time;
    open += state.header.dag == backfill.dag && time && *time >= backfill.from && *time <= backfill.to && !is_final(state.run.state) ? 1 : 0;
  }
  const auto& times = known->second;
  const auto is_handled = [&](TimePoint time) { return backfill.last && (backfill.newest_first ? time >= *backfill.last : time <= *backfill.last); };
  auto at = std::partition_point(times.begin(), times.end(), is_handled);
  const int64_t handled_before = backfill.handled;
  for (; at != times.end() && open < backfill.concurrency; ++at) {
    const auto step = plan_step(backfill, *at);
    if (step.act != BackfillAct::pass) {
      if (auto done = perform_step(turn, backfill, step); !done) {
        log::error("backfill " + std::to_string(backfill.id) + " is paused at " + to_iso(step.time) + ": " + to_string(done.error()));
        backfill.state = BackfillState::paused;
        return true;
      }
      ++open;
      ++backfill.started;
    }
    ++backfill.handled;
    backfill.last = *at;
  }
  if (at != times.end() || open > 0) return backfill.handled != handled_before;
  backfill.state = BackfillState::done;
  backfill_times_.erase(backfill.id);
  return true;
}

BackfillStep Engine::plan_step(const Backfill& backfill, TimePoint time) {
  BackfillStep step{.time = time, .run = key_of(backfill.dag, time)};
  std::optional<RunState> state;
  bool pruned = false;
  if (const auto open = keys_.find(step.run); open != keys_.end()) {
    state = runs_.at(open->second).run.state;
  } else if (auto header = store_.find_run(step.run); header && *header) {
    auto stored = store_.load_run((*header)->id);
    if (stored && *stored) state = (*stored)->run.state;
    pruned = stored && *stored && (*stored)->pruned;
  }
  const std::string is = state ? "its run is " + std::string(name(*state)) : "it has no run";
  const bool bad = state == RunState::failed || state == RunState::cancelled;
  step.why = is;
  if (!state) step.act = backfill.which == BackfillWhich::failed ? BackfillAct::pass : BackfillAct::start;
  else if (!is_final(*state)) step.act = BackfillAct::pass;
  else if (backfill.which == BackfillWhich::all) step.act = BackfillAct::start;
  else step.act = backfill.which != BackfillWhich::failed || !bad ? BackfillAct::pass : pruned ? BackfillAct::start : BackfillAct::retry;
  return step;
}

Status Engine::perform_step(Turn& turn, const Backfill& backfill, const BackfillStep& step) {
  if (step.act == BackfillAct::retry) {
    auto state = open(step.run);
    if (!state) return state.error();
    turn.touched.insert((*state)->run.id);
    happen(turn, **state, RetryRequested{});
    return {};
  }
  auto started = create_run(turn, {.dag = backfill.dag, .params = backfill.params, .logical_time = step.time, .again = backfill.which != BackfillWhich::missing, .request_id = {},
                                   .trigger = trigger_of(backfill)}, std::nullopt);
  return started ? Status{} : Status(started.error());
}

}  // namespace millrace
