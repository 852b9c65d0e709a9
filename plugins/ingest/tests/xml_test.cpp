// ingest.files over XML: rows from elements, and files that are none, or mean harm.
#include <gtest/gtest.h>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;
using mr::data::testing::Ran;

class Xml : public ::testing::Test {
 protected:
  Ran load(const std::string& from, const Json& more = Json::object()) {
    Json config = {{"from", from}, {"format", "xml"}, {"row", "orders/order"}, {"into", "raw.t"}};
    config.update(more);
    auto ran = house.run("ingest.files", config);
    if (ran.outcome == MR_SUCCEEDED) {
      EXPECT_EQ(ran.count("rows_in"), ran.count("rows_out") + ran.count("rows_rejected")) << ran.output;
    }
    return ran;
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

constexpr auto kOrders = R"(<?xml version="1.0" encoding="UTF-8"?>
<orders xmlns="urn:shop" xmlns:x="urn:more">
  <!-- two of them -->
  <order id="1" x:day="2026-11-21">
    <customer><name>Zoë &amp; Co &lt;3</name><town/></customer>
    <tag>a</tag><tag>b</tag>
    <total currency="EUR">12.50</total>
    <note><![CDATA[5 < 6]]></note>
  </order>
  <order id="2"><customer><name>Ada</name></customer><tag>c</tag><total currency="USD">3</total></order>
  <other><order id="9"/></other>
</orders>
)";

TEST_F(Xml, AttributesAndChildElementsAreColumns) {
  house.file("a.xml", kOrders);
  const Json schema = {{"id", "BIGINT"}, {"day", "DATE"}, {"customer", "STRUCT(name VARCHAR, town VARCHAR)"}, {"tag", "VARCHAR[]"}, {"total", "STRUCT(currency VARCHAR, _value DECIMAL(10,2))"}, {"note", "VARCHAR"}};
  const auto ran = load("a.xml", {{"schema", schema}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, day, customer.name, customer.town, array_to_string(tag, '+'), total.currency, total._value, note from raw.t order by id"),
            (Rows{"1|2026-11-21|Zoë & Co <3|∅|a+b|EUR|12.50|5 < 6", "2|∅|Ada|∅|c|USD|3.00|∅"}));
}

TEST_F(Xml, TypesAreFoundInTheFirstRows) {
  house.file("a.xml", "<orders><order><id>1</id><code>007</code><price>2.50</price><day>2026-11-21</day><paid>true</paid></order><order><id>2</id><code>008</code><price>3</price></order></orders>");
  ASSERT_EQ(load("a.xml").outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.rows("select id, code, price, day, paid, typeof(id), typeof(code), typeof(price), typeof(day), typeof(paid) from raw.t order by id"),
            (Rows{"1|007|2.5|2026-11-21|true|BIGINT|VARCHAR|DOUBLE|DATE|BOOLEAN", "2|008|3.0|∅|∅|BIGINT|VARCHAR|DOUBLE|DATE|BOOLEAN"}));
  house.file("b.xml", "<orders><order><id>3</id></order></orders>");
  EXPECT_EQ(load("b.xml").count("rows_out"), 1) << "what a row lacks is NULL";
}

TEST_F(Xml, RowsAreThoseOfThePathOrOfTheName) {
  house.file("a.xml", kOrders);
  EXPECT_EQ(load("a.xml", {{"into", "raw.u"}, {"row", "order"}, {"schema", {{"id", "BIGINT"}}}}).count("rows_out"), 3);
  EXPECT_EQ(load("a.xml", {{"into", "raw.v"}, {"row", "orders/other/order"}, {"schema", {{"id", "BIGINT"}}}}).count("rows_out"), 1);
  EXPECT_EQ(house.rows("select id from raw.v"), Rows{"9"});
  for (const char* bad : {"", "/orders", "a//b", "//order", "order[1]", "@id"}) EXPECT_EQ(load("a.xml", {{"row", bad}}).code(), "E5062") << bad;
}

TEST_F(Xml, ARowThatDoesNotFitIsSetApartWithItsLine) {
  house.file("a.xml", "<orders>\n<order id='1'/>\n<order\n id='x'/>\n</orders>\n");
  EXPECT_EQ(load("a.xml", {{"schema", {{"id", "BIGINT"}}}}).count("rows_rejected"), 1);
  EXPECT_EQ(house.rows("select _file, _line, _column, _raw, _reason from quarantine.t"), Rows{"a.xml|4|id|{\"id\":\"x\"}|not a BIGINT"});
}

TEST_F(Xml, ARowThatIsTooLongIsOneReject) {
  house.file("a.xml", "<orders><order><id>1</id></order><order><id>2</id>" + [] {
    std::string many;
    for (int i = 0; i < 5; ++i) many += "<note>" + std::string(size_t{4} << 20, 'n') + "</note>";
    return many;
  }() + "</order><order><id>3</id></order></orders>");
  EXPECT_EQ(load("a.xml", {{"schema", {{"id", "BIGINT"}, {"note", "VARCHAR"}}}}).count("rows_rejected"), 1);
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Rows{"1", "3"}));
  EXPECT_EQ(house.rows("select _reason from quarantine.t"), Rows{"ROW LONGER THAN 16 MIB"});
}

TEST_F(Xml, WhatIsCutOffOrNotWellFormedIsNamedWithItsLine) {
  const std::string whole = kOrders;
  house.file("in/a.xml", whole);
  for (const auto& bad : {whole.substr(0, whole.size() / 2), whole.substr(0, whole.rfind("</orders>")), std::string("<orders>\n<order></orders>"), std::string("no xml"), std::string(), std::string("<orders>\xFF</orders>")}) {
    house.file("in/b.xml", bad);
    const auto ran = load("in/*.xml", {{"schema", {{"id", "BIGINT"}}}});
    EXPECT_EQ(ran.code(), "E5044") << bad << ran.failure;
    EXPECT_EQ(ran.failure["where"], "in/b.xml") << bad;
    EXPECT_NE(ran.failure.value("what", "").find("line "), std::string::npos) << ran.failure;
    EXPECT_FALSE(house.has("raw.t"));
  }
}

TEST_F(Xml, EntitiesAndDtdsAreRefused) {
  const auto secret = house.file("secret.txt", "hunter2");
  const std::string billion = R"(<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><orders><order><id>&c;</id></order></orders>)";
  const std::string outside = "<!DOCTYPE o [<!ENTITY a SYSTEM \"file://" + secret + "\">]><orders><order><id>&a;</id></order></orders>";
  const std::string external = "<!DOCTYPE o SYSTEM \"file://" + secret + "\"><orders><order><id>1</id></order></orders>";
  const std::string unknown = "<orders><order><id>&a;</id></order></orders>";
  for (const auto& bad : {billion, outside, external, unknown}) {
    house.file("a.xml", bad);
    const auto ran = load("a.xml");
    EXPECT_EQ(ran.code(), "E5044") << bad;
    EXPECT_EQ((ran.failure.dump() + ran.log).find("hunter2"), std::string::npos);
    EXPECT_FALSE(house.has("raw.t"));
  }
}

TEST_F(Xml, ManyFilesAreCountedEach) {
  for (int i = 0; i < 20; ++i) house.file("in/" + std::to_string(100 + i) + ".xml", "<orders><order id='" + std::to_string(i) + "'/><order/></orders>");
  const auto ran = load("in/*.xml", {{"schema", {{"id", "BIGINT"}}}});
  EXPECT_EQ(ran.count("rows_in"), 40);
  for (const auto& one : ran.output["files"]) EXPECT_EQ(one["rows_loaded"], 2) << one;
  EXPECT_EQ(house.rows("select sum(id), count(*) from raw.t"), Rows{"190|40"});
  EXPECT_EQ(load("in/*.xml").count("rows_in"), 0);
}

}  // namespace
