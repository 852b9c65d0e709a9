// The servers of a world: they start on what was committed, die around their commits, and one is replaced while it sleeps.
#include <algorithm>
#include <stop_token>

#include "caller.hpp"
#include "server.hpp"

namespace millrace::sim {

void House::set_time(TimePoint now) {
  now_ = now;
  clock_.set(now_ + skew_);
  watch_.clock_shows(clock_.now());
}

House::Server* House::server_of(int number) {
  if (server_ && server_->number == number) return server_.get();
  for (const auto& one : sleeping_) {
    if (one->number == number) return one.get();
  }
  return nullptr;
}

void House::start_server() {
  if (server_) return;
  std::unique_ptr<Store> real;
  if (disk_.drive != nullptr) {
    auto opened = disk_.drive->open(clock_.now());
    if (!opened) return disk_.lost() ? lose_machine() : at(Millis{1000}, [this] { start_server(); });
    real = std::move(*opened);
    disk_.settle(*real, watch_.last_run());
  }
  server_ = std::make_unique<Server>(*this, rng_.next(), std::move(real));
  watch_.recovered();
  const auto recovered = server_->engine.recover();
  require(recovered.ok(), "a server starts on what was committed");
  std::vector<Pool> pools = cast_.pools;
  const bool knows = say_to(*server_, [this, pools](Engine& engine) { return engine.set_dags(todays_dags(), pools); });
  if (!server_) return;  // it died at once
  if (!knows) return stop_server();
  server_->ready = true;
  for (size_t i = 0; i < workers_.size(); ++i) {
    at(draw_millis(10, calm_ ? 500 : 20'000), [this, i] { join(i); });
  }
  turn_soon();
}

// With everything that ran on it. What was durable is there when it starts again.
void House::lose_machine() {
  sleeping_.clear();
  if (server_) return stop_server();
  disk_.drive->restart();
  at(Millis{1000}, [this] { start_server(); });
}

// What it had heard and not committed is gone; who asked and was not answered asks again.
void House::stop_server() {
  for (auto& worker : workers_) {
    if (worker.server == server_->number) worker.server = 0;
  }
  std::stop_source stop;
  stop.request_stop();
  server_->seat.die();
  server_->engine.run(stop.get_token());
  server_.reset();
  if (disk_.lost()) {
    sleeping_.clear();
    disk_.drive->restart();
  }
  at(draw_millis(100, calm_ ? 500 : rng_.chance(20) ? 9'000'000 : 60'000), [this] { start_server(); });
}

Fate House::draw_fate() {
  const Faults& f = cast_.faults;
  if (trouble(f.slow_disk)) {  // time passes; whoever waits has waited longer
    const auto took = draw_millis(100, 30'000);
    set_time(now_ + took);
    seen_.sometimes("a commit took long");
  }
  if (trouble(f.crash_before)) return seen_.sometimes("a server died before its commit"), Fate::dies_before;
  if (trouble(f.crash_after)) return seen_.sometimes("a server died after its commit"), Fate::dies_after;
  if (trouble(f.refuse)) return seen_.sometimes("a commit was refused"), Fate::refused;
  return Fate::fine;
}

void House::turn_soon() { plan_turn(Millis{rng_.below(20)}); }

void House::plan_turn(Millis in) {
  const TimePoint when = now_ + std::max(in, Millis{0});
  if (when >= turn_at_) return;
  turn_at_ = when;
  at(when - now_, [this, when] {
    if (turn_at_ != when) return;
    turn_at_ = TimePoint::max();
    if (server_) turn(*server_);
  });
}

void House::turn(Server& server) {
  const Millis wait = server.engine.turn();
  if (server.seat.dead() && &server == server_.get()) return stop_server();
  if (&server != server_.get()) return;
  answer_sleepers();
  const TimePoint due = server.engine.next_due();
  const TimePoint here = clock_.now();
  if (wait < Millis{1000}) plan_turn(std::max(wait, Millis{1}));
  else if (due != TimePoint::max()) plan_turn(std::clamp(due - here, Millis{1}, Millis{3'600'000}));
}

bool House::say_to(Server& server, const std::function<Status(Engine&)>& command) {
  // What workers said before is heard first.
  for (int turns = 0; !server.engine.idle() && !server.seat.dead(); ++turns) {
    require(turns < 100, "an inbox is emptied");
    server.engine.turn();
  }
  Status status{};
  if (!server.seat.dead()) {
    Caller::of_process().call(server.engine, [&] { status = command(server.engine); }, [&] { server.engine.turn(); });
  }
  const bool died = server.seat.dead();
  if (died && &server == server_.get()) stop_server();
  else turn_soon();
  if (!died) answer_sleepers();
  // Refused for what it asks is an answer too.
  return !died && (status.ok() || (status.error().code != "E2005" && status.error().code != "E2023" && status.error().code != "E2006"));
}

bool House::say(const std::function<Status(Engine&)>& command) { return server_ && server_->ready && say_to(*server_, command); }

// The leader sleeps (a stopped process, a machine that swaps), and the other one takes over when its lease has run out.
void House::take_over() {
  if (!server_ || !server_->ready) return;
  seen_.sometimes("a second server took over");
  const int old = server_->number;
  sleeping_.push_back(std::move(server_));
  at(kLeaderLease, [this] { start_server(); });
  at(kLeaderLease + draw_millis(100, 300'000), [this, old] {
    if (Server* sleeping = server_of(old)) wake_old_leader(*sleeping);
  });
}

void House::wake_old_leader(Server& old) {
  for (int i = 0; i < 5 && !old.engine.fenced(); ++i) old.engine.turn();
  if (!old.engine.fenced()) say_to(old, [](Engine& engine) { return engine.set_pool({.pool = "narrow", .slots = 1, .per_second = {}, .reset = false}); });
  if (disk_.lost()) return lose_machine();
  if (old.engine.fenced()) seen_.sometimes("an old leader was told that it is replaced");
  for (auto& worker : workers_) {
    if (worker.server == old.number) worker.server = 0;
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].alive && workers_[i].server == 0) at(draw_millis(10, 5000), [this, i] { join(i); });
  }
  std::erase_if(sleeping_, [&](const auto& one) { return one.get() == &old; });
}

void House::jump_clock() {
  const auto by = Millis{rng_.between(-4'000'000, 4'000'000)};
  skew_ = rng_.chance(30) ? Millis{} : skew_ + by;
  seen_.sometimes(by < Millis{} ? "the clock was set back" : "the clock was set forward");
  set_time(now_);
  plan_turn(Millis{1});
}

}  // namespace millrace::sim
