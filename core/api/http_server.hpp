// The HTTP door: REST (core/api/openapi.yaml), server-sent events, the page, /metrics, /healthz and /readyz.
//
// httplib.h is included in http_server.cpp and nowhere else. Its own threads; open() gives a server that already listens.
// Errors: RFC 9457 problem details with our code, what, where, hint. Writes must come as JSON and, from a browser, from the
// page itself (the Origin is compared with the Host), and on loopback the Host must be a loopback name: no other site can drive a local
// server. With Views::doors every call says who it is from (api/http_entry.hpp).
#pragma once
#include <memory>
#include <string>

#include "api/views.hpp"
#include "base/result.hpp"

namespace millrace {

// Is this host (of an address to listen on, or of a Host header, with or without a port) this machine's own loopback?
bool is_loopback(std::string host);

struct HttpOptions {
  std::string address = "127.0.0.1";
  int port = 0;              // 0: any free one
  std::string web_folder{};  // index.html and its assets; empty: no page
  int threads = 64;          // each live event stream takes one
  std::string certificate{}, key{};  // PEM files, read for each connection, so that new ones count at once; empty: plain HTTP
};

class HttpServer {
 public:
  // E8001: the port is in use, or the address is not this machine's.
  static Result<std::unique_ptr<HttpServer>> open(const HttpOptions& options, Views& views);
  ~HttpServer();
  int port() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Prometheus text format, version 0.0.4.
std::string metrics_text(Views& views);

}  // namespace millrace
