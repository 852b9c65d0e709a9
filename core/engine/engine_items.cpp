// Engine: what foreach gives, and what becomes of its items.
//
// The list is kept by the store, piece by piece; the engine holds no item longer than it takes to make an offer of it.
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "engine/item_file.hpp"

namespace millrace {
namespace {

constexpr int64_t kMostItems = 10'000'000;
constexpr size_t kMostResults = 256 * 1024;  // bytes, as of any output

Error no_items(const Task& task, std::string what, std::string hint) { return {.code = "E2020", .what = std::move(what), .where = "task " + task.id, .hint = std::move(hint)}; }

int64_t count_of(const Json& given) { return given.is_array() ? static_cast<int64_t>(given.size()) : given.as_int(-1); }

}  // namespace

void Engine::ask_items(Turn& turn, OpenState& state, LeaseNumber gate) {
  if (const auto* items = current_expansion(state.run.expansions, gate.task)) {  // a retry: the items that it had
    return pass_gate(turn, state, gate, {.verdict = GateVerdict::expand, .reason = "goes on", .items = items->count, .max_parallel = items->max_parallel, .tolerated = items->tolerated}, {});
  }
  const Json& foreach = state.spec(gate.task).foreach;
  if (foreach.is_object()) return take_rows(turn, state, gate);
  evaluate(turn, state, gate, foreach, &Engine::take_items);
}

// What another task has read for it: a short list, or a file.
void Engine::take_rows(Turn& turn, OpenState& state, LeaseNumber gate) {
  const Task& task = state.spec(gate.task);
  const TaskIndex reader = state.dag->find(task.foreach["rows_of"].as_text());
  const auto rows = reader.value < 0 ? Result<Json>(Json()) : own_output(state, reader);
  if (!rows) return fail_gate(turn, state, gate, rows.error());
  if (rows->contains("list")) return take_items(turn, state, gate, (*rows)["list"]);
  const std::string file = (*rows)["file"].as_text();
  const int64_t count = (*rows)["items"].as_int(-1);
  if (!is_item_file(file) || count < 0 || count > kMostItems) return fail_gate(turn, state, gate, no_items(task, "task " + quote(task.foreach["rows_of"].as_text()) + " gave no items", "clear it: it reads the rows again"));
  expand(turn, state, gate, count, file);
}

void Engine::take_items(Turn& turn, OpenState& state, LeaseNumber gate, Result<Json> answer) {
  if (!answer) return fail_gate(turn, state, gate, answer.error());
  const Task& task = state.spec(gate.task);
  const bool fits = answer->is_array() || answer->is_int();
  if (!fits) return fail_gate(turn, state, gate, no_items(task, "foreach gives " + std::string(name(answer->kind())) + ", neither a list nor a whole number", "for example foreach: \"{{ .tasks.find.output.list }}\""));
  const int64_t count = count_of(*answer);
  if (count < 0 || count > kMostItems) {
    return fail_gate(turn, state, gate, no_items(task, "foreach gives " + std::to_string(count) + " items, and at most " + std::to_string(kMostItems) + " are possible", "take batches as items"));
  }
  auto* part = expand(turn, state, gate, count, {});
  if (part != nullptr && count > 0 && answer->is_array()) part->items = std::move(*answer);
}

RunCommit* Engine::expand(Turn& turn, OpenState& state, LeaseNumber gate, int64_t count, const std::string& file) {
  const Task& task = state.spec(gate.task);
  const auto items = static_cast<int32_t>(count);
  GateAnswered answer{.verdict = GateVerdict::expand, .reason = std::to_string(items) + " items", .items = items,
                      .max_parallel = task.max_parallel > 0 ? task.max_parallel : state.dag->max_tasks, .tolerated = task.tolerate.of(items), .file = file};
  answer.task = gate.task;
  answer.version = gate.attempt;
  asked_.erase(gate);
  auto* part = happen(turn, state, answer);
  if (part == nullptr) return nullptr;
  turn.expanded.insert(gate.run);
  turn.fresh.insert(gate.run);
  if (items == 0) part->outputs.push_back({gate.task, Json::object({{"items", 0}, {"succeeded", 0}, {"failed", 0}, {"skipped", 0}, {"results", Json::array()}})});
  return part;
}

void Engine::gather(Turn& turn) {
  for (auto& end : turn.child_ends) {
    const auto* child = find(end.child);
    auto tasks = child == nullptr ? Result<Json>(Json()) : outputs_by_name(turn, *child);
    end.output.set("tasks", tasks ? std::move(*tasks) : Json());
    turn.commit.runs[end.part].outputs.push_back({end.task, std::move(end.output)});
  }
  for (const auto& [at, items] : turn.gatherings) {
    auto& part = turn.commit.runs[at];
    auto output = output_of_items(turn, part.run, items);
    if (output) part.outputs.push_back({items.task, std::move(*output)});
  }
}

Result<Json> Engine::output_of_items(const Turn& turn, RunId run, const Expansion& items) {
  const int64_t succeeded = items.ended - items.failed - items.cancelled - items.skipped;
  Json output = Json::object({{"items", int64_t{items.count}}, {"succeeded", succeeded}, {"failed", int64_t{items.failed}}, {"skipped", int64_t{items.skipped}}, {"results", nullptr}});
  if (static_cast<size_t>(items.count) > kMostResults / 3) return output;  // {} and a comma each are too many
  const TaskIndex from{items.first}, end{items.first + items.count};
  auto kept = store_.outputs(run, from, end);
  if (!kept) return kept.error();
  std::vector<Json> results(static_cast<size_t>(items.count));
  const auto put = [&](TaskIndex place, const Json& result) { results[static_cast<size_t>(place.value - items.first)] = result; };
  for (const auto& [place, result] : *kept) put(place, result);
  for (const auto& part : turn.commit.runs) {
    for (const auto& one : part.outputs) {
      if (part.run == run && one.task >= from && one.task < end) put(one.task, one.output);
    }
  }
  Json list(std::move(results));
  if (list.dump().size() <= kMostResults) output.set("results", std::move(list));
  return output;
}

Status Engine::limits(const LimitsRequest& request) {
  return command([&](Turn& turn) -> Status {
    auto found = open(request.run);
    if (!found) return found.error();
    auto& state = **found;
    turn.touched.insert(state.run.id);
    const TaskIndex at = state.dag->find(request.task);
    const auto* items = at.value < 0 ? nullptr : current_expansion(state.run.expansions, at);
    if (items == nullptr || items->closing || state.run.tasks[index(at)].state != TaskState::asleep) {
      return Error{.code = "E2003", .what = "task " + quote(request.task) + " has no items at work", .where = "run " + request.run, .hint = "limits can be changed while a foreach task is asleep"};
    }
    const auto tolerated = request.tolerate ? request.tolerate->of(items->count) : items->tolerated;
    happen(turn, state, LimitsChanged{at, request.max_parallel.value_or(items->max_parallel), tolerated});
    return {};
  });
}

}  // namespace millrace
