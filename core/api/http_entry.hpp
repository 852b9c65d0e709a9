// What a request by HTTP shows of its sender, and what it is let in for; without HTTP itself, so that it can be tested.
//
// Any thread. On an open server everybody comes in as nobody. Errors: E8003 (no such verb), E8020 to E8023, E8026 (a write by cookie without
// its token), E8027 (a secret in the address).
#pragma once
#include <map>
#include <optional>
#include <string>

#include "api/entry.hpp"
#include "api/rest.hpp"

namespace millrace {

struct HttpCall {
  std::string method{}, path{}, from{};  // path: decoded
  std::multimap<std::string, std::string> query{};
  std::string authorization{}, cookies{}, csrf{}, request_id{};  // headers as they came
  bool tls = false;
};

struct Entered {
  std::optional<Caller> caller{};  // none: an open server
  const auth::Verb* verb = nullptr;
  Parts parts{};
  Credentials shown{};
};

Result<Entered> enter(Views& views, const HttpCall& call);
// After the answer: writes, and what failed of them, into the audit log.
void leave(Views& views, const Entered& entered, const RestAnswer& answer);

// POST {user, password} or {token}: begins a session; GET: who am I; DELETE: ends it. The cookie is in the answer's headers.
RestAnswer answer_session(Views& views, const HttpCall& call, const Entered& entered, const std::string& body);

std::string cookie_name(bool tls);  // "__Host-millrace" where that is allowed
std::string cookie_in(const std::string& header, const std::string& name);  // "" when it is not there
// As the sender has it, when it is short and plain; else a new one.
std::string request_id_of(const std::string& given, TimePoint now);

}  // namespace millrace
