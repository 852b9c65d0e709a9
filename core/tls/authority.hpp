// The server's own authority: a folder with its key, the server's certificate, and what is known of tokens and revocations.
//
//   ca.key ca.pem      the authority, ten years; made at the first start
//   server.pem         the server's key and certificate in one file, so that both change in one moment; renewed when a third of its life is left
//   server-ca.pem      the authority of the certificate that the server shows: ca.pem, or what an operator brought
//   ledger.json        hashes of join tokens, and who was revoked since when
//
// Any thread, and any number of processes: a file lock keeps the ledger in order. Tokens are kept as hashes.
// Errors: E3101 (the folder), E3103 to E3105 (a token), E3109 (a request), E3114 (revoked), E3116 (no such folder).
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "tls/certificate.hpp"

namespace millrace::tls {

constexpr Millis kDay{24 * 3'600'000};

// A certificate of that name that begins before is refused.
using Revoked = std::map<std::string, TimePoint>;

class Authority {
 public:
  struct Terms {
    std::vector<std::string> addresses{};  // that the server's certificate is for
    Millis server_life = 30 * kDay;
    Millis worker_life = kDay;
  };

  static Result<Authority> open(const std::string& folder, const Clock& clock);  // makes it when it is not there
  static Result<Authority> find(const std::string& folder, const Clock& clock);  // E3116 when it is not there

  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  void set_terms(Terms terms) { terms_ = std::move(terms); }
  // What the server shows when it makes its own certificate: server.pem, anew when it is due. True: it was.
  Result<bool> keep_server_certificate() const;
  Status set_server_authority(std::string_view pem) const;
  Result<std::string> server_authority() const;

  struct Token {
    std::string text{}, fingerprint{};
    TimePoint until{};
  };
  Result<Token> make_token(Millis life) const;
  // Certificates for the key of a request.
  Result<std::string> join(std::string_view secret, std::string_view request) const;  // spends the token
  Result<std::string> renew(std::string_view current, std::string_view request) const;  // E3116: the current one is of another authority
  // A key and its certificate, for a process of this machine.
  Result<std::string> make_identity(const std::string& name, Millis life) const;
  Status revoke(const std::string& name) const;
  Result<Revoked> revoked() const;

 private:
  Authority(std::string folder, const Clock& clock) : folder_(std::move(folder)), clock_(&clock) {}
  Status make() const;
  Result<Signer> signer() const;
  Result<std::string> grant(const Revoked& revoked, const std::string& name, std::string_view request, Millis life) const;

  std::string folder_;
  const Clock* clock_;
  Terms terms_{};
};

// Names that only this machine gives away: no join token is good for them.
bool is_reserved(std::string_view name);
constexpr std::string_view kClientPrefix = "client-";

}  // namespace millrace::tls
