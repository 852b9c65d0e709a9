// report.html and report.checksum as attempts see them.
#include <gtest/gtest.h>

#include "data/testing.hpp"

namespace {

using mr::Json;

class Report : public ::testing::Test {
 protected:
  void SetUp() override { house.put("mart.days", "select date '2026-11-01' as day, 12.30::decimal(18, 2) as revenue, 'Zoë 🦊 <b>' as note"); }

  mr::data::testing::Ran page(const Json& section) {
    return house.run("report.html", {{"title", "Sales"}, {"to", "reports/sales.html"}, {"inputs", {"mart.days"}}, {"sections", Json::array({section})}}, {"mart.days"});
  }
  mr::data::testing::Ran chart(const std::string& as, const std::string& sql) { return page({{"title", "Revenue"}, {"as", as}, {"sql", sql}}); }
  std::string written() const {
    std::ifstream file(house.folder() / "reports" / "sales.html");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool says(const std::string& text) const { return written().find(text) != std::string::npos; }
  size_t count(const std::string& what) const {
    const auto html = written();
    size_t found = 0;
    for (size_t at = html.find(what); at != std::string::npos; at = html.find(what, at + 1)) ++found;
    return found;
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(Report, APageSaysWhatTheDatasetSaysAndWhereItIsFrom) {
  const auto ran = chart("table", "select day, revenue, note from mart.days; -- all");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_TRUE(says("<td class=\"n\">12.30</td>"));
  EXPECT_TRUE(says("Zoë 🦊 &lt;b&gt;"));
  EXPECT_TRUE(says("Read: mart.days (snapshot 1)."));
  EXPECT_EQ(ran.output["path"], (house.folder() / "reports" / "sales.html").string());
  EXPECT_EQ(ran.count("bytes"), static_cast<int64_t>(written().size()));
  EXPECT_EQ(ran.count("rows"), 1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(house.folder() / "reports"), {}), 1) << "no draft is left";
}

TEST_F(Report, ATableTellsHowManyRowsItLeavesOut) {
  ASSERT_EQ(page({{"title", "t"}, {"rows", 3}, {"sql", "select i, [i, null] as list, {'a': 'x'} as s from range(12345) t(i)"}}).outcome, MR_SUCCEEDED);
  EXPECT_TRUE(says("The table has the first 3 of 12,345 rows."));
  EXPECT_EQ(count("<tr>"), 4u);
  EXPECT_TRUE(says("[2, NULL]"));
}

TEST_F(Report, EveryChartIsDrawnOfNothingOfOneRowAndOfNulls) {
  for (const std::string x : {"cast(i as integer)", "date '2026-11-01' + cast(i as integer)", "timestamp '2026-11-01 08:16:00' + interval (i) hour", "timestamptz '2026-11-01 08:16:00' + interval (i) hour", "'word ' || i", "case when i > 0 then i end"}) {
    for (const std::string as : {"line", "area", "bar", "stacked_bar", "scatter", "histogram", "heat_map"}) {
      if (x.starts_with("'word") && as == "scatter") continue;
      for (const char* rows : {"0", "1", "2", "50"}) {
        const std::string from = " from range(" + std::string(rows) + ") t(i)";
        const std::string sql = as == "histogram"  ? "select case when i % 3 = 0 then null when i % 3 = 1 then 'nan'::double else i end as n" + from
                                : as == "heat_map" ? "select " + x + " as x, i % 7 as y, case when i > 1 then i::double end as n" + from
                                                   : "select " + x + " as x, case i when 0 then null when 1 then 'nan'::double when 2 then 'inf'::double else i * 1.5 end as y, 2.5::decimal(9, 2) as z, null::integer as none" + from;
        const auto ran = chart(as, sql);
        ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << as << ": " << sql << ran.failure;
        EXPECT_FALSE(says("nan\"") || says("\"inf")) << as << ": " << sql;
        EXPECT_TRUE(says("<svg") || says("Nothing to draw")) << as << ": " << sql;
      }
    }
  }
}

TEST_F(Report, ManyPointsAreThinnedWithoutLosingTheExtremesAndThatIsTold) {
  ASSERT_EQ(chart("line", "select timestamp '2026-01-01' + interval (i) minute as t, case when i = 54321 then 1000 when i = 70007 then -1000 else sin(i / 1000) end as y from range(100000) r(i)").outcome, MR_SUCCEEDED);
  EXPECT_TRUE(says(" of 100,000 points: the first, last, lowest and highest of each stretch.")) << written().substr(0, 3000);
  EXPECT_TRUE(says("values from -1,000 to 1,000"));
  EXPECT_LT(written().size(), 100'000u);
  ASSERT_EQ(chart("scatter", "select i % 317 as x, i % 211 as y from range(100000) r(i)").outcome, MR_SUCCEEDED);
  EXPECT_TRUE(says(" of 100,000 points: one for each place"));
  EXPECT_LE(count("<circle"), 151u * 61u);
  ASSERT_EQ(chart("bar", "select 'w' || i as word, i from range(1000) r(i)").outcome, MR_SUCCEEDED);
  EXPECT_TRUE(says("The chart has the first 60 of 1,000 rows."));
  ASSERT_EQ(chart("heat_map", "select i // 100 as x, i % 100 as y, i from range(40000) r(i)").outcome, MR_SUCCEEDED);
  EXPECT_TRUE(says("The chart has the first 120 of 400 values of x."));
  EXPECT_TRUE(says("The chart has the first 60 of 100 values of y."));
  EXPECT_EQ(count("<rect"), 120u * 60u + 9u);
}

TEST_F(Report, AHistogramCountsEveryRow) {
  ASSERT_EQ(chart("histogram", "select case when i < 10 then null else i end as n from range(1010) t(i)").outcome, MR_SUCCEEDED);
  EXPECT_TRUE(says("10 values are missing or no finite number, and not counted."));
  EXPECT_EQ(count("<rect"), 21u);
  EXPECT_TRUE(says("<td class=\"n\">0</td><td class=\"n\">50</td><td class=\"n\">40</td>"));
  EXPECT_TRUE(says("<td class=\"n\">1,000</td><td class=\"n\">1,050</td><td class=\"n\">10</td>"));
}

TEST_F(Report, WhatCannotBeDrawnIsTold) {
  ASSERT_EQ(chart("line", "select case when i > 3 then i end as x, case when i <> 5 then i end as y from range(10) t(i)").outcome, MR_SUCCEEDED);
  EXPECT_TRUE(says("4 rows have no x and can&#39;t be drawn."));
  EXPECT_TRUE(says("1 value is missing or no finite number, and left out."));
}

TEST_F(Report, AMetricIsOneNumberAndItsChange) {
  const std::vector<std::pair<std::string, std::string>> cases{{"select 1234567, 1000000", "▲ </span>+23.5 % (before: 1,000,000)"}, {"select 0.5, 1", "▼ </span>-50.0 % (before: 1)"}, {"select 5, 0", "+5 (before: 0)"},
                                                               {"select 5, 5", "as before"}, {"select 5, null", "nothing to compare with"}, {"select 5.25::decimal(9, 2) where false", ">–"}, {"select 'good'", ">good"}, {"select null", ">–"}};
  for (const auto& [sql, wanted] : cases) {
    ASSERT_EQ(chart("metric", sql).outcome, MR_SUCCEEDED) << sql;
    EXPECT_TRUE(says(wanted)) << sql;
  }
  EXPECT_EQ(chart("metric", "select i from range(2) t(i)").code(), "E9310");
}

TEST_F(Report, ValuesNamesAndTitlesAreNoMarkup) {
  const std::string bad = "</title></svg><script>alert(1)</script><img src=x onerror=alert(2)>";
  for (const std::string as : {"table", "line", "bar", "area", "stacked_bar", "metric"}) {
    const std::string sql = as == "metric" ? "select '" + bad + "'" : "select '" + bad + "' as \"x" + bad + "\", 1 as \"y" + bad + "\", 2 as z";
    ASSERT_EQ(page({{"title", bad}, {"note", bad}, {"unit", bad}, {"as", as}, {"sql", sql}}).outcome, MR_SUCCEEDED);
    EXPECT_FALSE(says("<script") || says("<img")) << as;
  }
  ASSERT_EQ(page({{"title", bad}, {"as", "text"}, {"text", bad}}).outcome, MR_SUCCEEDED);
  EXPECT_FALSE(says("<script") || says("<img"));
}

TEST_F(Report, WhatASectionLacksOrHasTooMuchIsNamed) {
  const std::vector<Json> wrong{"words", {{"as", "line"}, {"sql", "select 1, 2"}}, {{"title", "t"}}, {{"title", "t"}, {"as", "pie"}, {"sql", "select 1"}}, {{"title", "t"}, {"as", "text"}}, {{"title", "t"}, {"colour", "red"}, {"sql", "select 1"}},
                                {{"title", "t"}, {"as", "line"}, {"sql", "select 1 as x"}}, {{"title", "t"}, {"as", "line"}, {"sql", "select 1 as x, 'y' as y"}}, {{"title", "t"}, {"as", "scatter"}, {"sql", "select 'x' as x, 1 as y"}},
                                {{"title", "t"}, {"as", "histogram"}, {"sql", "select 'x' as x"}}, {{"title", "t"}, {"as", "heat_map"}, {"sql", "select 1 as x, 2 as y"}}, {{"title", "t"}, {"as", "heat_map"}, {"sql", "select 1 as x, 2 as y, i from range(2) t(i)"}},
                                {{"title", "t"}, {"as", "area"}, {"sql", "select 1 as x, -2 as y, 3 as z"}}, {{"title", "t"}, {"as", "line"}, {"bins", 3}, {"sql", "select 1, 2"}}, {{"title", "t"}, {"rows", 0}, {"sql", "select 1"}},
                                {{"title", "t"}, {"as", "line"}, {"sql", "select 1 as x, 2 as a, 2 as b, 2 as c, 2 as d, 2 as e, 2 as f, 2 as g, 2 as h, 2 as i"}}};
  for (const auto& section : wrong) {
    const auto ran = page(section);
    EXPECT_EQ(ran.code(), "E9310") << section << ran.failure;
    EXPECT_NE(ran.failure.value("where", "").find("section 1"), std::string::npos) << section << ran.failure;
    EXPECT_EQ(written(), "");
  }
}

TEST_F(Report, ASectionReachesNoFileAndIsOneSelect) {
  const auto secret = house.file("password.txt", "hunter2\n");
  for (const auto& sql : {"select content from read_text('" + secret + "')", std::string("select * from read_csv('/etc/passwd')"), std::string("attach 'x.db' as x"), std::string("pragma database_list"),
                          std::string("copy (select 1) to 'x.csv'"), std::string("select 1; set memory_limit = '1TB'"), std::string("install httpfs"), std::string("load httpfs")}) {
    const auto ran = chart("table", sql);
    EXPECT_TRUE(ran.code() == "E5004" || ran.code() == "E5009") << sql << ": " << ran.failure;
    EXPECT_EQ(ran.failure.value("where", ""), "section 1, Revenue");
    EXPECT_EQ(written(), "") << sql;
  }
}

TEST_F(Report, AFailureLeavesThePageOfYesterday) {
  ASSERT_EQ(chart("table", "select 'yesterday' as day").outcome, MR_SUCCEEDED);
  EXPECT_NE(chart("table", "select cast('x' as integer)").outcome, MR_SUCCEEDED);
  EXPECT_TRUE(says("yesterday"));
}

TEST_F(Report, AChecksumIsOfValuesNotOfTheirOrder) {
  house.put("mart.a", "select * from (values (1, 'x'), (2, null), (3, '')) t(id, text)");
  house.put("mart.b", "select * from (values (3, ''), (1, 'x'), (2, null)) t(id, text)");
  house.put("mart.c", "select * from (values (3, null), (1, 'x'), (2, '')) t(id, text)");
  const auto ran = house.run("report.checksum", {{"inputs", {"mart.a", "mart.b", "mart.c"}}}, {"mart.a", "mart.b", "mart.c"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  const auto& sums = ran.output["datasets"];
  EXPECT_EQ(sums[0]["checksum"], sums[1]["checksum"]);
  EXPECT_NE(sums[0]["checksum"], sums[2]["checksum"]) << "null and empty text are different";
}

}  // namespace
