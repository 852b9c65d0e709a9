// Engine: runs that snapshots, files, webhooks and other runs start.
//
// A start, and the note of what it was for, are one commit: after a crash nothing starts twice, and what came meanwhile is seen by comparing. What was
// there before a trigger was met for the first time is nobody's.
#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "parse/expression.hpp"
#include "schedule/mutant.hpp"

namespace millrace {
namespace {

constexpr size_t kMostFilesTold = 1000;  // in .trigger.files; all are dealt with
const std::string kMet = ".";            // an item of every trigger that was met, so that an empty one is known too

bool same_secret(std::string_view a, std::string_view b) {
  unsigned differs = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size() && !b.empty(); ++i) differs |= static_cast<unsigned>(a[i] ^ b[i % b.size()]);
  return differs == 0 && !b.empty();
}

bool fits(RunEnd wanted, RunState ended) {
  if (wanted == RunEnd::ended || MR_MUTANT(74)) return true;
  return (wanted == RunEnd::succeeded) == (ended == RunState::succeeded);
}

}  // namespace

void Engine::mark_seen(Turn& turn, const std::string& dag, const std::string& trigger, const std::string& item, const std::string& mark) {
  auto& seen = triggers_seen_[{dag, trigger}];
  const auto before = seen.find(item);
  turn.triggers_before.push_back({dag, trigger, item, before == seen.end() ? "" : before->second});
  turn.commit.triggers.push_back({dag, trigger, item, mark});
  mark.empty() ? void(seen.erase(item)) : void(seen[item] = mark);
}

void Engine::fire_triggers(Turn& turn) {
  if (turn.now < triggers_due_) return;
  triggers_due_ = TimePoint::max();
  for (const Dag* dag : book_.all()) {
    for (const auto& trigger : dag->triggers) {
      if (trigger.kind == TriggerKind::dataset) look_at_datasets(turn, *dag, trigger);
      if (trigger.kind == TriggerKind::file) start_pending(turn, *dag, trigger);
    }
  }
}

// --- datasets ------------------------------------------------------------------------------------------------------------

void Engine::look_at_datasets(Turn& turn, const Dag& dag, const Trigger& trigger) {
  const auto known = triggers_seen_.find({dag.name, trigger.name});
  const bool met = known != triggers_seen_.end() && known->second.contains(kMet);
  std::map<std::string, int64_t> fresh;
  Json told = Json::object();
  TimePoint changed{};
  for (const auto& dataset : trigger.datasets) {
    auto newest = store_.newest_snapshot(dataset);
    if (!newest) return log::error("trigger " + quote(trigger.name) + " of Dag " + quote(dag.name) + ": " + to_string(newest.error()));
    const int64_t id = *newest ? (*newest)->id.value : 0;
    const auto before = met && known->second.contains(dataset) ? whole_number(known->second.at(dataset)).value_or(0) : 0;
    told.set(dataset, id);
    if (id == before) continue;
    fresh[dataset] = id;
    changed = std::max(changed, (*newest)->time);
  }
  const auto note = [&] {
    for (const auto& [dataset, id] : fresh) mark_seen(turn, dag.name, trigger.name, dataset, std::to_string(id));
  };
  if (!met && !MR_MUTANT(73)) {
    mark_seen(turn, dag.name, trigger.name, kMet, "met");
    return note();
  }
  if (fresh.empty() || (trigger.all && fresh.size() < trigger.datasets.size() && !MR_MUTANT(70))) return;
  if (turn.now < changed + trigger.debounce && !MR_MUTANT(71)) {
    triggers_due_ = std::min(triggers_due_, changed + trigger.debounce);
    return;
  }
  if (start_triggered(turn, dag, trigger, Json::object({{"datasets", std::move(told)}}), trigger.name) && !MR_MUTANT(72)) note();
}

// --- files ---------------------------------------------------------------------------------------------------------------

void Engine::files_seen(const std::string& dag, const std::string& trigger, std::vector<FileSeen> files) {
  post([this, dag, trigger, files = std::move(files)](Turn& turn) {
    look_at_files(turn, dag, trigger, files);
    return true;
  });
}

void Engine::look_at_files(Turn& turn, const std::string& dag, const std::string& trigger, const std::vector<FileSeen>& files) {
  const TriggerKey key{dag, trigger};
  const auto known = triggers_seen_.find(key);
  const bool met = known != triggers_seen_.end() && known->second.contains(kMet);
  std::map<std::string, std::string> there;
  for (const auto& file : files) there[file.path] = file.mark;
  if (!met) {
    mark_seen(turn, dag, trigger, kMet, "met");
    for (const auto& [path, mark] : there) mark_seen(turn, dag, trigger, path, mark);
    return;
  }
  const auto seen = known->second;  // a copy: marks change it
  for (const auto& [path, mark] : seen) {
    if (path != kMet && !there.contains(path)) mark_seen(turn, dag, trigger, path, "");  // gone: it may come again
  }
  bool more = false;
  auto& pending = pending_[key];
  for (const auto& [path, mark] : there) {
    const auto before = seen.find(path);
    if (before != seen.end() && before->second == mark) continue;
    more = pending.files.insert(path + "\n" + mark).second || more;
  }
  if (!more) return;
  pending.due = turn.now;
  const Dag* today = book_.today(dag);
  for (const auto& one : today != nullptr ? today->triggers : std::vector<Trigger>{}) {
    if (one.name == trigger) pending.due = turn.now + one.debounce;
  }
  triggers_due_ = std::min(triggers_due_, pending.due);
}

void Engine::start_pending(Turn& turn, const Dag& dag, const Trigger& trigger) {
  const auto found = pending_.find({dag.name, trigger.name});
  if (found == pending_.end() || found->second.files.empty()) return;
  if (turn.now < found->second.due) {
    triggers_due_ = std::min(triggers_due_, found->second.due);
    return;
  }
  // Taken out now; a refused commit forgets that they were seen, and the next look at the folder brings them again.
  const auto files = std::exchange(found->second.files, {});
  Json told = Json::array();
  for (const auto& file : files) {
    if (told.size() < kMostFilesTold) told.push(file.substr(0, file.find('\n')));
  }
  if (!start_triggered(turn, dag, trigger, Json::object({{"files", std::move(told)}, {"count", static_cast<int64_t>(files.size())}}), trigger.name)) return;
  for (const auto& file : files) mark_seen(turn, dag.name, trigger.name, file.substr(0, file.find('\n')), file.substr(file.find('\n') + 1));
}

// --- runs ----------------------------------------------------------------------------------------------------------------

// A start may make way for itself by cancelling a run that is only queued, which is an end like any other. What was begun here, and made way again
// here, nobody has seen: it starts nothing, or two Dags that wait for each other would go on for ever.
void Engine::fire_ends(Turn& turn) {
  const size_t begun_before = turn.commit.new_runs.size();
  for (bool first = true; !turn.ended.empty() && (first || !MR_MUTANT(75)); first = false) {
    for (const RunId id : std::exchange(turn.ended, {})) {
      const auto is_it = [&](const NewRun& fresh) { return fresh.header.id == id; };
      const auto begun_here = turn.commit.new_runs.begin() + static_cast<std::ptrdiff_t>(begun_before);
      if (first || std::none_of(begun_here, turn.commit.new_runs.end(), is_it)) fire_end(turn, id);
    }
  }
}

void Engine::fire_end(Turn& turn, RunId id) {
  const auto* ended = find(id);
  if (ended == nullptr || !is_final(ended->run.state)) return;
  const std::string by = ended->header.dag, key = ended->header.key;
  const Json what = Json::object({{"run", key}, {"state", name(ended->run.state)}, {"params", ended->header.params}});
  const RunState state = ended->run.state;
  for (const Dag* dag : book_.all()) {
    for (const auto& trigger : dag->triggers) {
      if (trigger.kind == TriggerKind::run && trigger.dag == by && fits(trigger.on, state)) start_triggered(turn, *dag, trigger, what, "run " + key);
    }
  }
}

// --- webhooks ------------------------------------------------------------------------------------------------------------

Result<std::string> Engine::hook(const HookRequest& request) {
  std::string key;
  const Status status = command([&](Turn& turn) -> Status {
    const Error none{.code = "E2022", .what = "no webhook answers to this", .where = {}, .hint = "check the address and the token"};
    const Dag* dag = book_.today(request.dag);
    if (dag == nullptr || secrets_ == nullptr) return none;
    for (const auto& trigger : dag->triggers) {
      const auto secret = trigger.kind == TriggerKind::webhook ? secrets_->find(trigger.secret) : std::nullopt;
      if (!secret || !same_secret(request.token, *secret)) continue;
      const std::string id = request.request_id.empty() ? "" : "hook " + dag->name + " " + request.request_id;
      if (auto before = id.empty() ? Result<std::optional<RunHeader>>(std::nullopt) : store_.find_request(id); !before) return before.error();
      else if (*before) return key = (*before)->key, Status{};
      auto params = params_of(*dag, trigger, Json::object({{"body", request.body}}));
      if (!params) return params.error();
      if (!make_way(turn, *dag, "a call of its webhook")) return Error{.code = "E2007", .what = "a run of " + quote(dag->name) + " is open", .where = {}, .hint = "call again when it is over (concurrency.on_overlap: skip)"};
      auto made = create_run(turn, {.dag = dag->name, .params = std::move(*params), .logical_time = {}, .request_id = id, .trigger = "webhook"}, std::nullopt);
      if (!made) return made.error();
      key = std::move(*made);
      return {};
    }
    return none;
  });
  if (!status) return status.error();
  return key;
}

// --- all of them -----------------------------------------------------------------------------------------------------------

// A webhook's body gives the params that it names, when the trigger does not say otherwise.
Result<Json> Engine::params_of(const Dag& dag, const Trigger& trigger, const Json& what) const {
  if (!trigger.params.members().empty()) return resolve_paths(trigger.params, Json::object({{"trigger", what}}));
  Json params = Json::object();
  const Json& body = what["body"];
  for (const auto& [name, value] : body.members()) {
    if (dag.params.contains(name)) params.set(name, value);
  }
  return params;
}

bool Engine::start_triggered(Turn& turn, const Dag& dag, const Trigger& trigger, Json what, std::string source) {
  if (!make_way(turn, dag, "what " + quote(trigger.name) + " brought")) return true;  // dealt with, by being skipped
  auto params = params_of(dag, trigger, what);
  auto started = params ? create_run(turn, {.dag = dag.name, .params = std::move(*params), .logical_time = {}, .request_id = {}, .trigger = std::move(source)}, std::nullopt) : Result<std::string>(params.error());
  if (started) return true;
  log::error("Dag " + quote(dag.name) + ": its trigger " + quote(trigger.name) + " could not start a run: " + to_string(started.error()));
  // What only a change of the Dag can mend is not tried for ever.
  return started.error().code != "E2005";
}

}  // namespace millrace
