// The long-running words: a server, a worker. Each runs until SIGTERM or SIGINT and returns the exit code.
#pragma once
#include <string>
#include <vector>

#include "app/server.hpp"

namespace millrace {

struct WorkerWords {
  std::string server = "127.0.0.1:7430";
  std::string name{}, scratch{}, secrets{};
  int slots = 2;
  int attempt_processes = 4096;                // of one attempt, where the system can bound that; 0: not bounded
  double cpu = 0;                              // 0: all cores
  std::string memory{};                        // "16GiB"; empty: all of the machine's
  std::vector<std::string> resources{};        // "gpu=2"
  std::string identity{};         // folder of the certificate; empty: plain text
  std::string join_token_file{};  // for the first start; or MILLRACE_JOIN_TOKEN
  std::string server_name{};      // that the server's certificate is for; empty: the host of `server`
  std::string give_up_after{};  // a duration; empty: never
  std::string isolation = kDefaultIsolation;
  std::vector<std::string> trusted_plugins{};  // whose operators may run in threads; empty: those of the installation
  std::vector<std::string> labels{}, plugin_dirs{};
};

int serve_until_signal(const ServerOptions& options);
int work_until_signal(const WorkerWords& words);

}  // namespace millrace
