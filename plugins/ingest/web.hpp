// Web servers that data comes from: who asks, and trying again what passes by itself.
//
// One thread. Throws mr::Failure E5078 (`access` makes no sense), E5030 (404, 410), E5079 (another status than 2xx); mr::Cancelled.
#pragma once
#include <string>

#include "common/waiting.hpp"
#include "http/http_client.hpp"

namespace mr::ingest {

// {user, password} or {token}, and ca_file. A URL that holds a password is refused.
struct WebAccess {
  http::Credentials credentials{};
  std::string ca_file{};
};
WebAccess web_access(const std::string& url, const Json& access, const mr::Attempt& attempt);

// An answer of 2xx as it is; others are failures, those that pass transient ones.
http::Answer good(http::Answer answer, const std::string& name);

// A few times, with longer and longer pauses, while it fails by what passes. That something is not there, or is another one, does not.
template <class Act>
auto trying(const mr::Attempt& attempt, Act act) {
  constexpr int kMostTries = 4;
  double pause = 0.2;  // seconds
  for (int tries = 1;; ++tries) {
    try {
      return act();
    } catch (const Failure& failure) {
      if (failure.final || failure.code == "E5030" || failure.code == "E5038" || tries == kMostTries) throw;
      attempt.info(failure.what_happened + "; trying again");
    }
    waiting::pause(attempt, waiting::Seconds(pause));
    pause *= 2;
  }
}

}  // namespace mr::ingest
