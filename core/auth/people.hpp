// Who may come in, as the store keeps them: users, service tokens, sessions. Values.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "auth/role.hpp"
#include "base/clock.hpp"

namespace millrace::auth {

struct User {
  std::string name{}, password{};  // argon2id
  TimePoint created{};
  std::vector<Grant> grants{};
};

struct Token {
  std::string id{}, name{}, hash{}, made_by{};
  std::vector<Grant> scopes{};
  TimePoint created{};
  std::optional<TimePoint> ends{}, revoked{};
};

struct Session {
  std::string id{}, hash{};
  std::string who{};  // "user:ada", or "token:ID" of the service token that it was begun with
  TimePoint created{}, seen{}, ends{};
};

// Letters, digits, dots, dashes, underscores and @; 1 to 64 of them: a name can stand in a log, a path and a command line. E8030.
Status check_name(std::string_view name);

}  // namespace millrace::auth
