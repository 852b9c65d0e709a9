// Plays a story on the product's decide() and pick(), with one big worker and a clock that only moments move.
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "model/items.hpp"
#include "schedule/decide.hpp"
#include "schedule/pick.hpp"
#include "story.hpp"

namespace millrace::story {
namespace {

struct TimerRow {
  TimePoint at{};
  size_t number{};
  SetTimer timer{};
};

class Player {
 public:
  explicit Player(const Story& story) : story_(story), run_(open_run(story.dag, RunId{1}, now_)) {}

  std::vector<std::string> play() {
    for (const auto& moment : story_.moments) {
      happened_.clear();
      fire_timers_until(TimePoint{moment.time});
      now_ = TimePoint{moment.time};
      if (!perform(moment)) continue;
      place();
      check(moment);
    }
    return std::move(differences_);
  }

 private:
  void differ(const Moment& moment, const std::string& what) {
    differences_.push_back("line " + std::to_string(moment.line) + ", " + to_text(moment.time) + " " + moment.event + ": " + what);
  }

  void take(const Event& event) {
    const Decision decision = decide(story_.dag, run_, event, now_);
    apply(run_, decision);
    for (const auto& move : decision.moves) {
      const std::string number = holds_lease(move.to) ? " #" + std::to_string(move.after.attempt) : "";
      happened_.push_back(label_of(story_.dag, run_, move.task) + " " + std::string(name(move.to)) + number);
    }
    for (const auto& effect : decision.effects) keep(effect);
    if (decision.run_to) happened_.push_back("run " + std::string(name(*decision.run_to)));
    if (decision.late_to) happened_.push_back("late " + std::string(name(*decision.late_to)));
  }

  void keep(const Effect& effect) {
    if (const auto* timer = std::get_if<SetTimer>(&effect)) timers_.push_back({timer->at, timers_made_++, *timer});
    if (const auto* stop = std::get_if<CancelAttempt>(&effect)) happened_.push_back("stop " + lease_text(stop->lease));
    if (const auto* refused = std::get_if<RefuseReport>(&effect)) happened_.push_back("refused " + lease_text(refused->lease));
    if (std::holds_alternative<FinishRun>(effect)) timers_.clear();
  }

  std::string lease_text(LeaseNumber lease) const { return label_of(story_.dag, run_, lease.task) + " #" + std::to_string(lease.attempt); }

  void fire_timers_until(TimePoint until) {
    while (true) {
      const auto next = std::min_element(timers_.begin(), timers_.end(), [](const auto& a, const auto& b) {
        return std::pair{a.at, a.number} < std::pair{b.at, b.number};
      });
      if (next == timers_.end() || next->at > until) return;
      const SetTimer timer = next->timer;
      timers_.erase(next);
      now_ = timer.at;
      switch (timer.kind) {
        case TimerKind::backoff: take(BackoffElapsed{timer.lease}); break;
        case TimerKind::attempt_timeout: take(AttemptTimedOut{timer.lease}); break;
        case TimerKind::run_timeout: take(RunTimedOut{}); break;
        case TimerKind::wake: take(WakeElapsed{timer.lease}); break;
        case TimerKind::queue_timeout: take(QueueTimedOut{timer.lease}); break;
        case TimerKind::total_timeout: take(TotalTimedOut{timer.lease.task}); break;
      }
      place();
    }
  }

  // What is ready is leased at once: the one worker has room for all that the dag allows.
  void place() {
    int busy = 0;
    for (const auto& task : run_.tasks) busy += holds_lease(task.state) ? 1 : 0;
    std::vector<ReadyTask> ready;
    const std::vector<Room> rooms{{.free = story_.dag.max_tasks - busy}};
    for (size_t i = 0; i < run_.tasks.size() && worker_is_there_; ++i) {
      const TaskIndex at{static_cast<int32_t>(i)};
      if (run_.tasks[i].state != TaskState::ready || (is_gated(story_.dag, run_, at) && !run_.tasks[i].gate_open)) continue;
      const Task& spec = task_of(story_.dag, run_, at);
      ready.push_back({.lease = {run_.id, at, run_.tasks[i].attempt + 1}, .priority = spec.priority, .since = run_.tasks[i].since, .task = &spec, .run = 0});
    }
    for (const auto& placed : pick(std::move(ready), {{"worker-1", 1000, {}, {"fake"}}}, rooms)) take(LeaseGranted{placed.lease, placed.worker});
  }

  // "load fails data", "load#1 succeeds", "start", "cancel", "tick" …
  bool perform(const Moment& moment) {
    const auto words = split(moment.event, ' ');
    if (const auto found = run_events().find(words[0]); words.size() == 1 && found != run_events().end()) {
      if (words[0] == "tick") return true;
      if (words[0].starts_with("worker_")) worker_is_there_ = words[0] == "worker_comes";
      else take(found->second);
      return true;
    }
    if (words[0] == "carried") {
      CarriedOver over{.from = "another"};
      for (size_t i = 1; i < words.size(); ++i) over.tasks.push_back(story_.dag.find(words[i]));
      take(over);
      return true;
    }
    const auto subject = split(words[0], '#');
    const TaskIndex task = find_label(story_.dag, run_, subject[0]);
    if (task.value < 0 || words.size() < 2) {
      differ(moment, "no such event");
      return false;
    }
    if (const auto event = wait_event(task, words)) {
      take(*event);
      return true;
    }
    const int32_t attempt = subject.size() > 1 ? std::stoi(subject[1]) : run_.tasks[index(task)].attempt;
    if (const auto event = task_event({run_.id, task, attempt}, words)) {
      take(*event);
      return true;
    }
    differ(moment, "no such event");
    return false;
  }

  static const std::map<std::string, Event>& run_events() {
    static const std::map<std::string, Event> kEvents{
        {"start", RunStarted{}}, {"pause", PauseRequested{}}, {"resume", ResumeRequested{}}, {"retry", RetryRequested{}},
        {"will_be_late", LatenessSeen{.to = Lateness::predicted}}, {"in_time_again", LatenessSeen{.to = Lateness::recovered}}, {"is_late", LatenessSeen{.to = Lateness::missed}},
        {"cancel", CancelRequested{"asked"}}, {"tick", RunStarted{}}, {"worker_leaves", RunStarted{}}, {"worker_comes", RunStarted{}}};
    return kEvents;
  }

  // What is told about a task without a worker: its gate, its sleep.
  std::optional<Event> wait_event(TaskIndex task, const std::vector<std::string>& words) const {
    const std::string& verb = words[1];
    const int32_t version = run_.tasks[index(task)].version;
    if (verb == "answered") {
      const std::string how = words.size() > 2 ? words[2] : "";
      return SleepEnded{task, version, how == "badly" ? SleepEnd::failed : how == "late" ? SleepEnd::late : how == "skip" ? SleepEnd::skipped : SleepEnd::succeeded, "answered"};
    }
    if (verb == "sent_back" && words.size() > 2) return SentBack{task, version, story_.dag.find(words[2]), "asked"};
    if (verb == "again" && words.size() > 2 && wait_from(words[2])) {
      SleepEnded end{.task = task, .version = version, .end = SleepEnd::again, .reason = "not yet", .wait = *wait_from(words[2])};
      if (words.size() > 3) end.wake = now_ + duration_from_text(words[3]).value_or(Millis{});
      return end;
    }
    if (verb == "cleared") return ClearRequested{task, words.size() < 3};
    if (verb == "marked" && words.size() > 2 && task_state_from(words[2])) return MarkRequested{task, *task_state_from(words[2]), "by hand"};
    if (verb == "limits" && words.size() > 3) return LimitsChanged{task, std::stoi(words[2]), std::stoi(words[3])};
    GateAnswered gate{.task = task, .version = version, .reason = verb};
    if (verb == "open") gate.verdict = GateVerdict::open;
    else if (verb == "false") gate.verdict = GateVerdict::skip;
    else if (verb == "broken") gate.verdict = GateVerdict::fail;
    else if (verb == "late") gate.verdict = GateVerdict::late;
    else if (verb == "done") {
      gate.verdict = GateVerdict::succeed;
      for (size_t i = 3; i < words.size() && words[2] == "without"; ++i) gate.skips.push_back(story_.dag.find(words[i]));
    } else if (verb == "sleeps" && words.size() > 2 && wait_from(words[2])) {
      gate.verdict = GateVerdict::sleep;
      gate.wait = *wait_from(words[2]);
      if (words.size() > 3) gate.wake = now_ + duration_from_text(words[3]).value_or(Millis{});
    } else if (verb == "items" && words.size() > 2) {  // as many as the task says at once, and may fail
      gate.verdict = GateVerdict::expand;
      gate.items = std::stoi(words[2]);
      gate.max_parallel = std::max(story_.dag.task(task).max_parallel, 1);
      gate.tolerated = story_.dag.task(task).tolerate.of(gate.items);
    } else {
      return std::nullopt;
    }
    return gate;
  }

  static std::optional<Event> task_event(LeaseNumber lease, const std::vector<std::string>& words) {
    const std::string& verb = words[1];
    if (verb == "confirmed") return AttemptConfirmed{lease};
    if (verb == "lost") return LeaseExpired{lease};
    if (verb == "returned") return LeaseReturned{lease};
    if (verb == "silent") return AttemptTimedOut{lease, 1, Limit::heartbeat};
    AttemptFinished report{.lease = lease};
    if (verb == "succeeds") report.outcome = Outcome::succeeded;
    else if (verb == "skips") report.outcome = Outcome::skipped;
    else if (verb == "stopped") report.outcome = Outcome::cancelled;
    else if (verb == "fails" || verb == "gives_up") {
      report.error_class = words.size() > 2 ? words[2] : "transient";
      report.final_failure = verb == "gives_up";
      if (words.size() > 4 && words[3] == "after") report.retry_after = duration_from_text(words[4]).value_or(Millis{});
    } else {
      return std::nullopt;
    }
    return report;
  }

  // Each expectation must have happened at this moment; "nothing" means that nothing did; "why x: text" asks explain().
  void check(const Moment& moment) {
    for (const auto& wanted : moment.expected) {
      if (wanted.starts_with("why ")) {
        check_why(moment, wanted);
      } else if (wanted == "nothing") {
        if (!happened_.empty()) differ(moment, "expected nothing, but: " + join(happened_, ", "));
      } else if (std::find(happened_.begin(), happened_.end(), wanted) == happened_.end()) {
        differ(moment, "expected " + quote(wanted) + ", but " + (happened_.empty() ? "nothing happened" : join(happened_, ", ")) + "; now " + states());
      }
    }
    if (moment.expected.empty()) differ(moment, "expects nothing at all; happened: " + join(happened_, ", "));
    check_surprises(moment);
  }

  // A story tells everything that ends and every change of the run, but that it runs.
  void check_surprises(const Moment& moment) {
    for (const auto& fact : happened_) {
      const std::string last = split(fact, ' ').back();
      const auto state = task_state_from(last);
      const bool ends = (state && is_final(*state)) || (fact.starts_with("run ") && fact != "run running");
      if (ends && std::find(moment.expected.begin(), moment.expected.end(), fact) == moment.expected.end()) {
        differ(moment, "also happened: " + quote(fact));
      }
    }
  }

  void check_why(const Moment& moment, const std::string& wanted) {
    const size_t colon = wanted.find(':');
    const TaskIndex task = find_label(story_.dag, run_, wanted.substr(4, colon - 4));
    if (colon == std::string::npos || task.value < 0) return differ(moment, "no such task in " + quote(wanted));
    const std::string why = explain(story_.dag, run_, task, now_);
    const std::string text(trim(std::string_view(wanted).substr(colon + 1)));
    if (why.find(text) == std::string::npos) differ(moment, "expected the reason " + quote(text) + ", but it is " + quote(why));
  }

  std::string states() const {
    std::string text = "run " + std::string(name(run_.state));
    for (size_t i = 0; i < run_.tasks.size(); ++i) text += ", " + label_of(story_.dag, run_, TaskIndex{static_cast<int32_t>(i)}) + " " + std::string(name(run_.tasks[i].state));
    return text;
  }

  const Story& story_;
  TimePoint now_{};
  Run run_;
  bool worker_is_there_ = true;
  size_t timers_made_ = 0;
  std::vector<TimerRow> timers_{};
  std::vector<std::string> happened_{};
  std::vector<std::string> differences_{};
};

}  // namespace

std::vector<std::string> play(const Story& story) { return Player(story).play(); }

}  // namespace millrace::story
