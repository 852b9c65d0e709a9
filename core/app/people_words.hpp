// The words `users`, `tokens` and `audit`: of a server with --auth, or, on its machine, of its home.
//
// Passwords come from a prompt or from standard input, tokens from MILLRACE_TOKEN or a file that only we may read: never from the command
// line, which everybody on the machine can read. Each returns the exit code.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct PeopleWords {
  std::string verb{};  // as in auth/verbs.hpp: "users.add"
  std::string name{}, role{}, life{}, home{}, who{}, what{}, text{}, head{}, out{};
  std::vector<std::string> roles{};
  int limit = 50;
};

// `client` null: of the home that is named.
int act_on_people(Client* client, const PeopleWords& words, Output output);

// What the command line shows to servers; "" when there is none. E3101: the file may be read by others.
Result<std::string> own_token();

}  // namespace millrace
