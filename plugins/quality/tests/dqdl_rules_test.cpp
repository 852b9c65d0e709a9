// Each type of rule against values worked out by hand.
#include "quality/tests/dqdl_testing.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mr::quality::dqdl {
namespace {

using testing::House;

// n: 1 2 2 4 NULL 0; word: a bb '' ' ' NULL ccc; kind: x x y y NULL x.
constexpr auto kRows =
    "SELECT * FROM (VALUES (1, 'a', 'x'), (2, 'bb', 'x'), (2, '', 'y'), (4, ' ', 'y'), (NULL, "
    "NULL, NULL), (0, 'ccc', 'x')) v(n, word, kind)";

TEST(DqdlRules, numbers_of_a_column) {
  House house(kRows);
  EXPECT_DOUBLE_EQ(house.metric(R"(Completeness "n" > 0.8)", "Column.n.Completeness"), 5.0 / 6);
  EXPECT_DOUBLE_EQ(house.metric(R"(Mean "n" > 0)", "Column.n.Mean"), 1.8);
  EXPECT_DOUBLE_EQ(house.metric(R"(Sum "n" > 0)", "Column.n.Sum"), 9);
  EXPECT_DOUBLE_EQ(house.metric(R"(Variance "n" > 0)", "Column.n.Variance"),
                   1.76);  // squares of -0.8 0.2 0.2 2.2 -1.8: 8.8, over 5
  EXPECT_DOUBLE_EQ(house.metric(R"(StandardDeviation "n" > 0)", "Column.n.StandardDeviation"),
                   std::sqrt(1.76));
  EXPECT_DOUBLE_EQ(house.metric(R"(ZerosCount "n" = 1)", "Column.n.ZerosCount"), 1);
  EXPECT_DOUBLE_EQ(house.metric(R"(Range "n" = 4)", "Column.n.Range"), 4);
  EXPECT_DOUBLE_EQ(house.metric(R"(InterquartileRange "n" = 1)", "Column.n.InterquartileRange"),
                   1);  // of 0 1 2 2 4: 2 - 1
  // Cubes: -0.512 + 2 * 0.008 + 10.648 - 5.832 = 4.32, over 5: 0.864; over 1.76 ^ 1.5.
  EXPECT_NEAR(house.metric(R"(Skewness "n" > 0)", "Column.n.Skewness"), 0.864 / std::pow(1.76, 1.5),
              1e-9);
  // Fourth powers: 0.4096 + 2 * 0.0016 + 23.4256 + 10.4976 = 34.336, over 5: 6.8672; over 1.76 ^ 2,
  // less 3.
  EXPECT_NEAR(house.metric(R"(Kurtosis "n" < 0)", "Column.n.Kurtosis"), 6.8672 / (1.76 * 1.76) - 3,
              1e-9);
}

TEST(DqdlRules, equal_values_have_no_skew) {
  House house("SELECT 5 AS n FROM range(4)");
  EXPECT_TRUE(house.holds(R"(Skewness "n" = 0)"));
  EXPECT_TRUE(house.holds(R"(Kurtosis "n" = 0)"));
}

TEST(DqdlRules, keys_and_how_often_they_occur) {
  House house(kRows);
  EXPECT_DOUBLE_EQ(house.metric(R"(Uniqueness "n" > 0)", "Column.n.Uniqueness"),
                   3.0 / 5);  // 0 1 4 of the five that there are
  EXPECT_DOUBLE_EQ(house.metric(R"(Uniqueness "n" "kind" = 1)", "Multicolumn.n,kind.Uniqueness"),
                   1);  // the row of NULLs is left out
  EXPECT_DOUBLE_EQ(house.metric(R"(UniqueValueRatio "n" > 0)", "Column.n.UniqueValueRatio"),
                   3.0 / 4);
  EXPECT_DOUBLE_EQ(house.metric(R"(DistinctValuesCount "n" = 5)", "Column.n.DistinctValuesCount"),
                   5);  // NULL is one
  EXPECT_NEAR(house.metric(R"(Entropy "kind" > 0)", "Column.kind.Entropy"),
              -(0.6 * std::log(0.6) + 0.4 * std::log(0.4)), 1e-12);
  EXPECT_DOUBLE_EQ(house.metric(R"(DuplicateRowCount "kind" = 5)", "Column.kind.DuplicateRowCount"),
                   5);
  EXPECT_TRUE(house.holds("DuplicateRowCount = 0"));
  EXPECT_TRUE(house.holds(R"(IsUnique "word")"));
  EXPECT_FALSE(house.holds(R"(IsPrimaryKey "word")"));
  EXPECT_TRUE(house.holds(R"(IsPrimaryKey "word" where "word is not null")"));
  EXPECT_FALSE(house.holds(R"(IsPrimaryKey "n" where "n is not null")"));
}

TEST(DqdlRules, columns_and_their_names) {
  House house(kRows);
  EXPECT_TRUE(house.holds("ColumnCount = 3"));
  EXPECT_TRUE(house.holds(R"(ColumnExists "WORD")"));
  EXPECT_FALSE(house.holds(R"(ColumnExists "words")"));
  EXPECT_TRUE(house.holds(R"(ColumnNamesMatchPattern "^[a-z]+$")"));
  const auto failed = house.rule(R"(ColumnNamesMatchPattern "d")");
  EXPECT_FALSE(failed.verdict.success);
  EXPECT_EQ(failed.message, "columns that do not match the pattern: n");
  EXPECT_DOUBLE_EQ(
      failed.verdict.facts["metrics"]["Dataset.*.ColumnNamesPatternMatchRatio"].get<double>(),
      2.0 / 3);
}

TEST(DqdlRules, correlation_leaves_pairs_with_null_out) {
  House house("SELECT * FROM (VALUES (1, 2), (2, 4), (3, 6), (NULL, 1), (9, NULL)) v(a, b)");
  EXPECT_NEAR(
      house.metric(R"(ColumnCorrelation "a" "b" > 0.9)", "Multicolumn.a,b.ColumnCorrelation"), 1,
      1e-12);
}

TEST(DqdlRules, values_that_are_numbers) {
  House house(kRows);
  EXPECT_FALSE(house.holds(R"(ColumnValues "n" >= 0)"));  // NULL fails
  EXPECT_TRUE(house.holds(R"(ColumnValues "n" >= 0 where "n is not null")"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "n" > 0 where "n is not null")"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "n" > 0 where "n is not null" with threshold >= 0.8)"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "n" between -1 and 5 where "n is not null")"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "n" between 0 and 5 where "n is not null")"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "n" != 3)"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "n" not in [3, 5])"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "n" not in [3, NULL])"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "n" in [0, 1, 2, 4, NULL])"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "n" != NULL)"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "n" <= 2 + 2 where "n is not null")"));
  EXPECT_DOUBLE_EQ(house.metric(R"(ColumnValues "n" > 0)", "Column.n.Minimum"), 0);
}

TEST(DqdlRules, values_that_are_texts) {
  House house(kRows);
  EXPECT_TRUE(house.holds(R"(ColumnValues "kind" in ["x", "y", NULL])"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "kind" in ["x", "y"])"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "kind" not in ["z"])"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "kind" in ["X", "Y", NULL] with ignoreCase = "true")"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "word" not in [EMPTY])"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "word" != WHITESPACES_ONLY)"));
  EXPECT_TRUE(
      house.holds(R"(ColumnValues "word" in ["a", "bb", "ccc", NULL, EMPTY, WHITESPACES_ONLY])"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "kind" matches "[xy]" where "kind is not null")"));
  EXPECT_FALSE(house.holds(
      R"(ColumnValues "word" matches "[a-c ]*" where "word is not null")"));  // an empty one does
                                                                              // not match
  EXPECT_TRUE(house.holds(R"(ColumnValues "word" matches "[a-c]*" where "n <= 1")"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "kind" not matches "z.*" where "kind is not null")"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "word" not matches "a" where "word is not null")"));
  EXPECT_DOUBLE_EQ(
      house.metric(R"(ColumnValues "kind" in ["x"])", "Column.kind.ColumnValues.Compliance"), 0.5);
}

TEST(DqdlRules, values_that_are_days) {
  House house(
      "SELECT * FROM (VALUES (DATE '2026-01-31', '2026-01-31 10:00:00'), (DATE '2026-02-10', "
      "'2026-02-10'), (NULL, NULL)) v(day, text)");
  house.world.now = "2026-02-12 12:30:59";
  EXPECT_TRUE(house.holds(R"(ColumnValues "day" >= "2026-01-31" where "day is not null")"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "day" >= "2026-01-31")"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "day" != "2026-02-01")"));
  EXPECT_TRUE(house.holds(
      R"(ColumnValues "day" not between "2026-02-01" and "2026-02-09")"));  // NULL passes, unlike
                                                                            // with numbers
  EXPECT_TRUE(house.holds(R"(ColumnValues "text" in ["2026-01-31", "2026-02-10", NULL])"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "day" < (now() - 1 days) where "day is not null")"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "day" < (now() - 2 days) where "day is not null")"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "day" < "9:30 PM" where "day is not null")"));
}

TEST(DqdlRules, a_time_of_day_is_that_of_its_zone) {
  House house("SELECT DATE '2026-02-12' AS day");
  house.world.now = "2026-02-12 20:00:00";  // the 13th in Tokyo, where 08:00 is 23:00 of the 12th
  EXPECT_TRUE(house.holds(R"(ColumnValues "day" = "08:00" with timeZone = "Asia/Tokyo")"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "day" = "10:00" with timeZone = "Asia/Tokyo")"));
  EXPECT_EQ(house.rule(R"(ColumnValues "day" = "10:00" with timeZone = "Asia/Nowhere")").message,
            "ColumnValues: the time zone 'Asia/Nowhere' is not known");
}

TEST(DqdlRules, lengths_are_of_characters) {
  House house("SELECT * FROM (VALUES ('äöü'), (''), (NULL)) v(word)");
  EXPECT_TRUE(house.holds(R"(ColumnLength "word" <= 3)"));
  EXPECT_FALSE(house.holds(R"(ColumnLength "word" > 0)"));
  EXPECT_TRUE(house.holds(R"(ColumnLength "word" in [0, 3])"));
  EXPECT_FALSE(house.holds(R"(ColumnLength "word" in [3])"));
  EXPECT_TRUE(house.holds(R"(ColumnLength "word" not in [7])"));
  EXPECT_DOUBLE_EQ(
      house.metric(R"(ColumnLength "word" between -1 and 9)", "Column.word.MaximumLength"), 3);
  EXPECT_DOUBLE_EQ(house.metric(R"(ColumnLength "word" in [3])", "Column.word.LengthCompliance"),
                   1.0 / 3);
}

TEST(DqdlRules, types_that_texts_could_be) {
  House house(
      "SELECT * FROM (VALUES ('1', '2026-02-28', 'true'), ('2.5', '2026-02-30', 'no'), ('x', "
      "'28-02-2026', '2'), (NULL, NULL, NULL)) v(n, day, flag)");
  EXPECT_DOUBLE_EQ(
      house.metric(R"(ColumnDataType "n" = "Double")", "Column.n.ColumnDataType.Compliance"), 0.5);
  EXPECT_DOUBLE_EQ(
      house.metric(R"(ColumnDataType "day" = "Date")", "Column.day.ColumnDataType.Compliance"),
      0.25);
  EXPECT_DOUBLE_EQ(house.metric(R"(ColumnDataType "day" = "Date" with format = "dd-MM-yyyy")",
                                "Column.day.ColumnDataType.Compliance"),
                   0.25);
  EXPECT_DOUBLE_EQ(
      house.metric(R"(ColumnDataType "flag" = "boolean")", "Column.flag.ColumnDataType.Compliance"),
      0.5);
  EXPECT_DOUBLE_EQ(house.metric(R"x(ColumnDataType "n" = "DECIMAL(2, 1)")x",
                                "Column.n.ColumnDataType.Compliance"),
                   0.5);
  EXPECT_TRUE(house.holds(R"(ColumnDataType "day" in ["Date", "String"] with threshold >= 0.75)"));
  EXPECT_TRUE(house.holds(R"(ColumnDataType "n" != "Date")"));
  EXPECT_EQ(house.rule(R"(ColumnDataType "n" = "Money")").message,
            "ColumnDataType: there is no type 'Money'");
}

TEST(DqdlRules, fields_of_structs_are_columns) {
  House house("SELECT {'day': '2026-01-01', 'n': 3} AS info");
  EXPECT_TRUE(house.holds(R"(ColumnDataType "info.day" = "DATE")"));
  EXPECT_TRUE(house.holds(R"(Sum "info.n" = 3)"));
  EXPECT_FALSE(house.holds(R"(Sum "info.m" = 3)"));
}

TEST(DqdlRules, a_statement_gives_a_number_or_the_rows_that_pass) {
  House house(kRows);
  EXPECT_TRUE(house.holds(
      R"(CustomSql "select count(*) from primary where `n` > 1 and kind == \"y\"" = 2)"));
  EXPECT_DOUBLE_EQ(
      house.metric(
          R"(CustomSql "select n, word from primary where n is not null" with threshold > 0.8)",
          "Dataset.*.CustomSQL.Compliance"),
      5.0 / 6);
  EXPECT_EQ(house.rows(R"(Rules = [CustomSql "select n, word from primary where n is not null"])"),
            "PPPPFP");
  EXPECT_EQ(house.rule(R"(CustomSql "select max(n) from primary where n > 99" > 0)").message,
            "there is no value to measure");
  EXPECT_FALSE(house.holds(R"(CustomSql "select n from primary" > 0)"));  // six values are none
  EXPECT_EQ(house.rule(R"(CustomSql "drop table t" > 0)").message,
            "the statement is invalid: it must be one SELECT whose tables and columns are there");
  EXPECT_EQ(house.rule(R"(CustomSql "select 1; select 2" > 0)").message,
            "the statement can't be read");
  EXPECT_EQ(house.session.query("SELECT count(*) FROM t").integer(0, 0), 6);
}

TEST(DqdlRules, other_datasets) {
  House house(
      "SELECT * FROM (VALUES (1, 'a', 10.0), (2, 'b', 20.0), (3, NULL, 30.0), (NULL, 'd', 0.0)) "
      "v(id, name, net)");
  house.source("ref",
               "SELECT * FROM (VALUES (1, 'a', 15), (2, 'x', 25), (3, NULL, 40)) v(id, name, net)");
  EXPECT_DOUBLE_EQ(house.metric(R"(RowCountMatch "ref" > 1)", "Dataset.ref.RowCountMatch"),
                   4.0 / 3);
  EXPECT_DOUBLE_EQ(house.metric(R"(ReferentialIntegrity "id" "ref.id" = 0.75)",
                                "Column.ref.ReferentialIntegrity"),
                   0.75);
  EXPECT_DOUBLE_EQ(house.metric(R"(ReferentialIntegrity "id,name" "ref.{id,name}" = 0.25)",
                                "Column.ref.ReferentialIntegrity"),
                   0.25);  // NULL is no key
  EXPECT_DOUBLE_EQ(
      house.metric(R"(DatasetMatch "ref" "id" "name" = 0.5)", "Dataset.ref.DatasetMatch"),
      0.5);  // NULL is NULL
  EXPECT_DOUBLE_EQ(house.metric(R"(SchemaMatch "ref" > 0.6)", "Dataset.ref.SchemaMatch"),
                   2.0 / 3);  // DECIMAL is no INTEGER
  EXPECT_DOUBLE_EQ(house.metric(R"x(AggregateMatch "sum(net)" "SUM(ref.net)" = 0.75)x",
                                "Column.net.AggregateMatch"),
                   0.75);
  EXPECT_EQ(house.rows(R"(Rules = [ReferentialIntegrity "id" "ref.id" = 1.0])"), "PPPF");
  EXPECT_EQ(house.rule(R"(RowCountMatch "nobody" = 1)").message,
            "'nobody' was not found in additional sources");
  EXPECT_EQ(house.rule(R"(ReferentialIntegrity "id" "ref.key" = 1)").message,
            "column 'key' was not found in 'ref'");
}

TEST(DqdlRules, a_key_that_repeats_matches_no_dataset) {
  House house("SELECT * FROM (VALUES (1, 'a'), (1, 'b')) v(id, name)");
  house.source("ref", "SELECT 1 AS id, 'a' AS name");
  EXPECT_EQ(house.rule(R"(DatasetMatch "ref" "id" > 0)").message,
            "the key columns are no key: their values repeat");
}

TEST(DqdlRules, an_empty_table_fails_what_needs_rows) {
  House house("SELECT 1 AS n, 'a' AS word WHERE false");
  for (const char* rule :
       {R"(IsComplete "n")", R"(IsUnique "n")", R"(Mean "n" > 0)", R"(ColumnValues "n" > 0)",
        R"(ColumnLength "word" > 0)", R"(DistinctValuesCount "n" >= 0)",
        R"(CustomSql "select n from primary")"}) {
    EXPECT_EQ(house.rule(rule).message, "there are no rows") << rule;
    EXPECT_FALSE(house.holds(rule)) << rule;
  }
  for (const char* rule : {"RowCount = 0", "ColumnCount = 2", R"(ColumnDataType "word" = "Date")",
                           R"(DataFreshness "word" < 3 hours)", "DuplicateRowCount = 0"})
    EXPECT_TRUE(house.holds(rule)) << rule;
}

TEST(DqdlRules, a_filter_that_leaves_no_row_passes) {
  House house(kRows);
  for (const char* rule :
       {R"(IsComplete "n" where "n > 99")", R"(IsUnique "n" where "n > 99")",
        R"(Mean "n" > 99 where "n > 99")", R"(ColumnValues "n" > 99 where "n > 99")"}) {
    EXPECT_TRUE(house.holds(rule)) << rule;
    EXPECT_EQ(house.rule(rule).message, "No rows matched: nothing was checked") << rule;
  }
  EXPECT_TRUE(house.holds(R"(RowCount = 0 where "n > 99")"));
}

TEST(DqdlRules, filters_are_of_spark) {
  House house(kRows);
  EXPECT_TRUE(house.holds(R"(RowCount = 3 where "kind = \"x\"")"));
  EXPECT_TRUE(house.holds(R"(RowCount = 1 where "word rlike 'b'")"));
  EXPECT_TRUE(house.holds(R"x(RowCount = 5 where "isnotnull(n)")x"));
  EXPECT_TRUE(house.holds(R"(RowCount = 1 where "n <=> NULL")"));
  EXPECT_EQ(house.rule(R"(RowCount = 1 where "n > 1 -- all")").message,
            "the where clause is invalid");
  EXPECT_EQ(house.rule(R"(RowCount = 1 where "m > 1")").message,
            "the where clause is invalid: a column, a type or its text doesn't fit");
}

TEST(DqdlRules, a_rule_that_is_wrong_fails_and_the_others_stand) {
  House house(kRows);
  const auto outcome = house.evaluate(
      R"x(Rules = [IsComplete "nope", ColumnValues "word" matches "a(?=b)", RowCount > magic(3), Mean "word" > 1, RowCount = 6])x");
  EXPECT_EQ(outcome.rules[0].message, "column 'nope' does not exist");
  EXPECT_FALSE(outcome.rules[1].verdict.success);
  EXPECT_EQ(outcome.rules[2].message, "there is no function magic");
  EXPECT_EQ(outcome.rules[3].message, "column 'word' holds no numbers");
  EXPECT_TRUE(outcome.rules[4].verdict.success);
}

TEST(DqdlRules, composite_rules_are_combined_as_wholes_or_row_by_row) {
  House house("SELECT * FROM (VALUES (1, NULL), (NULL, 2), (3, 4)) v(a, b)");
  EXPECT_FALSE(house.holds(R"((IsComplete "a") or (IsComplete "b"))"));
  house.world.by_row = true;
  EXPECT_TRUE(
      house.holds(R"((IsComplete "a") or (IsComplete "b"))"));  // in each row there is one of them
  EXPECT_FALSE(house.holds(R"((IsComplete "a") and (IsComplete "b"))"));
  EXPECT_FALSE(
      house.holds(R"((Completeness "a" > 0.9) or (Completeness "b" > 0.9))"));  // left out of it
}

TEST(DqdlRules, analyzers_measure_and_do_not_judge) {
  House house(kRows);
  const auto outcome = house.evaluate(
      R"(Analyzers = [ RowCount, Completeness "n", ColumnValues "n", ColumnLength "word", Mean "nope", ColumnDataType "n" ])");
  EXPECT_EQ(outcome.rules[0].verdict.facts["metrics"]["Dataset.*.RowCount"], 6);
  EXPECT_EQ(outcome.rules[2].verdict.values["metrics"],
            (nlohmann::json{{"Column.n.Minimum", 0.0}, {"Column.n.Maximum", 4.0}}));
  EXPECT_EQ(outcome.rules[3].verdict.facts["metrics"]["Column.word.MaximumLength"], 3);
  EXPECT_EQ(outcome.rules[4].message, "column 'nope' does not exist");
  EXPECT_FALSE(outcome.rules[5].verdict.success);
  const auto all = house.evaluate("Analyzers = [ AllStatistics of AllColumns ]");
  EXPECT_EQ(all.rules.size(), 1 + 3 * 3U);
}

TEST(DqdlRules, history_moves_the_goal) {
  House house(kRows);
  EXPECT_EQ(house.rule("RowCount > 0.8 * avg(last(3))").message,
            "there is no earlier value of the metric");
  house.world.history["Dataset.*.RowCount"] = {{8, {}}, {7, {}}, {6, {}}};
  EXPECT_TRUE(house.holds("RowCount > 0.8 * avg(last(3))"));   // 5.6
  EXPECT_FALSE(house.holds("RowCount > 0.8 * max(last(3))"));  // 6.4
  EXPECT_FALSE(house.holds(R"(RowCount > last() where "n > 1")"));
  house.world.history["Dataset.*.RowCount (where: n > 1)"] = {{2, {}}};
  EXPECT_TRUE(house.holds(R"(RowCount > last() where "n > 1")"));  // its own earlier value: 3 > 2
}

TEST(DqdlRules, anomalies_stand_out_of_the_earlier_values) {
  House house(kRows);  // six rows
  EXPECT_EQ(house.rule(R"(DetectAnomalies "RowCount")").message,
            "there are 0 earlier values of the metric, and 3 are needed");
  house.world.history["Dataset.*.RowCount"] = {{5, {}}, {6, {}}, {7, {}}, {6, {}}};
  EXPECT_TRUE(house.holds(R"(DetectAnomalies "RowCount")"));
  house.world.history["Dataset.*.RowCount"] = {{100, {}}, {101, {}}, {99, {}}, {100, {}}};
  EXPECT_FALSE(house.holds(R"(DetectAnomalies "RowCount")"));
  house.world.history["Column.n.Completeness"] = {{0.82, {}}, {0.85, {}}, {0.83, {}}};
  EXPECT_TRUE(house.holds(R"(DetectAnomalies of Completeness of "n")"));
}

TEST(DqdlRules, anomalies_can_be_looked_for_among_days_of_the_same_name) {
  House house(kRows);
  house.world.now = "2026-02-15 06:00:00";  // a Sunday
  auto& past = house.world.history["Dataset.*.RowCount"];
  for (int week = 0; week < 3; ++week) {
    past.push_back({1000, "2026-02-" + std::string(week == 0 ? "14" : week == 1 ? "13" : "12")});
    past.push_back({6, week == 0 ? "2026-02-08" : week == 1 ? "2026-02-01" : "2026-01-25"});
  }
  EXPECT_TRUE(house.holds(R"(DetectAnomalies "RowCount" with sameWeekday = "true")"));
}

TEST(DqdlRules, results_have_glues_shape) {
  House house(kRows);
  const auto result = glue_result(
      house.evaluate(
          R"(Rules = [RowCount = 6, ColumnValues "n" > 0 labels=["a"="b"], RowCount > magic()] Analyzers = [Mean "n"])"),
      false);
  EXPECT_DOUBLE_EQ(result["Score"].get<double>(), 1.0 / 3);
  EXPECT_EQ(result["RuleResults"][0]["Result"], "PASS");
  EXPECT_EQ(result["RuleResults"][1]["Result"], "FAIL");
  EXPECT_EQ(result["RuleResults"][1]["Labels"], (nlohmann::json{{"a", "b"}}));
  EXPECT_EQ(result["RuleResults"][1]["RuleMetrics"]["RowsFailed"], 2);
  EXPECT_FALSE(result["RuleResults"][1]["EvaluatedMetrics"].contains(
      "Column.n.Minimum"));  // a value of a row
  EXPECT_EQ(result["RuleResults"][2]["Result"], "ERROR");
  EXPECT_EQ(result["AnalyzerResults"][0]["EvaluatedMetrics"]["Column.n.Mean"], 1.8);
  EXPECT_EQ(result["AggregatedMetrics"],
            (nlohmann::json{
                {"TotalRulesProcessed", 3}, {"TotalRulesPassed", 1}, {"TotalRulesFailed", 2}}));
}

TEST(DqdlRules, all_scalar_measures_take_one_scan) {
  House house(kRows);
  EXPECT_EQ(
      house
          .evaluate(
              R"(Rules = [RowCount = 6, Mean "n" > 1, ColumnValues "n" > 1, ColumnValues "kind" in ["x"], ColumnLength "word" < 9, ColumnCount = 3, IsComplete "n" where "n > 1"])")
          .scans,
      1);
  EXPECT_EQ(
      house
          .evaluate(
              R"(Rules = [RowCount = 6, IsUnique "n", Uniqueness "n" > 0.1, UniqueValueRatio "n" > 0.1, Entropy "n" > 0])")
          .scans,
      2);
}

}  // namespace
}  // namespace mr::quality::dqdl
