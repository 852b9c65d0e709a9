#include "api/http_entry.hpp"

#include <algorithm>

#include "api/people_doors.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

constexpr std::string_view kBearer = "Bearer ";

Credentials shown_by(const HttpCall& call) {
  return {.bearer = call.authorization.starts_with(kBearer) ? call.authorization.substr(kBearer.size()) : "", .cookie = cookie_in(call.cookies, cookie_name(call.tls)), .from = call.from, .request = call.request_id};
}

// Addresses are kept in histories and logs of all kinds.
bool has_secret(const HttpCall& call) {
  return std::any_of(call.query.begin(), call.query.end(), [](const auto& one) {
    return one.first == "token" || one.first == "access_token" || one.first == "password" || auth::holds_secret(one.first) || auth::holds_secret(one.second);
  });
}

bool writes(const HttpCall& call) { return call.method != "GET" && call.method != "HEAD"; }

std::string set_cookie(const std::string& value, bool tls) {
  return cookie_name(tls) + "=" + value + "; Path=/; HttpOnly; SameSite=Strict" + (tls ? "; Secure" : "") + (value.empty() ? "; Max-Age=0" : "");
}

RestAnswer begin(Views& views, const HttpCall& call, const Entered& entered, const Json& body) {
  const auto& token = body["token"].as_text();
  auto begun = token.empty() ? views.doors->log_in(body["user"].as_text(), body["password"].as_text(), entered.shown) : views.doors->log_in(token, entered.shown);
  if (!begun) return problem(status_of(begun.error()), begun.error());
  RestAnswer answer{201, who_json(begun->caller)};
  answer.headers["Set-Cookie"] = set_cookie(begun->session, call.tls);
  return answer;
}

}  // namespace

std::string cookie_name(bool tls) { return tls ? "__Host-millrace" : "millrace"; }

std::string cookie_in(const std::string& header, const std::string& name) {
  for (const auto& one : split(header, ';')) {
    const auto text = trim(one);
    if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=') return std::string(text.substr(name.size() + 1));
  }
  return {};
}

std::string request_id_of(const std::string& given, TimePoint now) {
  const bool plain = !given.empty() && given.size() <= 64 && std::all_of(given.begin(), given.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  return plain ? given : uuid_v7(now);
}

Result<Entered> enter(Views& views, const HttpCall& call) {
  if (views.doors == nullptr) return Entered{};
  Entered entered{.shown = shown_by(call)};
  if (has_secret(call)) return Error{.code = "E8027", .what = "a token does not belong into an address", .where = call.path, .hint = "send it as Authorization: Bearer …, and revoke this one: addresses are written down in many places"};
  auto found = auth::verb_of(call.method, call.path);
  if (found.verb != nullptr && found.verb->about == auth::About::everyone) {
    entered.caller = Caller{.from = call.from, .request = call.request_id};
  } else {
    auto caller = views.doors->who(entered.shown);
    if (!caller) return caller.error();
    entered.caller = *std::move(caller);
  }
  if (found.verb == nullptr) return Error{.code = "E8003", .what = "no such address", .where = call.path, .hint = "see core/api/openapi.yaml"};
  entered.verb = found.verb;
  entered.parts = std::move(found.parts);
  const auto& caller = *entered.caller;
  // A browser sends the cookie by itself; the token is sent by the page only.
  if (caller.session && writes(call) && !auth::same(call.csrf, auth::csrf_of(*caller.session))) {
    const Error error{.code = "E8026", .what = "a write by cookie needs the header X-Csrf-Token", .where = call.path, .hint = "GET /api/v1/session tells it to the page; programs send a token instead of a cookie"};
    views.doors->refused(caller, found.verb->name, target_of(entered.parts), error);
    return error;
  }
  if (found.verb->about == auth::About::everyone) return entered;
  if (auto may = check_entry(views, caller, *found.verb, entered.parts); !may) return may.error();
  return entered;
}

void leave(Views& views, const Entered& entered, const RestAnswer& answer) {
  if (views.doors == nullptr || entered.verb == nullptr || !entered.verb->writes) return;
  const auto target = target_of(entered.parts);
  const std::string code = answer.body["code"].as_text();
  if (answer.status < 400) {
    const std::string made = !answer.note.empty() ? answer.note : answer.status == 201 ? answer.body["id"].as_text(answer.body["name"].as_text(answer.body["run"].as_text())) : "";
    return views.doors->done(*entered.caller, entered.verb->name, target, made.empty() ? "done" : "done " + made);
  }
  if (entered.verb->about == auth::About::everyone) return views.doors->refused(*entered.caller, entered.verb->name, target, {.code = code});
  views.doors->done(*entered.caller, entered.verb->name, target, "failed " + code);
}

RestAnswer answer_session(Views& views, const HttpCall& call, const Entered& entered, const std::string& text) {
  if (views.doors == nullptr) {
    if (!writes(call)) return {200, Json::object({{"auth", false}, {"who", Json()}, {"roles", Json::array()}, {"csrf", Json()}, {"good_until", Json()}})};
    const auto none = doors_of(views).error();
    return problem(status_of(none), none);
  }
  if (call.method == "GET" || call.method == "HEAD") return {200, who_json(*entered.caller)};
  if (call.method == "DELETE") {
    if (auto ended = views.doors->log_out(*entered.caller); !ended) return problem(status_of(ended.error()), ended.error());
    RestAnswer answer{200, Json::object({{"auth", true}, {"who", Json()}, {"roles", Json::array()}, {"csrf", Json()}, {"good_until", Json()}})};
    answer.headers["Set-Cookie"] = set_cookie("", call.tls);
    return answer;
  }
  const auto body = Json::parse(text);
  if (!body) return problem(400, {.code = body.error().code, .what = "the body is no JSON", .where = call.path, .hint = body.error().hint});
  if (entered.verb->name != "session.password") return begin(views, call, entered, *body);
  auto changed = change_own_password(*views.doors, *entered.caller, *body);
  if (!changed) return problem(status_of(changed.error()), changed.error());
  RestAnswer answer{200, std::move(*changed)};
  answer.headers["Set-Cookie"] = set_cookie("", call.tls);  // all sessions have ended, this one too
  return answer;
}

}  // namespace millrace
