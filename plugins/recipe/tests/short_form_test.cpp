// The short form: what it stands for, and that a recipe comes back from it as it was.
#include "recipe/engine/short_form.hpp"

#include "recipe/engine/recipe.hpp"
#include "recipe/engine/recipe_writer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace mr::recipe {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string refusal(const std::string& text) {
  try {
    read_recipe(text, "r.yaml");
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ShortForm, IsTheSameStepsUnderShorterNames) {
  const Recipe recipe = read_recipe(R"(
- upper_case: {column: name}
- delete_duplicate_rows
- fill_with_custom: {column: quantity, value: 007, column_data_type: int}
  when: {column: country, is: [DE, "2"]}
- sum: {columns: [a, b], target: total}
- remove_values: {sourceColumn: emp.rate}
  when:
    - {column: emp.rate, is_missing: }
    - {column: 2020, greater_than: 1.50}
- REMOVE_MISSING: {column: x}
- merge: {columns: [a, "1", 1, true, null], delimiter: ", "}
)",
                                    "r.yaml");
  ASSERT_EQ(recipe.steps.size(), 7U);
  EXPECT_EQ(recipe.steps[0].operation, "UPPER_CASE");
  EXPECT_EQ(recipe.steps[0].parameters,
            (std::map<std::string, std::string>{{"sourceColumn", "name"}}));
  EXPECT_EQ(recipe.steps[1].operation, "DELETE_DUPLICATE_ROWS");
  EXPECT_EQ(recipe.steps[1].number, 2);
  EXPECT_EQ(recipe.steps[2].parameters,
            (std::map<std::string, std::string>{
                {"sourceColumn", "quantity"}, {"value", "007"}, {"columnDataType", "int"}}));
  ASSERT_EQ(recipe.steps[2].conditions.size(), 1U);
  EXPECT_EQ(recipe.steps[2].conditions[0].name, "IS");
  EXPECT_EQ(recipe.steps[2].conditions[0].column, "country");
  EXPECT_EQ(recipe.steps[2].conditions[0].value, R"(["DE","2"])");
  EXPECT_EQ(recipe.steps[3].parameters,
            (std::map<std::string, std::string>{{"sourceColumns", R"(["a","b"])"},
                                                {"targetColumn", "total"}}));
  ASSERT_EQ(recipe.steps[4].conditions.size(), 2U);
  EXPECT_EQ(recipe.steps[4].parameters.count("sourceColumn"), 1U);
  EXPECT_FALSE(recipe.steps[4].conditions[0].has_value);
  EXPECT_EQ(recipe.steps[4].conditions[1].column, "2020");
  EXPECT_EQ(recipe.steps[4].conditions[1].value, "1.50");
  EXPECT_EQ(recipe.steps[5].operation, "REMOVE_MISSING");
  EXPECT_EQ(recipe.steps[6].parameters.at("sourceColumns"), R"(["a","1",1,true,null])");
  EXPECT_EQ(recipe.steps[6].parameters.at("delimiter"), ", ");
}

TEST(ShortForm, StandsBesideTheLongOneAndInJson) {
  const Recipe recipe = read_recipe(
      R"([{"trim": {"column": "a"}}, {"Action": {"Operation": "TRIM", "Parameters": {"sourceColumn": "a"}}}, "delete_duplicate_rows"])",
      "r.json");
  ASSERT_EQ(recipe.steps.size(), 3U);
  EXPECT_EQ(recipe.steps[0].operation, recipe.steps[1].operation);
  EXPECT_EQ(recipe.steps[0].parameters, recipe.steps[1].parameters);
  const Recipe named = read_recipe(
      "name: Orders\ndescription: \"of all shops\"\nsteps:\n- trim: {column: a}\n", "r.yaml");
  EXPECT_EQ(named.name, "Orders");
  EXPECT_EQ(named.description, "of all shops");
  EXPECT_EQ(named.steps.size(), 1U);
}

TEST(ShortForm, MistakesAreRefusedWithTheirStep) {
  EXPECT_NE(refusal("- trim: {column: a}\n- trim: {column: a, source_column: b}\n")
                .find("step 2 TRIM: parameter 'sourceColumn' is given twice"),
            std::string::npos);
  EXPECT_NE(refusal("- trim: [a]\n").find("step 1 TRIM: the parameters are no mapping"),
            std::string::npos);
  EXPECT_NE(refusal("- trim: {column: a}\n  upper: {column: b}\n")
                .find("step 1: expected an object with 'Action' (or the short form"),
            std::string::npos);
  EXPECT_NE(refusal("- trim: {column: a}\n  when: {is: [b]}\n")
                .find("step 1 TRIM: a condition of 'when' is not {column: name, is: value}"),
            std::string::npos);
  EXPECT_NE(refusal("- trim: {column: a}\n  when: {column: a, is: [b], is_not: [c]}\n")
                .find("a condition of 'when' is not"),
            std::string::npos);
  EXPECT_NE(
      refusal("- when: {column: a, is: [b]}\n").find("step 1: expected an object with 'Action'"),
      std::string::npos);
}

TEST(ShortForm, ReadsAsPeopleWouldWriteIt) {
  Recipe recipe;
  recipe.name = "Orders: clean";
  recipe.steps.push_back(
      {1,
       "FILL_WITH_CUSTOM",
       {{"sourceColumn", "quantity"}, {"value", "0"}, {"columnDataType", "int"}},
       {{"IS", "country", R"(["DE","no"])", true}, {"IS_MISSING", "x y", {}, false}}});
  recipe.steps.push_back({2, "DELETE_DUPLICATE_ROWS", {}, {}});
  recipe.steps.push_back(
      {3,
       "REPLACE_TEXT",
       {{"sourceColumn", "a: b"}, {"pattern", R"(^\d+ 'x'$)"}, {"value", "true"}},
       {}});
  recipe.steps.push_back(
      {4,
       "SUM",
       {{"sourceColumns", R"(["a", "b"])"}, {"targetColumn", "s"}, {"under_score", "1"}},
       {{"STARTS_WITH", "a", "[TEST]", true}}});
  EXPECT_EQ(to_yaml(recipe), R"j(name: 'Orders: clean'
steps:
- fill_with_custom: {column: quantity, column_data_type: int, value: 0}
  when:
    - {column: country, is: [DE, 'no']}
    - {column: x y, is_missing: null}
- delete_duplicate_rows
- replace_text: {column: 'a: b', pattern: '^\d+ ''x''$', value: true}
- Action:
    Operation: SUM
    Parameters:
      sourceColumns: '["a", "b"]'
      targetColumn: s
      under_score: 1
  ConditionExpressions:
    - {Condition: STARTS_WITH, TargetColumn: a, Value: '[TEST]'}
)j");
  EXPECT_EQ(short_line(recipe.steps[0]),
            "fill_with_custom: {column: quantity, column_data_type: int, value: 0} when {column: "
            "country, is: [DE, 'no']} and {column: x y, is_missing: null}");
}

// Spaces between the parts of JSON in a text mean nothing where the format says that it is JSON.
std::string sense(const std::string& text, bool json) {
  const auto tree = json ? Tree::parse(text, nullptr, false) : Tree();
  return tree.is_structured() ? tree.dump(-1, ' ', false, Tree::error_handler_t::replace) : text;
}

void expect_equal(const Recipe& wanted, const Recipe& got) {
  EXPECT_EQ(got.name, wanted.name);
  EXPECT_EQ(got.description, wanted.description);
  ASSERT_EQ(got.steps.size(), wanted.steps.size());
  for (size_t i = 0; i < wanted.steps.size(); ++i) {
    const Step &a = wanted.steps[i], &b = got.steps[i];
    SCOPED_TRACE(place(a));
    EXPECT_EQ(b.number, a.number);
    EXPECT_EQ(b.operation, a.operation);
    ASSERT_EQ(b.parameters.size(), a.parameters.size());
    for (const auto& [name, value] : a.parameters) {
      ASSERT_TRUE(b.parameters.contains(name)) << name;
      EXPECT_EQ(sense(b.parameters.at(name), holds_json(name)), sense(value, holds_json(name)))
          << name;
    }
    ASSERT_EQ(b.conditions.size(), a.conditions.size());
    for (size_t c = 0; c < a.conditions.size(); ++c) {
      EXPECT_EQ(b.conditions[c].name, a.conditions[c].name);
      EXPECT_EQ(b.conditions[c].column, a.conditions[c].column);
      EXPECT_EQ(b.conditions[c].has_value, a.conditions[c].has_value);
      const bool json = condition_holds_json(a.conditions[c].name);
      EXPECT_EQ(sense(b.conditions[c].value, json), sense(a.conditions[c].value, json));
    }
  }
}

void expect_back(const Recipe& recipe) {
  const std::string yaml = to_yaml(recipe), json = to_json(recipe);
  SCOPED_TRACE(yaml);
  expect_equal(recipe, read_recipe(yaml, "short"));
  expect_equal(recipe, read_recipe(json, "long"));
  EXPECT_EQ(to_yaml(read_recipe(json, "long")), yaml);
}

TEST(ShortForm, DeepListsStayTexts) {
  for (const size_t depth : {10U, 31U, 100U, 200U}) {
    Recipe recipe;
    recipe.steps.push_back({1, "TRIM", {{"value", std::string(depth, '[') + std::string(depth, ']')}}, {}});
    expect_back(recipe);
  }
}

// Not one step of the format's own actions needs the long form.
TEST(ShortForm, EveryCaseOfTheConformanceSetComesBack) {
  const char* given = std::getenv("MILLRACE_SHARED");
  const fs::path file =
      fs::path(given != nullptr ? given : MR_TEST_SHARED) / "cases/databrew/cases.jsonl";
  std::ifstream cases(file);
  if (!cases) GTEST_SKIP() << "there is no " << file;
  int read = 0;
  for (std::string line; std::getline(cases, line);) {
    const Json one = Json::parse(line);
    SCOPED_TRACE(one.at("id").get<std::string>());
    if (one.at("steps").size() > 100) continue;  // refused by the reader
    const Recipe recipe = read_recipe(one.at("steps").dump(), "case");
    expect_back(recipe);
    EXPECT_EQ(to_yaml(recipe).find("Action:"), std::string::npos) << to_yaml(recipe);
    ++read;
  }
  EXPECT_GT(read, 1000);
}

Json json_of(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& member : node) object[member.first.Scalar()] = json_of(member.second);
    return object;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node) list.push_back(json_of(item));
    return list;
  }
  return node.IsScalar() ? Json(node.Scalar()) : Json();
}

TEST(ShortForm, EveryRecipeOfTheActionTestsComesBack) {
  int read = 0;
  for (const auto& file : fs::directory_iterator(MR_ACTION_FILES)) {
    if (file.path().extension() != ".yaml") continue;
    for (const auto& one : YAML::LoadFile(file.path())) {
      SCOPED_TRACE(file.path().filename().string() + ": " + one["title"].Scalar());
      Json step{{"Action", {{"Operation", file.path().stem().string()}}}};
      if (one["with"]) step["Action"]["Parameters"] = json_of(one["with"]);
      if (one["where"]) step["ConditionExpressions"] = json_of(one["where"]);
      expect_back(read_recipe(
          one["steps"] ? json_of(one["steps"]).dump() : Json::array({step}).dump(), "test"));
      ++read;
    }
  }
  EXPECT_GT(read, 500);
}

// Texts of pieces that YAML or JSON would take for something else.
class Texts {
 public:
  std::string next() {
    static const std::vector<std::string> kPieces{
        "a",    "b c",  " ",    "'",    "\"",   "\\",      ":",          ": ",     "#",
        " #",   "-",    "- ",   "{",    "}",    "[",       "]",          ",",      "0",
        "1.50", "1e5",  "-1",   "null", "~",    "true",    "no",         "\n",     "\r",
        "\t",   "\x01", "\x7f", "é",    "🦊", "\u2028",  "\u0085",     "\uFEFF", "\u00A0",
        "%",    "@",    "`",    "&",    "*",    "!",       "|",          ">",      "?",
        "=",    "<<",   "---",  "...",  "${x}", "[\"a\"]", "{\"a\": 1}", "[1,2]"};
    std::string text;
    for (size_t n = random_() % 4; n > 0; --n) text += kPieces[random_() % kPieces.size()];
    return text;
  }

  size_t below(size_t n) { return random_() % n; }

 private:
  std::mt19937_64 random_{20261127};
};

TEST(ShortForm, WhateverTheTextsAreTheyComeBack) {
  Texts texts;
  static const std::vector<std::string> kNames{
      "sourceColumn", "sourceColumns", "column", "target",       "value", "pattern",
      "expressions",  "x_y",           "Zip",    "targetColumn", "a b",   "2nd"};
  static const std::vector<std::string> kConditions{"IS",     "CONTAINS", "IS_MISSING",
                                                    "COLUMN", "Odd",      "IS_BETWEEN"};
  for (int i = 0; i < 3000; ++i) {
    Recipe recipe;
    if (i % 5 == 0) recipe.name = texts.next();
    for (int number = 1; number <= 3; ++number) {
      Step step{number, texts.below(8) == 0 ? "Odd name" : "TRIM", {}, {}};
      for (size_t n = texts.below(4); n > 0; --n) {
        std::string name = kNames[texts.below(kNames.size())];
        if (name == "Zip") name = "zip";  // the reader takes PascalCase for camelCase
        step.parameters[name] = texts.next();
      }
      for (size_t n = texts.below(3); n > 0; --n) {
        const bool has_value = texts.below(3) > 0;
        step.conditions.push_back({kConditions[texts.below(kConditions.size())], "c" + texts.next(),
                                   has_value ? texts.next() : std::string(), has_value});
      }
      recipe.steps.push_back(std::move(step));
    }
    expect_back(recipe);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace mr::recipe
