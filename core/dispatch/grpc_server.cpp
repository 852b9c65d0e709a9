#include "dispatch/grpc_server.hpp"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "base/batch.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "dispatch/convert.hpp"
#include "dispatch/worker_clock.hpp"
#include "tls/grpc_credentials.hpp"
#include "worker.grpc.pb.h"

namespace millrace {
namespace {

namespace wire = worker::v1;
constexpr int kMostBytes = 64 << 20;
constexpr uint32_t kProtocol = 2, kOldestProtocol = 1, kHasBatches = 2;

int64_t now_ms() { return SystemClock().now().time_since_epoch().count(); }
std::string range(uint32_t from, uint32_t to) { return from == to ? std::to_string(to) : std::to_string(from) + " to " + std::to_string(to); }

}  // namespace

// --- listening ---------------------------------------------------------------------------------------------------------

struct RpcServer::Impl {
  std::unique_ptr<grpc::Server> server{};
  int port = 0;
};

RpcServer::RpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RpcServer::~RpcServer() { shutdown(); }
int RpcServer::port() const { return impl_->port; }

Result<std::unique_ptr<RpcServer>> RpcServer::open(const std::string& address, const std::vector<grpc::Service*>& services, const RpcTls* tls) {
  auto impl = std::make_unique<Impl>();
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.SetMaxReceiveMessageSize(kMostBytes);
  builder.SetMaxSendMessageSize(kMostBytes);
  auto credentials = tls == nullptr ? grpc::InsecureServerCredentials() : tls::server_credentials({.key = tls->key, .certificate = tls->certificate}, *tls->admission);
  builder.AddListeningPort(address, credentials, &impl->port);
  for (auto* service : services) builder.RegisterService(service);
  impl->server = builder.BuildAndStart();
  const bool has_port = !address.starts_with("unix:");
  if (!impl->server || (has_port && impl->port <= 0)) {
    return Error{.code = "E3001", .what = "can't listen at " + quote(address), .where = address,
                 .hint = "is another server running there? choose another address or stop it"};
  }
  return std::unique_ptr<RpcServer>(new RpcServer(std::move(impl)));
}

void RpcServer::shutdown(Millis patience) {
  if (!impl_ || !impl_->server) return;
  impl_->server->Shutdown(std::chrono::system_clock::now() + patience);
  impl_->server->Wait();
  impl_->server.reset();
}

// --- the gate ----------------------------------------------------------------------------------------------------------

namespace {

class Stream;

// The streams of the workers, by name. A stream is in it from its Register to its replacement or end.
struct Registry {
  std::mutex mutex{};
  std::map<std::string, Stream*> by_name{};
  std::mutex announce{};  // held over change and event of joined and left, so that the engine hears them in order
  std::atomic<bool> closed = false;
};

struct Gate {
  const GateOptions options;
  WorkerEvents& events;
  LogStore& logs;
  Registry registry{};
};

// One worker's stream. Reads one message at a time; writes one at a time from a bounded queue. Deletes itself in OnDone.
class Stream final : public grpc::ServerBidiReactor<wire::FromWorker, wire::ToWorker> {
 public:
  Stream(Gate& gate, grpc::CallbackServerContext& context) : gate_(gate), context_(context), peer_(context.peer()) { StartRead(&incoming_); }

  // Any thread, while the registry's lock is held or from this stream's own callbacks.
  void post(wire::ToWorker message, bool now = true) {
    const std::lock_guard hold(mutex_);
    if (closing_ || finished_) return;
    if (queue_.size() >= gate_.options.most_queued) return cut("it reads too slowly");
    queue_.push_back(std::move(message));
    if (now) write_next();
  }

  // What was posted for later.
  void flush() {
    const std::lock_guard hold(mutex_);
    if (!queue_.empty()) write_next();
  }

  // Writes what waits, perhaps a last word, then ends the stream.
  void close(std::optional<wire::ToWorker> last = {}) {
    const std::lock_guard hold(mutex_);
    if (closing_ || finished_) return;
    if (last) queue_.push_back(*std::move(last));
    closing_ = true;
    write_next();
  }

  // While the registry's lock is held.
  void expel_if_revoked() {
    const auto good = gate_.options.admission->check_revoked(certificate_);
    if (!good) refuse(good.error().code, good.error().what);
  }

  ConnectedWorker view() const {
    const std::lock_guard hold(mutex_);
    return {.facts = facts_, .peer = peer_, .draining = draining_, .queued = queue_.size()};
  }

  void OnReadDone(bool ok) override {
    if (!ok) return close();
    try {
      take(incoming_);
    } catch (const std::exception& e) {
      log::error("worker " + quote(name_) + ": a message could not be taken: " + e.what());
    }
    const std::lock_guard hold(mutex_);
    if (!closing_ && !finished_) StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard hold(mutex_);
    writing_ = false;
    if (!ok) {
      queue_.clear();
      closing_ = true;
    }
    write_next();
  }

  void OnCancel() override {
    const std::lock_guard hold(mutex_);
    closing_ = true;
    if (!writing_) {
      queue_.clear();
      write_next();
    }
  }

  void OnDone() override {
    if (!name_.empty()) {
      auto& registry = gate_.registry;
      const std::lock_guard order(registry.announce);
      bool mine = false;
      {
        const std::lock_guard hold(registry.mutex);
        const auto at = registry.by_name.find(name_);
        mine = at != registry.by_name.end() && at->second == this;
        if (mine) registry.by_name.erase(at);
      }
      if (mine) gate_.events.left(name_);
    }
    delete this;
  }

 private:
  void write_next() {  // mutex_ is held
    if (writing_ || finished_) return;
    if (!queue_.empty()) {
      writing_ = true;
      outgoing_ = take_batch(queue_, protocol_ >= kHasBatches);
      return StartWrite(&outgoing_);
    }
    if (!closing_) return;
    finished_ = true;
    Finish(grpc::Status::OK);
  }

  void cut(std::string_view why) {  // mutex_ is held
    log::warn("cutting the stream of worker " + quote(name_) + ": " + std::string(why));
    closing_ = true;
    context_.TryCancel();
  }

  void refuse(std::string code, std::string reason) {
    log::warn("refused worker at " + peer_ + ": " + code + " " + reason);
    wire::ToWorker message;
    message.mutable_refused()->set_code(std::move(code));
    message.mutable_refused()->set_reason(std::move(reason));
    close(std::move(message));
  }

  void take(const wire::FromWorker& message) {
    if (name_.empty() && !message.has_register_()) return refuse("E3003", "the first message must be a registration");
    switch (message.body_case()) {
      case wire::FromWorker::kRegister: return join(message.register_());
      case wire::FromWorker::kConfirm: return gate_.events.confirmed(name_, dispatch::lease_number(message.confirm().number()));
      case wire::FromWorker::kRenew: return renew(message.renew());
      case wire::FromWorker::kReport: return gate_.events.reported(name_, dispatch::report(message.report(), clock_));
      case wire::FromWorker::kLog: return keep(message.log());
      case wire::FromWorker::kProgress:
        return gate_.events.progressed(dispatch::lease_number(message.progress().number()), message.progress().fraction(), message.progress().note());
      case wire::FromWorker::kCheckpoint: return gate_.events.checkpointed(name_, dispatch::lease_number(message.checkpoint().number()), dispatch::checkpoint(message.checkpoint().json()));
      case wire::FromWorker::kDraining: return drain();
      case wire::FromWorker::kGiveBack: return gate_.events.returned(name_, dispatch::lease_numbers(message.give_back().numbers()));
      case wire::FromWorker::kBatch:
        for (const auto& one : message.batch().messages()) take(one);
        return;
      case wire::FromWorker::BODY_NOT_SET: return;  // of a newer worker; nothing that we could do
    }
  }

  void join(const wire::Register& message) {
    if (!name_.empty()) return refuse("E3003", "registered twice on one stream");
    // The newest that both speak. A worker of before `oldest_protocol` speaks one only.
    const uint32_t newest = message.protocol(), oldest = message.oldest_protocol() == 0 ? newest : message.oldest_protocol();
    protocol_ = std::min(newest, kProtocol);
    if (protocol_ < oldest || protocol_ < kOldestProtocol) {
      return refuse("E3002", "the worker speaks protocol " + range(oldest, newest) + ", this server " + range(kOldestProtocol, kProtocol));
    }
    if (message.name().empty() || message.slots() < 1) return refuse("E3003", "a worker needs a name and at least one slot");
    if (auto known = check_identity(message.name()); !known) return refuse(known.error().code, known.error().what);
    auto facts = dispatch::facts(message);
    facts.protocol = static_cast<int>(protocol_);
    {
      const std::lock_guard hold(mutex_);
      facts_ = facts;
      name_ = message.name();
    }
    auto& registry = gate_.registry;
    const std::lock_guard order(registry.announce);
    {
      const std::lock_guard hold(registry.mutex);
      if (registry.closed) return close();
      auto& place = registry.by_name[name_];
      if (place) place->replace();
      place = this;
      post(welcome());
    }
    clock_.said(message.clock_ms(), now_ms());
    gate_.events.joined(facts, dispatch::lease_numbers(message.running()));
  }

  // That its certificate is good was decided when the stream was opened (tls/admission.hpp).
  Status check_identity(const std::string& name) {
    if (gate_.options.admission == nullptr) return {};
    auto shown = tls::read_certificate(tls::shown_certificate(*context_.auth_context()));
    if (!shown) return Error{.code = "E3110", .what = "no certificate was shown", .where = {}, .hint = {}};
    if (shown->name != name) return Error{.code = "E3113", .what = "the certificate is of " + quote(shown->name) + ", and the worker says that it is " + quote(name), .where = {}, .hint = {}};
    certificate_ = *std::move(shown);
    return {};
  }

  void replace() {
    wire::ToWorker message;
    message.mutable_refused()->set_code("E3004");
    message.mutable_refused()->set_reason("another worker named " + quote(name_) + " connected");
    close(std::move(message));
  }

  wire::ToWorker welcome() const {
    wire::ToWorker message;
    auto& out = *message.mutable_welcome();
    out.set_protocol(protocol_);
    out.set_lease_ms(gate_.options.lease.count());
    out.set_renew_every_ms(gate_.options.renew_every.count());
    out.set_data_root(gate_.options.data_root);
    return message;
  }

  void renew(const wire::Renew& message) {
    see_clock(message.clock_ms());
    gate_.events.renewed(name_, dispatch::lease_numbers(message.numbers()));
    wire::ToWorker answer;
    answer.mutable_renew_ack()->set_answers(message.sequence());
    post(std::move(answer));
  }

  void see_clock(int64_t theirs_ms) {
    clock_.said(theirs_ms, now_ms());
    const Millis ahead = clock_.ahead();
    if (std::chrono::abs(ahead - clock_told_) < Millis(1'000)) return;
    clock_told_ = ahead;
    if (ahead.count() != 0) log::warn("E3014 the clock of worker " + quote(name_) + " is " + to_text(std::chrono::abs(ahead)) + (ahead.count() > 0 ? " ahead" : " behind"));
    gate_.events.clock_seen(name_, ahead);
  }

  void keep(const wire::LogLines& message) {
    const auto kept = gate_.logs.append(message.run_key(), message.task(), message.number().attempt(), dispatch::log_lines(message, clock_));
    if (!kept) log::warn("log lines of worker " + quote(name_) + " were not kept: " + to_string(kept.error()));
  }

  void drain() {
    {
      const std::lock_guard hold(mutex_);
      draining_ = true;
    }
    gate_.events.draining(name_);
  }

  Gate& gate_;
  grpc::CallbackServerContext& context_;
  const std::string peer_;
  wire::FromWorker incoming_{};
  uint32_t protocol_ = kOldestProtocol;  // written before the registry knows of the stream
  std::string name_{};  // empty until registered; written once, by the reading callback
  dispatch::WorkerClock clock_{};  // of the reading callback
  Millis clock_told_{};            // as the engine knows it; a registration may have waited, so it tells nothing alone
  tls::Certificate certificate_{};  // written before the registry knows of the stream
  mutable std::mutex mutex_{};
  std::deque<wire::ToWorker> queue_{};  // behind what is being written
  wire::ToWorker outgoing_{};           // while writing_
  WorkerFacts facts_{};
  bool writing_ = false, closing_ = false, finished_ = false, draining_ = false;
};

// For a call that comes after shutdown().
class Turned final : public grpc::ServerBidiReactor<wire::FromWorker, wire::ToWorker> {
 public:
  Turned() { Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is going down")); }
  void OnDone() override { delete this; }
};

}  // namespace

struct WorkerGateServer::Impl final : wire::WorkerGate::CallbackService {
  Impl(const GateOptions& options, WorkerEvents& events, LogStore& logs) : gate{.options = options, .events = events, .logs = logs} {}

  grpc::ServerBidiReactor<wire::FromWorker, wire::ToWorker>* Connect(grpc::CallbackServerContext* context) override {
    if (gate.registry.closed) return new Turned;
    return new Stream(gate, *context);
  }

  bool post(const std::string& name, wire::ToWorker message) {
    const std::lock_guard hold(gate.registry.mutex);
    const auto at = gate.registry.by_name.find(name);
    if (at == gate.registry.by_name.end()) return false;
    at->second->post(std::move(message), !held);
    if (held) owed.insert(name);
    return true;
  }

  void flush() {
    const std::lock_guard hold(gate.registry.mutex);
    held = false;
    for (const auto& name : std::exchange(owed, {})) {
      const auto at = gate.registry.by_name.find(name);
      if (at != gate.registry.by_name.end()) at->second->flush();
    }
  }

  Gate gate;
  bool held = false;               // both: the registry's lock
  std::set<std::string> owed{};    // workers with words that wait for flush()
};

Result<std::unique_ptr<WorkerGateServer>> WorkerGateServer::open(const GateOptions& options, WorkerEvents& events, LogStore& logs) {
  if (options.renew_every <= Millis(0) || options.renew_every * 2 > options.lease) {
    return Error{.code = "E3013", .what = "leases of " + to_text(options.lease) + " can't be renewed every " + to_text(options.renew_every), .where = {},
                 .hint = "make the lease at least twice as long"};
  }
  return std::unique_ptr<WorkerGateServer>(new WorkerGateServer(std::make_unique<Impl>(options, events, logs)));
}

WorkerGateServer::WorkerGateServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WorkerGateServer::~WorkerGateServer() = default;
grpc::Service* WorkerGateServer::service() { return impl_.get(); }

void WorkerGateServer::shutdown() {
  auto& registry = impl_->gate.registry;
  const std::lock_guard hold(registry.mutex);
  registry.closed = true;
  for (const auto& [name, stream] : registry.by_name) stream->close();
}

std::vector<ConnectedWorker> WorkerGateServer::workers() const {
  auto& registry = impl_->gate.registry;
  const std::lock_guard hold(registry.mutex);
  std::vector<ConnectedWorker> found;
  for (const auto& [name, stream] : registry.by_name) found.push_back(stream->view());
  return found;
}

void WorkerGateServer::expel_revoked() {
  if (impl_->gate.options.admission == nullptr) return;
  auto& registry = impl_->gate.registry;
  const std::lock_guard hold(registry.mutex);
  for (const auto& [name, stream] : registry.by_name) stream->expel_if_revoked();
}

void WorkerGateServer::send(const std::string& worker, const LeaseOffer& offer) {
  wire::ToWorker message;
  *message.mutable_lease() = dispatch::lease(offer);
  if (message.ByteSizeLong() < static_cast<size_t>(kMostBytes)) {
    if (!impl_->post(worker, std::move(message))) log::debug("worker " + quote(worker) + " is away: a lease waits for its end");
    return;
  }
  auto report = dispatch::failed(offer.number, "config", {.code = "E3006", .what = "the lease of task " + quote(offer.task) + " is larger than 64 MiB",
                                                          .where = {}, .hint = "pass fewer files or smaller params to the task"});
  report.final_failure = true;
  impl_->gate.events.reported(worker, std::move(report));
}

void WorkerGateServer::hold() {
  const std::lock_guard held(impl_->gate.registry.mutex);
  impl_->held = true;
}

void WorkerGateServer::flush() { impl_->flush(); }

void WorkerGateServer::cancel(const std::string& worker, LeaseNumber lease, const std::string& reason) {
  wire::ToWorker message;
  dispatch::fill(*message.mutable_cancel()->mutable_number(), lease);
  message.mutable_cancel()->set_reason(reason);
  message.mutable_cancel()->set_grace_ms(impl_->gate.options.cancel_grace.count());
  impl_->post(worker, std::move(message));
}

void WorkerGateServer::acknowledge(const std::string& worker, LeaseNumber lease) {
  wire::ToWorker message;
  dispatch::fill(*message.mutable_report_ack()->mutable_number(), lease);
  impl_->post(worker, std::move(message));
}

void WorkerGateServer::fence(const std::string& worker, const std::vector<LeaseNumber>& leases) {
  if (leases.empty()) return;
  wire::ToWorker message;
  for (const auto lease : leases) dispatch::fill(*message.mutable_renew_ack()->add_fenced(), lease);
  impl_->post(worker, std::move(message));
}

void WorkerGateServer::drain(const std::string& worker) {
  wire::ToWorker message;
  message.mutable_drain()->set_reason("an operator asked for it");
  impl_->post(worker, std::move(message));
}

}  // namespace millrace
