// A line to a server that is cut between a commit and its answer.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace mr::database::testing {

// Passes bytes on between a client and a server on loopback, connection after connection, until the client says COMMIT for the `cut`th
// time: that goes to the server, whose answer goes nowhere; `then` is called instead.
class Relay {
 public:
  Relay(int to, int cut, std::function<void()> then = {}) : to_(to), left_(cut), then_(std::move(then)), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listening_, 8) != 0 || ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0) throw std::runtime_error("no port on loopback");
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Relay() {
    done_ = true;
    thread_.join();
    ::close(listening_);
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  bool has_cut() const { return left_ == 0; }
  int port = 0;

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
  }

  void serve() {
    while (!done_) {
      pollfd watched{listening_, POLLIN, 0};
      if (::poll(&watched, 1, 20) != 1) continue;
      const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC), server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const auto address = loopback(to_);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) pass(client, server);
      ::close(client);
      ::close(server);
    }
  }

  void pass(int client, int server) {
    std::array<char, 65'536> bytes{};
    bool cutting = false;
    while (!done_) {
      std::array<pollfd, 2> watched{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
      if (::poll(watched.data(), 2, 20) <= 0) continue;
      for (size_t i = 0; i < 2; ++i) {
        if (watched[i].revents == 0) continue;
        const auto n = ::recv(watched[i].fd, bytes.data(), bytes.size(), 0);
        if (n <= 0) return;
        const std::string_view text(bytes.data(), static_cast<size_t>(n));
        if (i == 0 && text.find("COMMIT") != std::string_view::npos && left_ > 0) cutting = --left_ == 0;
        if (i == 1 && cutting) {  // the server has answered: it has committed
          if (then_) then_();
          return;
        }
        ::send(watched[1 - i].fd, bytes.data(), static_cast<size_t>(n), MSG_NOSIGNAL);
      }
    }
  }

  int to_;
  std::atomic<int> left_;
  std::function<void()> then_;
  int listening_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace mr::database::testing
