// Proposed recipes: which steps dirty tables get, and that the steps mend them.
#include "recipe/profile/suggest.hpp"

#include <gtest/gtest.h>

#include "recipe/engine/compile.hpp"

namespace mr::recipe {
namespace {

using Lines = std::vector<std::string>;

class Suggestions : public ::testing::Test {
 protected:
  void put(const std::string& select) { session.run("CREATE OR REPLACE TABLE t AS " + select); }

  // "OPERATION column", a line each.
  Lines steps() {
    proposed = suggest(session, "t");
    Lines out;
    for (const Suggestion& one : proposed) out.push_back(one.operation + (one.column.empty() ? "" : " " + one.column));
    return out;
  }

  // The table after the proposed steps.
  Lines mended(const std::string& columns, const std::string& order) {
    const Recipe recipe = read_recipe(steps_of(proposed).dump(), "proposed");
    const World world{.session = &session};
    run(session, recipe, compile(recipe, session.describe("t"), "t", "mended", world));
    Lines out;
    for (const auto& row : session.query("SELECT " + columns + " FROM mended ORDER BY " + order).rows) {
      std::string line;
      for (const auto& cell : row) line += (line.empty() ? "" : "|") + cell.value_or("∅");
      out.push_back(line);
    }
    return out;
  }

  mr::data::Session session{mr::data::SessionOptions{}};
  std::vector<Suggestion> proposed{};
};

TEST_F(Suggestions, ACleanTableGetsNone) {
  put("SELECT i AS id, i * 1.25 AS price, 'thing ' || i AS thing, DATE '2026-11-01' + i::int AS day FROM range(40) r(i)");
  EXPECT_EQ(steps(), Lines{});
  put("SELECT 1 AS a WHERE false");
  EXPECT_EQ(steps(), Lines{});
}

TEST_F(Suggestions, BlanksGoAndTextsBecomeWhatTheyAre) {
  put("SELECT * FROM (VALUES ('  Porto', '12', '1.50', 'yes', '2026-11-01', '11/30/2026 08:15:00', '007'), ('Lisboa ', '-3', '2', 'no', '2026-11-02', '12/01/2026 09:00:00', '010'), "
      "('Faro', '40', '0.25', 'yes', '2026-11-03', '12/02/2026 10:30:00', '123')) v(city, n, price, good, day, seen, code)");
  EXPECT_EQ(steps(), (Lines{"REMOVE_COMBINED city", "CHANGE_DATA_TYPE n", "CHANGE_DATA_TYPE price", "CHANGE_DATA_TYPE good", "CHANGE_DATA_TYPE day", "CHANGE_DATA_TYPE seen"}));
  EXPECT_EQ(proposed[0].reason, "2 values have blanks at an end, or several in a row");
  EXPECT_EQ(mended("city, n + 1, price * 2, NOT good, day + 1, hour(seen), code", "n"), (Lines{"Lisboa|-2|4.0|true|2026-11-03|9|010", "Porto|13|3.0|false|2026-11-02|8|007", "Faro|41|0.5|false|2026-11-04|10|123"}));
}

TEST_F(Suggestions, WordsForNothingGoAndDontHinderATypeChange) {
  put("SELECT CASE WHEN i % 10 = 0 THEN 'N/A' ELSE i::varchar END AS n, CASE WHEN i % 8 = 0 THEN '-' ELSE 'word ' || i END AS w FROM range(1, 41) r(i)");
  EXPECT_EQ(steps(), (Lines{"REMOVE_COMBINED n", "CHANGE_DATA_TYPE n", "REMOVE_COMBINED w"}));
  EXPECT_EQ(proposed[0].reason, "4 values are the word 'N/A', which stands for none");
  EXPECT_EQ(proposed[1].reason, "100 % of the texts are whole numbers");
  EXPECT_EQ(mended("count(*), count(n), count(nullif(w, '')), sum(n)", "1"), Lines{"40|36|35|720"});  // 820 less 10, 20, 30 and 40
}

TEST_F(Suggestions, AFewOddTextsBecomeNullAndThatIsTold) {
  put("SELECT CASE WHEN i = 7 THEN 'seven' ELSE i::varchar END AS n FROM range(100) r(i)");
  EXPECT_EQ(steps(), Lines{"CHANGE_DATA_TYPE n"});
  EXPECT_EQ(proposed[0].reason, "99 % of the texts are whole numbers; 1 other becomes null");
  put("SELECT i AS id, CASE WHEN i % 5 = 0 THEN 'seven' ELSE i::varchar END AS n FROM range(100) r(i)");
  EXPECT_EQ(steps(), Lines{});
}

TEST_F(Suggestions, SpellingsThatDifferInCapitalsBecomeOne) {
  put("SELECT ['PT', 'pt', 'ES', 'FR', 'FR'][i % 5 + 1] AS country FROM range(50) r(i)");
  EXPECT_EQ(steps(), (Lines{"UPPER_CASE country", "DELETE_DUPLICATE_ROWS"}));
  EXPECT_EQ(proposed[0].reason, "4 spellings of 3 values differ in capital letters alone");
  EXPECT_EQ(mended("country", "1"), (Lines{"ES", "FR", "PT"}));
}

TEST_F(Suggestions, RowsThatRepeatAreSeenAfterTheirTextsAreTidy) {
  put("SELECT * FROM (VALUES (1, 'a b'), (1, ' a b'), (2, 'c d')) v(id, t)");
  EXPECT_EQ(steps(), (Lines{"REMOVE_COMBINED t", "DELETE_DUPLICATE_ROWS"}));
  EXPECT_EQ(proposed[1].reason, "1 row repeats an earlier one in every column");
  EXPECT_EQ(mended("id, t", "id"), (Lines{"1|a b", "2|c d"}));
}

TEST_F(Suggestions, FarOutliersAreFlaggedAndNothingOfThemIsLost) {
  put("SELECT i AS id, CASE WHEN i = 500 THEN 100000 ELSE i % 100 END AS amount FROM range(1000) r(i)");
  EXPECT_EQ(steps(), Lines{"FLAG_OUTLIERS amount"});
  EXPECT_EQ(mended("count(*), count(*) FILTER (WHERE amount_outlier = 'True'), max(amount)", "1"), Lines{"1000|1|100000"});
}

TEST_F(Suggestions, AColumnWithoutValuesGoes) {
  put("SELECT i AS id, NULL::varchar AS a, '' AS b FROM range(5) r(i)");
  EXPECT_EQ(steps(), (Lines{"DELETE a", "DELETE b"}));
  EXPECT_EQ(mended("*", "id"), (Lines{"0", "1", "2", "3", "4"}));
}

TEST_F(Suggestions, PersonalDataIsMasked) {
  put("SELECT i AS id, 'user' || i || '@example.org' AS mail, ['4111111111111111', '5555555555554444'][i % 2 + 1] AS card, '123-45-678' || i AS ssn, CASE WHEN i % 2 = 0 THEN 'call user' || i || '@example.org now' ELSE 'no answer' || i END AS note FROM range(1, 9) r(i)");
  EXPECT_EQ(steps(), (Lines{"MASK_DELIMITER mail", "MASK_RANGE card", "MASK_RANGE ssn", "MASK_RANGE note"}));
  EXPECT_EQ(proposed[0].reason, "8 rows hold EMAIL (99 % sure)");
  EXPECT_EQ(mended("mail, card, ssn, note", "id LIMIT 2"), (Lines{"*****@example.org|************4444|*******6781|no answer1", "*****@example.org|************1111|*******6782|call ***************** now"}));
}

TEST_F(Suggestions, NamesOfColumnsStayNames) {
  put("SELECT ' x ' || i AS \"a'b \"\"c\" FROM range(5) r(i)");
  EXPECT_EQ(steps(), Lines{"REMOVE_COMBINED a'b \"c"});
  EXPECT_EQ(mended("*", "1"), (Lines{"x 0", "x 1", "x 2", "x 3", "x 4"}));
}

}  // namespace
}  // namespace mr::recipe
