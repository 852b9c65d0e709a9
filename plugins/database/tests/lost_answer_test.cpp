// The answer to a COMMIT is lost: the server has committed, and nobody on this side can know.
#include "databases.hpp"
#include "relay.hpp"

namespace {

using namespace mr::database::testing;
using mr::Json;

class LostAnswer : public Database, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    Database::SetUp();
    if (!use(GetParam())) GTEST_SKIP() << place.why;
    host.facts["run"] = "shop@2026-11-01";
    host.facts["task"] = "pay";
    done({{"sql", "drop table if exists purse; create table purse (points int); drop table if exists millrace_once"}, {"transaction", "none"}});
    done({{"sql", "insert into purse values (100)"}});
  }
  bool is_postgres() const { return std::string(GetParam()) == "postgres"; }
  int port() const { return std::stoi(is_postgres() ? postgres().value("PGPORT") : mariadb().value("MYSQL_TCP_PORT")); }
  Json through(const Relay& relay, Json config) const {
    auto url = place.connection + (is_postgres() ? "?sslmode=disable&gssencmode=disable" : "?ssl-mode=disabled");  // the relay must be able to read
    const auto old = ":" + std::to_string(port()) + "/";
    config["connection"] = url.replace(url.find(old), old.size(), ":" + std::to_string(relay.port) + "/");
    return config;
  }
};

TEST_P(LostAnswer, IsInDoubtAndNotTriedAgainBlindly) {
  const Relay relay(port(), 1);
  EXPECT_EQ(run(through(relay, {{"sql", "update purse set points = points + 10"}})), MR_FAILED_RETRY);
  EXPECT_TRUE(relay.has_cut());
  EXPECT_EQ(code(), "E4123 in_doubt") << "a class that no retry rule names by itself: " << host.failure();
  EXPECT_EQ(rows("select points from purse")[0]["points"], 110);
}

TEST_P(LostAnswer, IsFoundOutByTheNextTryWithOnce) {
  const Json config{{"sql", "update purse set points = points + 10"}, {"once", true}};
  host.facts["task"] = "first";
  EXPECT_EQ(run(config), MR_SUCCEEDED) << host.failure();  // makes the table, whose own commits are not the ones to be cut
  host.facts["task"] = "pay";
  const Relay relay(port(), 2);  // the first is that of the look for a mark
  EXPECT_EQ(run(through(relay, config)), MR_FAILED_RETRY);
  EXPECT_TRUE(relay.has_cut());
  EXPECT_EQ(code(), "E4123 transient/connection") << host.failure();
  EXPECT_EQ(run(config), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["repeated"], true);
  EXPECT_EQ(host.output()["rows_affected"], 1);
  EXPECT_EQ(rows("select points from purse")[0]["points"], 120);
}

INSTANTIATE_TEST_SUITE_P(Sql, LostAnswer, ::testing::Values("postgres", "mysql"), [](const auto& one) { return std::string(one.param); });

}  // namespace
