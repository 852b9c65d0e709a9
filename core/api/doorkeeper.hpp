// Who comes in by REST and gRPC, and what of it goes into the audit log. Without one (Views::doors is null) a server is open, as on loopback.
//
// Any thread. Knows tokens and sessions by their hashes only; looks into the store each time, so that what is revoked is refused at once.
// Errors: E8020 to E8026, E8030, those of state/auth_store.hpp. None holds a password, a token or a session.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "auth/lockout.hpp"
#include "auth/secret.hpp"
#include "auth/verbs.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "state/auth_store.hpp"

namespace millrace {

// What a request shows, and where it comes from.
struct Credentials {
  std::string bearer{}, cookie{};  // a service token, a session; "" when not shown
  std::string from{};              // address
  std::string request{};           // id of the request
};

struct Caller {
  std::string who = "anyone";  // "user:ada", "token:ci"
  std::string from{}, request{};
  std::vector<auth::Grant> grants{};
  std::optional<auth::Secret> session{};  // it came by cookie
  TimePoint good_until{};                 // look again then
  bool sees_all() const { return auth::may(grants, auth::Role::viewer, nullptr); }
  bool sees(const auth::Labels& labels) const { return auth::may(grants, auth::Role::viewer, &labels); }
};

struct DoorTerms {
  Millis idle{60 * 60'000}, life{12 * 60 * 60'000};  // of a session: without a request, and at all
};

class Doorkeeper {
 public:
  Doorkeeper(AuthStore& store, const Clock& clock, DoorTerms terms = {}) : store_(store), clock_(clock), terms_(terms) {}

  // A first token for an admin, when the store knows nobody; its text is in the answer and nowhere else.
  Result<std::optional<std::string>> first_token();

  // E8020 nothing is shown, E8021 not known or revoked, E8022 over. `look`: does not count as use of the session.
  Result<Caller> who(const Credentials& shown, bool look = false);
  // E8023. `labels`: of the Dag that it is about; null: of none.
  Status may(const Caller& caller, const auth::Verb& verb, const auth::Labels* labels, const std::string& target);

  struct LogIn {
    std::string session{}, csrf{};  // for the cookie, and for the page
    Caller caller{};
  };
  // By a name and a password, or by a token. E8024 wrong, E8025 too many failed. Always a session of its own; the one before it ends.
  Result<LogIn> log_in(const std::string& user, const std::string& password, const Credentials& shown);
  Result<LogIn> log_in(const std::string& token, const Credentials& shown);
  Status log_out(const Caller& caller);
  // E8024, E8025: failed ones count, whoever asks.
  Status check_password(const std::string& user, const std::string& password, const Caller& caller);

  // After a write: `outcome` is "done" with what came of it, or "failed" with the code.
  void done(const Caller& caller, std::string_view verb, const std::string& target, const std::string& outcome);
  void refused(const Caller& caller, std::string_view verb, const std::string& target, const Error& error);

  // Goes up when anybody may do less than before: whoever is connected looks again.
  uint64_t changes() const { return changes_; }
  void changed() { ++changes_; }
  AuthStore& store() { return store_; }
  const Clock& clock() const { return clock_; }

 private:
  Result<Caller> by_token(const Credentials& shown);
  Result<Caller> by_session(const Credentials& shown, bool look);
  Result<std::vector<auth::Grant>> grants_of(const auth::Session& session, std::string& who);
  Result<LogIn> begin_session(const std::string& who, const Credentials& shown);
  Status begin_try(const std::string& user, const std::string& from);
  void note(const Caller& caller, std::string_view verb, const std::string& target, const std::string& outcome);

  AuthStore& store_;
  const Clock& clock_;
  const DoorTerms terms_;
  std::atomic<uint64_t> changes_ = 0;
  Guarded<auth::Lockout> users_{auth::Lockout({.free_tries = 5})}, addresses_{auth::Lockout({.free_tries = 20})};
  Guarded<auth::Lockout> noise_{auth::Lockout({.free_tries = 60, .first = Millis{60'000}, .longest = Millis{60'000}, .memory = Millis{60'000}})};  // refusals that are written down, by address
};

}  // namespace millrace
