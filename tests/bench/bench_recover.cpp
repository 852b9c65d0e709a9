// A store full of open runs, left as by a kill; then from the start of a process to the first lease that a worker gets.
#include <chrono>

#include "benches.hpp"
#include "house.hpp"
#include "state/sqlite_store.hpp"

namespace millrace::bench {
namespace {

constexpr int kDags = 100;

std::string dag_name(int number) { return "open_" + std::to_string(number); }

// Remembers the leases that it is sent, and keeps silent.
class SilentWorker final : public Dispatcher {
 public:
  void send(const std::string&, const LeaseOffer& offer) override { taken.push_back(offer.number); }
  void cancel(const std::string&, LeaseNumber, const std::string&) override {}
  void acknowledge(const std::string&, LeaseNumber) override {}
  void fence(const std::string&, const std::vector<LeaseNumber>&) override {}
  void drain(const std::string&) override {}
  std::vector<LeaseNumber> taken{};
};

}  // namespace

// Of every run, half of the tasks are done; of what follows, a part is at work and the rest is ready.
void fill_with_open_runs(const std::string& folder, int runs, int tasks) {
  const auto store = must(SqliteStore::open(folder + "/millrace.db"));
  House house(*store, runs * tasks / 20, tasks / 2);
  std::vector<Dag> dags;
  for (int i = 0; i < kDags; ++i) dags.push_back(read_dag(dag_text(dag_name(i), Shape::layered, tasks)));
  must(house.engine().set_dags(std::move(dags)));
  for (int i = 0; i < runs; ++i) house.start(dag_name(i % kDags), 1);
  house.wait_for(int64_t{runs} * (tasks / 2));
  house.stop();
}

// `since_ns`: when the process was started, by the clock that counts from the machine's start.
void recover(const std::string& folder, int64_t since_ns) {
  const auto store = must(SqliteStore::open(folder + "/millrace.db"));
  const SystemClock clock;
  const OperatorList known = operators();
  Engine engine(clock, *store, known, {});
  SilentWorker worker;
  engine.attach(worker);
  must(engine.recover());
  engine.joined({.name = "after", .version = "1", .slots = 16, .operators = {"bench.nothing"}}, {});
  engine.turn();
  if (worker.taken.empty()) give_up("nothing was dispatched");
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  print_figure("engine.recover_s", static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() - since_ns) / 1e9);
}

}  // namespace millrace::bench
