#include "common/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace mr::digest {
namespace {

EVP_MD_CTX* of(void* state) { return static_cast<EVP_MD_CTX*>(state); }

}  // namespace

void Digest::End::operator()(void* state) const { EVP_MD_CTX_free(of(state)); }

Digest::Digest(const std::string& algorithm) : state_(EVP_MD_CTX_new()) {
  const EVP_MD* known = algorithm == "sha256" ? EVP_sha256() : algorithm == "sha1" ? EVP_sha1() : algorithm == "md5" ? EVP_md5() : nullptr;
  if (known == nullptr || state_ == nullptr || EVP_DigestInit_ex(of(state_.get()), known, nullptr) != 1) throw std::invalid_argument("no digest " + algorithm);
}

void Digest::add(std::string_view bytes) {
  if (EVP_DigestUpdate(of(state_.get()), bytes.data(), bytes.size()) != 1) throw std::runtime_error("the digest failed");
}

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(of(state_.get()), raw.data(), &size) != 1) throw std::runtime_error("the digest failed");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[raw[i] >> 4];
    text += "0123456789abcdef"[raw[i] & 15];
  }
  return text;
}

}  // namespace mr::digest
