// The engine on a virtual clock, with a dispatcher that only listens and a store that can be told to refuse.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "engine/memory_store.hpp"
#include "engine/virtual_play.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"
#include "parse/expression.hpp"
#include "state/sqlite_store.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {

// A Store in front of another: refuses commits while told to, as a full disk does.
class FlakyStore final : public Store {
 public:
  explicit FlakyStore(Store& inner) : inner_(inner) {}
  bool full = false, unreadable = false;
  int commits = 0;

  Status commit(const Commit& commit, std::vector<OutboxRow>& outbox) override {
    ++commits;
    if (!full) return inner_.commit(commit, outbox);
    outbox.clear();
    return refused();
  }
  Result<std::optional<Error>> check_data(const DataCommit& data) override {
    if (unreadable) return refused();
    return inner_.check_data(data);
  }
  Result<RunId> next_run_id() override { return inner_.next_run_id(); }
  Result<std::vector<OpenRun>> open_runs() override { return inner_.open_runs(); }
  Result<std::optional<OpenRun>> load_run(RunId run) override { return inner_.load_run(run); }
  Result<std::optional<RunHeader>> find_run(const std::string& key) override { return inner_.find_run(key); }
  Result<std::optional<RunHeader>> find_request(const std::string& id) override { return inner_.find_request(id); }
  Result<std::vector<Timer>> timers() override { return inner_.timers(); }
  Result<std::vector<OutboxRow>> outbox() override { return inner_.outbox(); }
  Status put_dag(const Dag& dag, TimePoint now) override { return inner_.put_dag(dag, now); }
  Result<std::optional<std::string>> dag_source(const std::string& name, const std::string& version) override { return inner_.dag_source(name, version); }
  Result<DatasetView> dataset(const std::string& name, std::optional<SnapshotId> at) override {
    if (unreadable) return refused();
    return inner_.dataset(name, at);
  }
  Result<std::optional<SnapshotMark>> newest_snapshot(const std::string& dataset) override { return inner_.newest_snapshot(dataset); }
  Result<std::vector<Position>> positions(const std::string& source) override { return inner_.positions(source); }
  Result<std::vector<std::string>> sources_of(const std::string& dataset) override { return inner_.sources_of(dataset); }
  Result<Rewind> rewind_of(const std::string& source, std::optional<RunId> run) override { return inner_.rewind_of(source, run); }
  Result<std::optional<std::vector<DatasetView>>> pins(RunId run, TaskIndex task) override { return inner_.pins(run, task); }
  Result<std::vector<ScheduleSeen>> schedules() override { return inner_.schedules(); }
  Result<std::vector<TriggerSeen>> triggers() override { return inner_.triggers(); }
  Result<std::vector<PoolOverride>> pool_overrides() override { return inner_.pool_overrides(); }
  Result<std::vector<Quarantine>> quarantines() override { return inner_.quarantines(); }
  Result<std::vector<Backfill>> backfills() override { return inner_.backfills(); }
  Result<Outputs> outputs(RunId run, TaskIndex from, TaskIndex end) override { return inner_.outputs(run, from, end); }
  Result<std::vector<SnapshotId>> old_snapshots(const Expiry& expiry, int limit) override { return inner_.old_snapshots(expiry, limit); }
  Result<std::vector<std::string>> garbage(TimePoint until, int limit) override { return inner_.garbage(until, limit); }
  Result<std::map<std::string, Millis>> past_durations(const std::string& dag) override { return inner_.past_durations(dag); }
  Result<std::vector<std::string>> dags_with_runs() override { return inner_.dags_with_runs(); }
  Result<std::vector<OldRun>> old_runs(const std::string& dag, TimePoint before, int limit) override { return inner_.old_runs(dag, before, limit); }
  Result<Json> checkpoint(RunId run, TaskIndex task) override { return inner_.checkpoint(run, task); }
  Result<Json> measured(const MeasuredBefore& what) override { return inner_.measured(what); }
  Result<std::optional<Json>> item(RunId run, TaskIndex place) override { return inner_.item(run, place); }

 private:
  static Error refused() { return {.code = "E2005", .what = "the disk is full", .where = {}, .hint = {}}; }
  Store& inner_;
};

struct Listener final : Dispatcher {
  void send(const std::string& worker, const LeaseOffer& offer) override { sent.emplace_back(worker, offer); }
  void cancel(const std::string&, LeaseNumber lease, const std::string& reason) override { cancelled.emplace_back(lease, reason); }
  void acknowledge(const std::string&, LeaseNumber lease) override { acknowledged.push_back(lease); }
  void fence(const std::string&, const std::vector<LeaseNumber>& leases) override { fenced.insert(fenced.end(), leases.begin(), leases.end()); }
  void drain(const std::string& worker) override { drained.push_back(worker); }

  std::vector<std::pair<std::string, LeaseOffer>> sent{};
  std::vector<std::pair<LeaseNumber, std::string>> cancelled{};
  std::vector<LeaseNumber> acknowledged{}, fenced{};
  std::vector<std::string> drained{};
};

inline OperatorList fake_operators() {
  OperatorInfo fake;
  fake.type = "fake.task";
  fake.plugin = "fake";
  const Json text = Json::object({{"type", "string"}});
  Json into = text, from = text;
  const Json mode = Json::object({{"type", "string"}, {"default", "append"}});
  into.set("x-mr-dataset", "writes");
  from.set("x-mr-dataset", "reads");
  fake.config_schema = Json::object({{"type", "object"}, {"properties", Json::object({{"into", into}, {"from", from}, {"note", text}, {"mode", mode}})}, {"additionalProperties", false}});
  OperatorInfo rows;
  rows.type = "sql.rows";
  rows.config_schema = Json::object({{"type", "object"}});
  return with_core_operators(OperatorList({fake, rows}));
}

// Answers in the engine's own thread, when it is told to.
struct PatientEvaluator final : Evaluator {
  void ask(Json config, Json document, Answer answer) override { asked.push_back({std::move(config), std::move(document), std::move(answer)}); }
  void answer_all() {
    for (auto& question : std::exchange(asked, {})) question.answer(evaluate(question.config, question.document));
  }
  struct Question {
    Json config{}, document{};
    Answer answer{};
  };
  std::vector<Question> asked{};
};

class EngineBench {
 public:
  explicit EngineBench(Store& inner) : store(inner) { restart(); }

  OwnFolder data{};

  // A new process on the same store.
  void restart() {
    engine.reset();
    sent = {};
    engine = std::make_unique<Engine>(clock, store, operators, EngineOptions{.lease = Millis{15'000}, .seed = 1, .prefetch = prefetch, .data_root = data.path, .keep_runs = keep_runs});
    engine->attach([this](const std::string& run) { forgotten.push_back(run); });
    engine->attach(sent);
    evaluator.asked.clear();
    engine->attach(evaluator);
    const auto ready = engine->recover();
    EXPECT_TRUE(ready.ok()) << (ready ? "" : to_string(ready.error()));
  }

  // Commands block until they are durable, so they are called beside the turns.
  template <class F>
  auto call(F act) {
    return call_beside_turns(*engine, std::move(act));
  }

  Status dags(const std::vector<std::string>& texts) {
    std::vector<Dag> list;
    for (const auto& text : texts) {
      auto parsed = parse_dag(text, "dags/test.yaml", operators);
      if (!parsed.dag) return parsed.errors.front();
      list.push_back(std::move(*parsed.dag));
    }
    return call([&] { return engine->set_dags(std::move(list)); });
  }

  std::string start(const std::string& dag, const std::string& request_id = {}) {
    auto key = call([&] { return engine->start({.dag = dag, .params = Json::object(), .logical_time = {}, .request_id = request_id, .trigger = "test"}); });
    EXPECT_TRUE(key.ok()) << (key ? "" : to_string(key.error()));
    return key.value_or("");
  }

  void join(const std::string& worker = "w1", int slots = 4, const std::vector<LeaseNumber>& running = {}) {
    WorkerFacts facts;
    facts.name = worker;
    facts.slots = slots;
    facts.operators = {"fake.task", "sql.rows"};
    engine->joined(facts, running);
    engine->turn();
  }

  void turn_after(Millis time) {
    clock.advance(time);
    engine->turn();
  }

  // The latest offer of this task.
  LeaseNumber offered(const std::string& task) const {
    for (auto at = sent.sent.rbegin(); at != sent.sent.rend(); ++at) {
      if (at->second.task == task) return at->second.number;
    }
    ADD_FAILURE() << "task " << task << " was not offered";
    return {};
  }
  size_t offers() const { return sent.sent.size(); }

  AttemptReport report(LeaseNumber lease, Outcome outcome = Outcome::succeeded) const {
    AttemptReport report;
    report.lease = lease;
    report.outcome = outcome;
    if (outcome == Outcome::failed) report.error = {"transient", {.code = "E1", .what = "no answer", .where = {}, .hint = {}}};
    return report;
  }

  void tell(AttemptReport report, const std::string& worker = "w1") {
    engine->reported(worker, std::move(report));
    engine->turn();
  }

  OpenRun stored(const std::string& run) {
    auto header = store.find_run(run);
    EXPECT_TRUE(header.ok() && header->has_value()) << run;
    return **store.load_run((*header)->id);
  }
  RunState state(const std::string& run) { return stored(run).run.state; }
  TaskState state(const std::string& run, size_t task) { return stored(run).run.tasks.at(task).state; }
  // Turns, with expressions answered, until nothing happens any more.
  void settle() {
    for (int i = 0; i < 10; ++i) {
      engine->turn();
      evaluator.answer_all();
    }
    engine->turn();
  }
  // The state of a task, by its name.
  TaskState at(const std::string& run, const std::string& task) {
    const auto header = store.find_run(run);
    const auto dag = call([&] { return engine->dag((*header)->dag, (*header)->dag_version); });
    return state(run, index(dag->find(task)));
  }
  Json output(const std::string& run, const std::string& task) {
    const auto header = store.find_run(run);
    const auto dag = call([&] { return engine->dag((*header)->dag, (*header)->dag_version); });
    return (*store.outputs((*header)->id, {0}, {1000}))[dag->find(task)];
  }
  std::string why(const std::string& run, const std::string& task) {
    return call([&] { return engine->explain_run(run, WithItems::yes); })[task].why;
  }
  int busy(const std::string& worker = "w1") {
    for (const auto& view : call([&] { return engine->workers(); })) {
      if (view.name == worker) return view.busy;
    }
    return -1;
  }

  VirtualClock clock{TimePoint{Millis{1'790'000'000'000}}};
  FlakyStore store;
  OperatorList operators = fake_operators();
  Listener sent{};
  PatientEvaluator evaluator{};
  Millis keep_runs{};                      // of the next start
  int prefetch = 0;                        // the same
  std::vector<std::string> forgotten{};    // runs whose logs went
  std::unique_ptr<Engine> engine{};
};

inline DataCommit landing(const std::string& dataset, const std::string& path, std::optional<SnapshotId> read = {}) {
  DataCommit commit;
  StagedSnapshot one;
  one.dataset = dataset;
  one.operation = read ? Operation::replace : Operation::append;
  one.columns = {{"id", "BIGINT", true}};
  one.files = {{.path = path, .rows = 3, .bytes = 30}};
  one.read = read;
  commit.snapshots.push_back(std::move(one));
  return commit;
}

inline const std::string kSmall = R"(
dag: small
tasks:
  load: { uses: fake.task, with: { into: raw.orders }, retry: { attempts: 2, delay: 10s, jitter: none }, timeout: 60s }
  count: { uses: fake.task, with: { from: raw.orders }, needs: [load] }
)";

}  // namespace millrace::testing
