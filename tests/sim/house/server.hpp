// A server of a world.
#pragma once
#include "house.hpp"

namespace millrace::sim {

struct House::Server final : Dispatcher {
  Server(House& of, uint64_t seed, std::unique_ptr<Store> real)
      : house(of), number(++of.servers_), seat(of.disk_, [&of] { return of.draw_fate(); }, std::move(real)),
        engine(of.clock_, seat, of.operators_, EngineOptions{.lease = Millis{60'000}, .seed = seed, .prefetch = of.cast_.prefetch}) {
    engine.attach(*this);
  }

  void send(const std::string& worker, const LeaseOffer& offer) override {
    speaks("offers");
    house.to_worker(*this, worker, [this, offer](size_t at) { house.offer(at, offer); });
  }
  void cancel(const std::string& worker, LeaseNumber lease, const std::string& reason) override {
    if (reason == "out of time") {
      late.insert(lease);
      house.seen_.sometimes("an attempt out of time was asked to stop");
    }
    house.to_worker(*this, worker, [this, lease](size_t at) { house.stop_attempt(at, lease); });
  }
  void acknowledge(const std::string& worker, LeaseNumber lease) override {
    speaks("acknowledges");
    house.to_worker(*this, worker, [this, lease](size_t at) { house.workers_[at].unacknowledged.erase(lease); });
  }
  void fence(const std::string& worker, const std::vector<LeaseNumber>& leases) override {
    house.to_worker(*this, worker, [this, leases](size_t at) {
      for (const auto& lease : leases) {
        if (house.workers_[at].running.erase(lease) > 0 && late.contains(lease)) house.seen_.sometimes("an attempt out of time heard nothing and was killed");
        house.workers_[at].unacknowledged.erase(lease);
      }
    });
  }
  void drain(const std::string&) override {}

  void speaks(const char*) const { require(seat.leads(), "only who leads gives work, or says that a report is kept"); }

  House& house;
  int number;
  Seat seat;
  Engine engine;
  std::set<LeaseNumber> late{};  // asked to stop
  bool ready = false;  // recovered, and knows its Dags
};

}  // namespace millrace::sim
