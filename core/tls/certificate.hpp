// Keys, certificates and requests for certificates (X.509 over EC P-256), as PEM texts.
//
// Any thread. The clock is the caller's; random bytes are the system's.
// Errors: E3109 (a request), E3111 (out of its time), E3112 (not of this authority, or for another use), E3113 (of another
// name), E3101 (a text that is no certificate or key of ours).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millrace::tls {

enum class Use : uint8_t { server = 1, client };

struct Certificate {
  std::string name{};         // subject's CN
  std::string fingerprint{};  // SHA-256 of the DER form, in hex
  TimePoint from{}, until{};
  std::vector<std::string> addresses{};  // subjectAltName: DNS names and IP addresses
};

// What an authority says of a key.
struct Grant {
  std::string name{};
  Use use = Use::client;
  std::vector<std::string> addresses{};
  TimePoint from{}, until{};
};

struct Signer {
  std::string certificate{}, key{};
};

// 1 to 64 of letters, digits, ".", "_" and "-": fit for a CN, a file's name and a log.
bool is_name(std::string_view text);

std::string new_key();
Result<std::string> make_authority(const std::string& key, const std::string& name, TimePoint from, TimePoint until);
Result<std::string> make_request(const std::string& key, const std::string& name);
// The name that a request asks for; its signature was checked, and its key is of our kind.
Result<std::string> read_request(std::string_view request);
// Of the request only the key counts; everything else is the grant's.
Result<std::string> issue(const Signer& signer, std::string_view request, const Grant& grant);

Result<Certificate> read_certificate(std::string_view pem);  // the first of the text
Status check_pair(std::string_view certificate, std::string_view key);
// Does it lead to one of the trusted certificates, at this time, for this use? `others` may help on the way and is not trusted.
Status check_chain(std::string_view leaf, std::string_view others, std::string_view trusted, Use use, TimePoint now);
// Is it for one of these DNS names or IP addresses?
Status check_address(std::string_view leaf, std::span<const std::string> addresses);
// That certificate of the text alone; E3106 when there is none.
Result<std::string> find_by_fingerprint(std::string_view bundle, std::string_view fingerprint);

}  // namespace millrace::tls
