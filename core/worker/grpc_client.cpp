#include "worker/grpc_client.hpp"

#include <grpcpp/grpcpp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/batch.hpp"
#include "base/invariant.hpp"
#include "tls/grpc_credentials.hpp"
#include "worker.grpc.pb.h"

namespace millrace {
namespace {

namespace wire = worker::v1;
constexpr int kMostBytes = 64 << 20;
constexpr uint32_t kHasBatches = 2;  // the protocol that has them

class Stream;

// Shared between the loop and gRPC's threads. `stream` is null from the moment that its reads ended.
struct Shared {
  std::mutex mutex{};
  std::condition_variable gone{};
  std::vector<Link::Event> inbox{};
  Stream* stream = nullptr;
  bool open = false;  // a reactor lives
  int fd = -1;

  void deliver(Link::Event event) {  // mutex is held
    inbox.push_back(std::move(event));
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
  }
};

// All its state is guarded by the lock of Shared; writes go out one at a time. It may be deleted once `open` is false, but not
// by a thread of gRPC: its context may hold the last reference to the channel, whose end waits for those threads.
class Stream final : public grpc::ClientBidiReactor<wire::FromWorker, wire::ToWorker> {
 public:
  Stream(Shared& shared, wire::WorkerGate::Stub& stub, wire::FromWorker first) : shared_(shared) {
    stub.async()->Connect(&context_, this);
    AddHold();  // writes start outside of the callbacks; released when the reads end
    queue_.push_back(std::move(first));
    write_next();
    StartRead(&incoming_);
    StartCall();
  }

  void queue(wire::FromWorker message) { queue_.push_back(std::move(message)); }

  void flush() {
    if (!queue_.empty()) write_next();
  }

  void finish() {
    finishing_ = true;
    write_next();
  }

  void cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    {
      const std::lock_guard hold(shared_.mutex);
      if (ok) {
        if (incoming_.has_welcome()) batches_ = incoming_.welcome().protocol() >= kHasBatches;
        shared_.deliver({.down = false, .why = {}, .unreached = false, .message = std::move(incoming_)});
        incoming_ = {};
      } else {
        down_ = true;
        shared_.stream = nullptr;
      }
    }
    if (ok) StartRead(&incoming_);
    else RemoveHold();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard hold(shared_.mutex);
    writing_ = false;
    if (ok) write_next();  // otherwise the reads end, too
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard hold(shared_.mutex);
    shared_.open = false;
    shared_.deliver({.down = true, .why = status.ok() ? "" : status.error_message(), .unreached = status.error_code() == grpc::StatusCode::UNAVAILABLE, .message = {}});
    shared_.gone.notify_all();
  }

 private:
  void write_next() {
    if (writing_ || down_ || done_) return;
    if (!queue_.empty()) {
      writing_ = true;
      outgoing_ = take_batch(queue_, batches_);
      return StartWrite(&outgoing_);
    }
    if (!finishing_) return;
    done_ = true;
    StartWritesDone();
  }

  Shared& shared_;
  grpc::ClientContext context_{};
  wire::ToWorker incoming_{};
  std::deque<wire::FromWorker> queue_{};  // behind what is being written
  wire::FromWorker outgoing_{};           // while writing_
  bool batches_ = false, writing_ = false, finishing_ = false, done_ = false, down_ = false;
};

grpc::ChannelArguments arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMostBytes);
  arguments.SetMaxSendMessageSize(kMostBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // We have our own patience; the channel's must not be longer.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  // Two workers in one process (tests, `millrace run`) must not share a connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

}  // namespace

struct Link::Impl {
  Shared shared{};
  std::unique_ptr<wire::WorkerGate::Stub> stub{};
  std::unique_ptr<Stream> owned{};  // the current stream or the last one
};

Link::Link(const std::string& address, const tls::Peer* peer) : impl_(std::make_unique<Impl>()) {
  impl_->shared.fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  MR_INVARIANT(impl_->shared.fd >= 0, "no eventfd for the link");
  // Several: gRPC takes the first that answers.
  const std::string target = address.find(',') == std::string::npos ? address : "ipv4:" + address;
  const auto credentials = peer == nullptr ? grpc::InsecureChannelCredentials() : tls::channel_credentials(*peer);
  impl_->stub = wire::WorkerGate::NewStub(grpc::CreateCustomChannel(target, credentials, arguments()));
}

Link::~Link() {
  auto& shared = impl_->shared;
  {
    std::unique_lock hold(shared.mutex);
    if (shared.stream) shared.stream->cancel();
    shared.gone.wait(hold, [&] { return !shared.open; });
  }
  ::close(shared.fd);
}

void Link::connect(wire::FromWorker first) {
  auto& shared = impl_->shared;
  const std::lock_guard hold(shared.mutex);
  MR_INVARIANT(!shared.open, "the link has a stream already");
  shared.open = true;
  impl_->owned = std::make_unique<Stream>(shared, *impl_->stub, std::move(first));
  shared.stream = impl_->owned.get();
}

bool Link::send(wire::FromWorker message) {
  auto& shared = impl_->shared;
  const std::lock_guard hold(shared.mutex);
  if (!shared.stream) return false;
  shared.stream->queue(std::move(message));
  shared.stream->flush();
  return true;
}

bool Link::queue(wire::FromWorker message) {
  auto& shared = impl_->shared;
  const std::lock_guard hold(shared.mutex);
  if (!shared.stream) return false;
  shared.stream->queue(std::move(message));
  return true;
}

void Link::flush() {
  auto& shared = impl_->shared;
  const std::lock_guard hold(shared.mutex);
  if (shared.stream) shared.stream->flush();
}

void Link::finish() {
  auto& shared = impl_->shared;
  const std::lock_guard hold(shared.mutex);
  if (shared.stream) shared.stream->finish();
}

std::vector<Link::Event> Link::take() {
  auto& shared = impl_->shared;
  const std::lock_guard hold(shared.mutex);
  uint64_t count = 0;
  [[maybe_unused]] const auto seen = ::read(shared.fd, &count, sizeof count);
  return std::exchange(shared.inbox, {});
}

int Link::fd() const { return impl_->shared.fd; }

}  // namespace millrace
