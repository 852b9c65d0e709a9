// How workers get certificates: the service WorkerJoin of proto/worker.proto, in front of the server's authority.
//
// Any thread. Errors: E3108 and what the authority says. Each certificate given and each refusal is a line of the log; a token never is.
#pragma once
#include <memory>

#include "tls/authority.hpp"

namespace grpc {
class Service;
}

namespace millrace {

class JoinService final {
 public:
  explicit JoinService(const tls::Authority* authority);  // without one: of a server without TLS, which says so
  ~JoinService();
  JoinService(const JoinService&) = delete;
  JoinService& operator=(const JoinService&) = delete;

  grpc::Service* service();  // for RpcServer::open

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
