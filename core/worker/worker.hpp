// The worker: offers slots to a server, runs leases as attempt processes or in threads of its own, ships logs and reports, renews, drains.
//
// run_worker() keeps the calling thread until told to stop, becomes the reaper of orphans (prctl), and starts threads of its own (renewals, gRPC's).
// Returns 0 after a drain, 1 when it can't work at all, is refused for its certificate, or another worker of its name took over (why: the
// process's log), and kCannotStop when an attempt in a thread did not stop when it had to (E3015). After isolation `thread` threads may run
// still: end the process at once (std::_Exit), as only that ends them.
// Semantics: proto/worker.proto, proto/attempt.proto, architecture.md section 2, plugin-abi.md section 5.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/capacity.hpp"
#include "model/operator.hpp"
#include "tls/identity.hpp"
#include "worker/stop_signal.hpp"

namespace millrace {

inline constexpr int kCannotStop = 5;  // exit code

// Of an attempt: a process of its own; a process that others have run in before it; a thread of the worker. The last one is for operators
// that can be cancelled, of plugins that are trusted; all others run as in `pool`, and so does what has a limit of memory.
enum class Isolation : uint8_t { process = 1, pool, thread };

struct WorkerOptions {
  std::string server{};           // "127.0.0.1:7070"
  std::string name{};             // unique among the server's workers
  std::string version{};
  int slots = 1;
  Capacity has{};                 // what attempts may take together; cpu or memory of zero: not said
  std::vector<std::string> labels{};
  OperatorList operators{};       // with the paths of their libraries
  std::string attempt_program{};  // started with the socket at descriptor kChildSocket and no arguments
  std::string scratch{};          // a folder worker-<name> in it holds the work folders of attempts, and is emptied at start
  std::string secrets{};          // a folder of secrets, one a file; beside the environment's MILLRACE_SECRET_…
  std::optional<tls::Peer> tls{};  // nothing: plain text
  Isolation isolation = Isolation::process;
  std::vector<std::string> trusted_plugins{};  // isolation thread: names
  int attempts_per_child = 1000;  // isolation pool and thread
  int most_processes = 4096;      // of one attempt, threads too, where the system can bound that; 0: not bounded
  std::vector<std::string> child_environment{};  // NAME=value, beside PATH, LANG, TZ, HOME and TMPDIR
  Millis stop_grace{5'000};       // for attempts that run at the second request to stop; for others, beside one in a thread that can't be stopped
  Millis patience{1'000};         // of a lease that waits for a slot: then it is given back, another worker may have one
  Millis repeat_report{5'000};    // until acknowledged
  Millis longest_backoff{5'000};  // between attempts to reach the server
  Millis give_up_after{};         // without a server for so long: leave; zero: never
};

int run_worker(const WorkerOptions& options, StopSignal& stop);

}  // namespace millrace
