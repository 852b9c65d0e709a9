// The attempts of a worker: those that wait for a slot, those that run, and the warm processes (and threads) between them.
//
// Only the worker's loop. Talks to nobody: what is to be told to the server goes to `tell`, log lines to `log`.
// Failures of attempts become reports (E3007, E3008, E3009, E3012). An attempt in a thread that does not stop is the worker's to deal with.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "base/secrets.hpp"
#include "worker.pb.h"
#include "worker/child_process.hpp"
#include "worker/lease_book.hpp"
#include "worker/work_folder.hpp"
#include "worker/worker.hpp"

namespace millrace::attempt::v1 {
class FromChild;
class Finished;
}  // namespace millrace::attempt::v1

namespace millrace {

// An attempt in a thread that should have stopped, and runs: only the end of this process ends it.
struct Unstoppable {
  LeaseNumber number{};
  bool ours = true;  // its lease is: nobody else runs the task
};

class Crew {
 public:
  using Tell = std::function<void(worker::v1::FromWorker)>;
  using Log = std::function<void(LeaseNumber, int level, std::string text)>;

  Crew(const WorkerOptions& options, Tell tell, Log log);
  ~Crew();

  void confirm_all();                        // on a new stream: an earlier word may be lost
  void set_data_root(std::string folder) { data_root_ = std::move(folder); }
  void set_lease_length(Millis length) { lease_length_ = length; }
  void take(worker::v1::Lease lease, SteadyTime now);
  void cancel(LeaseNumber number, const std::string& reason, Millis grace, SteadyTime now);
  void cancel_all(const std::string& reason, Millis grace, SteadyTime now);
  void drop(LeaseNumber number);             // its lease is not ours any more: ends without a report
  std::vector<LeaseNumber> give_back();      // what waits; it is forgotten here
  std::vector<LeaseNumber> give_back_late(SteadyTime now);  // what has waited for a slot for too long: another worker may have one
  void tick(SteadyTime now);                 // starts what waits while there are slots, kills what is over its time
  SteadyTime next_deadline(SteadyTime otherwise) const;
  void watch(std::vector<pollfd>& list) const;
  void serve(std::span<const pollfd> polled, SteadyTime now);  // the entries that watch() appended
  bool idle() const { return running_.empty() && waiting_.empty(); }
  const std::optional<Unstoppable>& unstoppable() const { return unstoppable_; }
  bool others_idle() const;                  // nothing waits or runs but what is unstoppable
  bool full() const { return !waiting_.empty() && static_cast<int>(running_.size()) >= options_.slots; }

 private:
  struct Attempt;
  struct Warm {
    std::string library{};
    WorkFolder folder{};  // outlives the process
    std::unique_ptr<ChildProcess> process{};
    int attempts = 0;
    double cpu_seconds = 0;  // of the attempts that have ended
  };
  struct Waiting {
    worker::v1::Lease lease{};
    SteadyTime since{};
  };

  void start(worker::v1::Lease lease, SteadyTime now);
  Isolation place_for(const OperatorInfo& info, const worker::v1::Lease& lease) const;
  Result<Warm> warm_for(const std::string& library, Isolation place, LeaseNumber number);
  Result<std::unique_ptr<ChildProcess>> spawn(const std::string& home) const;
  std::optional<Warm> find_warm(const std::string& library, bool thread, const std::string& folder);
  void kill(Attempt& attempt);
  SecretValues secrets_of(const worker::v1::Lease& lease) const;
  void hear(Attempt& attempt, SteadyTime now);
  void hear_frame(Attempt& attempt, const attempt::v1::FromChild& frame, SteadyTime now);
  void keep_checkpoint(Attempt& attempt, const std::string& json);
  void finish(Attempt& attempt, SteadyTime now);
  void conclude(Attempt& attempt);
  static void tell_use(Attempt& attempt, worker::v1::Usage& usage);
  void retire(Attempt& attempt);
  void confirm(Attempt& attempt);
  void refuse(const worker::v1::Lease& lease, std::string_view error_class, bool final, const Error& error);

  const WorkerOptions& options_;
  Tell tell_;
  Log log_;
  std::string data_root_{};
  Millis lease_length_{};
  std::deque<Waiting> waiting_{};
  std::map<LeaseNumber, std::unique_ptr<Attempt>> running_;
  std::deque<Warm> warm_{};
  std::optional<SteadyTime> sweep_at_{};  // orphans were dying still
  std::optional<Unstoppable> unstoppable_{};
};

}  // namespace millrace
