// The gRPC door for CI systems, scripts and the CLI: proto/api.proto over the same Views as REST.
//
// gRPC is included in client_service.cpp. The service runs on the server's own threads; Views outlive it.
#pragma once
#include <memory>

#include "api/views.hpp"

namespace grpc {
class Service;
}

namespace millrace {

// The deleter is known where gRPC is: hold it as it comes.
class ClientService {
 public:
  explicit ClientService(Views& views);
  ~ClientService();
  grpc::Service& service();
  void stop();  // ends the streams that watch or follow; call before the server shuts down

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
