#include "base/hash.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "base/invariant.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

std::string hex(const unsigned char* bytes, size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(size * 2);
  for (size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

class Sha256 {
 public:
  Sha256() : state_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    MR_INVARIANT(state_ != nullptr && EVP_DigestInit_ex(state_.get(), EVP_sha256(), nullptr) == 1, "SHA-256 is not available");
  }

  void add(const char* bytes, size_t size) { EVP_DigestUpdate(state_.get(), bytes, size); }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(state_.get(), digest.data(), &size);
    return hex(digest.data(), size);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state_;
};

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Sha256 sha;
  sha.add(bytes.data(), bytes.size());
  return sha.finish();
}

Result<std::string> sha256_hex_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{.code = "E0001", .what = "can't read " + quote(path), .where = path, .hint = "check the path and its permissions"};
  Sha256 sha;
  std::vector<char> buffer(1 << 16);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    sha.add(buffer.data(), static_cast<size_t>(file.gcount()));
  }
  return sha.finish();
}

std::string uuid_v7(TimePoint now) {
  std::array<unsigned char, 16> b{};
  MR_INVARIANT(RAND_bytes(b.data(), static_cast<int>(b.size())) == 1, "the system gave no random bytes");
  const auto ms = static_cast<uint64_t>(now.time_since_epoch().count());
  for (size_t i = 0; i < 6; ++i) b[i] = static_cast<unsigned char>(ms >> (40 - 8 * i));
  b[6] = static_cast<unsigned char>((b[6] & 0x0F) | 0x70);
  b[8] = static_cast<unsigned char>((b[8] & 0x3F) | 0x80);
  auto text = hex(b.data(), b.size());
  for (const size_t at : {size_t{8}, size_t{13}, size_t{18}, size_t{23}}) text.insert(at, "-");
  return text;
}

}  // namespace millrace
