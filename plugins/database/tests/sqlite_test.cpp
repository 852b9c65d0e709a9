// sql.run on SQLite, and what is refused before any database is asked.
#include "databases.hpp"

namespace {

using namespace mr::database::testing;
using mr::Json;

class Sqlite : public Database {
 protected:
  void SetUp() override {
    Database::SetUp();
    ASSERT_TRUE(use("sqlite"));
  }
};

TEST_F(Sqlite, TheExamplesOfTheOperatorThatCanRunDo) {
  done({{"sql", "create table orders (id integer primary key, day date, amount numeric); insert into orders values (1, '2026-11-01', 5), (2, '2026-10-01', 7)"}, {"connection", "sqlite:shop.db?mode=rwc"}});
  int ran = 0;
  for (const auto& example : Json::parse(library.find("sql.run").examples)) {
    if (!example["config"]["connection"].get<std::string>().starts_with("sqlite:")) continue;
    EXPECT_EQ(done(example["config"])["rows"][0]["orders"], 1);
    ++ran;
  }
  EXPECT_EQ(ran, 1);
}

TEST_F(Sqlite, AFileThatIsNotThereIsMadeOnlyWhenAsked) {
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", "sqlite:typo.db"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4113 config");
  EXPECT_FALSE(fs::exists(folder / "typo.db"));
  done({{"sql", "create table t (a)"}, {"connection", "sqlite:new.db?mode=rwc"}});
  EXPECT_TRUE(fs::exists(folder / "new.db")) << "relative to the Dag's folder";
  EXPECT_EQ(run({{"sql", "insert into t values (1)"}, {"connection", "sqlite:new.db?mode=ro"}}), MR_FAILED_FINAL);
}

TEST_F(Sqlite, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(folder / "text.db") << std::string(2000, 'x');
  EXPECT_EQ(run({{"sql", "select * from t"}, {"connection", "sqlite:text.db"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4120 data") << host.failure();
}

TEST_F(Sqlite, ALockOfAnotherIsWaitedForAndThenToTryAgain) {
  done({{"sql", "create table t (a)"}});
  const auto holder = connect(place);
  holder->begin({});
  EXPECT_EQ(run({{"sql", "insert into t values (1)"}, {"timeout", "100ms"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4121 timeout") << host.failure();
  EXPECT_EQ(run({{"sql", "insert into t values (1)"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4117 transient/lock_timeout") << host.failure();
  holder->rollback();
  done({{"sql", "insert into t values (1)"}});
}

TEST_F(Sqlite, ATriggerIsOneItemOfAList) {
  done({{"sql", Json::array({"create table t (a int, b int)", "create trigger tr after insert on t begin update t set b = a + 1; update t set b = b * 2; end;", "insert into t (a) values (1)"})}});
  EXPECT_EQ(rows("select b from t")[0]["b"], 4);
  EXPECT_EQ(run({{"sql", Json::array({"select 1; select 2"})}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4118 config") << host.failure();
}

TEST_F(Sqlite, StringsWithColonsAndParametersBesideThem) {
  EXPECT_EQ(done({{"sql", "select 'at 12:30:00 :x' || :x as a, strftime('%H:%M', '2026-11-01 05:30') as b -- :x\n"}, {"params", {{"x", ":y"}}}, {"rows", 1}})["rows"][0], (Json{{"a", "at 12:30:00 :x:y"}, {"b", "05:30"}}));
}

TEST_F(Sqlite, ThePlaceOfAMistakeIsThatOfTheConfig) {
  EXPECT_EQ(run({{"sql", "select 1;\nselect :long_parameter_name,\n  wrong"}, {"params", {{"long_parameter_name", 1}}}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["where"], "config.sql, statement 2, line 3, column 3") << host.failure();
}

TEST_F(Sqlite, NothingOfRowsAndParametersIsInTheLog) {
  done({{"sql", "create table t (a)"}});
  ASSERT_EQ(run({{"sql", "insert into t values (:v); select a from t where a = :v"}, {"params", {{"v", "hush-hush"}}}, {"rows", 5}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["rows"][0]["a"], "hush-hush");
  EXPECT_EQ(everything_said().find("hush"), std::string::npos) << everything_said();
  EXPECT_NE(everything_said().find("statement 2 of 2: 0 rows affected, 1 returned"), std::string::npos) << everything_said();
}

TEST_F(Sqlite, ContradictionsAreRefusedBeforeAnythingRuns) {
  const std::vector<std::pair<Json, std::string>> wrongs{
      {{{"sql", "select :a"}}, "E4110"}, {{{"sql", "select 1"}, {"params", {{"a", 1}}}}, "E4110"}, {{{"sql", "begin; select 1"}}, "E4110"}, {{{"sql", ""}}, "E4110"},
      {{{"sql", "select 1"}, {"once", true}, {"transaction", "none"}}, "E4110"}, {{{"sql", "select 1"}, {"isolation", "serializable"}, {"transaction", "none"}}, "E4110"},
      {{{"sql", "select 1"}, {"expect_min", 3}, {"expect_max", 2}}, "E4110"}, {{{"sql", "select 1"}, {"timeout", "soon"}}, "E4044"}, {{{"sql", "select 1"}, {"once", true}}, "E4124"},
      {{{"sql", "select 1"}, {"password", "x"}}, "E4110"}, {{{"sql", "select 1"}, {"connection", "postgresql://u:p@h/d"}}, "E4111"}, {{{"sql", "select 1"}, {"once", true}, {"read_only", true}}, "E4110"}};
  for (const auto& [config, expected] : wrongs) {
    EXPECT_EQ(run(config), MR_FAILED_FINAL) << config;
    EXPECT_EQ(host.failure()["code"], expected) << config << host.failure();
  }
  host.facts["run"] = host.facts["task"] = "x";
  EXPECT_EQ(run({{"sql", "select 1"}, {"once", true}, {"once_table", "a; drop table b"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4124");
}

TEST_F(Sqlite, AWorkerThatIsToStopOpensNothing) {
  host.cancel();
  EXPECT_EQ(run({{"sql", "select 1"}, {"connection", "sqlite:never.db?mode=rwc"}}), MR_CANCELLED);
  EXPECT_FALSE(fs::exists(folder / "never.db"));
}

}  // namespace
