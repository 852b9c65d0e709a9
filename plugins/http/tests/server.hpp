// A tiny HTTP server on loopback for tests: one thread, one answer for each request, which it remembers. Closes each connection.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mr::testing {

class Server {
 public:
  // `answers` are whole HTTP answers, given in order; the last one serves for all that follow. "" : no answer at all, for ever.
  explicit Server(std::deque<std::string> answers) : answers_(std::move(answers)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 8) != 0 || ::getsockname(listener_, raw, &size) != 0 || ::pipe(stop_) != 0) {
      throw std::runtime_error("no port on loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }

  ~Server() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
    for (const int silent : silent_) ::close(silent);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

  std::vector<std::string> requests() const {
    const std::lock_guard hold(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      pollfd watched[2]{{listener_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
      ::poll(watched, 2, -1);
      if (watched[1].revents != 0) return;
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer >= 0) answer(peer);
    }
  }

  // The head, then as many bytes as Content-Length says.
  static std::string read_request(int peer) {
    std::string text;
    char buffer[4096];
    for (;;) {
      const auto head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto at = text.find("Content-Length: ");
        const size_t body = at == std::string::npos || at > head ? 0 : std::stoul(text.substr(at + 16));
        if (text.size() >= head + 4 + body) return text;
      }
      const auto n = ::read(peer, buffer, sizeof buffer);
      if (n <= 0) return text;
      text.append(buffer, static_cast<size_t>(n));
    }
  }

  void answer(int peer) {
    auto request = read_request(peer);
    std::string text;
    {
      const std::lock_guard hold(mutex_);
      requests_.push_back(std::move(request));
      text = answers_.front();
      if (answers_.size() > 1) answers_.pop_front();
    }
    if (text.empty()) {
      silent_.push_back(peer);
      return;
    }
    for (size_t sent = 0; sent < text.size();) {
      const auto n = ::send(peer, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<size_t>(n);
    }
    ::shutdown(peer, SHUT_WR);
    ::close(peer);
  }

  std::deque<std::string> answers_;
  int listener_, stop_[2]{-1, -1};
  uint16_t port_{};
  mutable std::mutex mutex_{};
  std::vector<std::string> requests_{};
  std::vector<int> silent_{};
  std::thread thread_{};
};

inline std::string answer(const std::string& status, const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" + headers + "\r\n" + body;
}

}  // namespace mr::testing
