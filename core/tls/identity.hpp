// Who a worker or a client is at a server: a folder with its key and certificate, and the authority of the server.
//
//   identity.pem   key and certificate in one file, so that both change in one moment
//   ca.pem         whom to believe
//
// Any thread. Errors: E3101.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tls/certificate.hpp"

namespace millrace::tls {

// How to speak to a server by TLS.
struct Peer {
  std::string identity{};                 // file of key and certificate; empty: we show none
  std::string authority{};                // file; empty: the server is not checked, and nothing of worth may be said to it
  std::vector<std::string> names{};       // the server's certificate must be for one of them
};

std::string identity_file(const std::string& folder);
std::string authority_file(const std::string& folder);
// Nothing: there is no identity yet. Otherwise it was read, and its parts fit.
Result<std::optional<Certificate>> read_identity(const std::string& folder);
Status write_authority(const std::string& folder, const std::string& authority);
Status write_identity(const std::string& folder, const std::string& key, const std::string& certificate, const std::string& authority);
// For "host:port", "[::1]:port" and lists of them; `name`, when given, counts instead.
Peer peer_of(const std::string& folder, const std::string& address, const std::string& name);
std::vector<std::string> hosts_of(const std::string& address);

}  // namespace millrace::tls
