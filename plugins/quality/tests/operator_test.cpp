// quality.check as attempts see it: what it tells, and what its rules must not reach.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "data/testing.hpp"

namespace {

using mr::Json;

class QualityOperator : public ::testing::Test {
 protected:
  // A dataset of two rows, one of them without a name.
  void SetUp() override {
    house.put("clean.people", "select 1 as id, 'Zoë 🦊' as name union all select 2, null");
  }
  mr::data::testing::Ran check(const std::string& rules, const std::string& on_fail = "fail") {
    return house.run("quality.check", {{"input", "clean.people"}, {"rules", rules}, {"on_fail", on_fail}}, {"clean.people"});
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(QualityOperator, AFailedRuleFailsTheTaskUnlessItOnlyWarns) {
  EXPECT_EQ(check("Rules = [ IsComplete \"id\", RowCount = 2 ]").outcome, MR_SUCCEEDED);
  const auto failed = check("Rules = [ IsComplete \"name\", RowCount = 2 ]");
  EXPECT_EQ(failed.code(), "E7007");
  EXPECT_EQ(failed.output["failed"], 1);
  const auto warned = check("Rules = [ IsComplete \"name\" ]", "warn");
  EXPECT_EQ(warned.outcome, MR_SUCCEEDED);
  EXPECT_NE(warned.log.find("IsComplete"), std::string::npos);
}

TEST_F(QualityOperator, RowsThatAreToBeSetApartFailItAsItWritesNothing) {
  EXPECT_EQ(check("- not_null: id\n  on_fail: quarantine\n").outcome, MR_SUCCEEDED);
  EXPECT_EQ(check("- not_null: name\n  on_fail: quarantine\n").code(), "E7007");
  EXPECT_EQ(check("- not_null: name\n  on_fail: warn\n").outcome, MR_SUCCEEDED);
}

TEST_F(QualityOperator, AConditionOfAShortCheckReachesNoFile) {
  const auto secret = house.file("password.txt", "hunter2\n");
  for (const auto& sql : {"(select count(*) from read_text('" + secret + "')) >= 0", "id in (select id from '" + secret + "')", std::string("true) from clean.people; load httpfs; select (true")}) {
    const auto ran = check(mr::Json::array({{{"expression", sql}}}).dump());
    EXPECT_EQ(ran.code(), "E7007") << sql << ran.output;
    EXPECT_EQ(ran.output.dump().find("hunter2"), std::string::npos);
  }
}

TEST_F(QualityOperator, AFilterReachesNoFile) {
  const auto secret = house.file("password.txt", "hunter2\n");
  for (const auto& source : {"read_text('" + secret + "')", std::string("read_csv('/etc/passwd')"), "'" + secret + "'"}) {
    const auto ran = check("Rules = [ IsComplete \"id\" where \"(select count(*) from " + source + ") >= 0\" ]");
    EXPECT_EQ(ran.code(), "E7007") << source << " was read: " << ran.output;
    EXPECT_EQ(ran.output.dump().find("hunter2"), std::string::npos);
  }
}

TEST_F(QualityOperator, AFilterCanNotEndItsStatementAndBeginAnother) {
  const auto target = (house.folder() / "written.csv").string();
  for (const auto& statement : {"copy (select 1) to '" + target + "'", "attach '" + target + "' as other", std::string("set enable_external_access = true"), std::string("load httpfs")}) {
    EXPECT_NE(check("Rules = [ IsComplete \"id\" where \"true) from clean.people; " + statement + "; select count(*) filter (where true\" ]").outcome, MR_SUCCEEDED) << statement;
    EXPECT_FALSE(std::filesystem::exists(target)) << statement;
  }
}

// What rules may ask for comes from the facts, and what they measure goes to the snapshot that was looked at.
TEST_F(QualityOperator, RulesHaveOtherDatasetsTheirHistoryAndTheFilesBehindTheRows) {
  house.put("clean.teams", "select 'Zoë 🦊' as name");
  house.history = Json::array({{{"dataset", "clean.people"}, {"results", {{{"snapshot", 0}, {"time", "2026-01-01T00:00:00Z"}, {"metrics", {{"Dataset.*.RowCount", 2}}}}}}},
                               {{"dataset", "clean.teams"}, {"results", {{{"snapshot", 0}, {"time", "2026-01-01T00:00:00Z"}, {"metrics", {{"Dataset.*.RowCount", 9}}}}}}}});
  const std::string rules = R"(Rules = [ ReferentialIntegrity "name" "teams.name" = 0.5, RowCountMatch "clean.teams" = 2.0, RowCount = last(), FileSize > 100 B,
                                         (IsComplete "name") or (ColumnValues "id" = 2) ])";
  const auto ran = house.run("quality.check", {{"input", "clean.people"}, {"sources", {"clean.teams"}}, {"rules", rules}, {"by_row", true}}, {"clean.people", "clean.teams"});
  EXPECT_EQ(ran.outcome, MR_SUCCEEDED) << ran.output.dump(1) << ran.failure;
  ASSERT_EQ(house.checked.size(), 1U);
  EXPECT_EQ(house.checked[0]["dataset"], "clean.people");
  EXPECT_EQ(house.checked[0]["snapshot"], 1);
  EXPECT_EQ(house.checked[0]["checks"], ran.output["checks"]);
  EXPECT_EQ(house.checked[0]["metrics"]["Dataset.*.RowCount"], 2);
}

TEST_F(QualityOperator, EstimatesAreSaid) {
  const auto ran = house.run("quality.check", {{"input", "clean.people"}, {"rules", "Rules = [ DistinctValuesCount \"name\" = 2 ]"}, {"approximate", true}}, {"clean.people"});
  EXPECT_EQ(ran.output["checks"][0]["approximate"], true) << ran.failure;
}

class QualityFile : public ::testing::Test {
 protected:
  void SetUp() override {
    house.file("orders.csv", "id,customer\n1,7\n2,8\n2,\n");
    house.file("customers.csv", "id\n7\n");
  }
  mr::data::testing::Ran check(const std::string& rules, Json config = Json::object()) {
    house.file("r.dqdl", rules);
    config.update({{"data", "orders.csv"}, {"suite", "r.dqdl"}, {"out", "result.json"}});
    return house.run("quality.validate", config);
  }
  Json result() const {
    std::ifstream file(house.folder() / "result.json");
    return Json::parse(file);
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(QualityFile, AResultHasGluesShape) {
  const std::string rule = R"(IsComplete "id" labels = ["team"="a"])";
  const auto ran = check("Rules = [ " + rule + R"(, IsComplete "customer", Mean "none" > 1, ColumnDataType "id" = "QUARK" ] Analyzers = [ RowCount ])");
  EXPECT_EQ(ran.output["success"], false) << ran.failure;
  const Json said = result();
  EXPECT_EQ(said["Score"], 0.25);
  EXPECT_EQ(said["AggregatedMetrics"], (Json{{"TotalRulesProcessed", 4}, {"TotalRulesPassed", 1}, {"TotalRulesFailed", 3}}));
  std::string outcomes;
  for (const Json& one : said["RuleResults"]) outcomes += one["Result"].get<std::string>() + " ";
  EXPECT_EQ(outcomes, "PASS FAIL FAIL ERROR ");
  EXPECT_EQ(said["RuleResults"][0], (Json{{"Name", "Rule_1"}, {"Description", rule}, {"EvaluatedRule", rule}, {"Result", "PASS"}, {"Labels", {{"team", "a"}}}, {"EvaluatedMetrics", {{"Column.id.Completeness", 1.0}}}}));
  EXPECT_EQ(said["AnalyzerResults"][0]["EvaluatedMetrics"]["Dataset.*.RowCount"], 3);
  EXPECT_EQ(said["millrace"]["metrics"]["Dataset.*.RowCount"], 3);
}

TEST_F(QualityFile, ExtremesAreToldUnlessOnlyVerdictsAreAskedFor) {
  const std::string rules = R"(Rules = [ ColumnValues "id" >= 1 ])";
  check(rules);
  EXPECT_EQ(result()["RuleResults"][0]["EvaluatedMetrics"]["Column.id.Minimum"], 1);
  check(rules, {{"result_format", "BOOLEAN_ONLY"}});
  EXPECT_FALSE(result()["RuleResults"][0]["EvaluatedMetrics"].contains("Column.id.Minimum"));
}

TEST_F(QualityFile, RulesHaveOtherFilesEarlierResultsAndTheFileItself) {
  const std::string rules = R"(Rules = [ ReferentialIntegrity "customer" "customers.id" between 0.3 and 0.4, FileSize < 1 KB, RowCount = last() ])";
  const Json sources{{"sources", {{"customers", "customers.csv"}}}};
  EXPECT_EQ(check(rules, sources).output["failed"], 1) << "there is nothing to look back at";
  std::filesystem::copy_file(house.folder() / "result.json", house.folder() / "before.json");
  Json config = sources;
  config["history"] = {"before.json"};
  const auto ran = check(rules, config);
  EXPECT_EQ(ran.output["failed"], 0) << result().dump(1) << ran.failure;
  config["history"] = {"orders.csv"};
  EXPECT_EQ(check(rules, config).code(), "E7005");
  config["history"] = {"nowhere.json"};
  EXPECT_EQ(check(rules, config).code(), "E7001");
  for (const char* name : {"data", "primary", "_x"}) EXPECT_EQ(check(rules, {{"sources", {{name, "customers.csv"}}}}).code(), "E7005") << name;
}

TEST_F(QualityFile, WhatCameOfEachRowIsWrittenWhereThatIsAskedFor) {
  const std::string rules = R"(Rules = [ IsComplete "customer", (IsUnique "id") or (IsComplete "customer"), RowCount > 1 ])";
  const auto ran = check(rules, {{"rows", "rows.parquet"}, {"by_row", true}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, DataQualityEvaluationResult, len(DataQualityRulesFail), DataQualityRulesSkip[1] from '" + (house.folder() / "rows.parquet").string() + "'"),
            (std::vector<std::string>{"1|Passed|0|RowCount > 1", "2|Passed|0|RowCount > 1", "2|Failed|2|RowCount > 1"}));
  EXPECT_EQ(check("{\"expectations\": []}", {{"rows", "rows.parquet"}}).code(), "E7005");
  EXPECT_EQ(check(rules, {{"rows", "rows.doc"}}).code(), "E5056");
}

}  // namespace
