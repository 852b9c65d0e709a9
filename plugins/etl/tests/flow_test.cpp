// etl.flow: many transforms as one task, its names, ways, tables and counts.
#include <gtest/gtest.h>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;

class Flow : public ::testing::Test {
 protected:
  Flow() {
    house.put("raw.orders", "select i as id, i % 10 as customer, (i % 7) - 1 as quantity, (i % 4)::decimal(10, 2) as price, case when i % 50 = 0 then 'bad' else (i % 9)::varchar end as code from range(1000) t(i)");
    house.put("clean.customers", "select i as customer, 'N' || i as name from range(8) t(i)");
  }
  mr::data::testing::Ran run(const char* text) { return run(Json::parse(text)); }
  mr::data::testing::Ran run(Json config) {
    if (!config.contains("inputs")) config["inputs"] = {{"orders", "raw.orders"}, {"customers", "clean.customers"}};
    return house.run("etl.flow", config, {"raw.orders", "clean.customers"});
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(Flow, StepsFollowEachOther) {
  const auto ran = run(R"j({"steps": [{"filter": {"where": "quantity > 0"}, "of": "orders"}, {"derive": {"columns": {"total": "quantity * price"}}},
    {"join": {"right": "customers", "on": ["customer"]}}, {"aggregate": {"by": ["name"], "values": {"total": {"function": "sum", "of": "total"}}}}], "into": "mart.t"})j");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select name, total from mart.t order by name"),
            house.rows("select name, sum(quantity * price) from raw.orders join clean.customers using (customer) where quantity > 0 group by name order by name"));
  EXPECT_EQ(ran.output["outputs"][0]["rows_out"], 8);
}

// A step may be read by several, and several steps may be written.
TEST_F(Flow, NamesJoinAndSeveralDatasetsAreWritten) {
  Json config = Json::parse(R"j({"steps": [{"filter": {"where": "quantity > 2"}, "of": "orders", "as": "large"}, {"aggregate": {"by": ["customer"], "values": {"n": {"function": "count"}}}, "as": "counts"},
    {"join": {"right": "counts", "on": ["customer"]}, "of": "large", "as": "both"}], "outputs": [{"from": "counts", "into": "mart.t"}]})j");
  config["into"] = "mart.u";
  const auto ran = run(config);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select count(*), min(n), max(n) from mart.t"), house.rows("select count(*), min(n), max(n) from (select count(*) as n from raw.orders where quantity > 2 group by customer)"));
  EXPECT_EQ(house.rows("select count(*), sum(n) from mart.u"), house.rows("select count(*), sum(n) from (select count(*) over (partition by customer) as n from raw.orders where quantity > 2)"));
}

TEST_F(Flow, ARowTakesEveryWayWhoseConditionHoldsAndElseTheDefault) {
  const auto ran = run(R"j({"steps": [{"route": {"routes": [{"where": "quantity > 3", "as": "large"}, {"where": "customer = 1", "as": "first"}], "default": "rest"}, "of": "orders"}],
    "outputs": [{"from": "large", "into": "mart.t"}, {"from": "first", "into": "mart.f"}, {"from": "rest", "into": "mart.r"}]})j");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select (select count(*) from mart.t), (select count(*) from mart.f), (select count(*) from mart.r)"),
            house.rows("select count(*) filter (where quantity > 3), count(*) filter (where customer = 1), count(*) filter (where not (quantity > 3 or customer = 1)) from raw.orders"));
}

// Through steps, through tables that were kept on the way, and by each output on its own.
TEST_F(Flow, SaysWhichColumnsFeedWhich) {
  const auto ran = run(R"j({"steps": [{"map_columns": {"columns": [{"from": "code", "type": "BIGINT"}, {"from": "quantity"}, {"from": "customer"}]}, "of": "orders"},
    {"route": {"routes": [{"where": "quantity > 3", "as": "large"}], "default": "rest"}},
    {"join": {"right": "customers", "on": ["customer"]}, "of": "large", "as": "named"}, {"drop": {"columns": ["customer"]}, "as": "small", "of": "rest"}],
    "outputs": [{"from": "named", "into": "mart.t"}, {"from": "small", "into": "mart.s"}], "errors": {"to": "quarantine"}})j");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  ASSERT_EQ(house.lineage("mart.t").value("kind", ""), "columns") << house.lineage("mart.t");
  EXPECT_EQ(house.lineage("mart.t")["inputs"]["clean.customers"]["columns"], Json::parse(R"({"name": {"direct": ["name"], "condition": []}})"));
  EXPECT_EQ(house.lineage("mart.t")["inputs"]["raw.orders"]["rows"], (Json{"*", "code", "customer", "quantity"})) << "a code that is no number takes its row away";
  EXPECT_EQ(house.lineage("mart.s")["inputs"]["raw.orders"]["columns"]["quantity"]["direct"], (Json{"quantity"}));
  EXPECT_FALSE(house.lineage("mart.s")["inputs"].contains("clean.customers")) << "it reads them not, though its task does";
}

TEST_F(Flow, NestedRowsBecomeTables) {
  house.put("raw.orders", R"j(select * from (values (1, {'name': 'Zoë', 'at': {'zip': '1'}}, [{'sku': 'a', 'tags': ['x', 'y']}, {'sku': 'b', 'tags': []}]), (2, null, null)) t(id, who, lines))j");
  const auto ran = run(R"j({"steps": [{"relationalize": {}, "of": "orders", "as": "root"}], "outputs": [{"from": "root", "into": "mart.t"}, {"from": "root_lines", "into": "mart.l"}, {"from": "root_lines_lines_tags", "into": "mart.g"}]})j");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, who_name, who_at_zip from mart.t order by id"), (Rows{"1|Zoë|1", "2|∅|∅"}));
  EXPECT_EQ(house.rows("select t.id, l.\"index\", l.lines_sku from mart.t join mart.l on l.parent_id = t._id order by all"), (Rows{"1|1|a", "1|2|b"}));
  EXPECT_EQ(house.rows("select l.lines_sku, g.\"index\", g.lines_tags from mart.l join mart.g on g.parent_id = l._id order by all"), (Rows{"a|1|x", "a|2|y"}));
}

// The same as tasks of their own.
TEST_F(Flow, RoutesGoToDatasets) {
  const auto ran = house.run("etl.route", Json::parse(R"j({"input": "raw.orders", "routes": [{"where": "quantity > 3", "into": "mart.large"}, {"where": "customer = 1", "into": "mart.first"}], "default": "mart.rest"})j"), {"raw.orders"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select (select count(*) from mart.large), (select count(*) from mart.first), (select count(*) from mart.rest)"),
            house.rows("select count(*) filter (where quantity > 3), count(*) filter (where customer = 1), count(*) filter (where not (quantity > 3 or customer = 1)) from raw.orders"));
  EXPECT_EQ(ran.output["outputs"].size(), 3U);
  EXPECT_EQ(ran.output["steps"][0]["rows_in"], 1000);
}

TEST_F(Flow, EachListHasADatasetOrIsAMistake) {
  house.put("raw.orders", R"j(select * from (values (1, [{'sku': 'a', 'tags': ['x', 'y']}, {'sku': 'b', 'tags': []}]), (2, null)) t(id, lines))j");
  Json config = Json::parse(R"j({"input": "raw.orders", "into": "mart.t", "id": "n", "tables": {"lines": "mart.l"}})j");
  EXPECT_EQ(house.run("etl.relationalize", config, {"raw.orders"}).code(), "E5110");
  EXPECT_FALSE(house.has("mart.t"));
  config["tables"]["lines_lines_tags"] = "mart.g";
  const auto ran = house.run("etl.relationalize", config, {"raw.orders"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select t.id, l.lines_sku, g.lines_tags from mart.t left join mart.l on l.parentn = t.n left join mart.g on g.parentn = l.n order by all"), (Rows{"1|a|x", "1|a|y", "1|b|∅", "2|∅|∅"}));
  config["tables"]["nothing"] = "mart.x";
  EXPECT_EQ(house.run("etl.relationalize", config, {"raw.orders"}).code(), "E5050");
  house.put("raw.orders", "select 1 as n, [1] as lines");
  EXPECT_EQ(house.run("etl.relationalize", config, {"raw.orders"}).code(), "E5050") << "the number's column is taken";
}

TEST_F(Flow, RowsThatFailAreSetApartAtTheirStepAndTheCountsAddUp) {
  const auto ran = run(R"j({"steps": [{"filter": {"where": "customer < 5"}, "of": "orders"}, {"map_columns": {"columns": [{"from": "id"}, {"from": "code", "type": "BIGINT"}]}, "as": "typed"},
    {"derive": {"columns": {"x": "case when code = 3 then cast('three' || id as integer) else 1 end"}}, "as": "checked"}], "into": "mart.t", "errors": {"to": "quarantine"}})j");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  const auto counts = house.rows("select count(*), count(*) filter (where code = 'bad'), count(*) filter (where code = '3') from raw.orders where customer < 5")[0];
  EXPECT_EQ(std::to_string(ran.count("rows_in")) + "|" + ran.output["rejected_by_step"][0]["rows"].dump() + "|" + ran.output["rejected_by_step"][1]["rows"].dump(), counts);
  EXPECT_EQ(ran.count("rows_in"), ran.count("rows_out") + ran.count("rows_rejected"));
  EXPECT_EQ(house.rows("select count(distinct _reason) from quarantine.t"), Rows{"2"});
}

// Each output is a statement of its own, and so is each table that a step keeps.
TEST_F(Flow, AStepThatSeveralReadHasTheSameRowsForAllOfThem) {
  Json config = Json::parse(R"j({"steps": [{"uuid": {"as": "u"}, "of": "orders", "as": "named"}, {"filter": {"where": "quantity > 2"}, "as": "large"}, {"derive": {"columns": {"x": "random()"}}, "of": "named", "as": "drawn"},
    {"route": {"routes": [{"where": "x < 0.5", "as": "low"}], "default": "high"}}, {"limit": {"rows": 100}, "of": "drawn", "as": "few"}],
    "outputs": [{"from": "named", "into": "mart.a"}, {"from": "large", "into": "mart.b"}, {"from": "low", "into": "mart.c"}, {"from": "high", "into": "mart.d"}, {"from": "drawn", "into": "mart.e"}, {"from": "few", "into": "mart.f"}]})j");
  auto ran = run(config);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select count(*), count(distinct u), count(*) filter (where u in (select u from mart.a)) from mart.b"), house.rows("select count(*), count(*), count(*) from raw.orders where quantity > 2"));
  EXPECT_EQ(house.rows("select count(*), count(distinct u), count(distinct x) from (select * from mart.c union all select * from mart.d)"), house.rows("select count(*), count(distinct u), count(distinct x) from mart.e"));
  EXPECT_EQ(house.rows("select count(*) from mart.c where x >= 0.5"), Rows{"0"});
  EXPECT_EQ(house.rows("select count(*) from mart.f where (u, x) in (select (u, x) from mart.e)"), Rows{"100"});
}

TEST_F(Flow, AConditionOfARouteIsWorkedOutOnce) {
  const auto ran = run(R"j({"steps": [{"route": {"routes": [{"where": "random() < 0.3", "as": "a"}, {"where": "random() < 0.5", "as": "b"}], "default": "rest"}, "of": "orders"}],
    "outputs": [{"from": "a", "into": "mart.a"}, {"from": "b", "into": "mart.b"}, {"from": "rest", "into": "mart.r"}]})j");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select count(*), count(distinct id) from (select id from mart.r union all (select id from mart.a union select id from mart.b))"), Rows{"1000|1000"}) << "each row goes one way, or to the default";
}

TEST_F(Flow, NamesOfStepsAreTheirOwn) {
  const auto ran = run(R"j({"steps": [{"route": {"routes": [{"where": "quantity > 3", "as": "_kept_1"}], "default": "l"}, "of": "orders"}, {"derive": {"columns": {"l": "quantity", "s": "id"}}, "of": "_kept_1", "as": "r"}],
    "outputs": [{"from": "_kept_1", "into": "mart.t"}, {"from": "l", "into": "mart.l"}, {"from": "r", "into": "mart.r"}]})j");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select (select count(*) from mart.t), (select count(*) from mart.l), (select count(*) from mart.r)"), house.rows("select count(*) filter (where quantity > 3), count(*) filter (where quantity <= 3), count(*) filter (where quantity > 3) from raw.orders"));
  const auto same = run(R"j({"steps": [{"filter": {"where": "true"}, "of": "orders", "as": "A"}, {"filter": {"where": "true"}, "as": "a"}], "into": "mart.x"})j");
  EXPECT_EQ(same.code(), "E5050") << same.failure;
}

// Rejects of steps and of checks stand in one quarantine, each once, however often the task runs.
TEST_F(Flow, ARerunLeavesEachRejectedRowOnce) {
  house.checks = Json::array({{{"rules", "Rules = [ ColumnValues \"quantity\" >= 0 ]"}, {"on_fail", "quarantine"}}});
  const char* flow = R"j({"steps": [{"map_columns": {"columns": [{"from": "id"}, {"from": "quantity"}, {"from": "code", "type": "BIGINT"}]}, "of": "orders"}], "into": "mart.t", "errors": {"to": "quarantine"}})j";
  const auto counts = house.rows("select count(*) filter (where code = 'bad'), count(*) filter (where code <> 'bad' and quantity < 0) from raw.orders");
  for (int i = 0; i < 3; ++i) {
    const auto ran = run(flow);
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
    EXPECT_EQ(house.rows("select count(*) filter (where _reason like 'step %'), count(*) filter (where _reason not like 'step %') from quarantine.t"), counts);
    EXPECT_EQ(house.rows("select count(distinct id) from quarantine.t"), house.rows("select count(*) from quarantine.t"));
    EXPECT_EQ(ran.count("rows_in"), 1000);
    EXPECT_EQ(ran.count("rows_in"), ran.count("rows_out") + ran.count("rows_rejected"));
  }
  house.checks = Json::array();
  house.put("raw.orders", "select i as id, 1 as quantity, '7' as code from range(5) t(i)");
  ASSERT_EQ(run(flow).outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.rows("select count(*) from quarantine.t"), Rows{"0"}) << "what was mended is no reject any more";
}

// Known without another scan: of inputs, outputs and kept tables, and over transforms that keep all rows.
TEST_F(Flow, RowsAreToldStepByStepAsFarAsTheyAreKnown) {
  const char* flow = R"j({"steps": [{"derive": {"columns": {"x": "1"}}, "of": "orders", "as": "a"}, {"filter": {"where": "quantity > 0"}, "as": "b"}, {"deduplicate": {"by": ["customer"]}, "as": "c"},
    {"drop": {"columns": ["x"]}, "as": "d"}], "into": "mart.t"})j";
  auto ran = run(flow);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.output["steps"], Json::parse(R"([{"step": "a", "transform": "derive", "rows_in": 1000, "rows_out": 1000}, {"step": "b", "transform": "filter", "rows_in": 1000}, {"step": "c", "transform": "deduplicate", "rows_out": 10},
    {"step": "d", "transform": "drop", "rows_in": 10, "rows_out": 10}])"));
  Json counted = Json::parse(flow);
  counted["count_rows"] = true;
  ran = run(counted);
  const int64_t positive = std::stoll(house.rows("select count(*) from raw.orders where quantity > 0")[0]);
  EXPECT_EQ(ran.output["steps"][1]["rows_out"], positive);
  EXPECT_EQ(ran.output["steps"][2]["rows_in"], positive);
}

TEST_F(Flow, AReasonIsCutBetweenSigns) {
  std::string text;
  for (int i = 0; i < 120; ++i) text += "ü";
  Json config = {{"steps", Json::array({{{"derive", {{"columns", {{"x", "cast(code as bigint) + length('" + text + "')"}}}}}, {"of", "orders"}}})}, {"into", "mart.t"}, {"errors", {{"to", "quarantine"}}}};
  for (int i = 0; i < 2; ++i) {
    const auto ran = run(config);
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
    EXPECT_EQ(ran.count("rows_rejected"), 20);
    config["steps"][0]["derive"]["columns"]["x"] = "cast(code as bigint) +  length('" + text + "')";
  }
}

TEST_F(Flow, WrongFlowsAreRefusedWithTheirStep) {
  const std::vector<std::pair<const char*, const char*>> wrongs{
      {R"j({"steps": [{"filter": {"where": "true"}}], "into": "mart.t"})j", "E5051"},                                                     // which input?
      {R"j({"steps": [{"filter": {"where": "true"}, "of": "nobody"}], "into": "mart.t"})j", "E5050"},
      {R"j({"steps": [{"filter": {"where": "true"}, "of": "orders", "as": "orders"}], "into": "mart.t"})j", "E5050"},                      // a name twice
      {R"j({"steps": [{"filter": {"where": "true"}, "sort": {"order_by": ["id"]}, "of": "orders"}], "into": "mart.t"})j", "E5051"},
      {R"j({"steps": [{"of": "orders"}], "into": "mart.t"})j", "E5051"},
      {R"j({"steps": [{"filter": {"where": "true"}, "of": "orders"}]})j", "E5051"},                                                       // writes nothing
      {R"j({"steps": [{"filter": {"where": "true"}, "of": "orders", "as": "a"}], "outputs": [{"from": "b", "into": "mart.t"}]})j", "E5050"},
      {R"j({"steps": [{"filter": {"where": "1 = (select 1 from read_text('/etc/passwd'))"}, "of": "orders"}], "into": "mart.t"})j", "E5004"}};
  for (const auto& [config, code] : wrongs) {
    const auto ran = run(config);
    EXPECT_EQ(ran.code(), code) << config << ran.failure;
    EXPECT_FALSE(house.has("mart.t"));
  }
}

}  // namespace
