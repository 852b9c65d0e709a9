// TLS of a server's gRPC door: its authority, the certificate that it shows, who is let in, and how all of it stays young.
//
// One thread, but for what gRPC's threads read (tls/admission.hpp). Errors: E3101, E9004.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "dispatch/grpc_join.hpp"
#include "dispatch/grpc_server.hpp"
#include "tls/admission.hpp"
#include "tls/authority.hpp"

namespace millrace {

struct TlsOptions {
  bool on = false;
  std::vector<std::string> names{};            // that workers call the server by, beside its address and this machine's own
  std::string certificate{}, key{}, authority{};  // an operator's own files: all three, or none
  std::string server_life{}, worker_life{};    // durations of certificates; empty: 30 days, 24 hours
};

class TlsDoor final {
 public:
  static Result<std::unique_ptr<TlsDoor>> open(const TlsOptions& options, const std::string& home, const std::string& address, const Clock& clock);

  RpcTls rpc() const { return {.key = key_, .certificate = certificate_, .admission = &admission_}; }
  const tls::Admission& admission() const { return admission_; }
  JoinService& join_service() { return *join_; }
  // Renews what is due, reads again what may have changed. Call it a few times a second.
  void look_after();
  // An identity for a local worker, and the words of its command line that name it.
  Result<std::vector<std::string>> words_for(const std::string& worker) const;

 private:
  TlsDoor(tls::Authority authority, const TlsOptions& options, const Clock& clock) : options_(options), clock_(clock), authority_(std::move(authority)), admission_(clock) {}
  Status set_terms(const std::string& address);
  Status read_own();
  Status check_brought();
  void forget_old_workers() const;

  const TlsOptions options_;
  const Clock& clock_;
  tls::Authority authority_;
  tls::Admission admission_;
  std::unique_ptr<JoinService> join_{};
  std::string key_{}, certificate_{}, seen_{}, last_problem_{};
  Millis worker_life_ = tls::kDay;
};

}  // namespace millrace
