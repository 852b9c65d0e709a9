// Users, service tokens, sessions and the audit log in the store's file, on a connection of their own.
//
// Any thread; calls take turns. Each change is one transaction, so a second program on the same machine may change them, too. It makes no
// store (SqliteStore does), and closes the file to other users of the machine. Errors: those of state/database.hpp, E8028 (no such
// user or token), E8029 (the name is taken), E8032 (nobody would be left who may let others in).
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auth/audit_chain.hpp"
#include "auth/people.hpp"
#include "state/database.hpp"

namespace millrace {

struct AuditFilter {
  int64_t after = 0;      // numbers above it, or below it when newest first; 0: from the end that is asked for
  bool newest_first = false;
  std::string who{}, verb{}, text{};  // verb: "runs." finds all of them; text: anywhere in target, outcome or request
  int limit = 100;
};

class AuthStore {
 public:
  static Result<std::unique_ptr<AuthStore>> open(const std::string& file);

  Result<bool> knows_nobody();  // no user, and no token ever made

  Result<std::vector<auth::User>> users();  // by name
  Result<std::optional<auth::User>> user(const std::string& name);
  Status add_user(const auth::User& user);
  Status remove_user(const std::string& name, TimePoint now);
  Status set_password(const std::string& name, const std::string& hash, bool ends_sessions);
  Status grant(const std::string& name, const auth::Grant& grant);
  Status revoke(const std::string& name, const auth::Grant& grant, TimePoint now);

  Result<std::vector<auth::Token>> tokens();  // by name, the revoked ones too
  Result<std::optional<auth::Token>> token(const std::string& id);
  Status add_token(const auth::Token& token);
  Status revoke_token(const std::string& name, TimePoint now);

  Result<std::optional<auth::Session>> session(const std::string& id);
  Status add_session(const auth::Session& session, TimePoint forget_before);  // those not seen since are dropped on the way
  Status touch_session(const std::string& id, TimePoint now);
  Status remove_session(const std::string& id);

  // Number, hash and the hash before are made here.
  Status record(auth::AuditEntry entry);
  Result<std::vector<auth::AuditEntry>> audit(const AuditFilter& filter);

 private:
  explicit AuthStore(Database db) : db_(std::move(db)) {}
  template <class F>
  Status write(F act);
  template <class F>
  auto read(F act) -> Result<decltype(act())>;
  Status keep_an_admin(TimePoint now);
  std::vector<auth::Grant> grants_of(const std::string& user);

  std::mutex turn_{};
  Database db_;
};

}  // namespace millrace
