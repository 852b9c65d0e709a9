// Suites of Great Expectations: what their results look like, and what becomes of bad ones.
#include "quality/validate.hpp"

#include "sdk/millrace_plugin.hpp"
#include <gtest/gtest.h>

#include <string>

namespace mr::quality {
namespace {

using nlohmann::json;

constexpr auto kParcels =
    "SELECT * FROM (VALUES (1, 'a', 10, 20, TIMESTAMP '2026-01-01 08:00:00'), (2, 'b', 200, 20, "
    "TIMESTAMP '2026-01-02 08:00:00.5'), (3, NULL, 300, NULL, NULL), (4, 'b', NULL, 5, TIMESTAMP "
    "'2026-01-04 00:00:00')) "
    "v(id, code, grams, cents, day)";

struct House {
  mr::data::Session session{mr::data::SessionOptions{}};

  explicit House(const std::string& table = kParcels) { session.run("CREATE TABLE t AS " + table); }

  Validation run(const json& suite, const json& format = "COMPLETE", bool as_0_18 = false) {
    return validate(session, "t", suite.dump(), "s.json",
                    {.result_format = format,
                     .parameters = json{{"limit", 150}},
                     .as_0_18 = as_0_18,
                     .batch = "parcels",
                     .now = "2026-11-27T12:00:00Z"});
  }

  json one(const std::string& type, const json& kwargs, const json& format = "COMPLETE") {
    return run({{"expectations", json::array({{{"type", type}, {"kwargs", kwargs}}})}}, format)
        .result["results"][0];
  }

  bool holds(const std::string& type, const json& kwargs) {
    const json result = one(type, kwargs);
    EXPECT_EQ(result["exception_info"]["raised_exception"], false) << result["exception_info"];
    return result["success"];
  }

  std::string exception(const std::string& type, const json& kwargs) {
    const json result = one(type, kwargs);
    EXPECT_EQ(result["success"], false);
    return result["exception_info"]["raised_exception"] == true
               ? result["exception_info"]["exception_message"].get<std::string>()
               : "none was raised";
  }

  bool rows_left(const json& condition, const std::string& parser, int64_t rows) {
    json kwargs{{"value", rows}, {"row_condition", condition}};
    if (!parser.empty()) kwargs["condition_parser"] = parser;
    return holds("expect_table_row_count_to_equal", kwargs);
  }
};

const json kHeavy{{"column", "grams"}, {"max_value", 100}};
const json kByKey{{"result_format", "COMPLETE"}, {"unexpected_index_column_names", {"id"}}};

TEST(GxResult, a_complete_result_of_a_map_expectation_has_counts_shares_and_lists) {
  House house;
  const json result = house.one("expect_column_values_to_be_between", kHeavy, kByKey);
  EXPECT_EQ(result["success"], false);
  EXPECT_EQ(
      result["result"],
      json::parse(
          R"({"element_count": 4, "unexpected_count": 2, "unexpected_percent": 66.66666666666667, "missing_count": 1, "missing_percent": 25.0,
      "unexpected_percent_total": 50.0, "unexpected_percent_nonmissing": 66.66666666666667, "partial_unexpected_list": [200, 300], "unexpected_list": [200, 300],
      "partial_unexpected_counts": [{"value": 200, "count": 1}, {"value": 300, "count": 1}], "unexpected_index_column_names": ["id"],
      "partial_unexpected_index_list": [{"grams": 200, "id": 2}, {"grams": 300, "id": 3}], "unexpected_index_list": [{"grams": 200, "id": 2}, {"grams": 300, "id": 3}],
      "unexpected_index_query": "SELECT \"id\", \"grams\" FROM t WHERE (\"grams\" IS NOT NULL) AND ((\"grams\" <= 100) IS NOT TRUE);"})"));
}

TEST(GxResult, each_level_has_its_fields) {
  House house;
  const auto fields = [&](const json& format) {
    std::string names;
    const json result = house.one("expect_column_values_to_be_between", kHeavy, format)["result"];
    for (const auto& [name, value] : result.items()) names += name + " ";
    return names;
  };
  EXPECT_EQ(fields("BOOLEAN_ONLY"), "");
  EXPECT_EQ(fields("BASIC"),
            "element_count missing_count missing_percent partial_unexpected_list unexpected_count "
            "unexpected_percent unexpected_percent_nonmissing unexpected_percent_total ");
  EXPECT_EQ(fields("SUMMARY"),
            "element_count missing_count missing_percent partial_unexpected_counts "
            "partial_unexpected_list unexpected_count unexpected_percent "
            "unexpected_percent_nonmissing unexpected_percent_total ");
  const json result =
      house.one("expect_column_values_to_not_be_null", {{"column", "code"}}, "SUMMARY")["result"];
  EXPECT_EQ(
      result,
      json::parse(
          R"({"element_count": 4, "unexpected_count": 1, "unexpected_percent": 25.0, "partial_unexpected_list": [null], "partial_unexpected_counts": [{"value": null, "count": 1}]})"));
}

TEST(GxResult, lists_are_cut_and_left_out_as_the_format_says) {
  House house("SELECT i AS id, i % 7 AS x FROM range(1000) r(i)");
  const json format{{"result_format", "COMPLETE"},
                    {"partial_unexpected_count", 3},
                    {"unexpected_index_column_names", {"id"}},
                    {"exclude_unexpected_values", true},
                    {"return_unexpected_index_query", false}};
  const json kwargs{{"column", "x"}, {"value_set", {0}}};
  const json result = house.one("expect_column_values_to_be_in_set", kwargs, format)["result"];
  EXPECT_FALSE(result.contains("unexpected_list") || result.contains("partial_unexpected_list") ||
               result.contains("unexpected_index_query"));
  EXPECT_EQ(result["partial_unexpected_index_list"], json::parse(R"({"id": [1, 2, 3]})"));
  const json whole = house.one("expect_column_values_to_be_in_set", kwargs)["result"];
  EXPECT_EQ(whole["unexpected_count"], 857);
  EXPECT_EQ(whole["unexpected_list"].size(), 200U);
  EXPECT_EQ(whole["partial_unexpected_list"].size(), 20U);
  EXPECT_EQ(whole["partial_unexpected_counts"][0], json::parse(R"({"value": 1, "count": 34})"));
}

TEST(GxResult, of_1_x_and_of_0_18_name_things_their_own_way) {
  House house;
  const json suite{{"name", "parcels"},
                   {"expectations", json::array({{{"type", "expect_column_to_exist"},
                                                  {"kwargs", {{"column", "id"}}},
                                                  {"id", "7"},
                                                  {"severity", "warning"}}})},
                   {"suite_parameters", {{"limit", 1}}}};
  const json now = house.run(suite).result;
  EXPECT_EQ(now["suite_name"], "parcels");
  EXPECT_EQ(now["suite_parameters"]["limit"], 150);
  EXPECT_EQ(
      now["statistics"],
      json::parse(
          R"({"evaluated_expectations": 1, "successful_expectations": 1, "unsuccessful_expectations": 0, "success_percent": 100.0})"));
  EXPECT_EQ(now["meta"]["run_id"],
            json::parse(R"({"run_name": null, "run_time": "2026-11-27T12:00:00Z"})"));
  EXPECT_EQ(
      now["results"][0]["expectation_config"],
      json::parse(
          R"({"type": "expect_column_to_exist", "kwargs": {"column": "id", "batch_id": "parcels"}, "meta": {}, "id": "7", "severity": "warning"})"));
  const json old = house.run(suite, "BASIC", true).result;
  EXPECT_EQ(old["meta"]["expectation_suite_name"], "parcels");
  EXPECT_EQ(old["evaluation_parameters"]["limit"], 150);
  EXPECT_EQ(old["results"][0]["expectation_config"]["expectation_type"], "expect_column_to_exist");
  EXPECT_FALSE(old["results"][0]["expectation_config"].contains("type"));
}

TEST(GxResult, pairs_are_arrays_lists_of_columns_are_objects_and_times_are_iso) {
  House house;
  EXPECT_EQ(house
                .one("expect_column_pair_values_to_be_equal",
                     {{"column_A", "grams"}, {"column_B", "cents"}})["result"]["unexpected_list"]
                .dump(),
            "[[10,20],[200,20],[300,null],[null,5]]");
  EXPECT_EQ(house.one("expect_compound_columns_to_be_unique",
                      {{"column_list", {"code", "cents"}},
                       {"row_condition", "col(\"id\") < 3"},
                       {"condition_parser", "great_expectations"}})["success"],
            true);
  EXPECT_EQ(
      house
          .one("expect_multicolumn_sum_to_equal", {{"column_list", {"grams", "cents"}},
                                                   {"sum_total", 30}})["result"]["unexpected_list"]
          .dump(),
      R"([{"cents":20,"grams":200},{"cents":null,"grams":300},{"cents":5,"grams":null}])");
  EXPECT_EQ(
      house.one("expect_column_values_to_be_null", {{"column", "day"}})["result"]["unexpected_list"]
          .dump(),
      R"(["2026-01-01T08:00:00","2026-01-02T08:00:00.5","2026-01-04T00:00:00"])");
}

TEST(GxSuite, a_clean_suite_of_fifty_map_expectations_takes_one_scan_and_two_when_five_fail) {
  House house("SELECT i AS id, i % 10 AS x, 'k' || i AS k FROM range(5000) r(i)");
  json list = json::array();
  for (int i = 0; i < 50; ++i)
    list.push_back(
        {{"type", "expect_column_values_to_be_between"},
         {"kwargs", {{"column", i % 2 ? "x" : "id"}, {"min_value", -i}, {"max_value", 5000 + i}}}});
  const auto clean = house.run({{"expectations", list}});
  EXPECT_TRUE(clean.success);
  EXPECT_EQ(clean.scans, 1);
  for (int i = 0; i < 5; ++i)
    list[static_cast<size_t>(i)] = {
        {"type", "expect_column_values_to_match_regex"},
        {"kwargs", {{"column", "k"}, {"regex", "^k[0-" + std::to_string(i) + "]"}}}};
  const auto dirty = house.run({{"expectations", list}});
  EXPECT_EQ(dirty.result["statistics"]["unsuccessful_expectations"], 5);
  EXPECT_EQ(dirty.scans, 2);
}

TEST(GxSuite, the_engine_reads_the_table_as_often_as_is_told) {
  House house("SELECT i AS id FROM range(10) r(i)");
  house.session.run("CREATE SEQUENCE read");
  house.session.run("CREATE VIEW counted AS SELECT id, nextval('read') AS n FROM t");
  const json suite{
      {"expectations", json::array({{{"type", "expect_column_values_to_be_between"},
                                     {"kwargs", {{"column", "n"}, {"min_value", 1}}}},
                                    {{"type", "expect_column_values_to_be_between"},
                                     {"kwargs", {{"column", "n"}, {"max_value", 0}}}}})}};
  const auto done =
      validate(house.session, "counted", suite.dump(), "s", {.result_format = "COMPLETE"});
  EXPECT_EQ(house.session.query("SELECT nextval('read')").integer(0, 0), 10 * done.scans + 1);
}

TEST(GxSuite, a_plan_tells_measures_and_scans_before_anything_is_read) {
  House house;
  const json suite{
      {"expectations",
       json::array(
           {{{"type", "expect_column_values_to_be_between"}, {"kwargs", kHeavy}},
            {{"type", "expect_column_values_to_be_unique"}, {"kwargs", {{"column", "code"}}}},
            {{"type", "expect_column_value_z_scores_to_be_less_than"},
             {"kwargs", {{"column", "grams"}, {"threshold", 3}, {"double_sided", true}}}}})}};
  const json plan = plan_of(house.session, "t", suite.dump(), "s", {});
  EXPECT_EQ(plan["checks"], 3);
  ASSERT_EQ(plan["scans"].size(), 3U);  // scalars, keys, and scalars that need mean and deviation
  EXPECT_EQ(plan["scans"][1]["keys"], json::parse(R"(["\"code\""])"));
  EXPECT_EQ(plan["scans"][2]["round"], 2);
}

TEST(GxConditions, of_every_parser_leave_the_rows_that_they_name) {
  House house;
  EXPECT_TRUE(house.rows_left("col(\"code\").notNull()", "great_expectations__experimental__", 3));
  EXPECT_TRUE(house.rows_left("col(\"grams\") >= 200", "", 2));
  EXPECT_TRUE(house.rows_left("col(\"day\") > date(\"2026-01-02\")", "great_expectations", 2));
  EXPECT_TRUE(house.rows_left("grams == 200", "pandas", 1));
  EXPECT_TRUE(house.rows_left("grams == '200'", "pandas", 0));
  EXPECT_TRUE(
      house.rows_left("code != 'b'", "pandas", 2));  // a missing value is not equal to anything
  EXPECT_TRUE(house.rows_left("(grams > 5) & (cents < 21) and not id == 2", "pandas", 1));
  EXPECT_TRUE(house.rows_left("5 < grams <= 200", "pandas", 2));
  EXPECT_TRUE(house.rows_left("code in ['a', 'c'] or id not in [1, 2, 3]", "pandas", 2));
  EXPECT_TRUE(house.rows_left("~code.isnull() | `id` == 3", "pandas", 4));
  EXPECT_TRUE(house.rows_left("code == 'b' AND `grams` > 1", "spark", 1));
  EXPECT_TRUE(house.rows_left(
      json::parse(
          R"({"type": "and", "conditions": [{"type": "nullity", "column": {"name": "code"}, "is_null": false}, {"type": "comparison", "column": {"name": "id"}, "operator": "IN", "parameter": [1, 3, 4.0]}]})"),
      "", 2));
  EXPECT_TRUE(house.rows_left(
      json::parse(
          R"({"type": "or", "conditions": [{"type": "comparison", "column": {"name": "id"}, "operator": ">", "parameter": 3}, {"type": "pass_through", "pass_through_filter": "code = 'a'"}]})"),
      "", 2));
}

TEST(GxConditions, that_can_not_be_read_are_told_with_their_place) {
  House house;
  const auto told = [&](const json& condition, const std::string& parser) {
    return house.exception(
        "expect_table_row_count_to_equal",
        {{"value", 1}, {"row_condition", condition}, {"condition_parser", parser}});
  };
  EXPECT_EQ(told("col(\"id\") > 1 and col(\"id\") < 3", "great_expectations"),
            "row_condition can't be read at character 15: nothing may follow the predicate");
  EXPECT_EQ(told("id == 1 == ", "pandas"),
            "row_condition can't be read at character 12: expected a number");
  EXPECT_EQ(told("nothing == 1", "pandas"), "there is no column 'nothing'");
  EXPECT_EQ(told("@x == 1", "pandas"),
            "row_condition can't be read at character 1: variables with @ are not supported");
  EXPECT_EQ(told("nothing > 1", "spark"),
            "row_condition of Spark can't be bound: a column, type or function doesn't fit");
  EXPECT_EQ(told("id = 1; drop table t", "spark"),
            "row_condition can't be read: it must be one condition without comments");
  EXPECT_NE(told("id = 1", "sqlalchemy").find("not a valid enumeration member"), std::string::npos);
  EXPECT_EQ(
      told(json::parse(R"({"type": "and", "conditions": [{"type": "or", "conditions": []}]})"), ""),
      "row_condition: 'or' can't stand within 'and'");
  EXPECT_EQ(
      told(
          json::parse(
              R"({"type": "comparison", "column": {"name": "id"}, "operator": "IN", "parameter": [1, "x"]})"),
          ""),
      "row_condition: a list must hold numbers, or texts, or booleans");
  EXPECT_EQ(house.exception("expect_column_to_exist",
                            {{"column", "id"}, {"row_condition", "col(\"id\") > 1"}}),
            "expect_column_to_exist takes no row_condition");
}

TEST(GxParameters, are_expressions_over_names_numbers_and_times) {
  House house;
  const auto max = [&](const std::string& expression) {
    return json{{"column", "grams"}, {"max_value", {{"$PARAMETER", expression}}}};
  };
  EXPECT_TRUE(house.holds("expect_column_max_to_be_between", max("limit * 2")));
  EXPECT_FALSE(house.holds("expect_column_max_to_be_between", max("limit * 2 - 0.5")));
  EXPECT_TRUE(house.holds("expect_column_max_to_be_between",
                          max("2 ^ 3 ^ 2 - 212")));  // to the right: 2 ^ 9
  EXPECT_TRUE(house.holds("expect_column_max_to_be_between",
                          max("abs(-300) + trunc(0.9) - round(0.4) * PI")));
  EXPECT_TRUE(house.holds(
      "expect_column_values_to_be_between",
      {{"column", "day"}, {"max_value", {{"$PARAMETER", "now() - timedelta(weeks=46, days=1)"}}}}));
  EXPECT_FALSE(
      house.holds("expect_column_values_to_be_between",
                  {{"column", "day"}, {"max_value", {{"$PARAMETER", "datetime(2026, 1, 3)"}}}}));
  EXPECT_EQ(house.one("expect_column_values_to_be_between",
                      {{"column", "day"},
                       {"max_value",
                        {{"$PARAMETER",
                          "datetime(2026, 1, 3)"}}}})["expectation_config"]["kwargs"]["max_value"],
            "2026-01-03T00:00:00");
  EXPECT_TRUE(
      house.holds("expect_column_max_to_be_between",
                  {{"column", "grams"},
                   {"max_value", {{"$PARAMETER", "unknown"}, {"$PARAMETER.unknown", 300}}}}));
  EXPECT_EQ(house.exception("expect_column_max_to_be_between", max("unknown + 1")),
            "parameter expression 'unknown + 1' has no value for 'unknown' at character 9");
  EXPECT_EQ(house.exception("expect_column_max_to_be_between", max("1 / (limit - 150)")),
            "parameter expression '1 / (limit - 150)' divides by zero at character 18");
  EXPECT_NE(house.exception("expect_column_max_to_be_between", max(std::string(5000, '(')))
                .find("nested too deeply"),
            std::string::npos);
  EXPECT_NE(
      house.exception("expect_column_max_to_be_between", max("now() + 1")).find("for a number"),
      std::string::npos);
}

TEST(GxTypes, go_by_the_names_of_pandas_spark_and_sql) {
  House house(
      "SELECT 1::BIGINT AS n, 1.5::DOUBLE AS d, 1.5::DECIMAL(9, 2) AS c, 'x' AS s, true AS b, "
      "now() AS z, [1] AS l");
  const auto is = [&](const char* column, const char* name) {
    return house.holds("expect_column_values_to_be_of_type", {{"column", column}, {"type_", name}});
  };
  EXPECT_TRUE(is("n", "int64") && is("n", "LongType") && is("n", "BIGINT") && is("n", "INTEGER"));
  EXPECT_TRUE(is("d", "float64") && is("d", "DoubleType") && is("d", "DOUBLE_PRECISION"));
  EXPECT_TRUE(is("c", "NUMERIC(9, 2)") && is("c", "DecimalType") && is("s", "VARCHAR(20)") &&
              is("s", "str") && is("b", "BooleanType") && is("z", "TIMESTAMPTZ") &&
              is("l", "ArrayType"));
  EXPECT_FALSE(is("n", "StringType") || is("s", "INTEGER") || is("c", "NUMERIC(9, 3)"));
  EXPECT_TRUE(house.holds("expect_column_values_to_be_in_type_list",
                          {{"column", "s"}, {"type_list", {"INTEGER", "TEXT"}}}));
  EXPECT_EQ(house.exception("expect_column_values_to_be_of_type",
                            {{"column", "s"}, {"type_", "Strange"}}),
            "type 'Strange' is not known");
}

TEST(GxBadInput, each_mistake_is_told_for_its_check) {
  House house;
  const auto between = [&](json more) {
    json kwargs{{"column", "grams"}, {"min_value", 1}};
    kwargs.update(more);
    return house.exception("expect_column_values_to_be_between", kwargs);
  };
  EXPECT_EQ(between({{"mostly", 1.1}}),
            "'mostly' must be a number from 0 to 1: less than or equal to 1");
  EXPECT_EQ(between({{"mostly", "One"}}),
            "'mostly' must be a number from 0 to 1: is not a valid float");
  EXPECT_EQ(between({{"mostly", nullptr}}),
            "'mostly' must be a number from 0 to 1: is not a valid float");
  EXPECT_EQ(between({{"ties_okay", true}}),
            "expect_column_values_to_be_between has no argument 'ties_okay'");
  EXPECT_EQ(between({{"column", "nothing"}}), "there is no column 'nothing'");
  EXPECT_EQ(between({{"column", "GRAMS"}}), "there is no column 'GRAMS'");
  EXPECT_EQ(between({{"column", 5}}), "'column' must be a text");
  EXPECT_EQ(between({{"max_value", 0}}), "min_value cannot be greater than max_value");
  EXPECT_EQ(between({{"column", "code"}}),
            "'min_value' can't be compared with a column of type VARCHAR: it is a number, the "
            "column holds texts");
  EXPECT_EQ(between({{"max_value", "lots"}}),
            "'max_value' can't be compared with a column of type INTEGER: it is a text, neither a "
            "number nor in a valid format (invalid datetime format)");
  EXPECT_EQ(between({{"column", "day"}, {"min_value", "yesterday"}}),
            "'yesterday' is not a date or time: invalid datetime format");
  EXPECT_EQ(house.exception("expect_column_values_to_match_regex",
                            {{"column", "code"}, {"regex", "a(?=b)"}}),
            "the pattern uses look-around (?=, which is not supported");
  EXPECT_EQ(house.exception("expect_column_values_to_match_regex",
                            {{"column", "code"}, {"regex", "(a)\\1"}}),
            "the pattern is not a regular expression that is supported");
  EXPECT_EQ(
      house.exception("expect_column_mean_to_be_between", {{"column", "code"}, {"min_value", 0}}),
      "column 'code' holds no numbers: it is not numeric but VARCHAR");
  EXPECT_EQ(house.exception("expect_column_values_to_match_json_schema",
                            {{"column", "code"}, {"json_schema", {{"pattern", "x"}}}}),
            "'json_schema' has the keyword 'pattern', which is not supported");
  EXPECT_EQ(
      house.exception("unexpected_rows_expectation", {{"unexpected_rows_query", "DROP TABLE t"}})
          .substr(0, 55),
      "'unexpected_rows_query' is not a SELECT that can be run");
}

TEST(GxBadInput, what_is_no_suite_is_refused) {
  House house;
  const auto refused = [&](const std::string& text) {
    try {
      validate(house.session, "t", text, "s.json", {});
    } catch (const mr::Failure& failure) {
      return failure.code + " " + failure.what_happened;
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refused("{\"expectations\": [}"), "E7002 not JSON: a mistake at byte 19");
  EXPECT_EQ(refused("{\"name\": \"s\"}"),
            "E7002 not an expectation suite: there is no list 'expectations'");
  EXPECT_EQ(refused("[1]"), "E7002 not an expectation suite: there is no list 'expectations'");
  const auto odd = validate(
      house.session, "t",
      R"({"expectations": [5, {"type": 7}, {"type": "expect_column_to_exist", "kwargs": 1}, {"type": "expect_column_to_exist", "kwargs": {"column": "id"}}]})",
      "s.json", {});
  EXPECT_FALSE(odd.success);
  EXPECT_EQ(odd.result["statistics"]["successful_expectations"], 1);
  EXPECT_EQ(odd.result["results"][0]["exception_info"]["exception_message"], "has no text 'type'");
}

TEST(GxBadInput, an_empty_table_passes_what_looks_at_values_and_fails_what_needs_one) {
  House house("SELECT * FROM (" + std::string(kParcels) + ") WHERE false");
  EXPECT_TRUE(house.holds("expect_column_values_to_be_between", kHeavy));
  EXPECT_TRUE(house.holds("expect_column_values_to_be_unique", {{"column", "id"}}));
  EXPECT_FALSE(
      house.holds("expect_column_mean_to_be_between", {{"column", "grams"}, {"min_value", 0}}));
  EXPECT_TRUE(house.holds("expect_column_distinct_values_to_be_in_set",
                          {{"column", "code"}, {"value_set", {"a"}}}));
  EXPECT_FALSE(house.holds("expect_column_distinct_values_to_contain_set",
                           {{"column", "code"}, {"value_set", {"a"}}}));
  const json result = house.one("expect_column_values_to_be_between", kHeavy)["result"];
  EXPECT_EQ(result["unexpected_percent"], nullptr);
  EXPECT_EQ(result["missing_percent"], nullptr);
}

TEST(GxBadInput, a_million_failing_rows_are_counted_and_two_hundred_listed) {
  House house("SELECT i AS id FROM range(1000000) r(i)");
  const auto done = house.run(
      {{"expectations", json::array({{{"type", "expect_column_values_to_be_between"},
                                      {"kwargs", {{"column", "id"}, {"max_value", -1}}}}})}});
  const json result = done.result["results"][0]["result"];
  EXPECT_EQ(result["unexpected_count"], 1000000);
  EXPECT_EQ(result["unexpected_list"].size(), 200U);
  EXPECT_EQ(result["unexpected_list"][199], 199);
}

TEST(GxBadInput, a_suite_of_ten_thousand_checks_runs_with_one_that_can_not) {
  House house;
  json list = json::array({{{"type", "expect_magic"}, {"kwargs", json::object()}}});
  for (int i = 0; i < 9999; ++i)
    list.push_back({{"type", "expect_column_values_to_be_between"},
                    {"kwargs", {{"column", "grams"}, {"max_value", i}}}});
  const auto done = house.run({{"expectations", list}}, "BOOLEAN_ONLY");
  EXPECT_EQ(done.result["statistics"]["evaluated_expectations"], 10000);
  EXPECT_EQ(done.result["statistics"]["successful_expectations"], 9699);
  EXPECT_EQ(done.scans, 11);  // of at most a thousand of its 10,001 measures
}

TEST(GxExpectations, whose_values_depend_on_other_rows) {
  House house("SELECT * FROM (VALUES (1, 5), (NULL, 4), (2, 4), (2, 9), (1, NULL)) v(up, down)");
  EXPECT_EQ(house
                .one("expect_column_values_to_be_increasing",
                     {{"column", "up"}})["result"]["unexpected_list"]
                .dump(),
            "[1]");
  EXPECT_EQ(house
                .one("expect_column_values_to_be_increasing",
                     {{"column", "up"}, {"strictly", true}})["result"]["unexpected_list"]
                .dump(),
            "[2,1]");
  EXPECT_EQ(house
                .one("expect_column_values_to_be_decreasing",
                     {{"column", "down"}, {"strictly", true}})["result"]["unexpected_list"]
                .dump(),
            "[4,9]");
  EXPECT_EQ(house
                .one("expect_column_values_to_be_unique",
                     {{"column", "down"}})["result"]["unexpected_list"]
                .dump(),
            "[4,4]");
  EXPECT_EQ(house
                .one("expect_column_values_to_not_be_outliers",
                     {{"column", "down"},
                      {"method", "iqr"},
                      {"multiplier", 1.5}})["result"]["unexpected_list"]
                .dump(),
            "[9]");
}

TEST(GxExpectations, of_distinct_values_show_them_with_their_counts) {
  House house;
  const json result = house.one("expect_column_distinct_values_to_equal_set",
                                {{"column", "code"}, {"value_set", {"a", "c"}}});
  EXPECT_EQ(result["success"], false);
  EXPECT_EQ(
      result["result"],
      json::parse(
          R"({"observed_value": ["a", "b"], "details": {"value_counts": [{"value": "a", "count": 1}, {"value": "b", "count": 2}]}})"));
  EXPECT_EQ(house
                .one("expect_column_most_common_value_to_be_in_set",
                     {{"column", "code"}, {"value_set", {"b"}}})["result"]["observed_value"]
                .dump(),
            R"(["b"])");
}

TEST(GxExpectations, of_own_sql_show_the_rows) {
  House house;
  const json result = house.one(
      "expect_light_parcels",
      {{"unexpected_rows_query", "SELECT id, grams FROM {batch} WHERE grams > 100 ORDER BY id;"}});
  EXPECT_EQ(result["success"], false);
  EXPECT_EQ(
      result["result"],
      json::parse(
          R"({"observed_value": "2 unexpected rows", "details": {"unexpected_rows": [{"id": 2, "grams": 200}, {"id": 3, "grams": 300}]}})"));
}

TEST(GxExpectations, of_json_texts) {
  House house(R"(SELECT * FROM (VALUES ('{"a": 1, "b": [1]}'), ('{"a": "x"}'), ('nope')) v(doc))");
  EXPECT_EQ(house
                .one("expect_column_values_to_be_json_parseable",
                     {{"column", "doc"}})["result"]["unexpected_list"]
                .dump(),
            R"(["nope"])");
  const json schema = json::parse(
      R"({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"minimum": 1}}}})");
  EXPECT_EQ(house.one("expect_column_values_to_match_json_schema",
                      {{"column", "doc"}, {"json_schema", schema}})["result"]["unexpected_count"],
            2);
}

TEST(Junit, has_a_case_for_each_check_and_says_why_it_failed) {
  EXPECT_EQ(
      junit("s & t", {{.name = "a", .success = true},
                      {.name = "b<", .success = false, .judged = true, .reason = "2 unexpected"},
                      {.name = "c", .success = false, .judged = false, .reason = "no"}}),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"s &amp; t\" tests=\"3\" "
      "failures=\"1\" errors=\"1\">\n  <testcase classname=\"s &amp; t\" name=\"a\"/>\n"
      "  <testcase classname=\"s &amp; t\" name=\"b&lt;\"><failure message=\"2 "
      "unexpected\"/></testcase>\n  <testcase classname=\"s &amp; t\" name=\"c\"><error "
      "message=\"no\"/></testcase>\n</testsuite>\n");
}

}  // namespace
}  // namespace mr::quality
