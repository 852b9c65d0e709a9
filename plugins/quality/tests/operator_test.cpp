// quality.check as attempts see it: what it tells, and what its rules must not reach.
#include <gtest/gtest.h>

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

}  // namespace
