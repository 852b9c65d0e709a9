// Passwords as argon2id, in PHC strings ("$argon2id$v=19$m=19456,t=2,p=1$salt$hash"). argon2.h is included in password.cpp and nowhere else.
//
// Any thread; each call takes some 20 MiB and tens of milliseconds, and at most two work at once: the others wait their turn.
// Errors: E8030 for a password that is too short or too long. No error ever holds it.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::auth {

Status check_new_password(std::string_view password);
Result<std::string> hash_password(std::string_view password);
// False, too, for a hash that can't be read. An empty hash costs the same time, so that nobody learns which names there are.
bool is_password(std::string_view password, const std::string& hash);
// Made with other parameters than today's: make it anew while the password is at hand.
bool is_outdated(const std::string& hash);

}  // namespace millrace::auth
