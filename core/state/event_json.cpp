#include "state/event_json.hpp"

namespace millrace {
namespace {

Json base(const char* kind) { return Json::object({{"kind", kind}}); }

Json with_lease(const char* kind, LeaseNumber lease) {
  return Json::object({{"kind", kind}, {"task", int64_t{lease.task.value}}, {"attempt", int64_t{lease.attempt}}});
}

LeaseNumber lease_of(const Json& json, RunId run) {
  return {run, TaskIndex{static_cast<int32_t>(json["task"].as_int(-1))}, static_cast<int32_t>(json["attempt"].as_int())};
}

struct ToJson {
  Json operator()(const RunStarted&) const { return base("run_started"); }
  Json operator()(const PauseRequested&) const { return base("pause_requested"); }
  Json operator()(const ResumeRequested&) const { return base("resume_requested"); }
  Json operator()(const RetryRequested&) const { return base("retry_requested"); }
  Json operator()(const RunTimedOut&) const { return base("run_timed_out"); }
  Json operator()(const CancelRequested& e) const { return Json::object({{"kind", "cancel_requested"}, {"reason", e.reason}}); }
  Json operator()(const AttemptConfirmed& e) const { return with_lease("attempt_confirmed", e.lease); }
  Json operator()(const LeaseReturned& e) const { return with_lease("lease_returned", e.lease); }
  Json operator()(const LeaseExpired& e) const { return with_lease("lease_expired", e.lease); }
  Json operator()(const BackoffElapsed& e) const { return with_lease("backoff_elapsed", e.lease); }

  Json operator()(const LeaseGranted& e) const {
    Json json = with_lease("lease_granted", e.lease);
    json.set("worker", e.worker);
    return json;
  }

  Json operator()(const AttemptTimedOut& e) const {
    Json json = with_lease("attempt_timed_out", e.lease);
    json.set("jitter", e.jitter);
    json.set("limit", name(e.limit));
    return json;
  }

  Json operator()(const LatenessSeen& e) const {
    return Json::object({{"kind", "lateness_seen"}, {"to", name(e.to)}, {"end", e.end.time_since_epoch().count()}, {"why", e.why}});
  }
  Json operator()(const QueueTimedOut& e) const { return with_lease("queue_timed_out", e.lease); }
  Json operator()(const TotalTimedOut& e) const { return Json::object({{"kind", "total_timed_out"}, {"task", int64_t{e.task.value}}}); }

  Json operator()(const AttemptFinished& e) const {
    Json json = with_lease("attempt_finished", e.lease);
    json.set("outcome", static_cast<int>(e.outcome));
    if (e.outcome == Outcome::succeeded || e.outcome == Outcome::skipped) return json;  // the rest decides nothing then
    json.set("error_class", e.error_class);
    json.set("final", e.final_failure);
    json.set("retry_after", e.retry_after.count());
    json.set("jitter", e.jitter);
    return json;
  }

  Json operator()(const GateAnswered& e) const {
    Json json = Json::object({{"kind", "gate_answered"}, {"task", int64_t{e.task.value}}, {"version", int64_t{e.version}}, {"verdict", static_cast<int>(e.verdict)}, {"reason", e.reason}});
    if (e.verdict == GateVerdict::sleep) {
      json.set("wait", name(e.wait));
      json.set("wake", e.wake.time_since_epoch().count());
    }
    if (e.verdict == GateVerdict::expand) {
      json.set("items", int64_t{e.items});
      json.set("max_parallel", int64_t{e.max_parallel});
      json.set("tolerated", int64_t{e.tolerated});
      if (!e.file.empty()) json.set("file", e.file);
    }
    Json skips = Json::array();
    for (const TaskIndex skip : e.skips) skips.push(int64_t{skip.value});
    json.set("skips", std::move(skips));
    return json;
  }

  Json operator()(const ClearRequested& e) const { return Json::object({{"kind", "clear_requested"}, {"task", int64_t{e.task.value}}, {"downstream", e.downstream}}); }
  Json operator()(const MarkRequested& e) const {
    return Json::object({{"kind", "mark_requested"}, {"task", int64_t{e.task.value}}, {"to", name(e.to)}, {"reason", e.reason}});
  }

  Json operator()(const LimitsChanged& e) const {
    return Json::object({{"kind", "limits_changed"}, {"task", int64_t{e.task.value}}, {"max_parallel", int64_t{e.max_parallel}}, {"tolerated", int64_t{e.tolerated}}});
  }

  Json operator()(const WakeElapsed& e) const { return with_lease("wake_elapsed", e.lease); }

  Json operator()(const SleepEnded& e) const {
    Json json = Json::object({{"kind", "sleep_ended"}, {"task", int64_t{e.task.value}}, {"version", int64_t{e.version}}, {"end", static_cast<int>(e.end)}, {"reason", e.reason}});
    if (e.end != SleepEnd::again) return json;
    json.set("wait", name(e.wait));
    json.set("wake", e.wake.time_since_epoch().count());
    return json;
  }

  Json operator()(const CarriedOver& e) const {
    Json tasks = Json::array();
    for (const TaskIndex task : e.tasks) tasks.push(int64_t{task.value});
    return Json::object({{"kind", "carried_over"}, {"tasks", std::move(tasks)}, {"from", e.from}});
  }

  Json operator()(const SentBack& e) const {
    return Json::object({{"kind", "sent_back"}, {"task", int64_t{e.task.value}}, {"version", int64_t{e.version}}, {"to", int64_t{e.to.value}}, {"reason", e.reason}});
  }

  Json operator()(const Dispatch& e) const {
    Json json = with_lease("dispatch", e.lease);
    json.set("worker", e.worker);
    return json;
  }

  Json operator()(const CancelAttempt& e) const {
    Json json = with_lease("cancel_attempt", e.lease);
    json.set("reason", e.reason);
    return json;
  }

  Json operator()(const SetTimer& e) const {
    Json json = with_lease("set_timer", e.lease);
    json.set("at", e.at.time_since_epoch().count());
    json.set("timer", static_cast<int>(e.kind));
    return json;
  }

  Json operator()(const FinishRun& e) const { return Json::object({{"kind", "finish_run"}, {"state", name(e.state)}}); }
  Json operator()(const RefuseReport& e) const { return with_lease("refuse_report", e.lease); }
};

std::optional<Event> gate_answered_from(const Json& json) {
  const auto verdict = json["verdict"].as_int();
  const auto wait = wait_from(json["wait"].as_text());
  if (verdict < 1 || verdict > static_cast<int>(GateVerdict::late) || !wait) return std::nullopt;
  GateAnswered answer{.task = {static_cast<int32_t>(json["task"].as_int(-1))}, .version = static_cast<int32_t>(json["version"].as_int()), .verdict = static_cast<GateVerdict>(verdict),
                      .reason = json["reason"].as_text(), .wait = *wait, .wake = TimePoint{Millis{json["wake"].as_int()}}};
  answer.items = static_cast<int32_t>(json["items"].as_int());
  answer.max_parallel = static_cast<int32_t>(json["max_parallel"].as_int(1));
  answer.tolerated = static_cast<int32_t>(json["tolerated"].as_int());
  answer.file = json["file"].as_text();
  for (const auto& skip : json["skips"].items()) answer.skips.push_back({static_cast<int32_t>(skip.as_int(-1))});
  return answer;
}

std::optional<Event> sleep_ended_from(const Json& json) {
  const auto end = json["end"].as_int();
  const auto wait = wait_from(json["wait"].as_text());
  if (end < 1 || end > static_cast<int>(SleepEnd::late) || !wait) return std::nullopt;
  return SleepEnded{{static_cast<int32_t>(json["task"].as_int(-1))}, static_cast<int32_t>(json["version"].as_int()), static_cast<SleepEnd>(end), json["reason"].as_text(), *wait, TimePoint{Millis{json["wake"].as_int()}}};
}

}  // namespace

Json to_json(const Event& event) { return std::visit(ToJson{}, event); }
Json to_json(const Effect& effect) { return std::visit(ToJson{}, effect); }

std::optional<Event> event_from(const Json& json, RunId run) {
  const auto& kind = json["kind"].as_text();
  const auto lease = lease_of(json, run);
  if (kind == "run_started") return RunStarted{};
  if (kind == "pause_requested") return PauseRequested{};
  if (kind == "resume_requested") return ResumeRequested{};
  if (kind == "retry_requested") return RetryRequested{};
  if (kind == "run_timed_out") return RunTimedOut{};
  if (kind == "cancel_requested") return CancelRequested{json["reason"].as_text()};
  if (kind == "attempt_confirmed") return AttemptConfirmed{lease};
  if (kind == "lease_returned") return LeaseReturned{lease};
  if (kind == "lease_expired") return LeaseExpired{lease};
  if (kind == "backoff_elapsed") return BackoffElapsed{lease};
  if (kind == "lateness_seen") {
    const auto to = lateness_from(json["to"].as_text());
    if (!to || *to == Lateness::none) return std::nullopt;
    return LatenessSeen{*to, TimePoint{Millis{json["end"].as_int()}}, json["why"].as_text()};
  }
  if (kind == "gate_answered") return gate_answered_from(json);
  if (kind == "clear_requested") return ClearRequested{lease.task, json["downstream"].as_bool()};
  if (kind == "mark_requested") {
    const auto to = task_state_from(json["to"].as_text());
    if (!to || !is_final(*to)) return std::nullopt;
    return MarkRequested{lease.task, *to, json["reason"].as_text()};
  }
  if (kind == "limits_changed") return LimitsChanged{lease.task, static_cast<int32_t>(json["max_parallel"].as_int(1)), static_cast<int32_t>(json["tolerated"].as_int())};
  if (kind == "carried_over") {
    CarriedOver carried{.from = json["from"].as_text()};
    for (const auto& task : json["tasks"].items()) carried.tasks.push_back({static_cast<int32_t>(task.as_int(-1))});
    return carried;
  }
  if (kind == "sent_back") return SentBack{lease.task, static_cast<int32_t>(json["version"].as_int()), {static_cast<int32_t>(json["to"].as_int(-1))}, json["reason"].as_text()};
  if (kind == "wake_elapsed") return WakeElapsed{lease};
  if (kind == "sleep_ended") return sleep_ended_from(json);
  if (kind == "lease_granted") return LeaseGranted{lease, json["worker"].as_text()};
  if (kind == "attempt_timed_out") return AttemptTimedOut{lease, json["jitter"].as_real(1), json["limit"].as_text() == "heartbeat" ? Limit::heartbeat : Limit::attempt};
  if (kind == "queue_timed_out") return QueueTimedOut{lease};
  if (kind == "total_timed_out") return TotalTimedOut{lease.task};
  if (kind == "attempt_finished") {
    const auto outcome = json["outcome"].as_int();
    if (outcome < 1 || outcome > 4) return std::nullopt;
    return AttemptFinished{lease, static_cast<Outcome>(outcome), json["error_class"].as_text(), json["final"].as_bool(),
                           Millis{json["retry_after"].as_int()}, json["jitter"].as_real(1)};
  }
  return std::nullopt;
}

std::optional<Effect> effect_from(const Json& json, RunId run) {
  const auto& kind = json["kind"].as_text();
  const auto lease = lease_of(json, run);
  if (kind == "dispatch") return Dispatch{lease, json["worker"].as_text()};
  if (kind == "cancel_attempt") return CancelAttempt{lease, json["reason"].as_text()};
  if (kind == "refuse_report") return RefuseReport{lease};
  if (kind == "set_timer") {
    const auto timer = json["timer"].as_int();
    if (timer < 1 || timer > static_cast<int>(TimerKind::total_timeout)) return std::nullopt;
    return SetTimer{TimePoint{Millis{json["at"].as_int()}}, static_cast<TimerKind>(timer), lease};
  }
  if (kind == "finish_run") {
    const auto state = run_state_from(json["state"].as_text());
    if (state) return FinishRun{*state};
  }
  return std::nullopt;
}

}  // namespace millrace
