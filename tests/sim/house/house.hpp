// One seed, one world of Dags: the product's Engine on a virtual clock and a store in memory, workers behind a bad network, people, a second server.
//
// One thread plays (caller.hpp has another that only waits). A broken invariant is thrown as Broken; everything else is a function of the seed.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cast.hpp"
#include "engine/engine.hpp"
#include "seat.hpp"
#include "watch.hpp"

namespace millrace::sim {

class House {
 public:
  House(uint64_t seed, Coverage& seen);
  House(Cast cast, Drive& drive, uint64_t seed, Coverage& seen);
  ~House();
  void run();
  uint64_t digest() const;

 private:
  // A server: an engine on its seat, and the voice by which it reaches workers.
  struct Server;
  struct Running {
    TimePoint ends{};  // true time
    AttemptReport report{};
  };
  struct Worker {
    const WorkerRole* role{};
    bool alive = true;
    int server = 0;             // the number of whom it is connected to; 0: nobody
    bool renewing = false;
    std::map<LeaseNumber, Running> running{};
    std::map<LeaseNumber, AttemptReport> unacknowledged{};
  };

  // servers (servers.cpp)
  void start_server();
  void stop_server();                      // it died
  void lose_machine();
  void end_schedules();
  void turn(Server& server);
  void turn_soon();
  void plan_turn(Millis in);
  Fate draw_fate();
  void take_over();
  void wake_old_leader(Server& old);
  void jump_clock();
  // Waits until the command is answered; false: there is no server, or it died or refused before it was made.
  bool say(const std::function<Status(Engine&)>& command);
  bool say_to(Server& server, const std::function<Status(Engine&)>& command);
  // the workers and the network (crew.cpp)
  void join(size_t worker);
  void offer(size_t worker, const LeaseOffer& offer);
  void end_attempt(size_t worker, LeaseNumber lease);
  void report(size_t worker, LeaseNumber lease);
  void renew(size_t worker);
  void stop_attempt(size_t worker, LeaseNumber lease);
  void die(size_t worker);
  AttemptReport draw_report(const LeaseOffer& offer, const Task& task);
  void to_server(size_t worker, const std::function<void(Engine&)>& message);
  void to_worker(const Server& from, const std::string& worker, const std::function<void(size_t)>& message);
  void send(const std::function<void()>& message);
  // people (people.cpp)
  void make_people();
  void start_run(const std::string& dag, const std::string& request, bool dated);
  void meddle();
  void change_pool();
  void answer_sleepers();
  void answer(LeaseNumber sleep);
  void calm_down();

  void at(Millis in, std::function<void()> what) { agenda_.emplace(std::pair{now_ + in, sequence_++}, std::move(what)); }
  Millis draw_millis(int64_t low, int64_t high) { return Millis{rng_.between(static_cast<int>(low), static_cast<int>(high))}; }
  bool trouble(int percent) { return !calm_ && percent > 0 && rng_.chance(percent); }
  void set_time(TimePoint now);
  std::vector<Dag> todays_dags() const { return quiet_ ? quiet_dags_ : cast_.dags; }

  House(Rng rng, std::optional<Cast> cast, Drive* drive, Coverage& seen);

  static constexpr Millis kLeaderLease{10'000};

  Rng rng_;
  Coverage& seen_;
  Cast cast_;
  std::vector<Dag> quiet_dags_{};      // the same without schedules: the last hours of a world
  OperatorList operators_{};
  TimePoint now_{};                    // true time; the servers' clock may differ
  Millis skew_{};
  VirtualClock clock_{};
  uint64_t sequence_ = 0;
  std::map<std::pair<TimePoint, uint64_t>, std::function<void()>> agenda_{};
  bool calm_ = false, quiet_ = false;
  Watch watch_;
  Disk disk_{};
  std::unique_ptr<Server> server_{};               // who leads
  std::vector<std::unique_ptr<Server>> sleeping_{};  // who led, and was thought to be gone
  TimePoint turn_at_ = TimePoint::max();           // true time
  std::vector<Worker> workers_{};
  std::map<std::string, std::string> accepted_{};  // requests that were answered: the run
  Server* server_of(int number);                   // nullptr: it is gone
  int people_busy_ = 0, requests_ = 0, servers_ = 0;
};

}  // namespace millrace::sim
