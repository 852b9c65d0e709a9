#include "app/tls_words.hpp"

#include <iostream>

#include "base/text.hpp"
#include "tls/authority.hpp"
#include "tls/identity.hpp"

namespace millrace {
namespace {

const SystemClock kClock;

Result<tls::Authority> authority_of(const TlsWords& words) { return tls::Authority::find(words.home + "/tls", kClock); }

}  // namespace

int print_join_token(const TlsWords& words, Output output) {
  const auto authority = authority_of(words);
  if (!authority) return report(authority.error(), output);
  const auto life = duration_from_text(words.ttl);
  if (!life) return report(life.error(), output);
  const auto token = authority->make_token(*life);
  if (!token) return report(token.error(), output);
  if (output.json) {
    std::cout << Json::object({{"token", token->text}, {"fingerprint", token->fingerprint}, {"until", to_iso(token->until)}}).dump(2) << std::endl;
    return 0;
  }
  std::cout << token->text << std::endl;  // alone, so that it can be sent to a file
  std::cerr << "good for one worker until " << to_iso(token->until) << "; the authority's SHA-256 is " << token->fingerprint << std::endl;
  return 0;
}

int revoke_worker(const TlsWords& words, Output output) {
  const auto authority = authority_of(words);
  if (!authority) return report(authority.error(), output);
  if (auto revoked = authority->revoke(words.name); !revoked) return report(revoked.error(), output);
  if (output.json) std::cout << Json::object({{"revoked", words.name}}).dump(2) << std::endl;
  else std::cout << "the certificates that " << quote(words.name) << " has are not good any more" << std::endl;
  return 0;
}

int make_client_identity(const TlsWords& words, Output output) {
  const auto authority = authority_of(words);
  if (!authority) return report(authority.error(), output);
  const auto life = duration_from_text(words.life);
  if (!life) return report(life.error(), output);
  const auto name = std::string(tls::kClientPrefix) + words.name;
  const auto server = authority->server_authority();
  if (!server) return report(server.error(), output);
  const auto identity = authority->make_identity(name, *life);
  if (!identity) return report(identity.error(), output);
  if (auto written = tls::write_identity(words.into, "", *identity, *server); !written) return report(written.error(), output);
  const auto made = tls::read_certificate(*identity);
  if (!made) return report(made.error(), output);
  if (output.json) std::cout << Json::object({{"name", name}, {"folder", words.into}, {"until", to_iso(made->until)}}).dump(2) << std::endl;
  else std::cout << quote(name) << " is good until " << to_iso(made->until) << ": use it by --identity " << words.into << std::endl;
  return 0;
}

}  // namespace millrace
