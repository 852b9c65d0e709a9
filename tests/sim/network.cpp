// The workers of a world, and the wire between them and the engine.
#include <algorithm>

#include "world.hpp"

namespace millrace::sim {

void World::send(int usual_delay, std::function<void()> what) {
  const auto delay = [&] { return Millis(usual_delay + rng_.below(calm_ ? 50 : 400)); };
  if (trouble(repeat_)) {  // one draw a statement: operands and arguments are evaluated in an order that compilers choose
    const Millis usual = delay();
    at(usual + Millis(rng_.below(8000)), what);
  }
  if (trouble(drop_)) return;
  at(delay(), std::move(what));
}

AttemptFinished World::draw_report(LeaseNumber lease) {
  AttemptFinished report{.lease = lease, .jitter = rng_.unit()};
  const int dice = rng_.below(100);
  if (rng_.chance(conflict_)) {
    report.error_class = "conflict";
  } else if (dice < 66) {
    report.outcome = Outcome::succeeded;
  } else if (dice < 70) {
    report.outcome = Outcome::skipped;
  } else if (dice < 74) {
    report.outcome = Outcome::cancelled;  // killed from outside, nobody asked
  } else if (dice < 90) {
    report.error_class = rng_.chance(30) ? "transient/exit_75" : "transient";
    if (rng_.chance(20)) report.retry_after = Millis(rng_.below(9000));
  } else if (dice < 96) {
    report.error_class = "data";
  } else {
    report.error_class = "transient";
    report.final_failure = true;
  }
  return report;
}

void World::offer(size_t worker, LeaseNumber lease) {
  Worker& w = workers_[worker];
  if (!w.alive || w.running.contains(lease) || w.unacknowledged.contains(lease)) return;
  if (trouble(4)) {  // no room, or shutting down
    send(10, [this, lease] { handle(run_at(lease), LeaseReturned{lease}); });
    return;
  }
  start_attempt(worker, lease);
}

void World::start_attempt(size_t worker, LeaseNumber lease) {
  const auto length = Millis(rng_.between(50, calm_ ? 2500 : 7000));
  workers_[worker].running[lease] = {now_ + length, draw_report(lease)};
  send(10, [this, lease] { handle(run_at(lease), AttemptConfirmed{lease}); });
  at(lease_length_ / 3, [this, worker, lease] { renew(worker, lease); });
  at(length, [this, worker, lease] { end_attempt(worker, lease); });
}

void World::renew(size_t worker, LeaseNumber lease) {
  if (!workers_[worker].running.contains(lease)) return;
  send(10, [this, lease] {
    if (const auto found = deadlines_.find(lease); found != deadlines_.end()) found->second = now_ + lease_length_;
  });
  at(lease_length_ / 3, [this, worker, lease] { renew(worker, lease); });
}

void World::end_attempt(size_t worker, LeaseNumber lease) {
  auto& running = workers_[worker].running;
  const auto found = running.find(lease);
  if (found == running.end() || found->second.ends > now_) return;
  workers_[worker].unacknowledged[lease] = found->second.report;
  running.erase(found);
  report(worker, lease);
}

// Repeated until the engine says that it is durable.
void World::report(size_t worker, LeaseNumber lease) {
  const auto found = workers_[worker].unacknowledged.find(lease);
  if (found == workers_[worker].unacknowledged.end()) return;
  send(5, [this, worker, lease, said = found->second] {
    if (handle(run_at(lease), said)) send(10, [this, worker, lease] { acknowledge(worker, lease); });
  });
  at(Millis(700), [this, worker, lease] { report(worker, lease); });
}

void World::acknowledge(size_t worker, LeaseNumber lease) { workers_[worker].unacknowledged.erase(lease); }

void World::cancel(size_t worker, LeaseNumber lease) {
  auto& running = workers_[worker].running;
  const auto found = running.find(lease);
  if (found == running.end()) return;
  found->second.report.outcome = rng_.chance(80) ? Outcome::cancelled : Outcome::failed;
  found->second.report.error_class = "killed";
  found->second.ends = now_;
  end_attempt(worker, lease);
}

void World::die(size_t worker) {
  Worker& w = workers_[worker];
  w.alive = false;
  w.running.clear();
  w.unacknowledged.clear();
  at(Millis(rng_.between(300, 5000)), [this, worker] { workers_[worker].alive = true; });
}

}  // namespace millrace::sim
