// Users, service tokens, sessions and the audit log for REST, gRPC and the command line: words in JSON, answers in JSON.
//
// Any thread. Whether the caller may is decided before (api/entry.hpp). Errors: those of api/doorkeeper.hpp; E8033 on an open server.
#pragma once
#include <string>

#include "api/doorkeeper.hpp"
#include "api/views.hpp"
#include "base/json.hpp"

namespace millrace {

Result<Doorkeeper*> doors_of(Views& views);  // E8033: there are none

Json who_json(const Caller& caller);
Result<Json> list_users(Doorkeeper& doors);
Result<Json> add_user(Doorkeeper& doors, const Json& body);  // {name, password, roles}
Result<Json> remove_user(Doorkeeper& doors, const std::string& name);
Result<Json> grant_role(Doorkeeper& doors, const std::string& name, const std::string& role);
Result<Json> revoke_role(Doorkeeper& doors, const std::string& name, const std::string& role);
Result<Json> set_password(Doorkeeper& doors, const std::string& name, const std::string& password);
// By oneself: {old, new}. E8024, E8025; a token has no password (E8030).
Result<Json> change_own_password(Doorkeeper& doors, const Caller& caller, const Json& body);

Result<Json> list_tokens(Doorkeeper& doors);
Result<Json> create_token(Doorkeeper& doors, const Caller& caller, const Json& body);  // {name, scopes, life}; the answer has the token, this once
Result<Json> revoke_token(Doorkeeper& doors, const std::string& name);

Result<Json> audit_page(Doorkeeper& doors, const AuditFilter& filter);  // {items, next}
// {good, entries, head, problem}. `head`: a hash that was noted before, which must be in the chain.
Result<Json> verify_audit(Doorkeeper& doors, const std::string& head);

}  // namespace millrace
