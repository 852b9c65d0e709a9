#include "tls/admission.hpp"

#include "base/text.hpp"

namespace millrace::tls {
namespace {

enum class Who : uint8_t { anyone, workers, clients };

Who who_may(std::string_view method) {
  if (method == "/millrace.worker.v1.WorkerJoin/Authority" || method == "/millrace.worker.v1.WorkerJoin/Join") return Who::anyone;
  return method.starts_with("/millrace.worker.v1.") ? Who::workers : Who::clients;
}

}  // namespace

void Admission::set(std::string trusted, Revoked revoked) {
  known_.with([&](Known& known) {
    known.trusted = std::move(trusted);
    known.revoked = std::move(revoked);
  });
}

Status Admission::check_revoked(const Certificate& certificate) const {
  return known_.with([&](const Known& known) -> Status {
    const auto at = known.revoked.find(certificate.name);
    if (at == known.revoked.end() || certificate.from >= at->second) return {};
    return Error{.code = "E3114", .what = "the certificate of " + quote(certificate.name) + " was revoked", .where = {}, .hint = "join anew with a new token"};
  });
}

Status Admission::admit(std::string_view method, std::string_view leaf, std::string_view others) const {
  const auto who = who_may(method);
  if (who == Who::anyone) return {};
  if (leaf.empty()) {
    return Error{.code = "E3110", .what = "no certificate was shown", .where = {},
                 .hint = who == Who::workers ? "give the worker --identity, and --join-token-file at its first start" : "name the folder that `millrace certs client` made by --identity"};
  }
  const auto trusted = known_.with([](const Known& known) { return known.trusted; });
  if (auto good = check_chain(leaf, others, trusted, Use::client, clock_.now()); !good) return good;
  const auto facts = read_certificate(leaf);
  if (!facts) return facts.error();
  if (auto good = check_revoked(*facts); !good) return good;
  if (facts->name.starts_with(kClientPrefix) == (who == Who::clients)) return {};
  return Error{.code = "E3115", .what = "the certificate of " + quote(facts->name) + " is not for " + (who == Who::clients ? "clients" : "workers"), .where = {},
               .hint = "a client's comes from `millrace certs client NAME`, a worker's from a join token"};
}

}  // namespace millrace::tls
