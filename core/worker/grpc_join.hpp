// How a worker gets its certificate, and keeps it young.
//
// Errors: E3102 (a token), E3106 (another authority than the token's), E3107 and E3108 (one side speaks TLS, the other doesn't), what the
// server refuses with, E8010 (nobody answers).
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "tls/identity.hpp"

namespace millrace {

struct JoinWords {
  std::string server{};       // "host:port"; of several the first that answers
  std::string server_name{};  // that its certificate is for; empty: the host
  std::string name{};         // the worker's
  std::string folder{};       // gets the identity
};

// Spends the token: asks for the authority, compares its fingerprint, and only then, to a server whose certificate is good, says the secret.
Status join_server(const JoinWords& words, std::string_view token);

// For the log of a server that we turned away from: which of our checks it did not pass (E31..). Says nothing else, and waits a moment at most.
void tell_refused(const std::string& server, const std::string& code);

// A thread that gets a new certificate when two fifths of the life of the old one are over. gRPC reads the new file by itself, and uses
// it for its next connection; the one that is there stays.
class Renewer final {
 public:
  explicit Renewer(JoinWords words);
  ~Renewer();

 private:
  void run(const std::stop_token& stop);
  Status renew();

  const JoinWords words_;
  std::mutex mutex_{};
  std::condition_variable_any wake_{};
  std::jthread thread_;  // last: starts last, stops first
};

}  // namespace millrace
