// Short checks: what each kind says of rows that are known by hand, and what is refused, where.
#include "dialect_testing.hpp"
#include <gtest/gtest.h>

namespace mr::quality {
namespace {

using nlohmann::json;
using testing::House;
using testing::refusal;
using Lines = std::vector<std::string>;

TEST(ShortChecks, EachKindDoesItsJob) {
  House house;
  house.source("clean.customers", "SELECT * FROM (VALUES (10), (11), (12), (NULL)) v(id)");
  EXPECT_EQ(house.lines(R"(
name: orders
checks:
  - not_null: [seen, customer]
  - unique: id
  - unique: [id, customer]
  - accepted_values: {column: status, values: [new, paid]}
  - range: {column: amount, min: -1, max: 5}
  - range: {column: amount, above: -1, below: 5}
  - range: {column: day, min: 2026-01-31}
  - expression: amount >= 0
  - freshness: {column: seen, within: 2h}
  - freshness: {column: seen, within: 119m}
  - volume: {min: 4, max: 4}
  - volume: {max: 3}
  - schema: {columns: [id, customer, status, amount, day, seen], in_order: true}
  - references: {column: customer, to: clean.customers, key: id}
)"),
            (Lines{"fail not_null seen: 1 unexpected", "fail not_null customer: 1 unexpected",
                   "fail unique id: 2 unexpected", "pass unique id, customer",
                   "fail accepted_values status: 1 unexpected", "pass range amount",
                   "fail range amount: 2 unexpected", "fail range day: 1 unexpected",
                   "fail expression amount >= 0: 2 unexpected", "pass freshness seen",
                   "fail freshness seen: the newest value is 2h0m old, at most 1h59m are agreed",
                   "pass volume", "fail volume: observed 4", "pass schema",
                   "fail references customer to clean.customers: 1 unexpected"}));
}

TEST(ShortChecks, AShareOfTheRowsAndAFilterAreHonoured) {
  House house;
  EXPECT_EQ(house.lines(R"(
- not_null: seen
  mostly: 0.75
- not_null: seen
  mostly: 0.76
- expression: amount >= 0
  where: status <> 'lost'
- volume: {min: 2, max: 2}
  where: id = 2
- freshness: {column: seen, within: 4h}
  where: status = 'new'
- not_null: seen
  name: seen is there
  where: status IS NOT NULL
)"),
            (Lines{"pass not_null seen", "fail not_null seen: 1 unexpected",
                   "pass expression amount >= 0", "pass volume", "pass freshness seen",
                   "pass seen is there"}));
}

TEST(ShortChecks, ASchemaSaysWhatIsMissingMistypedUnagreedAndOutOfOrder) {
  House house;
  EXPECT_EQ(house.line("- schema: {columns: {id: INTEGER, amount: \"DECIMAL(12,2)\", day: date, "
                       "status: string, customer: int64, price: double}}"),
            "fail schema: missing: price; of another type: customer is INTEGER, not int64; not "
            "agreed: seen");
  EXPECT_EQ(house.line("- schema: {columns: [customer, id], others: allow, in_order: true}"),
            "fail schema: in another order: id, customer");
  EXPECT_EQ(house.line("- schema: {columns: [customer, id], others: allow}"), "pass schema");
  EXPECT_EQ(house.line("- schema: {columns: {id: , customer: }, others: allow}"), "pass schema");
}

TEST(ShortChecks, KeysOfSeveralColumnsAndWithoutAKeyOfItsOwnAreFound) {
  House house;
  house.source("clean.pairs", "SELECT 1 AS id, 10 AS customer UNION ALL SELECT 2, 11");
  EXPECT_EQ(house.line("- references: {column: [id, customer], to: pairs}"),
            "fail references id, customer to pairs: 1 unexpected");
  EXPECT_EQ(house.line("- references: {column: [id, customer], to: pairs, key: [id]}"),
            "none references id, customer to pairs: it has 2 columns on one side and 1 on the "
            "other");
  EXPECT_EQ(house.line("- references: {column: id, to: pairs, key: number}"),
            "none references id to pairs: there is no column 'number' in 'pairs'");
  EXPECT_EQ(house.line("- references: {column: id, to: clean.nothing}"),
            "none references id to clean.nothing: the dataset 'clean.nothing' is not there to look "
            "into");
}

TEST(ShortChecks, AnEmptyTableHasNoNewestValueAndNoRows) {
  House house(std::string(testing::kOrders) + " WHERE false");
  EXPECT_EQ(house.lines("- freshness: {column: seen, within: 1d}\n- volume: {min: 1}\n"
                        "- not_null: id\n"),
            (Lines{"none freshness seen: there is no value to measure", "fail volume: observed 0",
                   "pass not_null id"}));
}

TEST(ShortChecks, ValuesWithAZeroInFrontAreTexts) {
  House house("SELECT * FROM (VALUES ('010'), ('10')) v(code)");
  EXPECT_EQ(house.line("- accepted_values: {column: code, values: [010, '10']}"),
            "pass accepted_values code");
  EXPECT_EQ(house.line("- accepted_values: {column: code, values: [010]}"),
            "fail accepted_values code: 1 unexpected");
}

// One mistake spoils no other check, and says where it stands and what is known.
TEST(ShortChecks, WhatIsWrongIsToldWithItsPlaceAndTheRestRuns) {
  House house;
  const auto done = house.validate(R"(checks:
  - not_nul: id
  - not_null: nothing
  - range: {column: amount, minimum: 1}
  - not_null: id
    mostly: 1.5
  - volume: {min: -1}
  - not_null: id
    unique: id
  - freshness: {column: day, within: soon}
  - freshness: {column: status, within: 1d}
  - range: {column: amount, min: 5, max: 1}
  - range: {column: amount}
  - expression: amount +
  - expression: amount
  - expression: "true) OR (true"
  - where: id > 1
  - accepted_values: {column: status, values: []}
  - schema: {columns: {id: wholenumber}}
  - volume: {min: 1}
    mostly: 0.5
  - just a text
  - not_null: id
    where: nothing > 1
  - not_null: id
    on_fail: shout
  - volume: {min: 4}
)",
                                   "checks.yaml");
  const auto& results = done.result["results"];
  Lines told;
  for (const CheckLine& line : done.lines) told.push_back(line.reason);
  EXPECT_EQ(told, (Lines{"there is no check 'not_nul'",
                         "there is no column 'nothing'",
                         "range has no key 'minimum'",
                         "'mostly' must be from 0 to 1",
                         "'min' of volume must be a whole number, 0 or more",
                         "a check is of one kind: this is not_null and unique",
                         "'within' of freshness must be a duration",
                         "column 'status' of type VARCHAR holds no dates or times",
                         "range has a lower bound above its upper one: nothing could be within",
                         "range needs a bound",
                         "the expression can't be bound: a column, a type or its SQL doesn't fit",
                         "the expression is neither true nor false",
                         "the expression must be one condition",
                         "a check needs the word of its kind",
                         "'values' of accepted_values must be a list of at least one",
                         "type 'wholenumber' is not known",
                         "volume takes no 'mostly': it is not about single rows",
                         "a check must be a map of keys",
                         "'where' can't be bound: a column, a type or its SQL doesn't fit",
                         "'on_fail' must be fail, warn or quarantine, not 'shout'",
                         ""}));
  EXPECT_FALSE(done.success);
  EXPECT_TRUE(done.lines.back().success);
  EXPECT_EQ(done.lines[0].name, "a check at checks.yaml:2:14");
  EXPECT_EQ(results[0]["exception_info"]["exception_traceback"],
            "E7005: there is no check 'not_nul' (did you mean 'not_null'? known are not_null, "
            "unique, accepted_values, range, expression, freshness, volume, schema, references, "
            "name, where, mostly, on_fail)");
  EXPECT_EQ(results[2]["exception_info"]["exception_traceback"],
            "E7005: range has no key 'minimum' (known are column, min, max, above, below)");
}

TEST(ShortChecks, TextsThatAreNoListOfChecksAreRefusedWithTheirPlace) {
  House house;
  const auto refused = [&](const std::string& text) {
    return refusal([&] { house.validate(text); });
  };
  EXPECT_EQ(refused("checks: [\n  not_null: id\n"),
            "E7002 checks.yaml:3:1 not YAML: end of sequence flow not found");
  EXPECT_EQ(refused("checks: {}\n"), "E7002 checks.yaml:1:1 there is no list of checks");
  EXPECT_EQ(refused("checks: []\nname: x\n"), "E7002 checks.yaml:1:1 there is no list of checks");
  EXPECT_EQ(refused("checks: [{not_null: id}]\nowner: me\n"),
            "E7005 checks.yaml:2:8 a file of checks has no key 'owner'");
  EXPECT_EQ(refused("owner: me\n"), "E7002 checks.yaml the YAML is no text of checks");
  EXPECT_EQ(refused("- not_null: id\n  not_null: day\n"),
            "E7002 checks.yaml:2:3 the key 'not_null' stands twice");
  EXPECT_EQ(refused("- not_null: !!set {id}\n"),
            "E7002 checks.yaml:1:13 the tag tag:yaml.org,2002:set is not known here");
  EXPECT_EQ(refused("- not_null: id\n---\n- unique: id\n"),
            "E7002 checks.yaml:2:1 the file has a second document (---)");
  EXPECT_EQ(refused(""), "E7002 checks.yaml the file is empty");
}

TEST(ShortChecks, TheirResultHasTheShapeOfASuitesAndShowsRowsThatAreAskedFor) {
  House house;
  const auto done =
      house.validate("- not_null: customer\n- expression: amount >= 0\n", "c.yaml",
                     {{"result_format", "COMPLETE"}, {"unexpected_index_column_names", {"id"}}});
  const auto& results = done.result["results"];
  EXPECT_EQ(done.scans, 2);
  EXPECT_EQ(results[0]["expectation_config"]["kwargs"]["not_null"], "customer");
  EXPECT_EQ(results[0]["result"]["unexpected_index_list"],
            json::array({{{"customer", nullptr}, {"id", nullptr}}}));
  EXPECT_EQ(results[1]["result"]["unexpected_count"], 2);
  EXPECT_EQ(done.result["statistics"]["unsuccessful_expectations"], 2);
}

TEST(ShortChecks, InATaskEachFailsWarnsOrSetsRowsApart) {
  House house;
  const auto report = house.run(json::array({{{"not_null", {"id", "status"}}, {"on_fail", "warn"}},
                                             {{"range", {{"column", "amount"}, {"min", 0}}},
                                              {"on_fail", "quarantine"},
                                              {"name", "no debts"}},
                                             {{"volume", {{"min", 1}}}}}));
  EXPECT_TRUE(report.success);
  ASSERT_EQ(report.results.size(), 4U);
  EXPECT_EQ(report.results[0]["check"], "not_null id");
  EXPECT_EQ(report.results[0]["success"], false);
  EXPECT_EQ(report.scans, 1);
  const auto bad = house.session.query("SELECT status, " + report.quarantine_reason +
                                       " FROM t WHERE " + report.quarantine_condition);
  ASSERT_EQ(bad.rows.size(), 1U);
  EXPECT_EQ(bad.rows[0][0], "lost");
  EXPECT_EQ(bad.rows[0][1], "no debts");
}

TEST(ShortChecks, RulesInPlaceMayBeShortOnesAndSayThemselvesWhatAFailureDoes) {
  House house;
  const auto report = house.run(
      json::array({{{"rules", "- not_null: id\n  on_fail: warn\n- volume: {min: 1}\n"}}}));
  EXPECT_TRUE(report.success);
  EXPECT_EQ(report.results[0]["on_fail"], "warn");
  EXPECT_EQ(report.results[1]["on_fail"], "fail");
}

TEST(ShortChecks, OfATaskTheyAreRefusedBeforeTheRun) {
  House house;
  const auto bound = [&](const json& check) {
    return refusal([&] {
      bind_checks(house.session, "SELECT * FROM t",
                  json::array({{{"volume", {{"min", 1}}}}, check}), "/nowhere", house.world);
    });
  };
  EXPECT_EQ(bound({{"not_null", "id"}}), "accepted");
  EXPECT_EQ(bound({{"not_null", "nothing"}}),
            "E7008 check 2 there is no column 'nothing', for the check not_null nothing");
  EXPECT_EQ(bound({{"range", {{"column", "amount"}, {"most", 1}}}}),
            "E7005 check 2, range.most range has no key 'most'");
  EXPECT_EQ(bound({{"unique", "id"}, {"volume", 1}}).substr(0, 15), "E7005 check 2, ");
  EXPECT_EQ(bound({{"strange", "id"}}),
            "E7005  a check needs 'suite' (a path), 'rules' (a text) or the word of a short check");
}

}  // namespace
}  // namespace mr::quality
