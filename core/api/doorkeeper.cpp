#include "api/doorkeeper.hpp"

#include "auth/password.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

constexpr size_t kMostTarget = 500;

Error unknown() { return {.code = "E8021", .what = "this token or session is not known", .where = {}, .hint = "log in again; `millrace tokens create` makes a token"}; }
Error over(const std::string& what) { return {.code = "E8022", .what = what + " is over", .where = {}, .hint = "log in again, or have a new token made; is the clock of the server right?"}; }

}  // namespace

Result<std::optional<std::string>> Doorkeeper::first_token() {
  const auto nobody = store_.knows_nobody();
  if (!nobody) return nobody.error();
  if (!*nobody) return std::optional<std::string>();
  const auto secret = auth::new_secret();
  const auto now = clock_.now();
  if (auto added = store_.add_token({.id = secret.id, .name = "first", .hash = auth::hash_of(secret), .made_by = "server", .scopes = {{.role = auth::Role::admin}}, .created = now}); !added) return added.error();
  note({.who = "server"}, "tokens.create", "first", "done");
  return std::optional(auth::to_text(auth::SecretKind::token, secret));
}

Result<Caller> Doorkeeper::who(const Credentials& shown, bool look) {
  Caller nobody{.from = shown.from, .request = shown.request};
  if (shown.bearer.empty() && shown.cookie.empty()) return Error{.code = "E8020", .what = "this server wants to know who asks", .where = {}, .hint = "log in, or send a token: Authorization: Bearer …, or MILLRACE_TOKEN for the command line"};
  auto caller = shown.bearer.empty() ? by_session(shown, look) : by_token(shown);
  if (!caller) refused(nobody, "server.enter", shown.bearer.empty() ? "session" : "token", caller.error());
  return caller;
}

Result<Caller> Doorkeeper::by_token(const Credentials& shown) {
  const auto secret = auth::secret_from(auth::SecretKind::token, shown.bearer);
  if (!secret) return unknown();
  auto token = store_.token(secret->id);
  if (!token) return token.error();
  if (!*token || !auth::same((*token)->hash, auth::hash_of(*secret)) || (*token)->revoked) return unknown();
  const auto ends = (*token)->ends.value_or(TimePoint::max());
  if (ends <= clock_.now()) return over("this token");
  return Caller{.who = "token:" + (*token)->name, .from = shown.from, .request = shown.request, .grants = std::move((*token)->scopes), .session = {}, .good_until = ends};
}

// What the one who began it may do now.
Result<std::vector<auth::Grant>> Doorkeeper::grants_of(const auth::Session& session, std::string& who) {
  constexpr std::string_view kUser = "user:", kToken = "token:";
  if (session.who.starts_with(kUser)) {
    auto user = store_.user(session.who.substr(kUser.size()));
    if (!user) return user.error();
    if (!*user) return unknown();
    who = session.who;
    return std::move((*user)->grants);
  }
  auto token = store_.token(session.who.substr(kToken.size()));
  if (!token) return token.error();
  if (!*token || (*token)->revoked) return unknown();
  if ((*token)->ends && *(*token)->ends <= clock_.now()) return over("this token");
  who = "token:" + (*token)->name;
  return std::move((*token)->scopes);
}

Result<Caller> Doorkeeper::by_session(const Credentials& shown, bool look) {
  const auto secret = auth::secret_from(auth::SecretKind::session, shown.cookie);
  if (!secret) return unknown();
  const auto found = store_.session(secret->id);
  if (!found) return found.error();
  if (!*found || !auth::same((*found)->hash, auth::hash_of(*secret))) return unknown();
  const auto& session = **found;
  const auto now = clock_.now();
  if (now >= session.ends || now >= session.seen + terms_.idle) return over("this session");
  Caller caller{.from = shown.from, .request = shown.request, .session = secret, .good_until = std::min(session.ends, (look ? session.seen : now) + terms_.idle)};
  auto grants = grants_of(session, caller.who);
  if (!grants) return grants.error();
  caller.grants = *std::move(grants);
  // Not each time: a write costs a sync. A clock that was put back counts as use, too.
  if (!look && (now >= session.seen + terms_.idle / 20 || now < session.seen)) {
    if (auto touched = store_.touch_session(session.id, now); !touched) log::warn(to_string(touched.error()));
  }
  return caller;
}

Status Doorkeeper::may(const Caller& caller, const auth::Verb& verb, const auth::Labels* labels, const std::string& target) {
  using enum auth::About;
  const bool good = verb.about == everyone || verb.about == oneself || (verb.about == listing ? auth::may_somewhere(caller.grants, verb.least) : auth::may(caller.grants, verb.least, labels));
  if (good) return {};
  Error no{.code = "E8023", .what = caller.who + " may not do this", .where = std::string(verb.name), .hint = "it needs the role " + std::string(auth::name(verb.least)) + (labels == nullptr && verb.about != listing ? " for everything" : "") + "; `millrace users grant` gives it"};
  refused(caller, verb.name, target, no);
  return no;
}

// A try counts as failed until it has not: so many at once are no way around it.
Status Doorkeeper::begin_try(const std::string& user, const std::string& from) {
  const auto now = clock_.now();
  const auto by_user = users_.with([&](auth::Lockout& l) {
    const auto wait = user.empty() ? std::nullopt : l.wait_of(user, now);
    if (!wait && !user.empty()) l.failed(user, now);
    return wait;
  });
  const auto by_address = addresses_.with([&](const auth::Lockout& l) { return l.wait_of(from, now); });
  const auto wait = std::max(by_user.value_or(Millis{}), by_address.value_or(Millis{}));
  if (wait == Millis{}) return {};
  return Error{.code = "E8025", .what = "too many log-ins have failed", .where = {}, .hint = "try again in " + std::to_string((wait.count() + 999) / 1000) + " s"};
}

Result<Doorkeeper::LogIn> Doorkeeper::log_in(const std::string& user, const std::string& password, const Credentials& shown) {
  if (auto right = check_password(user, password, {.from = shown.from, .request = shown.request}); !right) return right.error();
  return begin_session("user:" + user, shown);
}

Status Doorkeeper::check_password(const std::string& user, const std::string& password, const Caller& caller) {
  const Error wrong{.code = "E8024", .what = "name or password is wrong", .where = {}, .hint = "an admin can set another one by `millrace users passwd`"};
  if (!auth::check_name(user)) return wrong;  // no such name can be in the table of those that failed
  if (auto wait = begin_try(user, caller.from); !wait) {
    refused(caller, "session.begin", user, wait.error());
    return wait.error();
  }
  const auto found = store_.user(user);
  if (!found) return found.error();
  const std::string hash = *found ? (*found)->password : "";
  if (!auth::is_password(password, hash)) {
    addresses_.with([&, now = clock_.now()](auth::Lockout& l) { l.failed(caller.from, now); });
    refused(caller, "session.begin", user, wrong);
    return wrong;
  }
  users_.with([&](auth::Lockout& l) { l.succeeded(user); });
  if (auto anew = auth::is_outdated(hash) ? auth::hash_password(password) : Result<std::string>(hash); anew && *anew != hash) (void)store_.set_password(user, *anew, false);
  return {};
}

Result<Doorkeeper::LogIn> Doorkeeper::log_in(const std::string& token, const Credentials& shown) {
  if (auto wait = begin_try({}, shown.from); !wait) return wait.error();
  Credentials by{.bearer = std::string(trim(token)), .cookie = {}, .from = shown.from, .request = shown.request};
  const auto caller = who(by);
  if (!caller) {
    addresses_.with([&, now = clock_.now()](auth::Lockout& l) { l.failed(shown.from, now); });
    return caller.error();
  }
  return begin_session("token:" + auth::secret_from(auth::SecretKind::token, by.bearer)->id, shown);
}

// A new id each time: what somebody has planted before is worth nothing. The session that was shown ends.
Result<Doorkeeper::LogIn> Doorkeeper::begin_session(const std::string& who, const Credentials& shown) {
  if (const auto before = auth::secret_from(auth::SecretKind::session, shown.cookie)) {
    const auto kept = store_.session(before->id);
    if (kept && *kept && auth::same((*kept)->hash, auth::hash_of(*before))) (void)store_.remove_session(before->id);
    changed();
  }
  const auto secret = auth::new_secret();
  const auto now = clock_.now();
  if (auto added = store_.add_session({.id = secret.id, .hash = auth::hash_of(secret), .who = who, .created = now, .seen = now, .ends = now + terms_.life}, now - terms_.idle); !added) return added.error();
  LogIn begun{.session = auth::to_text(auth::SecretKind::session, secret), .csrf = auth::csrf_of(secret)};
  auto caller = by_session({.bearer = {}, .cookie = begun.session, .from = shown.from, .request = shown.request}, true);
  if (!caller) return caller.error();
  begun.caller = *std::move(caller);
  note(begun.caller, "session.begin", begun.caller.who, "done");
  return begun;
}

Status Doorkeeper::log_out(const Caller& caller) {
  if (!caller.session) return {};
  if (auto removed = store_.remove_session(caller.session->id); !removed) return removed;
  changed();
  note(caller, "session.end", caller.who, "done");
  return {};
}

void Doorkeeper::done(const Caller& caller, std::string_view verb, const std::string& target, const std::string& outcome) { note(caller, verb, target, outcome); }

// Whoever asks again and again without a right must not fill the disk.
void Doorkeeper::refused(const Caller& caller, std::string_view verb, const std::string& target, const Error& error) {
  const auto now = clock_.now();
  const bool quiet = noise_.with([&](auth::Lockout& noise) {
    if (noise.wait_of(caller.from, now)) return true;
    noise.failed(caller.from, now);
    return false;
  });
  if (!quiet) note(caller, verb, target, "refused " + error.code);
}

void Doorkeeper::note(const Caller& caller, std::string_view verb, const std::string& target, const std::string& outcome) {
  const auto written = store_.record({.time = clock_.now(), .who = caller.who, .from = caller.from, .verb = std::string(verb), .target = valid_utf8(target.substr(0, kMostTarget)), .outcome = outcome, .request = caller.request});
  if (!written) log::error("the audit log could not be written: " + to_string(written.error()));
}

}  // namespace millrace
