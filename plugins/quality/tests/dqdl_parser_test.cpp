#include "quality/dqdl/document.hpp"
#include "quality/dqdl/history.hpp"
#include "quality/dqdl/judge.hpp"
#include "quality/engine/check.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace mr::quality::dqdl {
namespace {

Rule rule_of(const std::string& text) {
  return parse("Rules = [" + text + "]", "r").rules.at(0);
}

std::string refusal(const std::string& text) {
  try {
    parse(text, "r");
  } catch (const mr::Failure& failure) {
    return failure.code + " " + failure.where;
  }
  return "accepted";
}

TEST(DqdlParser, a_document_has_its_sections_in_order) {
  const auto document = parse(R"(Metadata = { "Version": "1.0" }
DataSources = { "Primary": "orders", "AdditionalDataSources": [ "customers", "zones" ] }
states = ["open", "held", NULL]
DefaultLabels = ["team"="billing"]
Rules = [ ColumnValues "state" in $states, RowCount > 0 labels=["team"="sales", "tier"="1"] ]
Analyzers = [ RowCount, AllStatistics of AllColumns ] # the end
)",
                              "r");
  EXPECT_EQ(document.version, "1.0");
  EXPECT_EQ(document.primary, "orders");
  EXPECT_EQ(document.additional_sources, (std::vector<std::string>{"customers", "zones"}));
  ASSERT_EQ(document.rules.size(), 2U);
  EXPECT_EQ(document.rules[0].condition->operands.size(), 3U);
  EXPECT_EQ(document.rules[0].condition->operands[2].kind, Operand::Kind::null);
  EXPECT_EQ(document.rules[0].labels, (Pairs{{"team", "billing"}}));
  EXPECT_EQ(document.rules[1].labels, (Pairs{{"team", "sales"}, {"tier", "1"}}));
  ASSERT_EQ(document.analyzers.size(), 2U);
  EXPECT_EQ(document.analyzers[1].parameters, (std::vector<std::string>{"AllColumns"}));
}

TEST(DqdlParser, a_rule_keeps_all_that_it_carries) {
  const Rule rule = rule_of(
      R"(ColumnValues "due" not between "2031-01-01" and (now() - 2 days) where "paid = false" labels=["a"="b"] with threshold >= 0.9 with timeZone = "Europe/Oslo" with depth = -3)");
  EXPECT_EQ(rule.type, "ColumnValues");
  EXPECT_EQ(rule.condition->kind, Condition::Kind::date);
  EXPECT_EQ(rule.condition->op, Op::not_between);
  EXPECT_EQ(rule.condition->operands[0].text, "2031-01-01");
  EXPECT_EQ(rule.condition->operands[1].amount, -2880);
  EXPECT_EQ(rule.where, "paid = false");
  EXPECT_EQ(rule.threshold->operands[0].number.value, 0.9);
  EXPECT_EQ(*rule.tag("timeZone"), "Europe/Oslo");
  EXPECT_EQ(*rule.tag("depth"), "-3");
  EXPECT_EQ(rule.place, "r:1:10");
}

TEST(DqdlParser, units_become_minutes_and_bytes) {
  EXPECT_EQ(
      rule_of(R"(DataFreshness "d" between 5 minutes and 2 days)").condition->operands[1].amount,
      2880);
  EXPECT_EQ(rule_of("FileSize < 3 KB").condition->operands[0].amount, 3072);
  EXPECT_EQ(rule_of("FileSize < 1000").condition->operands[0].amount, 1000);
  EXPECT_EQ(refusal("Rules = [ FileSize < 1.5 ]"), "E7005 r:1:20");
  EXPECT_EQ(refusal("Rules = [ FileSize < 99999999 TB ]"), "E7004 r:1:22");
}

TEST(DqdlParser, a_quoted_date_or_time_is_never_a_text) {
  EXPECT_EQ(rule_of(R"(ColumnValues "slot" = "19:15")").condition->operands[0].amount,
            19 * 60 + 15);
  EXPECT_EQ(rule_of(R"(ColumnValues "slot" = "7:15 PM")").condition->operands[0].amount,
            19 * 60 + 15);
  EXPECT_EQ(rule_of(R"(ColumnValues "slot" = "12:05 AM")").condition->operands[0].amount, 5);
  EXPECT_EQ(rule_of(R"(ColumnValues "slot" = "9:15")").condition->kind, Condition::Kind::text);
  EXPECT_EQ(refusal(R"(Rules = [ ColumnValues "slot" in ["19:15", "later"] ])"), "E7004 r:1:31");
  EXPECT_EQ(refusal(R"(Rules = [ ColumnValues "slot" = "25:00" ])"), "E7004 r:1:33");
  EXPECT_EQ(refusal(R"(Rules = [ ColumnValues "day" > "2026-02-29" ])"), "E7004 r:1:32");
}

TEST(DqdlParser, and_binds_tighter_than_or) {
  const Rule rule = rule_of(R"(RowCount > 1 or (IsComplete "a") and (IsUnique "b"))");
  EXPECT_EQ(rule.kind, Rule::Kind::any);
  ASSERT_EQ(rule.parts.size(), 2U);
  EXPECT_EQ(rule.parts[1].kind, Rule::Kind::all);
  EXPECT_EQ(rule.parts[1].parts[1].type, "IsUnique");
}

TEST(DqdlParser, of_and_and_are_noise_before_parameters) {
  EXPECT_EQ(rule_of(R"(ColumnCorrelation of height and "net weight" > 0.4)").parameters,
            (std::vector<std::string>{"height", "net weight"}));
  EXPECT_EQ(rule_of(R"(IsComplete "a" and IsUnique "b")").parts.size(), 2U);
}

TEST(DqdlParser, labels_after_a_group_are_the_groups) {
  const Rule rule =
      rule_of(R"((IsComplete "a" labels=["in"="1"] and IsUnique "b") labels=["out"="2"])");
  EXPECT_EQ(rule.labels, (Pairs{{"out", "2"}}));
  EXPECT_EQ(rule.parts[0].labels, (Pairs{{"in", "1"}}));
}

TEST(DqdlParser, escapes_are_taken_off_texts_and_left_in_patterns) {
  EXPECT_EQ(rule_of(R"(ColumnValues "a" = "say \"x\\y\"")").condition->operands[0].text,
            R"(say "x\y")");
  EXPECT_EQ(rule_of(R"(ColumnValues "a" matches "\d{2}\\x")").condition->operands[0].text,
            R"(\d{2}\\x)");
}

TEST(DqdlParser, arithmetic_is_on_one_level_from_left_to_right) {
  const auto value = [](const std::string& text) {
    return std::get<double>(
        value_of(rule_of("RowCount > " + text).condition->operands[0].number, {}));
  };
  EXPECT_EQ(value("1 + 2 * 3"), 9);
  EXPECT_EQ(value("1 + (2 * 3)"), 7);
  EXPECT_EQ(value("10 - 4 - 3"), 3);
  EXPECT_EQ(value("-2 * -3"), 6);
}

TEST(DqdlParser, mistakes_are_told_with_line_and_column) {
  EXPECT_EQ(refusal("Rules = [\n  RowCount > 1,\n  # a comment\n  IsComplete \"a\" ]"), "accepted");
  EXPECT_EQ(refusal("Rules = [\n  RowCount > 1,\n  # a comment\n  IsComplete \"a\" RowCount\n"),
            "E7005 r:4:3");
  EXPECT_EQ(refusal("Rules = [ IsMagic \"a\" ]"), "E7003 r:1:11");
  EXPECT_EQ(refusal("Rules = [ RowCount > 1, ]"), "E7004 r:1:25");
  EXPECT_EQ(refusal("Rules = [ RowCount > 1 ] Rules = [ RowCount > 1 ]"), "E7004 r:1:26");
  EXPECT_EQ(refusal("Rules = [ Mean \"a\" ]"), "E7004 r:1:20");
  EXPECT_EQ(refusal("Rules = [ IsComplete \"a\" where \"\" ]"), "E7004 r:1:26");
  EXPECT_EQ(refusal("Rules = [ RowCount > 1 ; ]"), "E7004 r:1:24");
}

TEST(DqdlParser, a_mistake_in_line_300_is_told_there) {
  std::string text = "Rules = [\r\n";
  for (int line = 2; line < 300; ++line)
    text += "  IsComplete \"c" + std::to_string(line) + "\",  # of the column\r\n";
  text += "  IsComplete \"last\" > 3 ]";
  EXPECT_EQ(refusal(text), "E7005 r:300:21");
}

TEST(DqdlParser, what_is_nested_too_deeply_is_refused_before_the_stack_is_full) {
  EXPECT_EQ(
      refusal("Rules = [ " + std::string(200, '(') + "RowCount > 1" + std::string(200, ')') + " ]"),
      "E7004 r:1:111");
  EXPECT_EQ(refusal("Rules = [ RowCount > " + std::string(50000, '(') + "1"), "E7004 r:1:121");
  std::string sum = "1";
  for (int i = 0; i < 100000; ++i) sum += "+1";
  EXPECT_EQ(refusal("Rules = [ RowCount > " + sum + " ]").substr(0, 5), "E7004");
}

TEST(DqdlHistory, functions_are_over_the_newest_values) {
  const std::vector<Past> past{{10, {}}, {20, {}}, {60, {}}};
  const auto value = [&](const std::string& text) {
    const auto outcome =
        value_of(rule_of("RowCount > " + text).condition->operands[0].number, past);
    return std::holds_alternative<double>(outcome) ? std::to_string(std::get<double>(outcome))
                                                   : std::get<Reason>(outcome).text;
  };
  EXPECT_EQ(value("last()"), std::to_string(10.0));
  EXPECT_EQ(value("avg(last(2))"), std::to_string(15.0));
  EXPECT_EQ(value("avg(last(9))"), std::to_string(30.0));
  EXPECT_EQ(value("median(last(3))"), std::to_string(20.0));
  EXPECT_EQ(value("max(last(3)) - min(last(3))"), std::to_string(50.0));
  EXPECT_EQ(value("sum(last(3), 5)"), std::to_string(95.0));
  EXPECT_EQ(value("std(last(2))"), std::to_string(5.0));
  EXPECT_EQ(value("abs(last() - 12)"), std::to_string(2.0));
  EXPECT_EQ(value("index(last(3), 2)"), std::to_string(60.0));
  EXPECT_EQ(value("percentile(last(3), 0.75)"), std::to_string(40.0));
  EXPECT_EQ(value("index(last(3), 3)"), "there are only 3 earlier values");
  EXPECT_EQ(value("last(2)"), "a list must become one number first: avg(last(3)), say");
  EXPECT_EQ(value("last(2) * 2"), "a list must become one number first: avg(last(3)), say");
  EXPECT_EQ(value("1 / 0"), "a division by zero");
  EXPECT_EQ(value("sqrt(4)"), "there is no function sqrt");
}

TEST(DqdlHistory, without_an_earlier_value_there_is_no_number) {
  const auto outcome =
      number_holds(rule_of("RowCount > 0.8 * avg(last(7))").condition.value(), 5, {});
  EXPECT_EQ(std::get<Reason>(outcome).text, "there is no earlier value of the metric");
}

TEST(DqdlJudge, between_is_open_and_its_opposite_is_closed) {
  const auto holds_for = [](const std::string& condition, double value) {
    return std::get<bool>(
        number_holds(rule_of("RowCount " + condition).condition.value(), value, {}));
  };
  EXPECT_FALSE(holds_for("between 4 and 5", 4));
  EXPECT_TRUE(holds_for("between 4 and 5", 4.5));
  EXPECT_TRUE(holds_for("not between 4 and 5", 5));
  EXPECT_FALSE(holds_for("= 1.0", 0.9999999999999999));
  EXPECT_TRUE(holds_for("in [1, NULL, 3]", 3));
  EXPECT_FALSE(holds_for("not in [1, 3]", 3));
  EXPECT_FALSE(holds_for("= NULL", 0));
  EXPECT_TRUE(holds_for("!= NULL", 0));
}

}  // namespace
}  // namespace mr::quality::dqdl
