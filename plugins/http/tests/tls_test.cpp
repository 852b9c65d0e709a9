// http.request against a real TLS server, openssl s_server, with an authority made for the test. Skipped, loudly, without openssl.
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "common/process.hpp"
#include "sdk/millrace_testing.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;
using mr::process::Plan;
using mr::process::Process;

class Tls : public testing::Test {
 protected:
  void SetUp() override {
    program = mr::process::find_program("openssl", "/usr/bin:/bin:/usr/local/bin");
    if (program.empty()) {
      std::cerr << "SKIPPED: TLS, because the program openssl isn't here\n";
      GTEST_SKIP() << "no openssl";
    }
    std::string name = (fs::temp_directory_path() / "tls_test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
    host.at(folder.string());
    make("ca", {"-x509", "-subj", "/CN=Test Authority", "-addext", "basicConstraints=critical,CA:TRUE"});
    make("server", {"-x509", "-subj", "/CN=server", "-addext", "subjectAltName=IP:127.0.0.1", "-CA", "ca.pem", "-CAkey", "ca.key"});
    make("client", {"-x509", "-subj", "/CN=client", "-CA", "ca.pem", "-CAkey", "ca.key"});
  }
  void TearDown() override {
    server.reset();
    if (!folder.empty()) fs::remove_all(folder);
  }

  Plan plan(std::vector<std::string> words) const { return {.program = program, .arguments = std::move(words), .environment = {{"HOME", folder.string()}}, .folder = folder.string()}; }

  void make(const std::string& name, std::vector<std::string> more) {
    std::vector<std::string> words{"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", name + ".key", "-out", name + ".pem"};
    words.insert(words.end(), more.begin(), more.end());
    std::string said;
    const auto line = [&](const std::string& text) { said += text + "\n"; };
    const mr::Attempt attempt(host.table());
    ASSERT_EQ(mr::process::run_to_end(plan(words), attempt, line, line), 0) << said;
  }

  // The URL of a server that answers any request with a page.
  std::string serve(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key", "-www"};
    words.insert(words.end(), more.begin(), more.end());
    server = std::make_unique<Process>(plan(words));
    std::string at;
    while (at.empty() && !server->has_ended()) {
      pollfd watched{server->streams().first, POLLIN, 0};
      ::poll(&watched, 1, 100);
      server->take_lines([&](const std::string& line) { if (line.starts_with("ACCEPT ")) at = line.substr(7); }, [](const std::string&) {});
    }
    EXPECT_FALSE(at.empty());
    return "https://" + at + "/";
  }

  mr_outcome run(Json config, const std::string& url) {
    config["url"] = url;
    return library.run("http.request", config, host);
  }

  std::string program{};
  fs::path folder{};
  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
  std::unique_ptr<Process> server{};
};

TEST_F(Tls, AServerOfAnUnknownAuthorityIsRefusedForGood) {
  const auto url = serve();
  EXPECT_EQ(run({}, url), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4037") << host.failure();
  EXPECT_EQ(host.failure()["class"], "config");
}

TEST_F(Tls, AServerOfANamedAuthorityIsTrusted) {
  const auto url = serve();
  EXPECT_EQ(run({{"ca_file", "ca.pem"}}, url), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["status"], 200);
}

TEST_F(Tls, AnybodyIsTrustedOnlyWhenAskedForAndItIsSaid) {
  const auto url = serve();
  EXPECT_EQ(run({{"insecure", true}}, url), MR_SUCCEEDED) << host.failure();
  EXPECT_NE(host.log(MR_WARN).find("insecure"), std::string::npos);
}

TEST_F(Tls, AServerThatAsksForACertificateGetsOurs) {
  const auto url = serve({"-Verify", "1", "-CAfile", "ca.pem", "-verify_return_error"});
  EXPECT_NE(run({{"ca_file", "ca.pem"}}, url), MR_SUCCEEDED);
  EXPECT_EQ(run({{"ca_file", "ca.pem"}, {"certificate", "client.pem"}, {"key", "client.key"}}, url), MR_SUCCEEDED) << host.failure();
}

TEST_F(Tls, FilesThatAreNotThereOrNoCertificatesAreRefused) {
  const auto url = serve();
  EXPECT_EQ(run({{"ca_file", "nowhere.pem"}}, url), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4040");
  EXPECT_EQ(run({{"ca_file", "server.key"}}, url), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4037") << host.failure();
}

}  // namespace
