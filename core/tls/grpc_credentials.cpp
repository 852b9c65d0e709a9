#include "tls/grpc_credentials.hpp"

#include <grpc/support/log.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <map>

#include "base/guarded.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "tls/private_file.hpp"

namespace millrace::tls {
namespace {

namespace ge = grpc::experimental;
constexpr unsigned kLookEvery = 1;  // seconds
constexpr std::chrono::seconds kToldAgain{10};

std::string text_of(grpc::string_ref text) { return {text.data(), text.size()}; }

Status check_server(const Peer& peer, const std::string& leaf, const std::string& others) {
  const auto trusted = read_text(peer.authority);
  if (!trusted) return Error{.code = "E3101", .what = "can't read the authority to believe in", .where = peer.authority, .hint = "remove the folder and join anew"};
  if (auto good = check_chain(leaf, others, *trusted, Use::server, SystemClock().now()); !good) return good;
  return check_address(leaf, peer.names);
}

class ServerCheck final : public ge::ExternalCertificateVerifier {
 public:
  explicit ServerCheck(Peer peer) : peer_(std::move(peer)) {}

  bool Verify(ge::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>, grpc::Status* now) override {
    const Status good = peer_.authority.empty() ? Status() : check_server(peer_, text_of(request->peer_cert()), text_of(request->peer_cert_full_chain()));
    *now = good ? grpc::Status::OK : grpc::Status(grpc::StatusCode::UNAUTHENTICATED, to_string(good.error()));
    return true;
  }
  void Cancel(ge::TlsCustomVerificationCheckRequest*) override {}

 private:
  const Peer peer_;
};

std::string property(const grpc::AuthContext& context, const char* name) {
  const auto values = context.FindPropertyValues(name);
  return values.empty() ? std::string() : text_of(values.front());
}

// Asked before each call of whatever service.
class CallerCheck final : public grpc::AuthMetadataProcessor {
 public:
  explicit CallerCheck(const Admission& admission) : admission_(admission) {}
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata*, OutputMetadata*) override {
    const auto path = metadata.find(":path");
    const auto method = path == metadata.end() ? std::string() : text_of(path->second);
    const auto good = admission_.admit(method, shown_certificate(*context), property(*context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME));
    if (good) return grpc::Status::OK;
    log::warn("refused a call of " + method + ": " + to_string(good.error()));
    return {grpc::StatusCode::UNAUTHENTICATED, to_string(good.error())};
  }

 private:
  const Admission& admission_;
};

// What gRPC says of failed handshakes, in our words. It does not know who called.
std::string words_of(std::string_view text) {
  if (!text.starts_with("Handshake failed")) return "gRPC: " + std::string(text);
  const bool plain = text.find("wrong version number") != std::string_view::npos || text.find("http request") != std::string_view::npos;
  if (plain) return "E3107 refused a caller that spoke plain text, where TLS is spoken";
  return "E3112 refused a caller whose TLS handshake failed: " + std::string(text.substr(std::min(text.size(), text.rfind(':') + 1)));
}

// Whoever knocks again and again is told of once in a while.
bool is_news(const std::string& text) {
  static auto& told = *new Guarded<std::map<std::string, std::chrono::steady_clock::time_point>>;  // gRPC's threads may outlive static objects
  const auto now = std::chrono::steady_clock::now();
  return told.with([&](auto& known) {
    std::erase_if(known, [&](const auto& one) { return now - one.second > kToldAgain; });
    return known.emplace(text, now).second;
  });
}

void say_at_server(gpr_log_func_args* said) {
  const auto text = words_of(said->message);
  if (is_news(text)) log::warn(text);
}

// A client's handshake that failed is explained to whoever called.
void say_at_client(gpr_log_func_args* said) {
  if (!std::string_view(said->message).starts_with("Handshake failed")) log::warn(words_of(said->message));
}

}  // namespace

ChannelCredentials channel_credentials(const Peer& peer) {
  gpr_set_log_function(&say_at_client);
  ge::TlsChannelCredentialsOptions options;
  if (!peer.identity.empty()) {
    options.set_certificate_provider(std::make_shared<ge::FileWatcherCertificateProvider>(peer.identity, peer.identity, kLookEvery));
    options.watch_identity_key_cert_pairs();
  }
  options.set_verify_server_certs(false);  // by ServerCheck, with words
  options.set_check_call_host(false);
  options.set_certificate_verifier(ge::ExternalCertificateVerifier::Create<ServerCheck>(peer));
  return ge::TlsCredentials(options);
}

ServerCredentials server_credentials(const ServerFiles& files, const Admission& admission) {
  gpr_set_log_function(&say_at_server);
  ge::TlsServerCredentialsOptions options(std::make_shared<ge::FileWatcherCertificateProvider>(files.key, files.certificate, kLookEvery));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);  // by CallerCheck: who joins has none yet, and who is refused hears why
  auto credentials = ge::TlsServerCredentials(options);
  credentials->SetAuthMetadataProcessor(std::make_shared<CallerCheck>(admission));
  return credentials;
}

std::string shown_certificate(const grpc::AuthContext& context) { return property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME); }

}  // namespace millrace::tls
