#include "tls/probe.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "base/text.hpp"
#include "tls/identity.hpp"

namespace millrace::tls {
namespace {

struct CloseAddresses {
  void operator()(addrinfo* found) const { ::freeaddrinfo(found); }
};
struct FreeTls {
  void operator()(SSL* one) const { SSL_free(one); }
  void operator()(SSL_CTX* one) const { SSL_CTX_free(one); }
};

// A connected socket whose reads and writes end within two seconds; -1: nobody is there.
int connect_to(const std::string& host, const std::string& port) {
  addrinfo wanted{}, *list = nullptr;
  wanted.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(host.c_str(), port.c_str(), &wanted, &list) != 0) return -1;
  const std::unique_ptr<addrinfo, CloseAddresses> found(list);
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  for (const auto* one = found.get(); one != nullptr; one = one->ai_next) {
    const int file = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    if (file < 0) continue;
    ::setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ::setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(file, one->ai_addr, one->ai_addrlen) == 0) return file;
    ::close(file);
  }
  return -1;
}

enum class Speaks : uint8_t { nothing, tls, plain };

Speaks ask(int file) {
  const std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
  const std::unique_ptr<SSL, FreeTls> session(context ? SSL_new(context.get()) : nullptr);
  if (!session || SSL_set_fd(session.get(), file) != 1) return Speaks::nothing;
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(session.get(), kHttp2, sizeof kHttp2);
  if (SSL_connect(session.get()) == 1) return Speaks::tls;
  const auto why = ERR_GET_REASON(ERR_peek_last_error());
  ERR_clear_error();
  return why == SSL_R_WRONG_VERSION_NUMBER ? Speaks::plain : Speaks::nothing;
}

Speaks ask(const std::string& address) {
  const auto hosts = hosts_of(address);
  const auto colon = address.rfind(':');
  const int file = hosts.empty() || colon == std::string::npos ? -1 : connect_to(hosts.front(), address.substr(colon + 1));
  if (file < 0) return Speaks::nothing;
  const auto speaks = ask(file);
  ::close(file);
  return speaks;
}

}  // namespace

Status explain_silence(const std::string& address, bool we_speak_tls) {
  const auto speaks = ask(split(address, ',').front());
  if (speaks == Speaks::tls && !we_speak_tls) {
    return Error{.code = "E3107", .what = "the server speaks TLS, and we spoke plain text", .where = address, .hint = "name the folder of our certificate by --identity; a worker's first start takes --join-token-file too"};
  }
  if (speaks == Speaks::plain && we_speak_tls) {
    return Error{.code = "E3108", .what = "the server speaks plain text, and we spoke TLS", .where = address, .hint = "start it with --tls, or leave out --identity on a network that you trust"};
  }
  return {};
}

std::optional<Error> error_in(std::string_view text, const std::string& where) {
  for (size_t at = text.find("E31"); at != std::string_view::npos; at = text.find("E31", at + 1)) {
    const auto code = text.substr(at, 5);
    if (find_code(code) == nullptr) continue;
    auto what = text.substr(at + code.size());
    if (const auto colon = what.find_first_not_of(": "); colon != std::string_view::npos) what.remove_prefix(colon);
    return Error{.code = std::string(code), .what = std::string(what), .where = where, .hint = {}};
  }
  return std::nullopt;
}

}  // namespace millrace::tls
