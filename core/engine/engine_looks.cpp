// Engine: sensors that look until it is enough, loops that run until it is enough, and callbacks that hand over a token.
//
// What was seen, or how a round ended, is the task's output; whether it is enough is asked once that is committed (Wait::judge).
#include <algorithm>
#include <array>
#include <random>

#include "base/text.hpp"
#include "engine/engine.hpp"
#include "parse/expression_text.hpp"

namespace millrace {
namespace {

constexpr Millis kLookEvery{30'000};
constexpr size_t kMostOutputs = 200 * 1024;  // of a child run, told to whom waited

CoreStep step_of(GateVerdict verdict, std::string reason, Json output = {}) {
  CoreStep step;
  step.gate.verdict = verdict;
  step.gate.reason = std::move(reason);
  step.output = std::move(output);
  return step;
}

// When it is to look again: after `every`, or at the deadline; zero: the deadline is over.
Result<TimePoint> next_look(const Task& task, const TaskRun& run, const Json& with, TimePoint now) {
  auto every = duration_in(task, with, "every", kLookEvery), patience = duration_in(task, with, "deadline", Millis{});
  if (!every || !patience) return every ? patience.error() : every.error();
  if (*patience == Millis{}) return now + *every;
  const TimePoint last = run.opened + *patience;
  return now >= last ? TimePoint{} : std::min(now + *every, last);
}

std::string new_token(RunId run, TaskIndex task) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device source;  // of the kernel
  std::string secret;
  for (int word = 0; word < 4; ++word) {
    for (uint32_t bits = source(), i = 0; i < 8; ++i, bits >>= 4) secret += kDigits[bits & 15];
  }
  return std::to_string(run.value) + "." + std::to_string(task.value) + "." + secret;
}

}  // namespace

Result<Json> Engine::own_output(const OpenState& state, TaskIndex task) {
  auto outputs = store_.outputs(state.run.id, task, {task.value + 1});
  if (!outputs) return outputs.error();
  return (*outputs)[task];
}

// --- sensors -------------------------------------------------------------------------------------------------------------

Result<CoreStep> Engine::look_at_catalog(const OpenState& state, LeaseNumber gate, const Json& with, TimePoint now) {
  const Task& task = state.spec(gate.task);
  if (task.looks()) return step_of(GateVerdict::open, "looks");
  Json seen = Json::object();
  bool enough = false;
  if (const auto& dataset = with["dataset"].as_text(); !dataset.empty()) {
    auto newest = store_.newest_snapshot(dataset);
    if (!newest) return newest.error();
    const auto since = from_iso(with["since"].as_text());
    enough = *newest && (!since || (*newest)->time > *since);
    if (*newest) seen = Json::object({{"dataset", dataset}, {"snapshot", (*newest)->id.value}, {"time", to_iso((*newest)->time)}});
  } else {
    const Json& run = with["run"];
    const auto time = run["logical_time"].as_text().empty() ? state.header.logical_time : std::optional(from_iso(run["logical_time"].as_text()).value_or(TimePoint{}));
    if (!time || *time == TimePoint{}) return Error{.code = "E2016", .what = "a sensor of a run needs its logical_time", .where = "task " + task.id, .hint = "this run has none: give run.logical_time"};
    const std::string key = key_of(run["dag"].as_text(), *time);
    const auto open = keys_.find(key);
    auto other = open == keys_.end() ? load(key) : Result<OpenState>(OpenState{});
    if (!other && other.error().code != "E2002") return other.error();
    const std::string is(open != keys_.end() ? name(runs_.at(open->second).run.state) : other ? name(other->run.state) : "");
    enough = is == run["state"].as_text("succeeded");
    seen = Json::object({{"run", key}, {"state", is}});
  }
  if (enough) return step_of(GateVerdict::succeed, "it is there", std::move(seen));
  auto wake = next_look(task, state.run.tasks[index(gate.task)], with, now);
  if (!wake) return wake.error();
  if (*wake == TimePoint{}) return step_of(GateVerdict::late, "what it looks for did not come in time", std::move(seen));
  CoreStep step = step_of(GateVerdict::sleep, "not there yet", std::move(seen));
  step.gate.wait = Wait::poll;
  step.gate.wake = *wake;
  return step;
}

// --- loops ---------------------------------------------------------------------------------------------------------------

Result<CoreStep> Engine::begin_round(const OpenState& state, LeaseNumber gate, const Json& with) {
  const TaskRun& task = state.run.tasks[index(gate.task)];
  auto before = own_output(state, gate.task);
  if (!before) return before.error();
  const int64_t opened = task.opened.time_since_epoch().count();
  const int64_t round = (*before)["opened"].as_int() == opened ? (*before)["rounds"].as_int() + 1 : 1;
  CoreStep step = step_of(GateVerdict::sleep, "round " + std::to_string(round), Json::object({{"rounds", round}, {"opened", opened}}));
  step.gate.wait = Wait::run;
  step.start = with["dag"].as_text();
  if (with["params"].is_object()) step.params = with["params"];
  return step;
}

// --- callbacks -----------------------------------------------------------------------------------------------------------

Result<CoreStep> Engine::begin_callback(LeaseNumber gate, const OpenState& state, const Json& with, TimePoint now) {
  const Task& task = state.spec(gate.task);
  auto patience = duration_in(task, with, "deadline", Millis{}), beat = duration_in(task, with, "heartbeat", Millis{});
  if (!patience || !beat) return patience ? beat.error() : patience.error();
  const TimePoint last = *patience == Millis{} ? TimePoint{} : now + *patience;
  Json output = Json::object({{"token", new_token(state.run.id, gate.task)}, {"heartbeat_ms", beat->count()}, {"deadline_at", last.time_since_epoch().count()}});
  if (task.looks()) return step_of(GateVerdict::open, "hands over its token", std::move(output));
  CoreStep step = step_of(GateVerdict::sleep, "waits for a callback", std::move(output));
  step.gate.wait = Wait::callback;
  step.gate.wake = *beat == Millis{} ? last : last == TimePoint{} ? now + *beat : std::min(now + *beat, last);
  return step;
}

// --- judging -------------------------------------------------------------------------------------------------------------

void Engine::ask_judge(Turn& turn, OpenState& state, LeaseNumber gate) {
  const Task& task = state.spec(gate.task);
  if (task.uses != "core.callback") return evaluate(turn, state, gate, Json(task.until), &Engine::take_judgement);
  // Its token was handed over: now it waits.
  auto kept = own_output(state, gate.task);
  if (!kept) return end_sleep(turn, state, gate, {.end = SleepEnd::failed, .reason = to_string(kept.error())});
  const Millis beat{(*kept)["heartbeat_ms"].as_int()};
  const TimePoint last{Millis{(*kept)["deadline_at"].as_int()}};
  const TimePoint wake = beat == Millis{} ? last : last == TimePoint{} ? turn.now + beat : std::min(turn.now + beat, last);
  end_sleep(turn, state, gate, {.end = SleepEnd::again, .reason = "waits for a callback", .wait = Wait::callback, .wake = wake});
}

void Engine::take_judgement(Turn& turn, OpenState& state, LeaseNumber gate, Result<Json> answer) {
  const Task& task = state.spec(gate.task);
  const auto fail = [&](const Error& error) { end_sleep(turn, state, gate, {.end = SleepEnd::failed, .reason = to_string(error)}); };
  if (!answer) return fail(answer.error());
  if (!answer->is_bool()) {
    return fail({.code = "E2017", .what = "until " + task.until + " gives " + std::string(name(answer->kind())) + ", neither true nor false", .where = "task " + task.id, .hint = "compare, for example: .output.status < 400"});
  }
  if (answer->as_bool()) return end_sleep(turn, state, gate, {.end = SleepEnd::succeeded, .reason = "it is enough"});
  if (task.uses == "core.loop") {
    auto output = own_output(state, gate.task);
    const int64_t most = task.with["max"].as_int(100);
    const auto pause = duration_in(task, task.with, "pause", Millis{});
    if (!output || !pause) return fail(output ? pause.error() : output.error());
    if ((*output)["rounds"].as_int() >= most) return fail({.code = "E2016", .what = "not enough after " + std::to_string(most) + " rounds", .where = "task " + task.id, .hint = "raise max, or mend until"});
    return end_sleep(turn, state, gate, {.end = SleepEnd::again, .reason = "another round", .wait = Wait::poll, .wake = turn.now + std::max(*pause, Millis{1})});
  }
  auto wake = next_look(task, state.run.tasks[index(gate.task)], task.with, turn.now);
  if (!wake) return fail(wake.error());
  if (*wake == TimePoint{}) return end_sleep(turn, state, gate, {.end = SleepEnd::late, .reason = "what it looks for did not come in time"});
  end_sleep(turn, state, gate, {.end = SleepEnd::again, .reason = "not there yet", .wait = Wait::poll, .wake = *wake});
}

void Engine::end_sleep(Turn& turn, OpenState& state, LeaseNumber gate, SleepEnded end) {
  end.task = gate.task;
  end.version = gate.attempt;
  asked_.erase(gate);
  happen(turn, state, end);
}

// What a child run's tasks gave, by their names; null when that is too much to tell.
Result<Json> Engine::outputs_by_name(const Turn& turn, const OpenState& state) {
  const auto own = static_cast<int32_t>(state.dag->tasks.size());
  auto kept = store_.outputs(state.run.id, {0}, {own});
  if (!kept) return kept.error();
  for (const auto& part : turn.commit.runs) {
    for (const auto& one : part.outputs) {
      if (part.run == state.run.id && one.task.value < own) (*kept)[one.task] = one.output;
    }
  }
  Json named = Json::object();
  for (auto& [task, output] : *kept) named.set(state.dag->task(task).id, std::move(output));
  return named.dump().size() <= kMostOutputs ? std::move(named) : Json();
}

}  // namespace millrace
