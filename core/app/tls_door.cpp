#include "app/tls_door.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/log.hpp"
#include "base/text.hpp"
#include "tls/identity.hpp"
#include "tls/private_file.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;
constexpr Millis kLeastLife{1'000};

// An IP address as certificates say it; other text as it is.
std::string plain(const std::string& text) {
  char out[INET6_ADDRSTRLEN]{};
  in6_addr place{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (::inet_pton(family, text.c_str(), &place) == 1 && ::inet_ntop(family, &place, out, sizeof out) != nullptr) return out;
  }
  return text;
}

bool is_everywhere(const std::string& address) { return address == "0.0.0.0" || address == "::" || address == "[::]"; }

Result<std::vector<std::string>> names_of(const std::string& address, const std::vector<std::string>& more) {
  char host[256]{};
  ::gethostname(host, sizeof host - 1);
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  for (const auto& one : more) {
    if (plain(one).find(':') == std::string::npos && !tls::is_name(one)) return Error{.code = "E9004", .what = quote(one) + " is neither a host's name nor an IP address", .where = "--tls-name", .hint = {}};
    names.push_back(plain(one));
  }
  if (tls::is_name(host)) names.emplace_back(host);
  if (!is_everywhere(address)) names.push_back(plain(address.starts_with('[') ? address.substr(1, address.size() - 2) : address));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// A local worker calls the server by loopback, which an operator's certificate need not name; it is told what the certificate does name.
std::string a_name_of(const tls::Certificate& certificate) {
  if (certificate.addresses.empty()) return certificate.name;
  const auto& first = certificate.addresses.front();
  return first.starts_with("*.") ? "millrace" + first.substr(1) : first;
}

Result<Millis> life_of(const std::string& text, Millis otherwise, const std::string& option) {
  if (text.empty()) return otherwise;
  const auto life = duration_from_text(text);
  if (!life || *life < kLeastLife) return Error{.code = "E9004", .what = quote(text) + " is no life of a certificate", .where = option, .hint = "give for example 24h"};
  return *life;
}

}  // namespace

Status TlsDoor::set_terms(const std::string& address) {
  auto names = names_of(address, options_.names);
  if (!names) return names.error();
  const auto server_life = life_of(options_.server_life, 30 * tls::kDay, "--server-certificate-life");
  if (!server_life) return server_life.error();
  const auto worker_life = life_of(options_.worker_life, tls::kDay, "--worker-certificate-life");
  if (!worker_life) return worker_life.error();
  worker_life_ = *worker_life;
  authority_.set_terms({.addresses = *std::move(names), .server_life = *server_life, .worker_life = *worker_life});
  return {};
}

Result<std::unique_ptr<TlsDoor>> TlsDoor::open(const TlsOptions& options, const std::string& home, const std::string& address, const Clock& clock) {
  const bool brought = !options.certificate.empty();
  if (brought != !options.key.empty() || brought != !options.authority.empty()) {
    return Error{.code = "E9004", .what = "--tls-cert, --tls-key and --tls-ca are given together or not at all", .where = {}, .hint = "without them the server makes certificates of its own"};
  }
  auto authority = tls::Authority::open(home + "/tls", clock);
  if (!authority) return authority.error();
  std::unique_ptr<TlsDoor> door(new TlsDoor(*std::move(authority), options, clock));
  if (auto set = door->set_terms(address); !set) return set.error();
  door->key_ = brought ? options.key : door->authority_.file("server.pem");
  door->certificate_ = brought ? options.certificate : door->key_;
  if (auto good = brought ? door->check_brought() : door->read_own(); !good) return good.error();
  door->join_ = std::make_unique<JoinService>(&door->authority_);
  door->forget_old_workers();
  return door;
}

// Our own certificate, and whom we trust by ourselves.
Status TlsDoor::read_own() {
  const auto anew = authority_.keep_server_certificate();
  if (!anew) return anew.error();
  const auto own = tls::read_private(authority_.file("ca.pem"));
  if (!own) return own.error();
  auto revoked = authority_.revoked();
  if (!revoked) return revoked.error();
  admission_.set(*own, *std::move(revoked));
  if (!*anew && !seen_.empty()) return {};
  seen_ = *own;
  log::info("the gRPC door has a " + std::string(*anew ? "new " : "") + "certificate");
  return authority_.set_server_authority(*own);
}

// An operator's files. Two of them change one after the other, so a pair that does not fit may be half of a change.
Status TlsDoor::check_brought() {
  const auto certificate = read_text(options_.certificate);
  const auto authority = read_text(options_.authority);
  const auto key = tls::read_private(options_.key);
  if (!key) return key.error();
  if (!certificate || !authority) return Error{.code = "E3101", .what = "can't read the file", .where = certificate ? options_.authority : options_.certificate, .hint = "check the path and its permissions"};
  if (auto fits = tls::check_pair(*certificate, *key); !fits) return Error{.code = "E3101", .what = fits.error().what, .where = options_.certificate, .hint = "is --tls-key the key of --tls-cert?"};
  if (auto good = tls::check_chain(*certificate, *certificate, *authority, tls::Use::server, clock_.now()); !good) return Error{.code = good.error().code, .what = good.error().what, .where = options_.certificate, .hint = "is --tls-ca the authority of --tls-cert?"};
  const auto own = tls::read_private(authority_.file("ca.pem"));
  if (!own) return own.error();
  auto revoked = authority_.revoked();
  if (!revoked) return revoked.error();
  admission_.set(*own + *authority, *std::move(revoked));
  if (std::exchange(seen_, *certificate + *authority) == *certificate + *authority) return {};
  log::info("the gRPC door shows the certificate of " + options_.certificate);
  return authority_.set_server_authority(*authority);
}

void TlsDoor::look_after() {
  const auto good = options_.certificate.empty() ? read_own() : check_brought();
  const auto problem = good ? std::string() : to_string(good.error());
  if (problem != last_problem_ && !good) log::error(problem);
  last_problem_ = problem;
}

// Workers of a server that was killed may still be at work by the identity that they have; the folder goes when that has ended.
void TlsDoor::forget_old_workers() const {
  std::error_code failed;
  for (const auto& folder : fs::directory_iterator(authority_.file("local"), failed)) {
    const auto identity = tls::read_identity(folder.path().string());
    if (!identity || !*identity || (*identity)->until < clock_.now()) fs::remove_all(folder.path(), failed);
  }
}

Result<std::vector<std::string>> TlsDoor::words_for(const std::string& worker) const {
  const auto shown = read_text(certificate_);
  if (!shown) return shown.error();
  const auto certificate = tls::read_certificate(*shown);
  if (!certificate) return certificate.error();
  const auto authority = authority_.server_authority();
  if (!authority) return authority.error();
  const auto identity = authority_.make_identity(worker, worker_life_);
  if (!identity) return identity.error();
  const auto folder = authority_.file("local/" + worker);
  if (auto made = tls::make_private_folder(authority_.file("local")); !made) return made.error();
  if (auto written = tls::write_identity(folder, "", *identity, *authority); !written) return written.error();
  return std::vector<std::string>{"--identity", folder, "--server-name", a_name_of(*certificate)};
}

}  // namespace millrace
