#include "app/simulate/play.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "engine/memory_store.hpp"
#include "engine/virtual_play.hpp"

namespace millrace::simulate {
namespace {

constexpr Millis kLease = std::chrono::hours{24 * 365 * 20};  // workers are never lost here
constexpr Millis kHour = std::chrono::hours{1};
constexpr int64_t kTellEvery = 2000;                          // steps

Takes takes_of(const House& house, const std::string& dag, const std::string& task) {
  const auto of = house.past.find(dag);
  if (of == house.past.end()) return {};
  const auto found = of->second.find(task);
  return found == of->second.end() ? Takes{} : found->second;
}

// What decides by values that a play doesn't have is decided here: it runs, for as long as it did.
Dag plain(Dag dag, const House& house) {
  for (Task& task : dag.tasks) {
    const Takes takes = takes_of(house, dag.name, task.id);
    const Millis time = house.worst ? takes.worst : takes.typical;
    task.condition.clear();
    task.checks = Json::array();
    task.timeout = task.queue_timeout = task.total_timeout = task.heartbeat = Millis{};
    if (task.has_items()) task.foreach = Json(static_cast<int64_t>(takes.items));
    if (task.rule == Rule::expression) task.rule = Rule::all_done;
    task.with = Json::object();
    task.look = Json::object();
    task.looks_by.clear();
    task.until.clear();
    if (!task.is_core() || task.uses == "core.noop" || task.uses == "core.set") continue;
    task.uses = "core.wait";  // an approval, a sensor, another run: it takes what it took, and holds no slot
    task.with = Json::object({{"for", std::to_string(std::max<int64_t>(1, takes.known ? time.count() : 1)) + "ms"}});
  }
  dag.timeout = {};
  if (dag.deadline) dag.deadline->predict = false;  // what comes of it is seen at the end
  return dag;
}

class Player final : public Dispatcher {
 public:
  explicit Player(const House& house) : house_(house), clock_(house.from), end_(house.from + house.span), engine_(clock_, store_, house.operators, {.lease = kLease, .seed = 1, .prefetch = 0}) {
    engine_.attach(*this);
    for (const Dag& dag : house.dags) {
      for (const Task& task : dag.tasks) pools_[{dag.name, task.id}] = {task.pool, task.weight};
    }
    for (const Pool& pool : house.pools) days_.pools[pool.name].slots = pool.slots;
    days_.hours.assign(static_cast<size_t>((house.span + kHour - Millis{1}) / kHour), 0);
  }

  template <class F>
  auto call(F act) {
    return call_beside_turns(engine_, std::move(act));
  }

  Days play(const std::function<bool(double)>& progress) {
    std::vector<Dag> dags;
    std::set<std::string> labels;
    for (const Dag& dag : house_.dags) {
      dags.push_back(plain(dag, house_));
      for (const Task& task : dag.tasks) labels.insert(task.runs_on.labels.begin(), task.runs_on.labels.end());
      days_.dags[dag.name];
    }
    if (auto ready = engine_.recover(); !ready) return stopped(ready.error());
    for (int i = 0; i < house_.workers; ++i) join("worker " + std::to_string(i + 1), labels);
    if (auto set = call([&] { return engine_.set_dags(std::move(dags), house_.pools); }); !set) return stopped(set.error());
    go_on(progress);
    finish();
    return std::move(days_);
  }

  // --- Dispatcher: a worker that takes its time
  void send(const std::string& worker, const LeaseOffer& offer) override {
    const std::string task = offer.task.substr(0, offer.task.find('['));
    const Takes takes = takes_of(house_, offer.dag, task);
    const Millis time = std::max(house_.worst ? takes.worst : takes.typical, Millis{1});
    AttemptReport report;
    report.lease = offer.number;
    report.outcome = Outcome::succeeded;
    for (const auto& output : offer.outputs.items()) report.data.snapshots.push_back(written(output["dataset"].as_text()));
    const PoolUse pool = pool_of(offer.dag, task);
    if (!pool.first.empty()) use_pool(pool.first, pool.second);
    work(time);
    if (takes.memory > 0) take_memory(worker, offer, takes.memory);
    agenda_.at(clock_.now() + time, [this, worker, report = std::move(report), pool] {
      at_work_[worker].erase(report.lease);
      if (!pool.first.empty()) use_pool(pool.first, -pool.second);
      engine_.reported(worker, report);
    });
  }
  void cancel(const std::string&, LeaseNumber, const std::string&) override {}  // it ends by itself, in time
  void acknowledge(const std::string&, LeaseNumber) override {}
  void fence(const std::string&, const std::vector<LeaseNumber>&) override {}
  void drain(const std::string&) override {}

 private:
  using PoolUse = std::pair<std::string, int>;  // no name: none
  struct Use {
    int used = 0;
    size_t queued = 0;
    TimePoint full_since{};
    Millis full{};
  };

  struct Need {
    std::string task{};
    int64_t bytes = 0;
  };

  Days stopped(const Error& error) {
    days_.errors.push_back(error);
    return std::move(days_);
  }

  void join(const std::string& name, const std::set<std::string>& labels) {
    WorkerFacts facts;
    facts.name = name;
    facts.slots = house_.slots;
    facts.labels.assign(labels.begin(), labels.end());
    for (const auto& info : house_.operators.all()) facts.operators.push_back(info.type);
    engine_.joined(facts, {});
  }

  StagedSnapshot written(const std::string& dataset) {
    StagedSnapshot one;
    one.dataset = dataset;
    one.columns = {{"played", "BIGINT", true}};
    one.files = {{.path = "played/" + std::to_string(++files_), .rows = 1, .bytes = 1}};
    return one;
  }

  void take_memory(const std::string& worker, const LeaseOffer& offer, int64_t bytes) {
    auto& at_work = at_work_[worker];
    at_work[offer.number] = {offer.run_key + "/" + offer.task, bytes};
    int64_t sum = 0;
    for (const auto& [lease, one] : at_work) sum += one.bytes;
    if (sum <= days_.crowd.bytes) return;
    days_.crowd = {.bytes = sum, .at = clock_.now(), .tasks = {}};
    for (const auto& [lease, one] : at_work) days_.crowd.tasks.push_back(one.task);
  }

  const PoolUse& pool_of(const std::string& dag, const std::string& task) const { return pools_.at({dag, task}); }

  // A slot is taken from now on for so long.
  void work(Millis time) {
    ++days_.attempts;
    for (TimePoint at = clock_.now(), stop = std::min(end_, clock_.now() + time); at < stop;) {
      const auto hour = (at - house_.from) / kHour;
      const TimePoint until = std::min(stop, house_.from + (hour + 1) * kHour);
      days_.hours[static_cast<size_t>(hour)] += std::chrono::duration<double>(until - at).count();
      at = until;
    }
  }

  void use_pool(const std::string& name, int by) {
    Use& use = uses_[name];
    const int slots = days_.pools[name].slots;
    const bool was = use.used >= slots;
    use.used += by;
    const bool is = use.used >= slots;
    if (is && !was) use.full_since = clock_.now();
    if (was && !is) use.full += std::min(clock_.now(), end_) - std::min(use.full_since, end_);
  }

  void go_on(const std::function<bool(double)>& progress) {
    for (int64_t step = 1;; ++step) {
      while (!engine_.idle() || engine_.turn() == Millis{0}) engine_.turn();
      note_changes();
      const TimePoint next = std::min(engine_.next_due(), agenda_.next());
      if (next >= end_) return;
      if (step % kTellEvery == 0 && progress && !progress(std::chrono::duration<double>(clock_.now() - house_.from) / std::chrono::duration<double>(house_.span))) {
        return days_.errors.push_back({.code = "E9321", .what = "the play was stopped before its end", .where = to_iso(clock_.now()), .hint = "what is told is of the time until then"});
      }
      agenda_.go_to(clock_, next);
      engine_.turn();
    }
  }

  void note_changes() {
    for (const auto& change : engine_.feed().after(seen_, Millis{0}, [](const Change& one) { return one.late.empty(); }).changes) {
      change.task.empty() ? note_run(change) : note_task(change);
    }
    for (auto& [name, use] : uses_) days_.pools[name].longest_queue = std::max(days_.pools[name].longest_queue, use.queued);
  }

  void note_task(const Change& change) {
    if (change.state != "ready" && change.state != "leased") return;
    const std::string& pool = pool_of(change.dag, change.task.substr(0, change.task.find('['))).first;
    const std::string key = change.run + "/" + change.task;
    if (change.state == "ready") {
      if (ready_.try_emplace(key, change.time).second && !pool.empty()) ++uses_[pool].queued;
      return;
    }
    const auto ready = ready_.find(key);
    if (ready == ready_.end()) return;
    const Millis waited = change.time - ready->second;
    ready_.erase(ready);
    if (!pool.empty()) --uses_[pool].queued;
    DagDays& dag = days_.dags[change.dag];
    dag.waited += waited;
    dag.longest_wait = std::max(dag.longest_wait, waited);
    (pool.empty() ? days_.waited : days_.pools[pool].waited) += waited;
  }

  void note_run(const Change& change) {
    const auto state = run_state_from(change.state);
    DagDays& dag = days_.dags[change.dag];
    if (state == RunState::queued) {
      ++dag.runs;
      open_.insert({change.run, change.dag});
    }
    if (!state || !is_final(*state) || open_.erase({change.run, change.dag}) == 0) return;
    if (state != RunState::succeeded) ++dag.failed;
    const auto header = store_.find_run(change.run);
    if (!header || !*header) return;
    const Millis took = change.time - (**header).logical_time.value_or((**header).created);
    dag.took.push_back(took);
    if (took >= longest_[change.dag]) {
      longest_[change.dag] = took;
      dag.latest = {change.run, change.time, {}};
    }
    if ((**header).deadline && change.time > *(**header).deadline) dag.missed.push_back({change.run, change.time, change.time - *(**header).deadline});
  }

  void finish() {
    for (const auto& [run, dag] : open_) {
      ++days_.dags[dag].open;
      const auto header = store_.find_run(run);
      if (header && *header && (**header).deadline && *(**header).deadline < end_) days_.dags[dag].missed.push_back({run, {}, end_ - *(**header).deadline});
    }
    for (auto& [name, pool] : days_.pools) {
      Use& use = uses_[name];
      if (use.used >= pool.slots && pool.slots > 0) use.full += end_ - std::min(use.full_since, end_);
      pool.full = std::chrono::duration<double>(use.full) / std::chrono::duration<double>(house_.span);
    }
    for (auto& [name, dag] : days_.dags) std::sort(dag.took.begin(), dag.took.end());
    double total = 0;
    for (size_t hour = 0; hour < days_.hours.size(); ++hour) {
      const Millis length = std::min(kHour, house_.span - static_cast<int64_t>(hour) * kHour);
      const double room = std::chrono::duration<double>(length).count() * house_.workers * house_.slots;
      total += days_.hours[hour];
      days_.hours[hour] /= room;
    }
    days_.busy = total / (std::chrono::duration<double>(house_.span).count() * house_.workers * house_.slots);
  }

  const House& house_;
  VirtualClock clock_;
  TimePoint end_;
  MemoryStore store_{};
  Engine engine_;
  Days days_{};
  Agenda agenda_{};
  std::map<std::string, TimePoint> ready_{};  // by run and task: since when it waits for a slot
  std::map<std::pair<std::string, std::string>, PoolUse> pools_{};  // by Dag and task
  std::map<std::string, Use> uses_{};         // of pools
  std::map<std::string, Millis> longest_{};   // by Dag
  std::set<std::pair<std::string, std::string>> open_{};
  std::map<std::string, std::map<LeaseNumber, Need>> at_work_{};  // by worker; those whose need is known
  int64_t seen_ = 0, files_ = 0;
};

}  // namespace

Days play(const House& house, const std::function<bool(double)>& progress) { return Player(house).play(progress); }

}  // namespace millrace::simulate
