// One seed, one world: a virtual clock, a store that crashes around its commits, a network that drops, repeats and delays,
// workers that die, people who cancel, pause and retry. Around the product's own decide(), apply() and pick().
//
// One thread. A broken invariant is thrown as Broken; everything else is a function of the seed.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "coverage.hpp"
#include "invariants.hpp"
#include "rng.hpp"
#include "schedule/pick.hpp"

namespace millrace::sim {

class World {
 public:
  World(uint64_t seed, Coverage& seen);
  void run();
  uint64_t digest() const { return digest_; }

 private:
  // --- what survives a crash
  struct TimerRow { TimePoint at{}; TimerKind kind{}; LeaseNumber lease{}; };
  struct AttemptRow { AttemptState state{}; size_t worker{}; };
  struct EffectRow { size_t run{}; Effect effect{}; };
  // --- the workers
  struct Running { TimePoint ends{}; AttemptFinished report{}; };
  struct Worker {
    std::string name{};
    int slots = 1;
    bool alive = true;
    bool gpu = false;
    std::map<LeaseNumber, Running> running{};
    std::map<LeaseNumber, AttemptFinished> unacknowledged{};
  };

  void make_dag();
  void add_task(Phase phase);
  void make_people();

  // the engine (world.cpp)
  bool handle(size_t run, const Event& event, const TimerRow* fired = nullptr);
  void commit(size_t run, const Decision& decision, const TimerRow* fired);
  void record_attempts(const Decision& decision);
  void check_rows(size_t run) const;
  void crash();
  void perform_outbox();
  void perform(size_t run, const Effect& effect);
  void tick();
  void fire_timers();
  void expire_leases();
  void place();
  void ask_gates();
  void answer_gate(size_t run, TaskIndex task, int32_t version);
  void make_someone_answer(size_t run, TaskIndex task, int32_t version);
  void command(size_t run, const Event& event, Millis in);
  bool all_over() const;
  int at_work() const;
  int pool_use(const std::string& pool) const;
  void check_order(const std::vector<ReadyTask>& ready, std::vector<WorkerSlots> slots, std::vector<Room> rooms) const;

  // the workers and the network (network.cpp)
  void offer(size_t worker, LeaseNumber lease);
  void start_attempt(size_t worker, LeaseNumber lease);
  void end_attempt(size_t worker, LeaseNumber lease);
  void renew(size_t worker, LeaseNumber lease);
  void report(size_t worker, LeaseNumber lease);
  void cancel(size_t worker, LeaseNumber lease);
  void acknowledge(size_t worker, LeaseNumber lease);
  void die(size_t worker);
  AttemptFinished draw_report(LeaseNumber lease);
  size_t run_at(LeaseNumber lease) const { return static_cast<size_t>(lease.run.value - 1); }

  void at(Millis in, std::function<void()> what) { agenda_.emplace(std::pair{now_ + in, sequence_++}, std::move(what)); }
  void send(int usual_delay, std::function<void()> what);  // over the network
  bool trouble(int percent) { return !calm_ && rng_.chance(percent); }
  void fold(uint64_t value) { digest_ = (digest_ ^ value) * 1099511628211ULL; }

  Rng rng_;
  Coverage& seen_;
  Dag dag_{};
  std::vector<std::pair<std::string, int>> pools_{};
  TimePoint now_{};
  uint64_t sequence_ = 0, digest_ = 1469598103934665603ULL;
  std::map<std::pair<TimePoint, uint64_t>, std::function<void()>> agenda_{};
  bool calm_ = false;
  int drop_ = 0, repeat_ = 0, death_ = 0, crash_ = 0, conflict_ = 0;
  Millis lease_length_{3000};

  std::vector<Run> runs_{};
  std::vector<TimerRow> timers_{};
  std::vector<EffectRow> outbox_{};
  std::map<LeaseNumber, AttemptRow> attempts_{};

  std::map<LeaseNumber, TimePoint> deadlines_{};  // the engine's memory: lost in a crash
  std::set<LeaseNumber> asked_{};                 // gates, by version: the same
  std::vector<Worker> workers_{};
  std::vector<int> retries_left_{};
  int pending_commands_ = 0;
};

}  // namespace millrace::sim
