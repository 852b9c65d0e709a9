#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "http/http_client.hpp"
#include "http/tests/server.hpp"
#include "sdk/millrace_testing.hpp"

namespace {

using mr::Json;
using mr::testing::answer;
using mr::testing::Server;
constexpr auto kKey = "0123456789abcdef0123456789abcdef";

class Notify : public testing::Test {
 protected:
  Notify() { host.facts = {{"dag", "sales"}, {"run", "sales@2026-11-01"}, {"task", "alert"}}; }
  mr_outcome run(const std::string& type, const Json& config) { return library.run(type, config, host); }
  static Json body(const Server& server) {
    const auto request = server.requests().at(0);
    return Json::parse(request.substr(request.find("\r\n\r\n") + 4));
  }

  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

TEST_F(Notify, AWebhookWithoutTextSaysWhichRunItIsAbout) {
  Server server({answer("200 OK", "")});
  ASSERT_EQ(run("notify.webhook", {{"url", server.url()}}), MR_SUCCEEDED);
  EXPECT_EQ(body(server), host.facts);
}

TEST_F(Notify, AWebhookSendsWhatItWasGiven) {
  Server server({answer("204 No Content", "")});
  ASSERT_EQ(run("notify.webhook", {{"url", server.url()}, {"json", {{"text", "loaded"}}}}), MR_SUCCEEDED);
  EXPECT_EQ(body(server), (Json{{"text", "loaded"}}));
}

TEST_F(Notify, ARefusalNeverShowsTheAddressOfTheHook) {
  Server server({answer("403 Forbidden", "")});
  EXPECT_EQ(run("notify.webhook", {{"url", server.url("/services/hidden")}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4050");
  EXPECT_EQ((host.failure().dump() + host.log(MR_ERROR) + host.log(MR_INFO)).find("hidden"), std::string::npos);
}

TEST_F(Notify, AnUnreachableHookNeverShowsItsAddressEither) {
  std::string url;
  {
    Server gone({""});
    url = gone.url("/services/hidden");
  }
  EXPECT_EQ(run("notify.webhook", {{"url", url}}), MR_FAILED_RETRY);
  EXPECT_EQ((host.failure().dump() + host.log(MR_ERROR)).find("hidden"), std::string::npos) << host.failure();
}

TEST_F(Notify, ATriggerHasAllThatTheEventsApiAsksFor) {
  Server server({answer("202 Accepted", "{}")});
  ASSERT_EQ(run("notify.pagerduty", {{"routing_key", kKey}, {"url", server.url()}, {"summary", "late"}, {"severity", "critical"}, {"details", {{"rows", 3}}}}), MR_SUCCEEDED);
  EXPECT_EQ(body(server), (Json{{"routing_key", kKey}, {"event_action", "trigger"}, {"dedup_key", "sales"}, {"client", "millrace"},
                                {"payload", {{"summary", "late"}, {"source", "sales"}, {"severity", "critical"}, {"component", "alert"},
                                             {"custom_details", {{"dag", "sales"}, {"run", "sales@2026-11-01"}, {"task", "alert"}, {"rows", 3}}}}}}));
  EXPECT_EQ(host.output()["dedup_key"], "sales");
}

TEST_F(Notify, AResolveHasNoPayload) {
  Server server({answer("202 Accepted", "{}")});
  ASSERT_EQ(run("notify.pagerduty", {{"routing_key", kKey}, {"url", server.url()}, {"action", "resolve"}, {"dedup_key", "k"}}), MR_SUCCEEDED);
  EXPECT_EQ(body(server), (Json{{"routing_key", kKey}, {"event_action", "resolve"}, {"dedup_key", "k"}, {"client", "millrace"}}));
}

TEST_F(Notify, ALongSummaryIsCutBetweenLetters) {
  Server server({answer("202 Accepted", "{}")});
  std::string longer;
  while (longer.size() < 1'500) longer += "\xC3\xA4";
  ASSERT_EQ(run("notify.pagerduty", {{"routing_key", kKey}, {"url", server.url()}, {"summary", "x" + longer}}), MR_SUCCEEDED);
  EXPECT_EQ(body(server)["payload"]["summary"].get<std::string>().size(), 1'023u);
}

TEST_F(Notify, WhatTheApiDidNotLikeIsSaidWithoutTheKey) {
  Server server({answer("400 Bad Request", std::string(R"({"errors": ["severity is wrong", "key )") + kKey + R"( is unknown"]})")});
  EXPECT_EQ(run("notify.pagerduty", {{"routing_key", kKey}, {"url", server.url()}}), MR_FAILED_FINAL);
  EXPECT_NE(host.failure()["what"].get<std::string>().find("severity is wrong"), std::string::npos);
  EXPECT_EQ(host.failure().dump().find(kKey), std::string::npos);
}

TEST_F(Notify, TooManyEventsAreTriedAgain) {
  Server server({answer("429 Too Many Requests", "{}", "Retry-After: 1\r\n")});
  EXPECT_EQ(run("notify.pagerduty", {{"routing_key", kKey}, {"url", server.url()}}), MR_FAILED_RETRY);
}

// A receiver that checks events as the Events API does, from the shared test services.
class Receiver : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("MILLRACE_SHARED");
    script = (std::filesystem::path(given != nullptr ? given : MR_TEST_SHARED) / "services/pagerduty.sh").lexically_normal().string();
    if (!std::filesystem::exists(script)) GTEST_SKIP() << "SKIPPED: " << script << " is not there; set MILLRACE_SHARED to try PagerDuty events against a receiver";
    std::string name = (std::filesystem::temp_directory_path() / "notify_test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
    verb("start");
    const auto variables = verb("env");
    url = value(variables, "RECEIVER_URL=");
    ASSERT_FALSE(url.empty()) << variables;
    config = {{"url", value(variables, "PAGERDUTY_EVENTS_URL=")}, {"routing_key", value(variables, "PAGERDUTY_ROUTING_KEY=")}};
    host.facts = {{"dag", "sales"}, {"run", "sales@2026-11-01"}, {"task", "alert"}};
  }

  ~Receiver() override {
    if (folder.empty()) return;
    verb("stop");
    std::filesystem::remove_all(folder);
  }

  std::string verb(const std::string& word) const {
    const auto command = "bash '" + script + "' " + word + " '" + folder + "' 2>&1";
    std::string said;
    FILE* pipe = ::popen(command.c_str(), "r");
    char buffer[256];
    while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) said += buffer;
    if (pipe != nullptr) ::pclose(pipe);
    return said;
  }

  static std::string value(const std::string& variables, const std::string& name) {
    const auto at = variables.find(name);
    if (at == std::string::npos) return "";
    auto line = variables.substr(at + name.size(), variables.find('\n', at) - at - name.size());
    std::erase_if(line, [](char c) { return c == '"' || c == '\''; });
    return line;
  }

  Json ask(const std::string& path) const { return Json::parse(mr::http::send({.url = url + path}, [] { return false; }).body); }

  mr_outcome run(const Json& more) {
    auto all = config;
    all.update(more);
    return library.run("notify.pagerduty", all, host);
  }

  std::string script{}, folder{}, url{};
  Json config{};
  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

TEST_F(Receiver, TakesOneTriggerAndItsResolve) {
  ASSERT_EQ(run({{"summary", "sales were not loaded"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(ask("/incidents"), (Json{{"sales", "triggered"}}));
  EXPECT_EQ(ask("/events").size(), 1u);
  ASSERT_EQ(run({{"action", "resolve"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(ask("/incidents"), (Json{{"sales", "resolved"}}));
  EXPECT_EQ(ask("/events").size(), 2u);
}

TEST_F(Receiver, SaysWhatIsWrongWithAKey) {
  EXPECT_EQ(run({{"routing_key", "short"}}), MR_FAILED_FINAL);
  EXPECT_NE(host.failure()["what"].get<std::string>().find("'routing_key' must be"), std::string::npos) << host.failure();
  EXPECT_EQ(ask("/incidents"), Json::object());
}

}  // namespace
