// ingest.sql against real databases: SQLite always, PostgreSQL and MariaDB by ../shared/services, ODBC with their drivers.
#include <gtest/gtest.h>

#include <set>

#include "../../database/tests/databases.hpp"
#include "data/testing.hpp"
#include "ingest/sql_source.hpp"

namespace {

using mr::Json;
using mr::database::Problem;
using mr::database::Row;
using mr::database::testing::Place;
using mr::ingest::Rows;
using mr::ingest::SqlSource;
using Lines = std::vector<std::string>;

// Lines between a client and a server that can be cut.
mr::database::testing::Service& proxies() {
  static mr::database::testing::Service service("toxiproxy");
  return service;
}

class Sources : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    place = mr::database::testing::place_of(GetParam(), house.folder());
    if (!place.why.empty()) {
      std::cerr << "SKIPPED: " << place.name << ", because " << place.why << "\n";
      GTEST_SKIP();
    }
    for (const char* table : {"people", "events", "late", "big", "odd"}) say("drop table if exists " + std::string(table));
  }

  bool is(const char* name) const { return place.name.find(name) != std::string::npos; }
  bool is_postgres() const { return is("postgres"); }
  bool is_sqlite() const { return is("sqlite"); }

  void say(const std::string& sql) const { mr::database::testing::connect(place)->run(sql, {}, {}); }

  mr::data::testing::Ran load(const std::string& table, Json more = Json::object()) {
    Json config = {{"connection", place.connection}, {"into", "raw.t"}};
    if (!place.password.empty()) config["password"] = place.password;
    if (!table.empty()) config["table"] = table;
    config.update(more);
    return house.run("ingest.sql", config);
  }

  // A source whose rows this test takes itself.
  std::unique_ptr<SqlSource> source(const std::string& table) {
    mr::database::Opening opening{.address = mr::database::read_address(place.connection), .password = place.password, .read_only = true, .path = [](const std::string& path) { return path; }};
    return std::make_unique<SqlSource>(opening, mr::ingest::Asked{.table = table, .timeout = std::chrono::minutes(1)}, attempt);
  }

  mr::data::testing::House house{MR_TEST_PLUGIN};
  mr::testing::FakeHost host{};
  mr::Attempt attempt{host.table()};
  Place place{};
};

#define SUCCEEDS(ran) ASSERT_EQ((ran).outcome, MR_SUCCEEDED) << (ran).failure

TEST_P(Sources, EveryKindOfValueArrivesExactly) {
  const std::string fox = place.name == "odbc_sqlite" ? "o" : "🦊";  // its driver has no letters beyond U+FFFF
  if (is_postgres()) {
    say(R"(create table people (id bigint, small smallint, price numeric(12,3), wide numeric(38,10), name text, letters varchar(20), raw bytea, born date, at time, seen timestamp, zoned timestamptz,
      flag boolean, real4 real, real8 double precision))");
    say(R"(insert into people values (9007199254740993, -32768, 12345678.125, 1234567890123456789012345678.0123456789, 'Zoë 🦊 "q" ''s''', '', '\x00ff27', '1999-02-28', '23:59:59.123456',
      '2026-11-01 05:30:00.000001', '2026-11-01 05:30:00+01', true, 0.1, 0.1), (null, null, null, null, null, null, null, null, null, null, null, null, null, null))");
  } else if (is("mysql")) {
    say(R"(create table people (id bigint, small smallint, price decimal(12,3), wide decimal(38,10), name text, letters varchar(20), raw varbinary(10), born date, at time(6), seen datetime(6), zoned timestamp null,
      flag boolean, real4 float, real8 double, large bigint unsigned) character set utf8mb4)");
    say(R"(insert into people values (9007199254740993, -32768, 12345678.125, 1234567890123456789012345678.0123456789, 'Zoë 🦊 "q" ''s''', '', x'00ff27', '1999-02-28', '23:59:59.123456',
      '2026-11-01 05:30:00.000001', convert_tz('2026-11-01 04:30:00', '+00:00', @@session.time_zone), true, 0.1, 0.1, 18446744073709551615),
      (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null))");
  } else {
    say("create table people (id bigint, small integer, price text, wide text, name text, letters varchar(20), raw blob, born date, at time, seen timestamp, zoned text, flag boolean, real4 real, real8 double)");
    say(R"(insert into people values (9007199254740993, -32768, '12345678.125', '1234567890123456789012345678.0123456789', 'Zoë )" + fox + R"( "q" ''s''', '', x'00ff27', '1999-02-28', '23:59:59.123456',
      '2026-11-01 05:30:00.000001', '2026-11-01 04:30:00+00', 1, 0.5, 0.1), (null, null, null, null, null, null, null, null, null, null, null, null, null, null))");
  }
  // SQLite knows no decimals and no zones; its ODBC driver no microseconds.
  Json schema = Json::object();
  if (place.name == "odbc_postgres") schema = {{"schema", {{"flag", "BOOLEAN"}}}};  // the driver gives them as text
  if (is_sqlite()) schema = {{"schema", {{"price", "DECIMAL(12,3)"}, {"wide", "DECIMAL(38,10)"}, {"zoned", "TIMESTAMP WITH TIME ZONE"}}}};
  const auto ran = load("people", schema);
  SUCCEEDS(ran);
  EXPECT_EQ(ran.count("rows_out"), 2);
  EXPECT_EQ(house.rows("select id, small, price, wide, name, letters, hex(raw), born, cast(flag as boolean), real8 from raw.t order by id"),
            (Lines{"9007199254740993|-32768|12345678.125|1234567890123456789012345678.0123456789|Zoë " + fox + " \"q\" 's'||00FF27|1999-02-28|true|0.1", "∅|∅|∅|∅|∅|∅|∅|∅|∅|∅"}));
  EXPECT_EQ(house.type_of("raw.t", "price"), "DECIMAL(12,3)");
  EXPECT_EQ(house.type_of("raw.t", "wide"), "DECIMAL(38,10)");
  if (is("odbc")) return;
  EXPECT_EQ(house.rows("select \"at\", seen, epoch_us(zoned) = epoch_us(timestamptz '2026-11-01 04:30:00+00'), real4 = cast(real4 as float) from raw.t where id is not null"), (Lines{"23:59:59.123456|2026-11-01 05:30:00.000001|true|true"}));
  if (!is_sqlite()) {
    EXPECT_EQ(house.rows("select cast(real4 as double) = cast(cast(0.1 as float) as double) from raw.t where id is not null"), Lines{"true"});
  }
  if (is("mysql")) {
    EXPECT_EQ(house.rows("select large from raw.t where id is not null"), Lines{"18446744073709551615"});
  }
}

TEST_P(Sources, AGrowingKeyLoadsWhatIsNewAndLagWhatWasCommittedLate) {
  say("create table late (id integer, n integer)");
  for (const int n : {10, 20, 30}) say("insert into late values (" + std::to_string(n / 10) + ", " + std::to_string(n) + ")");
  const Json with_lag = {{"key", "n"}, {"lag", 15}, {"primary_key", {"id"}}};
  auto ran = load("late", with_lag);
  SUCCEEDS(ran);
  EXPECT_EQ(ran.output["position"], "30");
  say("insert into late values (4, 40)");
  say("insert into late values (5, 25)");  // its transaction was open when 30 was read
  say("insert into late values (6, 14)");  // later than the lag allows
  ran = load("late", with_lag);
  SUCCEEDS(ran);
  EXPECT_EQ(ran.count("rows_out"), 2);
  EXPECT_EQ(ran.count("rows_known"), 2);
  EXPECT_EQ(house.rows("select id, count(*) from raw.t group by id order by id"), (Lines{"1|1", "2|1", "3|1", "4|1", "5|1"}));
  ran = load("late", with_lag);
  EXPECT_EQ(ran.count("rows_out"), 0);
  EXPECT_EQ(ran.output["position"], "40");
  say("delete from late");
  ran = load("late", with_lag);
  SUCCEEDS(ran);
  EXPECT_EQ(ran.output["position"], "40") << "a position never goes back by itself";
}

TEST_P(Sources, ALagOfTimesIsADuration) {
  say(std::string("create table late (id integer, at ") + (is("mysql") ? "datetime" : "timestamp") + ")");
  say("insert into late values (1, '2026-11-01 08:00:00')");
  say("insert into late values (2, '2026-11-01 09:00:00')");
  const Json config = {{"key", "at"}, {"lag", "10m"}, {"primary_key", {"id"}}};
  SUCCEEDS(load("late", config));
  say("insert into late values (3, '2026-11-01 08:55:00')");
  say("insert into late values (4, '2026-11-01 08:45:00')");
  const auto ran = load("late", config);
  SUCCEEDS(ran);
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Lines{"1", "2", "3"}));
  for (const auto& bad : {Json(7), Json("soon"), Json(-1)}) EXPECT_NE(load("late", {{"key", "at"}, {"lag", bad}}).outcome, MR_SUCCEEDED) << bad;
  EXPECT_EQ(load("late", {{"key", "at"}, {"lag", 7}, {"into", "raw.other"}}).code(), "E5077") << "on the first run already";
}

TEST_P(Sources, AQueryTakesValuesThatCannotActAsSql) {
  say("create table people (id integer, name varchar(100))");
  say("insert into people values (1, 'a')");
  say("insert into people values (2, 'x'' or 1=1 --')");
  const auto ran = load("", {{"query", "select id * 10 as ten, name from people where name = :name -- what is asked;"}, {"params", {{"name", "x' or 1=1 --"}}}});
  SUCCEEDS(ran);
  EXPECT_EQ(house.rows("select ten, name from raw.t"), Lines{"20|x' or 1=1 --"});
  EXPECT_NE(load("", {{"query", "delete from people"}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(load("people", {{"into", "raw.all"}}).count("rows_out"), 2) << "nothing was deleted";
}

TEST_P(Sources, PiecesTogetherAreTheWholeAndOfOneStateWhereTheDatabaseHasSnapshots) {
  say("create table big (id integer, text varchar(40))");
  std::string all;
  for (int i = -500; i < 1500; ++i) all += (all.empty() ? "(" : ",(") + std::to_string(i) + ",'row " + std::to_string(i) + "')";
  say("insert into big values " + all + ", (null, 'none')");
  if (is_sqlite()) {
    if (!is("odbc")) {
      EXPECT_EQ(load("big", {{"split", {{"column", "id"}, {"parts", 4}}}}).code(), "E5077");
    }
    return;
  }
  auto ran = load("big", {{"split", {{"column", "id"}, {"parts", 4}}}});
  SUCCEEDS(ran);
  EXPECT_EQ(ran.count("connections"), 4);
  EXPECT_EQ(house.rows("select count(*), count(distinct text), sum(id) from raw.t"), (Lines{"2001|2001|999000"}));
  EXPECT_EQ(ran.output["consistent"], place.name == "postgres");
  EXPECT_EQ(load("big", {{"split", {{"column", "text"}, {"parts", 4}}}}).code(), "E5077");
  EXPECT_EQ(load("big", {{"split", {{"column", "nope"}, {"parts", 4}}}}).code(), "E5040");
  if (place.name != "postgres") return;
  const auto reader = source("big");
  say("insert into big values (1, 'new')");
  const auto edges = std::vector<mr::database::Value>{int64_t{0}, int64_t{700}};
  std::vector<Rows> pieces;
  for (size_t i = 0; i < 3; ++i) pieces.push_back(mr::ingest::part_of({}, "id", edges, i));
  std::set<std::string> seen;
  EXPECT_TRUE(reader->read(pieces, [&](Row&& row) { seen.insert(mr::ingest::text_of(row.at(1))); }));
  EXPECT_EQ(seen.size(), 2001u);
  EXPECT_FALSE(seen.contains("new")) << "what came after the first look is not seen by the others either";
}

TEST_P(Sources, ATransactionSeesOneStateFromItsBeginning) {
  if (is("odbc")) return;
  say("create table events (id integer)");
  say("insert into events values (1)");
  if (is_sqlite()) say("pragma journal_mode = wal");
  const auto reader = source("events");
  say("insert into events values (2)");
  size_t rows = 0;
  EXPECT_TRUE(reader->read({Rows{}}, [&](Row&&) { ++rows; }));
  EXPECT_EQ(rows, 1u);
}

TEST_P(Sources, AConnectionThatIsCutInTheMiddleIsAFailureAndNotAnEnd) {
  if (place.name != "postgres" && place.name != "mysql") return;
  say("create table big (id integer, text varchar(1000))");
  say("insert into big values (0, '" + std::string(900, 'x') + "')");
  size_t whole = 1;
  for (; whole < 40'000; whole *= 2) say("insert into big select id + " + std::to_string(whole) + ", text from big");
  const mr::database::Value middle = static_cast<int64_t>(whole / 2);
  for (const size_t parts : {size_t{1}, size_t{2}}) {
    const auto reader = source("big");
    std::vector<Rows> pieces{Rows{}};
    if (parts == 2) pieces = {mr::ingest::part_of({}, "id", {middle}, 0), mr::ingest::part_of({}, "id", {middle}, 1)};
    size_t rows = 0;
    const auto cut = [&] {
      if (place.name == "postgres") return say("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = current_user");
      std::vector<std::string> others;
      const auto by = mr::database::testing::connect(place);
      by->run("select id from information_schema.processlist where id <> connection_id() and user = 'millrace'", {}, [&](Row&& row) {
        others.push_back(mr::ingest::text_of(row.at(0)));
        return true;
      });
      for (const auto& id : others) by->run("kill connection " + id, {}, {});
    };
    try {
      reader->read(pieces, [&](Row&&) {
        if (++rows == 10) cut();
      });
      // All of it may have been on its way already: then it is whole.
      EXPECT_EQ(rows, whole);
      ADD_FAILURE() << "the connection was not cut in time: make the table larger";
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.code, "E4112") << problem.what_happened;
      EXPECT_LT(rows, whole);
    }
  }
}

TEST_P(Sources, ALineThatIsCutInTheMiddlePublishesNothing) {
  if (is_sqlite()) return;
  if (proxies().is_missing) GTEST_SKIP() << "SKIPPED: a line that is cut, because " << proxies().why;
  ASSERT_EQ(proxies().why, "");
  say("create table big (id integer, text varchar(1000))");
  say("insert into big values (0, '" + std::string(900, 'x') + "')");
  for (int whole = 1; whole < 4'000; whole *= 2) say("insert into big select id + " + std::to_string(whole) + ", text from big");
  const auto direct = place.connection;
  const bool is_mysql = is("mysql");
  const std::string port = is_mysql ? mr::database::testing::mariadb().value("MYSQL_TCP_PORT") : mr::database::testing::postgres().value("PGPORT");
  const auto line = proxies().ask("proxy", place.name + " 127.0.0.1:" + port);
  place.connection.replace(place.connection.find(port), port.size(), line.substr(line.rfind(':') + 1, line.find('\n') - line.rfind(':') - 1));
  const Json growing = {{"key", "id"}};
  proxies().ask("toxic", place.name + " limit_data bytes=1000000");
  const auto cut = load("big", growing);
  EXPECT_EQ(cut.outcome, MR_FAILED_RETRY) << cut.failure;
  EXPECT_EQ(cut.code(), "E4112");
  EXPECT_FALSE(house.has("raw.t"));
  proxies().ask("clear", place.name);
  const auto whole = load("big", growing);
  SUCCEEDS(whole);
  EXPECT_EQ(whole.count("rows_out"), 4096) << "from the beginning: the position was not moved";
  place.connection = direct;
}

TEST_P(Sources, AColumnThatWasDroppedIsAnErrorUnlessToldOtherwise) {
  if (is("odbc_sqlite")) return;  // the same file as sqlite
  say("create table people (id integer, name varchar(10))");
  say("insert into people values (1, 'a')");
  SUCCEEDS(load("people"));
  say("alter table people drop column name");
  say("insert into people values (2)");
  const auto ran = load("people");
  EXPECT_EQ(ran.code(), "E5074");
  EXPECT_NE(ran.failure.dump().find("name"), std::string::npos);
  EXPECT_EQ(house.rows("select id, name from raw.t"), Lines{"1|a"}) << "nothing was published";
  SUCCEEDS(load("people", {{"missing_columns", "null"}}));
  EXPECT_EQ(house.rows("select id, name from raw.t order by id"), (Lines{"1|∅", "2|∅"}));
  EXPECT_EQ(load("people", {{"key", "name"}, {"into", "raw.o"}}).code(), "E5040");
}

TEST_P(Sources, MistakesAreNamed) {
  EXPECT_EQ(load("nobody").code(), "E5043");
  EXPECT_EQ(load("", {{"query", "selec 1"}}).code(), "E4118");
  EXPECT_EQ(load("").code(), "E5077");
  EXPECT_EQ(load("a", {{"query", "select 1 as one"}}).code(), "E5077");
  EXPECT_EQ(load("a", {{"lag", "1m"}}).code(), "E5077");
  // SQLite gives the second another name itself, and MySQL refuses it.
  if (!is_sqlite()) {
    EXPECT_EQ(load("", {{"query", "select 1 as a, 2 as \"A\""}}).code(), is("mysql") ? "E4118" : "E5076");
  }
  EXPECT_FALSE(house.has("raw.t"));
}

INSTANTIATE_TEST_SUITE_P(Sql, Sources, ::testing::Values("sqlite", "postgres", "mysql", "odbc_sqlite", "odbc_postgres"), [](const auto& one) { return std::string(one.param); });

// SQLite keeps any value in any column: what doesn't fit the declared type must not become something else.
TEST(Sqlite, AValueOfAnotherKindThanItsColumnIsAnError) {
  mr::data::testing::House house(MR_TEST_PLUGIN);
  const auto file = (house.folder() / "odd.db").string();
  const auto connection = mr::database::open({.address = mr::database::read_address("sqlite:" + file + "?mode=rwc"), .path = [](const std::string& path) { return path; }});
  const auto load = [&](const std::string& table, const Json& schema) { return house.run("ingest.sql", {{"connection", {{"type", "sqlite"}, {"path", "odd.db"}}}, {"table", table}, {"into", "raw." + table}, {"schema", schema}}); };
  connection->run("create table a (n integer, d decimal(10,2), t text, x)", {}, {});
  connection->run("insert into a values (1, 12.3, 'x', 7)", {}, {});
  SUCCEEDS(load("a", Json::object()));
  EXPECT_EQ(house.rows("select n, d, t, x from raw.a"), Lines{"1|12.3|x|7"});
  connection->run("insert into a values ('secret-7', 1, 'x', 1)", {}, {});
  auto ran = load("a", Json::object());
  EXPECT_EQ(ran.code(), "E5075");
  EXPECT_EQ((ran.failure.dump() + ran.log).find("secret-7"), std::string::npos);
  SUCCEEDS(load("a", {{"n", "VARCHAR"}, {"d", "DECIMAL(12,4)"}}));
  connection->run("create table b (d text)", {}, {});
  connection->run("insert into b values ('1.005')", {}, {});
  EXPECT_EQ(load("b", {{"d", "DECIMAL(10,2)"}}).code(), "E5075") << "a digit would be rounded away";
  connection->run("create table c (t text)", {}, {});
  connection->run("insert into c values (cast(x'ff41' as text))", {}, {});
  EXPECT_EQ(load("c", Json::object()).code(), "E5075");
}

TEST(Postgres, ListsJsonAndEnumerationsArriveAsTheyAre) {
  const auto place = mr::database::testing::place_of("postgres", "");
  if (!place.why.empty()) GTEST_SKIP() << place.why;
  mr::data::testing::House house(MR_TEST_PLUGIN);
  const auto connection = mr::database::testing::connect(place);
  for (const char* sql : {"drop table if exists odd", "drop type if exists mood", "create type mood as enum ('sad', 'ok')",
                          "create table odd (tags text[], numbers integer[], more jsonb, mood mood, exact numeric, id uuid, far timestamp, old date)",
                          R"(insert into odd values ('{a,"b c",null,"q\"u",""}', '{1,null,-3}', '{"k": [1]}', 'ok', 0.12345678901234567890123, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'infinity', '0044-03-15 BC'))",
                          "insert into odd values ('{}', null, null, null, null, null, null, null)"}) {
    connection->run(sql, {}, {});
  }
  SUCCEEDS(house.run("ingest.sql", {{"connection", place.connection}, {"table", "odd"}, {"into", "raw.odd"}}));
  EXPECT_EQ(house.rows("select tags = ['a', 'b c', null, 'q\"u', ''], numbers = [1, null, -3], more, mood, exact, cast(id as varchar), far, year(old) from raw.odd where mood is not null"),
            (Lines{"true|true|{\"k\": [1]}|ok|0.12345678901234567890123|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|infinity|-43"}));
  EXPECT_EQ(house.rows("select len(tags), numbers is null from raw.odd where mood is null"), Lines{"0|true"});
}

}  // namespace
