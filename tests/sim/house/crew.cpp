// The workers of a world, and the wire between them and whoever they are connected to.
#include <algorithm>

#include "server.hpp"

namespace millrace::sim {

// Over the network: late, twice, or not at all; two messages may change places.
void House::send(const std::function<void()>& message) {
  const auto usual = draw_millis(1, trouble(cast_.faults.slow) ? 20'000 : 50);
  if (trouble(cast_.faults.repeat)) {
    const auto later = draw_millis(1, 90'000);
    at(usual + later, message);
    seen_.sometimes("a message came twice");
  }
  if (trouble(cast_.faults.drop)) return seen_.sometimes("a message was lost");
  at(usual, message);
}

void House::to_server(size_t worker, const std::function<void(Engine&)>& message) {
  const int number = workers_[worker].server;
  if (number == 0) return;
  send([this, worker, number, message] {
    Server* to = server_of(number);
    if (workers_[worker].server != number || to == nullptr) return;  // the stream is gone
    message(to->engine);
    if (to == server_.get()) turn_soon();
  });
}

void House::to_worker(const Server& from, const std::string& name, const std::function<void(size_t)>& message) {
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].role->name != name || workers_[i].server != from.number) continue;
    send([this, i, to = from.number, message] {
      if (workers_[i].alive && workers_[i].server == to) message(i);
    });
  }
}

void House::join(size_t at_worker) {
  Worker& worker = workers_[at_worker];
  if (!worker.alive || !server_ || !server_->ready || worker.server == server_->number) return;
  worker.server = server_->number;
  std::vector<LeaseNumber> running;
  for (const auto& [lease, one] : worker.running) running.push_back(lease);
  for (const auto& [lease, one] : worker.unacknowledged) running.push_back(lease);
  WorkerFacts facts;
  facts.name = worker.role->name;
  facts.slots = worker.role->slots;
  facts.labels = worker.role->labels;
  facts.has = worker.role->has;
  facts.operators = {"fake"};
  server_->engine.joined(facts, running);
  turn_soon();
  if (!running.empty()) seen_.sometimes("a worker came back with work");
}

AttemptReport House::draw_report(const LeaseOffer& offer, const Task& task) {
  AttemptReport report;
  report.lease = offer.number;
  const int dice = rng_.below(100);
  if (dice < 70) report.outcome = Outcome::succeeded;
  else if (dice < 74) report.outcome = Outcome::skipped;
  else report.error = {dice < 90 ? "transient" : "data", {.code = "E1", .what = "failed", .where = {}, .hint = {}}};
  if (report.outcome != Outcome::succeeded) return report;
  report.output = Json::object({{"n", rng_.below(100)}});
  for (size_t i = 0; i < task.writes.size(); ++i) {
    const std::string& dataset = task.writes[i];
    const bool replaces = rng_.chance(30);
    StagedSnapshot staged{.dataset = dataset, .operation = replaces ? Operation::replace : Operation::append, .columns = {{"id", "BIGINT", true}}, .read = {}};
    staged.files = {{.path = dataset + "/" + std::to_string(offer.number.run.value) + "-" + std::to_string(offer.number.task.value) + "-" + std::to_string(offer.number.attempt), .rows = 1, .bytes = 8}};
    if (replaces) staged.read = SnapshotId{offer.outputs.at(i)["snapshot"].as_int()};
    report.data.snapshots.push_back(std::move(staged));
    const Json at = offer.positions.size() > 0 ? offer.positions.at(0)["value"] : Json();
    report.data.positions.push_back({.source = "fake:" + dataset, .key = "row", .expected = at, .value = at.as_int() + 1});
  }
  return report;
}

void House::offer(size_t at_worker, const LeaseOffer& offer) {
  Worker& worker = workers_[at_worker];
  const LeaseNumber lease = offer.number;
  if (worker.running.contains(lease) || worker.unacknowledged.contains(lease)) return;
  if (trouble(3)) return to_server(at_worker, [name = worker.role->name, lease](Engine& engine) { engine.returned(name, {lease}); });
  const WatchedRun& of = watch_.runs().at(lease.run);
  const auto length = rng_.chance(80) ? draw_millis(500, 20'000) : draw_millis(20'000, calm_ ? 60'000 : 400'000);
  worker.running[lease] = {now_ + length, draw_report(offer, task_of(*of.dag, of.run, lease.task))};
  to_server(at_worker, [name = worker.role->name, lease](Engine& engine) { engine.confirmed(name, lease); });
  at(length, [this, at_worker, lease] { end_attempt(at_worker, lease); });
  if (!worker.renewing) {
    worker.renewing = true;
    at(Millis{20'000}, [this, at_worker] { renew(at_worker); });
  }
}

void House::renew(size_t at_worker) {
  Worker& worker = workers_[at_worker];
  std::vector<LeaseNumber> leases;
  for (const auto& [lease, one] : worker.running) leases.push_back(lease);
  worker.renewing = worker.alive && !leases.empty();
  if (!worker.renewing) return;
  to_server(at_worker, [name = worker.role->name, leases](Engine& engine) { engine.renewed(name, leases); });
  at(Millis{20'000}, [this, at_worker] { renew(at_worker); });
}

void House::end_attempt(size_t at_worker, LeaseNumber lease) {
  auto& running = workers_[at_worker].running;
  const auto found = running.find(lease);
  if (found == running.end() || found->second.ends > now_) return;
  workers_[at_worker].unacknowledged[lease] = std::move(found->second.report);
  running.erase(found);
  report(at_worker, lease);
}

// Repeated until the server says that it is kept.
void House::report(size_t at_worker, LeaseNumber lease) {
  Worker& worker = workers_[at_worker];
  const auto found = worker.unacknowledged.find(lease);
  if (found == worker.unacknowledged.end()) return;
  to_server(at_worker, [name = worker.role->name, said = found->second](Engine& engine) { engine.reported(name, said); });
  at(Millis{15'000}, [this, at_worker, lease] { report(at_worker, lease); });
}

void House::stop_attempt(size_t at_worker, LeaseNumber lease) {
  auto& running = workers_[at_worker].running;
  const auto found = running.find(lease);
  if (found == running.end()) return;
  found->second.report = {};
  found->second.report.lease = lease;
  found->second.report.outcome = Outcome::cancelled;
  found->second.ends = now_;
  end_attempt(at_worker, lease);
}

void House::die(size_t at_worker) {
  Worker& worker = workers_[at_worker];
  if (!worker.alive) return;
  seen_.sometimes("a worker died");
  const std::string name = worker.role->name;
  if (server_ && worker.server == server_->number && rng_.chance(60)) server_->engine.left(name);
  worker.alive = false;
  worker.server = 0;
  worker.running.clear();
  worker.unacknowledged.clear();
  at(draw_millis(1000, 120'000), [this, at_worker] {
    workers_[at_worker].alive = true;
    join(at_worker);
  });
}

}  // namespace millrace::sim
