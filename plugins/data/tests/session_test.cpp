#include "data/session.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "data/sql_text.hpp"

namespace mr::data {
namespace {

namespace fs = std::filesystem;

// What the call throws, as its code; "" for nothing.
template <class F>
std::string code_of(F act) {
  try {
    act();
    return "";
  } catch (const mr::Failure& failure) {
    return failure.code;
  }
}

TEST(Session, GivesNullUnicodeDecimalsAndDatesAsText) {
  Session session({});
  const auto table = session.query("SELECT NULL, 'Zoë 🙂', CAST(12.30 AS DECIMAL(18,2)), DATE '2026-11-01', TIMESTAMP '2026-11-01 08:16:00', ''");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_FALSE(table.rows[0][0].has_value());
  EXPECT_EQ(table.rows[0][1], "Zoë 🙂");
  EXPECT_EQ(table.rows[0][2], "12.30");
  EXPECT_EQ(table.rows[0][3], "2026-11-01");
  EXPECT_EQ(table.rows[0][4], "2026-11-01 08:16:00");
  EXPECT_EQ(table.rows[0][5], "");
}

TEST(Session, RefusesNestedValuesInsteadOfLosingThem) {
  Session session({});
  EXPECT_EQ(code_of([&] { session.query("SELECT [1, 2] AS list"); }), "E5008");
}

TEST(Session, ANameThatDoesNotExistIsAMistakeOfTheConfig) {
  Session session({});
  EXPECT_EQ(code_of([&] { session.run("SELECT x FROM nowhere"); }), "E5004");
  EXPECT_EQ(code_of([&] { session.run("SELEC 1"); }), "E5004");
}

TEST(Session, AValueThatDoesNotFitIsNotRepeatedInTheMessage) {
  Session session({});
  try {
    session.run("SELECT CAST(x AS BIGINT) FROM (VALUES ('secret-value')) t(x)");
    FAIL() << "the cast went well";
  } catch (const mr::Failure& failure) {
    EXPECT_EQ(failure.code, "E5005");
    EXPECT_EQ(failure.what_happened.find("secret-value"), std::string::npos) << failure.what_happened;
  }
}

// Numbers, dates and texts with quotes in them are values of rows as well.
TEST(Session, NoMessageRepeatsAValueWhateverItsType) {
  Session session({});
  const char* const sly[][2] = {{"CAST(x AS TINYINT)", "77123"}, {"x + 9223372036854775807", "77123"}, {"CAST(x AS DECIMAL(3,1))", "77123.25"}, {"make_date(x, 13, 1)", "77123"},
                                {"CAST(x AS BIGINT)", "'a''b 77123'"}, {"CAST(x AS BIGINT)", "'a'' 77123'"}, {"CAST(x AS BIGINT)", "'a\" 77123\"'"}, {"strptime(x, '%Y')", "'b77123'"},
                                {"CAST(x AS INTEGER[])", "'[b77123'"}, {"CAST(x AS UUID)", "'77123\nb77123'"}, {"CAST(x AS BLOB)", "'\\xq77123'"}};
  for (const auto& [sql, value] : sly) {
    try {
      session.query("SELECT " + std::string(sql) + " FROM (VALUES (" + value + ")) t(x)");
      FAIL() << sql << " of " << value << " went well";
    } catch (const mr::Failure& failure) {
      EXPECT_EQ(failure.code, "E5005");
      EXPECT_EQ(failure.what_happened.find("77123"), std::string::npos) << failure.what_happened;
    }
  }
  try {
    session.query("SELECT CAST('x' AS DECIMAL(18,2))");
  } catch (const mr::Failure& failure) {
    EXPECT_NE(failure.what_happened.find("DECIMAL(18,2)"), std::string::npos) << "the type is no value: " << failure.what_happened;
  }
}

TEST(Session, ConfinedReadsOnlyBelowItsFolders) {
  const auto folder = fs::temp_directory_path() / "millrace-session-test";
  fs::create_directories(folder / "in");
  std::ofstream(folder / "in" / "a.csv") << "id\n1\n";
  std::ofstream(folder / "out.csv") << "id\n1\n";
  Session session({});
  session.confine({(folder / "in").string()});
  EXPECT_EQ(session.query("SELECT count(*) FROM read_csv(" + literal((folder / "in" / "a.csv").string()) + ")").integer(0, 0), 1);
  EXPECT_EQ(code_of([&] { session.query("SELECT * FROM read_csv(" + literal((folder / "out.csv").string()) + ")"); }), "E5004");
  EXPECT_NE(code_of([&] { session.run("SET enable_external_access = true"); }), "");
  fs::remove_all(folder);
}

TEST(Session, ConfinedReadsSingleFilesThatItWasGivenWhateverTheirNames) {
  const auto folder = fs::temp_directory_path() / "millrace-session-files";
  fs::create_directories(folder);
  std::ofstream(folder / "a[1].csv") << "id\n1\n";
  std::ofstream(folder / "a1.csv") << "id\n2\n";
  Session session({});
  session.confine({}, {(folder / "a[1].csv").string()});
  EXPECT_EQ(session.query("SELECT id FROM read_csv(" + path_literal((folder / "a[1].csv").string()) + ")").integer(0, 0), 1);
  EXPECT_EQ(code_of([&] { session.query("SELECT id FROM read_csv(" + literal((folder / "a1.csv").string()) + ")"); }), "E5004");
  EXPECT_EQ(code_of([&] { session.query("SELECT * FROM glob(" + literal((folder / "*").string()) + ")"); }), "E5004");
  fs::remove_all(folder);
}

TEST(Session, FindsAPragmaWhereverAStatementBegins) {
  for (const char* sql : {"pragma version", " \n PRAGMA version", "select 1; pragma version", "-- x\npragma version", "/* a /* b */ c */ Pragma version", "select 'it''s'; pragma x", "select E'\\''; pragma x", "select $a$;$a$; pragma x", "select 1;;pragma x"})
    EXPECT_TRUE(has_pragma(sql)) << sql;
  for (const char* sql : {"select 1 as pragma", "select '; pragma x'", "select E'\\'; pragma x'", "select \"; pragma x\"", "select $$; pragma x$$", "-- pragma x", "select 1 /* ; pragma x */", "select pragma from t", "", "select 1; -- ; pragma", "pragmatic"})
    EXPECT_FALSE(has_pragma(sql)) << sql;
}

TEST(Session, QuotesTextsAndNames) {
  Session session({});
  const std::string odd = "it's \"odd\"";
  const auto table = session.query("SELECT " + literal(odd) + " AS " + ident(odd));
  EXPECT_EQ(table.columns[0], odd);
  EXPECT_EQ(table.rows[0][0], odd);
}

}  // namespace
}  // namespace mr::data
