// The table of everything that can be asked of the doors: which role it needs at least, and whose it is. REST and gRPC both read it here,
// and core/api/roles.md is made of it by tests/tidy/docs.py. What is not in the table is not served.
//
// Constant; any thread.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "auth/role.hpp"

namespace millrace::auth {

// Whose labels count.
enum class About : uint8_t {
  everyone = 0,  // no log-in: it says nothing of anybody's, or has a token of its own
  oneself,       // whoever is logged in
  listing,       // a role anywhere; the answer has what may be seen
  dag,           // of the Dag in the path
  run,           // of the Dag of the run in the path
  backfill,      // of the Dag of the backfill in the path
  house,         // of no Dag: a grant for all
};

struct Verb {
  std::string_view name{};  // as the audit log has it
  Role least = Role::admin;
  About about = About::house;
  std::string_view method{}, path{};  // of REST; empty: there is none
  std::string_view rpc{};             // of gRPC; empty: there is none
  bool writes = false;                // then it is in the audit log
};

std::span<const Verb> verbs();

struct RestVerb {
  const Verb* verb = nullptr;                  // null: there is none
  std::map<std::string, std::string> parts{};  // {"dag": "retail_daily"}
};

// By method and decoded path; HEAD is GET.
RestVerb verb_of(std::string_view method, std::string_view path);
const Verb* verb_of_rpc(std::string_view rpc);

}  // namespace millrace::auth
