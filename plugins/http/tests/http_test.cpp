#include <gtest/gtest.h>

#include "http/http_client.hpp"
#include "http/tests/server.hpp"
#include "sdk/millrace_testing.hpp"

namespace {

using mr::Json;
using mr::testing::answer;
using mr::testing::Server;

class Http : public testing::Test {
 protected:
  mr_outcome run(const Json& config) { return library.run("http.request", config, host); }
  bool said(const std::string& part) const { return host.failure().value("what", "").find(part) != std::string::npos; }

  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

TEST_F(Http, AJsonAnswerIsKeptAsJson) {
  Server server({answer("200 OK", R"({"items": [1, 2]})")});
  ASSERT_EQ(run({{"url", server.url()}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output(), (Json{{"status", 200}, {"json", {{"items", {1, 2}}}}}));
}

TEST_F(Http, ABodyOfJsonIsSentWithItsTypeAndTheGivenHeaders) {
  Server server({answer("201 Created", "")});
  ASSERT_EQ(run({{"method", "POST"}, {"url", server.url("/items?x=1")}, {"json", {{"name", "lamp"}}}, {"headers", {{"X-Token", "t1"}}}}), MR_SUCCEEDED);
  ASSERT_EQ(server.requests().size(), 1u);
  const auto request = server.requests()[0];
  EXPECT_TRUE(request.starts_with("POST /items?x=1 HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nContent-Type: application/json\r\n"), std::string::npos) << request;
  EXPECT_NE(request.find("\r\nX-Token: t1\r\n"), std::string::npos) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"name\":\"lamp\"}")) << request;
}

TEST_F(Http, AServerInTroubleIsTriedAgainAndItsWishToWaitIsSaid) {
  Server server({answer("503 Service Unavailable", "later", "Retry-After: 30\r\n")});
  EXPECT_EQ(run({{"url", server.url()}}), MR_FAILED_RETRY);
  EXPECT_EQ(host.failure()["class"], "transient");
  EXPECT_TRUE(said("503 (the server asks to wait 30 s)")) << host.failure();
  EXPECT_EQ(host.output()["body"], "later");
}

TEST_F(Http, AMistakeOfTheRequestIsFinal) {
  Server server({answer("404 Not Found", "")});
  EXPECT_EQ(run({{"url", server.url()}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4032");
}

TEST_F(Http, WhatIsExpectedDecidesWhatIsSuccess) {
  Server server({answer("404 Not Found", "")});
  EXPECT_EQ(run({{"url", server.url()}, {"expect", {"2xx", "404"}}}), MR_SUCCEEDED);
  EXPECT_EQ(run({{"url", server.url()}, {"expect", {"4xx"}}}), MR_SUCCEEDED);
  EXPECT_EQ(run({{"url", server.url()}, {"expect", {"20"}}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4033");
}

TEST_F(Http, NobodyAtThePortIsTriedAgain) {
  std::string url;
  {
    Server gone({""});
    url = gone.url("/a?key=hidden");
  }
  EXPECT_EQ(run({{"url", url}}), MR_FAILED_RETRY);
  EXPECT_EQ(host.failure()["code"], "E4030");
  EXPECT_EQ(host.failure().dump().find("hidden"), std::string::npos) << host.failure();
}

TEST_F(Http, ASilentServerEndsByTheTimeout) {
  Server server({""});
  EXPECT_EQ(run({{"url", server.url()}, {"timeout", 0.05}}), MR_FAILED_RETRY);
  EXPECT_EQ(host.failure()["class"], "timeout");
}

TEST_F(Http, ACancelEndsAWaitingRequest) {
  Server server({""});
  host.cancel();
  EXPECT_EQ(run({{"url", server.url()}, {"timeout", 600}}), MR_CANCELLED);
}

TEST_F(Http, ALongAnswerIsCutAt64KiB) {
  Server server({answer("200 OK", std::string(100'000, 'x'))});
  ASSERT_EQ(run({{"url", server.url()}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["body"].get<std::string>().size(), 65'536u);
  EXPECT_NE(host.log(MR_WARN).find("64 KiB"), std::string::npos);
}

TEST_F(Http, AnAnswerThatIsNotUtf8IsStillAnOutput) {
  Server server({answer("200 OK", "a\xff" "b")});
  ASSERT_EQ(run({{"url", server.url()}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["body"], "a\xEF\xBF\xBD" "b");
}

TEST_F(Http, OtherSchemesAreRefused) {
  EXPECT_EQ(run({{"url", "file:///etc/hostname"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4031");
}

TEST_F(Http, AHeaderCanNotSmuggleAnother) {
  Server server({answer("200 OK", "")});
  EXPECT_EQ(run({{"url", server.url()}, {"headers", {{"A", "b\r\nC: d"}}}}), MR_FAILED_FINAL);
  EXPECT_TRUE(server.requests().empty());
}

TEST(Url, IsShownWithoutWhatMayBeSecret) {
  EXPECT_EQ(mr::http::without_secrets("https://me:pw@host/path?token=1#x"), "https://host/path");
  EXPECT_EQ(mr::http::without_secrets("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(mr::http::without_secrets("https://me:p@w@host"), "https://host");
}

}  // namespace
