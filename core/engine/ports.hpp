// The engine's seams: what it asks of the world, and what the world tells it. Fakes of each fit on one screen (tests/fakes).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/secrets.hpp"
#include "engine/store.hpp"
#include "model/dag.hpp"
#include "model/data.hpp"
#include "schedule/event.hpp"
#include "schedule/pick.hpp"

namespace millrace {

// Everything a worker needs to run one attempt.
struct LeaseOffer {
  LeaseNumber number{};
  std::string run_key{}, dag{}, task{}, operator_type{}, folder{};
  Json config{}, document{}, checks{}, inputs{}, outputs{}, positions{};
  Json checkpoint{};  // what an earlier attempt has saved; null: nothing
  Json history{};     // what its rules measured before: [{"dataset", "results": Store::measured()}]
  Millis timeout{};
  Capacity takes{};           // nothing said: what the worker thinks right
};

inline constexpr Millis kCancelGrace{10'000};  // between asking an attempt to stop and killing it

// Sends to workers. Called by the engine's thread; returns at once; a worker that is gone is not an error (its leases expire).
class Dispatcher {
 public:
  virtual ~Dispatcher() = default;
  virtual void send(const std::string& worker, const LeaseOffer& offer) = 0;
  // Asks it to stop; its worker kills it when the grace is over.
  virtual void cancel(const std::string& worker, LeaseNumber lease, const std::string& reason) = 0;
  virtual void acknowledge(const std::string& worker, LeaseNumber lease) = 0;   // the report is durable
  virtual void fence(const std::string& worker, const std::vector<LeaseNumber>& leases) = 0;  // not current: kill them
  virtual void drain(const std::string& worker) = 0;                            // finish what runs, take nothing new, leave
  // Between hold() and flush() words may be kept, to go out together; of one turn, by the engine's thread.
  virtual void hold() {}
  virtual void flush() {}
};

// What a worker reports of an ended attempt.
struct AttemptReport {
  LeaseNumber lease{};
  Outcome outcome = Outcome::failed;
  AttemptError error{};
  bool final_failure = false;
  Millis retry_after{};        // asked for by the other side; zero: not asked
  Json output = Json::object();
  DataCommit data{};
  Json config{};
  Json usage{};
  Millis took{};               // by the worker's clock
  bool crashed = false;        // its process was ended by a signal that nobody sent
  Json checkpoint{};           // the last that it saved, when it did not succeed; null: none
};

struct WorkerFacts {
  std::string name{}, version{};
  int protocol = 1;            // that it and we speak
  int slots = 1;
  Capacity has{};              // cpu or memory of zero: not said, so there is no end of it
  std::vector<std::string> labels{};
  std::vector<std::string> operators{};
};

// What the dispatch floor tells the engine. Any thread; returns at once (posted to the engine's thread).
class WorkerEvents {
 public:
  virtual ~WorkerEvents() = default;
  // A worker (re)connected; `running` are attempts it still runs. The engine answers by Dispatcher::fence for those not current.
  virtual void joined(const WorkerFacts& facts, const std::vector<LeaseNumber>& running) = 0;
  virtual void left(const std::string& worker) = 0;       // its stream ended; its leases run on until they expire or it is back
  virtual void draining(const std::string& worker) = 0;
  virtual void confirmed(const std::string& worker, LeaseNumber lease) = 0;
  virtual void clock_seen(const std::string& worker, Millis ahead) = 0;  // of its clock, before ours; zero: the same, as far as we can tell
  virtual void renewed(const std::string& worker, const std::vector<LeaseNumber>& leases) = 0;
  virtual void returned(const std::string& worker, const std::vector<LeaseNumber>& leases) = 0;
  virtual void reported(const std::string& worker, AttemptReport report) = 0;
  virtual void progressed(LeaseNumber lease, double fraction, const std::string& note) = 0;
  // A state for the task's next attempt; null is not heard.
  virtual void checkpointed(const std::string& worker, LeaseNumber lease, Json state) = 0;
};

// A file that a trigger looks for: another one as soon as its size or its time differs.
struct FileSeen {
  std::string path{};
  std::string mark{};  // size and time of change
};

}  // namespace millrace
