// Nothing that a recipe says becomes SQL: every action with names and values that would end a literal, a name or a statement.
#include <gtest/gtest.h>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/compile.hpp"
#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::json;

const std::vector<std::string> kSly{"x'); DROP TABLE witness; --", "a\" FROM input; DROP TABLE witness; --", "`; DROP TABLE witness; --`", "\\'; DROP TABLE witness; --", "$$; DROP TABLE witness; $$",
                                    "/* ' \" ` */ ; DELETE FROM witness", "@ ; DELETE FROM witness; '"};

// One table of parameters for every action: unknown ones are ignored, and a refusal is as good as a result: only the witness counts.
Json parameters_of(const std::string& column, const std::string& sly) {
  const std::string list = Json::array({column}).dump();
  return {{"sourceColumn", column}, {"sourceColumn1", column}, {"value2", sly}, {"targetColumn", "new " + sly}, {"pattern", sly}, {"delimiter", sly}, {"customValue", sly}, {"customCharacters", sly},
          {"removeCustomValue", "true"}, {"removeCustomCharacters", "true"}, {"startPattern", sly}, {"endPattern", sly}, {"startDelimiter", sly}, {"endDelimiter", sly}, {"maskSymbol", sly},
          {"startPosition", "1"}, {"endPosition", "2"}, {"position", "1"}, {"count", "2"}, {"ignoreCase", "true"}, {"isText", "true"}, {"path", "`" + column + "`"}, {"trueString", sly},
          {"falseString", sly}, {"columnDataType", "string"}, {"advancedDataType", "URL"}, {"filterValues", Json::array({sly}).dump()}, {"strategy", "CLEAR_FILTERS"}, {"secretId", sly}, {"kmsKeyArn", sly},
          {"algorithm", "HMAC_SHA256"}, {"redact", "[\"YEAR\"]"}, {"limit", "1"}, {"lowerBound", "1"}, {"upperBound", "2"}, {"startDate", "2001-01-01"}, {"endDate", "2001-01-02"}, {"actionId", sly},
          {"stepIndex", "0"}, {"dateTimeFormat", sly}, {"targetDateFormat", sly}, {"expression", sly}, {"expressions", sly}, {"unit", sly}, {"units", sly}, {"modeType", "NONE"},
          {"sourceColumns", list}};
}

// A function takes its constant instead of the column; other actions take "value" beside it.
std::vector<Json> forms(const std::string& column, const std::string& sly) {
  Json with_source = parameters_of(column, sly), with_value = with_source, both = with_source;
  with_value.erase("sourceColumn");
  with_value["value"] = sly;
  both["value"] = sly;
  Json details = with_source;
  details["pattern"] = "DOMAIN";
  Json texts = with_source;
  texts["entityTypeFilter"] = "[\"USA_ALL\"]";
  Json wrong = with_source;
  for (auto& [name, value] : wrong.items()) {
    if (name != "sourceColumn" && name != "targetColumn") value = sly;
  }
  return {with_source, with_value, both, details, texts, wrong};
}

Json step_of(std::string_view action, const Json& parameters, const Json& conditions) {
  Json step{{"Action", {{"Operation", action}, {"Parameters", parameters}}}};
  if (!conditions.empty()) step["ConditionExpressions"] = conditions;
  return step;
}

// True when it ran; every refusal must be one of ours, with a code, never a parser's.
bool tried(mr::data::Session& session, const Json& step) {
  try {
    const Recipe recipe = read_recipe(Json::array({step}).dump(), "sly");
    const Plan plan = compile(recipe, session.describe("SELECT * FROM input"), "input", "_mr_out");
    run(session, recipe, plan, testing::some_secret);
    return true;
  } catch (const RecipeError&) {
    return false;
  } catch (const mr::data::SqlError& error) {
    ADD_FAILURE() << step << "\n" << error.what();
    return false;
  }
}

class Injection : public ::testing::TestWithParam<std::string> {};

TEST_P(Injection, StaysAValue) {
  mr::data::Session session = testing::fresh_session();
  session.run("CREATE TEMP TABLE witness AS SELECT 1 AS a");
  size_t ran = 0;
  for (const std::string& sly : kSly) {
    testing::load_table(session, "input", {{"columns", {{{"name", sly}, {"type", "string"}}, {{"name", "other"}, {"type", "integer"}}}}, {"rows", {{sly, 1}, {nullptr, 2}, {"", nullptr}}}});
    const Json conditions = Json::array({{{"Condition", "IS_NOT"}, {"TargetColumn", sly}, {"Value", Json::array({"'; " + sly}).dump()}}, {{"Condition", "CONTAINS"}, {"TargetColumn", sly}, {"Value", sly}}});
    for (const Json& parameters : forms(sly, sly)) {
      ran += tried(session, step_of(GetParam(), parameters, Json::array())) ? 1 : 0;
      ran += tried(session, step_of(GetParam(), parameters, conditions)) ? 1 : 0;
    }
    ASSERT_EQ(session.query("SELECT count(*) FROM witness").integer(0, 0), 1) << sly;
    ASSERT_EQ(session.query("SELECT count(*) FROM input").integer(0, 0), 3) << sly;
  }
  RecordProperty("ran", static_cast<int>(ran));
}

std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const std::string_view name : action_names()) list.emplace_back(name);
  return list;
}

INSTANTIATE_TEST_SUITE_P(Actions, Injection, ::testing::ValuesIn(names()), [](const auto& action) { return action.param; });

// The table above is of use only where it gets through to SQL.
TEST(InjectionTable, MostActionsOfTextsAndPersonalDataRunWithIt) {
  mr::data::Session session = testing::fresh_session();
  testing::load_table(session, "input", {{"columns", {{{"name", "it's"}, {"type", "string"}}}}, {"rows", {{"a"}}}});
  for (const char* action : {"ADD_PREFIX", "CAPITAL_CASE", "REMOVE_COMBINED", "REPLACE_TEXT", "MASK_CUSTOM", "MASK_RANGE", "MASK_DELIMITER", "MASK_DATE", "ENCRYPT", "DETERMINISTIC_ENCRYPT",
                             "CRYPTOGRAPHIC_HASH", "TRIM", "EXACT", "LEFT", "EXTRACT_VALUE", "FIND", "SHUFFLE_ROWS", "ADVANCED_DATATYPE_FLAG", "URL_PARAMS", "COALESCE", "REMOVE_INVALID"}) {
    bool ran = false;
    for (const Json& parameters : forms("it's", "v'")) ran = tried(session, step_of(action, parameters, Json::array())) || ran;
    EXPECT_TRUE(ran) << action;
  }
}

}  // namespace
}  // namespace mr::recipe
