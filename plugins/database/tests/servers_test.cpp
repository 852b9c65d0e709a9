// sql.run on PostgreSQL and MariaDB: what only a server can do wrong, and how it is told.
#include <atomic>
#include <barrier>
#include <set>
#include <thread>

#include "databases.hpp"

namespace {

using namespace mr::database::testing;
using mr::Json;

class Server : public Database, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    Database::SetUp();
    if (!use(GetParam())) GTEST_SKIP() << place.why;
  }
  bool is_postgres() const { return std::string(GetParam()) == "postgres"; }
  void fresh_table() const {
    done({{"sql", "drop table if exists pairs; create table pairs (id int primary key, n int)"}, {"transaction", "none"}});
    done({{"sql", "insert into pairs values (1, 0), (2, 0)"}});
  }
  // By who may do everything.
  void as_root(const std::string& sql) const {
    const auto root = is_postgres() ? place.connection : "mysql://root@/millrace?socket=" + mariadb().value("MYSQL_UNIX_PORT");
    done({{"sql", sql}, {"connection", root}, {"password", ""}, {"transaction", "none"}});
  }
  // The same place as another user, or behind another port.
  std::string address_with(const std::string& from, const std::string& to) const {
    auto text = place.connection;
    const auto at = text.find(from);
    return at == std::string::npos ? "no " + from + " in it" : text.replace(at, from.size(), to);
  }
};

TEST_P(Server, OneOfTwoInADeadlockIsToTryAgain) {
  fresh_table();
  std::barrier<> both(2);
  std::array<mr::testing::FakeHost, 2> hosts;
  std::array<std::future<mr_outcome>, 2> outcomes;
  for (size_t i = 0; i < 2; ++i) {
    hosts[i].at(folder.string());
    // Each has its first row when the other one goes for it.
    hosts[i].on_log = [&both](const mr::testing::Line& line) {
      if (line.text.starts_with("statement 1 of 2")) both.arrive_and_wait();
    };
    const auto first = static_cast<int>(i) + 1;
    outcomes[i] = std::async(std::launch::async, [this, first, &by = hosts[i]] {
      return run({{"sql", "update pairs set n = n + 1 where id = :first; update pairs set n = n + 1 where id = :second"}, {"params", {{"first", first}, {"second", 3 - first}}}}, by);
    });
  }
  const std::array results{outcomes[0].get(), outcomes[1].get()};
  const size_t victim = results[0] == MR_FAILED_RETRY ? 0 : 1;
  EXPECT_EQ(results[victim], MR_FAILED_RETRY);
  EXPECT_EQ(results[1 - victim], MR_SUCCEEDED) << hosts[1 - victim].failure();
  EXPECT_EQ(hosts[victim].failure()["class"], "transient/deadlock") << hosts[victim].failure();
  EXPECT_EQ(hosts[victim].failure()["code"], "E4117");
  EXPECT_EQ(rows("select sum(n) as n from pairs")[0]["n"].dump().find('2') != std::string::npos, true) << "one of two is there as a whole";
}

TEST_P(Server, ALockThatIsNotGivenIsToTryAgain) {
  fresh_table();
  const auto holder = connect(place);
  holder->begin({});
  holder->run("update pairs set n = 7 where id = 1", {}, {});
  const auto patience = is_postgres() ? "set local lock_timeout = '50ms'" : "set innodb_lock_wait_timeout = 1";
  EXPECT_EQ(run({{"sql", std::string(patience) + "; update pairs set n = 8 where id = 1"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4117 transient/lock_timeout") << host.failure();
  holder->rollback();
}

TEST_P(Server, NobodyAtThePortIsToTryAgain) {
  const auto port = is_postgres() ? postgres().value("PGPORT") : mariadb().value("MYSQL_TCP_PORT");
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", address_with(":" + port + "/", ":1/")}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4112 transient/connection") << host.failure();
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", address_with("127.0.0.1", "no-such-host.invalid")}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4112 transient/connection") << host.failure();
}

TEST_P(Server, ADatabaseThatIsNotThereIsAMistake) {
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", address_with("/millrace", "/nobodys")}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4113 config") << host.failure();
}

TEST_P(Server, TooManyConnectionsPass) {
  as_root(is_postgres() ? "drop role if exists crowd; create role crowd login connection limit 1"
                        : "create or replace user crowd@127.0.0.1 identified by 'millrace' with max_user_connections 1; grant select on millrace.* to crowd@127.0.0.1");
  auto crowd = place;
  crowd.connection = address_with("millrace@", "crowd@");
  const auto first = connect(crowd);
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", crowd.connection}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4115 transient/busy") << host.failure();
}

TEST_P(Server, WhatIsForbiddenOrWrongIsFinal) {
  fresh_table();
  as_root(is_postgres() ? "drop role if exists reader; create role reader login"
                        : "create or replace user reader@127.0.0.1 identified by 'millrace'; create table if not exists open_one (id int); grant select on millrace.open_one to reader@127.0.0.1");
  EXPECT_EQ(run({{"sql", "delete from pairs"}, {"connection", address_with("millrace@", "reader@")}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4119 config") << host.failure();
  EXPECT_EQ(run({{"sql", "selct 1"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4118 config");
  EXPECT_EQ(run({{"sql", "select 1;\n select * from nobodys"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4118 config");
  EXPECT_EQ(host.failure()["where"], is_postgres() ? "config.sql, statement 2, line 2, column 16" : "config.sql, statement 2") << host.failure();
}

TEST_P(Server, AWrongPasswordIsFinalAndToldNowhere) {
  const std::string right = "r1ght 'pass\\word", wrong = "wr0ng-password";
  if (is_postgres()) {
    done({{"sql", "drop role if exists careful; create role careful login password 'r1ght ''pass\\word'"}});
    const std::string rules = rows("show hba_file")[0]["hba_file"];
    std::ifstream before(rules);
    const std::string old{std::istreambuf_iterator<char>(before), {}};
    std::ofstream(rules) << "host all careful 127.0.0.1/32 scram-sha-256\n" << old;
    done({{"sql", "select pg_reload_conf()"}});
  } else {
    as_root("create or replace user careful@127.0.0.1 identified by 'r1ght ''pass\\\\word'; grant select on millrace.* to careful@127.0.0.1");
  }
  const auto as_careful = [&](const std::string& password) { return Json{{"sql", "select 1"}, {"connection", address_with("millrace@", "careful@")}, {"password", password}}; };
  wait_for("the rule", [&] { return run(as_careful(wrong)) == MR_FAILED_FINAL; });
  EXPECT_EQ(code(), "E4113 config") << host.failure();
  EXPECT_EQ(everything_said().find(wrong), std::string::npos) << everything_said();
  EXPECT_EQ(run(as_careful("")), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4113 config") << host.failure();
  done(as_careful(right));
}

TEST_P(Server, EncryptionIsHadWhenAskedFor) {
  const auto more = is_postgres() ? "?sslmode=require" : "?ssl-mode=required";
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", place.connection + more}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4114 config") << host.failure();
}

TEST_P(Server, AStatementThatEndsTheTransactionIsNoticed) {
  fresh_table();
  if (is_postgres()) {
    EXPECT_EQ(run({{"sql", "do $$ begin commit; end $$"}}), MR_FAILED_FINAL);
    EXPECT_EQ(code(), "E4118 config") << host.failure();
    return;
  }
  done({{"sql", Json::array({"drop procedure if exists sneaky", "create procedure sneaky() begin update pairs set n = 1; commit; end"})}, {"transaction", "none"}});
  EXPECT_EQ(run({{"sql", "call sneaky(); update pairs set n = 2"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4118 config") << host.failure();
  EXPECT_NE(host.failure()["what"].get<std::string>().find("ended the transaction"), std::string::npos);
  EXPECT_EQ(rows("select n from pairs where id = 1")[0]["n"], 1) << "what came after is not run";
}

INSTANTIATE_TEST_SUITE_P(Sql, Server, ::testing::Values("postgres", "mysql"), [](const auto& one) { return std::string(one.param); });

class Postgres : public Database {
 protected:
  void SetUp() override {
    Database::SetUp();
    if (!use("postgres")) GTEST_SKIP() << place.why;
  }
};

TEST_F(Postgres, ASerializationFailureIsToTryAgain) {
  done({{"sql", "drop table if exists skew; create table skew (id int primary key, n int); insert into skew values (1, 0), (2, 0)"}});
  std::barrier<> both(2);
  std::array<mr::testing::FakeHost, 2> hosts;
  std::array<std::future<mr_outcome>, 2> outcomes;
  for (size_t i = 0; i < 2; ++i) {
    hosts[i].at(folder.string());
    hosts[i].on_log = [&both](const mr::testing::Line& line) {
      if (line.text.starts_with("statement 1 of 2")) both.arrive_and_wait();
    };
    outcomes[i] = std::async(std::launch::async, [this, id = static_cast<int>(i) + 1, &by = hosts[i]] {
      return run({{"sql", "select sum(n) from skew; update skew set n = n + 1 where id = :id"}, {"params", {{"id", id}}}, {"isolation", "serializable"}}, by);
    });
  }
  const std::array results{outcomes[0].get(), outcomes[1].get()};
  const size_t victim = results[0] == MR_FAILED_RETRY ? 0 : 1;
  EXPECT_EQ(results[victim], MR_FAILED_RETRY);
  EXPECT_EQ(results[1 - victim], MR_SUCCEEDED) << hosts[1 - victim].failure();
  EXPECT_EQ(hosts[victim].failure()["class"], "transient/serialization") << hosts[victim].failure();
}

TEST_F(Postgres, OfSeveralHostsOneIsEnoughAndWhatAServerSaysCountsMost) {
  const auto list = [&](const std::string& database) { return "postgresql://millrace@127.0.0.1:1,127.0.0.1:" + postgres().value("PGPORT") + "/" + database; };
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", list("millrace")}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", list("nobodys")}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4113 config") << "not that the first refuses: " << host.failure();
}

TEST_F(Postgres, TypesOfItsOwnHaveNamesAndValues) {
  const auto output = done({{"sql", "drop type if exists mood cascade; create type mood as enum ('sad', 'ok'); select 'ok'::mood as m, array[1, 2] as a, '{\"k\": 1.50}'::jsonb as j, true as b, '2026-11-01 05:30:00+01'::timestamptz at time zone 'UTC' as t,"
                                    " timestamptz '2026-11-01 04:30:00+00' as z, 'NaN'::float8 as f, 1.0::numeric(38, 10) as d, interval '1 day' as i, '00000000-0000-0000-0000-000000000001'::uuid as u, 'infinity'::date as inf, '12:30'::time as c"}, {"rows", 1}});
  const auto& row = output["rows"][0];
  EXPECT_EQ(row["m"], "ok");
  EXPECT_EQ(row["a"], "{1,2}");
  EXPECT_EQ(row["j"], "{\"k\": 1.50}");
  EXPECT_EQ(row["b"], true);
  EXPECT_EQ(row["t"], "2026-11-01T04:30:00");
  EXPECT_TRUE(row["z"].get<std::string>().starts_with("2026-11-01T0")) << row["z"];
  EXPECT_EQ(row["f"], "NaN");
  EXPECT_EQ(row["d"], "1.0000000000");
  EXPECT_EQ(row["inf"], "infinity");
  EXPECT_EQ(row["c"], "12:30:00");
  EXPECT_EQ(output["statements"][2]["columns"][0]["type"], "mood") << output;
  EXPECT_EQ(output["statements"][2]["columns"][1]["type"], "integer[]");
}

TEST_F(Postgres, WhatItSaysHoldsNoValues) {
  done({{"sql", "drop table if exists shy; create table shy (id int primary key, mail text unique, n int check (n < 5))"}});
  done({{"sql", "insert into shy values (1, 'ada@example.com', 1)"}});
  for (const auto* sql : {"insert into shy values (2, 'ada@example.com', 1)", "insert into shy values (3, 'ada@example.com-7', 77)", "select 'ada@example.com'::int", "insert into shy select 4, 'ada@example.com-8', 'ada@example.com'::text::int",
                          "do $$ begin raise exception 'no %', 'ada@example.com'; end $$", "do $$ begin raise notice 'ada@example.com'; raise exception using errcode = '23505', message = 'x \"ada@example.com\"'; end $$"}) {
    EXPECT_EQ(run({{"sql", sql}}), MR_FAILED_FINAL) << sql;
    EXPECT_EQ(code(), "E4120 data") << sql << host.failure();
    EXPECT_EQ(everything_said().find("ada@"), std::string::npos) << everything_said();
  }
  EXPECT_NE(host.failure()["what"].get<std::string>().find("(23505)"), std::string::npos) << host.failure();
}

TEST_F(Postgres, CopyFromTheClientIsRefusedAndTheNextTaskIsWell) {
  EXPECT_EQ(run({{"sql", "create temporary table c (a int); copy c from stdin"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4118 config") << host.failure();
  EXPECT_EQ(run({{"sql", "copy (select 1) to stdout"}}), MR_FAILED_FINAL);
  EXPECT_EQ(rows("select 1 as a")[0]["a"], 1);
}

TEST_F(Postgres, AConstraintThatWaitsForTheCommitStillFails) {
  done({{"sql", "drop table if exists late; create table late (id int primary key deferrable initially deferred)"}});
  EXPECT_EQ(run({{"sql", "insert into late values (1); insert into late values (1)"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4120 data") << host.failure();
  EXPECT_EQ(rows("select id from late"), Json::array());
}

class Mysql : public Database {
 protected:
  void SetUp() override {
    Database::SetUp();
    if (!use("mysql")) GTEST_SKIP() << place.why;
  }
};

TEST_F(Mysql, TypesOfItsOwnHaveNamesAndValues) {
  done({{"sql", "drop table if exists kinds; create table kinds (big bigint unsigned, bits bit(9), day date, clock time(3), year_ year, e enum('a', 'b'), f float, j json, b binary(3), zf int(5) zerofill)"}, {"transaction", "none"}});
  done({{"sql", "insert into kinds values (18446744073709551615, b'100000001', '2026-11-01', '-12:30:00.5', 2026, 'b', 1.5, '{\"k\": 1}', x'00ff10', 7)"}});
  const auto plain = done({{"sql", "select * from kinds"}, {"rows", 1}});
  const auto& row = plain["rows"][0];
  EXPECT_EQ(row["big"], "18446744073709551615");
  EXPECT_EQ(row["bits"], 257);
  EXPECT_EQ(row["clock"], "-12:30:00.500");
  EXPECT_EQ(row["year_"], 2026);
  EXPECT_EQ(row["e"], "b");
  EXPECT_EQ(row["f"], 1.5);
  EXPECT_EQ(row["b"], "AP8Q");
  EXPECT_EQ(plain["statements"][0]["columns"][0]["type"], "bigint unsigned");
  const auto prepared = done({{"sql", "select * from kinds where year_ = :y"}, {"params", {{"y", 2026}}}, {"rows", 1}});
  EXPECT_EQ(prepared["rows"], plain["rows"]);
}

TEST_F(Mysql, WhatItSaysHoldsNoValues) {
  done({{"sql", "drop table if exists shy; create table shy (id int primary key, mail varchar(20) unique)"}, {"transaction", "none"}});
  done({{"sql", "insert into shy values (1, 'O''Ada@example')"}});
  for (const auto* sql : {"insert into shy values (2, 'O''Ada@example')", "insert into shy values ('O''Ada@example', 'x')", "insert into shy values (3, concat('O''Ada@example', repeat('x', 99)))"}) {
    EXPECT_EQ(run({{"sql", sql}}), MR_FAILED_FINAL) << sql;
    EXPECT_EQ(code(), "E4120 data") << sql << host.failure();
    EXPECT_EQ(everything_said().find("Ada@"), std::string::npos) << everything_said();
  }
}

TEST_F(Mysql, TheServerGetsNoFileOfOurs) {
  done({{"sql", "drop table if exists lines_; create table lines_ (line text)"}, {"transaction", "none"}});
  EXPECT_EQ(run({{"sql", "load data local infile '/etc/hostname' into table lines_"}, {"transaction", "none"}}), MR_FAILED_FINAL);
  EXPECT_EQ(rows("select * from lines_"), Json::array());
}

// --- servers of their own ------------------------------------------------------------------------------------------------------

// Ends the server while a statement runs.
void crash_in_the_middle(const Service& service, const std::string& url, const std::string& password, const std::string& sql, const std::string& asked) {
  if (!service.why.empty()) {
    std::cerr << "SKIPPED: a server that crashes, because " << service.why << "\n";
    GTEST_SKIP() << service.why;
  }
  mr::testing::Library library(MR_TEST_PLUGIN);
  mr::testing::FakeHost host;
  host.at("/tmp");
  const Place place{"server", url, password};
  auto outcome = std::async(std::launch::async, [&] { return library.run("sql.run", {{"connection", url}, {"password", password}, {"sql", sql}}, host); });
  const auto looker = connect(place);
  wait_for("the statement", [&] {
    int64_t running = 0;
    looker->run(asked, {}, [&](mr::database::Row&& row) {
      running = std::get<int64_t>(row.at(0));
      return true;
    });
    return running > 0;
  });
  service.crash();
  EXPECT_EQ(outcome.get(), MR_FAILED_RETRY);
  EXPECT_EQ(host.failure()["class"], "transient/connection") << host.failure();
  EXPECT_EQ(host.failure()["code"], "E4112") << host.failure();
}

TEST(Crash, OfPostgresInTheMiddleIsToTryAgain) {
  const Service service("postgres", "PG_FSYNC=off");
  crash_in_the_middle(service, postgres_url(service), "", "select pg_sleep(600)", "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'");
}

TEST(Crash, OfMariadbInTheMiddleIsToTryAgain) {
  const Service service("mariadb");
  crash_in_the_middle(service, mysql_url(service), service.value("MYSQL_PWD"), "select sleep(600)", "select count(*) from information_schema.processlist where info like 'select sleep%'");
}

}  // namespace
