#include "tls/certificate.hpp"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "base/hash.hpp"
#include "base/invariant.hpp"
#include "base/text.hpp"

namespace millrace::tls {
namespace {

constexpr size_t kMostBytes = size_t{64} << 10;
constexpr Millis kSkew{60'000};  // clocks differ a little: a certificate may begin so far ahead

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const { Free(thing); }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using Request = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
struct FreeChain {
  void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
};
using Chain = std::unique_ptr<STACK_OF(X509), FreeChain>;

Error failed(const std::string& what) {
  ERR_clear_error();  // what it holds may be of the input
  return {.code = "E3101", .what = what, .where = {}, .hint = "is the file whole, and of the kind that its name says?"};
}

// A prompt for a passphrase would hang a server.
int no_passphrase(char*, int, int, void*) { return -1; }

Bio reading(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), kMostBytes)))); }

std::string taken(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<size_t>(size)};
}

std::string text_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  MR_INVARIANT(PEM_write_bio_X509(out.get(), certificate) == 1, "a certificate can't be written to memory");
  return taken(out.get());
}

Key key_of(std::string_view pem) {
  const auto in = reading(pem);
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

Chain chain_of(std::string_view pem) {
  Chain chain(sk_X509_new_null());
  const auto in = reading(pem);
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)) sk_X509_push(chain.get(), one);
  ERR_clear_error();
  return chain;
}

X509Ptr first_of(std::string_view pem) {
  const auto in = reading(pem);
  X509Ptr found(PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return found;
}

// Empty when there is no CN, or more than one: then nobody knows which of them others read.
std::string common_name(const X509_NAME* subject) {
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  const std::string name(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return name;
}

TimePoint time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return TimePoint(std::chrono::seconds(::timegm(&parts)));
}

std::time_t seconds(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

std::string fingerprint_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  MR_INVARIANT(size > 0, "a certificate can't be written to memory");
  auto digest = sha256_hex(std::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return digest;
}

bool is_address(const std::string& text) {
  in6_addr place{};
  return ::inet_pton(AF_INET, text.c_str(), &place) == 1 || ::inet_pton(AF_INET6, text.c_str(), &place) == 1;
}

std::vector<std::string> addresses_of(const X509* certificate) {
  std::vector<std::string> found;
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* one = sk_GENERAL_NAME_value(names.get(), i);
    if (one->type == GEN_DNS) {
      found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)), static_cast<size_t>(ASN1_STRING_length(one->d.dNSName)));
    } else if (one->type == GEN_IPADD) {
      char text[INET6_ADDRSTRLEN]{};
      const int family = ASN1_STRING_length(one->d.iPAddress) == 4 ? AF_INET : AF_INET6;
      if (::inet_ntop(family, ASN1_STRING_get0_data(one->d.iPAddress), text, sizeof text) != nullptr) found.emplace_back(text);
    }
  }
  return found;
}

bool is_p256(EVP_PKEY* key) {
  char group[32]{};
  size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 && std::string_view(group, size) == SN_X9_62_prime256v1;
}

Error bad_request(const std::string& why) {
  ERR_clear_error();
  return {.code = "E3109", .what = "the request for a certificate " + why, .where = {}, .hint = "install the same version of Millrace on both sides"};
}

// A request whose key is of our kind, and whose sender has that key.
Result<std::pair<std::string, Key>> open_request(std::string_view text) {
  if (text.size() > kMostBytes) return bad_request("is too large");
  const auto in = reading(text);
  const Request request(PEM_read_bio_X509_REQ(in.get(), nullptr, no_passphrase, nullptr));
  if (!request) return bad_request("is not readable");
  Key key(X509_REQ_get_pubkey(request.get()));
  if (!key || !is_p256(key.get())) return bad_request("is not of a key on the curve P-256");
  if (X509_REQ_verify(request.get(), key.get()) != 1) return bad_request("is not signed by its own key");
  auto name = common_name(X509_REQ_get_subject_name(request.get()));
  if (!is_name(name)) return bad_request("has no name of letters, digits, '.', '_' and '-', at most 64 of them");
  return std::pair(std::move(name), std::move(key));
}

bool add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(to, extension.get(), -1) == 1;
}

bool set_name(X509_NAME* subject, const std::string& name) {
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1, 0) == 1;
}

// 127 random bits: never the same again, and nothing to count.
bool set_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x40);
  const Number number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

X509Ptr blank(EVP_PKEY* key, const std::string& name, TimePoint from, TimePoint until) {
  X509Ptr made(X509_new());
  const bool good = made && X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get()) && X509_set_pubkey(made.get(), key) == 1 &&
                    set_name(X509_get_subject_name(made.get()), name) && ASN1_TIME_set(X509_getm_notBefore(made.get()), seconds(from)) != nullptr &&
                    ASN1_TIME_set(X509_getm_notAfter(made.get()), seconds(until)) != nullptr;
  return good ? std::move(made) : nullptr;
}

std::string alternatives(const std::vector<std::string>& addresses) {
  std::vector<std::string> parts;
  for (const auto& one : addresses) parts.push_back((is_address(one) ? "IP:" : "DNS:") + one);
  return join(parts, ",");
}

Error chain_error(int problem, const X509* leaf) {
  const std::string whose = "the certificate of " + quote(common_name(X509_get_subject_name(leaf)));
  if (problem == X509_V_ERR_CERT_HAS_EXPIRED) return {.code = "E3111", .what = whose + " or of its authority has ended; its own end is " + to_iso(time_of(X509_get0_notAfter(leaf))), .where = {}, .hint = "get a new one; a worker joins again with a new token"};
  if (problem == X509_V_ERR_CERT_NOT_YET_VALID) return {.code = "E3111", .what = whose + " begins at " + to_iso(time_of(X509_get0_notBefore(leaf))) + ", which is still to come", .where = {}, .hint = "are the clocks of both machines right?"};
  if (problem == X509_V_ERR_INVALID_PURPOSE) return {.code = "E3112", .what = whose + " is for another use", .where = {}, .hint = "a server's certificate is no worker's, and the other way round"};
  return {.code = "E3112", .what = whose + " is not of an authority that is trusted here (" + X509_verify_cert_error_string(problem) + ")", .where = {}, .hint = "is it the right server? join it again with a token of its own"};
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

std::string new_key() {
  const Key key(EVP_EC_gen("P-256"));
  MR_INVARIANT(key != nullptr, "no key could be made");
  const Bio out(BIO_new(BIO_s_mem()));
  MR_INVARIANT(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "a key can't be written to memory");
  return taken(out.get());
}

Result<std::string> make_authority(const std::string& key_text, const std::string& name, TimePoint from, TimePoint until) {
  const auto key = key_of(key_text);
  if (!key) return failed("the authority's key is not readable");
  const auto made = blank(key.get(), name, from, until);
  const bool good = made && X509_set_issuer_name(made.get(), X509_get_subject_name(made.get())) == 1 &&
                    add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash") && X509_sign(made.get(), key.get(), EVP_sha256()) > 0;
  if (!good) return failed("the authority's certificate could not be made");
  return text_of(made.get());
}

Result<std::string> make_request(const std::string& key_text, const std::string& name) {
  const auto key = key_of(key_text);
  const Request request(X509_REQ_new());
  const bool good = key && request && X509_REQ_set_pubkey(request.get(), key.get()) == 1 && set_name(X509_REQ_get_subject_name(request.get()), name) &&
                    X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0;
  if (!good) return bad_request("for " + quote(name) + " could not be made");
  const Bio out(BIO_new(BIO_s_mem()));
  MR_INVARIANT(PEM_write_bio_X509_REQ(out.get(), request.get()) == 1, "a request can't be written to memory");
  return taken(out.get());
}

Result<std::string> read_request(std::string_view request) {
  auto opened = open_request(request);
  if (!opened) return opened.error();
  return std::move(opened->first);
}

Result<std::string> issue(const Signer& signer, std::string_view request, const Grant& grant) {
  auto opened = open_request(request);
  if (!opened) return opened.error();
  const auto ca = first_of(signer.certificate);
  const auto key = key_of(signer.key);
  if (!ca || !key || X509_check_private_key(ca.get(), key.get()) != 1) return failed("the authority's certificate and key are not readable, or not a pair");
  const auto made = blank(opened->second.get(), grant.name, grant.from, grant.until);
  const bool good = made && X509_set_issuer_name(made.get(), X509_get_subject_name(ca.get())) == 1 &&
                    add_extension(made.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(made.get(), ca.get(), NID_key_usage, "critical,digitalSignature") &&
                    add_extension(made.get(), ca.get(), NID_ext_key_usage, grant.use == Use::server ? "serverAuth" : "clientAuth") &&
                    add_extension(made.get(), ca.get(), NID_subject_key_identifier, "hash") &&
                    add_extension(made.get(), ca.get(), NID_authority_key_identifier, "keyid:always") &&
                    (grant.addresses.empty() || add_extension(made.get(), ca.get(), NID_subject_alt_name, alternatives(grant.addresses))) &&
                    X509_sign(made.get(), key.get(), EVP_sha256()) > 0;
  if (!good) return failed("a certificate for " + quote(grant.name) + " could not be made");
  return text_of(made.get());
}

Result<Certificate> read_certificate(std::string_view pem) {
  const auto found = first_of(pem);
  if (!found) return failed("there is no readable certificate");
  return Certificate{.name = common_name(X509_get_subject_name(found.get())), .fingerprint = fingerprint_of(found.get()), .from = time_of(X509_get0_notBefore(found.get())),
                     .until = time_of(X509_get0_notAfter(found.get())), .addresses = addresses_of(found.get())};
}

Status check_pair(std::string_view certificate, std::string_view key_text) {
  const auto leaf = first_of(certificate);
  const auto key = key_of(key_text);
  if (!leaf) return failed("there is no readable certificate");
  if (!key) return failed("there is no readable key without a passphrase");
  if (X509_check_private_key(leaf.get(), key.get()) != 1) return failed("the key is not that of the certificate");
  return {};
}

Status check_chain(std::string_view leaf_text, std::string_view others, std::string_view trusted, Use use, TimePoint now) {
  const auto leaf = first_of(leaf_text);
  if (!leaf) return failed("there is no readable certificate");
  const auto helpers = chain_of(others);
  const auto anchors = chain_of(trusted);
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  MR_INVARIANT(store && context, "no memory to check a certificate");
  for (int i = 0; i < sk_X509_num(anchors.get()); ++i) X509_STORE_add_cert(store.get(), sk_X509_value(anchors.get(), i));
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), helpers.get()) != 1) return failed("the certificate can't be checked");
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_CTX_set_purpose(context.get(), use == Use::server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
  const auto from = time_of(X509_get0_notBefore(leaf.get()));
  X509_STORE_CTX_set_time(context.get(), 0, seconds(from > now && from - now <= kSkew ? from : now));
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (good) return {};
  return chain_error(X509_STORE_CTX_get_error(context.get()), leaf.get());
}

Status check_address(std::string_view leaf_text, std::span<const std::string> addresses) {
  const auto leaf = first_of(leaf_text);
  if (!leaf) return failed("there is no readable certificate");
  for (const auto& one : addresses) {
    const int fits = is_address(one) ? X509_check_ip_asc(leaf.get(), one.c_str(), 0) : X509_check_host(leaf.get(), one.data(), one.size(), 0, nullptr);
    if (fits == 1) return {};
  }
  return Error{.code = "E3113", .what = "the server's certificate is for " + join(addresses_of(leaf.get()), ", ") + ", not for " + join(addresses, ", "), .where = {},
               .hint = "name the server as its certificate does, or give serve --tls-name " + (addresses.empty() ? "NAME" : addresses.front())};
}

Result<std::string> find_by_fingerprint(std::string_view bundle, std::string_view fingerprint) {
  const auto chain = chain_of(bundle);
  std::string seen = "none";
  for (int i = 0; i < sk_X509_num(chain.get()); ++i) {
    auto* one = sk_X509_value(chain.get(), i);
    if (const auto its = fingerprint_of(one); its == fingerprint) return text_of(one);
    else seen = its;
  }
  return Error{.code = "E3106", .what = "the authority of the server has the fingerprint " + seen + ", and the token names " + std::string(fingerprint), .where = {},
               .hint = "is it the server that gave the token? somebody may stand between"};
}

}  // namespace millrace::tls
