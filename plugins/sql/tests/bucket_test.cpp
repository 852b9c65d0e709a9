// export.file into a bucket of a real S3 server, by ../shared/services.
#include <gtest/gtest.h>

#include "../../s3/tests/bucket.hpp"

namespace {

using mr::Json;

class Bucket : public mr::s3::testing::BucketTest {
 protected:
  mr::data::testing::Ran write(const std::string& key, const std::string& sql, const Json& more = Json::object()) {
    Json config = {{"sql", sql}, {"path", url(key)}, {"access", access}};
    config.update(more);
    return house.run("export.file", config);
  }
};

TEST_F(Bucket, HoldsTheFileWhole) {
  auto ran = write("a b/day.csv", "select 1 as id, 'Zoë' as name");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(object("a b/day.csv"), "id,name\n1,Zoë\n");
  EXPECT_EQ(ran.output["path"], url("a b/day.csv"));
  EXPECT_EQ(ran.output["rows"], 1);
  EXPECT_EQ(ran.output["bytes"], object("a b/day.csv").size());
  ran = write("large.csv", "select repeat('x', 1000) as text from range(20000)");  // more than a part
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(client().head("large.csv")->headers.at("content-length"), std::to_string(20'000 * 1001 + 5));
  ASSERT_EQ(write("a b/day.csv", "select 2 as id").outcome, MR_SUCCEEDED);
  EXPECT_EQ(object("a b/day.csv"), "id\n2\n");
}

TEST_F(Bucket, WhatIsThereStaysWhenItShall) {
  put("day.csv", "theirs");
  EXPECT_EQ(write("day.csv", "select 1 as id", {{"overwrite", false}}).code(), "E4084");
  EXPECT_EQ(object("day.csv"), "theirs");
  ASSERT_EQ(write("new.csv", "select 1 as id", {{"overwrite", false}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(write("new.csv", "select 1 as id", {{"overwrite", false}}).outcome, MR_SUCCEEDED) << "a retry after a lost answer finds its own";
}

TEST_F(Bucket, MistakesAreNamedAndNoKeyIsTold) {
  EXPECT_EQ(write("", "select 1 as id").code(), "E4080");
  access["secret_key"] = "not-the-secret";
  const auto refused = write("day.csv", "select 1 as id");
  EXPECT_EQ(refused.code(), "E4081");
  EXPECT_EQ((refused.failure.dump() + refused.log).find("not-the-secret"), std::string::npos);
}

}  // namespace
