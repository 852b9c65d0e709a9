#include "parse/expression.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Json document() {
  return Json::object({{"params", Json::object({{"day", "2026-11-01"}, {"n", int64_t{9007199254740993}}, {"who", "o'neil"}})},
                       {"tasks", Json::object({{"a", Json::object({{"output", Json::object({{"list", Json::array({1, 2})}})}})}})}});
}

Json evaluated(const char* text) {
  auto result = evaluate(Json::object({{"x", text}}), document());
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : to_string(result.error()));
  return result.ok() ? (*result)["x"] : Json{};
}

TEST(Expression, KeepsTheTypeOfAWholeExpression) {
  EXPECT_EQ(evaluated("{{ .tasks.a.output.list }}"), Json::array({1, 2}));
  EXPECT_EQ(evaluated("{{ .tasks.a.output.list | length }}"), Json(2));
  EXPECT_EQ(evaluated("a-{{ .params.day }}-{{ .tasks.a.output.list }}"), Json("a-2026-11-01-[1,2]"));
}

TEST(Expression, KeepsBigIntegersExactOnPlainPaths) { EXPECT_EQ(evaluated("{{ .params.n }}").dump(), "9007199254740993"); }

TEST(Expression, HasFunctionsOfItsOwn) {
  EXPECT_EQ(evaluated("{{ .params.who | sql }}"), Json("'o''neil'"));
  EXPECT_EQ(evaluated("{{ .params.who | shell }}"), Json("'o'\\''neil'"));
  EXPECT_EQ(evaluated("{{ .params.who | ident }}"), Json("\"o'neil\""));
  EXPECT_EQ(evaluated("{{ .params.day | date(\"%d.%m.%Y\") }}"), Json("01.11.2026"));
  EXPECT_EQ(evaluated("{{ .params.day | add_days(-1) }}"), Json("2026-10-31"));
  EXPECT_EQ(evaluated("{{ \"2026-02-17T10:00:00Z\" | start_of_month }}"), Json("2026-02-01T00:00:00Z"));
}

TEST(Expression, EndsAtItsOwnBracesOnly) {
  EXPECT_EQ(evaluated("{{ {a: {b: 1}} | .a.b }}"), Json(1));
  EXPECT_EQ(evaluated("{{ \"}}\" }}"), Json("}}"));
}

TEST(Expression, RefusesDoorsToTheOutside) {
  for (const char* text : {"env", "$ENV.HOME", "input", "[inputs]", "debug", "halt", "\"\\(env)\"", "import \"a\" as a; .", "$__loc__",
                           "\"# \" | env", "# \"\n env"}) {
    EXPECT_FALSE(check_expression(text).ok()) << text;
  }
  EXPECT_TRUE(check_expression(".x | .env").ok());
  EXPECT_TRUE(check_expression("\"env\" | length").ok());
}

TEST(Expression, NamesTheKeysAtThePointOfFailure) {
  const auto missing = evaluate(Json::object({{"from", "{{ .params.dya }}"}}), document());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(to_string(missing.error()), "E1063 with.from: '.params.dya' names nothing: there is no 'dya' (keys there: day, n, who)");
  const auto broken = evaluate(Json::object({{"from", "{{ .params.day + 1 }}"}}), document());
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code, "E1061");
  EXPECT_EQ(evaluate(Json("{{ 1, 2 }}"), document()).error().code, "E1061");
  EXPECT_EQ(evaluate(Json("{{ empty }}"), document()).error().code, "E1061");
  EXPECT_EQ(evaluate(Json("{{ foo }}"), document()).error().code, "E1060");
}

TEST(Expression, ResolvesOnlyPlainPathsInTheScheduler) {
  EXPECT_EQ(resolve_paths(Json("{{ .params.day }}"), document()).value_or({}), Json("2026-11-01"));
  EXPECT_EQ(resolve_paths(Json("{{ .params.day | length }}"), document()).error().code, "E1062");
}

TEST(Expression, FindsAllUsesAndBrokenOnes) {
  const auto uses = find_expressions(Json::object({{"a", "{{ .x }} {{ .y }}"}, {"b", Json::array({"{{ .z }}"})}}));
  ASSERT_TRUE(uses.ok());
  ASSERT_EQ(uses->size(), 3U);
  EXPECT_EQ((*uses)[2].path, "with.b[0]");
  EXPECT_EQ(find_expressions(Json("{{ .x")).error().code, "E1060");
}

}  // namespace
}  // namespace millrace
