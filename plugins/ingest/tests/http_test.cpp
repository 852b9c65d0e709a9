// ingest.http against small servers that page, repeat themselves and misbehave.
#include <gtest/gtest.h>

#include "../../http/tests/server.hpp"
#include "data/testing.hpp"

namespace {

using mr::Json;
using mr::testing::answer;
using mr::testing::Server;
using Lines = std::vector<std::string>;

std::string page(const std::string& body, const std::string& headers = {}) { return answer("200 OK", body, headers); }

class Rest : public ::testing::Test {
 protected:
  mr::data::testing::Ran load(const Server& server, const Json& more) {
    Json config = {{"url", server.url("/orders?size=2")}, {"items", "."}, {"into", "raw.t"}};
    config.update(more);
    return house.run("ingest.http", config);
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

#define SUCCEEDS(ran) ASSERT_EQ((ran).outcome, MR_SUCCEEDED) << (ran).failure

TEST_F(Rest, AllPagesBecomeRowsHoweverTheyAreFound) {
  const Server link({page(R"([{"id": 1, "name": "Zoë"}, {"id": 2}])", "Link: <?page=2>; rel=next\r\n"), page(R"([{"id": 3}])")});
  SUCCEEDS(load(link, {{"next", "link"}, {"access", {{"token", "t0ken"}}}}));
  EXPECT_EQ(house.rows("select id, name from raw.t order by id"), (Lines{"1|Zoë", "2|∅", "3|∅"}));
  EXPECT_NE(link.requests().at(1).find("Bearer t0ken"), std::string::npos);
  const Server url({page(R"({"data": [{"id": 4}], "next": "?page=2"})"), page(R"({"data": [{"id": 5}]})")});
  SUCCEEDS(load(url, {{"items", ".data"}, {"next", ".next"}, {"mode", "replace"}, {"schema", {{"id", "BIGINT"}}}}));
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Lines{"4", "5"}));
  const Server cursor({page(R"({"data": [{"id": 6}], "at": "x"})"), page(R"({"data": [{"id": 7}], "at": null})")});
  SUCCEEDS(load(cursor, {{"items", ".data"}, {"cursor", ".at"}, {"cursor_parameter", "after"}, {"mode", "replace"}}));
  const Server number({page(R"([{"id": 8}])"), page(R"([{"id": 9}])"), page("[]")});
  const auto ran = load(number, {{"page_parameter", "page"}});
  SUCCEEDS(ran);
  EXPECT_EQ(ran.output["pages"], 3);
  EXPECT_TRUE(number.requests().at(2).starts_with("GET /orders?size=2&page=3 "));
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Lines{"6", "7", "8", "9"}));
}

TEST_F(Rest, APositionIsKeptAndWhatComesAgainIsLeftOut) {
  const Json growing = {{"page_parameter", "page"}, {"key", "at"}, {"key_parameter", "since"}, {"primary_key", {"id"}}, {"schema", {{"id", "BIGINT"}, {"at", "TIMESTAMP"}}}};
  const Server first({page(R"([{"id": 1, "at": "2026-11-01T08:00:00"}, {"id": 2, "at": "2026-11-01T09:00:00"}])"), page("[]")});
  auto ran = load(first, growing);
  SUCCEEDS(ran);
  EXPECT_EQ(ran.output["position"], "2026-11-01 09:00:00");
  const Server second({page(R"([{"id": 2, "at": "2026-11-01T09:00:00"}, {"id": 3, "at": "2026-11-01T09:00:00"}, {"id": 4, "at": "2026-11-01T10:00:00"}])"), page("[]")});
  ran = load(second, growing);
  SUCCEEDS(ran);
  EXPECT_TRUE(second.requests().at(0).starts_with("GET /orders?size=2&since=2026-11-01%2009%3A00%3A00&page=1 ")) << second.requests().at(0);
  EXPECT_EQ(ran.count("rows_out"), 2);
  EXPECT_EQ(ran.count("rows_known"), 1);
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Lines{"1", "2", "3", "4"}));
  const Server third({page("[]")});
  ran = load(third, growing);
  SUCCEEDS(ran);
  EXPECT_EQ(ran.count("rows_out"), 0);
  EXPECT_EQ(ran.output["position"], "2026-11-01 10:00:00");
}

TEST_F(Rest, WhatPassesIsTriedAgainAndWhatDoesNotPublishesNothing) {
  const Server shaky({answer("503 Busy", ""), page(R"([{"id": 1}])"), answer("500 Oh", ""), page("[]")});
  SUCCEEDS(load(shaky, {{"page_parameter", "page"}}));
  const Server half({page(R"([{"id": 2}])"), answer("500 Oh", "")});
  const auto ran = load(half, {{"page_parameter", "page"}});
  EXPECT_EQ(ran.outcome, MR_FAILED_RETRY);
  EXPECT_EQ(ran.code(), "E5079");
  EXPECT_EQ(house.rows("select id from raw.t"), Lines{"1"});
}

TEST_F(Rest, MistakesAreNamed) {
  const Server good({page(R"([{"id": 1}])"), page("[]")});
  SUCCEEDS(load(good, {{"page_parameter", "page"}}));
  const Server more({page(R"([{"id": 2, "extra": 1}])"), page("[]")});
  EXPECT_EQ(load(more, {{"page_parameter", "page"}}).code(), "E5033");
  const Server other({page("[1]"), page("[]")});
  EXPECT_EQ(load(other, {{"page_parameter", "page"}}).code(), "E4035");
  const Server keyless({page(R"([{"id": null}])"), page("[]")});
  EXPECT_EQ(load(keyless, {{"page_parameter", "page"}, {"key", "id"}}).code(), "E5071");
  const Server wide({page(R"([{"id": "secret-7"}])"), page("[]")});
  const auto ran = load(wide, {{"page_parameter", "page"}});
  EXPECT_EQ(ran.outcome, MR_FAILED_FINAL) << ran.failure;
  EXPECT_EQ((ran.failure.dump() + ran.log).find("secret-7"), std::string::npos);
  EXPECT_EQ(load(good, Json::object()).code(), "E4033");
  EXPECT_EQ(load(good, {{"page_parameter", "page"}, {"key_parameter", "since"}}).code(), "E5078");
  EXPECT_EQ(house.rows("select id from raw.t"), Lines{"1"});
}

}  // namespace
