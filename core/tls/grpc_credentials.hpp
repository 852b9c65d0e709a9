// TLS for gRPC, of both sides: which certificate we show (its file is watched), and how that of the other side is judged.
//
// TLS itself proves that a side has its certificate's key; the certificate is judged by our own checks (tls/certificate.hpp), so that
// whoever is refused hears in which way: by gRPC's verifier at the client, by Admission at the server.
// For the files that include gRPC anyway.
#pragma once
#include <grpcpp/grpcpp.h>

#include "tls/admission.hpp"
#include "tls/identity.hpp"

namespace millrace::tls {

using ChannelCredentials = decltype(grpc::InsecureChannelCredentials());
using ServerCredentials = decltype(grpc::InsecureServerCredentials());

// Files of the server's key and of its certificate with what leads to its authority; they may be one.
struct ServerFiles {
  std::string key{}, certificate{};
};

ChannelCredentials channel_credentials(const Peer& peer);
ServerCredentials server_credentials(const ServerFiles& files, const Admission& admission);
// The certificate that the caller showed; empty: none.
std::string shown_certificate(const grpc::AuthContext& context);

}  // namespace millrace::tls
