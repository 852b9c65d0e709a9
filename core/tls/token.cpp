#include "tls/token.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "base/invariant.hpp"
#include "base/text.hpp"

namespace millrace::tls {
namespace {

constexpr std::string_view kMark = "mrj1_";
constexpr size_t kHex = 64;

bool is_hex(std::string_view text) {
  return text.size() == kHex && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string new_secret() {
  std::array<unsigned char, kHex / 2> bytes{};
  MR_INVARIANT(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "the system gave no random bytes");
  std::string text;
  for (const auto byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string token_to_text(const JoinToken& token) { return std::string(kMark) + token.fingerprint + "_" + token.secret; }

Result<JoinToken> token_from_text(std::string_view text) {
  text = trim(text);
  const bool fits = text.size() == kMark.size() + 2 * kHex + 1 && text.starts_with(kMark) && text[kMark.size() + kHex] == '_';
  if (fits && is_hex(text.substr(kMark.size(), kHex)) && is_hex(text.substr(kMark.size() + kHex + 1))) {
    return JoinToken{.fingerprint = std::string(text.substr(kMark.size(), kHex)), .secret = std::string(text.substr(kMark.size() + kHex + 1))};
  }
  return Error{.code = "E3102", .what = "this is no join token", .where = {}, .hint = "make one on the server's machine by `millrace workers token`, and give all of it"};
}

}  // namespace millrace::tls
