#include "cast.hpp"

#include <algorithm>
#include <cstdlib>

namespace millrace::sim {
namespace {

using namespace std::chrono_literals;

// Worlds begin a few hours before, or after, a clock change of one of these zones.
struct Change {
  const char* zone;
  const char* at;
};
constexpr Change kChanges[] = {{"Europe/Berlin", "2026-03-29T01:00:00Z"}, {"Europe/Berlin", "2026-10-25T01:00:00Z"}, {"America/New_York", "2026-03-08T07:00:00Z"},
                               {"America/New_York", "2026-11-01T06:00:00Z"}, {"Australia/Lord_Howe", "2026-04-04T15:00:00Z"}, {"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
                               {"UTC", "2026-06-01T00:00:00Z"}};

template <class T, size_t N>
const T& one_of(const T (&list)[N], Rng& rng) { return list[static_cast<size_t>(rng.below(static_cast<int>(N)))]; }

class Drawing {
 public:
  explicit Drawing(Rng& rng) : rng_(rng) {}

  Cast draw() {
    change_ = &one_of(kChanges, rng_);
    cast_.begin = *from_iso(change_->at) + std::chrono::minutes{rng_.between(-200, 60)};
    draw_faults();
    draw_pools();
    draw_workers();
    cast_.datasets = {"raw.a", "raw.b"};
    const int dags = rng_.between(1, 4);
    for (int i = 0; i < dags; ++i) draw_dag(i, dags);
    return std::move(cast_);
  }

 private:
  void draw_faults() {
    const auto sometimes = [&](int chance, int most) { return rng_.chance(chance) ? 1 + rng_.below(most) : 0; };
    Faults& f = cast_.faults;
    f.drop = sometimes(40, 25);
    f.repeat = sometimes(40, 25);
    f.slow = sometimes(30, 30);
    f.death = sometimes(40, 30);
    f.crash_before = sometimes(30, 6);
    f.crash_after = sometimes(30, 6);
    f.refuse = sometimes(30, 10);
    f.slow_disk = sometimes(25, 15);
    f.jump = sometimes(30, 4);
    f.takeover = sometimes(30, 4);
  }

  void draw_pools() {
    if (rng_.chance(50)) cast_.pools.push_back({.name = "narrow", .slots = rng_.between(2, 3), .per_second = 0, .description = {}});
    if (rng_.chance(30)) {
      const double rate = rng_.chance(50) ? 0.2 : 2;
      cast_.pools.push_back({.name = "rated", .slots = rng_.between(2, 6), .per_second = rate, .description = {}});
    }
  }

  void draw_workers() {
    cast_.prefetch = rng_.below(2);
    for (int i = 0, n = rng_.between(1, 3); i < n; ++i) {
      WorkerRole worker{.name = "worker-" + std::to_string(i + 1), .slots = rng_.between(1, 3), .labels = {}};
      if (i == 0 || rng_.chance(20)) worker.labels = {"gpu"};
      if (rng_.chance(40)) worker.has.cpu = rng_.between(2, 3);
      if (i == 0 || rng_.chance(20)) worker.has.named = {{"licence", 1}};
      cast_.workers.push_back(std::move(worker));
    }
  }

  void draw_dag(int number, int dags) {
    Dag dag;
    dag.name = "dag-" + std::to_string(number);
    dag.version = "v1";
    dag.params = Json::object({{"yes", Json::object({{"type", "boolean"}, {"default", rng_.chance(70)}})}});
    dag.max_runs = rng_.between(1, 3);
    dag.max_tasks = rng_.between(1, 6);
    if (rng_.chance(20)) dag.max_tasks_of_all = rng_.between(1, 4);
    if (rng_.chance(15)) dag.timeout = std::chrono::minutes{rng_.between(2, 30)};
    dag.overlap = rng_.chance(45) ? OverlapPolicy::queue : rng_.chance(40) ? OverlapPolicy::skip : OverlapPolicy::cancel_running;
    if (rng_.chance(45)) draw_schedule(dag);
    if (number > 0) draw_triggers(dag, number);
    for (int i = 0, n = rng_.between(1, 4); i < n; ++i) draw_task(dag, number, dags);
    if (rng_.chance(15)) add(dag, {.id = "hook", .uses = "fake", .timeout = 5min, .phase = Phase::finally});
    cast_.dags.push_back(std::move(dag));
  }

  void draw_schedule(Dag& dag) {
    constexpr const char* kCrons[] = {"30 2 * * *", "0 */2 * * *", "15 * * * *", "30 1,3 * * *", "0 2 * * *"};
    for (int i = 0, n = rng_.chance(20) ? 2 : 1; i < n; ++i) {
      Schedule schedule;
      const int kind = rng_.below(10);
      if (kind < 7) {
        schedule.cron = *cron_from(one_of(kCrons, rng_));
        schedule.zone = *Zone::find(change_->zone);
        schedule.on_gap = static_cast<OnGap>(rng_.between(1, 3));
        schedule.on_overlap = static_cast<OnOverlap>(rng_.between(1, 4));
      } else if (kind < 9) {
        schedule.every = rng_.chance(50) ? 45min : 90min;
      } else {
        schedule.at = cast_.begin + std::chrono::minutes{rng_.between(-10, 120)};
      }
      schedule.catchup = static_cast<Catchup>(rng_.between(1, 3));
      if (rng_.chance(20)) schedule.window = rng_.chance(50) ? Millis{20min} : Millis{2h};
      if (rng_.chance(20)) schedule.late_limit = 1h;
      if (rng_.chance(10)) schedule.except_weekends = true;
      dag.schedules.push_back(std::move(schedule));
    }
  }

  // Of earlier Dags and what they write only, so that nothing goes round in circles.
  void draw_triggers(Dag& dag, int number) {
    if (rng_.chance(40)) {
      Trigger trigger{.kind = TriggerKind::dataset, .name = "datasets", .datasets = {"raw.a"}};
      if (rng_.chance(50)) trigger.datasets.push_back("raw.b");
      trigger.all = rng_.chance(50);
      if (rng_.chance(40)) trigger.debounce = std::chrono::seconds{rng_.between(5, 120)};
      reads_data_ = true;
      dag.triggers.push_back(std::move(trigger));
    }
    if (rng_.chance(35)) {
      Trigger trigger{.kind = TriggerKind::run, .name = "end", .dag = "dag-" + std::to_string(rng_.below(number)), .on = static_cast<RunEnd>(rng_.between(1, 3))};
      // Both ways of starting it would look the same.
      const bool is_child = std::find(children_.begin(), children_.end(), std::pair{trigger.dag, dag.name}) != children_.end();
      if (!is_child) dag.triggers.push_back(std::move(trigger));
    }
  }

  void draw_task(Dag& dag, int number, int dags) {
    const auto place = static_cast<int32_t>(dag.tasks.size());
    Task task{.id = "t" + std::to_string(place), .uses = "fake"};
    for (int32_t need = 0; need < place; ++need) {
      if (rng_.chance(40)) task.needs.push_back(TaskIndex{need});
    }
    task.timeout = rng_.chance(30) ? 40s : 10min;
    task.priority = rng_.below(3);
    task.retry[0] = {.attempts = rng_.between(1, 3), .delay = std::chrono::seconds{rng_.between(1, 20)}};
    if (rng_.chance(10)) task.runs_on.labels = {"gpu"};
    if (rng_.chance(15)) task.runs_on.takes.cpu = 0.5 * rng_.between(1, 4);
    if (rng_.chance(10)) task.runs_on.takes.named = {{"licence", rng_.chance(50) ? 0.5 : 1}};
    if (!cast_.pools.empty() && rng_.chance(40)) {
      task.pool = cast_.pools[static_cast<size_t>(rng_.below(static_cast<int>(cast_.pools.size())))].name;
      task.weight = rng_.between(1, 2);
    }
    if (rng_.chance(20)) task.rule = rng_.chance(50) ? Rule::all_done : Rule::none_failed;
    if (rng_.chance(15)) task.condition = "{{ .params.yes }}";
    if (rng_.chance(10)) task.queue_timeout = std::chrono::seconds{rng_.between(5, 120)};
    if (rng_.chance(8)) task.total_timeout = std::chrono::seconds{rng_.between(30, 600)};
    draw_work(task, dag, number, dags);
    add(dag, std::move(task));
  }

  // What kind of work it is. Data are written by the first Dag, and by others as long as no trigger looks at them.
  void draw_work(Task& task, const Dag& dag, int number, int dags) {
    const int kind = rng_.below(100);
    if (kind < 30 && (number == 0 || !reads_data_)) {
      task.writes = {cast_.datasets[static_cast<size_t>(rng_.below(2))]};
      if (rng_.chance(30)) task.reads = task.writes;
    } else if (kind < 42) {
      task.foreach = rng_.chance(50) ? Json(rng_.between(0, 5)) : Json::array({"x", "y", "z"});
      task.max_parallel = rng_.between(1, 3);
      task.tolerate.failures = rng_.below(2);
    } else if (kind < 48) {
      task.uses = "core.wait";
      task.with = Json::object({{"for", std::to_string(rng_.between(5, 200)) + "s"}});
    } else if (kind < 56) {
      task.uses = "core.approval";
      if (rng_.chance(50)) task.with.set("deadline", std::to_string(rng_.between(1, 20)) + "m");
    } else if (kind < 62) {
      task.uses = "core.callback";
      if (rng_.chance(50)) task.with.set("deadline", std::to_string(rng_.between(1, 20)) + "m");
    } else if (kind < 72 && number + 1 < dags) {
      const std::string child = "dag-" + std::to_string(rng_.between(number + 1, dags - 1));
      task.uses = "core.run";
      task.with = Json::object({{"dag", child}, {"wait", rng_.chance(70)}});
      children_.emplace_back(dag.name, child);
    }
  }

  static void add(Dag& dag, Task task) {
    for (const TaskIndex need : task.needs) dag.tasks[index(need)].downstream.push_back(TaskIndex{static_cast<int32_t>(dag.tasks.size())});
    dag.tasks.push_back(std::move(task));
  }

  Rng& rng_;
  Cast cast_{};
  const Change* change_ = nullptr;
  bool reads_data_ = false;
  std::vector<std::pair<std::string, std::string>> children_{};  // who may start whom by core.run
};

}  // namespace

const Pool* Cast::pool(const std::string& name) const {
  const auto found = std::find_if(pools.begin(), pools.end(), [&](const Pool& one) { return one.name == name; });
  return found == pools.end() ? nullptr : &*found;
}

const WorkerRole& Cast::worker(const std::string& name) const {
  const auto found = std::find_if(workers.begin(), workers.end(), [&](const WorkerRole& one) { return one.name == name; });
  if (found == workers.end()) std::abort();
  return *found;
}

Cast draw_cast(Rng& rng) { return Drawing(rng).draw(); }

}  // namespace millrace::sim
