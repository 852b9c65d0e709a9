#include "app/suite/play.hpp"

#include <future>
#include <map>
#include <set>

#include "app/suite/judge.hpp"
#include "base/text.hpp"
#include "engine/memory_store.hpp"
#include "engine/virtual_play.hpp"
#include "parse/expression.hpp"

namespace millrace {
namespace {

constexpr Millis kLease = std::chrono::hours{24 * 365 * 20};  // workers are lost when a test says so, and not else
constexpr int kMostSteps = 2'000'000;
const std::string kWorker = "suite";

// Answers at once, by waiting for whoever has limits: on this clock no time passes.
class WaitingEvaluator final : public Evaluator {
 public:
  explicit WaitingEvaluator(Evaluator& careful) : careful_(careful) {}
  void ask(Json config, Json document, Answer answer) override { answer(now(config, document)); }

  Result<Json> now(const Json& config, const Json& document) {
    const auto uses = find_expressions(config);
    if (uses && only_plain_paths(*uses)) return resolve_paths(config, document);
    std::promise<Result<Json>> promise;
    careful_.ask(config, document, [&promise](Result<Json> answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }

 private:
  Evaluator& careful_;
};

class Player final : public Dispatcher {
 public:
  Player(const SuiteCase& test, std::string dag, const OperatorList& operators, Evaluator& careful)
      : test_(test), dag_(std::move(dag)), clock_(test.at), evaluator_(careful), engine_(clock_, store_, operators, {.lease = kLease, .seed = 1, .prefetch = 0}) {
    engine_.attach(*this);
    engine_.attach(evaluator_);
    facts_.name = kWorker;
    facts_.slots = 100'000;
    for (const auto& info : operators.all()) facts_.operators.push_back(info.type);
  }

  template <class F>
  auto call(F act) {
    return call_beside_turns(engine_, std::move(act));
  }

  Played play(std::vector<Dag> dags, const std::vector<Pool>& pools) {
    std::set<std::string> labels;
    for (auto& dag : dags) {
      for (const auto& task : dag.tasks) labels.insert(task.runs_on.labels.begin(), task.runs_on.labels.end());
      if (!test_.schedule || dag.name != dag_) dag.schedules.clear();
    }
    facts_.labels.assign(labels.begin(), labels.end());
    if (auto ready = engine_.recover(); !ready) return {{to_string(ready.error())}, {}};
    engine_.joined(facts_, {});
    if (auto set = call([&] { return engine_.set_dags(std::move(dags), pools); }); !set) return {{to_string(set.error())}, {}};
    if (!test_.schedule) {
      auto started = call([&] { return engine_.start({.dag = dag_, .params = test_.params, .logical_time = test_.at, .request_id = {}, .trigger = "test"}); });
      if (!started) return {{"the run could not start: " + to_string(started.error())}, {}};
      run_ = *started;
    }
    for (const auto& act : test_.acts) {
      if (act.what.starts_with("run ")) at(test_.at + act.after, [this, &act] { steer(act); });
    }
    go_on();
    return judge();
  }

  // --- Dispatcher: what a worker does with its offers
  void send(const std::string&, const LeaseOffer& offer) override {
    running_.insert(offer.number);
    const auto config = evaluator_.now(offer.config, offer.document);
    const std::string label = offer.dag == dag_ ? offer.task : offer.dag + "/" + offer.task;
    if (config) configs_[label] = *config;
    attempts_[label] = offer.number.attempt;
    at(clock_.now(), [this, lease = offer.number] { engine_.confirmed(kWorker, lease); });
    const Injection* injected = injection_for(label, offer.number.attempt);
    const Mock mock = mock_for(label, offer.operator_type);
    if (injected != nullptr && injected->hangs) return;
    if (injected != nullptr && injected->loses_worker) return at(clock_.now() + mock.takes, [this, lease = offer.number] { lose(lease); });
    AttemptReport report;
    report.lease = offer.number;
    report.config = config ? *config : Json();
    const auto failure = injected != nullptr ? injected->fail : mock.fail;
    if (!config) {
      report.error = {"config", config.error()};
      report.final_failure = true;
    } else if (failure) {
      report.error = {failure->error_class, {.code = failure->code, .what = failure->what, .where = {}, .hint = {}}};
    } else {
      report.outcome = mock.skip ? Outcome::skipped : Outcome::succeeded;
      report.output = mock.output;
    }
    at(clock_.now() + mock.takes, [this, report] { tell(report); });
  }
  void cancel(const std::string&, LeaseNumber lease, const std::string&) override {
    AttemptReport report;
    report.lease = lease;
    report.outcome = Outcome::cancelled;
    at(clock_.now(), [this, report] { tell(report); });
  }
  void acknowledge(const std::string&, LeaseNumber) override {}
  void fence(const std::string&, const std::vector<LeaseNumber>& leases) override {
    for (const auto& lease : leases) running_.erase(lease);
  }
  void drain(const std::string&) override {}

 private:
  void at(TimePoint time, std::function<void()> what) { agenda_.at(time, std::move(what)); }

  void tell(const AttemptReport& report) {
    if (running_.erase(report.lease) > 0) engine_.reported(kWorker, report);
  }

  // The worker goes, and comes back without this attempt.
  void lose(LeaseNumber lease) {
    if (running_.erase(lease) == 0) return;
    engine_.joined(facts_, {running_.begin(), running_.end()});
  }

  const Injection* injection_for(const std::string& label, int attempt) {
    for (const auto& one : test_.injections) {
      if (one.attempt != attempt || (one.task != label && one.task != label.substr(0, label.find('[')))) continue;
      used_.insert(&one);
      return &one;
    }
    return nullptr;
  }

  Mock mock_for(const std::string& label, const std::string& type) const {
    for (const auto& name : {label, label.substr(0, label.find('[')), type}) {
      if (const auto found = test_.mocks.find(name); found != test_.mocks.end()) return found->second;
    }
    return {};
  }

  // Step by step to the next moment when something is due, until nothing is, or the run (or the time of the schedule) is over.
  void go_on() {
    const TimePoint end = test_.schedule ? test_.at + *test_.schedule : TimePoint::max();
    for (int step = 0; step < kMostSteps; ++step) {
      while (!engine_.idle() || engine_.turn() == Millis{0}) engine_.turn();
      answer_whom_waits();
      if (!engine_.idle()) continue;
      note_changes();
      if (!test_.schedule && is_over()) return;
      const TimePoint next = std::min({engine_.next_due(), due_of_answers(), agenda_.next()});
      if (next == TimePoint::max() || next > end) {
        clock_.set(std::min(end, std::max(clock_.now(), end == TimePoint::max() ? clock_.now() : end)));
        return;
      }
      agenda_.go_to(clock_, next);
      engine_.turn();
    }
    stuck_ = true;
  }

  bool is_over() const {
    const auto state = states_.find(run_);
    return state != states_.end() && is_final(state->second) && agenda_only_steers();
  }
  // What somebody still means to do to the run is waited for; what attempts would say is not.
  bool agenda_only_steers() const { return steering_ == 0; }

  void note_changes() {
    for (const auto& change : engine_.feed().after(seen_, Millis{0}, [](const Change& one) { return one.task.empty(); }).changes) {
      if (const auto state = run_state_from(change.state)) states_[change.run] = *state;
      if (change.dag == dag_) runs_.insert(change.run);
      if (change.run == run_) ended_ = change.time;
    }
  }

  // --- people
  const TaskRun* sleeper(const SuiteAct& act, RunId& run, int32_t& place) {
    auto header = store_.find_run(run_);
    if (!header || !*header) return nullptr;
    stored_ = std::move(**store_.load_run((*header)->id));
    const auto dag = call([&] { return engine_.dag((*header)->dag, (*header)->dag_version); });
    if (!dag) return nullptr;
    const TaskIndex at = find_label(*dag, stored_.run, act.task);
    if (at.value < 0) return nullptr;
    run = stored_.run.id;
    place = at.value;
    const auto& task = stored_.run.tasks[index(at)];
    const bool waits = task.state == TaskState::asleep && (task.wait == Wait::approval || task.wait == Wait::callback);
    return waits ? &task : nullptr;
  }

  TimePoint due_of_answers() {
    TimePoint due = TimePoint::max();
    for (size_t i = 0; i < test_.acts.size(); ++i) {
      RunId run;
      int32_t place{};
      if (test_.acts[i].what.starts_with("run ") || answered_.contains(i)) continue;
      if (const auto* task = sleeper(test_.acts[i], run, place)) due = std::min(due, task->since + test_.acts[i].after);
    }
    return due;
  }

  void answer_whom_waits() {
    for (size_t i = 0; i < test_.acts.size(); ++i) {
      const auto& act = test_.acts[i];
      RunId run;
      int32_t place{};
      if (act.what.starts_with("run ") || answered_.contains(i)) continue;
      const auto* task = sleeper(act, run, place);
      if (task == nullptr || clock_.now() < task->since + act.after) continue;
      answered_.insert(i);
      const AnswerRequest request{.run = run_, .task = act.task, .wait = task->wait, .good = act.what == "approve" || act.what == "complete", .values = act.values, .by = "suite", .reason = act.reason, .back_to = act.to};
      note(call([&] { return engine_.answer(request); }), act);
    }
  }

  void steer(const SuiteAct& act) {
    const std::string verb = act.what.substr(4);
    note(call([&]() -> Status {
      if (verb == "cancel") return engine_.cancel(run_, act.reason.empty() ? "the test says so" : act.reason);
      if (verb == "pause") return engine_.pause(run_);
      if (verb == "resume") return engine_.resume(run_);
      if (verb == "retry") return engine_.retry(run_);
      if (verb == "clear") return engine_.clear(run_, act.task, true);
      return engine_.mark(run_, act.task, task_state_from(act.to).value_or(TaskState::succeeded), act.reason);
    }), act);
    --steering_;
  }

  void note(const Status& done, const SuiteAct& act) {
    if (!done) refused_.push_back(act.what + (act.task.empty() ? "" : " " + act.task) + " was refused: " + to_string(done.error()));
  }

  // What was to happen and never did: the test shows less than it says.
  void tell_unused() {
    for (const auto& one : test_.injections) {
      if (!used_.contains(&one)) refused_.push_back("there was no attempt " + std::to_string(one.attempt) + " of " + quote(one.task) + " for the injection at " + one.mark.to_string());
    }
    for (size_t i = 0; i < test_.acts.size(); ++i) {
      const auto& act = test_.acts[i];
      if (!act.what.starts_with("run ") && !answered_.contains(i)) refused_.push_back("task " + quote(act.task) + " never waited for the answer at " + act.mark.to_string());
    }
  }

  Played judge() {
    Seen seen{.configs = configs_, .attempts = attempts_, .states = states_, .runs = runs_, .reasons = {}, .took = (test_.schedule ? clock_.now() : ended_) - test_.at};
    if (stuck_) refused_.push_back("it did not come to an end in " + std::to_string(kMostSteps) + " steps");
    if (!run_.empty()) {
      seen.run = states_.contains(run_) ? std::string(name(states_.at(run_))) : "queued";
      for (auto& [task, one] : call([&] { return engine_.explain_run(run_, WithItems::yes); })) seen.reasons[task] = std::move(one.why);
      const auto header = store_.find_run(run_);
      const auto stored = store_.load_run((*header)->id);
      const auto dag = call([&] { return engine_.dag((*header)->dag, (*header)->dag_version); });
      const auto places = static_cast<int32_t>((*stored)->run.tasks.size());
      auto outputs = store_.outputs((*header)->id, {0}, {places});
      for (int32_t i = 0; i < places; ++i) {
        const std::string label = label_of(*dag, (*stored)->run, {i});
        seen.tasks[label] = std::string(name((*stored)->run.tasks[static_cast<size_t>(i)].state));
        seen.outputs.set(label, std::move((*outputs)[{i}]));
      }
    }
    tell_unused();
    Played played{.differences = std::move(refused_), .took = seen.took};
    compare(test_.expected, seen, played.differences);
    return played;
  }

  const SuiteCase& test_;
  std::string dag_;
  VirtualClock clock_;
  MemoryStore store_{};
  WaitingEvaluator evaluator_;
  Engine engine_;
  WorkerFacts facts_{};
  std::string run_{};
  Agenda agenda_{};
  std::set<LeaseNumber> running_{};
  std::map<std::string, Json> configs_{};
  std::map<std::string, int> attempts_{};
  std::map<std::string, RunState> states_{};
  std::set<std::string> runs_{};
  std::set<size_t> answered_{};
  std::set<const Injection*> used_{};
  std::vector<std::string> refused_{};
  OpenRun stored_{};
  TimePoint ended_{};
  int64_t seen_ = 0;
  long steering_ = std::count_if(test_.acts.begin(), test_.acts.end(), [](const SuiteAct& act) { return act.what.starts_with("run "); });
  bool stuck_ = false;
};

}  // namespace

Played play_case(const SuiteCase& test, const std::string& dag, const std::vector<Dag>& dags, const std::vector<Pool>& pools, const OperatorList& operators, Evaluator& evaluator) {
  return Player(test, dag, operators, evaluator).play(dags, pools);
}

}  // namespace millrace
