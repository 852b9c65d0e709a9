// SQL text taken apart: what hides a colon or a semicolon, what is a placeholder, and where a byte came from.
#include <gtest/gtest.h>

#include "database/address.hpp"
#include "database/problem.hpp"
#include "database/script.hpp"

namespace {

using namespace mr::database;
using mr::Json;
using Texts = std::vector<std::string>;

Texts texts(std::string_view sql, Dialect dialect) {
  Texts found;
  for (const auto& one : split(sql, dialect)) found.push_back(one.text);
  return found;
}

// The text for the driver, and behind a bar the names of its placeholders.
std::string translated(std::string_view sql, Dialect dialect) {
  const auto statement = whole(sql, dialect);
  std::string out = statement.text + " |";
  for (const auto& name : statement.names) out += " " + name;
  return out;
}

TEST(Placeholders, AreInTheDriversSpelling) {
  const auto* sql = "select :a, :b, :a";
  EXPECT_EQ(translated(sql, Dialect::postgres), "select $1, $2, $1 | a b");
  EXPECT_EQ(translated(sql, Dialect::sqlite), "select ?1, ?2, ?1 | a b");
  EXPECT_EQ(translated(sql, Dialect::mysql), "select ?, ?, ? | a b a");
  EXPECT_EQ(translated(sql, Dialect::odbc), "select ?, ?, ? | a b a");
}

TEST(Placeholders, AreNotInsideOfTextsNamesAndComments) {
  for (const auto* sql : {"select ':a' || 'it''s :a'", "select \":a\" from t", "select 1 -- :a", "select /* :a ; */ 1", "select a::text, b::int"}) {
    for (const auto dialect : {Dialect::postgres, Dialect::mysql, Dialect::sqlite, Dialect::odbc}) EXPECT_EQ(translated(sql, dialect), std::string(sql) + " |");
  }
  EXPECT_EQ(translated("select `:a`", Dialect::mysql), "select `:a` |");
  EXPECT_EQ(translated("select [:a]", Dialect::sqlite), "select [:a] |");
}

TEST(Placeholders, KnowEachDialectsOwnQuotes) {
  EXPECT_EQ(translated("select E'\\':a', :b", Dialect::postgres), "select E'\\':a', $1 | b");
  EXPECT_EQ(translated("select '\\', :b", Dialect::postgres), "select '\\', $1 | b") << "no E, no escape";
  EXPECT_EQ(translated("select '\\':a', :b", Dialect::mysql), "select '\\':a', ? | b");
  EXPECT_EQ(translated("select \"\\\":a\", :b", Dialect::mysql), "select \"\\\":a\", ? | b");
  EXPECT_EQ(translated("do $x$ :a; $$ $x$, :b", Dialect::postgres), "do $x$ :a; $$ $x$, $1 | b");
  EXPECT_EQ(translated("select $$ it's :a $$, :b", Dialect::odbc), "select $$ it's :a $$, ? | b");
  EXPECT_EQ(translated("select /* /* :a */ :a */ :b", Dialect::postgres), "select /* /* :a */ :a */ $1 | b") << "PostgreSQL's comments nest";
  EXPECT_EQ(translated("select /* /* :a */ :b", Dialect::mysql), "select /* /* :a */ ? | b");
  EXPECT_EQ(translated("select 5--:a", Dialect::mysql), "select 5--? | a") << "to MySQL no comment";
  EXPECT_EQ(translated("select 1 # :a\n, :b", Dialect::mysql), "select 1 # :a\n, ? | b");
}

TEST(Placeholders, AreNotCastsSlicesAssignmentsOrTimes) {
  EXPECT_EQ(translated("select :day::date, x[1:n], x[:lo], f(a := 1), b::text", Dialect::postgres), "select $1::date, x[1:n], x[$2], f(a := 1), b::text | day lo");
  EXPECT_EQ(translated("set @a := :v", Dialect::mysql), "set @a := ? | v");
  EXPECT_EQ(translated("select d ? 'k' and d ?| array[:k]", Dialect::postgres), "select d ? 'k' and d ?| array[$1] | k") << "an operator of jsonb";
}

TEST(Placeholders, OfOtherKindsAreRefused) {
  EXPECT_THROW(whole("select ?", Dialect::mysql), Unreadable);
  EXPECT_THROW(whole("select $1", Dialect::postgres), Unreadable);
  EXPECT_THROW(whole("select @a", Dialect::sqlite), Unreadable);
  EXPECT_THROW(whole("select $a", Dialect::sqlite), Unreadable);
}

TEST(Statements, EndAtSemicolonsThatAreNotHidden) {
  const Texts two{"select ';'", "select 2 /* ; */"};
  for (const auto dialect : {Dialect::postgres, Dialect::mysql, Dialect::sqlite, Dialect::odbc}) EXPECT_EQ(texts("select ';';\n\n select 2 /* ; */ ;;\n-- the end;\n", dialect), two);
  EXPECT_EQ(texts("do $$ begin; end; $$; select 1", Dialect::postgres), (Texts{"do $$ begin; end; $$", "select 1"}));
  EXPECT_EQ(texts(" ; -- nothing\n", Dialect::sqlite), Texts{});
  EXPECT_EQ(whole("create trigger t begin select 1; select 2; end; ", Dialect::sqlite).text, "create trigger t begin select 1; select 2; end");
}

TEST(Statements, WithoutAnEndAreRefusedWithTheirPlace) {
  const std::string sql = "select 1;\nselect 'ü', \"a";
  try {
    split(sql, Dialect::postgres);
    FAIL() << "a quote without a partner";
  } catch (const Unreadable& mistake) {
    EXPECT_EQ(place_of(sql, mistake.offset), "line 2, column 13");
  }
  for (const auto* bad : {"select /* ", "select 'a", "select $t$ a", "/*"}) EXPECT_THROW(split(bad, Dialect::postgres), Unreadable) << bad;
  EXPECT_THROW(split(std::string_view("a\0b", 3), Dialect::mysql), Unreadable);
}

TEST(Statements, KnowWhereTheirBytesCameFrom) {
  const std::string sql = "select 1; select :long_name, wrong";
  const auto statement = split(sql, Dialect::postgres).at(1);
  ASSERT_EQ(statement.text, "select $1, wrong");
  EXPECT_EQ(sql.substr(statement.source_of(statement.text.find("wrong")), 5), "wrong");
  EXPECT_EQ(sql.substr(statement.source_of(0), 6), "select");
}

TEST(Script, NamesAndValuesMustMatch) {
  const auto steps = read_script("update t set a = :a; select :b", Json{{"a", 7}, {"b", nullptr}}, Dialect::mysql);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].values, std::vector<Value>{int64_t{7}});
  const auto mistake = [](const Json& sql, const Json& params) {
    try {
      read_script(sql, params, Dialect::postgres);
    } catch (const mr::Failure& failure) {
      return failure.code + " " + failure.where + " " + failure.what_happened;
    }
    return std::string("none");
  };
  EXPECT_EQ(mistake("select :day", Json{{"dya", 1}}), "E4110 config.sql, statement 1 `params` has no 'day'");
  EXPECT_EQ(mistake("select 1", Json{{"day", 1}}), "E4110 config.params.day no statement uses the parameter 'day'");
  EXPECT_EQ(mistake("select 'a", Json()), "E4110 config.sql, line 1, column 8 a ' has no partner");
  EXPECT_EQ(mistake("select :a", Json{{"a", Json::array()}}).substr(0, 23), "E4110 config.params.a c");
  EXPECT_EQ(mistake("-- nothing", Json()), "E4110 config.sql `sql` holds no statement");
  EXPECT_EQ(mistake(7, Json()).substr(0, 16), "E4110 config.sql");
}

TEST(Script, WhatEndsATransactionIsRefusedInOne) {
  const auto refused = [](const char* sql, Dialect dialect) {
    try {
      check_atomic(read_script(sql, Json(), dialect), dialect);
      return false;
    } catch (const mr::Failure&) {
      return true;
    }
  };
  for (const auto* sql : {"begin", "start transaction", "COMMIT", "/* x */ rollback", "end", "select 1; commit"}) EXPECT_TRUE(refused(sql, Dialect::postgres)) << sql;
  for (const auto* sql : {"savepoint a", "rollback to savepoint a", "rollback to a", "create table t (a int)", "select 'commit'"}) EXPECT_FALSE(refused(sql, Dialect::postgres)) << sql;
  for (const auto* sql : {"create table t (a int)", "truncate t", "alter table t add b int"}) EXPECT_TRUE(refused(sql, Dialect::mysql)) << sql;
  for (const auto* sql : {"create temporary table t (a int)", "insert into t values (1)"}) EXPECT_FALSE(refused(sql, Dialect::mysql)) << sql;
}

TEST(Addresses, AreReadInAllForms) {
  const auto postgres = read_address("postgresql://e%40l@h1:5433,[::1]/shop?sslmode=require");
  EXPECT_EQ(postgres.user, "e@l");
  EXPECT_EQ(postgres.host, "h1,::1");
  EXPECT_EQ(postgres.port, "5433,");
  EXPECT_EQ(postgres.database, "shop");
  EXPECT_EQ(postgres.options.at("sslmode"), "require");
  EXPECT_EQ(read_address("mysql://u@h/d").dialect, Dialect::mysql);
  EXPECT_EQ(read_address("sqlite:a/b.db?mode=ro").path, "a/b.db");
  EXPECT_EQ(read_address("odbc:DSN=x;UID={a;PWD=b}").words, "DSN=x;UID={a;PWD=b}");
}

TEST(Addresses, WithAPasswordAreRefusedAndNotRepeated) {
  for (const auto* address : {"postgresql://u:hunter2@h/d", "postgresql://u@h/d?password=hunter2", "postgresql://u:hun/ter2@h/d", "postgresql://u:hunter2?@h/d", "mysql://u:hunter2@h/d",
                              "odbc:DSN=x;PWD=hunter2", "odbc:DSN=x; Password = {hunter2}", "postgresql://u@h/d?SSLPASSWORD=hunter2", "postgresql://u:hun@ter2@h/d"}) {
    try {
      read_address(address);
      ADD_FAILURE() << address;
    } catch (const mr::Failure& failure) {
      EXPECT_EQ(failure.code, "E4111") << address;
      EXPECT_EQ((failure.what_happened + failure.hint + failure.where).find("hun"), std::string::npos) << address;
    }
  }
}

TEST(Addresses, ThatAreNoneAreRefused) {
  for (const auto* address : {"", "oracle://u@h", "postgresql://u@h:99999/d", "postgresql://u@h:x/d", "postgresql://u@h/d?sslmod=x", "mysql://u@h1,h2/d", "sqlite:", "sqlite:a?mode=x", "sqlite::memory:", "odbc:", "odbc:DSN", "odbc:A={b",
                              "postgresql://[::1/d", "postgresql://u%zz@h/d"}) {
    try {
      read_address(address);
      ADD_FAILURE() << address;
    } catch (const mr::Failure& failure) {
      EXPECT_EQ(failure.code, "E4110") << address;
    }
  }
}

TEST(Complaints, HoldNoValues) {
  EXPECT_EQ(without_values("Duplicate entry 'O'Brien' for key 'PRIMARY'"), "Duplicate entry '…' for key 'PRIMARY'");
  EXPECT_EQ(without_values("invalid input syntax for type integer: \"a\"b\"\nDETAIL: x"), "invalid input syntax for type integer: \"…\"");
  EXPECT_EQ(without_values("null value in column \"a\" of relation \"t\" violates not-null constraint"), "null value in column \"a\" of relation \"t\" violates not-null constraint");
  EXPECT_EQ(without_values("Incorrect integer value: 'x' for column `d`.`t`.`a` at row 1"), "Incorrect integer value: '…' for column `d`.`t`.`a` at row 1");
  EXPECT_EQ(without_values("can't, and 'never ends"), "can't, and '…");
}

TEST(Complaints, HaveTheClassThatRetriesLookAt) {
  EXPECT_EQ(Problem(kind_of("40P01"), "", "").error_class, "transient/deadlock");
  EXPECT_EQ(Problem(kind_of("40001"), "", "").error_class, "transient/serialization");
  EXPECT_EQ(Problem(kind_of("55P03"), "", "").error_class, "transient/lock_timeout");
  EXPECT_EQ(Problem(kind_of("53300"), "", "").error_class, "transient/busy");
  EXPECT_EQ(Problem(kind_of("08006"), "", "").error_class, "transient/connection");
  EXPECT_TRUE(Problem(kind_of("42P01"), "", "").final);
  EXPECT_TRUE(Problem(kind_of("23505"), "", "").final);
  EXPECT_FALSE(Problem(kind_of("57P01"), "", "").final);
}

TEST(Values, KeepEveryDigit) {
  EXPECT_EQ(json_of(int64_t{9007199254740992}), Json(9007199254740992));
  EXPECT_EQ(json_of(int64_t{9007199254740993}), Json("9007199254740993"));
  EXPECT_EQ(json_of(INT64_MIN), Json("-9223372036854775808"));
  EXPECT_EQ(json_of(0.1).dump(), "0.1");
  EXPECT_EQ(json_of(std::nan("")), Json("NaN"));
  for (const auto* bytes : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfc"}) EXPECT_EQ(std::get<Bytes>(value_of({{"base64", json_of(Bytes{bytes})}}, "x")).data, bytes);
  EXPECT_EQ(iso_time("2026-11-01 05:30:00.5+01"), "2026-11-01T05:30:00.5+01:00");
  EXPECT_EQ(iso_time("2026-11-01 05:30:00+05:30"), "2026-11-01T05:30:00+05:30");
  EXPECT_EQ(iso_time("0044-03-15 00:00:00 BC"), "0044-03-15 00:00:00 BC");
  EXPECT_EQ(iso_time("infinity"), "infinity");
}

}  // namespace
