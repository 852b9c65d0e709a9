// What tables of before and after can't say of encryption and of values drawn at random.
#include <gtest/gtest.h>

#include <set>

#include "recipe/engine/compile.hpp"
#include "recipe/engine/crypto.hpp"
#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::json;

constexpr auto kPeople = "CREATE TEMP TABLE t AS SELECT range::INTEGER AS n, 'person ' || range AS name, (range % 3)::VARCHAR AS g, DATE '2020-01-01' AS d FROM range(500)";

Json step(const std::string& operation, const Json& parameters) { return Json::array({{{"Action", {{"Operation", operation}, {"Parameters", parameters}}}}}); }

struct House {
  mr::data::Session session = testing::fresh_session();
  Plan plan{};
  House() { session.run(kPeople); }
  std::vector<std::string> after(const Json& steps, const std::string& select, const std::string& seed = "run/task", const Secrets& secrets = testing::some_secret) {
    const Recipe recipe = read_recipe(steps.dump(), "r");
    plan = compile(recipe, session.describe("SELECT * FROM t"), "t", "_mr_out", {.session = nullptr, .secondary = {}, .secrets = {}, .seed = seed});
    run(session, recipe, plan, secrets);
    std::vector<std::string> values;
    for (const auto& row : session.query(select).rows) values.push_back(row[0].value_or("NULL"));
    return values;
  }
};

std::string refusal(House& house, const Json& steps, const Secrets& secrets) {
  try {
    house.after(steps, "SELECT 1", "s", secrets);
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RandomValues, AreTheSameInARetryAndOthersInAnotherRun) {
  for (const Json& steps : {step("REPLACE_WITH_RANDOM_BETWEEN", {{"sourceColumns", "[\"n\"]"}, {"lowerBound", "10"}, {"upperBound", "99"}}), step("RANDOM", {{"targetColumn", "r"}}),
                            step("RANDOM_BETWEEN", {{"lowerBound", "10"}, {"upperBound", "99"}, {"targetColumn", "r"}})}) {
    const std::string select = "SELECT to_json(o) FROM _mr_out o";
    const auto first = House().after(steps, select, "one"), again = House().after(steps, select, "one"), other = House().after(steps, select, "two");
    EXPECT_EQ(first, again) << steps;
    EXPECT_NE(first, other) << steps;
  }
}

TEST(RandomValues, ReachBothBoundsAndNothingBeyond) {
  House house;
  const auto values = house.after(step("REPLACE_WITH_RANDOM_BETWEEN", {{"sourceColumns", "[\"n\"]"}, {"lowerBound", "-1"}, {"upperBound", "2"}}), "SELECT DISTINCT n FROM _mr_out ORDER BY n");
  EXPECT_EQ(values, (std::vector<std::string>{"-1", "0", "1", "2"}));
}

TEST(RandomValues, OfDatesAreDaysOfTheRange) {
  House house;
  const Json steps = step("REPLACE_WITH_RANDOM_DATE_BETWEEN", {{"sourceColumns", "[\"d\"]"}, {"startDate", "1969-12-30"}, {"endDate", "1970-01-02 10:00:00"}});
  EXPECT_EQ(house.after(steps, "SELECT DISTINCT d FROM _mr_out ORDER BY d"), (std::vector<std::string>{"1969-12-30", "1969-12-31", "1970-01-01", "1970-01-02"}));
}

TEST(ShuffledRows, AreAPermutationInEachGroupThatMovesEveryValue) {
  House house;
  house.after(step("SHUFFLE_ROWS", {{"sourceColumns", "[\"n\",\"name\"]"}, {"groupByColumns", "[\"g\"]"}}), "SELECT 1");
  const auto count = [&](const std::string& sql) { return house.session.query(sql).integer(0, 0); };
  EXPECT_EQ(count("SELECT count(DISTINCT n) FROM _mr_out"), 500);
  EXPECT_EQ(count("SELECT count(*) FROM _mr_out WHERE g <> (n % 3)::VARCHAR OR name <> 'person ' || n"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM (SELECT n, row_number() OVER () - 1 AS place FROM _mr_out) WHERE n = place"), 0);
}

TEST(Encryption, ShowsNoClearTextAndNoTwoCellsAlike) {
  House house;
  const auto cells = house.after(step("ENCRYPT", {{"sourceColumns", "[\"g\"]"}, {"kmsKeyArn", "k"}}), "SELECT g FROM _mr_out");
  EXPECT_EQ(std::set<std::string>(cells.begin(), cells.end()).size(), 500U);
  for (const std::string& cell : cells) EXPECT_EQ(cell.substr(0, 4), "TVIx");
}

TEST(Encryption, KeepsSecretsAndTheirNamesOutOfThePlan) {
  House house;
  house.after(step("DETERMINISTIC_ENCRYPT", {{"sourceColumns", "[\"g\"]"}, {"secretId", "the-name"}}), "SELECT 1");
  for (const std::string& statement : texts_of(house.plan.statements)) {
    EXPECT_EQ(statement.find(*testing::some_secret("the-name")), std::string::npos);
    EXPECT_EQ(statement.find("the-name"), std::string::npos);
  }
}

TEST(Encryption, WithoutAUsableSecretIsRefusedBeforeTheRun) {
  House house;
  const Json encrypt = step("ENCRYPT", {{"sourceColumns", "[\"g\"]"}, {"kmsKeyArn", "k"}}), hash = step("CRYPTOGRAPHIC_HASH", {{"sourceColumns", "[\"g\"]"}, {"secretId", "k"}});
  EXPECT_EQ(refusal(house, encrypt, {}).substr(0, 51), "E6040 step 1 ENCRYPT: there is no secret 'k', which");
  const std::string weak = "hunter2";
  const auto short_one = refusal(house, encrypt, [&](const std::string&) { return std::optional(weak); });
  EXPECT_EQ(short_one.substr(0, 21), "E6041 step 1 ENCRYPT:");
  EXPECT_EQ(short_one.find(weak), std::string::npos);
  EXPECT_EQ(refusal(house, hash, [](const std::string&) { return std::optional<std::string>("no base64, but long enough"); }).substr(0, 32), "E6041 step 1 CRYPTOGRAPHIC_HASH:");
}

TEST(Encryption, OfAMillionBytesComesBack) {
  House house;
  house.session.run("CREATE OR REPLACE TEMP TABLE t AS SELECT repeat('é😀', 150000) AS big, 1 AS n");
  Json steps = step("ENCRYPT", {{"sourceColumns", "[\"big\"]"}, {"kmsKeyArn", "k"}});
  steps.push_back(step("DECRYPT", {{"sourceColumns", "[\"big\"]"}, {"kmsKeyArn", "k"}})[0]);
  EXPECT_EQ(house.after(steps, "SELECT big = repeat('é😀', 150000) FROM _mr_out"), std::vector<std::string>{"true"});
  EXPECT_NE(refusal(house, step("DETERMINISTIC_ENCRYPT", {{"sourceColumns", "[\"big\"]"}, {"secretId", "k"}}), testing::some_secret).find("E6042 step 1 DETERMINISTIC_ENCRYPT: a cell is longer than 400 KiB"), std::string::npos);
}

TEST(Encryption, ACellThatWasTouchedDoesNotOpen) {
  CellCipher cells("0123456789abcdef");
  EqualCipher equals("0123456789abcdef");
  const std::string sealed = cells.encrypt("clear", "VARCHAR"), equal = equals.encrypt("clear");
  ASSERT_EQ(cells.decrypt(sealed), "clear");
  ASSERT_EQ(equals.decrypt(equal), "clear");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string touched = sealed;
    touched[i] = touched[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(cells.decrypt(touched), std::nullopt) << i;
  }
  for (size_t i = 0; i < equal.size(); ++i) {
    std::string touched = equal;
    touched[i] = touched[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(equals.decrypt(touched), std::nullopt) << i;
  }
}

// Test vectors of RFC 4231 (case 2) for keyed digests.
TEST(Encryption, DigestsAreTheStandardOnes) {
  EXPECT_EQ(keyed_digest_of("SHA256", "Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(digest_of("MD5", ""), "d41d8cd98f00b204e9800998ecf8427e");
}

}  // namespace
}  // namespace mr::recipe
