// A test with a bucket of its own on a real S3 server, by ../shared/services; skipped, loudly, where it can't start.
#pragma once
#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "../../database/tests/databases.hpp"
#include "data/testing.hpp"
#include "s3/client.hpp"

namespace mr::s3::testing {

class BucketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!service().why.empty()) {
      std::cerr << "SKIPPED: S3, because " << service().why << "\n";
      GTEST_SKIP() << service().why;
    }
    bucket = "bucket-" + std::to_string(++cases);
    access = {{"endpoint", service().value("AWS_ENDPOINT_URL_S3")}, {"access_key", service().value("AWS_ACCESS_KEY_ID")}, {"secret_key", service().value("AWS_SECRET_ACCESS_KEY")}};
    client().ask({.method = "PUT"});
  }
  // One server for all cases.
  static mr::database::testing::Service& service() {
    static mr::database::testing::Service one("s3");
    return one;
  }
  Client client() { return {{.bucket = bucket, .endpoint = access["endpoint"], .access_key = access["access_key"], .secret_key = access["secret_key"]}, attempt}; }
  std::string url(const std::string& key) const { return "s3://" + bucket + "/" + key; }
  void put(const std::string& key, const std::string& body) { client().ask({.method = "PUT", .key = key, .body = body}); }
  std::string object(const std::string& key) { return client().ask({.key = key}).body; }

  static inline int cases = 0;
  mr::data::testing::House house{MR_TEST_PLUGIN};
  mr::testing::FakeHost host{};
  mr::Attempt attempt{host.table()};
  std::string bucket{};
  Json access{};  // the config of operators
};

}  // namespace mr::s3::testing
