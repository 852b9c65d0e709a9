// Each of the fifteen conditions, on texts, numbers and times: which rows REMOVE_VALUES takes.
#include <gtest/gtest.h>

#include "recipe/engine/compile.hpp"
#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

// The rows that the condition holds for, by number; or the refusal.
std::string holds(const std::string& type, const std::string& values, const std::string& name, const std::optional<std::string>& value) {
  mr::data::Session session = testing::fresh_session();
  session.run("CREATE TEMP TABLE t AS SELECT row_number() OVER () AS n, CAST(v AS " + type + ") AS v FROM (VALUES " + values + ") x(v)");
  Recipe recipe;
  recipe.steps.push_back({1, "REMOVE_VALUES", {{"sourceColumn", "v"}}, {{name, "v", value.value_or(""), value.has_value()}}});
  try {
    run(session, recipe, compile(recipe, session.describe("t"), "t", "_mr_out"));
  } catch (const RecipeError& error) {
    return error.what();
  }
  std::string rows;
  for (const auto& row : session.query("SELECT n FROM t ANTI JOIN _mr_out USING (n) ORDER BY n").rows) rows += row[0].value_or("");
  return rows;
}

constexpr auto kTexts = "('ab'), ('B'), (''), (NULL), ('[x] ab'), ('e\u0301a')";
constexpr auto kNumbers = "(1), (2), (NULL), (10), (-3)";
constexpr auto kDates = "('2024-01-31'), (NULL), ('2024-02-29')";

TEST(Conditions, of_texts) {
  EXPECT_EQ(holds("VARCHAR", kTexts, "IS", R"(["ab", "B"])"), "12");
  EXPECT_EQ(holds("VARCHAR", kTexts, "IS", "ab"), "1");
  EXPECT_EQ(holds("VARCHAR", kTexts, "IS_NOT", R"(["ab", "B"])"), "356");
  EXPECT_EQ(holds("VARCHAR", kTexts, "CONTAINS", "a"), "156");
  EXPECT_EQ(holds("VARCHAR", kTexts, "NOT_CONTAINS", "a"), "23");
  EXPECT_EQ(holds("VARCHAR", kTexts, "STARTS_WITH", "[x]"), "5");
  EXPECT_EQ(holds("VARCHAR", kTexts, "STARTS_WITH", R"(["a", "B"])"), "12");
  EXPECT_EQ(holds("VARCHAR", kTexts, "NOT_STARTS_WITH", R"(["a", "B"])"), "356");
  EXPECT_EQ(holds("VARCHAR", kTexts, "ENDS_WITH", "b"), "15");
  EXPECT_EQ(holds("VARCHAR", kTexts, "NOT_ENDS_WITH", "b"), "236");
  EXPECT_EQ(holds("VARCHAR", kTexts, "IS_MISSING", {}), "34");
  EXPECT_EQ(holds("VARCHAR", kTexts, "IS_INVALID", "int"), "1256");
  EXPECT_EQ(holds("VARCHAR", kTexts, "IS", "' OR true --"), "");
}

TEST(Conditions, of_numbers_and_of_texts_that_are_numbers) {
  for (const char* type : {"INTEGER", "DOUBLE", "DECIMAL(9,2)"}) {
    EXPECT_EQ(holds(type, kNumbers, "LESS_THAN", "2"), "15");
    EXPECT_EQ(holds(type, kNumbers, "LESS_THAN_EQUAL", "2"), "125");
    EXPECT_EQ(holds(type, kNumbers, "GREATER_THAN", "+2.0"), "4");
    EXPECT_EQ(holds(type, kNumbers, "GREATER_THAN_EQUAL", "-3e0"), "1245");
    EXPECT_EQ(holds(type, kNumbers, "IS_BETWEEN", R"({"GREATER_THAN_EQUAL": "1", "LESS_THAN_EQUAL": 2})"), "12");
    EXPECT_EQ(holds(type, kNumbers, "IS", R"(["1", "10"])"), "14");
    EXPECT_EQ(holds(type, kNumbers, "IS_NOT", "1"), "245");
    EXPECT_EQ(holds(type, kNumbers, "IS_MISSING", "string"), "3");
  }
  EXPECT_EQ(holds("VARCHAR", "('9'), ('10'), ('x'), (NULL)", "GREATER_THAN", "9"), "2");
}

TEST(Conditions, of_times) {
  EXPECT_EQ(holds("DATE", kDates, "GREATER_THAN", "2024-02-01"), "3");
  EXPECT_EQ(holds("TIMESTAMP", kDates, "LESS_THAN_EQUAL", "2024-01-31 00:00:00"), "1");
  EXPECT_EQ(holds("DATE", kDates, "IS", R"(["2024-02-29"])"), "3");
  EXPECT_NE(holds("DATE", kDates, "LESS_THAN", "soon").find("a date or time like"), std::string::npos);
}

TEST(Conditions, that_are_wrong_are_refused) {
  EXPECT_EQ(holds("INTEGER", kNumbers, "LESS_THAN", "x"), "E6007 step 1 REMOVE_VALUES: condition LESS_THAN on 'v' needs a number");
  EXPECT_NE(holds("INTEGER", kNumbers, "LESS_THAN", "1e999").find("needs a number"), std::string::npos);
  EXPECT_NE(holds("INTEGER", kNumbers, "LESS_THAN", {}).find("needs a 'Value'"), std::string::npos);
  EXPECT_NE(holds("INTEGER", kNumbers, "IS_BETWEEN", "1,2").find("a JSON object with GREATER_THAN_EQUAL and LESS_THAN_EQUAL"), std::string::npos);
  EXPECT_NE(holds("VARCHAR", kTexts, "LIKE", "a").find("condition LIKE is not known"), std::string::npos);
}

}  // namespace
}  // namespace mr::recipe
