// Engine: conditions, core operators, and whoever they wait for.
//
// A gate is asked once its run's outputs are committed: first the condition, then, of a core operator, the config. Plain paths are
// looked up here; every other expression is the Evaluator's, and its answer comes back as a message of its own.
#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "parse/expression.hpp"
#include "parse/expression_text.hpp"
#include "schedule/mutant.hpp"

namespace millrace {
void Engine::ask_gates(Turn& turn) {
  // Answers may come at once and change the set.
  const std::vector<LeaseNumber> gates(gates_.begin(), gates_.end());
  for (const auto& gate : gates) {
    auto* state = at_gate(gate);
    if (state == nullptr || asked_.contains(gate)) continue;
    if (state->run.state != RunState::running && state->run.state != RunState::cancelling) continue;
    if (turn.fresh.contains(gate.run)) {  // what it looks at is there after this turn's commit
      turn.again = true;
      continue;
    }
    asked_.insert(gate);
    if (state->run.tasks[index(gate.task)].state == TaskState::asleep) {
      ask_judge(turn, *state, gate);
      continue;
    }
    const Task& task = state->spec(gate.task);
    const bool item = is_item(*state->dag, gate.task);
    if (item && turn.expanded.contains(gate.run)) {
      turn.again = true;
      asked_.erase(gate);
    } else if (item) {
      ask_config(turn, *state, gate);  // its task's condition held
    } else if (!task.condition.empty()) {
      ask_condition(turn, *state, gate);
    } else {
      task.has_items() ? ask_items(turn, *state, gate) : ask_config(turn, *state, gate);
    }
  }
}

Engine::OpenState* Engine::at_gate(LeaseNumber gate) {
  auto* state = find(gate.run);
  return state != nullptr && gates_.contains(gate) ? state : nullptr;
}

void Engine::ask_condition(Turn& turn, OpenState& state, LeaseNumber gate) {
  evaluate(turn, state, gate, Json(state.spec(gate.task).condition), &Engine::take_condition);
}

void Engine::ask_config(Turn& turn, OpenState& state, LeaseNumber gate) {
  evaluate(turn, state, gate, state.spec(gate.task).with, &Engine::take_config);
}

void Engine::evaluate(Turn& turn, OpenState& state, LeaseNumber gate, const Json& config, void (Engine::*then)(Turn&, OpenState&, LeaseNumber, Result<Json>)) {
  const auto uses = find_expressions(config);
  auto document = document_for(state, gate.task, config);
  if (!uses || !document) return fail_gate(turn, state, gate, uses ? document.error() : uses.error());
  if (only_plain_paths(*uses)) return (this->*then)(turn, state, gate, resolve_paths(config, *document));
  if (evaluator_ == nullptr) return fail_gate(turn, state, gate, {.code = "E1062", .what = "only plain paths can be evaluated here", .where = "task " + label_of(*state.dag, state.run, gate.task), .hint = {}});
  evaluator_->ask(config, std::move(*document), [this, gate, then](Result<Json> answer) {
    post([this, gate, then, answer = std::move(answer)](Turn& later) {
      if (auto* waiting = at_gate(gate)) (this->*then)(later, *waiting, gate, answer);
      return true;
    });
  });
}

void Engine::take_condition(Turn& turn, OpenState& state, LeaseNumber gate, Result<Json> answer) {
  if (!answer) return fail_gate(turn, state, gate, answer.error());
  const Task& task = state.spec(gate.task);
  if (!answer->is_bool()) {
    return fail_gate(turn, state, gate, {.code = "E2017", .what = "the condition " + task.condition + " gives " + std::string(name(answer->kind())) + ", neither true nor false",
                                         .where = "task " + task.id, .hint = "compare, for example: .params.n > 0"});
  }
  if (!answer->as_bool()) return pass_gate(turn, state, gate, {.verdict = GateVerdict::skip, .reason = "its condition " + task.condition + " was false"}, {});
  if (task.has_items()) return ask_items(turn, state, gate);
  if (task.is_core()) return ask_config(turn, state, gate);
  pass_gate(turn, state, gate, {.verdict = GateVerdict::open, .reason = "its condition holds"}, {});
}

void Engine::take_config(Turn& turn, OpenState& state, LeaseNumber gate, Result<Json> answer) {
  if (!answer) return fail_gate(turn, state, gate, answer.error());
  const Task& task = state.spec(gate.task);
  const auto care = begin_care(turn, state, gate, *answer);
  if (!care) return fail_gate(turn, state, gate, care.error());
  if (*care || begin_act(turn, state, gate, *answer)) return;
  auto step = task.uses == "core.sensor" ? look_at_catalog(state, gate, *answer, turn.now)
              : task.uses == "core.loop" ? begin_round(state, gate, *answer)
              : task.uses == "core.callback" ? begin_callback(gate, state, *answer, turn.now)
                                             : begin_core(*state.dag, task, *answer, turn.now);
  if (!step) return fail_gate(turn, state, gate, step.error());
  if (!step->start.empty()) {
    const bool waits = step->gate.verdict == GateVerdict::sleep;
    const Parent parent{state.run.id, gate.task};
    StartRequest request{.dag = step->start, .params = step->params, .logical_time = std::nullopt, .request_id = {}, .trigger = "run " + state.header.key};
    auto child = create_run(turn, request, waits ? std::optional(parent) : std::nullopt);
    if (!child) return fail_gate(turn, *find(gate.run), gate, child.error());
    step->output.set("run", *child);
  }
  pass_gate(turn, *find(gate.run), gate, std::move(step->gate), std::move(step->output));
}

void Engine::pass_gate(Turn& turn, OpenState& state, LeaseNumber gate, GateAnswered answer, Json output, DataCommit data) {
  answer.task = gate.task;
  answer.version = gate.attempt;
  asked_.erase(gate);
  auto* part = happen(turn, state, answer);
  if (part == nullptr || !output.is_object()) return;
  note_data(turn, *part, std::move(data));
  part->outputs.push_back({gate.task, std::move(output)});
  turn.fresh.insert(gate.run);
}

void Engine::fail_gate(Turn& turn, OpenState& state, LeaseNumber gate, const Error& error) {
  pass_gate(turn, state, gate, {.verdict = GateVerdict::fail, .reason = to_string(error)}, {});
}

// --- who is waited for ---------------------------------------------------------------------------------------------------

void Engine::tell_parent(Turn& turn, const OpenState& child) {
  const Parent parent = *child.header.parent;
  auto* waiting = find(parent.run);
  if (waiting == nullptr || MR_MUTANT(92)) return;
  const auto& task = waiting->run.tasks[index(parent.task)];
  if (task.state != TaskState::asleep || task.wait != Wait::run) return;
  const bool good = child.run.state == RunState::succeeded;
  Json output = Json::object({{"run", child.header.key}, {"state", name(child.run.state)}});
  SleepEnded end{.task = parent.task, .version = task.version, .end = good ? SleepEnd::succeeded : SleepEnd::failed,
                 .reason = "run " + child.header.key + " ended " + std::string(name(child.run.state))};
  if (good && waiting->spec(parent.task).uses == "core.loop") {  // was it enough?
    auto before = own_output(*waiting, parent.task);
    end.end = SleepEnd::again;
    end.wait = Wait::judge;
    output.set("rounds", before ? (*before)["rounds"].as_int() : 0);
    output.set("opened", task.opened.time_since_epoch().count());
  }
  const RunId child_id = child.run.id;
  if (happen(turn, *waiting, end) == nullptr) return;
  turn.child_ends.push_back({turn.commit.runs.size() - 1, parent.task, child_id, std::move(output)});
  turn.fresh.insert(parent.run);
}

void Engine::cancel_child(Turn& turn, Parent parent) {
  const auto child = children_.find(parent);
  if (child == children_.end()) return;
  if (auto* state = find(child->second)) happen(turn, *state, CancelRequested{"the run that waits for it was cancelled"});
}

}  // namespace millrace
