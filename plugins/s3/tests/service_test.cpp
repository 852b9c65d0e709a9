// s3.* against a real server, which checks every signature: ../shared/services/s3.sh. Skipped, loudly, where it can't start.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "common/process.hpp"
#include "s3/client.hpp"
#include "sdk/millrace_testing.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// One server for all cases, each of which has a bucket of its own.
class Service {
 public:
  Service() {
    const char* given = std::getenv("MILLRACE_SHARED");
    script_ = (fs::path(given != nullptr ? given : MR_TEST_SHARED) / "services/s3.sh").lexically_normal().string();
    if (!fs::exists(script_)) {
      why = script_ + " isn't here; set MILLRACE_SHARED";
      return;
    }
    std::string name = (fs::temp_directory_path() / "s3_service.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    if (verb("start") != 0) why = "the server does not start: " + said_.substr(0, 300);
    else verb("env");
    endpoint = value("AWS_ENDPOINT_URL_S3=");
    access_key = value("AWS_ACCESS_KEY_ID=");
    secret_key = value("AWS_SECRET_ACCESS_KEY=");
    root = value("S3_ROOT=");
  }
  ~Service() {
    if (folder_.empty()) return;
    verb("stop");
    fs::remove_all(folder_);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  std::string why{}, endpoint{}, access_key{}, secret_key{};
  fs::path root{};

 private:
  int verb(const std::string& word) {
    said_.clear();
    mr::testing::FakeHost host;
    const mr::Attempt attempt(host.table());
    const auto line = [&](const std::string& text) { said_ += text + "\n"; };
    // In a shell of its own, which the server outlives.
    const auto command = "bash '" + script_ + "' " + word + " '" + folder_.string() + "' 2>&1";
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    std::array<char, 4096> buffer;
    while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) line(std::string(buffer.data()).substr(0, std::strcspn(buffer.data(), "\n")));
    return ::pclose(pipe.release());
  }

  std::string value(const std::string& name) const {
    const auto at = said_.find("\n" + name);
    const auto first = said_.starts_with(name) ? name.size() : at == std::string::npos ? said_.size() : at + 1 + name.size();
    return said_.substr(first, said_.find('\n', first) - first);
  }

  std::string script_{}, said_{};
  fs::path folder_{};
};

class S3Service : public testing::Test {
 protected:
  static void SetUpTestSuite() { service = new Service; }
  static void TearDownTestSuite() { delete service; }

  void SetUp() override {
    if (!service->why.empty()) {
      std::cerr << "SKIPPED: S3, because " << service->why << "\n";
      GTEST_SKIP() << service->why;
    }
    std::string name = (fs::temp_directory_path() / "s3_test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
    host.at(folder.string());
    bucket = "case-" + std::to_string(++cases);
    const mr::Attempt attempt(host.table());
    mr::s3::Client(place(), attempt).ask({.method = "PUT"});
  }
  void TearDown() override {
    if (!folder.empty()) fs::remove_all(folder);
  }

  mr::s3::Place place() const { return {.bucket = bucket, .endpoint = service->endpoint, .access_key = service->access_key, .secret_key = service->secret_key}; }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder / name, std::ios::binary) << text; }

  mr_outcome run(const char* type, Json config) {
    const Json base{{"bucket", bucket}, {"endpoint", service->endpoint}, {"access_key", service->access_key}, {"secret_key", service->secret_key}};
    for (const auto& [name, value] : base.items()) {
      if (!config.contains(name)) config[name] = value;
    }
    return library.run(type, config, host);
  }
  void put(const std::string& key, const std::string& text) {
    write("source", text);
    ASSERT_EQ(run("s3.put", {{"from", "source"}, {"key", key}}), MR_SUCCEEDED) << host.failure();
  }
  std::string code() const { return host.failure().value("code", ""); }

  static inline Service* service = nullptr;
  static inline int cases = 0;
  std::string bucket{};
  fs::path folder{};
  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

TEST_F(S3Service, WhatIsPutIsGotBack) {
  for (const std::string& text : {std::string(), std::string("abc"), std::string("\0\xff\n", 3), std::string(1'500'000, 'x')}) {
    put("in/a b+c&d=\xC3\xBC/\xE6\x97\xA5(1)'*!.csv", text);
    ASSERT_EQ(run("s3.get", {{"key", "in/a b+c&d=\xC3\xBC/\xE6\x97\xA5(1)'*!.csv"}, {"to", "back"}}), MR_SUCCEEDED) << host.failure();
    EXPECT_EQ(read(folder / "back"), text);
    EXPECT_EQ(host.output()["bytes"], text.size());
  }
}

TEST_F(S3Service, LargeFilesGoInPartsBothWays) {
  std::string text;
  for (uint32_t i = 0; text.size() < 12'000'001; ++i) text += std::to_string(i * 2654435761u);
  write("big", text);
  ASSERT_EQ(run("s3.put", {{"from", "big"}, {"key", "big"}, {"part_bytes", 5'242'880}, {"content_type", "text/plain"}, {"metadata", {{"Source", "a test"}}}}), MR_SUCCEEDED) << host.failure();
  EXPECT_TRUE(host.output()["etag"].get<std::string>().ends_with("-3")) << host.output();
  EXPECT_EQ(host.progress(), 1);
  ASSERT_EQ(run("s3.get", {{"key", "big"}, {"to", "back"}, {"part_bytes", 1'000'000}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(read(folder / "back"), text);
  EXPECT_TRUE(fs::exists(service->root / bucket / "big"));
}

TEST_F(S3Service, AnObjectThatIsThereIsKeptWhenAsked) {
  host.facts["run"] = "r1";
  host.facts["task"] = "t1";
  for (const size_t size : {3u, 6'000'000u}) {
    const auto key = "final-" + std::to_string(size);
    write("source", std::string(size, 'a'));
    const Json config{{"from", "source"}, {"key", key}, {"if_none_match", "*"}, {"part_bytes", 5'242'880}};
    ASSERT_EQ(run("s3.put", config), MR_SUCCEEDED) << host.failure();
    EXPECT_EQ(run("s3.put", config), MR_SUCCEEDED) << "the same task, whose answer was lost: " << host.failure();
    host.facts["task"] = "t2";
    EXPECT_EQ(run("s3.put", config), MR_FAILED_FINAL) << "another task";
    EXPECT_EQ(code(), "E4084");
    host.facts["task"] = "t1";
    write("source", std::string(size, 'b'));
    EXPECT_EQ(run("s3.put", config), MR_FAILED_FINAL) << "the same task, another text";
    ASSERT_EQ(run("s3.get", {{"key", key}, {"to", "back"}}), MR_SUCCEEDED);
    EXPECT_EQ(read(folder / "back"), std::string(size, 'a'));
  }
}

TEST_F(S3Service, ListsAreOfThePrefixAndOfAllPages) {
  for (const auto* key : {"a/1", "a/2", "a/\xC3\xBC &", "a/sub/3", "b/4"}) put(key, "xyz");
  ASSERT_EQ(run("s3.list", {{"prefix", "a/"}, {"delimiter", "/"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["count"], 3);
  EXPECT_EQ(host.output()["bytes"], 9);
  EXPECT_EQ(host.output()["prefixes"], Json{"a/sub/"});
  EXPECT_EQ(host.output()["objects"][2]["key"], "a/\xC3\xBC &") << host.output();
  ASSERT_EQ(run("s3.list", {{"most", 2}, {"to", "list"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["more"], true);
  const auto lines = read(folder / "list");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_EQ(Json::parse(lines.substr(0, lines.find('\n')))["key"], "a/1");
  ASSERT_EQ(run("s3.list", {{"prefix", "nothing"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["objects"], Json::array());
}

TEST_F(S3Service, MoreThanAThousandObjectsAreListedAndDeleted) {
  put("many/0000", "x");
  for (int i = 1; i < 1005; ++i) fs::copy_file(service->root / bucket / "many/0000", service->root / bucket / "many" / std::to_string(10'000 + i));
  ASSERT_EQ(run("s3.list", {{"prefix", "many/"}, {"most", 5000}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["count"], 1005);
  EXPECT_EQ(run("s3.delete", {{"prefix", "many/"}, {"most", 1004}}), MR_FAILED_FINAL);
  ASSERT_EQ(run("s3.list", {{"most", 5000}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["count"], 1005) << "nothing was deleted";
  ASSERT_EQ(run("s3.delete", {{"prefix", "many/"}, {"most", 2000}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["deleted"], 1005);
  ASSERT_EQ(run("s3.list", Json::object()), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["count"], 0);
}

TEST_F(S3Service, CopiesAndDeletes) {
  put("in/\xC3\xBC 1", "abc");
  ASSERT_EQ(run("s3.copy", {{"from", "in/\xC3\xBC 1"}, {"to", "done/1"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["bytes"], 3);
  ASSERT_EQ(run("s3.delete", {{"key", "in/\xC3\xBC 1"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(run("s3.get", {{"key", "in/\xC3\xBC 1"}, {"to", "back"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4083");
  EXPECT_EQ(run("s3.copy", {{"from", "in/1"}, {"to", "done/2"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4083");
  ASSERT_EQ(run("s3.delete", {{"key", "in/nothing"}}), MR_SUCCEEDED) << host.failure();
}

TEST_F(S3Service, AWaitEndsWithTheObjectOrTheTimeout) {
  std::thread later([&] {
    mr::testing::FakeHost other;
    other.at(folder.string());
    std::ofstream(folder / "late") << "x";
    const Json config{{"from", "late"}, {"key", "in/late"}, {"bucket", bucket}, {"endpoint", service->endpoint}, {"access_key", service->access_key}, {"secret_key", service->secret_key}};
    EXPECT_EQ(library.run("s3.put", config, other), MR_SUCCEEDED);
  });
  EXPECT_EQ(run("s3.wait", {{"key", "in/late"}, {"every", "20ms"}, {"timeout", "1m"}}), MR_SUCCEEDED) << host.failure();
  later.join();
  EXPECT_EQ(run("s3.wait", {{"prefix", "in/"}, {"every", "20ms"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["objects"][0]["key"], "in/late");
  EXPECT_EQ(run("s3.wait", {{"prefix", "in/"}, {"count", 2}, {"every", "10ms"}, {"timeout", "50ms"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4087");
  host.cancel();
  EXPECT_EQ(run("s3.wait", {{"key", "never"}}), MR_CANCELLED);
}

TEST_F(S3Service, AnObjectThatWasDamagedIsNotTaken) {
  put("a", "abc");
  { std::ofstream(service->root / bucket / "a") << "abd"; }
  write("back", "old");
  EXPECT_EQ(run("s3.get", {{"key", "a"}, {"to", "back"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4086") << host.failure();
  EXPECT_EQ(read(folder / "back"), "old");
  put("b", "abc");
  EXPECT_EQ(run("s3.get", {{"key", "b"}, {"to", "back"}, {"sha256", std::string(64, 'a')}}), MR_FAILED_FINAL);
  EXPECT_EQ(run("s3.get", {{"key", "b"}, {"to", "back"}, {"sha256", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}}), MR_SUCCEEDED) << host.failure();
}

TEST_F(S3Service, WrongKeysAndBucketsAreMistakesOfTheConfig) {
  write("a", "x");
  EXPECT_EQ(run("s3.put", {{"from", "a"}, {"key", "k"}, {"secret_key", "wrong-secret"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code() + host.failure()["class"].get<std::string>(), "E4081config");
  EXPECT_EQ(host.failure().dump().find("wrong-secret"), std::string::npos);
  EXPECT_EQ(run("s3.list", {{"bucket", "nobodys"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4083");
}

}  // namespace
