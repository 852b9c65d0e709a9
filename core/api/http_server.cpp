#include "api/http_server.hpp"

#include <httplib.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "api/http_entry.hpp"
#include "api/rest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

constexpr size_t kMostBody = size_t{1} << 20;
constexpr Millis kLook{1'000};   // a stream of somebody who is logged in looks so often whether that is over
constexpr Millis kBeat{15'000};  // an idle event stream sends a comment so often, so that a dead peer is noticed

void send(httplib::Response& response, const RestAnswer& answer) {
  response.status = answer.status;
  for (const auto& [key, value] : answer.headers) response.set_header(key, value);
  response.set_content(answer.body.dump(), answer.status < 400 ? "application/json" : "application/problem+json");
}

void send(httplib::Response& response, const Error& error) { send(response, problem(status_of(error), error)); }

bool is_write(const httplib::Request& request) { return request.method != "GET" && request.method != "HEAD"; }

// The certificate for one connection, as it is in the files now.
int show_certificate(SSL* connection, void* given) {
  const auto& options = *static_cast<const HttpOptions*>(given);
  return SSL_use_certificate_chain_file(connection, options.certificate.c_str()) == 1 && SSL_use_PrivateKey_file(connection, options.key.c_str(), SSL_FILETYPE_PEM) == 1 ? 1 : 0;
}

std::unique_ptr<httplib::Server> make_server(const HttpOptions& options) {
  if (options.certificate.empty()) return std::make_unique<httplib::Server>();
  return std::make_unique<httplib::SSLServer>([&](SSL_CTX& terms) {
    SSL_CTX_set_min_proto_version(&terms, TLS1_2_VERSION);
    SSL_CTX_set_cert_cb(&terms, show_certificate, const_cast<HttpOptions*>(&options));
    return true;
  });
}

}  // namespace

bool is_loopback(std::string host) {
  if (host == "::1") return true;  // an address to listen on: no brackets, no port
  const auto end = host.starts_with("[") ? host.find(']') + 1 : host.find(':');
  host = host.substr(0, end);
  return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

struct HttpServer::Impl {
  Impl(const HttpOptions& given, Views& all) : options(given), views(all) {}

  const HttpOptions options;
  Views& views;
  std::unique_ptr<httplib::Server> owned = make_server(options);
  httplib::Server& server = *owned;
  int port = 0;
  std::atomic<bool> stopping = false;
  std::jthread thread{};

  HttpCall call_of(const httplib::Request& request) const;
  // None: the answer is there already.
  std::optional<Entered> enter(const httplib::Request& request, httplib::Response& response);
  Watch watch(const Entered& entered) { return {views, entered.caller, entered.shown, entered.verb, entered.parts}; }
  void routes();
  void page_routes();
  void session_routes();
  void events(const httplib::Request& request, httplib::Response& response);
  void log_events(const httplib::Request& request, httplib::Response& response);
  void guard(bool loopback_only);
};

// Refuses what another site's page could send, before any route sees it.
void HttpServer::Impl::guard(bool loopback_only) {
  server.set_pre_routing_handler([loopback_only](const httplib::Request& request, httplib::Response& response) {
    const auto host = request.get_header_value("Host");
    const auto origin = request.get_header_value("Origin");
    const bool foreign_host = loopback_only && !is_loopback(host);
    const bool foreign_origin = !origin.empty() && origin != "http://" + host && origin != "https://" + host;
    const bool write = is_write(request);
    const bool wrong_body = write && !request.get_header_value("Content-Type").starts_with("application/json");
    if (!foreign_host && !(write && foreign_origin) && !wrong_body) return httplib::Server::HandlerResponse::Unhandled;
    send(response, problem(wrong_body && !foreign_host && !foreign_origin ? 415 : 403,
                           {.code = "E8002", .what = wrong_body ? "a write must be application/json" : "the request comes from another site",
                            .where = request.path, .hint = "open the page by its own address"}));
    return httplib::Server::HandlerResponse::Handled;
  });
}

HttpCall HttpServer::Impl::call_of(const httplib::Request& request) const {
  const auto header = [&](const char* name) { return request.get_header_value(name); };
  return {.method = request.method, .path = request.path, .from = request.remote_addr, .query = request.params, .authorization = header("Authorization"), .cookies = header("Cookie"),
          .csrf = header("X-Csrf-Token"), .request_id = request_id_of(header("X-Request-Id"), SystemClock().now()), .tls = !options.certificate.empty()};
}

std::optional<Entered> HttpServer::Impl::enter(const httplib::Request& request, httplib::Response& response) {
  const auto call = call_of(request);
  auto entered = millrace::enter(views, call);
  if (views.doors != nullptr) {
    response.set_header("X-Request-Id", call.request_id);
    response.set_header("Cache-Control", "no-store");
  }
  if (entered) return *std::move(entered);
  send(response, entered.error());
  return std::nullopt;
}

void HttpServer::Impl::session_routes() {
  const auto session = [this](const httplib::Request& request, httplib::Response& response) {
    const auto entered = enter(request, response);
    if (!entered) return;
    const auto answer = answer_session(views, call_of(request), *entered, request.body);
    leave(views, *entered, answer);
    send(response, answer);
  };
  server.Get("/api/v1/session", session);
  server.Post("/api/v1/session", session);
  server.Delete("/api/v1/session", session);
  server.Post("/api/v1/session/password", session);
}

void HttpServer::Impl::routes() {
  const auto rest = [this](const httplib::Request& request, httplib::Response& response) {
    const auto entered = enter(request, response);
    if (!entered) return;
    RestRequest asked{.method = request.method, .path = request.path, .query = {}, .body = request.body, .caller = entered->caller ? &*entered->caller : nullptr};
    for (const auto& [key, value] : request.params) asked.query[key] = value;
    const auto answer = answer_rest(views, asked);
    leave(views, *entered, answer);
    send(response, answer);
  };
  server.Get("/api/v1/events", [this](const auto& q, auto& r) { events(q, r); });
  server.Get(R"(/api/v1/runs/([^/]+)/tasks/([^/]+)/attempts/(\d+)/log/stream)", [this](const auto& q, auto& r) { log_events(q, r); });
  server.Get(R"(/api/.*)", rest);
  server.Post(R"(/api/.*)", rest);
  // A webhook of a Dag: its token is all that it takes.
  server.Post(R"(/hooks/([^/]+))", [this](const httplib::Request& request, httplib::Response& response) {
    constexpr std::string_view kBearer = "Bearer ";
    const auto entered = enter(request, response);
    if (!entered) return;
    const auto given = request.get_header_value("Authorization");
    const auto answer = answer_hook(views, request.matches[1], given.starts_with(kBearer) ? given.substr(kBearer.size()) : "", request.get_header_value("Idempotency-Key"), request.body);
    leave(views, *entered, answer);
    send(response, answer);
  });
  server.Get("/metrics", [this](const httplib::Request& request, httplib::Response& response) {
    if (!enter(request, response)) return;
    response.set_content(metrics_text(views), "text/plain; version=0.0.4");
  });
  server.Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
    const bool alive = views.engine.alive(Millis{2000});
    response.status = alive ? 200 : 503;
    response.set_content(alive ? "ok\n" : "the engine's loop makes no progress\n", "text/plain");
  });
  server.Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
    const auto workers = views.engine.workers();
    const bool ready = std::any_of(workers.begin(), workers.end(), [](const WorkerView& w) { return w.state == "connected"; });
    response.status = ready ? 200 : 503;
    response.set_content(ready ? "ok\n" : "no worker is connected\n", "text/plain");
  });
}

void HttpServer::Impl::page_routes() {
  if (!options.web_folder.empty() && server.set_mount_point("/", options.web_folder)) {
    // A page's own addresses (/runs/…) are answered by the page.
    const std::string index = options.web_folder + "/index.html";
    server.Get(R"(/(dags|runs|datasets|workers|plugins)(/.*)?)", [index](const httplib::Request&, httplib::Response& response) {
      if (auto text = read_text(index)) response.set_content(*text, "text/html");
      else response.status = 404;
    });
  }
  server.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                              {"Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
                              {"Cross-Origin-Opener-Policy", "same-origin"},
                              {"Cross-Origin-Resource-Policy", "same-origin"},
                              {"Referrer-Policy", "no-referrer"}});
  server.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    if (response.status == 400 || response.status == 411 || response.status == 413) {
      return send(response, problem(response.status, {.code = "E8006", .what = response.status == 413 ? "the body is too large" : "the request can't be read: it has no body, or none of a known length",
                                                      .where = request.path, .hint = "send Content-Type: application/json, and {} when there is nothing to say"}));
    }
    send(response, problem(response.status, {.code = "E8003", .what = "no such address", .where = request.path, .hint = "see core/api/openapi.yaml"}));
  });
  server.set_exception_handler([](const httplib::Request& request, httplib::Response& response, std::exception_ptr) {
    log::error("a request to " + request.path + " ended in an exception");
    send(response, problem(500, {.code = "E8005", .what = "the server made a mistake", .where = request.path, .hint = "see its log"}));
  });
}

void HttpServer::Impl::events(const httplib::Request& request, httplib::Response& response) {
  const auto entered = enter(request, response);
  if (!entered) return;
  const auto last = request.get_header_value("Last-Event-ID");
  int64_t seen = last.empty() ? views.engine.feed().last() : std::strtoll(last.c_str(), nullptr, 10);
  const std::string run = request.get_param_value("run");
  if (!entered->caller) response.set_header("Cache-Control", "no-store");
  response.set_chunked_content_provider("text/event-stream", [this, seen, run, still = watch(*entered), first = true, fresh = true, beat = std::chrono::steady_clock::now()](size_t, httplib::DataSink& sink) mutable {
    if (std::exchange(first, false)) {
      constexpr std::string_view kHello = "retry: 1000\n: hello\n\n";
      return sink.write(kHello.data(), kHello.size());
    }
    const auto news = views.engine.feed().after(seen, still.caller() == nullptr ? kBeat : kLook, [&](const Change& change) { return run.empty() || change.run == run; });
    if (!still.good()) return false;
    // Whoever has missed something comes again, and reads afresh.
    if (stopping || (!std::exchange(fresh, false) && news.missed)) return false;
    std::string text;
    for (const auto& change : news.changes) {
      if (!sees(views, still.caller(), change.dag)) continue;
      text += "id: " + std::to_string(change.number) + "\nevent: " + (change.task.empty() ? "run" : "task") + "\ndata: " + to_json(change).dump() + "\n\n";
    }
    const auto now = std::chrono::steady_clock::now();
    if (text.empty() && still.caller() != nullptr && now - beat < kBeat) return true;
    beat = now;
    if (text.empty()) text = ": still here\n\n";
    return sink.write(text.data(), text.size());
  });
}

void HttpServer::Impl::log_events(const httplib::Request& request, httplib::Response& response) {
  const auto entered = enter(request, response);
  if (!entered) return;
  const std::string run = request.matches[1], task = request.matches[2];
  const int attempt = std::atoi(request.matches[3].str().c_str());
  // A reader that comes again names the last line that it has.
  const auto last = request.get_header_value("Last-Event-ID");
  int64_t from = last.empty() ? std::strtoll(request.get_param_value("from").c_str(), nullptr, 10) : std::strtoll(last.c_str(), nullptr, 10) + 1;
  if (!entered->caller) response.set_header("Cache-Control", "no-store");
  response.set_chunked_content_provider("text/event-stream", [this, run, task, attempt, from, still = watch(*entered)](size_t, httplib::DataSink& sink) mutable {
    if (!still.good()) return false;
    const auto page = views.logs.read(run, task, attempt, from, 1000);
    if (stopping || !page) return false;
    std::string text;
    for (const auto& line : page->lines) {
      text += "id: " + std::to_string(line.index) + "\nevent: line\ndata: " + log_line_json(line).dump() + "\n\n";
    }
    from = page->next;
    if (!text.empty()) return sink.write(text.data(), text.size());
    if (log_is_complete(views, run, task, attempt)) {
      constexpr std::string_view kEnd = "event: end\ndata: {}\n\n";
      sink.write(kEnd.data(), kEnd.size());
      sink.done();
      return true;
    }
    int64_t now = views.engine.feed().last();
    views.engine.feed().after(now, Millis{250}, [&](const Change& change) { return change.run == run; });  // its end is one
    constexpr std::string_view kBeatText = ": still here\n\n";
    return sink.write(kBeatText.data(), kBeatText.size());
  });
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const HttpOptions& options, Views& views) {
  auto impl = std::make_unique<Impl>(options, views);
  impl->server.new_task_queue = [threads = options.threads] { return new httplib::ThreadPool(static_cast<size_t>(threads)); };
  impl->server.set_tcp_nodelay(true);
  impl->server.set_payload_max_length(kMostBody);
  impl->server.set_read_timeout(std::chrono::seconds(10));
  impl->server.set_keep_alive_timeout(5);
  // Two servers on one port would each get half of the requests: ask for an exclusive one.
  impl->server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  impl->guard(is_loopback(options.address));
  impl->session_routes();
  impl->routes();
  impl->page_routes();
  impl->port = options.port == 0 ? impl->server.bind_to_any_port(options.address) : options.port;
  const bool bound = options.port == 0 ? impl->port > 0 : impl->server.bind_to_port(options.address, options.port);
  if (!bound) {
    return Error{.code = "E8001", .what = "can't listen on " + options.address + ":" + std::to_string(options.port), .where = {},
                 .hint = "is another server running there? choose another port by --http-port"};
  }
  impl->thread = std::jthread([raw = impl.get()] { raw->server.listen_after_bind(); });
  while (!impl->server.is_running()) std::this_thread::yield();  // stop() before that would be forgotten
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  impl_->stopping = true;
  impl_->views.engine.feed().close();
  impl_->server.stop();
}

int HttpServer::port() const { return impl_->port; }

}  // namespace millrace
