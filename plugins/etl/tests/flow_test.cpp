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

TEST_F(Flow, NestedRowsBecomeTables) {
  house.put("raw.orders", R"j(select * from (values (1, {'name': 'Zoë', 'at': {'zip': '1'}}, [{'sku': 'a', 'tags': ['x', 'y']}, {'sku': 'b', 'tags': []}]), (2, null, null)) t(id, who, lines))j");
  const auto ran = run(R"j({"steps": [{"relationalize": {}, "of": "orders", "as": "root"}], "outputs": [{"from": "root", "into": "mart.t"}, {"from": "root_lines", "into": "mart.l"}, {"from": "root_lines_lines_tags", "into": "mart.g"}]})j");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, who_name, who_at_zip from mart.t order by id"), (Rows{"1|Zoë|1", "2|∅|∅"}));
  EXPECT_EQ(house.rows("select t.id, l.\"index\", l.lines_sku from mart.t join mart.l on l.parent_id = t._id order by all"), (Rows{"1|1|a", "1|2|b"}));
  EXPECT_EQ(house.rows("select l.lines_sku, g.\"index\", g.lines_tags from mart.l join mart.g on g.parent_id = l._id order by all"), (Rows{"a|1|x", "a|2|y"}));
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
