#include "api/people_doors.hpp"

#include "auth/password.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

constexpr int kVerifyPage = 1'000;
constexpr size_t kMostRoles = 100;

Json texts_of(const std::vector<auth::Grant>& grants) {
  Json list = Json::array();
  for (const auto& grant : grants) list.push(auth::to_text(grant));
  return list;
}

Result<std::vector<auth::Grant>> grants_in(const Json& list, const std::string& field) {
  std::vector<auth::Grant> grants;
  if (!list.is_array() || list.size() == 0 || list.size() > kMostRoles) return Error{.code = "E8030", .what = "a list of roles is needed", .where = field, .hint = "for example [\"viewer\", \"operator:team=sales\"]"};
  for (const auto& one : list.items()) {
    auto grant = auth::grant_from(one.as_text());
    if (!grant) return grant.error();
    grants.push_back(*std::move(grant));
  }
  return grants;
}

Json user_json(const auth::User& user) { return Json::object({{"name", user.name}, {"roles", texts_of(user.grants)}, {"created", to_iso(user.created)}}); }

Result<Json> user_now(Doorkeeper& doors, const std::string& name) {
  auto user = doors.store().user(name);
  if (!user) return user.error();
  return *user ? user_json(**user) : Json::object({{"name", name}, {"roles", Json::array()}, {"created", Json()}});
}

Json token_json(const auth::Token& token, TimePoint now) {
  const bool over = token.ends && *token.ends <= now;
  return Json::object({{"name", token.name}, {"scopes", texts_of(token.scopes)}, {"state", token.revoked ? "revoked" : over ? "over" : "good"}, {"made_by", token.made_by}, {"created", to_iso(token.created)},
                       {"ends", token.ends ? Json(to_iso(*token.ends)) : Json()}, {"revoked", token.revoked ? Json(to_iso(*token.revoked)) : Json()}});
}

}  // namespace

Result<Doorkeeper*> doors_of(Views& views) {
  if (views.doors != nullptr) return views.doors;
  return Error{.code = "E8033", .what = "this server is open: it knows no users", .where = {}, .hint = "start it by `millrace serve --auth`"};
}

Json who_json(const Caller& caller) {
  return Json::object({{"auth", true}, {"who", caller.who}, {"roles", texts_of(caller.grants)}, {"csrf", caller.session ? Json(auth::csrf_of(*caller.session)) : Json()},
                       {"good_until", caller.good_until == TimePoint::max() ? Json() : Json(to_iso(caller.good_until))}});
}

Result<Json> list_users(Doorkeeper& doors) {
  const auto users = doors.store().users();
  if (!users) return users.error();
  Json items = Json::array();
  for (const auto& user : *users) items.push(user_json(user));
  return Json::object({{"items", std::move(items)}, {"next", Json()}});
}

Result<Json> add_user(Doorkeeper& doors, const Json& body) {
  const auto& name = body["name"].as_text();
  if (auto good = auth::check_name(name); !good) return good.error();
  auto grants = grants_in(body["roles"], "roles");
  if (!grants) return grants.error();
  auto hash = auth::hash_password(body["password"].as_text());
  if (!hash) return hash.error();
  if (auto added = doors.store().add_user({.name = name, .password = *std::move(hash), .created = doors.clock().now(), .grants = *std::move(grants)}); !added) return added.error();
  return user_now(doors, name);
}

Result<Json> remove_user(Doorkeeper& doors, const std::string& name) {
  if (auto removed = doors.store().remove_user(name, doors.clock().now()); !removed) return removed.error();
  doors.changed();
  return Json::object({{"name", name}, {"state", "removed"}});
}

Result<Json> grant_role(Doorkeeper& doors, const std::string& name, const std::string& role) {
  const auto grant = auth::grant_from(role);
  if (!grant) return grant.error();
  if (auto granted = doors.store().grant(name, *grant); !granted) return granted.error();
  return user_now(doors, name);
}

Result<Json> revoke_role(Doorkeeper& doors, const std::string& name, const std::string& role) {
  const auto grant = auth::grant_from(role);
  if (!grant) return grant.error();
  if (auto revoked = doors.store().revoke(name, *grant, doors.clock().now()); !revoked) return revoked.error();
  doors.changed();
  return user_now(doors, name);
}

Result<Json> set_password(Doorkeeper& doors, const std::string& name, const std::string& password) {
  const auto hash = auth::hash_password(password);
  if (!hash) return hash.error();
  if (auto set = doors.store().set_password(name, *hash, true); !set) return set.error();
  doors.changed();
  return user_now(doors, name);
}

Result<Json> change_own_password(Doorkeeper& doors, const Caller& caller, const Json& body) {
  constexpr std::string_view kUser = "user:";
  if (!caller.who.starts_with(kUser)) return Error{.code = "E8030", .what = "a token has no password", .where = {}, .hint = "log in as a user"};
  const std::string name = caller.who.substr(kUser.size());
  if (auto right = doors.check_password(name, body["old"].as_text(), caller); !right) return right.error();
  return set_password(doors, name, body["new"].as_text());
}

Result<Json> list_tokens(Doorkeeper& doors) {
  const auto tokens = doors.store().tokens();
  if (!tokens) return tokens.error();
  Json items = Json::array();
  for (const auto& token : *tokens) items.push(token_json(token, doors.clock().now()));
  return Json::object({{"items", std::move(items)}, {"next", Json()}});
}

Result<Json> create_token(Doorkeeper& doors, const Caller& caller, const Json& body) {
  const auto now = doors.clock().now();
  auth::Token token{.name = body["name"].as_text(), .made_by = caller.who, .created = now};
  if (auto good = auth::check_name(token.name); !good) return good.error();
  auto scopes = grants_in(body["scopes"], "scopes");
  if (!scopes) return scopes.error();
  token.scopes = *std::move(scopes);
  if (const auto& life = body["life"]; !life.is_null() && life.as_text() != "for ever") {
    const auto length = duration_from_text(life.as_text());
    constexpr Millis kMost{int64_t{100} * 366 * 24 * 3'600'000};
    if (!length || *length <= Millis{0} || *length > kMost) return Error{.code = "E8030", .what = "this is no life of a token", .where = "life", .hint = "for example 90d; or leave it out, and the token is good for 90 days; or \"for ever\""};
    token.ends = now + *length;
  } else if (life.is_null()) {
    token.ends = now + Millis{int64_t{90} * 24 * 3'600'000};
  }
  const auto secret = auth::new_secret();
  token.id = secret.id;
  token.hash = auth::hash_of(secret);
  if (auto added = doors.store().add_token(token); !added) return added.error();
  Json json = token_json(token, now);
  json.set("token", auth::to_text(auth::SecretKind::token, secret));
  return json;
}

Result<Json> revoke_token(Doorkeeper& doors, const std::string& name) {
  if (auto revoked = doors.store().revoke_token(name, doors.clock().now()); !revoked) return revoked.error();
  doors.changed();
  return Json::object({{"name", name}, {"state", "revoked"}});
}

Result<Json> audit_page(Doorkeeper& doors, const AuditFilter& filter) {
  auto more = filter;
  more.limit = std::clamp(filter.limit, 1, 1'000) + 1;
  auto entries = doors.store().audit(more);
  if (!entries) return entries.error();
  const bool all = entries->size() < static_cast<size_t>(more.limit);
  if (!all) entries->pop_back();
  Json items = Json::array();
  for (const auto& entry : *entries) items.push(auth::to_json(entry));
  return Json::object({{"items", std::move(items)}, {"next", all ? Json() : Json(std::to_string(entries->back().number))}});
}

Result<Json> verify_audit(Doorkeeper& doors, const std::string& head) {
  auth::ChainCheck chain;
  Status good;
  bool found = head.empty();
  for (AuditFilter filter{.limit = kVerifyPage};;) {
    const auto entries = doors.store().audit(filter);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
      if (good) good = chain.add(entry);
      found = found || entry.hash == head;
    }
    if (!good || entries->size() < static_cast<size_t>(kVerifyPage)) break;
    filter.after = entries->back().number;
  }
  if (good && !found) good = Error{.code = "E8031", .what = "the chain does not hold the hash that was noted", .where = {}, .hint = "its newest entries were cut off, or the hash is of another server"};
  const Json problem = good ? Json() : to_json(good.error());
  return Json::object({{"good", good.ok()}, {"entries", chain.count()}, {"head", chain.head()}, {"problem", problem}});
}

}  // namespace millrace
