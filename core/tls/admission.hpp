// Who may call what at the gRPC door, by the certificate that the caller showed. One place for all services: what is not
// named here is for clients.
//
// Any thread. That the caller has the certificate's key was proved by TLS; everything else is decided here, for each call.
// Errors: E3110 (none), E3111 and E3112 (not good), E3114 (revoked), E3115 (not for this service).
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/result.hpp"
#include "tls/authority.hpp"

namespace millrace::tls {

class Admission {
 public:
  explicit Admission(const Clock& clock) : clock_(clock) {}

  void set(std::string trusted, Revoked revoked);
  // `method` as gRPC names it: "/package.Service/Method". The leaf is empty when none was shown.
  Status admit(std::string_view method, std::string_view leaf, std::string_view others) const;
  Status check_revoked(const Certificate& certificate) const;

 private:
  struct Known {
    std::string trusted{};
    Revoked revoked{};
  };
  const Clock& clock_;
  Guarded<Known> known_{};
};

}  // namespace millrace::tls
