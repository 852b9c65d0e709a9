// Values in SQL texts: whatever they hold, they stay values.
#include "parse/sql_values.hpp"

#include <gtest/gtest.h>

#include "parse/expression.hpp"

namespace millrace {
namespace {

Result<Json> bound(const std::string& sql, const Json& params) {
  auto apart = take_sql_apart(Json::object({{"sql", sql}, {"other", "{{ .params.a }}"}}), {"sql"});
  if (!apart) return apart;
  auto evaluated = evaluate(*apart, Json::object({{"params", params}}));
  if (!evaluated) return evaluated;
  return put_sql_together(*evaluated, {"sql"});
}

std::string text(const std::string& sql, const Json& a) {
  auto result = bound(sql, Json::object({{"a", a}}));
  return result ? (*result)["sql"].as_text() : to_string(result.error());
}

TEST(SqlValues, EveryKindHasItsLiteral) {
  EXPECT_EQ(text("select {{ .params.a }}", "x"), "select 'x'");
  EXPECT_EQ(text("select {{ .params.a }}", "O'Neil"), "select 'O''Neil'");
  EXPECT_EQ(text("select {{ .params.a }}", 42), "select 42");
  EXPECT_EQ(text("select {{ .params.a }}", 1.5), "select 1.5");
  EXPECT_EQ(text("select {{ .params.a }}", true), "select true");
  EXPECT_EQ(text("select {{ .params.a }}", Json()), "select NULL");
  EXPECT_EQ(text("select x in {{ .params.a }}", Json::parse(R"(["a", "b'", 3, null])").value()), "select x in ('a', 'b''', 3, NULL)");
  EXPECT_EQ(text("select x in {{ .params.a }}", Json::array()), "select x in (NULL)");
  EXPECT_EQ(text("select {{ .params.a }}", Json::parse(R"({"k": "v'"})").value()), R"(select '{"k":"v''"}')");
}

TEST(SqlValues, ListsAndObjectsHaveTheirsToo) {
  const auto config = Json::parse(R"({"sections": [{"sql": "a {{ .params.a }}", "title": "{{ .params.a }}"}, {"title": "none"}, {"sql": "c"}, 7], "more": {"sql": "d {{ .params.a }}"}, "odd": "{{ .params.a }}"})").value();
  const std::vector<std::string> paths{"sections[].sql", "more.sql", "odd[].sql", "gone.sql"};
  auto apart = take_sql_apart(config, paths);
  ASSERT_TRUE(apart);
  const auto done = put_sql_together(evaluate(*apart, Json::object({{"params", Json::object({{"a", "x' or 1"}})}})).value(), paths);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->dump(), R"({"sections":[{"sql":"a 'x'' or 1'","title":"x' or 1"},{"title":"none"},{"sql":"c"},7],"more":{"sql":"d 'x'' or 1'"},"odd":"x' or 1"})");
}

TEST(SqlValues, WhereTheAuthorHasQuotedTheValueContinuesTheText) {
  EXPECT_EQ(text("select 'day {{ .params.a }}!'", "it's"), "select 'day it''s!'");
  EXPECT_EQ(text("select 'it''s {{ .params.a }}'", "'"), "select 'it''s '''");
  EXPECT_EQ(text(R"(select "c {{ .params.a }}")", "x\" y"), R"(select "c x"" y")");
  EXPECT_EQ(text(R"(select E'\'{{ .params.a }}')", "\\' or true --"), R"(select E'\'\\'' or true --')");
  EXPECT_EQ(text(R"(select E'a''{{ .params.a }}')", "\\' or true --"), R"(select E'a''\\'' or true --')") << "it is still the same text";
  EXPECT_EQ(text("select 'n {{ .params.a }}'", Json()), "select 'n '");
}

TEST(SqlValues, NothingBecomesSql) {
  EXPECT_EQ(text("select 1 where x = {{ .params.a }}", "'; drop table t; --"), "select 1 where x = '''; drop table t; --'");
  EXPECT_EQ(text("select 5-{{ .params.a }}", -1), "select 5-(-1)") << "two minus signs are a comment";
  EXPECT_EQ(text("select e{{ .params.a }}", "\\' --"), "select e '\\'' --'") << "no E'' of a name and a value";
  EXPECT_EQ(text("select 1 -- {{ .params.a }}\n+ 1", "x\n; drop"), "select 1 -- \n+ 1");
  EXPECT_EQ(text("select /* /* {{ .params.a }} */ ' */ {{ .params.a }}", "v"), "select /* /*  */ ' */ 'v'");
  EXPECT_EQ(text("{{ .params.a }}", "select 1"), "'select 1'");
}

TEST(SqlValues, WhatCantStandThereIsRefused) {
  EXPECT_NE(text("select $$ {{ .params.a }} $$", "x").find("E1068"), std::string::npos);
  EXPECT_NE(text("select $tag$ $$ {{ .params.a }} $tag$", "x").find("E1068"), std::string::npos);
  EXPECT_EQ(text("select $1, x$y$, {{ .params.a }}", "x"), "select $1, x$y$, 'x'");
  EXPECT_NE(text("select {{ .params.a }}", std::string("a\0b", 3)).find("E1068"), std::string::npos);
  EXPECT_NE(text("select {{ .params.a", "x").find("E1060"), std::string::npos);
}

TEST(SqlValues, OtherFieldsAndTextsWithoutExpressionsStayAsTheyAre) {
  auto result = bound("select '{ x }'", Json::object({{"a", "v"}}));
  ASSERT_TRUE(result);
  EXPECT_EQ((*result)["sql"].as_text(), "select '{ x }'");
  EXPECT_EQ((*result)["other"].as_text(), "v");
}

}  // namespace
}  // namespace millrace
