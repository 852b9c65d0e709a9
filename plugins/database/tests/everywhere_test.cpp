// sql.run on each kind of database: what must be the same everywhere.
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "databases.hpp"

namespace {

using namespace mr::database::testing;
using mr::Json;

class Everywhere : public Database, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    Database::SetUp();
    if (!use(GetParam())) GTEST_SKIP() << place.why;
    reset("t");
    reset("millrace_once");
    done({{"sql", create_table()}, {"transaction", "none"}});
  }

  bool is(const char* name) const { return std::string(GetParam()) == name; }
  bool is_sqlite() const { return is("sqlite") || is("odbc_sqlite"); }
  bool is_postgres() const { return is("postgres") || is("odbc_postgres"); }

  void reset(const std::string& table) const { done({{"sql", "drop table if exists " + table}, {"transaction", "none"}}); }

  std::string create_table() const {
    if (is_sqlite()) return "create table t (id integer primary key, name text, price numeric, day date, at timestamp, data blob, big bigint, ratio double)";
    if (is_postgres()) return "create table t (id int primary key, name text, price numeric(20,4), day date, at timestamp, data bytea, big bigint, ratio double precision)";
    return "create table t (id int primary key, name varchar(200) character set utf8mb4 collate utf8mb4_bin, price decimal(20,4), day date, at datetime(6), data varbinary(100), big bigint, ratio double) engine = InnoDB";
  }

  // Runs until somebody ends it.
  std::string endless() const {
    if (is_postgres()) return "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    if (is("mysql")) return "select sleep(600)";
    return "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c";
  }

  // Lets the endless statement begin, and says so: by what the server shows, or by the time that the thread has burnt.
  void wait_until_it_runs(pthread_t thread) const {
    clockid_t clock{};
    if (is_sqlite()) {
      ASSERT_EQ(::pthread_getcpuclockid(thread, &clock), 0);
    }
    const auto asked = is_postgres() ? "select count(*) as n from pg_stat_activity where state = 'active' and query like '%generate_series(1, 1000000) a%' and query not like '%pg_stat_activity%'" : "select count(*) as n from information_schema.processlist where info like 'select sleep%'";
    wait_for("the endless statement", [&] {
      if (!is_sqlite()) return rows(asked)[0]["n"] != 0;
      timespec burnt{};
      ::clock_gettime(clock, &burnt);
      return burnt.tv_sec > 0 || burnt.tv_nsec > 200'000'000;
    });
  }
};

const char* const kInsert = "insert into t (id, name, price, day, at, data, big, ratio) values (:id, :name, :price, :day, :at, :data, :big, :ratio)";

TEST_P(Everywhere, ValuesTravelExactlyBothWays) {
  const std::string name = "Zo\xC3\xAB 'Z' \\ \"q\" :id ? $1 \xF0\x9F\xA6\x8A\nline";
  const Json full{{"id", 1}, {"name", name}, {"price", "12345678901234.1250"}, {"day", "2028-02-29"}, {"at", "2026-11-01 05:30:00.25"}, {"data", {{"base64", "AP+AJ1w="}}}, {"big", 9007199254740993}, {"ratio", 0.1}};
  Json empty{{"id", 2}, {"name", ""}, {"price", nullptr}, {"day", nullptr}, {"at", nullptr}, {"data", nullptr}, {"big", INT64_MIN}, {"ratio", nullptr}};
  std::string insert = kInsert;
  if (is_postgres()) insert = "insert into t values (:id, :name, cast(:price as numeric), cast(:day as date), cast(:at as timestamp), :data, :big, :ratio)";
  EXPECT_EQ(done({{"sql", insert}, {"params", full}})["rows_affected"], 1);
  EXPECT_EQ(done({{"sql", insert}, {"params", empty}})["rows_affected"], 1);
  const auto output = done({{"sql", "select * from t where id <= :most order by id"}, {"params", {{"most", 2}}}, {"rows", 10}});
  ASSERT_EQ(output["rows"].size(), 2u) << output;
  const auto& first = output["rows"][0];
  EXPECT_EQ(first["id"], 1);
  EXPECT_EQ(first["name"], name);
  if (!is_sqlite()) {  // which has no decimals
    EXPECT_EQ(first["price"], "12345678901234.1250");
  }
  EXPECT_EQ(first["day"], "2028-02-29");
  // SQLite keeps times as the texts that they are.
  EXPECT_EQ(first["at"].get<std::string>().substr(0, 22), is("sqlite") ? "2026-11-01 05:30:00.25" : "2026-11-01T05:30:00.25");
  EXPECT_EQ(first["data"], "AP+AJ1w=");
  EXPECT_EQ(first["big"], "9007199254740993");
  EXPECT_EQ(first["ratio"], 0.1);
  EXPECT_EQ(output["rows"][1]["name"], "");
  EXPECT_EQ(output["rows"][1]["big"], "-9223372036854775808");
  for (const auto* column : {"price", "day", "at", "data", "ratio"}) EXPECT_TRUE(output["rows"][1][column].is_null()) << column;
  const auto& columns = output["statements"][0]["columns"];
  ASSERT_EQ(columns.size(), 8u);
  EXPECT_EQ(columns[1]["name"], "name");
  EXPECT_NE(columns[6]["type"], "") << columns;
  // Without parameters, MySQL answers in another format.
  EXPECT_EQ(rows("select * from t order by id"), output["rows"]);
}

TEST_P(Everywhere, AParameterIsNeverSql) {
  for (const std::string evil : {"x'); drop table t; --", "' or '1'='1", "\\'; drop table t; #", "$$; drop table t; $$", "1; delete from t", ":id", "?"}) {
    done({{"sql", "delete from t; insert into t (id, name) values (1, :name); insert into t (id, name) values (2, 'other')"}, {"params", {{"name", evil}}}});
    EXPECT_EQ(rows("select name from t where id = 1"), Json::array({{{"name", evil}}}));
    EXPECT_EQ(done({{"sql", "delete from t where name = :name"}, {"params", {{"name", evil}}}})["rows_affected"], 1) << evil;
    EXPECT_EQ(rows("select name from t"), Json::array({{{"name", "other"}}}));
  }
}

TEST_P(Everywhere, OneStatementThatFailsTakesAllBack) {
  EXPECT_EQ(run({{"sql", "insert into t (id, name) values (1, 'a');\ninsert into t (id, name) values (2, 'b');\nselect wrong from t"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4118 config") << host.failure();
  EXPECT_TRUE(host.failure()["where"].get<std::string>().starts_with("config.sql, statement 3")) << host.failure();
  EXPECT_EQ(rows("select * from t"), Json::array());
  EXPECT_EQ(run({{"sql", "insert into t (id) values (1); select wrong from t"}, {"transaction", "none"}}), MR_FAILED_FINAL);
  EXPECT_EQ(rows("select id from t").size(), 1u) << "without a transaction the first stays";
}

TEST_P(Everywhere, CountsAddUp) {
  const auto output = done({{"sql", "insert into t (id, name) values (1, 'a'), (2, 'b'), (3, 'c'); update t set name = 'a' where id < 3; delete from t where id = 3; select id from t order by id; select id from t where id = 99"}, {"rows", 5}});
  EXPECT_EQ(output["rows_affected"], 6) << output;
  EXPECT_EQ(output["rows_returned"], 2);
  ASSERT_EQ(output["statements"].size(), 5u);
  const std::array<std::pair<int, int>, 5> expected{{{3, 0}, {2, 0}, {1, 0}, {0, 2}, {0, 0}}};  // an update to the same value counts
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(output["statements"][i]["rows_affected"], expected[i].first) << i;
    EXPECT_EQ(output["statements"][i]["rows_returned"], expected[i].second) << i;
  }
  EXPECT_EQ(output["rows"], Json::array());
  EXPECT_EQ(output["repeated"], false);
}

TEST_P(Everywhere, OnlyAsManyRowsAsAskedForGoOut) {
  for (int i = 0; i < 5; ++i) done({{"sql", "insert into t (id, name) values (:id, :name)"}, {"params", {{"id", i}, {"name", std::string(120, 'n')}}}});
  const auto sql = "select id, id as id, name from t order by id";
  const auto none = done({{"sql", sql}});
  EXPECT_EQ(none["rows"], Json::array());
  EXPECT_EQ(none["rows_returned"], 5);
  EXPECT_EQ(none["more"], true);
  const auto two = done({{"sql", sql}, {"rows", 2}});
  ASSERT_EQ(two["rows"].size(), 2u);
  EXPECT_EQ(two["rows"][1]["id_2"], 1) << "two columns of one name";
  EXPECT_EQ(two["more"], true);
  EXPECT_EQ(done({{"sql", sql}, {"rows", 5}})["more"], false);
}

TEST_P(Everywhere, RowsThatAreLongDoNotBreakTheOutput) {
  const auto sql = is("mysql") ? "select repeat('x', 100000) as x union all select repeat('y', 100000)" : is_postgres() ? "select repeat('x', 100000) as x union all select repeat('y', 100000)" : "select hex(zeroblob(50000)) as x union all select hex(zeroblob(50001))";
  const auto output = done({{"sql", sql}, {"rows", 10}});
  ASSERT_EQ(output["rows"].size(), 1u);
  EXPECT_GE(output["rows"][0]["x"].get<std::string>().size(), 100'000u);
  EXPECT_EQ(output["more"], true);
  EXPECT_EQ(output["rows_returned"], 2);
}

TEST_P(Everywhere, NoOutputIsTooLargeOnceItIsCommitted) {
  std::string many, wide = "select id";
  for (int i = 0; i < 1000; ++i) many += "insert into t (id) values (" + std::to_string(i) + ");\n";
  for (int i = 0; i < 60; ++i) wide += ", id as a_long_name_of_a_column_that_is_repeated_in_each_row_" + std::to_string(i);
  wide += " from t order by id";
  std::string again;
  for (int i = 0; i < 30; ++i) again += wide + ";\n";
  const auto output = done({{"sql", again + many + wide}, {"rows", 1000}});
  EXPECT_EQ(output["rows_affected"], 1000);
  EXPECT_EQ(output["statements"].size(), 400u);
  EXPECT_GT(output["rows"].size(), 10u);
  EXPECT_EQ(output["more"], true);
}

TEST_P(Everywhere, WithoutATransactionWhatIsDoneIsNotRepeatedBlindly) {
  const Json config{{"sql", "insert into t (id) values (1); " + endless()}, {"timeout", "200ms"}, {"transaction", "none"}};
  EXPECT_EQ(run(config), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4123 in_doubt") << host.failure();
  EXPECT_EQ(rows("select id from t").size(), 1u);
  EXPECT_EQ(run({{"sql", endless()}, {"timeout", "200ms"}, {"transaction", "none"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4121 timeout") << "nothing was done before it: " << host.failure();
}

TEST_P(Everywhere, ExpectedCountsAreKeptOrNothingIs) {
  done({{"sql", "insert into t (id, name) values (1, 'a'), (2, 'a')"}});
  const Json update{{"sql", "update t set name = 'b' where name = 'a'"}};
  auto config = update;
  config["expect_max"] = 1;
  EXPECT_EQ(run(config), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4122 data");
  config = update;
  config["expect_min"] = 3;
  EXPECT_EQ(run(config), MR_FAILED_FINAL);
  EXPECT_EQ(rows("select id from t where name = 'b'"), Json::array());
  config["expect_min"] = config["expect_max"] = 2;
  EXPECT_EQ(done(config)["rows_affected"], 2);
}

TEST_P(Everywhere, AConstraintIsNamedWithoutItsValues) {
  done({{"sql", "insert into t (id, name) values (4711, 'secret-row-value')"}});
  EXPECT_EQ(run({{"sql", "insert into t (id, name) values (:id, :name)"}, {"params", {{"id", 4711}, {"name", "secret-row-value"}}}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4120 data") << host.failure();
  EXPECT_EQ(everything_said().find("secret-row-value"), std::string::npos) << everything_said();
  EXPECT_EQ(everything_said().find("4711"), std::string::npos) << everything_said();
}

TEST_P(Everywhere, ReadOnlyMeansIt) {
  if (place.name.starts_with("odbc")) GTEST_SKIP() << "ODBC only asks for it";
  EXPECT_EQ(run({{"sql", "insert into t (id) values (1)"}, {"read_only", true}}), MR_FAILED_FINAL);
  EXPECT_EQ(run({{"sql", "insert into t (id) values (1)"}, {"read_only", true}, {"transaction", "none"}}), MR_FAILED_FINAL);
  EXPECT_EQ(done({{"sql", "select count(*) as n from t"}, {"read_only", true}, {"rows", 1}})["rows"][0]["n"], 0);
}

TEST_P(Everywhere, IsolationLevelsAreTaken) {
  for (const auto* level : {"read_committed", "serializable"}) EXPECT_EQ(done({{"sql", "select count(*) as n from t"}, {"isolation", is("odbc_sqlite") ? "serializable" : level}, {"rows", 1}})["rows"][0]["n"], 0);
}

TEST_P(Everywhere, AStatementThatTakesTooLongIsEnded) {
  EXPECT_EQ(run({{"sql", "insert into t (id) values (1); " + endless()}, {"timeout", "300ms"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4121 timeout") << host.failure();
  EXPECT_EQ(rows("select * from t"), Json::array());
}

TEST_P(Everywhere, ACancelEndsALongStatementAndTakesAllBack) {
  std::promise<pthread_t> begun;
  auto outcome = std::async(std::launch::async, [&] {
    begun.set_value(::pthread_self());
    return run({{"sql", "insert into t (id) values (1); " + endless()}});
  });
  wait_until_it_runs(begun.get_future().get());
  const auto asked = std::chrono::steady_clock::now();
  host.cancel();
  EXPECT_EQ(outcome.get(), MR_CANCELLED) << host.failure();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - asked).count();
  RecordProperty("milliseconds_to_cancel", static_cast<int>(took));
  std::cout << GetParam() << ": cancelled after " << took << " ms\n";
  EXPECT_LT(took, 5000) << "the statement alone would take ten minutes";
  EXPECT_EQ(rows("select * from t"), Json::array());
}

TEST_P(Everywhere, OnceIsOnceAndTellsTheFirstsReport) {
  host.facts["run"] = "shop@2026-11-01";
  host.facts["task"] = "pay[3]";
  const Json config{{"sql", "insert into t (id, name) values (1, 'a'); update t set big = coalesce(big, 0) + 1; select id, big from t"}, {"once", true}, {"rows", 5}};
  ASSERT_EQ(run(config), MR_SUCCEEDED) << host.failure();
  const auto first = host.output();
  EXPECT_EQ(first["repeated"], false);
  EXPECT_EQ(first["rows_affected"], 2);
  ASSERT_EQ(run(config), MR_SUCCEEDED) << host.failure();
  auto second = host.output();
  EXPECT_EQ(second["repeated"], true);
  second["repeated"] = false;
  EXPECT_EQ(second, first);
  host.facts["task"] = "pay[4]";
  EXPECT_EQ(run(config), MR_FAILED_FINAL) << "another item does it itself, and meets the key";
  EXPECT_EQ(rows("select task from millrace_once").size(), 1u) << "who failed leaves no mark";
  auto other = config;
  other["sql"] = "update t set big = big + 1";
  other["once_key"] = "again";
  host.facts["task"] = "pay[3]";
  ASSERT_EQ(run(other), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(rows("select big from t")[0]["big"], 2);
}

// The worker dies when the statements are committed and nobody knows it yet.
TEST_P(Everywhere, ACrashBetweenCommitAndReportRunsNothingTwice) {
  host.facts["run"] = "shop@2026-11-01";
  host.facts["task"] = "pay";
  done({{"sql", "insert into t (id, big) values (1, 100)"}});
  const Json config{{"sql", "update t set big = big + 10 where id = 1"}, {"once", true}, {"expect_min", 1}};
  const pid_t child = ::fork();
  if (child == 0) {
    host.on_log = [](const mr::testing::Line& line) {
      if (line.text == "committed") ::kill(::getpid(), SIGKILL);
    };
    run(config);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child was to die after its commit";
  ASSERT_EQ(run(config), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["repeated"], true);
  EXPECT_EQ(host.output()["rows_affected"], 1);
  EXPECT_EQ(rows("select big from t")[0]["big"], 110);
}

// Two attempts at once: a lease was lost, and the old worker still works.
TEST_P(Everywhere, TwoAttemptsAtOnceDoItOnce) {
  done({{"sql", "insert into t (id, big) values (1, 0)"}});
  const Json config{{"sql", "update t set big = big + 1"}, {"once", true}};
  std::vector<std::future<mr_outcome>> all;
  std::array<mr::testing::FakeHost, 3> hosts;
  for (auto& one : hosts) {
    one.at(folder.string());
    one.facts["run"] = "r";
    one.facts["task"] = "t";
    all.push_back(std::async(std::launch::async, [&] {
      auto outcome = run(config, one);
      for (int tries = 0; tries < 20 && outcome == MR_FAILED_RETRY; ++tries) outcome = run(config, one);  // as a retry rule would
      return outcome;
    }));
  }
  int repeated = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].get(), MR_SUCCEEDED) << hosts[i].failure();
    repeated += hosts[i].output()["repeated"].get<bool>() ? 1 : 0;
  }
  EXPECT_EQ(repeated, 2);
  EXPECT_EQ(rows("select big from t")[0]["big"], 1);
}

INSTANTIATE_TEST_SUITE_P(Sql, Everywhere, ::testing::Values("sqlite", "postgres", "mysql", "odbc_sqlite", "odbc_postgres"), [](const auto& one) { return std::string(one.param); });

}  // namespace
