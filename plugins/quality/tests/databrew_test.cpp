// Rulesets of DataBrew: every spelling of them, and each check against rows that are known by hand.
#include "dialect_testing.hpp"
#include <gtest/gtest.h>

namespace mr::quality {
namespace {

using nlohmann::json;
using testing::House;
using testing::refusal;
using Lines = std::vector<std::string>;

json rule(const std::string& expression, const json& substitutions = json::object(),
          const json& more = json::object()) {
  json made{{"Name", "r"}, {"CheckExpression", expression}, {"SubstitutionMap", substitutions}};
  made.update(more);
  return made;
}

json ruleset(const json& rules) {
  return {{"Name", "orders"},
          {"TargetArn", "arn:aws:databrew:eu-central-1:123456789012:dataset/orders"},
          {"Rules", rules}};
}

struct Brew : House {
  using House::House;

  std::string one(const std::string& expression, const json& substitutions = json::object(),
                  const json& more = json::object()) {
    return lines(ruleset(json::array({rule(expression, substitutions, more)})).dump(), "r.json")
        .at(0);
  }

  bool holds(const std::string& expression, const json& substitutions = json::object(),
             const json& more = json::object()) {
    const std::string line = one(expression, substitutions, more);
    EXPECT_FALSE(line.starts_with("none")) << line;
    return line.starts_with("pass");
  }
};

TEST(DataBrew, ChecksOfRowsCompareValuesTextsAndLengths) {
  Brew house(
      "SELECT * FROM (VALUES (1, 5, 'Apple'), (2, 2, 'apricot'), (3, 3, 'Pear')) v(a, b, c)");
  const json a{{":c", "`a`"}, {":v", "2"}, {":w", "3"}}, c{{":c", "`c`"}, {":v", "Ap"}};
  EXPECT_TRUE(house.holds(":c >= :one", {{":c", "`a`"}, {":one", "1"}}));
  EXPECT_FALSE(house.holds(":c > :v", a));
  EXPECT_TRUE(house.holds(":c <= :other", {{":c", "`a`"}, {":other", "`b`"}}));
  EXPECT_FALSE(house.holds(":c < :other", {{":c", "`a`"}, {":other", "`b`"}}));
  EXPECT_TRUE(house.holds(":c != :v or :c == :v", a));
  EXPECT_FALSE(house.holds(":c is_between :v and :w", a));
  EXPECT_TRUE(house.holds("(:c IS BETWEEN :v AND :w) or :c < :v", a));
  EXPECT_TRUE(
      house.holds(":c IS NOT BETWEEN :x AND :y", {{":c", "`a`"}, {":x", "4"}, {":y", "9"}}));
  EXPECT_FALSE(house.holds(":c starts_with :v", c));
  EXPECT_TRUE(house.holds(":c not starts_with :v", {{":c", "`c`"}, {":v", "B"}}));
  EXPECT_FALSE(house.holds(":c CONTAINS :v", {{":c", "`c`"}, {":v", "p"}}));
  EXPECT_FALSE(house.holds(":c contains :v", {{":c", "`c`"}, {":v", "r"}}));
  EXPECT_TRUE(house.holds(":c Matches :v", {{":c", "`c`"}, {":v", "^[A-Za-z]+$"}}));
  EXPECT_TRUE(house.holds(":c ends_with :v or :c ends_with :w or :c ends_with :x",
                          {{":c", "`c`"}, {":v", "le"}, {":w", "t"}, {":x", "r"}}));
  EXPECT_TRUE(house.holds("length(:c) >= :v", {{":c", "`c`"}, {":v", "4"}}));
  EXPECT_TRUE(
      house.holds(":c IN :list", {{":c", "`c`"}, {":list", R"(["Apple","Pear","apricot"])"}}));
  EXPECT_TRUE(house.holds(":c NOT IN :list", {{":c", "`a`"}, {":list", R"(["4",5])"}}));
}

TEST(DataBrew, AValueThatIsMissingSatisfiesNothingButThat) {
  Brew house;
  EXPECT_EQ(house.one(":c != :v", {{":c", "`status`"}, {":v", "gone"}}), "fail r: 1 unexpected");
  EXPECT_EQ(house.one(":c not in :v", {{":c", "`status`"}, {":v", R"(["gone"])"}}),
            "fail r: 1 unexpected");
  EXPECT_EQ(house.one(":c is_missing", {{":c", "`status`"}}), "fail r: 3 unexpected");
  EXPECT_EQ(house.one(":c is not missing", {{":c", "`status`"}}), "fail r: 1 unexpected");
}

TEST(DataBrew, AThresholdSaysHowManyRowsAreEnough) {
  Brew house;
  const json amount{{":c", "`amount`"}, {":v", "0"}};
  const auto with = [&](const json& threshold) {
    return house.one(":c >= :v", amount, {{"Threshold", threshold}});
  };
  EXPECT_EQ(with({{"Value", 2}}), "pass r");
  EXPECT_EQ(with({{"Value", 3}, {"Type", "GREATER_THAN_OR_EQUAL"}, {"Unit", "COUNT"}}),
            "fail r: 2 unexpected");
  EXPECT_EQ(with({{"Value", 50}, {"Unit", "PERCENTAGE"}}), "pass r");
  EXPECT_EQ(with({{"Value", 50}, {"Type", "GREATER_THAN"}, {"Unit", "PERCENTAGE"}}),
            "fail r: 2 unexpected");
  EXPECT_EQ(with({{"Value", 50}, {"Type", "LESS_THAN_OR_EQUAL"}, {"Unit", "PERCENTAGE"}}),
            "pass r");
  EXPECT_EQ(with({{"Value", 2}, {"Type", "LESS_THAN"}}), "fail r: 2 unexpected");
  EXPECT_EQ(with({{"Value", 101}, {"Unit", "PERCENTAGE"}}),
            "none r: Value of Threshold must be from 0 to 100");
  EXPECT_EQ(with({{"Value", -1}}), "none r: Value of Threshold must be 0 or more");
  EXPECT_EQ(with({{"Value", "many"}}), "none r: Value of Threshold must be a number");
  EXPECT_EQ(with({{"Value", 1}, {"Type", "AT_LEAST"}}),
            "none r: there is no type 'AT_LEAST' of thresholds");
  EXPECT_EQ(with({{"Value", 1}, {"Unit", "SHARE"}}), "none r: Unit must be COUNT or PERCENTAGE");
}

TEST(DataBrew, AggregatesAreThoseOfItsProfiles) {
  Brew house(
      "SELECT * FROM (VALUES (1, 'a'), (1, 'a'), (1, 'a'), (3, 'b'), (4, ''), (NULL, NULL)) v(n, "
      "s)");
  const auto is = [&](const std::string& aggregate, const std::string& value) {
    const std::string line =
        house.one("AGG(" + aggregate + ") == :v",
                  {{":n", "`n`"}, {":s", "`s`"}, {":v", value}, {":q", "0.75"}});
    EXPECT_EQ(line, "pass r") << aggregate;
  };
  is("ROWS_COUNT", "6");
  is("COLUMNS_COUNT", "2");
  is("DUPLICATE_ROWS_COUNT", "2");
  is(":s, MISSING_VALUES_COUNT", "2");
  is(":n, MISSING_VALUES_COUNT", "1");
  is(":s, VALID_VALUES_COUNT", "4");
  is(":s, DISTINCT_VALUES_COUNT", "2");
  is(":s, UNIQUE_VALUES_COUNT", "1");
  is(":s, DUPLICATE_VALUES_COUNT", "2");
  is(":n, DISTINCT_VALUES_PERCENTAGE", "50");
  is(":n, UNIQUE_VALUES_COUNT", "2");
  is(":n, Z_SCORE_OUTLIERS_COUNT", "0");
  is(":n, Z_SCORE_OUTLIERS_COUNT, 1", "1");
  is(":n, MIN", "1");
  is(":n, MAX", "4");
  is(":n, MEAN", "2");
  is(":n, MEDIAN", "1");
  is(":n, MODE", "1");
  is(":n, SUM", "10");
  is(":n, VARIANCE", "2");
  is(":n, RANGE", "3");
  is(":n, QUANTILE, :q", "3");
  is(":n, MEDIAN_ABSOLUTE_DEVIATION", "0");
  EXPECT_TRUE(house.holds("AGG(:n, STANDARD_DEVIATION) is_between :x and :y",
                          {{":n", "`n`"}, {":x", "1.414"}, {":y", "1.415"}}));
  EXPECT_TRUE(house.holds("AGG(:s, ENTROPY) is_between :x and :y",  // 3 and 1 of 4, in nats
                          {{":s", "`s`"}, {":x", "0.5623"}, {":y", "0.5624"}}));
  EXPECT_TRUE(house.holds("AGG(ROWS_COUNT) > :x and (AGG(:n, MEAN) > :y or AGG(:n, MAX) < :x)",
                          {{":n", "`n`"}, {":x", "5"}, {":y", "9"}}));
}

TEST(DataBrew, SelectorsMakeTheColumnTheUnspokenSubject) {
  Brew house;
  const json two{{"ColumnSelectors", {{{"Name", "id"}}, {{"Regex", "cust.*"}}}}};
  const auto done = house.validate(
      ruleset(
          {rule("> :v", {{":v", "1"}}, two),
           rule("AGG(MISSING_VALUES_PERCENTAGE) <= :v", {{":v", "25"}}, two),
           rule("length() >= :v", {{":v", "3"}}, {{"ColumnSelectors", {{{"Name", "status"}}}}})})
          .dump(),
      "r.json");
  const auto& results = done.result["rulesetResults"][0]["ruleResults"];
  EXPECT_EQ(results[0]["columnResults"],
            json::array({{{"name", "id"}, {"status", "FAILED"}},
                         {{"name", "customer"}, {"status", "FAILED"}}}));
  EXPECT_EQ(results[1]["status"], "SUCCEEDED");
  EXPECT_EQ(results[2]["status"], "FAILED");  // one has no status
  EXPECT_EQ(done.lines[0].reason, "3 unexpected");
}

TEST(DataBrew, TheReportHasItsShape) {
  Brew house;
  const json good = rule(":c >= :v", {{":c", "`amount`"}, {":v", "0"}}, {{"Name", "no debts"}});
  const auto done = house.validate(
      ruleset({good, rule("AGG(ROWS_COUNT) > :v", {{":v", "3"}}, {{"Name", "rows"}}),
               rule("AGG(ROWS_COUNT) > :v", {{":v", "9"}}, {{"Name", "off"}, {"Disabled", true}})})
          .dump(),
      "r.json");
  EXPECT_FALSE(done.success);
  EXPECT_EQ(done.scans, 1);
  EXPECT_EQ(done.result["sampleSize"], 4);
  EXPECT_EQ(done.result["version"], "1.0");
  const auto& set = done.result["rulesetResults"][0];
  EXPECT_EQ(set["name"], "orders");
  EXPECT_EQ(set["status"], "FAILED");
  EXPECT_EQ(
      set["ruleResults"][0],
      (json{{"name", "no debts"}, {"definition", good}, {"failedCount", 2}, {"status", "FAILED"}}));
  EXPECT_EQ(set["ruleResults"][1]["status"], "SUCCEEDED");
  EXPECT_EQ(set["ruleResults"][2]["status"], "DISABLED");
  EXPECT_EQ(done.lines[2].reason, "the rule is disabled: nothing was checked");
}

TEST(DataBrew, EverySpellingOfARulesetIsRead) {
  House house;
  const Lines expected{"fail no debts: 2 unexpected"};
  EXPECT_EQ(
      house.lines(
          R"([{"name": "no debts", "checkExpression": ":c >= :v", "substitutionMap": {":c": "`amount`", ":v": "0"}}])",
          "r.json"),
      expected);
  EXPECT_EQ(
      house.lines(
          R"({"Type": "AWS::DataBrew::Ruleset", "Properties": {"Name": "x", "TargetArn": {"Fn::Sub": "arn"}, "Rules": [
    {"Name": "no debts", "CheckExpression": ":c >= :v", "SubstitutionMap": [{"ValueReference": ":c", "Value": "`amount`"}, {"ValueReference": ":v", "Value": "0"}]}]}})",
          "r.json"),
      expected);
  EXPECT_EQ(house.lines(R"(
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Bucket: {Type: "AWS::S3::Bucket"}
  Orders:
    Type: AWS::DataBrew::Ruleset
    Properties:
      Name: orders
      TargetArn: arn
      Rules:
        - Name: no debts
          CheckExpression: ":c >= :v"
          SubstitutionMap:
            - {ValueReference: ":c", Value: "`amount`"}
            - {ValueReference: ":v", Value: 0}
)"),
            expected);
  EXPECT_EQ(
      house.lines("Name: orders\nRules:\n  - Name: no debts\n    CheckExpression: \":c >= :v\"\n"
                  "    SubstitutionMap: {\":c\": \"`amount`\", \":v\": \"0\"}\n"),
      expected);
}

TEST(DataBrew, ARuleThatIsWrongFailsWithItsReasonAndTheRestRun) {
  Brew house;
  const json c{
      {":c", "`amount`"}, {":v", "0"}, {":t", "`status`"}, {":word", "abc"}, {":p", "a(?=b)"}};
  const std::vector<std::pair<std::string, std::string>> cases{
      {":c >", "CheckExpression: expected a value such as :val1, and it ends"},
      {":c >= :v and", "CheckExpression: expected an operator, and it ends"},
      {":c >= :v )", "CheckExpression: expected and, or, or its end, found ')'"},
      {":c >= :x", "CheckExpression: :x is not in SubstitutionMap"},
      {":v >= :c", "CheckExpression: :v must be a column: write its name in back ticks"},
      {":c >= :v; drop", "CheckExpression: ';' can't stand in an expression"},
      {":c resembles :v", "the operator RESEMBLES is not known"},
      {"AGG(:c, MAGIC) > :v", "there is no aggregate MAGIC"},
      {"AGG(MEAN) > :v", "AGG names no column, and the rule has no ColumnSelectors"},
      {"AGG(:c, QUANTILE) > :v", "QUANTILE needs a parameter from 0 to 1"},
      {"AGG(:c, QUANTILE, 2) > :v", "the parameter of QUANTILE must be from 0 to 1"},
      {"AGG(:c, MEAN) starts_with :v",
       "an aggregate is a number: compare it by == != < <= > >= or between"},
      {"AGG(:c, MEAN) > :word", "'abc' is no number"},
      {"AGG(:c, MEAN) > :v and :c > :v", "a rule is of rows or of aggregates, not of both"},
      {"AGG(:t, MEAN) > :v", "column 'status' holds no numbers"},
      {"> :v", "the expression names no column, and the rule has no ColumnSelectors"},
      {":t > :v", "column 'status' holds no numbers"},
      {":c > :word", "'abc' is no number, as 'amount' must be compared with"},
      {":c starts_with :v", "'amount' holds numbers, and the check is of texts"},
      {"length(:c) > :v", "column 'amount' of type DECIMAL(12,2) holds no texts"},
      {":c in :v", "the list of 'in' must be JSON: [\"S\",\"M\"]"},
      {":t matches :p", "the pattern uses look-around (?=, which is not supported"}};
  json rules = json::array();
  for (const auto& [expression, reason] : cases) rules.push_back(rule(expression, c));
  rules.push_back(rule(":c >= :v", {{":c", "`nothing`"}, {":v", "0"}}));
  rules.push_back(rule("> :v", {{":v", "0"}}, {{"ColumnSelectors", {{{"Regex", "z.*"}}}}}));
  rules.push_back(rule("AGG(ROWS_COUNT) > :v", {{":v", "0"}}, {{"Threshold", {{"Value", 1}}}}));
  rules.push_back(rule(":c >= :v", c, {{"Treshold", {{"Value", 1}}}}));
  rules.push_back({{"Name", "r"}});
  rules.push_back(rule("AGG(ROWS_COUNT) == :v", {{":v", "4"}}));
  const auto done = house.validate(ruleset(rules).dump(), "r.json");
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(done.lines[i].reason, cases[i].second) << cases[i].first;
    EXPECT_FALSE(done.lines[i].judged) << cases[i].first;
  }
  size_t at = cases.size();
  EXPECT_EQ(done.lines[at++].reason, "there is no column 'nothing'");
  EXPECT_EQ(done.lines[at++].reason, "no column is selected by its ColumnSelectors");
  EXPECT_EQ(done.lines[at++].reason, "a Threshold is of checks of rows, not of aggregates");
  EXPECT_EQ(done.lines[at++].reason, "a rule has no key 'Treshold'");
  EXPECT_EQ(done.lines[at++].reason, "a rule needs CheckExpression");
  EXPECT_TRUE(done.lines[at].success);
  EXPECT_FALSE(done.success);
}

TEST(DataBrew, ATextThatIsNoRulesetIsRefused) {
  House house;
  EXPECT_EQ(refusal([&] { house.validate(R"({"Rules": []})", "r.json"); }),
            "E7002 r.json: Rules Rules must be a list of at least one");
  EXPECT_EQ(refusal([&] { house.validate(R"({"Rules": [], "Owner": 1})", "r.json"); }),
            "E7005 r.json: Owner a ruleset has no key 'Owner'");
  EXPECT_EQ(refusal([&] { house.validate("Rules: [{Name: !Ref x}]\n", "r.yaml"); }),
            "E7002 r.yaml:1:16 the tag !Ref is not known here");
}

TEST(DataBrew, InATaskARulesRowsAreSetApart) {
  House house;
  const std::string text = ruleset(json::array({rule(":c >= :v", {{":c", "`amount`"}, {":v", "0"}},
                                                     {{"Name", "no debts"}})}))
                               .dump();
  const auto report = house.run(json::array({{{"rules", text}, {"on_fail", "quarantine"}}}));
  EXPECT_TRUE(report.success);
  EXPECT_EQ(report.results[0]["unexpected_count"], 2);
  const auto bad = house.session.query("SELECT count(*), min(" + report.quarantine_reason +
                                       ") FROM t WHERE " + report.quarantine_condition);
  EXPECT_EQ(bad.integer(0, 0), 2);
  EXPECT_EQ(bad.rows[0][1], "no debts");
}

TEST(DataBrew, ExtremesAreValuesOfRowsAndStandInNoResultOfATask) {
  House house("SELECT 4711 AS secret");
  const auto report = house.run(json::array(
      {{{"rules",
         ruleset(json::array({rule("AGG(:c, MAX) < :v", {{":c", "`secret`"}, {":v", "1"}})}))
             .dump()}}}));
  EXPECT_FALSE(report.success);
  EXPECT_EQ(report.results.dump().find("4711"), std::string::npos);
}

}  // namespace
}  // namespace mr::quality
