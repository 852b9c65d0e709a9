// http.request, page after page.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "http/http_client.hpp"
#include "http/tests/server.hpp"
#include "sdk/millrace_testing.hpp"

namespace {

using mr::Json;
using mr::testing::answer;
using mr::testing::Server;

class Pages : public testing::Test {
 protected:
  mr_outcome run(const Json& config) { return library.run("http.request", config, host); }
  bool said(const std::string& part) const { return host.failure().value("what", "").find(part) != std::string::npos; }

  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

TEST_F(Pages, AreFoundByTheLinkHeader) {
  Server server({answer("200 OK", "[1, 2]", "Link: </first>; rel=\"first\", </items?page=2>; rel=\"next\"; title=\"a, <b>\"\r\n"),
                 answer("200 OK", "[]", "Link: </first>; rel=\"first\"\r\nLink: <?page=3>; rel=next\r\n"), answer("200 OK", "[3]", "Link: </first>; rel=\"first\"\r\n")});
  ASSERT_EQ(run({{"url", server.url("/items")}, {"items", "."}, {"next", "link"}, {"token", "t"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output(), (Json{{"status", 200}, {"json", {1, 2, 3}}, {"pages", 3}, {"items", 3}}));
  EXPECT_TRUE(server.requests()[1].starts_with("GET /items?page=2 ")) << server.requests()[1];
  EXPECT_TRUE(server.requests()[2].starts_with("GET /items?page=3 ")) << server.requests()[2];
  EXPECT_NE(server.requests()[2].find("Bearer t"), std::string::npos);
}

TEST_F(Pages, AreFoundByAUrlInTheAnswer) {
  Server server({answer("200 OK", R"({"data": [{"id": 1}], "paging": {"next": "/items?after=1"}})"), answer("200 OK", R"({"data": [{"id": 2}], "paging": {"next": null}})")});
  ASSERT_EQ(run({{"url", server.url("/items")}, {"items", ".data"}, {"next", ".paging.next"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["json"], (Json{{{"id", 1}}, {{"id", 2}}}));
}

TEST_F(Pages, AreFoundByACursorThatReplacesTheOldOne) {
  Server server({answer("200 OK", R"({"data": [1], "cursor": "a b/\u00fc&c="})"), answer("200 OK", R"({"data": [2], "cursor": 7})"), answer("200 OK", R"({"data": [3], "cursor": ""})")});
  ASSERT_EQ(run({{"url", server.url("/items?size=2&cursor=start&cursors=x")}, {"items", ".data"}, {"cursor", ".cursor"}, {"cursor_parameter", "cursor"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["json"], (Json{1, 2, 3}));
  EXPECT_TRUE(server.requests()[1].starts_with("GET /items?size=2&cursors=x&cursor=a%20b%2F%C3%BC%26c%3D ")) << server.requests()[1];
  EXPECT_TRUE(server.requests()[2].starts_with("GET /items?size=2&cursors=x&cursor=7 ")) << server.requests()[2];
}

TEST_F(Pages, BecomeAFileOfOneLineForEachItem) {
  std::string name = (std::filesystem::temp_directory_path() / "http_test.XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  host.at(folder.string());
  Server server({answer("200 OK", R"({"data": [{"a": "\u00fc\n"}, null], "next": "?2"})"), answer("200 OK", R"({"data": [[1]]})"), answer("200 OK", R"({"data": [1], "next": "?3"})"), answer("500 Oh", "")});
  const Json config{{"url", server.url("/items")}, {"items", ".data"}, {"next", ".next"}, {"to", "all.jsonl"}};
  ASSERT_EQ(run(config), MR_SUCCEEDED) << host.failure();
  std::ifstream in(folder / "all.jsonl");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "{\"a\":\"\xC3\xBC\\n\"}\nnull\n[1]\n");
  EXPECT_EQ(run(config), MR_FAILED_RETRY) << "the second page fails";
  EXPECT_EQ(std::filesystem::file_size(folder / "all.jsonl"), 22u) << "and the file is as before";
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  std::filesystem::remove_all(folder);
}

TEST_F(Pages, WithoutAnEndAreAFailure) {
  Server same({answer("200 OK", R"({"data": [1], "next": "/items"})")});
  EXPECT_EQ(run({{"url", same.url("/items")}, {"items", ".data"}, {"next", ".next"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4035");
  EXPECT_TRUE(said("leads back"));
  Server many({answer("200 OK", R"({"data": [1], "next": "?2"})"), answer("200 OK", R"({"data": [1], "next": "?3"})"), answer("200 OK", R"({"data": [1]})")});
  EXPECT_EQ(run({{"url", many.url("/items")}, {"items", ".data"}, {"next", ".next"}, {"most_pages", 2}}), MR_FAILED_FINAL);
  EXPECT_TRUE(said("more pages than 2"));
  EXPECT_EQ(many.requests().size(), 2u);
}

TEST_F(Pages, OfAnotherServerAreNotAsked) {
  Server other({answer("200 OK", "[]")});
  Server server({answer("200 OK", "[]", "Link: <" + other.url() + ">; rel=\"next\"\r\n"), answer("200 OK", "[]", "Link: <file:///etc/passwd>; rel=\"next\"\r\n")});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(run({{"url", server.url()}, {"items", "."}, {"next", "link"}, {"token", "t"}}), MR_FAILED_FINAL);
    EXPECT_EQ(host.failure()["code"], "E4035");
  }
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(Pages, ThatAreNotWhatWasSaidAreAFailure) {
  for (const auto* body : {"", "no", "{}", R"({"data": {"a": 1}})", R"({"data": null})", R"({"data": [], "next": {}})"}) {
    Server server({answer("200 OK", body)});
    EXPECT_EQ(run({{"url", server.url()}, {"items", ".data"}, {"next", ".next"}}), MR_FAILED_FINAL) << body;
    EXPECT_EQ(host.failure()["code"], "E4035") << body;
  }
}

TEST_F(Pages, AreDescribedWhollyOrRefused) {
  for (const Json& wrong : {Json{{"next", "link"}}, Json{{"items", ".a"}}, Json{{"items", ".a"}, {"next", "link"}, {"cursor", ".c"}, {"cursor_parameter", "c"}}, Json{{"items", ".a"}, {"cursor", ".c"}}, Json{{"items", "a"}, {"next", "link"}}}) {
    Json config = wrong;
    config["url"] = "http://127.0.0.1:1/";
    EXPECT_EQ(run(config), MR_FAILED_FINAL) << wrong;
    EXPECT_EQ(host.failure()["code"], "E4033") << wrong;
  }
}

TEST(Url, IsOfTheSameServerWhenSchemeHostAndPortAre) {
  EXPECT_TRUE(mr::http::same_origin("https://host/a", "https://HOST:443/b?c"));
  EXPECT_FALSE(mr::http::same_origin("https://host/", "http://host/"));
  EXPECT_FALSE(mr::http::same_origin("https://host/", "https://host:444/"));
  EXPECT_FALSE(mr::http::same_origin("https://host/", "https://host.evil/"));
  EXPECT_FALSE(mr::http::same_origin("https://host/", "https://host@evil/"));
  EXPECT_FALSE(mr::http::same_origin("nothing", "nothing"));
}

}  // namespace
