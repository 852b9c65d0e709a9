// The people of a world: they start runs, meddle with them, and answer what waits for them.
#include <algorithm>

#include "model/items.hpp"
#include "server.hpp"

namespace millrace::sim {

void House::make_people() {
  for (int i = 0, n = rng_.between(1, 4); i < n; ++i) {
    const auto dag = cast_.dags[static_cast<size_t>(rng_.below(static_cast<int>(cast_.dags.size())))].name;
    const auto when = draw_millis(100, 6'000'000);
    const std::string request = "request-" + std::to_string(++requests_);
    const bool dated = rng_.chance(20);
    ++people_busy_;
    at(when, [this, dag, request, dated] { start_run(dag, request, dated); });
  }
  for (int i = 0, n = rng_.chance(60) ? rng_.between(1, 4) : 0; i < n; ++i) at(draw_millis(1000, 9'000'000), [this] { meddle(); });
  if (!cast_.pools.empty() && rng_.chance(30)) at(draw_millis(1000, 6'000'000), [this] { change_pool(); });
  if (rng_.chance(20)) {
    const auto dag = cast_.dags[static_cast<size_t>(rng_.below(static_cast<int>(cast_.dags.size())))].name;
    BackfillRequest request;
    request.wanted = {.dag = dag, .from = cast_.begin - std::chrono::hours{rng_.between(20, 30)}, .to = cast_.begin, .which = static_cast<BackfillWhich>(rng_.between(1, 3)), .concurrency = rng_.between(1, 2), .last = {}};
    request.wanted.newest_first = rng_.chance(50);
    request.wanted.request_id = "backfill";
    at(draw_millis(1000, 6'000'000), [this, request] {
      if (say([&](Engine& engine) {
            auto plan = engine.backfill(request);
            return plan ? Status{} : Status(plan.error());
          })) seen_.sometimes("a backfill was asked for");
    });
  }
}

// Repeated with the same request id until it is answered; then there is one run of it, for ever.
void House::start_run(const std::string& dag, const std::string& request, bool dated) {
  StartRequest wanted{.dag = dag, .params = Json::object(), .logical_time = {}, .request_id = request, .trigger = "person"};
  if (dated) wanted.logical_time = cast_.begin;
  std::string run;
  const bool answered = say([&](Engine& engine) -> Status {
    auto key = engine.start(wanted);
    if (!key) return key.error();
    run = *key;
    return {};
  });
  if (!answered) return at(draw_millis(500, 20'000), [this, dag, request, dated] { start_run(dag, request, dated); });
  --people_busy_;
  if (!run.empty()) accepted_[request] = run;
}

void House::meddle() {
  if (watch_.runs().empty()) return;
  auto found = watch_.runs().begin();
  std::advance(found, rng_.below(static_cast<int>(watch_.runs().size())));
  const std::string run = found->second.header.key;
  const Dag& dag = *found->second.dag;
  const std::string task = dag.tasks[static_cast<size_t>(rng_.below(static_cast<int>(dag.tasks.size())))].id;
  const int dice = rng_.below(100);
  say([&](Engine& engine) -> Status {
    if (dice < 25) return engine.cancel(run, "asked");
    if (dice < 40) {
      at(draw_millis(1000, 600'000), [this, run] { say([&](Engine& later) { return later.resume(run); }); });
      return engine.pause(run);
    }
    if (dice < 60) return engine.retry(run);
    if (dice < 75) return engine.clear(run, task, true);
    if (dice < 90) return engine.mark(run, task, TaskState::succeeded, "by hand");
    return engine.limits({.run = run, .task = task, .max_parallel = 2, .tolerate = {}});
  });
}

void House::change_pool() {
  const Pool& pool = cast_.pools.front();
  const int slots = rng_.between(2, 4);
  const bool reset = rng_.chance(30);
  say([&](Engine& engine) { return engine.set_pool({.pool = pool.name, .slots = reset ? std::nullopt : std::optional(slots), .per_second = {}, .reset = reset}); });
}

void House::answer_sleepers() {
  for (const LeaseNumber sleep : watch_.take_sleepers()) {
    const WatchedRun& of = watch_.runs().at(sleep.run);
    const bool has_deadline = task_of(*of.dag, of.run, sleep.task).with.contains("deadline");
    if (has_deadline && rng_.chance(30)) continue;  // nobody comes
    ++people_busy_;
    at(draw_millis(500, 900'000), [this, sleep] { answer(sleep); });
  }
}

void House::answer(LeaseNumber sleep) {
  const WatchedRun& of = watch_.runs().at(sleep.run);
  const TaskRun& task = of.run.tasks[index(sleep.task)];
  --people_busy_;
  if (task.state != TaskState::asleep || task.version != sleep.attempt) return;
  AnswerRequest said{.run = of.header.key, .task = label_of(*of.dag, of.run, sleep.task), .wait = task.wait, .good = rng_.chance(80), .by = "somebody"};
  auto outputs = disk_.store.outputs(sleep.run, sleep.task, {sleep.task.value + 1});
  const std::string token = (*outputs)[sleep.task]["token"].as_text();
  const bool by_token = task.wait == Wait::callback && rng_.chance(70);
  const bool answered = say([&](Engine& engine) { return by_token ? engine.answer_token(token, said) : engine.answer(said); });
  seen_.sometimes(by_token ? "a token was answered" : "an approval was answered");
  if (answered) return;
  ++people_busy_;
  at(draw_millis(1000, 30'000), [this, sleep] { answer(sleep); });
}

// The faults stop; who is paused goes on, and the clock is right again.
void House::calm_down() {
  calm_ = true;
  skew_ = {};
  set_time(now_);
  start_server();
  for (const auto& [id, of] : watch_.runs()) {
    if (is_final(of.run.state)) continue;
    at(draw_millis(1000, 700'000), [this, run = of.header.key] { say([&](Engine& engine) { return engine.resume(run); }); });
  }
  plan_turn(Millis{1});
}

}  // namespace millrace::sim
