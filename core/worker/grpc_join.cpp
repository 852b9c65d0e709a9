#include "worker/grpc_join.hpp"

#include <grpcpp/grpcpp.h>

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "tls/grpc_credentials.hpp"
#include "tls/probe.hpp"
#include "tls/token.hpp"
#include "worker.grpc.pb.h"

namespace millrace {
namespace {

namespace wire = worker::v1;
constexpr std::chrono::seconds kPatience{20}, kMoment{2};
constexpr Millis kLeastPause{500}, kLongestPause{60'000};

std::unique_ptr<wire::WorkerJoin::Stub> stub_for(const std::string& server, const tls::ChannelCredentials& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const std::string target = server.find(',') == std::string::npos ? server : "ipv4:" + server;
  return wire::WorkerJoin::NewStub(grpc::CreateCustomChannel(target, credentials, arguments));
}

template <class Method, class Request, class Reply>
Status call(wire::WorkerJoin::Stub& stub, Method method, const Request& request, Reply& reply, const std::string& server) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const auto status = (stub.*method)(&context, request, &reply);
  if (status.ok()) return {};
  if (auto known = tls::error_in(status.error_message(), server)) {
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) tell_refused(server, known->code);  // our own check: no call came through
    return *std::move(known);
  }
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return Error{.code = "E8011", .what = "the server refused: " + status.error_message(), .where = server, .hint = {}};
  if (auto odd = tls::explain_silence(server, true); !odd) {
    tell_refused(server, odd.error().code);
    return odd;
  }
  return Error{.code = "E8010", .what = "no server answers at " + server, .where = {}, .hint = "is it running, and is the address right?"};
}

// Over a connection that proves nothing; the fingerprint does.
Result<std::string> authority_of(const JoinWords& words, const std::string& fingerprint) {
  const auto stub = stub_for(words.server, tls::channel_credentials({}));
  wire::AuthorityReply reply;
  if (auto asked = call(*stub, &wire::WorkerJoin::Stub::Authority, wire::AuthorityRequest{}, reply, words.server); !asked) return asked.error();
  auto found = tls::find_by_fingerprint(reply.ca_pem(), fingerprint);
  if (!found) tell_refused(words.server, found.error().code);
  if (!found) return Error{.code = found.error().code, .what = found.error().what, .where = words.server, .hint = found.error().hint};
  return found;
}

}  // namespace

void tell_refused(const std::string& server, const std::string& code) {
  const auto stub = stub_for(server, code == "E3108" ? grpc::InsecureChannelCredentials() : tls::channel_credentials({}));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kMoment);
  wire::AuthorityRequest request;
  request.set_refused(code);
  wire::AuthorityReply reply;
  if (!stub->Authority(&context, request, &reply).ok()) log::debug("the server was not told why it was refused");
}

Status join_server(const JoinWords& words, std::string_view text) {
  const auto token = tls::token_from_text(text);
  if (!token) return token.error();
  const auto key = tls::new_key();
  wire::JoinRequest request;
  auto wanted = tls::make_request(key, words.name);
  if (!wanted) return wanted.error();
  if (auto own = tls::read_request(*wanted); !own) return own.error();  // a name that no server takes spends no token
  const auto authority = authority_of(words, token->fingerprint);
  if (!authority) return authority.error();
  if (auto kept = tls::write_authority(words.folder, *authority); !kept) return kept;
  auto peer = tls::peer_of(words.folder, words.server, words.server_name);
  peer.identity.clear();
  request.set_secret(token->secret);
  request.set_request_pem(*std::move(wanted));
  wire::JoinReply reply;
  const auto stub = stub_for(words.server, tls::channel_credentials(peer));
  if (auto asked = call(*stub, &wire::WorkerJoin::Stub::Join, request, reply, words.server); !asked) return asked;
  if (auto fits = tls::check_pair(reply.certificate_pem(), key); !fits) return fits;
  return tls::write_identity(words.folder, key, reply.certificate_pem(), reply.ca_pem());
}

Renewer::Renewer(JoinWords words) : words_(std::move(words)), thread_([this](std::stop_token stop) { run(stop); }) {}
Renewer::~Renewer() = default;

Status Renewer::renew() {
  const auto key = tls::new_key();
  auto wanted = tls::make_request(key, words_.name);
  if (!wanted) return wanted.error();
  wire::RenewIdentityRequest request;
  request.set_request_pem(*std::move(wanted));
  wire::RenewIdentityReply reply;
  const auto stub = stub_for(words_.server, tls::channel_credentials(tls::peer_of(words_.folder, words_.server, words_.server_name)));
  if (auto asked = call(*stub, &wire::WorkerJoin::Stub::Renew, request, reply, words_.server); !asked) return asked;
  if (auto fits = tls::check_pair(reply.certificate_pem(), key); !fits) return fits;
  return tls::write_identity(words_.folder, key, reply.certificate_pem(), reply.ca_pem());
}

void Renewer::run(const std::stop_token& stop) {
  std::string told;
  Millis pause = kLeastPause;
  while (!stop.stop_requested()) {
    const auto current = tls::read_identity(words_.folder);
    const auto now = SystemClock().now();
    if (current && *current) {
      const auto life = (*current)->until - (*current)->from;
      const auto due = (*current)->from + life * 2 / 5;
      if (now < due) {
        pause = std::clamp<Millis>(due - now, Millis(10), kLongestPause);
      } else if (auto renewed = renew(); renewed) {
        log::info("worker " + quote(words_.name) + " renewed its certificate");
        told.clear();
        pause = Millis(10);
      } else {
        if (const auto text = to_string(renewed.error()); text != told) log::warn("worker " + quote(words_.name) + " can't renew its certificate, which ends at " + to_iso((*current)->until) + ": " + (told = text));
        pause = std::clamp<Millis>(life / 20, kLeastPause, kLongestPause);
      }
    } else {
      if (!current && to_string(current.error()) != told) log::warn(told = to_string(current.error()));
      pause = kLongestPause;
    }
    std::unique_lock hold(mutex_);
    wake_.wait_for(hold, stop, pause, [] { return false; });
  }
}

}  // namespace millrace
