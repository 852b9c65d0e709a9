// export.sql into real databases: SQLite always, PostgreSQL and MariaDB by ../shared/services.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "../../database/tests/databases.hpp"
#include "../../database/tests/relay.hpp"
#include "data/testing.hpp"

namespace {

using mr::Json;
using mr::database::testing::Place;
using mr::database::testing::Relay;
using Lines = std::vector<std::string>;

class Deliveries : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    place = mr::database::testing::place_of(GetParam(), house.folder());
    if (!place.why.empty()) {
      std::cerr << "SKIPPED: " << place.name << ", because " << place.why << "\n";
      GTEST_SKIP();
    }
    for (const char* table : {"sales", "other", "millrace_delivery"}) say("drop table if exists " + std::string(table));
    say("create table sales (id integer not null primary key, name varchar(100), amount numeric(12,2))");
    house.put("mart.sales", "select 1 as id, 'Zoë' as name, 10.50::decimal(12,2) as amount union all select 2, null, 20");
  }

  bool is(const char* name) const { return place.name == name; }
  int port() const { return std::stoi(is("postgres") ? mr::database::testing::postgres().value("PGPORT") : mr::database::testing::mariadb().value("MYSQL_TCP_PORT")); }

  void say(const std::string& sql) const { mr::database::testing::connect(place)->run(sql, {}, {}); }
  Lines there(const std::string& sql) const {
    Lines lines;
    mr::database::testing::connect(place)->run(sql, {}, [&](mr::database::Row&& row) {
      std::string line;
      for (const auto& value : row) {
        const auto json = mr::database::json_of(value);
        line += (line.empty() ? "" : "|") + (json.is_string() ? json.get<std::string>() : json.dump());
      }
      lines.push_back(line);
      return true;
    });
    return lines;
  }

  mr::data::testing::Ran deliver(Json more = Json::object()) {
    Json config = {{"connection", place.connection}, {"sql", "select * from mart.sales"}, {"table", "sales"}, {"keys", {"id"}}};
    if (!place.password.empty()) config["password"] = place.password;
    config.update(more);
    if (config["mode"] == "append" || config["mode"] == "replace") config.erase("keys");
    return house.run("export.sql", config, {"mart.sales"});
  }
  std::string through(const Relay& relay) const {
    auto url = place.connection + (is("postgres") ? "?sslmode=disable&gssencmode=disable" : "?ssl-mode=disabled");  // the relay must be able to read
    const auto old = ":" + std::to_string(port()) + "/";
    return url.replace(url.find(old), old.size(), ":" + std::to_string(relay.port) + "/");
  }

  mr::data::testing::House house{MR_TEST_PLUGIN};
  Place place{};
};

#define SUCCEEDS(ran) ASSERT_EQ((ran).outcome, MR_SUCCEEDED) << (ran).failure

TEST_P(Deliveries, KnownRowsAreUpdatedAndOthersAdded) {
  say("insert into sales values (2, 'old', 1), (3, 'stays', 3)");
  const auto ran = deliver();
  SUCCEEDS(ran);
  EXPECT_EQ(ran.output["rows"], 2);
  EXPECT_EQ(ran.output["repeated"], false);
  EXPECT_EQ(there("select id, name from sales order by id"), (Lines{"1|Zoë", "2|null", "3|stays"}));
  EXPECT_EQ(there("select count(*) from sales where amount = 10.5"), Lines{"1"});
}

TEST_P(Deliveries, ARunDeliversOnceAndAnotherKeyIsAnotherDelivery) {
  for (const bool repeated : {false, true, true}) {
    const auto ran = deliver({{"mode", "append"}, {"sql", "select id + " + std::to_string(repeated ? 100 : 0) + " as id from mart.sales"}});
    SUCCEEDS(ran);
    EXPECT_EQ(ran.output["repeated"], repeated);
    EXPECT_EQ(ran.output["rows"], 2);
  }
  EXPECT_EQ(there("select id from sales order by id"), (Lines{"1", "2"}));
  SUCCEEDS(deliver({{"mode", "append"}, {"sql", "select id + 100 as id from mart.sales"}, {"delivery", "more"}}));
  EXPECT_EQ(there("select count(*) from sales"), Lines{"4"});
  EXPECT_EQ(there("select run, task, once_key from millrace_delivery order by run"), (Lines{"d|t|more", "r@1|t|"}));
}

TEST_P(Deliveries, ReplaceLeavesTheNewRowsOnly) {
  say("insert into sales values (7, 'old', 1)");
  SUCCEEDS(deliver({{"mode", "replace"}}));
  EXPECT_EQ(there("select id from sales order by id"), (Lines{"1", "2"}));
}

TEST_P(Deliveries, ARefusedRowLeavesNothingNotEvenAMark) {
  say("create table other (id integer not null primary key, name varchar(100) not null)");
  const auto ran = deliver({{"table", "other"}, {"sql", "select range as id, case when range < 2500 then 'secret-7' end as name from range(3000)"}});
  EXPECT_EQ(ran.code(), "E4120") << ran.failure;
  EXPECT_EQ((ran.failure.dump() + ran.log).find("secret-7"), std::string::npos);
  EXPECT_EQ(there("select count(*) from other"), Lines{"0"});
  EXPECT_EQ(there("select count(*) from millrace_delivery"), Lines{"0"});
  SUCCEEDS(deliver({{"table", "other"}, {"sql", "select range as id, 'x' as name from range(3000)"}}));
  EXPECT_EQ(there("select count(*), min(id), max(id) from other"), Lines{"3000|0|2999"});
}

TEST_P(Deliveries, EveryKindOfValueArrivesExactly) {
  if (is("postgres")) say("create table other (id bigint primary key, wide numeric(38,10), flag boolean, real8 double precision, raw bytea, day date, seen timestamp, zoned timestamptz, list jsonb)");
  else if (is("mysql")) say("create table other (id bigint primary key, wide decimal(38,10), flag boolean, real8 double, raw varbinary(10), day date, seen datetime(6), zoned timestamp(6) null, list json)");
  else say("create table other (id bigint primary key, wide text, flag boolean, real8 double, raw blob, day date, seen timestamp, zoned text, list text)");
  SUCCEEDS(deliver({{"table", "other"}, {"sql", "select 9007199254740993 as id, '1234567890123456789012345678.0123456789'::decimal(38,10) as wide, true as flag, 0.1::double as real8, '\\x00\\xFF'::blob as raw, "
    "date '1999-02-28' as day, timestamp '2026-11-01 05:30:00.000001' as seen, timestamptz '2026-11-01 05:30:00+01' as zoned, [1, null] as list union all select 1, null, null, null, null, null, null, null, null"}}));
  const auto* const hex = is("postgres") ? "encode(raw, 'hex')" : "lower(hex(raw))";
  const auto text = [&](const char* column) { return is("mysql") ? std::string("concat(") + column + ", '')" : std::string("cast(") + column + " as varchar(60))"; };
  EXPECT_EQ(there("select id, " + text("wide") + ", real8, " + hex + ", " + text("day") + ", " + text("seen") + " from other where id > 1"),
            Lines{"9007199254740993|1234567890123456789012345678.0123456789|0.1|00ff|1999-02-28|2026-11-01 05:30:00.000001"});
  EXPECT_EQ(there("select count(*) from other where flag" + std::string(is("sqlite") ? " = 1" : "")), Lines{"1"});
  if (is("postgres")) {
    EXPECT_EQ(there("select count(*) from other where zoned = '2026-11-01 04:30:00+00' and list = '[1, null]'"), Lines{"1"});
  }
  if (is("mysql")) {
    EXPECT_EQ(there("select count(*) from other where convert_tz(zoned, @@session.time_zone, '+00:00') = '2026-11-01 04:30:00' and json_length(list) = 2"), Lines{"1"});
  }
  EXPECT_EQ(there("select count(*) from other where id = 1 and wide is null and flag is null and raw is null and zoned is null"), Lines{"1"});
}

TEST_P(Deliveries, RowsWithoutAKeyOfTheirOwnAreNotDelivered) {
  EXPECT_EQ(deliver({{"sql", "select 1 as id union all select 1"}}).code(), "E5071");
  EXPECT_EQ(deliver({{"sql", "select null::integer as id"}}).code(), "E5071");
  EXPECT_EQ(there("select count(*) from sales"), Lines{"0"});
}

TEST_P(Deliveries, MistakesAreNamed) {
  EXPECT_EQ(deliver({{"keys", Json::array()}}).code(), "E5070");
  EXPECT_EQ(deliver({{"keys", {"nope"}}}).code(), "E5070");
  EXPECT_EQ(deliver({{"table", "nope"}}).code(), "E4118");
  EXPECT_EQ(deliver({{"sql", "select 1 as id, 2 as nope"}}).code(), "E4118");
  EXPECT_EQ(deliver({{"sql", "drop table mart.sales"}}).code(), "E5009");
  EXPECT_EQ(deliver({{"keys", {"name"}}, {"sql", "select id, coalesce(name, '') as name from mart.sales"}}).code(), is("mysql") ? "E5072" : "E4118") << "no unique index";
  if (is("mysql")) {
    say("create table other (id integer primary key) engine = MyISAM");
    EXPECT_EQ(deliver({{"table", "other"}, {"sql", "select id from mart.sales"}}).code(), "E5072");
  }
}

TEST_P(Deliveries, AfterALostAnswerTheNextTryDeliversNothingTwice) {
  if (is("sqlite")) return;
  SUCCEEDS(deliver({{"delivery", "first"}, {"sql", "select id from mart.sales where false"}}));  // makes the table of marks, whose own commits are not the ones to be cut
  const Relay relay(port(), 2);                                                                  // the first is that of the look for a mark
  const auto lost = deliver({{"connection", through(relay)}, {"mode", "append"}});
  EXPECT_EQ(lost.outcome, MR_FAILED_RETRY);
  EXPECT_EQ(lost.code(), "E4123");
  ASSERT_TRUE(relay.has_cut());
  const auto again = deliver({{"mode", "append"}});
  SUCCEEDS(again);
  EXPECT_EQ(again.output["repeated"], true);
  EXPECT_EQ(again.output["rows"], 2);
  EXPECT_EQ(there("select count(*) from sales"), Lines{"2"});
}

TEST_P(Deliveries, AWorkerKilledBetweenCommitAndAnswerHasDelivered) {
  if (is("sqlite")) return;
  SUCCEEDS(deliver({{"delivery", "first"}, {"sql", "select id from mart.sales where false"}}));
  std::atomic<pid_t> worker = 0;
  const Relay relay(port(), 2, [&] {
    while (worker == 0) std::this_thread::yield();
    ::kill(worker, SIGKILL);
  });
  const auto url = through(relay);
  const pid_t child = ::fork();
  if (child == 0) {
    deliver({{"connection", url}, {"mode", "append"}});
    ::_exit(7);  // it was not killed
  }
  worker = child;
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  const auto again = deliver({{"mode", "append"}});
  SUCCEEDS(again);
  EXPECT_EQ(again.output["repeated"], true);
  EXPECT_EQ(there("select count(*) from sales"), Lines{"2"});
}

TEST_P(Deliveries, ALineThatIsCutBeforeTheCommitLeavesNothing) {
  if (is("sqlite")) return;
  static mr::database::testing::Service proxies("toxiproxy");
  if (proxies.is_missing) GTEST_SKIP() << "SKIPPED: a line that is cut, because " << proxies.why;
  ASSERT_EQ(proxies.why, "");
  const auto line = proxies.ask("proxy", place.name + " 127.0.0.1:" + std::to_string(port()));
  proxies.ask("toxic", place.name + " limit_data bytes=200000 upstream");
  auto url = place.connection;
  const auto old = ":" + std::to_string(port()) + "/";
  url.replace(url.find(old), old.size(), line.substr(line.rfind(':'), line.find('\n') - line.rfind(':')) + "/");
  const Json many = {{"sql", "select range as id, repeat('x', 90) as name from range(5000)"}};
  auto cut = many;
  cut["connection"] = url;
  const auto ran = deliver(cut);
  EXPECT_EQ(ran.outcome, MR_FAILED_RETRY);
  EXPECT_EQ(ran.code(), "E4112") << ran.failure;
  EXPECT_EQ(there("select count(*) from sales"), Lines{"0"});
  const auto again = deliver(many);
  SUCCEEDS(again);
  EXPECT_EQ(again.output["repeated"], false);
  EXPECT_EQ(there("select count(*) from sales"), Lines{"5000"});
}

INSTANTIATE_TEST_SUITE_P(Sql, Deliveries, ::testing::Values("sqlite", "postgres", "mysql"), [](const auto& one) { return std::string(one.param); });

}  // namespace
