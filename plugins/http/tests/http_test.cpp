#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

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
  EXPECT_EQ(host.failure()["retry_after_ms"], 30'000);
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

TEST_F(Http, BasicAndBearerCredentialsAreSentAndNeverSaid) {
  Server server({answer("200 OK", "")});
  ASSERT_EQ(run({{"url", server.url()}, {"user", "ann"}, {"password", "p:w \xC3\xBC"}}), MR_SUCCEEDED);
  ASSERT_EQ(run({{"url", server.url()}, {"token", "t0ken"}}), MR_SUCCEEDED);
  EXPECT_NE(server.requests()[0].find("\r\nAuthorization: Basic YW5uOnA6dyDDvA==\r\n"), std::string::npos) << server.requests()[0];
  EXPECT_NE(server.requests()[1].find("\r\nAuthorization: Bearer t0ken\r\n"), std::string::npos) << server.requests()[1];
  for (const auto& line : host.lines()) EXPECT_EQ(line.text.find("t0ken"), std::string::npos) << line.text;
}

TEST_F(Http, CredentialsThatContradictEachOtherAreRefused) {
  for (const Json& wrong : {Json{{"token", "t"}, {"user", "u"}}, Json{{"password", "p"}}, Json{{"user", "a:b"}, {"password", "p"}}, Json{{"certificate", "c.pem"}}}) {
    Json config = wrong;
    config["url"] = "http://127.0.0.1:1/";
    EXPECT_EQ(run(config), MR_FAILED_FINAL) << wrong;
    EXPECT_EQ(host.failure()["code"], "E4033") << wrong;
  }
  EXPECT_EQ(run({{"url", "http://127.0.0.1:1/"}, {"token", "a\r\nX: y"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4031");
}

TEST_F(Http, ARedirectToAnotherServerGoesWithoutHeadersAndCredentials) {
  Server other({answer("200 OK", "there")});
  Server first({answer("302 Found", "", "Location: " + other.url("/new") + "\r\n")});
  ASSERT_EQ(run({{"url", first.url()}, {"token", "t0ken"}, {"headers", {{"X-Key", "k"}}}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["body"], "there");
  EXPECT_NE(first.requests()[0].find("t0ken"), std::string::npos);
  const auto request = other.requests()[0];
  EXPECT_TRUE(request.starts_with("GET /new ")) << request;
  EXPECT_EQ(request.find("t0ken"), std::string::npos) << request;
  EXPECT_EQ(request.find("X-Key"), std::string::npos) << request;
}

TEST_F(Http, ARedirectOnTheSameServerKeepsThemAndARingOfRedirectsEnds) {
  Server server({answer("302 Found", "", "Location: /new\r\n"), answer("200 OK", "")});
  ASSERT_EQ(run({{"url", server.url()}, {"headers", {{"X-Key", "k"}}}}), MR_SUCCEEDED);
  EXPECT_NE(server.requests()[1].find("X-Key: k"), std::string::npos);
  Server ring({answer("302 Found", "", "Location: /\r\n")});
  EXPECT_EQ(run({{"url", ring.url()}}), MR_FAILED_RETRY);
  EXPECT_EQ(ring.requests().size(), 6u);
}

TEST_F(Http, ARetryAfterWithinPatienceIsObeyed) {
  Server server({answer("429 Too Many Requests", "", "Retry-After: 0\r\n"), answer("503 Service Unavailable", "", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n"), answer("200 OK", "at last")});
  ASSERT_EQ(run({{"url", server.url()}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["body"], "at last");
  Server busy({answer("429 Too Many Requests", "", "Retry-After: 0\r\n")});
  EXPECT_EQ(run({{"url", busy.url()}}), MR_FAILED_RETRY);
  EXPECT_EQ(busy.requests().size(), 3u);
}

TEST_F(Http, ACancelEndsTheWaitThatAServerAskedFor) {
  Server server({answer("429 Too Many Requests", "", "Retry-After: 3000\r\n")});
  host.on_log = [&](const mr::testing::Line& line) { if (line.text.ends_with("wait 3000 s")) host.cancel(); };
  EXPECT_EQ(run({{"url", server.url()}, {"patience", 3600}}), MR_CANCELLED);
}

TEST_F(Http, TheKindAndTheValuesOfAnAnswerAreChecked) {
  Server server({answer("200 OK", R"({"status": "ok", "rows": [{"last name": null}], "n": 0})", "Content-Type: Application/JSON; charset=utf-8\r\n")});
  const auto check = [&](const char* path, const Json& value) { return run({{"url", server.url()}, {"check_json", {{path, value}}}}); };
  EXPECT_EQ(run({{"url", server.url()}, {"content_type", "application/json"}, {"check_json", {{".status", "ok"}, {".n", 0}}}}), MR_SUCCEEDED);
  EXPECT_EQ(check(".rows[0][\"last name\"]", nullptr), MR_SUCCEEDED);
  EXPECT_EQ(check(".status", "down"), MR_FAILED_RETRY);
  EXPECT_EQ(host.failure()["code"], "E4034");
  EXPECT_TRUE(said(".status is not \"down\""));
  EXPECT_EQ(check(".rows[1]", nullptr), MR_FAILED_RETRY);
  EXPECT_TRUE(said("the answer has no .rows[1]"));
  EXPECT_EQ(run({{"url", server.url()}, {"content_type", "text/html"}}), MR_FAILED_RETRY);
  EXPECT_TRUE(said("not text/html but application/json"));
  for (const auto* wrong : {"", "status", ".rows[", ".rows[x]", ".a..b", ".", "[\"a]"}) {
    EXPECT_EQ(check(wrong, 1), wrong == std::string(".") ? MR_FAILED_RETRY : MR_FAILED_FINAL) << wrong;
  }
}

TEST_F(Http, WhatIsNotJsonFailsACheckOfItsValues) {
  Server server({answer("200 OK", "<html>")});
  EXPECT_EQ(run({{"url", server.url()}, {"check_json", {{".status", "ok"}}}}), MR_FAILED_RETRY);
  EXPECT_TRUE(said("not JSON"));
}

TEST_F(Http, AnAnswerBecomesAFileOfAllItsBytesOrNone) {
  std::string name = (std::filesystem::temp_directory_path() / "http_test.XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  host.at(folder.string());
  const std::string bytes(3'000'000, '\xff');
  Server server({answer("200 OK", bytes), answer("500 Internal Server Error", "no"), answer("200 OK", bytes)});
  ASSERT_EQ(run({{"url", server.url()}, {"to", "sub/all.bin"}}), MR_SUCCEEDED);
  EXPECT_EQ(std::filesystem::file_size(folder / "sub/all.bin"), bytes.size());
  EXPECT_EQ(host.output()["bytes"], bytes.size());
  EXPECT_EQ(run({{"url", server.url()}, {"to", "sub/all.bin"}}), MR_FAILED_RETRY);
  EXPECT_EQ(run({{"url", server.url()}, {"to", "sub/all.bin"}, {"most_bytes", bytes.size() - 1}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4036");
  EXPECT_EQ(std::filesystem::file_size(folder / "sub/all.bin"), bytes.size()) << "the file is as before";
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "sub"), {}), 1);
  std::filesystem::remove_all(folder);
}

TEST(Url, IsShownWithoutWhatMayBeSecret) {
  EXPECT_EQ(mr::http::without_secrets("https://me:pw@host/path?token=1#x"), "https://host/path");
  EXPECT_EQ(mr::http::without_secrets("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(mr::http::without_secrets("https://me:p@w@host"), "https://host");
}

}  // namespace
