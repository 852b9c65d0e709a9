// The scheduler process: store, engine, doors, and (unless told otherwise) one local worker process.
//
// open() gives a server that answers; stop() ends it in order: doors, worker, engine, store.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/tls_door.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace {

inline constexpr const char* kDefaultIsolation = "pool";

struct ServerOptions {
  std::string home = ".millrace";          // store, data, logs
  std::string dags = "dags";               // folder or file
  std::string address = "127.0.0.1";
  int http_port = 7400;                    // 0: any free one
  int rpc_port = 7430;                     // 0: any free one
  bool insecure = false;                   // allow an address that is not loopback
  TlsOptions tls{};                        // of the gRPC door; with it that door, and no other, may be beyond loopback
  bool auth = false;                       // users, tokens and roles; with TLS the page and REST may be beyond loopback, too
  std::string session_idle{}, session_life{};  // durations; empty: 1h without a request, 12h at all
  int workers = 1;                         // local worker processes to start
  int slots = 2;                           // of each of them
  std::string isolation = kDefaultIsolation;   // of their attempts: process, pool or thread
  std::vector<std::string> trusted_plugins{};  // whose operators may run in threads; empty: those of the installation
  std::vector<std::string> plugin_dirs{};
  std::string lease{};                     // a duration; how long a silent worker keeps its attempts; empty: the default
  bool standby = false;                    // wait while another server leads, and take over when it is gone
  std::string leader_lease{};              // a duration; how long a silent leader keeps the lead; empty: the default
  std::string keep_runs{};                 // a duration; how long all of an ended run is kept; empty: for ever
  bool page = true;
  bool quiet = false;                      // local workers log errors only
};

// Where this program lies: the plugins, the attempt program and the page are found from there.
struct Installation {
  std::string program{};          // …/bin/millrace
  std::string attempt_program{};  // …/lib/millrace/millrace-attempt
  std::string own_plugins{};      // …/lib/millrace/plugins
  std::vector<std::string> plugin_dirs{};  // where to look, the first of a name wins; own_plugins, too
  std::string web_folder{};       // empty: not there
};

Installation find_installation(const std::vector<std::string>& extra_plugin_dirs);

class Server {
 public:
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options);
  ~Server();

  int http_port() const;
  std::string http_address() const;
  int rpc_port() const;
  std::string rpc_address() const;
  std::vector<Error> dag_errors() const;
  std::string http_url() const;
  // With --auth, on a store that knows nobody: a token for an admin, whose text is in the answer and nowhere else.
  Result<std::optional<std::string>> first_token();

  // Looks after what changed: Dag files (read again), local workers that died (started again). Call it a few times a second.
  bool fenced() const;    // another server has taken over: abandon
  void abandon();         // stop, and what the local workers run with it: it is another server's now
  void look_after();
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
