// Engine: what people do to datasets and positions: data.restore, data.drop, position.rewind, position.set.
//
// Nothing is computed and no file is written: the catalog changes with the commit that makes the task succeed, as it does for an attempt.
// An attempt that started from what has changed since loses its commit, and is tried again.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "catalog/rewind.hpp"
#include "engine/engine.hpp"

namespace millrace {
namespace {

// What such a task changes, with its success.
struct CatalogAct {
  DataCommit data{};
  std::string reason{};
  Json output = Json::object();
};

Error no_dataset(const std::string& name) { return {.code = "E8004", .what = "no dataset " + quote(name), .where = {}, .hint = "`millrace datasets list` shows the names"}; }

bool changes(const StagedSnapshot& staged, const DatasetView& now) { return !staged.files.empty() || !staged.ends.empty() || staged.columns != now.columns; }

int64_t rows_in(const std::vector<DataFile>& files) {
  int64_t rows = 0;
  for (const auto& file : files) rows += file.rows;
  return rows;
}

std::string count(size_t number, const std::string& one) { return std::to_string(number) + " " + one + (number == 1 ? "" : "s"); }

Result<CatalogAct> restore(Store& store, const Json& with) {
  const std::string dataset = with["dataset"].as_text(), reference = dataset + "@" + with["to"].as_text();
  auto then = store.dataset(reference, std::nullopt);
  if (!then) return then.error();
  auto now = store.dataset(dataset, std::nullopt);
  if (!now) return now.error();
  const std::string id = std::to_string(then->snapshot.value);
  CatalogAct act{.data = {}, .reason = dataset + " is as at snapshot " + id + " already", .output = Json::object({{"dataset", dataset}, {"restored", then->snapshot.value}, {"rows", rows_in(then->files)}})};
  auto staged = plan_return(*now, *then);
  if (!changes(staged, *now)) return act;
  staged.summary = Json::object({{"restored", then->snapshot.value}});
  act.reason = dataset + " is again as at snapshot " + id + "; positions of its sources are where they were";
  act.data.snapshots.push_back(std::move(staged));
  return act;
}

// The rows that came with the moves, too, unless they are to be kept; those of `besides` are dealt with already.
Status take_back(CatalogAct& act, const Rewind& rewind, bool keep_rows, const std::string& besides, const Json& summary) {
  act.data.positions.insert(act.data.positions.end(), rewind.moves.begin(), rewind.moves.end());
  if (keep_rows) return {};
  for (const auto& since : rewind.data) {
    const bool known = std::any_of(act.data.snapshots.begin(), act.data.snapshots.end(), [&](const auto& staged) { return staged.dataset == since.now.dataset; });
    if (known || since.now.dataset == besides || since.now.snapshot.value == 0) continue;
    auto staged = plan_rewind(since);
    if (!staged) return staged.error();
    staged->summary = summary;
    if (changes(*staged, since.now)) act.data.snapshots.push_back(std::move(*staged));
  }
  return {};
}

Result<CatalogAct> drop(Store& store, const Json& with) {
  const std::string dataset = with["dataset"].as_text();
  auto now = store.dataset(dataset, std::nullopt);
  if (!now) return now.error();
  if (now->snapshot.value == 0) return no_dataset(dataset);
  CatalogAct act;
  act.data.snapshots.push_back(plan_return(*now, {.dataset = dataset}));
  if (!with["keep_positions"].as_bool()) {
    auto sources = store.sources_of(dataset);
    if (!sources) return sources.error();
    for (const auto& source : *sources) {
      auto rewind = store.rewind_of(source, std::nullopt);
      if (!rewind) return rewind.error();
      if (auto taken = take_back(act, *rewind, false, dataset, Json::object({{"dropped", dataset}})); !taken) return taken.error();
    }
  }
  act.reason = dataset + " is dropped, and " + count(act.data.positions.size(), "position") + " forgotten";
  act.output = Json::object({{"dataset", dataset}, {"rows", rows_in(now->files)}, {"positions", std::ssize(act.data.positions)}});
  return act;
}

Result<CatalogAct> rewind(Store& store, const Json& with) {
  const std::string source = with["source"].as_text(), key = with["to_run"].as_text();
  std::optional<RunId> run;
  if (!key.empty()) {
    auto header = store.find_run(key);
    if (!header) return header.error();
    if (!*header) return Error{.code = "E2002", .what = "there is no run " + quote(key), .where = {}, .hint = "`millrace runs list` shows them"};
    run = (*header)->id;
  }
  auto found = store.rewind_of(source, run);
  if (!found) return found.error();
  CatalogAct act;
  const Json summary = Json::object({{"rewound", source}, {"to_run", key.empty() ? Json() : Json(key)}});
  if (auto taken = take_back(act, *found, with["keep_rows"].as_bool(), {}, summary); !taken) return taken.error();
  Json datasets = Json::array();
  for (const auto& staged : act.data.snapshots) datasets.push(staged.dataset);
  act.reason = count(act.data.positions.size(), "position") + " of " + source + (key.empty() ? " forgotten" : " as run " + key + " left them");
  act.output = Json::object({{"source", source}, {"positions", std::ssize(act.data.positions)}, {"datasets", std::move(datasets)}});
  return act;
}

Result<CatalogAct> set_position(Store& store, const Json& with) {
  const std::string source = with["source"].as_text(), key = with["key"].as_text();
  auto positions = store.positions(source);
  if (!positions) return positions.error();
  const auto now = std::find_if(positions->begin(), positions->end(), [&](const Position& position) { return position.key == key; });
  PositionMove move{.source = source, .key = key, .expected = now == positions->end() ? Json() : now->value, .value = with["value"]};
  CatalogAct act{.data = {}, .reason = "the position is so already", .output = Json::object({{"source", source}, {"key", key}, {"before", move.expected}})};
  if (move.expected == move.value) return act;
  act.reason = "position " + quote(key) + " of " + source + (move.value.is_null() ? " is forgotten" : " is set");
  act.data.positions.push_back(std::move(move));
  return act;
}

struct Act {
  std::string_view uses{};
  Result<CatalogAct> (*plan)(Store&, const Json&){};
};

constexpr std::array<Act, 4> kActs{Act{"data.restore", restore}, Act{"data.drop", drop}, Act{"position.rewind", rewind}, Act{"position.set", set_position}};

}  // namespace

bool Engine::begin_act(Turn& turn, OpenState& state, LeaseNumber gate, const Json& with) {
  const Task& task = state.spec(gate.task);
  const auto found = std::find_if(kActs.begin(), kActs.end(), [&](const Act& one) { return one.uses == task.uses; });
  if (found == kActs.end()) return false;
  auto act = found->plan(store_, with);
  if (!act) {
    fail_gate(turn, state, gate, act.error());
  } else if (must_wait(turn, act->data)) {
    care_later(gate, [this, gate, with](Turn& later, OpenState& waiting) { begin_act(later, waiting, gate, with); });
  } else {
    pass_gate(turn, state, gate, {.verdict = GateVerdict::succeed, .reason = std::move(act->reason)}, std::move(act->output), std::move(act->data));
  }
  return true;
}

}  // namespace millrace
