#include "auth/password.hpp"

#include <argon2.h>

#include <array>
#include <semaphore>

#include "base/invariant.hpp"
#include "base/text.hpp"
#include "tls/token.hpp"

namespace millrace::auth {
namespace {

// OWASP Password Storage Cheat Sheet, "Argon2id": a minimum of 19 MiB of memory, an iteration count of 2, and 1 degree of parallelism.
constexpr uint32_t kMemoryKiB = 19'456, kPasses = 2, kLanes = 1;
constexpr size_t kSalt = 16, kHash = 32;
constexpr size_t kLeast = 12, kMost = 1'024;  // bytes; NIST SP 800-63B asks for at least 8 letters and room for 64

std::counting_semaphore<2> turns{2};

class Turn {
 public:
  Turn() { turns.acquire(); }
  ~Turn() { turns.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
};

std::string prefix() { return "$argon2id$v=19$m=" + std::to_string(kMemoryKiB) + ",t=" + std::to_string(kPasses) + ",p=" + std::to_string(kLanes) + "$"; }

std::string hashed(std::string_view password, std::string_view salt) {
  std::array<char, 256> out{};
  const Turn turn;
  const int failed = argon2id_hash_encoded(kPasses, kMemoryKiB, kLanes, password.data(), password.size(), salt.data(), salt.size(), kHash, out.data(), out.size());
  MR_INVARIANT(failed == ARGON2_OK, "argon2id refused its parameters, or there is no memory for it");
  return out.data();
}

}  // namespace

Status check_new_password(std::string_view password) {
  if (password.size() < kLeast) return Error{.code = "E8030", .what = "the password is too short", .where = "password", .hint = "at least 12 letters; a few words are easier to keep than signs"};
  if (password.size() > kMost) return Error{.code = "E8030", .what = "the password is too long", .where = "password", .hint = "at most 1024 bytes"};
  if (!is_valid_utf8(password) || password.find('\0') != std::string_view::npos) return Error{.code = "E8030", .what = "the password is no text", .where = "password", .hint = "UTF-8, and no NUL"};
  return {};
}

Result<std::string> hash_password(std::string_view password) {
  if (auto good = check_new_password(password); !good) return good.error();
  return hashed(password, tls::new_secret().substr(0, kSalt * 2));
}

bool is_password(std::string_view password, const std::string& hash) {
  if (password.size() > kMost) password = {};
  static const std::string nobody = hashed("nobody has this password", "0123456789abcdef");
  const Turn turn;
  const bool same = argon2id_verify((hash.empty() ? nobody : hash).c_str(), password.data(), password.size()) == ARGON2_OK;
  return same && !hash.empty();
}

bool is_outdated(const std::string& hash) { return !hash.starts_with(prefix()); }

}  // namespace millrace::auth
