// A join token: a secret that is good for one certificate, and the fingerprint of the authority that it is good at.
//
// "mrj1_<64 hex: the authority's SHA-256>_<64 hex: the secret>". Pure but for random bytes; any thread. Errors: E3102, which
// never repeats the token.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::tls {

struct JoinToken {
  std::string fingerprint{}, secret{};
};

std::string new_secret();  // 256 random bits in hex
std::string token_to_text(const JoinToken& token);
Result<JoinToken> token_from_text(std::string_view text);  // blanks around it are left out

}  // namespace millrace::tls
