#include "engine/core_operators.hpp"

#include "base/text.hpp"
#include "engine/params.hpp"

namespace millrace {
namespace {

Error wrong(const Task& task, std::string what, std::string hint = {}) {
  return {.code = "E2016", .what = std::move(what), .where = "task " + task.id, .hint = std::move(hint)};
}

CoreStep done(std::string reason, Json output = Json::object()) {
  CoreStep step;
  step.gate.verdict = GateVerdict::succeed;
  step.gate.reason = std::move(reason);
  step.output = std::move(output);
  return step;
}

CoreStep sleep(Wait wait, TimePoint wake, std::string reason, Json output = Json::object()) {
  CoreStep step;
  step.gate.verdict = GateVerdict::sleep;
  step.gate.wait = wait;
  step.gate.wake = wake;
  step.gate.reason = std::move(reason);
  step.output = std::move(output);
  return step;
}

// "5m" as Millis; absent: zero.
Result<Millis> duration_of(const Task& task, const Json& with, const std::string& key) {
  const Json* value = with.find(key);
  if (value == nullptr || value->is_null()) return Millis{};
  const auto duration = duration_from_text(value->as_text());
  if (duration && *duration > Millis{0}) return *duration;
  return wrong(task, key + " is " + quote(value->as_text()) + ", which is no duration above zero", "write 90s, 15m, 2h, 1d");
}

Result<TimePoint> patience_of(const Task& task, const Json& with, TimePoint now) {
  auto patience = duration_of(task, with, "deadline");
  if (!patience) return patience.error();
  return *patience == Millis{} ? TimePoint{} : now + *patience;
}

Result<CoreStep> begin_wait(const Task& task, const Json& with, TimePoint now) {
  TimePoint until = now;
  if (const Json* text = with.find("until")) {
    const auto time = from_iso(text->as_text());
    if (!time) return wrong(task, "until is " + quote(text->as_text()) + ", which is no time", "write 2026-11-01T06:00:00Z");
    until = *time;
  } else {
    auto length = duration_of(task, with, "for");
    if (!length) return length.error();
    until = now + *length;
  }
  if (until <= now) return done("the time has come already");
  return sleep(Wait::time, until, "waits until " + to_iso(until));
}

Result<CoreStep> begin_switch(const Dag& dag, const Task& task, const Json& with) {
  const Json* chosen = with.find("else");
  Json output = Json::object({{"case", chosen == nullptr ? Json() : Json("else")}});
  const auto& cases = with["cases"].items();
  for (size_t i = 0; i < cases.size(); ++i) {
    const Json& when = cases[i]["when"];
    if (!when.is_bool()) return wrong(task, "case " + std::to_string(i + 1) + " gives " + when.dump().substr(0, 40) + ", which is neither true nor false");
    if (!when.as_bool()) continue;
    chosen = cases[i].find("then");
    output.set("case", static_cast<int64_t>(i + 1));
    break;
  }
  CoreStep step = done("chose case " + output["case"].dump(), output);
  const auto is_chosen = [&](const Json& name) {
    if (chosen == nullptr) return false;
    const auto& names = chosen->items();
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto skip_others = [&](const Json& names) {
    for (const auto& name : names.items()) {
      const TaskIndex other = dag.find(name.as_text());
      if (other.value >= 0 && !is_chosen(name)) step.gate.skips.push_back(other);
    }
  };
  for (const auto& one : cases) skip_others(one["then"]);
  skip_others(with["else"]);
  return step;
}

Result<CoreStep> begin_approval(const Task& task, const Json& with, TimePoint now) {
  auto until = patience_of(task, with, now);
  if (!until) return until.error();
  return sleep(Wait::approval, *until, "waits for an approval", Json::object({{"prompt", with["prompt"]}, {"form", with["form"].is_object() ? with["form"] : Json::object()}}));
}

}  // namespace

Result<Millis> duration_in(const Task& task, const Json& with, const std::string& key, Millis other) {
  auto given = duration_of(task, with, key);
  return given && *given == Millis{} ? Result<Millis>(other) : given;
}

Result<CoreStep> begin_core(const Dag& dag, const Task& task, const Json& with, TimePoint now) {
  if (task.uses == "core.noop") return done("nothing to do");
  if (task.uses == "core.set") return done("values set", with);
  if (task.uses == "core.fail") return wrong(task, with["message"].as_text());
  if (task.uses == "core.wait") return begin_wait(task, with, now);
  if (task.uses == "core.switch") return begin_switch(dag, task, with);
  if (task.uses == "core.approval") return begin_approval(task, with, now);
  if (task.uses == "core.run") {
    const bool waits = with["wait"].as_bool(true);
    CoreStep step = waits ? sleep(Wait::run, {}, "waits for a run of " + with["dag"].as_text()) : done("started a run of " + with["dag"].as_text());
    step.start = with["dag"].as_text();
    if (with["params"].is_object()) step.params = with["params"];
    return step;
  }
  return wrong(task, "the core operator " + quote(task.uses) + " is not available yet");
}

Result<Json> fill_form(const Json& form, const Json& given, const std::string& where) { return check_values(form, given, where, "field"); }

}  // namespace millrace
