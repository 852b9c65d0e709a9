// Cell texts encrypted, decrypted and hashed with OpenSSL.
//
// Pure values; any thread, one object per thread and key. What comes out is text (base64 or hexadecimal).
// The formats are described in ../DECISIONS.md.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mr::recipe {

inline constexpr size_t kLeastKeyBytes = 16;

// AES-256-GCM under a key of this object's own, made of the secret and random bytes that each cell carries; a random nonce per cell.
class CellCipher {
 public:
  explicit CellCipher(std::string_view secret);
  ~CellCipher();
  CellCipher(const CellCipher&) = delete;
  CellCipher& operator=(const CellCipher&) = delete;
  std::string encrypt(std::string_view cell, std::string_view type);
  std::optional<std::string> decrypt(std::string_view text);  // absent: not made by encrypt() with this secret

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// AES-256-SIV (RFC 5297): equal cells give equal texts.
class EqualCipher {
 public:
  explicit EqualCipher(std::string_view secret);
  ~EqualCipher();
  EqualCipher(const EqualCipher&) = delete;
  EqualCipher& operator=(const EqualCipher&) = delete;
  std::string encrypt(std::string_view cell);
  std::optional<std::string> decrypt(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Hexadecimal; `algorithm` is MD5, SHA1, SHA256 or SHA512.
std::string digest_of(std::string_view algorithm, std::string_view cell);
std::string keyed_digest_of(std::string_view algorithm, std::string_view key, std::string_view cell);

std::optional<std::string> base64_bytes(std::string_view text);

}  // namespace mr::recipe
