// What the benches of the engine share: an engine over a store with a worker of this process that does nothing, at once.
//
// The thread that made a House starts runs and waits; the engine turns on a thread of its own. A run that did not succeed ends the
// process with 1: a figure of failed work is none.
#pragma once
#include <atomic>
#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.hpp"

namespace millrace::bench {

// Ends the process with what went wrong.
[[noreturn]] void give_up(const std::string& what);

template <class T>
T must(Result<T> result) {
  if (!result) give_up(to_string(result.error()));
  return std::move(*result);
}
inline void must(const Status& status) {
  if (!status) give_up(to_string(status.error()));
}

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// One JSON line for bench.py.
void print_figure(const std::string& id, double value);

// One operator, `bench.nothing`.
OperatorList operators();

enum class Shape : uint8_t { chain = 1, fan_out, layered };
Shape shape_from(const std::string& word);

// YAML of `tasks` no-op tasks: each after the one before; all after the first; or layers (ten of them, or more of 100 tasks each) in
// which each task needs three of the layer before.
std::string dag_text(const std::string& name, Shape shape, int tasks);
Dag read_dag(const std::string& text);

// Confirms every lease at once, and reports it unless its task is one of those that never end; counts the reports that are durable.
class IdleWorker final : public Dispatcher {
 public:
  IdleWorker(WorkerEvents& engine, int32_t endless_from) : engine_(engine), endless_from_(endless_from) {}
  void join(int slots);
  void wait_for(int64_t reports);  // since the start
  void send(const std::string& worker, const LeaseOffer& offer) override;
  void cancel(const std::string&, LeaseNumber, const std::string&) override {}
  void acknowledge(const std::string& worker, LeaseNumber lease) override;
  void fence(const std::string&, const std::vector<LeaseNumber>&) override {}
  void drain(const std::string&) override {}

 private:
  WorkerEvents& engine_;
  int32_t endless_from_;  // tasks of this number and above
  std::atomic<int64_t> done_ = 0;
};

class House {
 public:
  House(Store& store, int slots, int32_t endless_from = std::numeric_limits<int32_t>::max());
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  Engine& engine() { return engine_; }
  void start(const std::string& dag, int runs);
  void wait_for(int64_t reports) { worker_.wait_for(reports); }
  void stop();
  void must_have_succeeded();  // all that was started, by what the store says; after stop()

 private:
  SystemClock clock_{};
  OperatorList operators_ = operators();
  Store& store_;
  Engine engine_;
  IdleWorker worker_;
  std::vector<std::string> runs_{};
  std::jthread loop_{};
};

}  // namespace millrace::bench
