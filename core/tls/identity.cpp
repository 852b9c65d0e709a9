#include "tls/identity.hpp"

#include <filesystem>

#include "base/text.hpp"
#include "tls/private_file.hpp"

namespace millrace::tls {

std::string identity_file(const std::string& folder) { return folder + "/identity.pem"; }
std::string authority_file(const std::string& folder) { return folder + "/ca.pem"; }

Result<std::optional<Certificate>> read_identity(const std::string& folder) {
  std::error_code failed;
  const auto path = identity_file(folder);
  if (!std::filesystem::exists(path, failed)) return std::optional<Certificate>();
  const auto text = read_private(path);
  if (!text) return text.error();
  Status fits = check_pair(*text, *text);
  if (fits) {
    if (const auto known = read_private(authority_file(folder)); !known) return known.error();
    else if (const auto authority = read_certificate(*known); !authority) return Error{.code = authority.error().code, .what = authority.error().what, .where = authority_file(folder), .hint = authority.error().hint};
  }
  auto facts = read_certificate(*text);
  if (!fits || !facts) return Error{.code = "E3101", .what = (fits ? facts.error() : fits.error()).what, .where = path, .hint = "remove the folder and join anew"};
  return std::optional(*std::move(facts));
}

Status write_authority(const std::string& folder, const std::string& authority) {
  if (auto made = make_private_folder(folder); !made) return made;
  return write_private(authority_file(folder), authority);
}

Status write_identity(const std::string& folder, const std::string& key, const std::string& certificate, const std::string& authority) {
  if (auto written = write_authority(folder, authority); !written) return written;
  return write_private(identity_file(folder), key + certificate);
}

std::vector<std::string> hosts_of(const std::string& address) {
  std::vector<std::string> hosts;
  for (const auto& one : split(address, ',')) {
    const auto colon = one.rfind(':');
    std::string host = one.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!host.empty()) hosts.push_back(std::move(host));
  }
  return hosts;
}

Peer peer_of(const std::string& folder, const std::string& address, const std::string& name) {
  return {.identity = identity_file(folder), .authority = authority_file(folder), .names = name.empty() ? hosts_of(address) : std::vector<std::string>{name}};
}

}  // namespace millrace::tls
