#include "dispatch/grpc_join.hpp"

#include <grpcpp/grpcpp.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "tls/grpc_credentials.hpp"
#include "worker.grpc.pb.h"

namespace millrace {
namespace {

namespace wire = worker::v1;

grpc::Status refusal(const std::string& peer, const std::string& what, const Error& error) {
  log::warn("refused " + what + " of " + peer + ": " + to_string(error));
  return {grpc::StatusCode::PERMISSION_DENIED, to_string(error)};
}

Error no_tls() { return {.code = "E3108", .what = "this server speaks plain text", .where = {}, .hint = "start it with --tls"}; }

void tell(const std::string& peer, const std::string& what, const std::string& certificate) {
  const auto given = tls::read_certificate(certificate);
  if (given) log::info("worker " + quote(given->name) + " at " + peer + " " + what + "; its certificate is good until " + to_iso(given->until));
}

}  // namespace

struct JoinService::Impl final : wire::WorkerJoin::CallbackService {
  explicit Impl(const tls::Authority* a) : authority(a) {}

  grpc::Status authority_for(const std::string& peer, std::string* pem) const {
    auto shown = authority == nullptr ? Result<std::string>(no_tls()) : authority->server_authority();
    if (!shown) return refusal(peer, "the question for the authority", shown.error());
    *pem = *std::move(shown);
    return grpc::Status::OK;
  }

  grpc::ServerUnaryReactor* Authority(grpc::CallbackServerContext* context, const wire::AuthorityRequest* request, wire::AuthorityReply* reply) override {
    auto* reactor = context->DefaultReactor();
    // What it says is for the log only, and only as a code that we know.
    if (const auto* code = find_code(request->refused())) log::warn(context->peer() + " turned away from this server: " + std::string(code->code) + " " + std::string(code->title));
    else log::info(context->peer() + " asks for the authority, to compare it with a join token");
    reactor->Finish(authority_for(context->peer(), reply->mutable_ca_pem()));
    return reactor;
  }

  grpc::ServerUnaryReactor* Join(grpc::CallbackServerContext* context, const wire::JoinRequest* request, wire::JoinReply* reply) override {
    auto* reactor = context->DefaultReactor();
    auto certificate = authority == nullptr ? Result<std::string>(no_tls()) : authority->join(request->secret(), request->request_pem());
    if (certificate) {
      tell(context->peer(), "joined", *certificate);
      reply->set_certificate_pem(*std::move(certificate));
      reactor->Finish(authority_for(context->peer(), reply->mutable_ca_pem()));
    } else {
      reactor->Finish(refusal(context->peer(), "the join token", certificate.error()));
    }
    return reactor;
  }

  // Who calls has shown a good certificate (tls/admission.hpp).
  grpc::ServerUnaryReactor* Renew(grpc::CallbackServerContext* context, const wire::RenewIdentityRequest* request, wire::RenewIdentityReply* reply) override {
    auto* reactor = context->DefaultReactor();
    auto certificate = authority == nullptr ? Result<std::string>(no_tls()) : authority->renew(tls::shown_certificate(*context->auth_context()), request->request_pem());
    if (certificate) {
      tell(context->peer(), "renewed", *certificate);
      reply->set_certificate_pem(*std::move(certificate));
      reactor->Finish(authority_for(context->peer(), reply->mutable_ca_pem()));
    } else {
      reactor->Finish(refusal(context->peer(), "a new certificate", certificate.error()));
    }
    return reactor;
  }

  const tls::Authority* const authority;
};

JoinService::JoinService(const tls::Authority* authority) : impl_(std::make_unique<Impl>(authority)) {}
JoinService::~JoinService() = default;
grpc::Service* JoinService::service() { return impl_.get(); }

}  // namespace millrace
