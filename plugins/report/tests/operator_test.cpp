// report.html and report.checksum as attempts see them.
#include <gtest/gtest.h>

#include "data/testing.hpp"

namespace {

using mr::Json;

class Report : public ::testing::Test {
 protected:
  void SetUp() override { house.put("mart.days", "select date '2026-11-01' as day, 12.30::decimal(18, 2) as revenue, 'Zoë 🦊 <b>' as note"); }

  mr::data::testing::Ran page(const std::string& sql) {
    const Json section = {{"title", "Revenue"}, {"sql", sql}};
    return house.run("report.html", {{"title", "Sales"}, {"to", "sales.html"}, {"inputs", {"mart.days"}}, {"sections", Json::array({section})}}, {"mart.days"});
  }
  std::string written() const {
    std::ifstream file(house.folder() / "sales.html");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(Report, APageSaysWhatTheDatasetSays) {
  const auto ran = page("select day, revenue, note from mart.days");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_NE(written().find("12.30"), std::string::npos);
  EXPECT_NE(written().find("Zoë 🦊 &lt;b&gt;"), std::string::npos);
}

TEST_F(Report, ASectionReachesNoFileAndIsOneSelect) {
  const auto secret = house.file("password.txt", "hunter2\n");
  for (const auto& sql : {"select content from read_text('" + secret + "')", std::string("select * from read_csv('/etc/passwd')"), std::string("attach 'x.db' as x"),
                          std::string("copy (select 1) to 'x.csv'"), std::string("select 1; set memory_limit = '1TB'"), std::string("install httpfs"), std::string("load httpfs")}) {
    const auto ran = page(sql);
    EXPECT_TRUE(ran.code() == "E5004" || ran.code() == "E5009") << sql << ": " << ran.failure;
    EXPECT_EQ(written(), "") << sql;
  }
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
