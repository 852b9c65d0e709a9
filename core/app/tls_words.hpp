// The words that deal with certificates on the server's machine: they read its home, and need no server. Each returns the exit code.
#pragma once
#include <string>

#include "app/commands.hpp"

namespace millrace {

struct TlsWords {
  std::string home = ".millrace", name{}, into{}, life = "90d", ttl = "10m";
};

int print_join_token(const TlsWords& words, Output output);
int revoke_worker(const TlsWords& words, Output output);
int make_client_identity(const TlsWords& words, Output output);

}  // namespace millrace
