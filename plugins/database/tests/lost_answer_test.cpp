// The answer to a COMMIT is lost: the server has committed, and nobody on this side can know.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "databases.hpp"

namespace {

using namespace mr::database::testing;
using mr::Json;

// Passes bytes on between a client and a server on loopback, connection after connection, until the client says COMMIT for the `cut`th
// time: that goes to the server, whose answer goes nowhere.
class Relay {
 public:
  Relay(int to, int cut) : to_(to), left_(cut), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
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
        if (i == 1 && cutting) return;  // the server has answered: it has committed
        ::send(watched[1 - i].fd, bytes.data(), static_cast<size_t>(n), MSG_NOSIGNAL);
      }
    }
  }

  int to_;
  std::atomic<int> left_;
  int listening_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

class LostAnswer : public Database, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    Database::SetUp();
    if (!use(GetParam())) GTEST_SKIP() << place.why;
    host.facts["run"] = "shop@2026-11-01";
    host.facts["task"] = "pay";
    done({{"sql", "drop table if exists purse; create table purse (points int); drop table if exists millrace_once"}, {"transaction", "none"}});
    done({{"sql", "insert into purse values (100)"}});
  }
  bool is_postgres() const { return std::string(GetParam()) == "postgres"; }
  int port() const { return std::stoi(is_postgres() ? postgres().value("PGPORT") : mariadb().value("MYSQL_TCP_PORT")); }
  Json through(const Relay& relay, Json config) const {
    auto url = place.connection + (is_postgres() ? "?sslmode=disable&gssencmode=disable" : "?ssl-mode=disabled");  // the relay must be able to read
    const auto old = ":" + std::to_string(port()) + "/";
    config["connection"] = url.replace(url.find(old), old.size(), ":" + std::to_string(relay.port) + "/");
    return config;
  }
};

TEST_P(LostAnswer, IsInDoubtAndNotTriedAgainBlindly) {
  const Relay relay(port(), 1);
  EXPECT_EQ(run(through(relay, {{"sql", "update purse set points = points + 10"}})), MR_FAILED_RETRY);
  EXPECT_TRUE(relay.has_cut());
  EXPECT_EQ(code(), "E4123 in_doubt") << "a class that no retry rule names by itself: " << host.failure();
  EXPECT_EQ(rows("select points from purse")[0]["points"], 110);
}

TEST_P(LostAnswer, IsFoundOutByTheNextTryWithOnce) {
  const Json config{{"sql", "update purse set points = points + 10"}, {"once", true}};
  host.facts["task"] = "first";
  EXPECT_EQ(run(config), MR_SUCCEEDED) << host.failure();  // makes the table, whose own commits are not the ones to be cut
  host.facts["task"] = "pay";
  const Relay relay(port(), 2);  // the first is that of the look for a mark
  EXPECT_EQ(run(through(relay, config)), MR_FAILED_RETRY);
  EXPECT_TRUE(relay.has_cut());
  EXPECT_EQ(code(), "E4123 transient/connection") << host.failure();
  EXPECT_EQ(run(config), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["repeated"], true);
  EXPECT_EQ(host.output()["rows_affected"], 1);
  EXPECT_EQ(rows("select points from purse")[0]["points"], 120);
}

INSTANTIATE_TEST_SUITE_P(Sql, LostAnswer, ::testing::Values("postgres", "mysql"), [](const auto& one) { return std::string(one.param); });

}  // namespace
