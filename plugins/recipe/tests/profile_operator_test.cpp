// recipe.profile and recipe.suggest as attempts see them.
#include <gtest/gtest.h>

#include "data/testing.hpp"

namespace {

using mr::Json;

class ProfileOperator : public ::testing::Test {
 protected:
  void SetUp() override {
    house.put("raw.people", "select i as id, i * 1.5e0 as x, case when i % 4 = 0 then null else 'Zoë <b>🦊' end as note, 'person' || i || '@example.org' as mail, i % 2 = 0 as good from range(20) t(i)");
  }
  mr::data::testing::Ran run(Json config) {
    config["input"] = "raw.people";
    return house.run("recipe.profile", config, {"raw.people"});
  }
  std::string text(const std::string& name) const {
    std::ifstream file(house.folder() / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Json report() const { return Json::parse(text("out/report.json")); }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(ProfileOperator, WritesTheReportAndThePage) {
  const auto ran = run({{"report", "out/report.json"}, {"html", "out/page.html"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("rows"), 20);
  EXPECT_EQ(ran.count("columns"), 5);
  EXPECT_EQ(ran.count("duplicate_rows"), 0);
  EXPECT_EQ(ran.output["report"], (house.folder() / "out/report.json").string());
  EXPECT_EQ(report()["columns"].size(), 5u);
  EXPECT_EQ(report()["columns"][2]["missingValuesCount"], 5);
  EXPECT_EQ(report()["jobName"], "d.t");
  const std::string page = text("out/page.html");
  EXPECT_NE(page.find("Profile of raw.people"), std::string::npos);
  EXPECT_NE(page.find("Zoë &lt;b&gt;🦊"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  for (const char* fetched : {"http:", "https:", "src=", "href=", "<script", "@import", "url("}) EXPECT_EQ(page.find(fetched), std::string::npos) << fetched;
}

TEST_F(ProfileOperator, PersonalDataIsMarkedAndCounted) {
  const auto ran = run({{"entities", true}, {"html", "page.html"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  ASSERT_EQ(ran.output["entities"].size(), 1u);
  EXPECT_EQ(ran.output["entities"][0]["column"], "mail");
  EXPECT_EQ(ran.output["entities"][0]["entity"], "EMAIL");
  EXPECT_EQ(ran.output["entities"][0]["rows"], 20);
  EXPECT_NE(text("page.html").find("Personal data: EMAIL in 20 rows"), std::string::npos);
}

TEST_F(ProfileOperator, TheConfigurationIsAFileOrStandsInPlace) {
  const Json configuration{{"ProfileColumns", Json::array({{{"Name", "x"}}})}, {"DatasetStatisticsConfiguration", {{"IncludedStatistics", Json::array({"NONE"})}}}};
  house.file("profile.json", configuration.dump());
  house.file("profile.yaml", "Configuration:\n  ProfileColumns:\n    - Name: x\n  DatasetStatisticsConfiguration: {IncludedStatistics: [NONE]}\n");
  for (const Json& one : {configuration, Json("profile.json"), Json("profile.yaml")}) {
    const auto ran = run({{"configuration", one}, {"report", "out/report.json"}});
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
    EXPECT_EQ(ran.count("columns"), 1);
    EXPECT_FALSE(report().contains("duplicateRowsCount"));
  }
  EXPECT_EQ(run({{"configuration", "gone.json"}}).code(), "E6060");
  EXPECT_EQ(run({{"configuration", {{"Columns", 1}}}}).code(), "E6060");
}

TEST_F(ProfileOperator, AFileInPlaceOfADataset) {
  house.file("orders.csv", "id,price,when\n1,2.50,2026-11-01\n2,3.00,2026-11-02\n2,3.00,2026-11-02\n");
  const auto ran = house.run("recipe.profile", {{"file", "orders.csv"}, {"report", "out/report.json"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("rows"), 3);
  EXPECT_EQ(ran.count("duplicate_rows"), 1);
  EXPECT_EQ(report()["columns"].size(), 2u);
  EXPECT_EQ(report()["skippedColumns"][0]["name"], "when");
  EXPECT_EQ(house.run("recipe.profile", {{"file", "gone.csv"}}).code(), "E5030");
  EXPECT_EQ(house.run("recipe.profile", {{"file", "orders.doc"}}).code(), "E5056");
  EXPECT_EQ(house.run("recipe.profile", Json::object()).code(), "E6062");
  EXPECT_EQ(house.run("recipe.profile", {{"file", "orders.csv"}, {"input", "raw.people"}}, {"raw.people"}).code(), "E6062");
}

// The first rows look like numbers, the last one is none.
TEST_F(ProfileOperator, TypesAreThoseOfTheWholeFile) {
  std::string rows = "n\n";
  for (int at = 0; at < 60'000; ++at) rows += std::to_string(at) + "\n";
  house.file("late.csv", rows + "none\n");
  const auto ran = house.run("recipe.profile", {{"file", "late.csv"}, {"report", "out/report.json"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(report()["columns"][0]["type"], "string");
  EXPECT_EQ(ran.count("rows"), 60'001);
}

TEST_F(ProfileOperator, WhatIsSuggestedRunsAsARecipe) {
  house.put("raw.dirty", "select * from (values (' Ann ', '1', 'ann@example.org'), ('Bob', '2', 'bob@example.org'), ('Bob', '2', 'bob@example.org')) t(name, n, mail)");
  const auto suggested = house.run("recipe.suggest", {{"input", "raw.dirty"}, {"recipe", "proposed.json"}}, {"raw.dirty"});
  ASSERT_EQ(suggested.outcome, MR_SUCCEEDED) << suggested.failure;
  EXPECT_EQ(suggested.output["steps"].size(), suggested.output["reasons"].size());
  EXPECT_EQ(Json::parse(text("proposed.json")), suggested.output["steps"]);
  const auto applied = house.run("recipe.apply", {{"input", "raw.dirty"}, {"recipe", "proposed.json"}, {"into", "clean.dirty"}}, {"raw.dirty"});
  ASSERT_EQ(applied.outcome, MR_SUCCEEDED) << applied.failure;
  EXPECT_EQ(house.rows("select name, n + 1, mail from clean.dirty order by n"), (std::vector<std::string>{"Ann|2|***@example.org", "Bob|3|***@example.org"}));
}

}  // namespace
