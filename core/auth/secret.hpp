// What tokens and sessions are made of: a public id that finds the row, and a secret of 256 random bits of which only the SHA-256 is kept.
//
// "mrt1_<16 hex: id>_<64 hex: secret>" for service tokens, "mrs1_…" for sessions. A plain hash is enough: nobody can guess 256 bits.
// Pure but for random bytes; any thread. No error ever holds the text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace millrace::auth {

enum class SecretKind : uint8_t { token = 0, session };

struct Secret {
  std::string id{}, secret{};
};

Secret new_secret();
std::string to_text(SecretKind kind, const Secret& secret);
std::optional<Secret> secret_from(SecretKind kind, std::string_view text);
std::string hash_of(const Secret& secret);
// Takes the same time wherever they differ.
bool same(std::string_view a, std::string_view b);
// What a page shows on writes, beside its cookie: only who knows the session's secret can make it.
std::string csrf_of(const Secret& session);
// Does the text hold a token or a session, anywhere?
bool holds_secret(std::string_view text);

}  // namespace millrace::auth
