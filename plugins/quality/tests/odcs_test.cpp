// Data contracts: what each part of one asks of rows that are known by hand, and what is refused.
#include "dialect_testing.hpp"
#include <gtest/gtest.h>

namespace mr::quality {
namespace {

using nlohmann::json;
using testing::House;
using testing::refusal;
using Lines = std::vector<std::string>;

const std::string kHead =
    "apiVersion: v3.1.0\nkind: DataContract\nid: c\nstatus: active\nversion: 1.0.0\n";

std::string contract(const std::string& object) {
  return kHead + "schema:\n  - name: orders\n" + object;
}

TEST(Contract, PropertiesSayTypesKeysAndWhatMayBeMissing) {
  House house;
  EXPECT_EQ(
      house.lines(contract(R"(
    physicalType: table
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - {name: customer, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
      - {name: state, physicalName: status, logicalType: string, required: true, unique: true}
      - {name: amount, logicalType: number, physicalType: numeric}
      - {name: day, logicalType: timestamp}
      - {name: seen, logicalType: timestamp, required: false}
      - {name: price, logicalType: number, required: true}
)")),
      (Lines{"pass id is there", "pass customer is there", "pass state is there",
             "fail state required: 1 unexpected", "pass state unique", "pass amount is there",
             "fail day is there: it is DATE, not timestamp", "pass seen is there",
             "none price is there: there is no column 'price'",
             "none price required: there is no column 'price'",
             "fail id of the primary key: 1 unexpected",
             "fail customer of the primary key: 1 unexpected", "pass primary key id, customer"}));
}

TEST(Contract, OptionsOfTheLogicalTypeBoundTheValues) {
  House house(
      "SELECT * FROM (VALUES (1, 2.5, 'ab', 'a@b.de', [1, 2], DATE '2026-01-31'), "
      "(300, 5.0, 'abc', 'nobody', [1, 1], NULL)) v(n, x, s, mail, list, day)");
  EXPECT_EQ(house.lines(contract(R"(
    properties:
      - name: n
        logicalTypeOptions: {minimum: 1, maximum: 300, exclusiveMaximum: 300, format: u8}
      - name: x
        logicalTypeOptions: {multipleOf: 2.5, minimum: 2.5, exclusiveMinimum: true}
      - name: s
        logicalTypeOptions: {minLength: 2, maxLength: 2, pattern: "^a"}
      - name: mail
        logicalTypeOptions: {format: email}
      - name: list
        logicalTypeOptions: {minItems: 2, maxItems: 2, uniqueItems: true}
        items: {logicalType: integer}
      - name: day
        logicalTypeOptions: {minimum: "2026-02-01", format: yyyy-MM-dd}
)")),
            (Lines{"pass n is there",
                   "pass n minimum",
                   "pass n maximum",
                   "fail n exclusiveMaximum: 1 unexpected",
                   "fail n format: 1 unexpected",
                   "pass x is there",
                   "pass x multipleOf",
                   "fail x minimum: 1 unexpected",
                   "pass x exclusiveMinimum",
                   "pass s is there",
                   "pass s minLength",
                   "fail s maxLength: 1 unexpected",
                   "pass s pattern",
                   "pass mail is there",
                   "fail mail format: 1 unexpected",
                   "pass list is there",
                   "pass list minItems",
                   "pass list maxItems",
                   "fail list uniqueItems: 1 unexpected",
                   "pass list items",
                   "pass day is there",
                   "fail day minimum: 1 unexpected",
                   "pass day format"}));
}

TEST(Contract, PartsOfAColumnAreLookedAtByTheirPath) {
  House house(
      "SELECT * FROM (VALUES ({'city': 'Bonn', 'zip': '53111'}), ({'city': NULL, 'zip': '5'})) "
      "v(address)");
  EXPECT_EQ(house.lines(contract(R"(
    properties:
      - name: address
        logicalType: object
        logicalTypeOptions: {required: [zip]}
        properties:
          - {name: city, logicalType: string, required: true}
          - {name: zip, logicalType: string, logicalTypeOptions: {minLength: 5}}
          - {name: street, logicalType: string}
)")),
            (Lines{"pass address is there", "pass address required", "pass address.city is there",
                   "fail address.city required: 1 unexpected", "pass address.zip is there",
                   "fail address.zip minLength: 1 unexpected",
                   "none address.street is there: there is no column 'address.street'"}));
}

TEST(Contract, MetricsOfTheLibraryAreCounted) {
  House house;
  EXPECT_EQ(
      house.lines(contract(R"(
    properties:
      - name: status
        enum: [{value: new, label: New}, {value: paid}, lost]
        quality:
          - {metric: nullValues, mustBe: 0}
          - {metric: nullValues, mustBeLessOrEqualTo: 25, unit: percent}
          - {type: library, metric: missingValues, mustBe: 2, arguments: {missingValues: [null, lost]}}
          - {metric: invalidValues, mustBeLessThan: 2, arguments: {validValues: [new, paid]}}
          - {metric: invalidValues, mustBe: 0, arguments: {pattern: "^[a-z]+$"}, name: small letters}
          - {rule: validValues, validValues: [new]}
      - name: id
        quality:
          - {metric: duplicateValues, mustBe: 0, severity: warning}
          - {rule: nullCheck}
    quality:
      - {metric: rowCount, mustBeBetween: [4, 9]}
      - {metric: rowCount, mustNotBeBetween: [4, 9], description: never so many}
      - {metric: duplicateValues, mustBe: 0, arguments: {properties: [id, customer]}}
)")),
      (Lines{"pass status is there", "pass status enum", "fail status nullValues: 1 unexpected",
             "pass status nullValues", "pass status missingValues", "pass status invalidValues",
             "pass small letters", "fail status validValues: 2 unexpected", "pass id is there",
             "fail id duplicateValues: 1 unexpected", "fail id nullCheck: 1 unexpected",
             "pass rowCount", "fail rowCount (never so many): observed 4.0",
             "pass duplicateValues"}));
}

TEST(Contract, QueriesAndRulesOfOtherToolsAreRun) {
  House house;
  EXPECT_EQ(house.lines(contract(R"(
    properties:
      - name: amount
        quality:
          - {type: sql, query: "SELECT COUNT(*) FROM {object} WHERE {property} < 0", mustBe: 0, name: debts}
    quality:
      - {type: sql, query: "SELECT max(amount) > 4 FROM orders;", name: truth}
      - {type: sql, query: "SELECT 1 FROM ${table}", mustBe: 1, name: many}
      - {type: sql, query: "SELECT 1, 2", mustBe: 1, name: wide}
      - {type: sql, query: "SELECT 1", name: open}
      - {type: text, description: looks fine, name: people}
      - type: custom
        engine: greatExpectations
        implementation: |
          type: expect_table_row_count_to_be_between
          kwargs: {minValue: 1, maxValue: 3}
      - type: custom
        engine: millrace
        severity: info
        implementation:
          - not_null: id
          - volume: {min: 1}
      - {type: custom, engine: soda, implementation: "type: x", name: soda}
)")),
            (Lines{"pass amount is there", "fail debts", "pass truth",
                   "none many: the query gave 4 rows, and not one value",
                   "none wide: 'query' must give one column", "none open: the rule has no operator",
                   "pass people: a text for people: nothing was checked",
                   "fail expect_table_row_count_to_be_between: observed 4",
                   "fail not_null id: 1 unexpected", "pass volume",
                   "none soda: rules of the engine 'soda' are not known"}));
}

TEST(Contract, AQueryIsOneSelectAndNothingElse) {
  House house;
  for (const std::string query :
       {"DROP TABLE t", "SELECT 1; DROP TABLE t", "SELECT 1) AS a; DROP TABLE t; --",
        "INSERT INTO t SELECT * FROM t"}) {
    const auto told = house.lines(
        contract("    quality: [{type: sql, mustBe: 1, name: evil, query: '" + query + "'}]\n"));
    EXPECT_EQ(told.at(0).substr(0, 63),
              "none evil: 'query' is not a SELECT that can be run: the SQL is ")
        << query;
    EXPECT_EQ(house.session.query("SELECT count(*) FROM t").integer(0, 0), 4);
  }
}

TEST(Contract, ForeignKeysAreLookedUpInOtherDatasets) {
  House house;
  house.source("clean.customers", "SELECT * FROM (VALUES (10), (11)) v(number)");
  const std::string customers =
      "  - id: customers_tbl\n    name: customers\n    properties:\n"
      "      - {id: customer_id, name: id, physicalName: number}\n";
  house.object = "orders";
  EXPECT_EQ(
      house.lines(contract(R"(
    relationships:
      - {from: [orders.customer], to: [customers.id]}
      - {to: customers.id}
    properties:
      - name: customer
        relationships:
          - to: customers.id
          - to: schema/customers_tbl/properties/customer_id
          - to: other.yaml#customers.id
          - to: payers.id
          - {to: customers.id, type: friend}
)") + customers),
      (Lines{"pass customer is there", "fail customer refers to customers.id: 1 unexpected",
             "fail customer refers to schema/customers_tbl/properties/customer_id: 1 unexpected",
             "none customer refers to other.yaml#customers.id: references into other contracts "
             "are not followed",
             "none customer refers to payers.id: the dataset 'payers' is not there to look into",
             "none customer refers to customers.id: relationships of type 'friend' are not known",
             "fail orders.customer refers to customers.id: 1 unexpected",
             "none ? refers to customers.id: a relationship of an object needs 'from'"}));
}

TEST(Contract, AgreementsOfServiceAreAgesOfValuesOrForPeople) {
  House house;
  EXPECT_EQ(
      house.lines(contract("    properties: [{name: seen, logicalType: timestamp}]\n") + R"(
slaDefaultElement: orders.seen
slaProperties:
  - {property: latency, value: 1, unit: h}
  - {property: frequency, value: 1, unit: d, element: orders.seen}
  - {property: retention, value: 3, unit: y, element: seen}
  - {property: retention, value: 1, unit: h, element: seen}
  - {property: latency, value: 4, unit: d, element: payments.at}
  - {property: generalAvailability, value: 2022-05-12}
  - {property: beauty, value: 1}
  - {property: latency, value: 4, unit: moons}
)"),
      (Lines{"pass seen is there",
             "fail service level latency of seen: the newest value is 2h0m old, at most 1h0m are "
             "agreed",
             "pass service level frequency of seen", "pass service level retention of seen",
             "fail service level retention of seen: the oldest value is 4h0m old, at most 1h0m "
             "are agreed",
             "pass service level latency: an agreement about another object: nothing was checked",
             "pass service level generalAvailability: an agreement about the service, not about "
             "rows: nothing was checked",
             "none service level beauty: there is no service level 'beauty'",
             "none service level latency of seen: the unit 'moons' is not known"}));
}

TEST(Contract, WhatIsUnknownFailsByItsName) {
  House house;
  EXPECT_EQ(
      house.lines("color: red\n" + contract(R"(
    shape: round
    properties:
      - {name: id, logicalTyp: integer}
      - {name: id, logicalType: whole}
      - {name: id, logicalTypeOptions: {minimun: 1}}
      - {name: status, logicalTypeOptions: {format: colour, minimum: 1}}
      - {name: id, required: maybe}
      - {name: id, quality: [{metric: nullValus, mustBe: 0}, {metric: nullValues, mustBee: 0}, {metric: nullValues}]}
      - {name: id, quality: [{metric: nullValues, mustBeBetween: [3, 1]}, {type: magic}, {metric: nullValues, unit: moons, mustBe: 0}]}
    quality:
      - {metric: nullValues, mustBe: 0}
)")),
      (Lines{"none the contract: color: the contract has no key 'color'",
             "none an object: shape: an object has no key 'shape'",
             "none id: logicalTyp: a property has no key 'logicalTyp'",
             "pass id is there",
             "none id is there: there is no logical type 'whole'",
             "pass id is there",
             "none id minimun: the option 'minimun' is not known",
             "pass status is there",
             "none status format: there is no format 'colour' of texts",
             "none status minimum: 'minimum' can't be compared with a column of type VARCHAR: it "
             "is a number, the column holds texts",
             "pass id is there",
             "none id required: 'required' must be true or false",
             "pass id is there",
             "none id nullValus: there is no metric 'nullValus'",
             "none id nullValues: a rule has no key 'mustBee'",
             "none id nullValues: the rule has no operator",
             "pass id is there",
             "none id nullValues: 'mustBeBetween' has its larger number first",
             "none id magic: there is no type 'magic' of rules",
             "none id nullValues: 'unit' must be rows or percent",
             "none nullValues: this rule is of a property, and stands at the object"}));
}

TEST(Contract, TheObjectMustBeKnownAndTheVersionTheThird) {
  House house;
  const std::string two = kHead +
                          "schema: [{name: a, properties: [{name: id}]}, {name: b, physicalName: "
                          "t, properties: [{name: day}]}]\n";
  EXPECT_EQ(refusal([&] { house.validate(two); }),
            "E7005 checks.yaml:6:1 the contract has several objects");
  house.object = "t";
  EXPECT_EQ(house.lines(two), (Lines{"pass day is there"}));
  house.object = "c";
  EXPECT_EQ(refusal([&] { house.validate(two); }),
            "E7005 checks.yaml:6:1 the contract has no object 'c'");
  EXPECT_EQ(refusal([&] { house.validate("kind: DataContract\napiVersion: v2.2.2\n"); }),
            "E7002 checks.yaml:2:13 contracts of version v2.2.2 are not known");
  EXPECT_EQ(refusal([&] { house.validate("kind: DataContract\n"); }),
            "E7002 checks.yaml:1:1 the contract has no 'apiVersion'");
  EXPECT_EQ(refusal([&] { house.validate(kHead); }),
            "E7002 checks.yaml:1:1 the contract has no list 'schema' with an object in it");
}

TEST(Contract, ARuleOfLowSeverityOnlyWarnsInATask) {
  House house;
  const auto report = house.run(
      json::array({{{"rules", contract("    properties:\n      - {name: id, quality: [{metric: "
                                       "nullValues, mustBe: 0, severity: warning}]}\n")}}}));
  EXPECT_TRUE(report.success);
  EXPECT_EQ(report.results[1]["on_fail"], "warn");
  EXPECT_EQ(report.results[1]["success"], false);
}

}  // namespace
}  // namespace mr::quality
