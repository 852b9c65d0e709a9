// The server's door for workers, and the listening gRPC server that may host other doors beside it.
//
// Any thread. WorkerEvents are called by gRPC's threads, without a lock that Dispatcher's functions take.
// Errors: E3001 (address); what is wrong with a worker or its report goes to that worker or into the report.
// Semantics: proto/worker.proto.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "dispatch/log_store.hpp"
#include "engine/ports.hpp"
#include "tls/admission.hpp"

namespace grpc {
class Service;
}

namespace millrace {

// TLS of a door: files of the server's key and certificate, watched, and who may call what. `admission` must outlive the door.
struct RpcTls {
  std::string key{}, certificate{};
  const tls::Admission* admission = nullptr;
};

// Listens at one address for all the services given. They must outlive it.
class RpcServer final {
 public:
  // "127.0.0.1:7070"; port 0 takes a free one; "unix:/path" works too. A port in use is refused, not shared.
  static Result<std::unique_ptr<RpcServer>> open(const std::string& address, const std::vector<grpc::Service*>& services, const RpcTls* tls = nullptr);
  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  int port() const;
  void shutdown(Millis patience = Millis(2000));  // calls that are still open then are cut

 private:
  struct Impl;
  explicit RpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct GateOptions {
  Millis lease{15'000};
  Millis renew_every{5'000};
  Millis cancel_grace = kCancelGrace;
  std::string data_root{};
  const tls::Admission* admission = nullptr;  // with TLS: a worker is who its certificate says
  size_t most_queued = 20'000;   // messages that wait for one worker; beyond it the worker's stream is cut
};

struct ConnectedWorker {
  WorkerFacts facts{};
  std::string peer{};
  bool draining = false;
  size_t queued = 0;  // messages that wait to be written to it
};

class WorkerGateServer final : public Dispatcher {
 public:
  static Result<std::unique_ptr<WorkerGateServer>> open(const GateOptions& options, WorkerEvents& events, LogStore& logs);
  ~WorkerGateServer() override;
  WorkerGateServer(const WorkerGateServer&) = delete;
  WorkerGateServer& operator=(const WorkerGateServer&) = delete;

  grpc::Service* service();  // for RpcServer::open
  void shutdown();           // ends every stream and takes no new one; call it before RpcServer::shutdown
  std::vector<ConnectedWorker> workers() const;  // by name
  void expel_revoked();      // ends the streams of workers whose certificates were revoked since

  void send(const std::string& worker, const LeaseOffer& offer) override;
  void cancel(const std::string& worker, LeaseNumber lease, const std::string& reason) override;
  void acknowledge(const std::string& worker, LeaseNumber lease) override;
  void fence(const std::string& worker, const std::vector<LeaseNumber>& leases) override;
  void drain(const std::string& worker) override;
  void hold() override;
  void flush() override;

 private:
  struct Impl;
  explicit WorkerGateServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
