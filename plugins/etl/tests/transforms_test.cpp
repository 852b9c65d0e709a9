// Each transform as a task, against SQL written by hand, on rows with NULLs, ties, Unicode, decimals, dates and nested values.
#include <gtest/gtest.h>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;

// 400 rows: few values, so that there are many ties; a NULL in one of seven.
const std::string kOrders = R"(
  select i as id,
         case when hash(i, 1) % 7 = 0 then null else ['Köln', 'São Paulo', '', '東京 🦊', 'x'][(1 + hash(i, 2) % 5)::bigint] end as city,
         case when hash(i, 3) % 7 = 0 then null else (hash(i, 4) % 9)::integer - 2 end as quantity,
         case when hash(i, 5) % 7 = 0 then null else ((hash(i, 6) % 500) / 100)::decimal(18, 4) end as price,
         case when hash(i, 7) % 7 = 0 then null else date '2026-10-30' + (hash(i, 8) % 5)::integer end as day,
         (hash(i, 9) % 6)::integer as customer,
         case when hash(i, 10) % 7 = 0 then null when hash(i, 10) % 7 = 1 then [] else ['a', null, 'b' || i % 3] end as tags,
         case when hash(i, 11) % 7 = 0 then null else {'street': 'S ' || i % 4, 'at': {'zip': (i % 50)::varchar, 'x y': i % 2}} end as address,
         case when hash(i, 12) % 7 = 0 then null when hash(i, 12) % 7 = 1 then 'n/a' else (i % 10)::varchar end as code
  from range(400) t(i))";
const std::string kCustomers = "select * from (values (0, 'Zoë', 1), (1, 'Bo', 2), (2, null, 3), (2, 'Second', 4), (9, 'Nobody', 5)) t(customer, name, price)";

struct Case {
  const char *transform, *config, *expected;  // SQL over o (orders) and c (customers)
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.transform << " " << one.config; }

class EachTransform : public ::testing::TestWithParam<Case> {
 protected:
  EachTransform() {
    house.put("raw.orders", kOrders);
    house.put("clean.customers", kCustomers);
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

// Rows, no rows, and rows of nothing but NULLs; as sets with counts, and with the columns' names and order.
TEST_P(EachTransform, GivesWhatSqlByHandGives) {
  const Case& one = GetParam();
  Json config = Json::parse(one.config);
  config["input"] = "raw.orders";
  config["into"] = "clean.t";
  const std::string none = "null::varchar as city, null::integer as quantity, null::decimal(18, 4) as price, null::date as day, null::varchar[] as tags, null::varchar as code, if(id < 0, address, null) as address";
  for (const std::string& orders : {kOrders, "select * from (" + kOrders + ") where false", "select * replace (" + none + ") from (" + kOrders + ") where id < 20"}) {
    house.put("raw.orders", orders);
    const auto ran = house.run("etl." + std::string(one.transform), config, {"raw.orders", "clean.customers"});
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure << orders;
    const std::string by_hand = "with o as (select * from raw.orders), c as (select * from clean.customers) " + std::string(one.expected);
    EXPECT_TRUE(house.has("clean.t"));
    const auto text = [&](const std::string& sql) { return house.rows("select cast(t as varchar), cast(count(*) as varchar) from (" + sql + ") as t group by 1 order by 1"); };
    EXPECT_EQ(text("select * from clean.t"), text(by_hand)) << orders;
    EXPECT_EQ(ran.count("rows_in"), ran.count("rows_out"));
    EXPECT_EQ(house.lineage("clean.t").value("kind", ""), "columns") << "which column feeds which is known of each";
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, EachTransform, ::testing::Values(
    Case{"select", R"({"columns": ["city", "ID"]})", "select city, id from o"},
    Case{"drop", R"({"columns": ["tags", "address", "code", "price"]})", "select id, city, quantity, day, customer from o"},
    Case{"rename", R"({"columns": {"id": "order id", "day": "id"}})", "select id as \"order id\", city, quantity, price, day as id, customer, tags, address, code from o"},
    Case{"map_columns", R"({"columns": [{"from": "day", "to": "when", "type": "VARCHAR"}, {"from": "quantity", "type": "BIGINT"}, {"from": "city"}]})", "select cast(day as varchar) as \"when\", quantity::bigint as quantity, city from o"},
    Case{"derive", R"({"columns": {"quantity": "coalesce(quantity, 0) * 2", "total": "quantity * price", "where": "'in ' || city"}})",
         "select id, city, coalesce(quantity, 0) * 2 as quantity, price, day, customer, tags, address, code, quantity * price as total, 'in ' || city as \"where\" from o"},
    Case{"split", R"({"column": "city", "separator": " ", "columns": ["one", "two"], "keep": false})", "select id, quantity, price, day, customer, tags, address, code, case when city is null then null when strpos(city, ' ') = 0 then city else substr(city, 1, strpos(city, ' ') - 1) end as one, case when strpos(city, ' ') > 0 then substr(city, strpos(city, ' ') + 1) end as two from o"},
    Case{"concat", R"({"columns": ["city", "quantity"], "separator": ":", "as": "both"})", "select *, case when city is null and quantity is null then '' when city is null then quantity::varchar when quantity is null then city else city || ':' || quantity end as both from o"},
    Case{"concat", R"({"columns": ["city", "day"], "as": "both", "keep": false})", "select id, quantity, price, customer, tags, address, code, ifnull(city, '') || ifnull(day::varchar, '') as both from o"},
    Case{"split", R"({"column": "city", "separator": " ", "as": "words"})", "select *, case when strpos(city, ' ') > 0 then [substr(city, 1, strpos(city, ' ') - 1), substr(city, strpos(city, ' ') + 1)] when city is not null then [city] end as words from o"},
    Case{"identifier", R"({"as": "n", "start": 5})", "select *, 4 + (select count(*) from o as p where p.id <= o.id) as n from o"},
    Case{"row_number", R"({"by": ["customer"], "order_by": ["id desc"], "as": "n"})", "select *, (select count(*) from o as p where p.customer = o.customer and p.id >= o.id) as n from o"}));

INSTANTIATE_TEST_SUITE_P(Values, EachTransform, ::testing::Values(
    Case{"fill_missing", R"({"columns": ["city"], "value": "?"})", "select id, ifnull(city, '?') as city, quantity, price, day, customer, tags, address, code from o"},
    Case{"fill_missing", R"({"columns": ["quantity"], "how": "median"})", "select id, city, ifnull(quantity, (select median(quantity) from o)) as quantity, price, day, customer, tags, address, code from o"},
    Case{"fill_missing", R"({"columns": ["day"], "how": "before", "order_by": ["id"], "by": ["customer"]})",
         "select id, city, quantity, price, ifnull(day, (select arg_max(p.day, p.id) from o as p where p.customer = o.customer and p.id < o.id and p.day is not null)) as day, customer, tags, address, code from o"},
    Case{"fill_missing", R"({"columns": ["price"], "value": 0.5})", "select id, city, quantity, ifnull(price, 0.5)::decimal(18, 4) as price, day, customer, tags, address, code from o"},
    Case{"fill_missing", R"({"columns": ["code"], "how": "after", "order_by": ["id"]})",
         "select id, city, quantity, price, day, customer, tags, address, ifnull(code, (select arg_min(p.code, p.id) from o as p where p.id > o.id and p.code is not null)) as code from o"},
    Case{"hash", R"({"columns": ["city", "day"], "as": "h"})", "select *, sha256(case when city is null then '-' else length(city) || ':' || city end || case when day is null then '-' else '10:' || day end) as h from o"},
    Case{"mask", R"({"columns": ["city"], "keep_left": 1, "keep_right": 1})", "select id, case when length(city) < 3 then repeat('*', length(city)) else city[1] || repeat('*', length(city) - 2) || city[length(city)] end as city, quantity, price, day, customer, tags, address, code from o"},
    Case{"hash", R"({"columns": ["city"]})", "select id, sha256(city) as city, quantity, price, day, customer, tags, address, code from o"},
    Case{"resolve_types", R"({"columns": [{"column": "code", "action": "make_columns", "type": "BIGINT"}]})", "select id, city, quantity, price, day, customer, tags, address, case when code <> 'n/a' then code::bigint end as code_bigint, case when code = 'n/a' then code end as code_text from o"},
    Case{"resolve_types", R"({"columns": [{"column": "code", "action": "project", "type": "BIGINT"}]})", "select id, city, quantity, price, day, customer, tags, address, case when code <> 'n/a' then code::bigint end as code from o"},
    Case{"resolve_types", R"({"columns": [{"column": "code", "action": "make_struct", "type": "BIGINT"}]})", "select id, city, quantity, price, day, customer, tags, address, {'bigint': case when code <> 'n/a' then code::bigint end, 'text': case when code = 'n/a' then code end} as code from o"},
    Case{"explode", R"({"column": "tags", "as": "tag", "position": "n"})", "select id, city, quantity, price, day, customer, address, code, tags[i] as tag, i as n from o, range(1, 4) r(i) where i <= len(tags)"},
    Case{"explode", R"({"column": "tags", "keep_empty": true})", "select id, city, quantity, price, day, customer, tags[i] as tags, address, code from o, range(1, 4) r(i) where i <= len(tags) union all select id, city, quantity, price, day, customer, null, address, code from o where ifnull(len(tags), 0) = 0"},
    Case{"flatten", R"({"columns": ["address"]})", "select id, city, quantity, price, day, customer, tags, address['street'] as address_street, address['at']['zip'] as address_at_zip, address['at']['x y'] as \"address_at_x y\", code from o"},
    Case{"flatten", R"({"depth": 1, "separator": "."})", "select id, city, quantity, price, day, customer, tags, address['street'] as \"address.street\", address['at'] as \"address.at\", code from o"}));

INSTANTIATE_TEST_SUITE_P(Rows, EachTransform, ::testing::Values(
    Case{"filter", R"({"where": "quantity > 0 or city is null"})", "select * from o where coalesce(quantity > 0, false) or city is null"},
    Case{"deduplicate", R"({"by": ["customer", "city"], "order_by": ["id"]})", "select * from o where id in (select min(id) from o group by customer, city)"},
    Case{"deduplicate", R"({})", "select distinct * from o"},
    Case{"sort", R"({"order_by": ["day desc nulls first", "id"]})", "select * from o"},
    Case{"limit", R"({"rows": 7, "offset": 3, "order_by": ["quantity desc", "id"]})", "select * exclude (n) from (select *, (select count(*) from o as p where coalesce(p.quantity, -99) > coalesce(o.quantity, -99) or (p.quantity is not distinct from o.quantity and p.id < o.id)) as n from o) where n between 3 and 9"},
    Case{"aggregate", R"({"by": ["city"], "values": {"n": {"function": "count"}, "with_price": {"function": "count", "of": "price"}, "days": {"function": "count_distinct", "of": "day"}, "least": {"function": "min", "of": "quantity"}, "none": {"function": "count_null", "of": "quantity"}}})",
         "select city, count(distinct day) as days, min(quantity) as least, count(*) as n, sum((quantity is null)::integer)::bigint as \"none\", sum((price is not null)::integer)::bigint as with_price from o group by city"},
    Case{"window", R"j({"by": ["customer"], "order_by": ["id"], "values": {"so_far": "sum(quantity)", "before": "lag(quantity)"}})j",
         "select *, (select arg_max(struct_pack(v := p.quantity), p.id).v from o as p where p.customer = o.customer and p.id < o.id) as before, (select sum(p.quantity) from o as p where p.customer = o.customer and p.id <= o.id) as so_far from o"},
    Case{"unpivot", R"({"columns": ["quantity", "customer"], "name": "what", "value": "number"})", "select id, city, price, day, tags, address, code, 'quantity' as what, quantity as number from o where quantity is not null union all select id, city, price, day, tags, address, code, 'customer', customer from o"},
    Case{"unpivot", R"({"columns": ["quantity", "customer"], "keep_nulls": true})", "select id, city, price, day, tags, address, code, 'quantity' as name, quantity as value from o union all select id, city, price, day, tags, address, code, 'customer', customer from o"},
    Case{"aggregate", R"({"values": {"n": {"function": "count"}, "yes": {"function": "count_distinct", "of": "tags"}, "late": {"function": "max", "of": "day"}, "money": {"function": "sum", "of": "price"}}})",
         "select max(day) as late, case when count(price) > 0 then sum(price) end as money, count(*) as n, (select count(*) from (select distinct tags from o where tags is not null)) as yes from o"},
    Case{"pivot", R"({"on": "customer", "values": ["0", "5"], "by": ["day"], "value": {"function": "sum", "of": "quantity"}})",
         "select day, sum(case when customer = 0 then quantity end) as \"0\", sum(case when customer = 5 then quantity end) as \"5\" from o group by day"}));

INSTANTIATE_TEST_SUITE_P(Joins, EachTransform, ::testing::Values(
    Case{"join", R"({"right": "clean.customers", "on": ["customer"]})", "select o.*, c.name, c.price as price_right from o, c where o.customer = c.customer"},
    Case{"join", R"({"right": "clean.customers", "on": ["customer"], "how": "left"})", "select o.*, c.name, c.price as price_right from o left join c on o.customer = c.customer"},
    Case{"join", R"({"right": "clean.customers", "on": [{"left": "customer", "right": "customer"}], "how": "full", "suffix": "_c"})",
         "select id, city, quantity, o.price, day, coalesce(o.customer, c.customer) as customer, tags, address, code, name, c.price as price_c from o full join c on o.customer = c.customer"},
    Case{"join", R"({"right": "clean.customers", "on": ["customer"], "how": "right"})", "select id, city, quantity, o.price, day, c.customer, tags, address, code, name, c.price as price_right from o right join c on o.customer = c.customer"},
    Case{"join", R"({"right": "clean.customers", "on": ["customer"], "how": "semi"})", "select * from o where customer in (select customer from c)"},
    Case{"join", R"({"right": "clean.customers", "on": ["customer"], "how": "anti"})", "select * from o where customer not in (select customer from c)"},
    Case{"lookup", R"({"right": "clean.customers", "on": ["customer"], "take": {"who": "name"}, "order_by": ["price desc"]})",
         "select *, (select arg_max(struct_pack(v := c.name), c.price).v from c where c.customer = o.customer) as who from o"},
    Case{"join", R"({"right": "clean.customers", "on": [{"left": "city", "right": "name"}], "how": "left", "nulls_match": true})", "select o.*, c.customer as customer_right, c.price as price_right from o left join c on o.city = c.name or (o.city is null and c.name is null)"},
    Case{"union", R"({"with": ["raw.orders"], "distinct": true})", "select distinct * from o"},
    Case{"intersect", R"({"with": "raw.orders", "all": true})", "select * from o"},
    Case{"except", R"({"with": "raw.orders", "all": true})", "select * from o where false"},
    Case{"union", R"({"with": ["raw.orders"]})", "select * from o union all select * from o"},
    Case{"union", R"({"with": ["clean.customers"]})", "select id, city, quantity, price::decimal(18, 4) as price, day, customer, tags, address, code, null::varchar as name from o union all select null, null, null, price, null, customer, null, null, null, name from c"},
    Case{"intersect", R"({"with": "raw.orders"})", "select distinct * from o"},
    Case{"except", R"({"with": "raw.orders"})", "select * from o where false"}));

class Transforms : public ::testing::Test {
 protected:
  Transforms() {
    house.put("raw.orders", kOrders);
    house.put("clean.customers", kCustomers);
  }
  mr::data::testing::Ran run(const std::string& transform, Json config) {
    config["input"] = "raw.orders";
    config["into"] = "clean.t";
    return house.run("etl." + transform, config, {"raw.orders", "clean.customers"});
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

// Ranks as the SQL standard has them, where an order leaves ties; rows before rows where the whole row decides them.
TEST_F(Transforms, EqualRowsHaveEqualRanksAndSumsInAWindow) {
  house.put("raw.orders", "select * from (values (1, 10), (2, 10), (3, 20), (4, null)) t(id, score)");
  const Json values = {{"rank", "rank()"}, {"dense", "dense_rank()"}, {"n", "count(*)"}, {"total", "sum(score)"}, {"row", "row_number()"}, {"before", "lag(id)"}};
  const auto ran = run("window", {{"order_by", {"score"}}, {"values", values}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, rank, dense, n, total from clean.t order by id"), (Rows{"1|1|1|2|20", "2|1|1|2|20", "3|3|2|3|40", "4|4|3|4|40"}));
  EXPECT_EQ(house.rows("select row, before is not distinct from (select p.id from clean.t as p where p.row = t.row - 1) from clean.t as t order by row"), (Rows{"1|true", "2|true", "3|true", "4|true"}));
  run("window", {{"order_by", {"score"}}, {"frame", "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW"}, {"values", {{"n", "count(*)"}}}});
  EXPECT_EQ(house.rows("select n from clean.t order by n"), (Rows{"1", "2", "2", "2"}));
}

// Frames of peers stay frames of peers, and ranks stay ranks; only rows are told apart by more than the order.
TEST_F(Transforms, AFrameIsWhatItSays) {
  house.put("raw.orders", "select * from (values (1, 10), (2, 10), (3, 20), (4, 20), (5, 30)) t(id, score)");
  const auto window = [&](const char* frame, const Json& values) { return run("window", {{"order_by", {"score"}}, {"frame", frame}, {"values", values}}); };
  auto ran = window("GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW", {{"f", "first_value(score)"}, {"l", "Last_Value(score)"}, {"n", "count(*)"}, {"row", "row_number()"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select score, f, l, n from clean.t order by id"), (Rows{"10|10|10|2", "10|10|10|2", "20|10|20|4", "20|10|20|4", "30|20|30|3"}));
  EXPECT_EQ(house.rows("select row from clean.t order by row"), (Rows{"1", "2", "3", "4", "5"}));
  ran = window("RANGE BETWEEN 10 PRECEDING AND CURRENT ROW", {{"f", "first_value(score)"}, {"n", "nth_value(score, 3)"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select score, f, n from clean.t order by id"), (Rows{"10|10|∅", "10|10|∅", "20|10|20", "20|10|20", "30|20|30"}));
  for (const char* frame : {"Rows BETWEEN 1 PRECEDING AND CURRENT ROW", " rows 1 preceding", "ROWS\n1 PRECEDING"}) {
    ran = window(frame, {{"n", "count(*)"}, {"rank", "rank()"}, {"total", "sum(id)"}, {"before", "lag(id)"}});
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
    EXPECT_EQ(house.rows("select score, n, rank from clean.t order by score, n"), (Rows{"10|1|1", "10|2|1", "20|2|3", "20|2|3", "30|2|5"})) << frame;
    EXPECT_EQ(house.rows("select count(*) from clean.t where total <> id + coalesce(before, 0)"), Rows{"0"}) << "one order for all that look at rows";
  }
}

// The names that transforms use for rows may be those of columns, too.
TEST_F(Transforms, AColumnMayHaveAnyName) {
  const auto twice = [&](const std::string& transform, const Json& config) {
    std::vector<Rows> found;
    for (const char* order : {"v", "v desc"}) {
      house.put("raw.orders", "select 1 as id, 5 as l, 6 as s, 7 as r, v from range(50) t(v) order by " + std::string(order));
      house.put("clean.customers", "select 5 as l, 6 as s, v from range(50) t(v) order by " + std::string(order));
      const auto ran = run(transform, config);
      EXPECT_EQ(ran.outcome, MR_SUCCEEDED) << transform << ran.failure;
      found.push_back(house.rows("select cast(t as varchar) from clean.t as t order by 1"));
    }
    EXPECT_EQ(found[0], found[1]) << transform;
    return found[0];
  };
  EXPECT_EQ(twice("deduplicate", {{"by", {"l"}}, {"order_by", {"s"}}}).size(), 1U);
  EXPECT_EQ(twice("limit", {{"rows", 3}, {"order_by", {"l"}}}).size(), 3U);
  EXPECT_EQ(twice("identifier", {{"as", "n"}}).size(), 50U);
  EXPECT_EQ(twice("row_number", {{"order_by", {"r"}}, {"as", "n"}}).size(), 50U);
  const auto tenth = twice("sample", {{"percent", 10}}).size();
  EXPECT_TRUE(tenth > 0 && tenth < 25) << tenth;
  EXPECT_EQ(twice("sample", {{"rows", 5}}).size(), 5U);
  twice("lookup", {{"right", "clean.customers"}, {"on", {"l"}}, {"take", {{"w", "v"}}}, {"order_by", {"s"}}});
  twice("window", {{"order_by", {"l"}}, {"values", {{"before", "lag(v)"}}}});
  twice("aggregate", {{"by", {"s"}}, {"values", {{"all", {{"function", "list"}, {"of", "v"}}}, {"one", {{"function", "first"}, {"of", "v"}, {"order_by", {"l"}}}}}}});
  twice("fill_missing", {{"columns", {"v"}}, {"how", "before"}, {"order_by", {"l"}}});
}

TEST_F(Transforms, AListOfListsIsExplodedIntoLists) {
  house.put("raw.orders", "select 1 as id, [[1, 2], [3], null] as tags, [map {'a': 1}, map {'b': 2}] as maps, [{'x': [1, 2]}] as lines, [10, 20]::integer[2] as pair");
  ASSERT_EQ(run("explode", {{"column", "tags"}, {"as", "tag"}, {"position", "n"}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.rows("select n, cast(tag as varchar) from clean.t order by n"), (Rows{"1|[1, 2]", "2|[3]", "3|∅"}));
  ASSERT_EQ(run("explode", {{"column", "maps"}, {"as", "one"}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.rows("select cast(one as varchar) from clean.t order by 1"), (Rows{"{a=1}", "{b=2}"}));
  ASSERT_EQ(run("explode", {{"column", "lines"}, {"as", "line"}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.rows("select cast(line.x as varchar) from clean.t"), Rows{"[1, 2]"});
  ASSERT_EQ(run("explode", {{"column", "pair"}, {"as", "x"}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.rows("select x from clean.t order by x"), (Rows{"10", "20"}));
}

TEST_F(Transforms, JsonMayHoldNothingAndAnyKeys) {
  house.put("raw.orders", R"j(select * from (values (1, '{"nil": null, "none": [], "it''s \"so\"/~": 1, "Case": 1, "case": 2, "": 3, "in": {"x.y": [{"z": null}]}}'), (2, '{"nil": null, "none": []}'), (3, null)) t(id, note))j");
  const auto ran = run("parse_json", {{"column", "note"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows(R"j(select id, note.nil, len(note.none), note."it's ""so""/~", note."Case", note."case_1", note."_", len(note."in"."x.y") from clean.t order by id)j"), (Rows{"1|∅|0|1|1|2|3|1", "2|∅|0|∅|∅|∅|∅|∅", "3|∅|∅|∅|∅|∅|∅|∅"}));
  for (const char* text : {"null", "[]", "{}"}) {
    house.put("raw.orders", "select 1 as id, '" + std::string(text) + "' as note");
    const auto one = run("parse_json", {{"column", "note"}});
    EXPECT_EQ(one.outcome, MR_SUCCEEDED) << text << one.failure;
    EXPECT_EQ(house.rows("select count(note) from clean.t"), Rows{std::string(text) == "null" ? "0" : "1"});
  }
}

TEST_F(Transforms, FieldsOfATypeAreInItsOrder) {
  house.put("raw.orders", R"j(select '{"a": 1, "b": "x"}' as note)j");
  for (const char* type : {"STRUCT(b VARCHAR, a INTEGER)", "struct(b varchar, a int)"}) {
    ASSERT_EQ(run("parse_json", {{"column", "note"}, {"type", type}}).outcome, MR_SUCCEEDED);
    EXPECT_EQ(house.type_of("clean.t", "note"), "STRUCT(b VARCHAR, a INTEGER)") << type;
  }
}

TEST_F(Transforms, ALookupForgivesKeysThatNobodyCanFind) {
  house.put("clean.customers", "select * from (values (0, 'Zoë'), (null, 'a'), (null, 'b')) t(customer, name)");
  const auto ran = run("lookup", {{"right", "clean.customers"}, {"on", {"customer"}}, {"take", {{"who", "name"}}}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select count(*), count(who) from clean.t"), house.rows("select count(*), count(*) filter (where customer = 0) from raw.orders"));
}

TEST_F(Transforms, AFirstAndALastAreOfTheirOrder) {
  ASSERT_EQ(run("aggregate", {{"values", {{"first", {{"function", "first"}, {"of", "id"}, {"order_by", {"id desc"}}}}, {"mid", {{"function", "quantile"}, {"of", "id"}, {"q", 0.25}}}}}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.rows("select first, mid from clean.t"), Rows{"399|99.75"});
}

TEST_F(Transforms, PivotFindsItsValuesItself) {
  ASSERT_EQ(run("pivot", {{"on", "customer"}, {"value", {{"function", "count"}}}}).outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.rows("select \"0\" + \"1\" + \"2\" + \"3\" + \"4\" + \"5\" from clean.t"), Rows{"400"});
}

TEST_F(Transforms, EmptyColumnsAreDropped) {
  house.put("raw.orders", "select 1 as a, null::integer as b, '' as c, 'null' as d union all select 2, null, 'null', ''");
  run("drop_empty_columns", Json::object());
  EXPECT_EQ(house.rows("select count(*) from (describe clean.t)"), Rows{"3"});
  run("drop_empty_columns", {{"empty_texts", {"", "null"}}});
  EXPECT_EQ(house.rows("select column_name from (describe clean.t)"), Rows{"a"});
}

TEST_F(Transforms, ASampleIsTheSameEveryTime) {
  run("sample", {{"percent", 25}});
  const auto first = house.rows("select id from clean.t order by id");
  EXPECT_GT(first.size(), 60U);
  EXPECT_LT(first.size(), 140U);
  run("sample", {{"percent", 25}});
  EXPECT_EQ(house.rows("select id from clean.t order by id"), first);
  run("sample", {{"percent", 25}, {"seed", 1}});
  EXPECT_NE(house.rows("select id from clean.t order by id"), first);
  run("sample", {{"rows", 10}});
  EXPECT_EQ(house.rows("select count(distinct id) from clean.t"), Rows{"10"});
}

TEST_F(Transforms, UuidsDifferAndTimestampsAreTheRuns) {
  run("uuid", {{"as", "u"}});
  EXPECT_EQ(house.rows("select count(distinct u) from clean.t"), Rows{"400"});
  run("add_timestamp", {{"as", "made"}});
  EXPECT_EQ(house.rows("select count(distinct made), bool_and(made > timestamptz '2026-01-01') from clean.t"), Rows{"1|true"});
}

TEST_F(Transforms, OneHashOfSeveralColumnsTellsThemApart) {
  house.put("raw.orders", "select * from (values ('ab', 'c'), ('a', 'bc'), ('', null), (null, '')) t(x, y)");
  run("hash", {{"columns", {"x", "y"}}, {"as", "h"}});
  EXPECT_EQ(house.rows("select count(distinct h) from clean.t"), Rows{"4"});
}

TEST_F(Transforms, JsonIsReadByATypeOrByWhatTheRowsHold) {
  house.put("raw.orders", R"j(select * from (values (1, '{"a": 1, "b": ["x", null]}'), (2, null), (3, '{"a": null}'), (4, '{"c": {}, "b": []}')) t(id, note))j");
  for (const Json& config : {Json{{"type", "STRUCT(a BIGINT, b VARCHAR[])"}}, Json::object()}) {
    Json with = config;
    with["column"] = "note";
    const auto ran = run("parse_json", with);
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
    EXPECT_EQ(house.rows("select id, note.a, note.b[1] from clean.t order by id"), (Rows{"1|1|x", "2|∅|∅", "3|∅|∅", "4|∅|∅"})) << config;
  }
  for (const char* type : {"STRUCT(b BIGINT[])", "STRUCT(a VARCHAR[])", "BIGINT"}) EXPECT_NE(run("parse_json", {{"column", "note"}, {"type", type}}).outcome, MR_SUCCEEDED) << type;
  const auto apart = run("parse_json", {{"column", "note"}, {"type", "STRUCT(b BIGINT[])"}, {"errors", {{"to", "quarantine"}}}});
  EXPECT_EQ(apart.count("rows_rejected"), 1) << apart.failure;
}

// --- rows that fail

TEST_F(Transforms, ARowThatFailsFailsTheTaskUnlessItIsToBeSetApart) {
  const Json cast = {{"columns", Json::array({{{"column", "code"}, {"action", "cast"}, {"type", "BIGINT"}}})}};
  EXPECT_NE(run("resolve_types", cast).outcome, MR_SUCCEEDED);
  EXPECT_FALSE(house.has("clean.t"));
  Json apart = cast;
  apart["errors"] = {{"to", "quarantine"}};
  const auto ran = run("resolve_types", apart);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  const auto bad = house.rows("select count(*) from raw.orders where code = 'n/a'");
  EXPECT_EQ(ran.count("rows_in"), 400);
  EXPECT_EQ(std::to_string(ran.count("rows_rejected")), bad[0]);
  EXPECT_EQ(ran.output["rejected_by_step"][0]["rows"], ran.count("rows_rejected"));
  EXPECT_EQ(house.rows("select count(*), count(*) filter (where code = 'n/a' and _source = 'clean.t') from quarantine.t"), Rows{bad[0] + "|" + bad[0]});
  EXPECT_EQ(house.rows("select count(*) from clean.t where code is null"), house.rows("select count(*) from raw.orders where code is null")) << "a missing value is no failure";
}

TEST_F(Transforms, MoreFailuresThanTheLimitFailTheTask) {
  Json config = {{"columns", {{"n", "cast(code as bigint)"}}}, {"errors", {{"to", "quarantine"}, {"limit", 3}}}};
  EXPECT_EQ(run("derive", config).code(), "E5052");
  config["errors"]["limit"] = "1%";
  EXPECT_EQ(run("derive", config).code(), "E5052");
  config["errors"]["limit"] = "99.5%";
  EXPECT_EQ(run("derive", config).outcome, MR_SUCCEEDED);
  for (const Json& limit : {Json("many"), Json("nan"), Json("nan%"), Json("inf"), Json("-1"), Json(-1), Json("-1%"), Json("1 %"), Json("")}) {
    config["errors"]["limit"] = limit;
    EXPECT_EQ(run("derive", config).code(), "E5051") << limit;
  }
}

// --- what is asked wrongly

TEST_F(Transforms, WrongConfigsAreRefusedByNameAndNothingIsPublished) {
  const std::vector<std::tuple<std::string, Json, std::string>> wrongs{
      {"select", {{"columns", {"id", "nope"}}}, "E5050"},
      {"rename", {{"columns", {{"id", "city"}}}}, "E5050"},
      {"derive", {{"columns", {{"x", "1; drop table y"}}}}, "E5051"},
      {"derive", {{"columns", {{"x", "1) from (select 1"}}}}, "E5051"},
      {"derive", {{"columns", {{"x", "E'\\''), (1"}}}}, "E5051"},
      {"derive", {{"columns", {{"x", "'a' || E'\\') from (select 1"}}}}, "E5051"},
      {"derive", {{"columns", {{"x", "(select count(*) from read_csv('/etc/passwd'))"}}}}, "E5004"},
      {"derive", {{"columns", {{"x", "1, 2"}}}}, "E5051"},
      {"window", {{"order_by", {"id"}}, {"values", {{"x", "sum(id) over (), count(*)"}}}}, "E5051"},
      {"map_columns", {{"columns", Json::array({{{"from", "id"}, {"type", "BIGINT) + CAST(1 AS BIGINT"}}})}}, "E5051"},
      {"map_columns", {{"columns", Json::array({{{"from", "id"}, {"type", "BIGNUMBER"}}})}}, "E5051"},
      {"resolve_types", {{"columns", Json::array({{{"column", "code"}, {"action", "cast"}, {"type", "BIGINT), (1"}}})}}, "E5051"},
      {"parse_json", {{"column", "code"}, {"type", "STRUCT(a"}}, "E5051"},
      {"filter", {{"where", "quantity > 0 -- "}}, "E5051"},
      {"filter", {{"where", "no_such > 0"}}, "E5004"},
      {"sort", {{"order_by", {"id sideways"}}}, "E5051"},
      {"sample", Json::object(), "E5051"},
      {"explode", {{"column", "city"}}, "E5051"},
      {"aggregate", {{"values", {{"x", {{"function", "magic"}, {"of", "id"}}}}}}, "E5051"},
      {"aggregate", {{"values", {{"x", {{"function", "first"}, {"of", "id"}}}}}}, "E5051"},
      {"fill_missing", {{"how", "value"}}, "E5051"},
      {"join", {{"right", "clean.customers"}, {"on", {"id"}}}, "E5050"},
      {"join", {{"right", "clean.nobody"}, {"on", {"id"}}}, "E5050"}};
  for (const auto& [transform, config, code] : wrongs) {
    const auto ran = run(transform, config);
    EXPECT_EQ(ran.code(), code) << transform << " " << config << ran.failure;
    EXPECT_FALSE(house.has("clean.t"));
  }
}

TEST_F(Transforms, QuotesOfEveryKindAreReadAsTheyAre) {
  const auto ran = run("derive", {{"columns", {{"x", "E'it\\'s (' || 'a ''(b' || \"city\""}}}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select count(*) from clean.t where x = 'it''s (a ''(b' || city"), house.rows("select count(city) from raw.orders"));
}

TEST_F(Transforms, ALookupThatFindsSeveralIsAnErrorWhenNothingSaysWhichCounts) {
  EXPECT_NE(run("lookup", {{"right", "clean.customers"}, {"on", {"customer"}}, {"take", {{"who", "name"}}}}).outcome, MR_SUCCEEDED);
}

}  // namespace
