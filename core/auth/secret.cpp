#include "auth/secret.hpp"

#include <algorithm>
#include <array>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "tls/token.hpp"

namespace millrace::auth {
namespace {

constexpr size_t kId = 16, kHex = 64;
constexpr std::array<std::string_view, 2> kMarks{"mrt1_", "mrs1_"};

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Secret new_secret() { return {.id = tls::new_secret().substr(0, kId), .secret = tls::new_secret()}; }

std::string to_text(SecretKind kind, const Secret& secret) { return std::string(kMarks[static_cast<size_t>(kind)]) + secret.id + "_" + secret.secret; }

std::optional<Secret> secret_from(SecretKind kind, std::string_view text) {
  const auto mark = kMarks[static_cast<size_t>(kind)];
  if (text.size() != mark.size() + kId + 1 + kHex || !text.starts_with(mark) || text[mark.size() + kId] != '_') return std::nullopt;
  const auto id = text.substr(mark.size(), kId), secret = text.substr(mark.size() + kId + 1);
  if (!is_hex(id) || !is_hex(secret)) return std::nullopt;
  return Secret{.id = std::string(id), .secret = std::string(secret)};
}

std::string hash_of(const Secret& secret) { return sha256_hex(secret.secret); }

bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned>(static_cast<unsigned char>(b[i]));
  return *const_cast<volatile unsigned*>(&difference) == 0;
}

std::string csrf_of(const Secret& session) { return sha256_hex("csrf " + session.secret); }

bool holds_secret(std::string_view text) {
  return std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) { return text.find(mark) != std::string_view::npos; });
}

}  // namespace millrace::auth
