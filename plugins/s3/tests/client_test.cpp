// What S3 answers, told by a small server of the test: failures and their classes, tries, odd lists; and what is sent.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/digest.hpp"
#include "http/tests/server.hpp"
#include "s3/client.hpp"
#include "s3/xml.hpp"
#include "sdk/millrace_testing.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;
using mr::testing::answer;
using mr::testing::Server;

std::string error(const std::string& code) { return "<?xml version=\"1.0\"?>\n<Error><Code>" + code + "</Code><Message>so it is</Message><StringToSign>hidden</StringToSign></Error>"; }

class S3 : public testing::Test {
 protected:
  S3() {
    std::string name = (fs::temp_directory_path() / "s3_test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
    host.at(folder.string());
    std::ofstream(folder / "a") << "abc";
  }
  ~S3() override { fs::remove_all(folder); }

  mr_outcome run(const char* type, const Server& server, Json config) {
    config.update({{"bucket", "b"}, {"endpoint", server.url("")}, {"access_key", "ID"}, {"secret_key", "hidden-key"}});
    return library.run(type, config, host);
  }
  mr_outcome put(const Server& server) { return run("s3.put", server, {{"from", "a"}, {"key", "k"}}); }
  std::string code() const { return host.failure().value("code", ""); }
  std::string klass() const { return host.failure().value("class", ""); }

  fs::path folder{};
  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

TEST_F(S3, RequestsAreSignedAndTheKeyIsNeitherSentNorSaid) {
  Server server({answer("200 OK", "", "ETag: \"x\"\r\n")});
  ASSERT_EQ(put(server), MR_SUCCEEDED) << host.failure();
  const auto request = server.requests()[0];
  EXPECT_TRUE(request.starts_with("PUT /b/k HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Authorization: AWS4-HMAC-SHA256 Credential=ID/"), std::string::npos) << request;
  EXPECT_NE(request.find("X-Amz-Content-Sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\r\n"), std::string::npos) << request;
  EXPECT_NE(request.find("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-millrace-sha256,"), std::string::npos) << "and none that isn't sent: " << request;
  EXPECT_EQ(request.find("hidden-key"), std::string::npos);
  EXPECT_EQ(host.output(), (Json{{"key", "k"}, {"bytes", 3}, {"etag", "x"}, {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}));
}

TEST_F(S3, WhatPassesIsTriedAgainAtOnce) {
  Server server({answer("503 Slow Down", error("SlowDown")), answer("500 Internal Server Error", error("InternalError")), answer("200 OK", "", "ETag: \"x\"\r\n")});
  EXPECT_EQ(put(server), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(server.requests().size(), 3u);
  Server busy({answer("503 Slow Down", error("SlowDown"))});
  EXPECT_EQ(put(busy), MR_FAILED_RETRY);
  EXPECT_EQ(code() + klass(), "E4082transient");
  EXPECT_EQ(busy.requests().size(), 4u);
}

TEST_F(S3, FailuresHaveTheClassOfTheirStatus) {
  const auto of = [&](const std::string& status, const std::string& name) {
    Server server({answer(status, error(name))});
    EXPECT_EQ(put(server), MR_FAILED_FINAL) << status;
    EXPECT_EQ(server.requests().size(), 1u) << status;
    for (const auto& line : host.lines()) EXPECT_EQ(line.text.find("hidden"), std::string::npos) << line.text;
    return code() + klass();
  };
  EXPECT_EQ(of("403 Forbidden", "SignatureDoesNotMatch"), "E4081config");
  EXPECT_EQ(of("400 Bad Request", "AuthorizationHeaderMalformed"), "E4081config");
  EXPECT_EQ(of("404 Not Found", "NoSuchBucket"), "E4083config");
  EXPECT_EQ(of("404 Not Found", "NoSuchKey"), "E4083data");
  EXPECT_EQ(of("412 Precondition Failed", "PreconditionFailed"), "E4084data");
  EXPECT_EQ(of("400 Bad Request", "EntityTooLarge"), "E4085data");
  EXPECT_EQ(host.failure()["what"], "S3 answered 400 EntityTooLarge: so it is");
  EXPECT_EQ(host.failure()["where"], "s3://b/k");
}

TEST_F(S3, AFailureInTheBodyOfA200IsAFailure) {
  Server server({answer("200 OK", error("InternalError"))});
  EXPECT_EQ(run("s3.copy", server, {{"from", "a"}, {"to", "b"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4082");
}

TEST_F(S3, ListsGoOnWhereTheyEndedAndReadAllLetters) {
  const std::string first = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b/+</NextContinuationToken>"
                            "<Contents><Key>x/%C3%BC+%26%0A</Key><Size>7</Size><ETag>&quot;e1&quot;</ETag><LastModified>2026-11-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>";
  const std::string second = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>y+&lt;&#233;&#x65E5;&gt;</Key><Size>5000000000</Size></Contents><CommonPrefixes><Prefix>x/z/</Prefix></CommonPrefixes></ListBucketResult>";
  Server server({answer("200 OK", first), answer("200 OK", second)});
  ASSERT_EQ(run("s3.list", server, {{"prefix", "x/\xC3\xBC"}, {"delimiter", "/"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_TRUE(server.requests()[0].starts_with("GET /b?delimiter=%2F&encoding-type=url&list-type=2&prefix=x%2F%C3%BC HTTP")) << server.requests()[0];
  EXPECT_TRUE(server.requests()[1].starts_with("GET /b?continuation-token=a%26b%2F%2B&delimiter=")) << server.requests()[1];
  EXPECT_EQ(host.output()["objects"][0], (Json{{"key", "x/\xC3\xBC &\n"}, {"size", 7}, {"etag", "e1"}, {"modified", "2026-11-01T00:00:00.000Z"}}));
  EXPECT_EQ(host.output()["objects"][1]["key"], "y+<\xC3\xA9\xE6\x97\xA5>");
  EXPECT_EQ(host.output()["bytes"], 5'000'000'007);
  EXPECT_EQ(host.output()["prefixes"], Json{"x/z/"});
  EXPECT_EQ(host.output()["more"], false);
}

TEST_F(S3, AnAnswerThatIsNoListIsRefused) {
  Server server({answer("200 OK", "<html>hello</html>")});
  EXPECT_EQ(run("s3.list", server, Json::object()), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4085");
}

TEST_F(S3, ACutPartIsTriedAgainLater) {
  Server server({answer("200 OK", "abc", "ETag: \"x\"\r\n"), answer("206 Partial Content", "ab")});
  EXPECT_EQ(run("s3.get", server, {{"key", "k"}, {"to", "b"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4086");
  EXPECT_FALSE(fs::exists(folder / "b"));
}

TEST_F(S3, AnUploadThatFailsIsTakenBack) {
  fs::resize_file(folder / "a", 6'000'000);
  Server server({answer("200 OK", "<UploadId>u1</UploadId>"), answer("200 OK", "", "ETag: \"p1\"\r\n"), answer("403 Forbidden", error("AccessDenied")), answer("204 No Content", "")});
  EXPECT_EQ(run("s3.put", server, {{"from", "a"}, {"key", "k"}, {"part_bytes", 5'242'880}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4081");
  ASSERT_EQ(server.requests().size(), 4u);
  EXPECT_TRUE(server.requests()[3].starts_with("DELETE /b/k?uploadId=u1 ")) << server.requests()[3];
  EXPECT_TRUE(host.checkpoint().is_null());
}

TEST_F(S3, AnUploadWhoseLastAnswerWasLostIsDone) {
  fs::resize_file(folder / "a", 6'000'000);
  const std::string sum = "x-amz-meta-millrace-sha256: ";
  const auto upload = [&](const std::string& of_object) {
    Server server({answer("200 OK", "<UploadId>u1</UploadId>"), answer("200 OK", "", "ETag: \"p1\"\r\n"), answer("200 OK", "", "ETag: \"p2\"\r\n"), answer("500 Oh", ""), answer("404 Not Found", error("NoSuchUpload")),
                   answer("404 Not Found", error("NoSuchUpload")), answer("200 OK", "", "ETag: \"whole-2\"\r\n" + sum + of_object + "\r\n")});
    return run("s3.put", server, {{"from", "a"}, {"key", "k"}, {"part_bytes", 5'242'880}});
  };
  mr::digest::Digest digest("sha256");
  digest.add("abc" + std::string(5'999'997, '\0'));
  EXPECT_EQ(upload(digest.hex()), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["etag"], "whole-2");
  EXPECT_EQ(upload(std::string(64, 'a')), MR_FAILED_FINAL) << "another object";
}

TEST_F(S3, AnUploadThatIsCancelledIsTakenBackToo) {
  fs::resize_file(folder / "a", 6'000'000);
  Server server({answer("200 OK", "<UploadId>u1</UploadId>"), "", answer("204 No Content", "")});
  std::thread canceller([&] {
    while (server.requests().size() < 2) std::this_thread::yield();
    host.cancel();
  });
  EXPECT_EQ(run("s3.put", server, {{"from", "a"}, {"key", "k"}, {"part_bytes", 5'242'880}}), MR_CANCELLED);
  canceller.join();
  ASSERT_EQ(server.requests().size(), 3u);
  EXPECT_TRUE(server.requests()[2].starts_with("DELETE /b/k?uploadId=u1 ")) << server.requests()[2];
}

TEST_F(S3, AnUploadOfAnAttemptThatDiedIsTakenBackByTheNext) {
  host.facts["checkpoint"] = {{"bucket", "b"}, {"key", "k"}, {"upload", "u0"}};
  Server server({answer("204 No Content", ""), answer("200 OK", "", "ETag: \"x\"\r\n")});
  ASSERT_EQ(put(server), MR_SUCCEEDED) << host.failure();
  EXPECT_TRUE(server.requests()[0].starts_with("DELETE /b/k?uploadId=u0 ")) << server.requests()[0];
}

TEST_F(S3, ConfigsThatMeanNothingAreRefusedBeforeAnythingIsSent) {
  Server server({answer("200 OK", "")});
  const Json whole{{"bucket", "b"}, {"endpoint", server.url("")}, {"access_key", "ID"}, {"secret_key", "k"}, {"from", "a"}, {"key", "k"}};
  for (const Json& change : {Json{{"bucket", ""}}, Json{{"bucket", "a/b"}}, Json{{"secret_key", ""}}, Json{{"access_key", ""}, {"secret_key", ""}, {"session_token", "t"}}, Json{{"endpoint", "ftp://x"}}, Json{{"endpoint", "http://u:p@x"}},
                             Json{{"region", ""}}, Json{{"key", ""}}, Json{{"key", std::string(1025, 'k')}}, Json{{"metadata", {{"a b", "c"}}}}, Json{{"metadata", {{"a", "\xC3\xBC"}}}}, Json{{"metadata", {{"a", "b\r\nc: d"}}}}}) {
    auto config = whole;
    config.update(change);
    EXPECT_EQ(library.run("s3.put", config, host), MR_FAILED_FINAL) << change;
    EXPECT_EQ(code(), "E4080") << change;
  }
  EXPECT_EQ(run("s3.delete", server, Json::object()), MR_FAILED_FINAL) << "would be the whole bucket";
  EXPECT_EQ(run("s3.delete", server, {{"key", "a"}, {"prefix", "b"}}), MR_FAILED_FINAL);
  EXPECT_TRUE(server.requests().empty());
}

TEST(S3Xml, OddEntitiesStayAsTheyAre) {
  EXPECT_EQ(mr::s3::decoded("a&amp;&lt;&nothing;&#xZZ;&#99999999;& b&"), "a&<&nothing;&#xZZ;&#99999999;& b&");
  EXPECT_EQ(mr::s3::text_of("<a><b>1</b><b>2</b></a>", "b"), "1");
  EXPECT_EQ(mr::s3::text_of("<a><b>1", "b"), "");
  EXPECT_EQ(mr::s3::elements("<k></k><k>x</k>", "k"), (std::vector<std::string>{"", "x"}));
}

TEST_F(S3, TheBucketStandsInThePathOrInTheHost) {
  Server server({answer("200 OK", "", "ETag: \"x\"\r\n")});
  const auto port = server.url("").substr(server.url("").rfind(':'));
  const Json config{{"bucket", "b"}, {"from", "a"}, {"key", "c/../d//e"}, {"style", "host"}, {"endpoint", "http://localhost" + port + "/base/"}};
  ASSERT_EQ(library.run("s3.put", config, host), MR_SUCCEEDED) << host.failure();  // b.localhost is this machine
  EXPECT_TRUE(server.requests()[0].starts_with("PUT /base/c/../d//e HTTP/1.1\r\nHost: b.localhost" + port)) << server.requests()[0];
  EXPECT_EQ(server.requests()[0].find("Authorization"), std::string::npos) << "no keys, no signature";
  ASSERT_EQ(run("s3.put", server, {{"from", "a"}, {"key", "k"}, {"session_token", "t0ken"}}), MR_SUCCEEDED);
  EXPECT_NE(server.requests()[1].find(";x-amz-security-token,"), std::string::npos) << server.requests()[1];
}

}  // namespace
