// Engine: what workers say, and what they are given.
#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "engine/item_file.hpp"
#include "engine/params.hpp"
#include "model/dataset_ref.hpp"
#include "parse/expression.hpp"
#include "schedule/mutant.hpp"

namespace millrace {
namespace {

constexpr size_t kMostOutput = 256 * 1024;
constexpr Millis kForgetWorker{600'000};  // a worker that is gone for so long is not shown any more

// A report that can't be taken as it is becomes a failure that says why.
void refuse(AttemptReport& report, std::string error_class, Error error, bool is_final) {
  report.outcome = Outcome::failed;
  report.error = {std::move(error_class), std::move(error)};
  report.final_failure = is_final;
  report.data = {};
  report.output = Json::object();
}

AttemptState attempt_state_of(const Decision& decision, LeaseNumber lease) {
  for (const auto& move : decision.attempts) {
    if (move.lease == lease) return move.to;
  }
  return AttemptState::rejected;
}

std::optional<Error> clock_problem(Millis ahead) {
  if (ahead.count() == 0) return std::nullopt;
  const Millis off = std::chrono::abs(ahead);
  return Error{.code = "E3014", .what = "its clock is " + to_text(std::chrono::duration_cast<std::chrono::seconds>(off)) + (ahead.count() > 0 ? " ahead of" : " behind") + " the server's", .where = {},
               .hint = "set the clock of its machine right; times in its logs are those of the server meanwhile"};
}

// One of its items has the same rules.
std::string rules_of(const RunHeader& run, const Task& task) { return run.dag + "/" + task.id; }

Json position_json(const Position& position) {
  return Json::object({{"source", position.source}, {"key", position.key}, {"value", position.value}});
}

}  // namespace

void Engine::joined(const WorkerFacts& facts, const std::vector<LeaseNumber>& running) {
  post([this, facts, running](Turn& turn) {
    std::erase_if(workers_, [&](const auto& known) {
      return !known.second.connected && known.second.leases.empty() && turn.now - known.second.seen > kForgetWorker;
    });
    auto& worker = workers_[facts.name];
    worker.facts = facts;
    worker.connected = true;
    worker.draining = false;
    worker.seen = turn.now;
    worker.clock_ahead = {};
    if (running.empty()) worker.warm.clear();  // perhaps another process of its name
    worker.pace_ms = kNoPace;
    const std::set<LeaseNumber> has(running.begin(), running.end());
    std::vector<LeaseNumber> stale, again, late;
    for (const auto& lease : has) {
      if (!worker.leases.contains(lease)) {
        stale.push_back(lease);
        continue;
      }
      leases_[lease].deadline = turn.now + options_.lease;
      const auto* state = find(lease.run);
      if (leases_[lease].passed != Limit::none) late.push_back(lease);
      else if (state != nullptr && is_stopping(*state->dag, state->run, lease.task)) again.push_back(lease);
    }
    const auto held = worker.leases;
    for (const auto& lease : held) {
      if (has.contains(lease)) continue;
      auto* state = find(lease.run);
      if (state == nullptr) release(lease);
      else if (state->run.tasks[index(lease.task)].state == TaskState::leased) end_lease(turn, *state, lease, LeaseReturned{lease});
      else if (!MR_MUTANT(89)) end_lease(turn, *state, lease, LeaseExpired{lease});  // it ran there, and does no more
    }
    turn.afterwards.push_back([this, name = facts.name, stale, again, late] {
      if (!stale.empty()) dispatcher_->fence(name, stale);
      for (const auto& lease : again) dispatcher_->cancel(name, lease, "the run is being cancelled");
      for (const auto& lease : late) dispatcher_->cancel(name, lease, std::string(kOutOfTime));
    });
    return true;
  });
}

void Engine::left(const std::string& worker) {
  post([this, worker](Turn& turn) {
    auto& state = workers_[worker];
    state.connected = false;
    state.seen = turn.now;
    return true;
  });
}

void Engine::draining(const std::string& worker) {
  post([this, worker](Turn&) {
    workers_[worker].draining = true;
    return true;
  });
}

void Engine::confirmed(const std::string& worker, LeaseNumber lease) {
  post([this, worker, lease](Turn& turn) {
    const auto held = leases_.find(lease);
    if (held == leases_.end() || held->second.worker != worker) return true;
    if (auto* state = find(lease.run); state != nullptr && happen(turn, *state, AttemptConfirmed{lease}) != nullptr) {
      turn.repeats.push_back([this, worker, lease] { confirmed(worker, lease); });
    }
    return true;
  });
}

void Engine::clock_seen(const std::string& worker, Millis ahead) {
  post([this, worker, ahead](Turn&) {
    workers_[worker].clock_ahead = ahead;
    return true;
  });
}

void Engine::renewed(const std::string& worker, const std::vector<LeaseNumber>& leases) {
  post([this, worker, leases](Turn& turn) {
    workers_[worker].seen = turn.now;
    std::vector<LeaseNumber> stale;
    for (const auto& lease : leases) {
      const auto found = leases_.find(lease);
      if (found != leases_.end() && found->second.worker == worker) found->second.deadline = turn.now + options_.lease;
      else stale.push_back(lease);
    }
    if (!stale.empty()) {
      turn.afterwards.push_back([this, worker, stale] { dispatcher_->fence(worker, stale); });
    }
    return true;
  });
}

void Engine::returned(const std::string& worker, const std::vector<LeaseNumber>& leases) {
  post([this, worker, leases](Turn& turn) {
    for (const auto& lease : leases) {
      const auto found = leases_.find(lease);
      if (found == leases_.end() || found->second.worker != worker) continue;
      workers_[worker].pace_ms = kNoPace;  // they waited there for too long
      if (auto* state = find(lease.run); state != nullptr && end_lease(turn, *state, lease, LeaseReturned{lease}) != nullptr) {
        turn.repeats.push_back([this, worker, lease] { returned(worker, {lease}); });
      }
    }
    return true;
  });
}

void Engine::progressed(LeaseNumber lease, double, const std::string&) {
  post([this, lease](Turn& turn) {
    if (const auto found = leases_.find(lease); found != leases_.end()) found->second.deadline = std::max(found->second.deadline, turn.now + options_.lease);
    if (const auto* state = find(lease.run)) beat(*state, lease, turn.now);
    return true;
  });
}

void Engine::checkpointed(const std::string& worker, LeaseNumber lease, Json state) {
  if (state.is_null()) return;
  post([this, worker, lease, state = std::move(state)](Turn& turn) mutable {
    const auto held = leases_.find(lease);
    if (held != leases_.end() && held->second.worker == worker) turn.commit.checkpoints[{lease.run, lease.task}] = std::move(state);
    return true;
  });
}

void Engine::reported(const std::string& worker, AttemptReport report) {
  post([this, worker, report = std::move(report)](Turn& turn) mutable { return take_report(turn, worker, report); });
}

bool Engine::must_wait(const Turn& turn, const DataCommit& data) const {
  const auto taken = [&](const DataFile& file) { return turn.data.contains(file.path); };
  const auto touched = [&](const StagedSnapshot& staged) {
    return turn.data.contains(staged.dataset) || std::any_of(staged.files.begin(), staged.files.end(), taken);
  };
  return std::any_of(data.snapshots.begin(), data.snapshots.end(), touched) ||
         std::any_of(data.positions.begin(), data.positions.end(), [&](const PositionMove& move) { return turn.data.contains(move.source); });
}

// The run of a report, also when it has ended since: what comes too late is recorded as rejected.
Result<Engine::OpenState*> Engine::run_of(Turn& turn, LeaseNumber lease) {
  if (auto* state = find(lease.run)) return state;
  auto stored = store_.load_run(lease.run);
  if (!stored) return stored.error();
  if (!*stored) return nullptr;
  turn.touched.insert(lease.run);
  return open((*stored)->header.key);
}

// A commit that the store would refuse would take the whole turn with it, so conflicts are looked for before.
Status Engine::check(AttemptReport& report) {
  if (report.outcome != Outcome::succeeded && report.outcome != Outcome::skipped) return {};
  if (report.output.dump().size() > kMostOutput) {
    refuse(report, "data", {.code = "E2009", .what = "the output is larger than 256 KiB", .where = {}, .hint = "pass references, never rows"}, true);
    return {};
  }
  if (report.data.empty()) return {};
  auto conflict = store_.check_data(report.data);
  if (!conflict) return conflict.error();
  if (!*conflict) return {};
  const bool passing = (*conflict)->code == "E5011" || (*conflict)->code == "E5012";
  if (MR_MUTANT(91)) return {};
  refuse(report, passing ? "conflict" : "data", **conflict, !passing);
  return {};
}

bool Engine::take_report(Turn& turn, const std::string& worker, AttemptReport& report) {
  // Two data commits to one dataset or source are checked one after the other, so the second waits for the next turn.
  if (must_wait(turn, report.data) && !MR_MUTANT(90)) return false;
  const auto held = leases_.find(report.lease);
  const bool current = held != leases_.end() && held->second.worker == worker;
  // Not acknowledged: the worker says it again when the store can be read.
  auto found = run_of(turn, report.lease);
  const Status checked = !found ? Status(found.error()) : current ? check(report) : Status{};
  if (!checked) {
    log::warn("a report of worker " + quote(worker) + " has to wait: " + to_string(checked.error()));
    return true;
  }
  turn.afterwards.push_back([this, worker, lease = report.lease] { dispatcher_->acknowledge(worker, lease); });
  auto* state = *found;
  if (state == nullptr) return true;  // no such run: there is nothing to change
  if (held != leases_.end() && !current) {
    log::warn("worker " + quote(worker) + " reported an attempt that worker " + quote(held->second.worker) + " has; nothing was changed");
    return true;
  }
  if (current && !report.checkpoint.is_null()) turn.commit.checkpoints[{report.lease.run, report.lease.task}] = std::move(report.checkpoint);
  const bool worked = report.outcome == Outcome::succeeded || report.outcome == Outcome::skipped;
  const Limit asked_for = current ? held->second.passed : Limit::none;
  // Who was asked to stop and has not finished is out of time, whatever it says; who says that it was stopped may have been asked before a restart.
  const bool stopped = current && !worked && (asked_for != Limit::none || report.outcome == Outcome::cancelled);
  const AttemptFinished finished{.lease = report.lease, .outcome = report.outcome, .error_class = report.error.error_class,
                                 .final_failure = report.final_failure, .retry_after = report.retry_after, .jitter = jitter()};
  auto* part = stopped ? end_lease(turn, *state, report.lease, finished) : happen(turn, *state, finished);
  if (part == nullptr) return true;
  const auto became = attempt_state_of(part->decision, report.lease);
  if (became == AttemptState::timed_out) report.error.error_class = "timeout";
  if (current) note_end(turn, *state, report);
  if (current) note_pace(workers_[worker], report.took);
  part->attempts.push_back({.lease = report.lease, .worker = worker, .time = turn.now, .state = became, .error = report.error,
                            .config = std::move(report.config), .usage = std::move(report.usage)});
  if (became != AttemptState::succeeded) return true;
  turn.fresh.insert(report.lease.run);
  // A callback keeps its token; what its attempt said is of no use.
  if (state->spec(report.lease.task).uses != "core.callback") part->outputs.push_back({report.lease.task, std::move(report.output)});
  report.data.rules_of = rules_of(state->header, state->spec(report.lease.task));
  note_data(turn, *part, std::move(report.data));
  if (asked_for == Limit::total) happen(turn, *state, TotalTimedOut{report.lease.task});  // it has looked, and would look again
  return true;
}

void Engine::note_data(Turn& turn, RunCommit& part, DataCommit data) {
  for (const auto& staged : data.snapshots) {
    turn.data.insert(staged.dataset);
    for (const auto& file : staged.files) turn.data.insert(file.path);
  }
  for (const auto& move : data.positions) turn.data.insert(move.source);
  part.data = std::move(data);
}

// --- offers --------------------------------------------------------------------------------------------------------------

Result<std::optional<Json>> Engine::row_of(const Expansion& items, int64_t number) const {
  auto row = read_item(options_.data_root, items.file, number);
  if (!row) return row.error();
  return std::optional(std::move(*row));
}

Result<Json> Engine::document_for(const OpenState& state, TaskIndex task, const Json& config) {
  Json document = Json::object({{"params", state.header.params}, {"run", run_document(*state.dag, state.header)}, {"env", state.dag->env}, {"vars", state.dag->vars}});
  if (is_item(*state.dag, task)) {
    const Expansion& items = expansion_of(state.run.expansions, task);
    const int64_t number = task.value - items.first;
    auto item = items.file.empty() ? store_.item(state.run.id, task) : row_of(items, number);
    if (!item) return item.error();
    document.set("item", *item ? std::move(**item) : Json(number));
    document.set("index", number);
  }
  auto uses = find_expressions(config);
  if (!uses) return uses.error();
  const Task& spec = state.spec(task);
  for (const auto& [name, value] : spec.env.members()) document["env"].set(name, value);
  for (const TaskIndex setter : spec.vars_from) {  // the later one has the last word
    auto said = own_output(state, setter);
    if (!said) return said.error();
    for (const auto& [name, value] : said->members()) document["vars"].set(name, value);
  }
  if (spec.looks() || !spec.until.empty()) {  // what it saw last, its token, its last round
    auto own = own_output(state, task);
    if (!own) return own.error();
    document.set("index", (*own)["rounds"].as_int());
    if (own->contains("token")) document.set("token", (*own)["token"]);
    document.set("output", std::move(*own));
  }
  const bool looks_at_tasks = std::any_of(uses->begin(), uses->end(), [](const ExpressionUse& use) { return use.text.find(".tasks") != std::string::npos; });
  if (!looks_at_tasks) return document;
  Json tasks = Json::object();
  for (int32_t i = 0; i < static_cast<int32_t>(state.dag->tasks.size()); ++i) {
    const auto& other = state.dag->task({i});
    const bool named = std::any_of(uses->begin(), uses->end(), [&](const ExpressionUse& use) { return use.text.find(other.id) != std::string::npos; });
    if (!named) continue;
    auto output = own_output(state, {i});  // a large Dag's outputs are too many to read them all for each task
    if (!output) return output.error();
    const auto& now = state.run.tasks[index({i})];
    tasks.set(other.id, Json::object({{"state", name(now.state)}, {"attempt", int64_t{now.attempt}}, {"output", *std::move(output)}}));
  }
  document.set("tasks", std::move(tasks));
  return document;
}

// Items read one world, that of their task, unless they change what they read: then each commits on top of the others.
TaskIndex Engine::pins_for(const OpenState& state, TaskIndex task) {
  if (!is_item(*state.dag, task)) return task;
  const auto& spec = state.spec(task);
  const auto is_written = [&](const std::string& dataset) { return std::binary_search(spec.writes.begin(), spec.writes.end(), dataset); };
  return std::any_of(spec.reads.begin(), spec.reads.end(), is_written) ? task : expansion_of(state.run.expansions, task).task;
}

Result<Json> Engine::checkpoint_for(const Turn& turn, LeaseNumber lease) {
  if (lease.attempt == 1) return Json();
  const auto fresh = turn.commit.checkpoints.find({lease.run, lease.task});
  return fresh != turn.commit.checkpoints.end() ? fresh->second : store_.checkpoint(lease.run, lease.task);
}

// What its rules measured on what it reads, and, where it has checks, on what it writes.
Result<Json> Engine::history_for(const OpenState& state, TaskIndex place, const std::vector<DatasetView>& inputs) {
  const Task& task = state.spec(place);
  Json list = Json::array();
  const auto add = [&](std::string_view dataset, SnapshotId before) -> Status {
    auto results = store_.measured({.dataset = std::string(dataset), .rules_of = rules_of(state.header, task), .run = state.run.id, .snapshot = before});
    if (!results) return results.error();
    if (results->size() > 0) list.push(Json::object({{"dataset", dataset}, {"results", *std::move(results)}}));
    return {};
  };
  if (task.checks.size() > 0) {
    for (const auto& dataset : task.writes) {
      if (auto added = add(dataset, {}); !added) return added.error();
    }
  }
  for (const auto& view : inputs) {
    if (auto added = add(dataset_of(view.dataset), view.snapshot); !added) return added.error();
  }
  return list;
}

Result<LeaseOffer> Engine::offer_for(Turn& turn, OpenState& state, LeaseNumber lease, RunCommit& part) {
  const Task& task = state.spec(lease.task);
  const Json& config = task.looks() ? task.look : task.with;
  auto document = document_for(state, lease.task, config);
  if (!document) return document.error();
  document->operator[]("run").set("attempt", int64_t{lease.attempt});
  LeaseOffer offer{.number = lease, .run_key = state.header.key, .dag = state.header.dag, .task = label_of(*state.dag, state.run, lease.task), .operator_type = task.operator_type(),
                   .folder = state.dag->folder, .config = config, .document = std::move(*document), .checks = task.checks,
                   .inputs = Json::array(), .outputs = Json::array(), .positions = Json::array(), .history = Json::array(), .timeout = task.timeout, .takes = task.runs_on.takes};
  auto checkpoint = checkpoint_for(turn, lease);
  if (!checkpoint) return checkpoint.error();
  offer.checkpoint = *std::move(checkpoint);
  // Inputs are pinned at the first lease: a retry reads the same world again.
  const TaskIndex pins_of = pins_for(state, lease.task);
  // A look sees the world as it is now.
  auto pinned = task.looks() || task.reads.empty() ? Result<std::optional<std::vector<DatasetView>>>(std::nullopt) : store_.pins(lease.run, pins_of);
  if (!pinned) return pinned.error();
  std::vector<DatasetView> inputs = pinned->value_or(std::vector<DatasetView>{});
  if (!*pinned) {
    for (const auto& dataset : task.reads) {
      auto view = store_.dataset(dataset, std::nullopt);
      if (!view) return view.error();
      inputs.push_back(std::move(*view));
    }
    if (!inputs.empty() && !task.looks()) {
      part.pins = inputs;
      part.pins_of = pins_of;
    }
  }
  for (const auto& view : inputs) offer.inputs.push(to_json(view));
  auto history = history_for(state, lease.task, inputs);
  if (!history) return history.error();
  offer.history = *std::move(history);
  for (const auto& dataset : task.writes) {
    auto view = store_.dataset(dataset, std::nullopt);
    if (!view) return view.error();
    offer.outputs.push(to_json(*view));
    auto positions = store_.positions(task.operator_type() + ":" + dataset);
    if (!positions) return positions.error();
    for (const auto& position : *positions) offer.positions.push(position_json(position));
  }
  return offer;
}

Capacity Engine::used_of(const WorkerState& worker) const {
  Capacity used;
  for (const auto& lease : worker.leases) {
    if (const auto state = runs_.find(lease.run); state != runs_.end()) used.add(state->second.spec(lease.task).runs_on.takes);
  }
  return used;
}

std::vector<WorkerView> Engine::workers() {
  return ask<std::vector<WorkerView>>([this](Turn&) {
    std::vector<WorkerView> views;
    for (const auto& [name, worker] : workers_) {
      views.push_back({.name = name, .state = !worker.connected ? "gone" : worker.draining ? "draining" : "connected", .version = worker.facts.version,
                       .seen = to_iso(worker.seen), .slots = worker.facts.slots, .busy = static_cast<int>(worker.leases.size()), .protocol = worker.facts.protocol,
                       .has = worker.facts.has, .used = used_of(worker), .labels = worker.facts.labels, .clock_ahead = worker.clock_ahead,
                       .problem = clock_problem(worker.clock_ahead)});
    }
    return views;
  }, {});
}

}  // namespace millrace
