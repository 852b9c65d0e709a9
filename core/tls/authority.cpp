#include "tls/authority.hpp"

#include <algorithm>
#include <filesystem>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "tls/private_file.hpp"
#include "tls/token.hpp"

namespace millrace::tls {
namespace {

constexpr Millis kAuthorityLife = 3'652 * kDay;
constexpr Millis kBackdated{3'600'000};  // a worker's clock may be behind the server's
constexpr Millis kRemembered = kDay;     // an ended token is still known by then, so that its user is told why it is refused
constexpr Millis kLongestToken = 7 * kDay;

// --- the ledger --------------------------------------------------------------------------------------------------------

struct KnownToken {
  std::string hash{};
  TimePoint until{};
  bool used = false;
};

struct Ledger {
  std::vector<KnownToken> tokens{};
  Revoked revoked{};
};

TimePoint time_from(const Json& json) { return TimePoint(Millis(json.as_int())); }
Json time_to(TimePoint time) { return Json(int64_t{time.time_since_epoch().count()}); }

Result<Ledger> read_ledger(const std::string& path) {
  Ledger ledger;
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return ledger;
  auto text = read_private(path);
  if (!text) return text.error();
  const auto json = Json::parse(*text);
  // Without it revoked ones would be let in, so it is not begun anew by itself.
  if (!json) return Error{.code = "E3101", .what = "the ledger of tokens and revocations is damaged", .where = path, .hint = "bring it back from a backup; removing it forgets who was revoked"};
  const auto& tokens = (*json)["tokens"];
  for (const auto& one : tokens.items()) ledger.tokens.push_back({.hash = one["sha256"].as_text(), .until = time_from(one["until"]), .used = one["used"].as_bool()});
  const auto& revoked = (*json)["revoked"];
  for (const auto& [name, before] : revoked.members()) ledger.revoked[name] = time_from(before);
  return ledger;
}

Status write_ledger(const std::string& path, const Ledger& ledger, TimePoint now) {
  Json tokens = Json::array(), revoked = Json::object();
  for (const auto& one : ledger.tokens) {
    if (one.until + kRemembered < now) continue;
    tokens.push(Json::object({{"sha256", one.hash}, {"until", time_to(one.until)}, {"used", one.used}}));
  }
  for (const auto& [name, before] : ledger.revoked) revoked.set(name, time_to(before));
  return write_private(path, Json::object({{"tokens", std::move(tokens)}, {"revoked", std::move(revoked)}}).dump(1) + "\n");
}

Status spend(Ledger& ledger, std::string_view secret, TimePoint now) {
  const auto hash = sha256_hex(secret);
  const auto at = std::find_if(ledger.tokens.begin(), ledger.tokens.end(), [&](const KnownToken& one) { return one.hash == hash; });
  const std::string hint = "make a new one on the server's machine by `millrace workers token`";
  if (at == ledger.tokens.end()) return Error{.code = "E3103", .what = "the join token is not known here", .where = {}, .hint = hint};
  if (at->used) return Error{.code = "E3104", .what = "the join token was used before", .where = {}, .hint = hint};
  if (at->until <= now) return Error{.code = "E3105", .what = "the join token ended at " + to_iso(at->until), .where = {}, .hint = hint};
  at->used = true;
  return {};
}

TimePoint whole_seconds(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time); }

bool is_due(const Certificate& certificate, TimePoint now) { return now >= certificate.until - (certificate.until - certificate.from - kBackdated) / 3; }

}  // namespace

bool is_reserved(std::string_view name) { return name.starts_with(kClientPrefix) || name.starts_with("local-"); }

// --- the authority -----------------------------------------------------------------------------------------------------

Result<Authority> Authority::open(const std::string& folder, const Clock& clock) {
  if (auto made = make_private_folder(folder); !made) return made.error();
  Authority authority(folder, clock);
  auto lock = FileLock::take(authority.file("lock"));
  if (!lock) return lock.error();
  std::error_code failed;
  if (!std::filesystem::exists(authority.file("ca.pem"), failed)) {
    if (auto made = authority.make(); !made) return made.error();
  }
  if (auto known = authority.signer(); !known) return known.error();
  return authority;
}

Result<Authority> Authority::find(const std::string& folder, const Clock& clock) {
  Authority authority(folder, clock);
  std::error_code failed;
  if (std::filesystem::exists(authority.file("ca.pem"), failed)) return authority;
  return Error{.code = "E3116", .what = "there is no authority in " + quote(folder), .where = folder, .hint = "start the server once by `millrace serve --tls`, and name its folder by --home"};
}

Status Authority::make() const {
  const auto key = new_key();
  const auto now = clock_->now();
  auto certificate = make_authority(key, "millrace " + uuid_v7(now), now - kBackdated, now + kAuthorityLife);
  if (!certificate) return certificate.error();
  if (auto written = write_private(file("ca.key"), key); !written) return written;
  return write_private(file("ca.pem"), *certificate);  // last: from here on it is there
}

Result<Signer> Authority::signer() const {
  auto certificate = read_private(file("ca.pem"));
  if (!certificate) return certificate.error();
  auto key = read_private(file("ca.key"));
  if (!key) return key.error();
  return Signer{.certificate = *std::move(certificate), .key = *std::move(key)};
}

Result<bool> Authority::keep_server_certificate() const {
  const auto now = clock_->now();
  std::error_code failed;
  if (std::filesystem::exists(file("server.pem"), failed)) {
    const auto text = read_private(file("server.pem"));
    if (!text) return text.error();
    auto current = read_certificate(*text);
    auto wanted = terms_.addresses;
    if (current) {
      std::sort(wanted.begin(), wanted.end());
      std::sort(current->addresses.begin(), current->addresses.end());
    }
    if (current && !is_due(*current, now) && current->addresses == wanted) return false;
  }
  const auto sign = signer();
  if (!sign) return sign.error();
  const auto key = new_key();
  const std::string name = "millrace-server";
  const auto request = make_request(key, name);
  if (!request) return request.error();
  const auto certificate = issue(*sign, *request, {.name = name, .use = Use::server, .addresses = terms_.addresses, .from = now - kBackdated, .until = now + terms_.server_life});
  if (!certificate) return certificate.error();
  if (auto written = write_private(file("server.pem"), key + *certificate); !written) return written.error();
  return true;
}

Status Authority::set_server_authority(std::string_view pem) const { return write_private(file("server-ca.pem"), pem); }
Result<std::string> Authority::server_authority() const { return read_private(file("server-ca.pem")); }

Result<Authority::Token> Authority::make_token(Millis life) const {
  if (life < Millis(1000) || life > kLongestToken) return Error{.code = "E9004", .what = "a join token can't be good for " + to_text(life), .where = "--ttl", .hint = "give 1s to 7d; short is better"};
  const auto shown = server_authority();
  if (!shown) return shown.error();
  const auto facts = read_certificate(*shown);
  if (!facts) return facts.error();
  const auto lock = FileLock::take(file("lock"));
  if (!lock) return lock.error();
  auto ledger = read_ledger(file("ledger.json"));
  if (!ledger) return ledger.error();
  const JoinToken token{.fingerprint = facts->fingerprint, .secret = new_secret()};
  const auto until = clock_->now() + life;
  ledger->tokens.push_back({.hash = sha256_hex(token.secret), .until = until, .used = false});
  if (auto written = write_ledger(file("ledger.json"), *ledger, clock_->now()); !written) return written.error();
  return Token{.text = token_to_text(token), .fingerprint = token.fingerprint, .until = until};
}

// The lock is held: a name that is being revoked gets no certificate beside it.
Result<std::string> Authority::grant(const Revoked& revoked, const std::string& name, std::string_view request, Millis life) const {
  const auto sign = signer();
  if (!sign) return sign.error();
  auto from = whole_seconds(clock_->now());
  if (const auto at = revoked.find(name); at != revoked.end()) from = std::max(from, at->second);
  return issue(*sign, request, {.name = name, .use = Use::client, .addresses = {}, .from = from, .until = from + life});
}

Result<std::string> Authority::join(std::string_view secret, std::string_view request) const {
  const auto name = read_request(request);
  if (!name) return name.error();
  if (is_reserved(*name)) return Error{.code = "E3109", .what = "no token is good for the name " + quote(*name), .where = {}, .hint = "names that begin with client- or local- are given on the server's machine"};
  const auto lock = FileLock::take(file("lock"));
  if (!lock) return lock.error();
  auto ledger = read_ledger(file("ledger.json"));
  if (!ledger) return ledger.error();
  const auto now = clock_->now();
  if (auto spent = spend(*ledger, secret, now); !spent) return spent.error();
  if (auto written = write_ledger(file("ledger.json"), *ledger, now); !written) return written.error();  // before the certificate exists: never twice
  return grant(ledger->revoked, *name, request, terms_.worker_life);
}

Result<std::string> Authority::renew(std::string_view current, std::string_view request) const {
  const auto facts = read_certificate(current);
  if (!facts) return facts.error();
  const auto own = read_private(file("ca.pem"));
  if (!own) return own.error();
  if (!check_chain(current, "", *own, Use::client, clock_->now())) {
    return Error{.code = "E3116", .what = "the certificate of " + quote(facts->name) + " is of another authority than the server's own", .where = {}, .hint = "whoever made it makes the next one: put it into the same file"};
  }
  const auto name = read_request(request);
  if (!name) return name.error();
  if (*name != facts->name) return Error{.code = "E3113", .what = "the certificate is of " + quote(facts->name) + ", and a new one is wanted for " + quote(*name), .where = {}, .hint = "join anew under the other name"};
  const auto lock = FileLock::take(file("lock"));
  if (!lock) return lock.error();
  const auto ledger = read_ledger(file("ledger.json"));
  if (!ledger) return ledger.error();
  if (const auto at = ledger->revoked.find(*name); at != ledger->revoked.end() && facts->from < at->second) return Error{.code = "E3114", .what = "the certificate of " + quote(*name) + " was revoked", .where = {}, .hint = "join anew with a new token"};
  return grant(ledger->revoked, *name, request, terms_.worker_life);
}

Result<std::string> Authority::make_identity(const std::string& name, Millis life) const {
  const auto key = new_key();
  const auto request = make_request(key, name);
  if (!request) return request.error();
  const auto lock = FileLock::take(file("lock"));
  if (!lock) return lock.error();
  const auto ledger = read_ledger(file("ledger.json"));
  if (!ledger) return ledger.error();
  const auto certificate = grant(ledger->revoked, name, *request, life);
  if (!certificate) return certificate.error();
  return key + *certificate;
}

Status Authority::revoke(const std::string& name) const {
  const auto lock = FileLock::take(file("lock"));
  if (!lock) return lock.error();
  auto ledger = read_ledger(file("ledger.json"));
  if (!ledger) return ledger.error();
  ledger->revoked[name] = whole_seconds(clock_->now()) + std::chrono::seconds(1);  // certificates count in seconds
  return write_ledger(file("ledger.json"), *ledger, clock_->now());
}

Result<Revoked> Authority::revoked() const {
  auto ledger = read_ledger(file("ledger.json"));
  if (!ledger) return ledger.error();
  return std::move(ledger->revoked);
}

}  // namespace millrace::tls
