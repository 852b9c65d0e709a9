// Profiles of small tables: every statistic by hand.
#include "recipe/profile/profile.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "recipe/engine/recipe.hpp"
#include "recipe/profile/report.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::ordered_json;

class Profiles : public ::testing::Test {
 protected:
  Json report(const std::string& rows, const Json& configuration = Json::object(), bool all_types = false) {
    session.run("CREATE OR REPLACE TABLE t AS " + rows);
    found = profile(session, "t", read_configuration(configuration.dump(), "profile.json"), all_types);
    return report_of(found, {.job_name = "job", .run_id = "db_1"});
  }
  Json column(const std::string& values, const Json& configuration = Json::object(), bool all_types = false) {
    return report("SELECT * FROM (VALUES " + values + ") v(c)", configuration, all_types)["columns"].at(0);
  }
  std::string refused(const Json& configuration) {
    try {
      report("SELECT 1 AS a, 'x' AS b, DATE '2026-11-01' AS day", configuration);
    } catch (const RecipeError& error) {
      return error.code + " " + error.where + ": " + error.problem;
    }
    return "nothing was refused";
  }

  mr::data::Session session{mr::data::SessionOptions{}};
  Profile found{};
};

Json bin(const Json& from, const Json& to, int64_t count) { return {{"bucket", Json::array({from, to})}, {"count", count}}; }
Json value(const Json& value, int64_t count) { return {{"value", value}, {"count", count}}; }
Json list(std::initializer_list<Json> items) { return Json::array_t(items); }

TEST_F(Profiles, EveryStatisticOfWholeNumbers) {
  const Json c = column("(4), (1), (NULL), (2), (10), (2)", {{"ColumnStatisticsConfigurations", list({{{"Statistics", {{"Overrides", list({{{"Statistic", "VALUE_DISTRIBUTION"}, {"Parameters", {{"binNumber", "3"}}}}, {{"Statistic", "Z_SCORE_DISTRIBUTION"}, {"Parameters", {{"binNumber", "2"}}}}})}}}}})}});
  EXPECT_EQ(c["name"], "c");
  EXPECT_EQ(c["type"], "int");
  EXPECT_EQ(c["distinctValuesCount"], 4);
  EXPECT_EQ(c["uniqueValuesCount"], 3);
  EXPECT_NEAR(c["entropy"].get<double>(), 1.332179040210122, 1e-12);  // ln 5 - 2 ln 2 / 5
  EXPECT_EQ(c["missingValuesCount"], 1);
  EXPECT_EQ(c["mostCommonValues"], list({value(2, 2), value(1, 1), value(4, 1), value(10, 1)}));
  EXPECT_EQ(c["min"].dump() + " " + c["max"].dump() + " " + c["range"].dump() + " " + c["sum"].dump() + " " + c["mode"].dump(), "1 10 9 19 2");
  EXPECT_DOUBLE_EQ(c["mean"], 3.8);
  EXPECT_DOUBLE_EQ(c["median"], 2);
  EXPECT_NEAR(c["variance"].get<double>(), 13.2, 1e-12);  // 52.8 / 4
  EXPECT_NEAR(c["standardDeviation"].get<double>(), 3.63318042491699, 1e-12);
  EXPECT_NEAR(c["skewness"].get<double>(), 40.944 / (10.56 * std::sqrt(10.56)), 1e-12);
  EXPECT_NEAR(c["kurtosis"].get<double>(), 312.0192 / (10.56 * 10.56) - 3, 1e-12);
  EXPECT_DOUBLE_EQ(c["percentile5"], 1.2);
  EXPECT_DOUBLE_EQ(c["percentile25"], 2);
  EXPECT_DOUBLE_EQ(c["percentile75"], 4);
  EXPECT_DOUBLE_EQ(c["percentile95"], 8.8);
  EXPECT_DOUBLE_EQ(c["interquartileRange"], 2);
  EXPECT_DOUBLE_EQ(c["medianAbsoluteDeviation"], 1);  // of 1 0 0 2 8
  EXPECT_EQ(c["zerosCount"], 0);
  EXPECT_EQ(c["minimumValues"], list({value(1, 1), value(2, 2), value(4, 1), value(10, 1)}));
  EXPECT_EQ(c["maximumValues"], list({value(10, 1), value(4, 1), value(2, 2), value(1, 1)}));
  EXPECT_EQ(c["valueDistribution"], list({bin(1, 4, 3), bin(4, 7, 1), bin(7, "inf", 1)}));
  EXPECT_EQ(c["zScoreOutliersCount"], 0);
  EXPECT_EQ(c["zScoreOutliersSample"], Json::array());
  ASSERT_EQ(c["zScoreDistribution"].size(), 2u);
  EXPECT_EQ(c["zScoreDistribution"][0]["bucket"][0], "-inf");
  EXPECT_NEAR(c["zScoreDistribution"][0]["bucket"][1].get<double>(), (5.5 - 3.8) / 3.63318042491699, 1e-12);  // halfway from 1 to 10
  EXPECT_EQ(c["zScoreDistribution"][0]["count"], 4);
  EXPECT_EQ(c["zScoreDistribution"][1]["bucket"][1], "inf");
  EXPECT_EQ(c["zScoreDistribution"][1]["count"], 1);
}

TEST_F(Profiles, EveryStatisticOfTextsIsOfValuesOrOfLengths) {
  const Json c = column("('bb'), ('a'), (NULL), (''), ('bb'), ('éé😀')");
  EXPECT_EQ(c["type"], "string");
  EXPECT_EQ(c["distinctValuesCount"], 3);
  EXPECT_EQ(c["uniqueValuesCount"], 2);
  EXPECT_NEAR(c["entropy"].get<double>(), 1.0397207708399179, 1e-12);  // ln 4 - 2 ln 2 / 4
  EXPECT_EQ(c["missingValuesCount"], 2);
  EXPECT_EQ(c["mostCommonValues"], list({value("bb", 2), value("a", 1), value("éé😀", 1)}));
  EXPECT_EQ(c["min"].dump() + " " + c["max"].dump() + " " + c["mode"].dump(), "1 3 2");
  EXPECT_DOUBLE_EQ(c["mean"], 2);
  EXPECT_DOUBLE_EQ(c["median"], 2);
  EXPECT_NEAR(c["standardDeviation"].get<double>(), std::sqrt(2.0 / 3), 1e-12);
  EXPECT_EQ(c["valueDistribution"], list({bin(1, 2, 1), bin(2, "inf", 3)}));
  EXPECT_EQ(c["zScoreOutliersCount"], 0);
  for (const char* of_numbers : {"sum", "variance", "skewness", "kurtosis", "range", "zerosCount", "percentile5", "interquartileRange", "medianAbsoluteDeviation", "minimumValues", "zScoreDistribution"}) EXPECT_FALSE(c.contains(of_numbers)) << of_numbers;
}

TEST_F(Profiles, BooleansHaveFiveStatistics) {
  const Json c = column("(true), (false), (true), (NULL)");
  EXPECT_EQ(c["type"], "boolean");
  EXPECT_EQ(c["mostCommonValues"], list({value(true, 2), value(false, 1)}));
  EXPECT_EQ(c["distinctValuesCount"], 2);
  EXPECT_EQ(c["uniqueValuesCount"], 1);
  EXPECT_EQ(c["missingValuesCount"], 1);
  EXPECT_FALSE(c.contains("min") || c.contains("mode") || c.contains("valueDistribution"));
}

TEST_F(Profiles, AUniformColumnHasTheKurtosisOfDataBrewsReports) {
  const Json c = report("SELECT i AS c FROM range(100000) r(i)")["columns"][0];
  EXPECT_NEAR(c["kurtosis"].get<double>(), -1.2, 1e-9);
  EXPECT_NEAR(c["skewness"].get<double>(), 0, 1e-9);
  EXPECT_NEAR(c["entropy"].get<double>(), std::log(100000), 1e-9);
  EXPECT_DOUBLE_EQ(c["median"], 49999.5);
  EXPECT_EQ(c["valueDistribution"].size(), 20u);
  EXPECT_EQ(c["valueDistribution"][0], bin(0, 5000, 5000));
  EXPECT_EQ(c["valueDistribution"][19], bin(94999, "inf", 5001));
  EXPECT_EQ(c["mostCommonValues"].size(), 50u);
  EXPECT_EQ(c["minimumValues"], list({value(0, 1), value(1, 1), value(2, 1), value(3, 1), value(4, 1)}));
  EXPECT_EQ(c["maximumValues"], list({value(99999, 1), value(99998, 1), value(99997, 1), value(99996, 1), value(99995, 1)}));
}

TEST_F(Profiles, AConstantColumnHasOneBinAndNoShape) {
  const Json c = column("(7.5::double), (7.5), (7.5)");
  EXPECT_EQ(c["valueDistribution"], list({bin(7.5, 7.5, 3)}));
  EXPECT_EQ(c["zScoreDistribution"], list({bin("-inf", "inf", 3)}));
  EXPECT_EQ(c["standardDeviation"], 0.0);
  EXPECT_TRUE(c["skewness"].is_null());
  EXPECT_TRUE(c["kurtosis"].is_null());
  EXPECT_EQ(c["entropy"], 0.0);
  EXPECT_EQ(c["medianAbsoluteDeviation"], 0.0);
  EXPECT_EQ(c["correlations"], (Json{{"c", nullptr}}));
}

TEST_F(Profiles, AColumnWithoutValuesHasCountsAndNulls) {
  for (const std::string values : {"(NULL::int), (NULL)", "(NULL::varchar), ('')", "('nan'::double), ('inf'::double)"}) {
    const Json c = column(values);
    EXPECT_EQ(c["missingValuesCount"], 2) << values;
    EXPECT_EQ(c["distinctValuesCount"], 0) << values;
    EXPECT_EQ(c["mostCommonValues"], Json::array()) << values;
    EXPECT_EQ(c["valueDistribution"], Json::array()) << values;
    for (const char* none : {"min", "max", "mean", "median", "mode", "standardDeviation"}) EXPECT_TRUE(c[none].is_null()) << values << none;
  }
  const Json empty = report("SELECT 1 AS a, 'x' AS b WHERE false");
  EXPECT_EQ(empty["sampleSize"], 0);
  EXPECT_EQ(empty["duplicateRowsCount"], 0);
}

TEST_F(Profiles, OneValueHasNoDeviation) {
  const Json c = column("(5)");
  EXPECT_EQ(c["mean"], 5.0);
  EXPECT_EQ(c["percentile5"], 5.0);
  EXPECT_TRUE(c["standardDeviation"].is_null());
  EXPECT_TRUE(c["variance"].is_null());
  EXPECT_EQ(c["zScoreOutliersCount"], 0);
}

// Of twenty 0 and one 100: the mean is 4.76, the deviation 21.82, and 100 has a z-score of 4.36.
TEST_F(Profiles, OutliersAreBeyondTheThresholdTheFarthestFirst) {
  const std::string rows = "SELECT CASE WHEN i = 20 THEN 100 ELSE 0 END AS c FROM range(21) r(i)";
  const Json c = report(rows)["columns"][0];
  EXPECT_EQ(c["zScoreOutliersCount"], 1);
  EXPECT_EQ(c["zScoreOutliersSample"][0]["value"], 100);
  EXPECT_NEAR(c["zScoreOutliersSample"][0]["zScore"].get<double>(), 4.364357804719847, 1e-9);
  EXPECT_FALSE(c.contains("zScoreMildOutliersCount"));
  const auto with = [&](const Json& parameters) { return report(rows, {{"ColumnStatisticsConfigurations", list({{{"Statistics", {{"Overrides", list({{{"Statistic", "OUTLIER_DETECTION"}, {"Parameters", parameters}}})}}}}})}})["columns"][0]; };
  const Json mild = with({{"threshold", "5"}, {"mildThreshold", "4"}});
  EXPECT_EQ(mild["zScoreOutliersCount"], 0);
  EXPECT_EQ(mild["zScoreMildOutliersCount"], 1);
  const Json near = with({{"threshold", "0.2"}, {"sampleSize", "2"}});
  EXPECT_EQ(near["zScoreOutliersCount"], 21);  // 0 has a z-score of -0.218
  EXPECT_EQ(near["zScoreOutliersSample"].size(), 2u);
  EXPECT_EQ(near["zScoreOutliersSample"][0]["value"], 100);
  EXPECT_EQ(near["zScoreOutliersSample"][1]["value"], 0);
  EXPECT_EQ(with({{"threshold", "0.2"}, {"sampleSize", "ALL"}})["zScoreOutliersSample"].size(), 21u);
}

TEST_F(Profiles, LargeNumbersKeepTheirDigits) {
  const Json c = column("(9007199254740993::bigint), (9007199254740992), (-9223372036854775808)");
  EXPECT_EQ(c["max"].dump(), "9007199254740993");
  EXPECT_EQ(c["min"].dump(), "-9223372036854775808");
  EXPECT_EQ(c["distinctValuesCount"], 3);
  EXPECT_EQ(c["sum"].dump(), "-9205357638345293823");
  const Json d = column("(1e300::double), (-1e300)");
  EXPECT_EQ(d["max"], 1e300);
  EXPECT_TRUE(d["variance"].is_null());
}

TEST_F(Profiles, DuplicateRowsRepeatAnEarlierOne) {
  EXPECT_EQ(report("SELECT * FROM (VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL), (2, NULL), (2, ''), (3, 'x')) v(a, b)")["duplicateRowsCount"], 3);
  EXPECT_EQ(report("SELECT i, [i, 1] AS nested FROM range(1000) r(i)")["duplicateRowsCount"], 0);
  EXPECT_EQ(report("SELECT i % 10 AS a, {'x': i % 10} AS nested FROM range(1000) r(i)")["duplicateRowsCount"], 990);
}

TEST_F(Profiles, CorrelationsArePearsonsOfPairs) {
  const Json r = report("SELECT * FROM (VALUES (1, 2, 'x', 5.0::double), (2, 4, 'y', NULL), (3, 5, 'z', 1), (4, 4, NULL, NULL)) v(a, b, c, d)");
  EXPECT_NEAR(r["columns"][0]["correlations"]["b"].get<double>(), 0.7181848464596079, 1e-12);
  EXPECT_NEAR(r["columns"][1]["correlations"]["a"].get<double>(), 0.7181848464596079, 1e-12);
  EXPECT_EQ(r["columns"][0]["correlations"]["a"], 1.0);
  EXPECT_NEAR(r["columns"][3]["correlations"]["a"].get<double>(), -1, 1e-12);  // by the two rows that have both
  EXPECT_FALSE(r["columns"][2].contains("correlations"));
}

TEST_F(Profiles, TenNumbersAreCorrelatedUnlessAskedOtherwise) {
  std::string rows = "SELECT i AS n0";
  for (int at = 1; at < 12; ++at) rows += ", i * " + std::to_string(at) + " AS n" + std::to_string(at);
  rows += " FROM range(5) r(i)";
  const auto correlated = [&](const Json& parameters) {
    const Json overrides = list({{{"Statistic", "CORRELATION"}, {"Parameters", parameters}}});
    const Json r = report(rows, parameters.empty() ? Json::object() : Json{{"DatasetStatisticsConfiguration", {{"Overrides", overrides}}}});
    std::string names;
    for (const auto& c : r["columns"]) names += c.contains("correlations") ? c["name"].get<std::string>() + " " : "";
    return names;
  };
  EXPECT_EQ(correlated(Json::object()), "n0 n1 n2 n3 n4 n5 n6 n7 n8 n9 ");
  EXPECT_EQ(correlated({{"columnNumber", "2"}}), "n0 n1 ");
  EXPECT_EQ(correlated({{"columnNumber", "ALL"}}), "n0 n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 n11 ");
  EXPECT_EQ(correlated({{"columnSelectors", R"([{"name": "n11"}, {"regex": "n[13]"}])"}}), "n1 n3 n11 ");
}

TEST_F(Profiles, OtherTypesAreSkippedUnlessAskedFor) {
  const std::string rows = "SELECT 1::tinyint AS a, 2::smallint AS b, 3::float AS c, 1.50::decimal(9, 2) AS d, DATE '2026-11-01' AS e, TIMESTAMP '2026-11-01 08:00:00' AS f, [1] AS g, 4::bigint AS h";
  Json r = report(rows);
  std::string types;
  for (const auto& c : r["columns"]) types += c["name"].get<std::string>() + " " + c["type"].get<std::string>() + ", ";
  EXPECT_EQ(types, "a byte, b short, c float, h long, ");
  EXPECT_EQ(r["skippedColumns"].size(), 4u);
  r = report(rows, Json::object(), true);
  ASSERT_EQ(r["columns"].size(), 7u);
  EXPECT_EQ(r["columns"][3]["mean"], 1.5);
  EXPECT_EQ(r["columns"][4]["mostCommonValues"], list({value("2026-11-01", 1)}));
  EXPECT_EQ(r["skippedColumns"], list({{{"name", "g"}, {"type", "INTEGER[]"}}}));
}

TEST_F(Profiles, SelectorsAndTheLastBlockDecide) {
  const auto block = [](const Json& selectors, const Json& statistics) { return Json{{"Selectors", selectors}, {"Statistics", {{"IncludedStatistics", statistics}}}}; };
  const Json r = report("SELECT 1 AS a1, 2 AS a2, 3 AS b, 'x' AS c", {{"ProfileColumns", list({{{"Regex", "a.*"}}, {{"Name", "c"}}})},
                                                                     {"DatasetStatisticsConfiguration", {{"IncludedStatistics", list({"NONE"})}}},
                                                                     {"ColumnStatisticsConfigurations", list({block(list({{{"Regex", "a.*"}}}), list({"MEAN", "MAX"})), block(list({{{"Name", "a2"}}}), list({"MIN"})), block(list({{{"Name", "c"}}}), list({"NONE"}))})}});
  ASSERT_EQ(r["columns"].size(), 3u);
  EXPECT_FALSE(r.contains("duplicateRowsCount"));
  EXPECT_EQ(r["datasetConfigurationOverride"]["includedStatistics"], list({"NONE"}));
  const Json a1{{"name", "a1"}, {"type", "int"}, {"columnConfigurationOverride", {{"includedStatistics", list({"MEAN", "MAX"})}}}, {"entity", Json::object()}, {"max", 1}, {"mean", 1.0}};
  EXPECT_EQ(r["columns"][0], a1);
  EXPECT_EQ(r["columns"][1]["min"], 2);
  EXPECT_FALSE(r["columns"][1].contains("mean"));
  EXPECT_EQ(r["columns"][2].size(), 4u) << r["columns"][2];
}

TEST_F(Profiles, OnlyTheFirstRowsWhenAJobSaysSo) {
  const std::string rows = "SELECT i AS c FROM range(30000) r(i)";
  EXPECT_EQ(report(rows, {{"JobSample", {{"Mode", "CUSTOM_ROWS"}, {"Size", 10}}}, {"Configuration", Json::object()}})["columns"][0]["max"], 9);
  EXPECT_EQ(report(rows, {{"JobSample", {{"Mode", "CUSTOM_ROWS"}}}})["sampleSize"], 20000);
  EXPECT_EQ(report(rows, {{"JobSample", {{"Mode", "FULL_DATASET"}}}, {"Name", "a job"}, {"Configuration", Json::object()}})["sampleSize"], 30000);
  EXPECT_EQ(report(rows, {{"Type", "AWS::DataBrew::Job"}, {"Properties", {{"ProfileConfiguration", {{"ProfileColumns", list({{{"Name", "c"}}})}}}}}})["sampleSize"], 30000);
  EXPECT_EQ(report(rows)["sampleSize"], 30000);
}

TEST_F(Profiles, TheReportHasTheShapeOfDataBrews) {
  const Json r = report("SELECT 1 AS a");
  std::string keys;
  for (const auto& [key, ignored] : r.items()) keys += key + " ";
  EXPECT_EQ(keys, "defaultProfileConfiguration datasetConfigurationOverride sampleSize duplicateRowsCount columns jobName jobRunId location startedOn writtenOn version ");
  const Json& defaults = r["defaultProfileConfiguration"];
  EXPECT_EQ(defaults["datasetConfiguration"]["parameters"]["CORRELATION"]["columnNumber"], "10");
  EXPECT_EQ(defaults["columnConfiguration"]["numericColumn"]["includedStatistics"].size(), 25u);
  EXPECT_EQ(defaults["columnConfiguration"]["stringColumn"]["includedStatistics"].size(), 13u);
  EXPECT_EQ(defaults["columnConfiguration"]["booleanColumn"]["includedStatistics"].size(), 5u);
  EXPECT_EQ(defaults["columnConfiguration"]["numericColumn"]["parameters"]["MOST_COMMON_VALUES"]["sampleSize"], "50");
}

// As many scans for one column as for forty.
TEST_F(Profiles, ScansDontDependOnTheNumberOfColumns) {
  report("SELECT i AS n, 'x' || i AS t FROM range(10) r(i)");
  const int scans = found.scans;
  EXPECT_EQ(scans, 4);
  std::string rows = "SELECT 'x' || i AS t";
  for (int at = 0; at < 40; ++at) rows += ", i + " + std::to_string(at) + " AS n" + std::to_string(at);
  report(rows + " FROM range(10) r(i)");
  EXPECT_EQ(found.scans, scans);
}

TEST_F(Profiles, NamesOfColumnsAreNoSql) {
  const std::string sly = R"("a"" FROM t; DROP TABLE t; --" )";
  const Json r = report("SELECT 1 AS " + sly + ", 'it''s' AS \"x'y\", 2 AS \"`z`\"");
  EXPECT_EQ(r["columns"][0]["name"], "a\" FROM t; DROP TABLE t; --");
  EXPECT_EQ(r["columns"][1]["mostCommonValues"], list({value("it's", 1)}));
  EXPECT_EQ(r["columns"].size(), 3u);
}

TEST_F(Profiles, AMistakeInTheConfigurationIsNamed) {
  const auto overrides = [](const Json& statistic, const Json& parameters) { return Json{{"ColumnStatisticsConfigurations", list({{{"Statistics", {{"Overrides", list({{{"Statistic", statistic}, {"Parameters", parameters}}})}}}}})}}; };
  EXPECT_EQ(refused({{"Columns", Json::array()}}), "E6060 profile.json: unknown key 'Columns'");
  EXPECT_EQ(refused({{"ProfileColumns", list({{{"Name", "gone"}}})}}), "E6061 ProfileColumns: there is no column 'gone'");
  EXPECT_EQ(refused({{"ProfileColumns", list({{{"Name", "day"}}})}}), "E6061 ProfileColumns: there is no column that can be profiled");
  EXPECT_EQ(refused({{"ProfileColumns", list({{{"Regex", "(?=a)"}}})}}), "E6060 Regex: '(?=a)' is no regular expression");
  EXPECT_EQ(refused({{"ProfileColumns", list({{{"Name", "a"}, {"Regex", "b"}}})}}), "E6060 ProfileColumns[0]: either Name or Regex is expected");
  EXPECT_EQ(refused({{"DatasetStatisticsConfiguration", {{"IncludedStatistics", list({"MEANS"})}}}}), "E6060 DatasetStatisticsConfiguration.IncludedStatistics: unknown statistic 'MEANS'");
  EXPECT_EQ(refused(overrides("MEAN", {{"sampleSize", "5"}})), "E6060 ColumnStatisticsConfigurations[0].Overrides MEAN: 'MEAN' has no parameters");
  EXPECT_EQ(refused(overrides("MOST_COMMON_VALUES", {{"size", "5"}})), "E6060 ColumnStatisticsConfigurations[0].Overrides MOST_COMMON_VALUES: 'MOST_COMMON_VALUES' has no parameter 'size'");
  EXPECT_EQ(refused(overrides("MOST_COMMON_VALUES", {{"sampleSize", "0"}})), "E6060 ColumnStatisticsConfigurations[0] MOST_COMMON_VALUES sampleSize: a whole number from 1, or ALL, is expected");
  EXPECT_EQ(refused(overrides("OUTLIER_DETECTION", {{"threshold", "2"}, {"mildThreshold", "2"}})), "E6060 ColumnStatisticsConfigurations[0]: mildThreshold must be below threshold");
  EXPECT_EQ(refused({{"EntityDetectorConfiguration", {{"EntityTypes", list({"SHOE_SIZE"})}}}}), "E6060 EntityDetectorConfiguration.EntityTypes: unknown entity type 'SHOE_SIZE'");
  EXPECT_EQ(refused(Json::array()), "E6060 profile.json: a profile configuration is an object");
}

}  // namespace
}  // namespace mr::recipe
