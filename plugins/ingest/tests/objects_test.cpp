// Files of buckets and web servers, as ingest.files loads them: a real S3 server by ../shared/services, and servers that misbehave.
#include <gtest/gtest.h>

#include "../../http/tests/server.hpp"
#include "../../s3/tests/bucket.hpp"

namespace {

using mr::Json;
using mr::testing::answer;
using mr::testing::Server;
using Lines = std::vector<std::string>;

mr::data::testing::Ran load_into(mr::data::testing::House& house, const Json& from, const Json& access, const Json& more) {
  Json config = {{"from", from}, {"format", "csv"}, {"into", "raw.t"}, {"access", access}};
  config.update(more);
  return house.run("ingest.files", config);
}
Lines ids_in(const mr::data::testing::House& house) { return house.rows("select id from raw.t order by id"); }

class Objects : public ::testing::Test {
 protected:
  mr::data::testing::Ran load(const Json& from, const Json& access, const Json& more = Json::object()) { return load_into(house, from, access, more); }
  Lines ids() const { return ids_in(house); }

  mr::data::testing::House house{MR_TEST_PLUGIN};
};

class Buckets : public mr::s3::testing::BucketTest {
 protected:
  mr::data::testing::Ran load(const Json& from, const Json& who, const Json& more = Json::object()) { return load_into(house, from, who, more); }
  Lines ids() const { return ids_in(house); }
};

#define SUCCEEDS(ran) ASSERT_EQ((ran).outcome, MR_SUCCEEDED) << (ran).failure

TEST_F(Buckets, WhatMatchesIsLoadedOnce) {
  put("in/a 1.csv", "id\n1\n");
  put("in/b[2].csv", "id\n2\n");
  put("in/deeper/c.csv", "id\n3\n");
  put("in/.hidden.csv", "id\n4\n");
  put("other/d.csv", "id\n5\n");
  SUCCEEDS(load(url("in/*.csv"), access));
  EXPECT_EQ(ids(), (Lines{"1", "2"}));
  put("in/e.csv", "id\n6\n");
  const auto again = load(url("in/*.csv"), access);
  SUCCEEDS(again);
  EXPECT_EQ(again.count("rows_out"), 1);
  EXPECT_EQ(ids(), (Lines{"1", "2", "6"}));
  SUCCEEDS(load(Json::array({url("in/deeper/c.csv"), house.file("here.csv", "id\n7\n")}), access));
  EXPECT_EQ(ids(), (Lines{"1", "2", "3", "6", "7"}));
}

TEST_F(Buckets, MoreThanAPageOfThemIsListed) {
  for (int i = 0; i < 1005; ++i) put("many/" + std::to_string(i) + ".csv", "id\n" + std::to_string(i) + "\n");
  const auto ran = load(url("many/*.csv"), access);
  SUCCEEDS(ran);
  EXPECT_EQ(house.rows("select count(distinct id) from raw.t"), Lines{"1005"});
}

TEST_F(Buckets, AChangedObjectIsNotLoadedAgainUnasked) {
  put("a.csv", "id\n1\n");
  SUCCEEDS(load(url("a.csv"), access, {{"on_change", "reload"}}));
  put("a.csv", "id\n2\n");
  EXPECT_EQ(load(url("a.csv"), access).code(), "E5031");
  SUCCEEDS(load(url("a.csv"), access, {{"on_change", "reload"}}));
  EXPECT_EQ(ids(), Lines{"2"});
}

TEST_F(Buckets, AFolderWaitsForItsMarker) {
  const Json rule = {{"finished", {{"success", "_SUCCESS"}}}};
  put("day/a.csv", "id\n1\n");
  SUCCEEDS(load(url("day/*"), access, rule));
  EXPECT_FALSE(house.has("raw.t"));
  put("day/_SUCCESS", "");
  SUCCEEDS(load(url("day/*"), access, rule));
  EXPECT_EQ(ids(), Lines{"1"});
}

TEST_F(Buckets, MistakesAreNamedAndNoKeyIsTold) {
  EXPECT_EQ(load(url("nope.csv"), access).code(), "E5030");
  SUCCEEDS(load(url("nope*.csv"), access, {{"schema", {{"id", "BIGINT"}}}}));
  auto wrong = access;
  wrong["secret_key"] = "not-the-secret";
  const auto refused = load(url("a.csv"), wrong);
  EXPECT_EQ(refused.code(), "E4081");
  EXPECT_EQ((refused.failure.dump() + refused.log).find("not-the-secret"), std::string::npos);
  EXPECT_EQ(load("s3://only-a-bucket", access).code(), "E4080");
  wrong = access;
  wrong["acess_key"] = "x";
  EXPECT_EQ(load(url("a.csv"), wrong).code(), "E4080");
}

std::string csv(const std::string& body, const std::string& etag = "\"1\"") { return answer("200 OK", body, "ETag: " + etag + "\r\n"); }
std::string head(size_t size, const std::string& etag = "\"1\"") { return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\nETag: " + etag + "\r\nConnection: close\r\n\r\n"; }

TEST_F(Objects, AFileOfAWebServerIsLoadedOnce) {
  const Server server({head(7), csv("id\n1\n2\n"), head(7)});
  SUCCEEDS(load(server.url("/in/a.csv?day=1"), {{"token", "t0ken"}}));
  EXPECT_EQ(ids(), (Lines{"1", "2"}));
  EXPECT_NE(server.requests().at(1).find("Authorization: Bearer t0ken"), std::string::npos);
  EXPECT_EQ(load(server.url("/in/a.csv?day=1"), {{"token", "t0ken"}}).count("rows_out"), 0);
  EXPECT_EQ(server.requests().size(), 3u) << "only asked whether it is another";
}

TEST_F(Objects, WhatPassesIsTriedAgain) {
  const std::string cut = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"1\"\r\nConnection: close\r\n\r\nid\n1";
  const Server server({answer("503 Busy", ""), head(7), answer("500 Oh", "no"), cut, csv("id\n1\n2\n")});
  SUCCEEDS(load(server.url("/a.csv"), nullptr));
  EXPECT_EQ(ids(), (Lines{"1", "2"}));
}

TEST_F(Objects, WhatPassesAtABucketIsTriedAgain) {
  const std::string list = answer("200 OK", "<ListBucketResult><Contents><Key>in/a.csv</Key><Size>7</Size><ETag>\"1\"</ETag></Contents><IsTruncated>false</IsTruncated></ListBucketResult>");
  const std::string cut = "HTTP/1.1 206 Part\r\nContent-Length: 7\r\nETag: \"1\"\r\nConnection: close\r\n\r\nid\n1";
  const Server server({answer("503 Slow", "<Error><Code>SlowDown</Code></Error>"), list, answer("500 Oh", ""), head(7), cut, csv("id\n1\n2\n")});
  SUCCEEDS(load("s3://b/in/*.csv", {{"endpoint", server.url("")}}));
  EXPECT_EQ(ids(), (Lines{"1", "2"}));
  const Server bad({list, head(7), cut});
  EXPECT_EQ(load("s3://b/in/*.csv", {{"endpoint", bad.url("")}}, {{"into", "raw.u"}}).outcome, MR_FAILED_RETRY);
  const Server other({list, head(7, "\"2\""), csv("id\n3\n4\n", "\"2\"")});
  EXPECT_EQ(load("s3://b/in/*.csv", {{"endpoint", other.url("")}}, {{"into", "raw.u"}}).code(), "E5038");
  EXPECT_FALSE(house.has("raw.u"));
}

TEST_F(Objects, AFolderOfABucketWaitsForItsMarker) {
  const auto list = [](const std::string& key, int size) {
    return answer("200 OK", "<ListBucketResult><Contents><Key>" + key + "</Key><Size>" + std::to_string(size) + "</Size><ETag>\"1\"</ETag></Contents><IsTruncated>false</IsTruncated></ListBucketResult>");
  };
  const Json rule = {{"finished", {{"success", "_SUCCESS"}}}};
  const Server early({list("in/a.csv", 7), answer("200 OK", "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")});
  SUCCEEDS(load("s3://b/in/*.csv", {{"endpoint", early.url("")}}, rule));
  EXPECT_FALSE(house.has("raw.t"));
  const Server whole({list("in/a.csv", 7), list("in/_SUCCESS", 0), head(7), csv("id\n1\n2\n")});
  SUCCEEDS(load("s3://b/in/*.csv", {{"endpoint", whole.url("")}}, rule));
  EXPECT_EQ(ids(), (Lines{"1", "2"}));
}

TEST_F(Objects, WhatDoesNotPassIsAFailureAndNothingIsLoaded) {
  const Server busy({answer("503 Busy", "")});
  const auto ran = load(busy.url("/a.csv"), nullptr);
  EXPECT_EQ(ran.outcome, MR_FAILED_RETRY);
  EXPECT_EQ(ran.code(), "E5079");
  EXPECT_EQ(busy.requests().size(), 4u);
  const Server cut({head(7), "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"1\"\r\nConnection: close\r\n\r\nid\n1"});
  EXPECT_EQ(load(cut.url("/a.csv"), nullptr).outcome, MR_FAILED_RETRY);
  EXPECT_FALSE(house.has("raw.t"));
}

TEST_F(Objects, AFileThatChangesMeanwhileIsNotLoaded) {
  const Server server({head(7), csv("id\n3\n4\n", "\"2\"")});
  EXPECT_EQ(load(server.url("/a.csv"), nullptr).code(), "E5038");
  EXPECT_FALSE(house.has("raw.t"));
}

TEST_F(Objects, MistakesAreNamedAndNoPasswordIsTold) {
  const Server gone({answer("404 No", "")});
  EXPECT_EQ(load(gone.url("/a.csv"), nullptr).code(), "E5030");
  const Server secret({answer("403 No", "")});
  const auto refused = load(secret.url("/a.csv?sig=s3cret"), {{"user", "u"}, {"password", "pa55word"}});
  EXPECT_EQ(refused.code(), "E5079");
  EXPECT_EQ((refused.failure.dump() + refused.log).find("s3cret"), std::string::npos);
  EXPECT_EQ((refused.failure.dump() + refused.log).find("pa55word"), std::string::npos);
  const Server nameless({"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"});
  EXPECT_EQ(load(nameless.url("/a.csv"), nullptr).code(), "E5079");
  EXPECT_EQ(load("https://u:pa55word@127.0.0.1/a.csv", nullptr).code(), "E5078");
  EXPECT_EQ(load("https://127.0.0.1/*.csv", nullptr).code(), "E5078");
  EXPECT_EQ(load("https://127.0.0.1/a.csv", {{"key", "x"}}).code(), "E5078");
}

}  // namespace
