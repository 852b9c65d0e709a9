#include "recipe/engine/crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <map>
#include <stdexcept>

namespace mr::recipe {
namespace {

using Bytes = std::string;

constexpr size_t kSalt = 16, kNonce = 12, kTag = 16;
constexpr std::string_view kSealedMark = "MR1", kEqualMark = "MD1";

const unsigned char* in(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* out(Bytes& bytes, size_t at = 0) { return reinterpret_cast<unsigned char*>(bytes.data()) + at; }

// Our own mistakes, or memory: nothing that a cell's value could cause.
void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL refused");
}

int length_of(std::string_view bytes) {
  must(bytes.size() < size_t{1} << 30);
  return static_cast<int>(bytes.size());
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
};
using Cipher = std::unique_ptr<EVP_CIPHER, FreeCipher>;

Bytes random_bytes(size_t count) {
  Bytes bytes(count, '\0');
  must(RAND_bytes(out(bytes), static_cast<int>(count)) == 1);
  return bytes;
}

// HKDF of RFC 5869 with SHA-256: `purpose` keeps keys of different uses apart.
Bytes derived(std::string_view secret, std::string_view salt, std::string_view purpose, size_t length) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
  EVP_KDF_free(kdf);
  char digest[] = "SHA256";
  const auto octets = [](const char* name, std::string_view value) { return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(value.data()), value.size()); };
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0), octets(OSSL_KDF_PARAM_KEY, secret),
                                   octets(OSSL_KDF_PARAM_SALT, salt), octets(OSSL_KDF_PARAM_INFO, purpose), OSSL_PARAM_construct_end()};
  Bytes key(length, '\0');
  const int done = EVP_KDF_derive(context, out(key), length, parameters);
  EVP_KDF_CTX_free(context);
  must(done == 1);
  return key;
}

Bytes base64_text(std::string_view bytes) {
  Bytes text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  text.resize(static_cast<size_t>(EVP_EncodeBlock(out(text), in(bytes), length_of(bytes))));
  return text;
}

void wipe(Bytes& key) { OPENSSL_cleanse(key.data(), key.size()); }

Bytes hexadecimal(const unsigned char* bytes, size_t count) {
  static constexpr char kDigits[] = "0123456789abcdef";
  Bytes text;
  for (size_t i = 0; i < count; ++i) text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return text;
}

const EVP_MD* method(std::string_view algorithm) {
  if (algorithm == "MD5") return EVP_md5();
  if (algorithm == "SHA1") return EVP_sha1();
  return algorithm == "SHA256" ? EVP_sha256() : EVP_sha512();
}

}  // namespace

std::optional<std::string> base64_bytes(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  if (text.substr(0, text.size() - padding).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") != std::string_view::npos) return std::nullopt;
  Bytes bytes(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(out(bytes), in(text), length_of(text)) < 0) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  if (base64_text(bytes) != text) return std::nullopt;  // bits that no byte needs are not free
  return bytes;
}

// A cell: mark, length of the type's name, its name, salt, nonce, cipher text, tag. All up to the nonce is authenticated.
struct CellCipher::Impl {
  Bytes secret, salt = random_bytes(kSalt);
  Context context{EVP_CIPHER_CTX_new()};
  std::map<Bytes, Bytes> keys{};  // by salt: one for each run that wrote cells

  const Bytes& key_of(const Bytes& used) {
    const auto found = keys.find(used);
    if (found != keys.end()) return found->second;
    return keys[used] = derived(secret, used, "recipe encrypt", 32);
  }
  ~Impl() {
    wipe(secret);
    for (auto& [used, key] : keys) wipe(key);
  }
};

CellCipher::CellCipher(std::string_view secret) : impl_(new Impl{Bytes(secret)}) {}
CellCipher::~CellCipher() = default;

std::string CellCipher::encrypt(std::string_view cell, std::string_view type) {
  const Bytes& key = impl_->key_of(impl_->salt);
  const Bytes head = Bytes(kSealedMark) + static_cast<char>(type.size()) + Bytes(type) + impl_->salt, nonce = random_bytes(kNonce);
  Bytes sealed(cell.size() + kTag, '\0');
  EVP_CIPHER_CTX* context = impl_->context.get();
  int length = 0;
  must(EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, in(key), in(nonce)) == 1 && EVP_EncryptUpdate(context, nullptr, &length, in(head), length_of(head)) == 1 &&
       EVP_EncryptUpdate(context, out(sealed), &length, in(cell), length_of(cell)) == 1 && EVP_EncryptFinal_ex(context, out(sealed, cell.size()), &length) == 1 &&
       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, out(sealed, cell.size())) == 1);
  return base64_text(head + nonce + sealed);
}

std::optional<std::string> CellCipher::decrypt(std::string_view text) {
  const auto bytes = base64_bytes(text);
  if (!bytes || !bytes->starts_with(kSealedMark) || bytes->size() <= kSealedMark.size()) return std::nullopt;
  const size_t head = kSealedMark.size() + 1 + static_cast<unsigned char>((*bytes)[kSealedMark.size()]) + kSalt;
  if (bytes->size() < head + kNonce + kTag) return std::nullopt;
  const std::string_view whole = *bytes, sealed = whole.substr(head + kNonce, whole.size() - head - kNonce - kTag);
  const Bytes& key = impl_->key_of(bytes->substr(head - kSalt, kSalt));
  Bytes cell(sealed.size() + 1, '\0'), tag(whole.substr(whole.size() - kTag));
  EVP_CIPHER_CTX* context = impl_->context.get();
  int length = 0, rest = 0;
  must(EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, in(key), in(whole.substr(head))) == 1 && EVP_DecryptUpdate(context, nullptr, &length, in(whole), static_cast<int>(head)) == 1 &&
       EVP_DecryptUpdate(context, out(cell), &length, in(sealed), length_of(sealed)) == 1 && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, out(tag)) == 1);
  if (EVP_DecryptFinal_ex(context, out(cell, sealed.size()), &rest) != 1) return std::nullopt;
  cell.resize(sealed.size());
  return cell;
}

// A cell: mark, synthetic vector, cipher text. One byte stands before the plain text, so that the empty text is none to OpenSSL.
struct EqualCipher::Impl {
  Bytes key;
  Cipher cipher{EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr)};
  ~Impl() { wipe(key); }

  Context ready(bool encrypting) const {
    Context context(EVP_CIPHER_CTX_new());
    int length = 0;
    must(EVP_CipherInit_ex(context.get(), cipher.get(), nullptr, in(key), nullptr, encrypting ? 1 : 0) == 1);
    if (encrypting) must(EVP_CipherUpdate(context.get(), nullptr, &length, in(kEqualMark), length_of(kEqualMark)) == 1);
    return context;
  }
};

EqualCipher::EqualCipher(std::string_view secret) : impl_(new Impl{derived(secret, "", "recipe deterministic encrypt", 64)}) {}
EqualCipher::~EqualCipher() = default;

std::string EqualCipher::encrypt(std::string_view cell) {
  const Context context = impl_->ready(true);
  const Bytes plain = "\x01" + Bytes(cell);
  Bytes sealed(plain.size(), '\0'), vector(kTag, '\0');
  int length = 0, rest = 0;
  must(EVP_EncryptUpdate(context.get(), out(sealed), &length, in(plain), length_of(plain)) == 1 && EVP_EncryptFinal_ex(context.get(), out(sealed), &rest) == 1 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, out(vector)) == 1);
  return base64_text(Bytes(kEqualMark) + vector + sealed);
}

std::optional<std::string> EqualCipher::decrypt(std::string_view text) {
  const auto bytes = base64_bytes(text);
  if (!bytes || !bytes->starts_with(kEqualMark) || bytes->size() < kEqualMark.size() + kTag + 1) return std::nullopt;
  const Context context = impl_->ready(false);
  Bytes vector = bytes->substr(kEqualMark.size(), kTag);
  const Bytes sealed = bytes->substr(kEqualMark.size() + kTag);
  Bytes plain(sealed.size(), '\0');
  int length = 0;
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, out(vector)) == 1 && EVP_DecryptUpdate(context.get(), nullptr, &length, in(kEqualMark), length_of(kEqualMark)) == 1);
  if (EVP_DecryptUpdate(context.get(), out(plain), &length, in(sealed), length_of(sealed)) != 1) return std::nullopt;
  return plain.substr(1);
}

std::string digest_of(std::string_view algorithm, std::string_view cell) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int count = 0;
  must(EVP_Digest(cell.data(), cell.size(), bytes, &count, method(algorithm), nullptr) == 1);
  return hexadecimal(bytes, count);
}

std::string keyed_digest_of(std::string_view algorithm, std::string_view key, std::string_view cell) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int count = 0;
  must(HMAC(method(algorithm), key.data(), length_of(key), in(cell), cell.size(), bytes, &count) != nullptr);
  return hexadecimal(bytes, count);
}

}  // namespace mr::recipe
