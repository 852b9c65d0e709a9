#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "quality/checks.hpp"
#include "quality/engine/failing_rows.hpp"
#include "quality/engine/measures.hpp"
#include "quality/dqdl/document.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::quality {
namespace {

using mr::data::Session;
using mr::data::SessionOptions;
using nlohmann::json;

constexpr auto kPeople =
    "SELECT * FROM (VALUES (1, 'zoë', 10.50::DECIMAL(9,2), DATE '2026-01-31', 'a'), (2, '', 20, DATE '2026-02-01', 'a'), (2, NULL, NULL, NULL, 'b'), "
    "(NULL, '日本', -1, DATE '1999-12-31', NULL)) v(id, name, price, day, kind)";

struct House {
  Session session{SessionOptions{}};
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("mr_quality_" + std::to_string(::getpid()));
  explicit House(const std::string& table = kPeople) {
    session.run("CREATE TABLE t AS " + table);
    std::filesystem::create_directories(folder);
  }
  ~House() { std::filesystem::remove_all(folder); }
  CheckReport rules(const std::string& text, const std::string& on_fail = "fail") {
    return run_checks(session, "t", json::array({{{"rules", "Rules = [" + text + "]"}, {"on_fail", on_fail}}}), folder.string());
  }
  CheckReport suite(const json& expectations, const std::string& on_fail = "fail", const std::string& type_key = "type") {
    json list = json::array();
    for (const auto& [type, kwargs] : expectations.items()) {
      for (const auto& one : kwargs.is_array() ? kwargs : json::array({kwargs})) list.push_back({{type_key, type}, {"kwargs", one}});
    }
    std::ofstream(folder / "s.json") << json{{"name", "s"}, {"expectations", list}, {"suite_parameters", {{"limit", 20}}}}.dump();
    return run_checks(session, "t", json::array({{{"suite", "s.json"}, {"on_fail", on_fail}}}), folder.string());
  }
  std::vector<std::string> outcome(const CheckReport& report) {
    std::vector<std::string> lines;
    for (const auto& line : report.results) lines.push_back(line["success"] == true ? "pass" : "fail");
    return lines;
  }
  bool holds(const std::string& rule) { return rules(rule).success; }
};

std::string code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const mr::Failure& failure) {
    return failure.code + " " + failure.what_happened;
  }
  return "accepted";
}

TEST(Quality, all_scalar_measures_of_a_ruleset_take_one_scan_and_each_key_set_one_more) {
  House house;
  const auto report = house.rules(R"(RowCount = 4, IsComplete "kind", Completeness "id" > 0.5, Mean "price" > 1, ColumnValues "price" > -5, IsUnique "id", Uniqueness "id" > 0.1)");
  EXPECT_EQ(report.scans, 2);
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"pass", "fail", "pass", "pass", "fail", "fail", "pass"}));
}

TEST(Quality, dqdl_treats_nulls_by_the_kind_of_the_condition) {
  House house;
  EXPECT_FALSE(house.holds(R"(ColumnValues "price" >= -1)"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "price" >= -1 where "price is not null")"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "price" != 7)"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "kind" in ["a", "b", NULL])"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "kind" in ["a", "b"])"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "kind" in ["a", "b"] with threshold >= 0.75)"));
  EXPECT_FALSE(house.holds(R"(ColumnValues "name" not in [EMPTY])"));
  EXPECT_TRUE(house.holds(R"(ColumnValues "day" > "1999-12-30" where "day is not null")"));
  EXPECT_TRUE(house.holds(R"(ColumnLength "name" <= 3)"));  // code points, not bytes
  EXPECT_TRUE(house.holds(R"(DistinctValuesCount "kind" = 3)"));
}

TEST(Quality, dqdl_between_is_open_at_both_ends) {
  House house;
  EXPECT_FALSE(house.holds("RowCount between 4 and 5"));
  EXPECT_TRUE(house.holds("RowCount between 3 and 5"));
  EXPECT_TRUE(house.holds("RowCount not between 4 and 5"));
  EXPECT_TRUE(house.holds("RowCount = 2 * 2"));
}

TEST(Quality, composite_rules_combine_whole_outcomes) {
  House house;
  EXPECT_TRUE(house.holds(R"((RowCount > 0) and ((IsComplete "id") or (ColumnExists "KIND")))"));
  EXPECT_FALSE(house.holds(R"((RowCount > 0) and (IsComplete "id"))"));
  EXPECT_TRUE(house.holds(R"(RowCount > 9 and IsComplete "id" or RowCount = 4)"));
}

TEST(Quality, an_empty_table_fails_measures_but_a_filter_that_leaves_nothing_passes) {
  House house("SELECT 1 AS a WHERE false");
  EXPECT_FALSE(house.holds(R"(IsComplete "a")"));
  EXPECT_TRUE(house.holds(R"(IsComplete "a" where "a > 3")"));
  EXPECT_TRUE(house.holds("RowCount = 0"));
}

TEST(Quality, a_missing_column_or_a_bad_filter_fails_that_rule_only) {
  House house;
  const auto report = house.rules(R"(IsComplete "nope", RowCount = 4 where "nope > 1", RowCount = 4)");
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"fail", "fail", "pass"}));
  EXPECT_EQ(report.results[0]["reason"], "column 'nope' does not exist");
}

TEST(Quality, a_filter_that_fails_on_the_data_fails_its_rule_and_shows_no_value) {
  House house;
  const auto report = house.rules(R"(RowCount = 4 where "CAST(kind AS INTEGER) > 1", RowCount = 4)");
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"fail", "pass"}));
  EXPECT_EQ(report.results[0]["reason"], "its SQL fails on the data: a value doesn't fit a comparison or a cast");
}

TEST(Quality, what_is_not_known_is_refused_by_name) {
  House house;
  EXPECT_EQ(code_of([&] { house.rules(R"(DataFreshest "day" < 3)"); }), "E7003 rule type DataFreshest is not known");
  EXPECT_EQ(code_of([&] { house.rules("RowCount >"); }), "E7004 expected a number, found ']'");
  EXPECT_EQ(house.rules(R"x(ColumnValues "name" matches "a(?=b)")x").results[0]["code"], "E7006");
  EXPECT_EQ(code_of([&] { run_checks(house.session, "t", json::array({{{"suite", "no.json"}}}), house.folder.string()); }).substr(0, 5), "E7001");
}

TEST(Quality, an_expectation_that_can_not_be_evaluated_fails_with_its_reason_and_the_rest_run) {
  House house;
  const auto report = house.suite({{"expect_column_values_to_be_between", {{"column", "id"}}}, {"expect_magic", {{"column", "id"}}}, {"expect_table_row_count_to_equal", {{"value", 4}}}});
  EXPECT_FALSE(report.success);
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"fail", "fail", "pass"}));
  EXPECT_EQ(report.results[0]["code"], "E7005");
  EXPECT_EQ(report.results[1]["reason"], "expectation expect_magic is not supported");
  EXPECT_EQ(code_of([&] { bind_checks(house.session, "SELECT * FROM t", json::array({{{"suite", "s.json"}}}), house.folder.string()); }).substr(0, 5), "E7005");
}

TEST(Quality, expectations_leave_nulls_out_and_honour_mostly) {
  House house;
  const auto report = house.suite({{"expect_column_values_to_be_between", json::array({{{"column", "price"}, {"min_value", -1}, {"max_value", 20}},
                                                                                        {{"column", "price"}, {"min_value", 0}, {"mostly", 0.6}},
                                                                                        {{"column", "price"}, {"min_value", 0}},
                                                                                        {{"column", "price"}, {"max_value", {{"$PARAMETER", "limit"}}}, {"strict_max", true}},
                                                                                        {{"column", "day"}, {"min_value", "1999-12-31"}, {"max_value", "2026-02-01"}}})}});
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"pass", "pass", "fail", "fail", "pass"}));
  EXPECT_EQ(report.results[0]["considered_count"], 3);
  EXPECT_EQ(report.results[2]["unexpected_count"], 1);
  EXPECT_EQ(report.scans, 1);
}

TEST(Quality, expectations_read_row_conditions) {
  House house;
  const auto report = house.suite({{"expect_column_values_to_not_be_null", json::array({{{"column", "name"}, {"row_condition", "col(\"kind\")==\"a\""}, {"condition_parser", "great_expectations"}},
                                                                                         {{"column", "name"}, {"row_condition", "col(\"id\").notNull()"}}})},
                                   {"expect_table_row_count_to_equal", {{"value", 2}, {"row_condition", "col(\"price\") >= 10.5"}}}});
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"pass", "fail", "pass"}));
}

TEST(Quality, each_expectation_does_its_job) {
  House house;
  const auto passes = [&](const char* type, const json& kwargs) { return house.suite({{type, kwargs}}).success; };
  EXPECT_TRUE(passes("expect_column_to_exist", {{"column", "id"}}));
  EXPECT_FALSE(passes("expect_column_to_exist", {{"column", "ID"}}));
  EXPECT_TRUE(passes("expect_column_values_to_be_in_set", {{"column", "kind"}, {"value_set", {"a", "b"}}}));
  EXPECT_FALSE(passes("expect_column_values_to_not_be_in_set", {{"column", "kind"}, {"value_set", {"b"}}}));
  EXPECT_FALSE(passes("expect_column_values_to_be_in_set", {{"column", "kind"}, {"value_set", json::array()}}));
  EXPECT_FALSE(passes("expect_column_values_to_be_unique", {{"column", "id"}}));
  EXPECT_TRUE(passes("expect_column_values_to_be_unique", {{"column", "price"}}));
  EXPECT_TRUE(passes("expect_column_values_to_match_regex", {{"column", "kind"}, {"regex", "^[ab]$"}}));
  EXPECT_FALSE(passes("expect_column_values_to_not_match_regex", {{"column", "name"}, {"regex", "z"}}));
  EXPECT_TRUE(passes("expect_column_value_lengths_to_be_between", {{"column", "name"}, {"min_value", 0}, {"max_value", 3}}));
  EXPECT_TRUE(passes("expect_column_value_lengths_to_equal", {{"column", "kind"}, {"value", 1}}));
  EXPECT_TRUE(passes("expect_column_values_to_be_of_type", {{"column", "name"}, {"type_", "VARCHAR"}}));
  EXPECT_TRUE(passes("expect_column_max_to_be_between", {{"column", "price"}, {"min_value", 20}, {"max_value", 20}}));
  EXPECT_TRUE(passes("expect_column_mean_to_be_between", {{"column", "price"}, {"min_value", 9}, {"max_value", 10}}));
  EXPECT_TRUE(passes("expect_column_sum_to_be_between", {{"column", "price"}, {"min_value", 29.5}, {"max_value", 29.5}}));
  EXPECT_TRUE(passes("expect_column_unique_value_count_to_be_between", {{"column", "id"}, {"min_value", 2}, {"max_value", 2}}));
  EXPECT_TRUE(passes("expect_compound_columns_to_be_unique", {{"column_list", {"id", "kind"}}}));
  EXPECT_FALSE(passes("expect_column_pair_values_A_to_be_greater_than_B", {{"column_A", "price"}, {"column_B", "id"}}));
  EXPECT_TRUE(passes("expect_table_columns_to_match_set", {{"column_set", {"kind", "id", "name", "price", "day"}}}));
  EXPECT_FALSE(passes("expect_table_columns_to_match_ordered_list", {{"column_list", {"kind", "id", "name", "price", "day"}}}));
  EXPECT_TRUE(passes("expect_table_row_count_to_be_between", {{"min_value", 4}, {"max_value", 4}}));
}

TEST(Quality, suites_of_0_18_are_read_too) {
  House house;
  EXPECT_TRUE(house.suite({{"expect_table_row_count_to_equal", {{"value", 4}}}}, "fail", "expectation_type").success);
}

TEST(Quality, quarantine_names_the_rows_and_the_rules_that_they_broke) {
  House house;
  const auto report = house.rules(R"(IsComplete "id", IsUnique "id", ColumnValues "price" >= 0, RowCount = 4)", "quarantine");
  EXPECT_TRUE(report.success);
  const auto bad = house.session.query("SELECT name, " + report.quarantine_reason + " FROM t WHERE " + report.quarantine_condition + " ORDER BY day NULLS LAST");
  ASSERT_EQ(bad.rows.size(), 3U);
  EXPECT_EQ(bad.rows[0][0], "日本");
  EXPECT_EQ(bad.rows[0][1], R"(IsComplete "id"; ColumnValues "price" >= 0)");
  EXPECT_EQ(bad.rows[1][1], R"(IsUnique "id")");
  EXPECT_EQ(bad.rows[2][1], R"(IsUnique "id"; ColumnValues "price" >= 0)");
}

TEST(Quality, keys_of_several_columns_are_found_again_even_with_nulls_in_them) {
  House house("SELECT * FROM (VALUES (1, NULL), (1, NULL), (2, 'x'), (NULL, NULL), (NULL, NULL)) v(a, b)");
  const auto report = house.rules(R"(IsUnique "a" "b")", "quarantine");
  EXPECT_EQ(house.session.query("SELECT count(*) FROM t WHERE " + report.quarantine_condition).integer(0, 0), 2);
}

TEST(Quality, quarantine_of_a_check_that_is_not_about_rows_fails) {
  House house;
  const auto report = house.rules("RowCount = 5", "quarantine");
  EXPECT_FALSE(report.success);
  EXPECT_TRUE(report.quarantine_condition.empty());
}

TEST(Quality, a_warning_does_not_fail) {
  House house;
  const auto report = house.rules("RowCount = 5", "warn");
  EXPECT_TRUE(report.success);
  EXPECT_EQ(report.results[0]["success"], false);
}

TEST(Quality, results_never_show_a_text_of_the_data) {
  House house;
  const auto report = house.suite({{"expect_column_max_to_be_between", {{"column", "name"}, {"max_value", "a"}}}, {"expect_column_values_to_be_in_set", {{"column", "name"}, {"value_set", {"x"}}}}});
  EXPECT_EQ(report.results.dump().find("zo"), std::string::npos);
}

// --- what rules may ask for besides the rows

json checks_of(const std::string& rules, const json& more = json::object()) {
  json check{{"rules", rules}, {"on_fail", "fail"}};
  check.update(more);
  return json::array({check});
}

TEST(QualityWorld, other_datasets_are_known_by_their_aliases_dots_and_all) {
  House house;
  house.session.run("CREATE TABLE other AS SELECT 1 AS id UNION ALL SELECT 2");
  dqdl::World world;
  world.sources["ids"] = world.sources["clean.ids"] = {"other", house.session.describe("other")};
  const auto text = R"x(Rules = [ ReferentialIntegrity "id" "ids.id" >= 0.75, ReferentialIntegrity "id" "clean.ids.{id}" = 0.75, RowCountMatch "clean.ids" = 2.0, AggregateMatch "sum(id)" "sum(clean.ids.id)" > 1.6,
                            ReferentialIntegrity "id" "strangers.id" = 1.0 ])x";
  const auto report = run_checks(house.session, "t", checks_of(text), "", world);
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"pass", "pass", "pass", "pass", "fail"})) << report.results.dump(1);
}

TEST(QualityWorld, rules_look_back_at_what_they_measured_and_hand_on_what_they_measure) {
  House house;
  dqdl::World world;
  world.history["Dataset.*.RowCount"] = {{4, "2026-01-04T00:00:00Z"}, {3, "2026-01-03T00:00:00Z"}};
  world.history["Dataset.*.RowCount (where: id = 2)"] = {{7, ""}};
  const auto report = run_checks(house.session, "t", checks_of(R"(Rules = [ RowCount = last(), RowCount > avg(last(2)), RowCount < last() where "id = 2",
      (RowCount >= 4) and (Completeness "id" = 1.0 where "kind = 'a'"), ColumnValues "price" > -2 ] Analyzers = [ DistinctValuesCount "kind" ])"), "", world);
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"pass", "pass", "pass", "pass", "fail", "pass"})) << report.results.dump(1);
  EXPECT_EQ(report.metrics["Dataset.*.RowCount"], 4);
  EXPECT_EQ(report.metrics["Dataset.*.RowCount (where: id = 2)"], 2);
  EXPECT_EQ(report.metrics["Column.id.Completeness (where: kind = 'a')"], 1);
  EXPECT_EQ(report.metrics["Column.kind.DistinctValuesCount"], 3);
  EXPECT_EQ(report.metrics["Column.price.Minimum"], -1) << "an extreme is handed on, and not told";
  EXPECT_EQ(report.results.dump().find("Minimum"), std::string::npos);
}

TEST(QualityWorld, without_history_a_rule_that_needs_it_fails_and_measures_for_the_next_time) {
  House house;
  const auto report = run_checks(house.session, "t", checks_of(R"(Rules = [ RowCount = last(), DetectAnomalies "RowCount", DetectAnomalies "ColumnLength" "name" ])"), "");
  EXPECT_EQ(house.outcome(report), (std::vector<std::string>{"fail", "fail", "fail"}));
  EXPECT_EQ(report.metrics, (json{{"Dataset.*.RowCount", 4}, {"Column.name.MaximumLength", 3}, {"Column.name.MinimumLength", 0}}));
}

TEST(QualityWorld, days_of_the_week_are_those_for_which_the_rows_are) {
  House house;
  dqdl::World world;
  world.history["Dataset.*.RowCount"] = {{4, "2026-01-26T05:00:00Z"}, {90, "2026-01-25T05:00:00Z"}, {4, "2026-01-19T05:00:00Z"}, {91, "2026-01-18T05:00:00Z"}, {4, "2026-01-12T05:00:00Z"}, {92, "2026-01-11T05:00:00Z"}};
  const auto rules = checks_of(R"(Rules = [ DetectAnomalies "RowCount" with sameWeekday = "true" ])");
  world.day = "2026-02-02T05:00:00Z";  // a Monday, as those with four rows
  EXPECT_TRUE(run_checks(house.session, "t", rules, "", world).success);
  world.day = "2026-02-01T05:00:00Z";
  EXPECT_FALSE(run_checks(house.session, "t", rules, "", world).success);
}

TEST(QualityWorld, parts_are_combined_row_by_row_where_that_is_asked_for) {
  House house("SELECT * FROM (VALUES (1, NULL), (NULL, 2)) v(a, b)");
  const std::string rules = R"(Rules = [ (IsComplete "a") or (IsComplete "b") ])";
  EXPECT_FALSE(run_checks(house.session, "t", checks_of(rules), "").success);
  EXPECT_TRUE(run_checks(house.session, "t", checks_of(rules, {{"by_row", true}}), "").success);
  EXPECT_EQ(code_of([&] { run_checks(house.session, "t", checks_of(rules, {{"by_row", "yes"}}), ""); }).substr(0, 5), "E7005");
}

TEST(QualityWorld, files_are_those_behind_the_rows) {
  House house;
  std::ofstream(house.folder / "a.csv") << "12345";
  dqdl::World world;
  const auto rules = checks_of(R"(Rules = [ FileSize < 6 B, FileSize "." >= 5 B ])");
  EXPECT_EQ(house.outcome(run_checks(house.session, "t", rules, house.folder.string(), world)), (std::vector<std::string>{"fail", "pass"})) << "none is known; paths start at the folder";
  world.files = {(house.folder / "a.csv").string()};
  EXPECT_EQ(house.outcome(run_checks(house.session, "t", rules, house.folder.string(), world)), (std::vector<std::string>{"pass", "pass"}));
}

TEST(QualityWorld, estimates_are_asked_for_and_told_and_take_no_pass_of_their_own) {
  House house("SELECT i % 1000 AS few, CASE WHEN i % 10 > 0 THEN i END AS many FROM range(20000) r(i)");
  const std::string rules = R"(Rules = [ DistinctValuesCount "few" between 600 and 1500, DistinctValuesCount "many" between 11000 and 27000, InterquartileRange "few" between 450 and 550, RowCount = 20000 ])";
  const auto exact = run_checks(house.session, "t", checks_of(rules), ""), estimate = run_checks(house.session, "t", checks_of(rules, {{"approximate", true}}), "");
  EXPECT_TRUE(exact.success && estimate.success) << estimate.results.dump(1);
  EXPECT_EQ(exact.metrics["Column.many.DistinctValuesCount"], 18001) << "NULL is one";
  EXPECT_EQ(exact.scans, 3);
  EXPECT_EQ(estimate.scans, 1);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_FALSE(exact.results[i].contains("approximate"));
    EXPECT_EQ(estimate.results[i].contains("approximate"), i < 3) << estimate.results[i].dump();
  }
}

TEST(QualityWorld, estimates_of_expectations_are_told_too) {
  House house("SELECT i % 1000 AS few, i / 2.0 AS price, NULL::INTEGER AS nothing FROM range(20000) r(i)");
  std::ofstream(house.folder / "s.json") << R"({"expectations": [
      {"type": "expect_column_unique_value_count_to_be_between", "kwargs": {"column": "few", "min_value": 600, "max_value": 1500}},
      {"type": "expect_column_proportion_of_unique_values_to_be_between", "kwargs": {"column": "few", "min_value": 0.03, "max_value": 0.075}},
      {"type": "expect_column_proportion_of_unique_values_to_be_between", "kwargs": {"column": "nothing", "max_value": 0}},
      {"type": "expect_column_median_to_be_between", "kwargs": {"column": "price", "min_value": 4900, "max_value": 5100}},
      {"type": "expect_column_quantile_values_to_be_between", "kwargs": {"column": "price", "quantile_ranges": {"quantiles": [0.1, 0.9], "value_ranges": [[900, 1100], [8900, 9100]]}}},
      {"type": "expect_column_max_to_be_between", "kwargs": {"column": "few", "max_value": 999}}]})";
  const auto check = json::array({{{"suite", "s.json"}, {"approximate", true}}});
  const auto report = run_checks(house.session, "t", check, house.folder.string());
  EXPECT_TRUE(report.success) << report.results.dump(1);
  EXPECT_EQ(report.scans, 1);
  std::string told;
  for (const auto& line : report.results) told += line.contains("approximate") ? "~" : "=";
  EXPECT_EQ(told, "~~~~~=");
}

TEST(QualityMeasures, are_computed_once_in_a_pass_for_each_relation_and_key_set_and_a_round_later_when_they_build_on_others) {
  House house;
  Measures measures;
  const MeasureId rows = measures.scalar("count(*)"), same = measures.scalar("count(*)"), mean = measures.scalar("avg(CAST(price AS DOUBLE))");
  const MeasureId above = measures.scalar("count(*)", "price > " + Measures::value_sql(mean)), none = measures.scalar("max(nothing)");
  const MeasureId kinds = measures.grouped({"kind", "id"}, "id IS NOT NULL", "to_json(list({'kind': k0, 'rows': n} ORDER BY k1, k0))");
  EXPECT_EQ(rows, same);
  const auto plan = measures.plan();
  ASSERT_EQ(plan.size(), 3U);
  EXPECT_EQ(plan[1].keys, (std::vector<std::string>{"kind", "id"}));
  EXPECT_EQ(plan[2].round, 1);
  measures.compute(house.session, "t");
  EXPECT_EQ(measures.scans(), 3);
  EXPECT_EQ(measures.count(rows), 4);
  EXPECT_DOUBLE_EQ(measures.number(mean).value_or(0), 29.5 / 3);
  EXPECT_EQ(measures.count(above), 2);
  EXPECT_EQ(*measures.text(kinds), R"([{"kind":"a","rows":1},{"kind":"a","rows":1},{"kind":"b","rows":1}])");
  EXPECT_EQ(measures.problem(none), "its SQL can't be bound: a column, type or where text doesn't fit");
}

// Of "a FILTER (…)" behind an expression of several aggregates only the last one would be meant.
TEST(QualityMeasures, a_filter_is_of_a_whole_expression) {
  House house("SELECT * FROM (VALUES (1, 'a'), (2, 'a'), (9, 'b'), (10, 'b'), (NULL, 'b')) v(x, kind)");
  Measures measures;
  const MeasureId plain = measures.scalar("max(x)", "kind = 'a'"), rows = measures.scalar("count(*)");
  const MeasureId range = measures.scalar("max(x) - min(x)", "kind = 'b'"), share = measures.scalar("CAST(count(x) AS DOUBLE) / count(*)", "kind = 'b'");
  const MeasureId guarded = measures.scalar("coalesce(sum(x), 0)", "kind = 'c'"), quoted = measures.scalar("any_value(kind || ')(')", "kind = 'b'"), bracket = measures.scalar("(sum(x))", "kind = 'a'");
  const auto plan = measures.plan();
  EXPECT_EQ(plan.size(), 4U) << "one for all that are a single aggregate, and one for each filter of the others";
  measures.compute(house.session, "t");
  EXPECT_EQ(measures.first_problem(), "");
  EXPECT_EQ(measures.count(plain), 2);
  EXPECT_EQ(measures.count(rows), 5);
  EXPECT_EQ(measures.count(range), 1);
  EXPECT_DOUBLE_EQ(measures.number(share).value_or(0), 2.0 / 3);
  EXPECT_EQ(measures.text(guarded), "0");
  EXPECT_EQ(measures.text(quoted), "b)(");
  EXPECT_EQ(measures.count(bracket), 3);
}

TEST(QualityMeasures, values_of_a_column_are_counted_by_the_column) {
  House house("SELECT * FROM (VALUES (1, 'a'), (NULL, 'a'), (9, NULL)) v(\"x\"\"y\", kind)");
  const std::string x = "\"x\"\"y\"";
  const std::vector<std::pair<std::string, int64_t>> counts{{x + " IS NOT NULL", 2}, {x + " IS NULL", 1}, {"(" + x + " IS NOT NULL) IS NOT TRUE", 1}, {"(" + x + " IS NULL) IS NOT TRUE", 2},
                                                            {x + " = 1 AND \"kind\" IS NOT NULL", 1}, {"(" + x + " IS NOT NULL) AND (\"kind\" IS NULL)", 1}, {"(" + x + " = 9) IS NOT TRUE", 2}};
  Measures measures;
  std::vector<MeasureId> ids;
  for (const auto& [filter, count] : counts) ids.push_back(measures.scalar("count(*)", filter));
  EXPECT_EQ(measures.scalar("count(\"x\"\"y\")"), ids[0]) << "the same measure, whatever it was asked as";
  measures.compute(house.session, "t");
  for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(measures.count(ids[i]), counts[i].second) << counts[i].first;
}

TEST(QualityRows, the_first_failing_rows_of_each_check_come_in_one_pass_as_json) {
  House house;
  const std::vector<std::string> day{shown("day", "DATE"), shown("price", "DECIMAL(9,2)")};
  const auto found = failing_rows(house.session, "t", {{{}, "price > 0", day, 1}, {{}, "kind = 'a'", {shown("name", "VARCHAR")}, 9}, {{}, "id IS NULL", day, 9}});
  EXPECT_EQ(found.scans, 1);
  EXPECT_EQ(json(found.rows).dump(), R"([[["2026-01-31",10.5]],[["zoë"],[""]],[["1999-12-31",-1.0]]])");
}

TEST(QualityRows, a_condition_that_fails_on_the_data_has_no_rows_and_spoils_no_other) {
  House house;
  const auto found = failing_rows(house.session, "t", {{{}, "CAST(kind AS INTEGER) > 1", {"name"}, 9}, {{}, "id = 1", {shown("id", "INTEGER")}, 9}});
  EXPECT_EQ(json(found.rows).dump(), "[[],[[1]]]");
}

TEST(Quality, mistakes_in_rules_are_told_with_line_and_column) {
  try {
    dqdl::parse("Rules = [\n  RowCount > 1,\n  # a comment\n  IsComplete \"a\" RowCount\n", "r.dqdl");
    FAIL();
  } catch (const mr::Failure& failure) {
    EXPECT_EQ(failure.where, "r.dqdl:4:3");
  }
}

}  // namespace
}  // namespace mr::quality
