// Every variant of a recipe file reads as the same steps; what can't be read is refused with its place.
#include <gtest/gtest.h>

#include "recipe/engine/recipe.hpp"

namespace mr::recipe {
namespace {

void expect_two_steps(const std::string& text) {
  SCOPED_TRACE(text);
  const Recipe recipe = read_recipe(text, "r");
  ASSERT_EQ(recipe.steps.size(), 2U);
  EXPECT_EQ(recipe.steps[0].operation, "REMOVE_VALUES");
  EXPECT_EQ(recipe.steps[0].parameters.at("sourceColumn"), "emp.rate");
  ASSERT_EQ(recipe.steps[0].conditions.size(), 1U);
  EXPECT_EQ(recipe.steps[0].conditions[0].name, "IS");
  EXPECT_EQ(recipe.steps[0].conditions[0].column, "emp.rate");
  EXPECT_EQ(recipe.steps[0].conditions[0].value, R"(["draw"])");
  EXPECT_EQ(recipe.steps[1].operation, "ROUND");
  EXPECT_EQ(recipe.steps[1].parameters.at("count"), "3");
  EXPECT_EQ(recipe.steps[1].number, 2);
}

constexpr auto kSteps = R"j([{"Action": {"Operation": "REMOVE_VALUES", "Parameters": {"sourceColumn": "emp.rate"}},
  "ConditionExpressions": [{"Condition": "IS", "TargetColumn": "emp.rate", "Value": "[\"draw\"]"}]},
  {"Action": {"Operation": "ROUND", "Parameters": {"sourceColumn": "a", "count": "3"}}}])j";

std::string refusal(const std::string& text) {
  try {
    read_recipe(text, "r.json");
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RecipeReader, lists_and_objects_around_them) {
  expect_two_steps(kSteps);
  expect_two_steps("\xEF\xBB\xBF \n" + std::string(kSteps));
  expect_two_steps(R"({"Name": "n", "Description": "d", "Tags": {}, "Steps": )" + std::string(kSteps) + "}");
  expect_two_steps(R"({"Recipe": {"Name": "n", "Steps": )" + std::string(kSteps) + "}}");
}

TEST(RecipeReader, a_template_of_cloudformation_with_its_spelling) {
  const std::string steps = R"j([{"Action": {"Operation": "REMOVE_VALUES", "Parameters": {"SourceColumn": "emp.rate"}},
    "ConditionExpressions": [{"Condition": "IS", "TargetColumn": "emp.rate", "Value": "[\"draw\"]"}]},
    {"Action": {"Operation": "ROUND", "Parameters": {"SourceColumn": "a", "Count": "3"}}}])j";
  const std::string resource = R"({"Type": "AWS::DataBrew::Recipe", "Properties": {"Name": "n", "Steps": )" + steps + "}}";
  expect_two_steps(R"({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, "Clean": )" + resource + "}}");
  expect_two_steps(resource);
  EXPECT_NE(refusal(R"({"Resources": {"A": )" + resource + R"(, "B": )" + resource + "}}").find("more than one recipe"), std::string::npos);
  EXPECT_NE(refusal(R"({"Resources": {}})").find("no resource of type AWS::DataBrew::Recipe"), std::string::npos);
}

TEST(RecipeReader, the_wrappers_of_printed_samples_and_bare_values) {
  expect_two_steps(R"j([{"RecipeStep": {"Action": {"Operation": "REMOVE_VALUES", "Parameters": {"sourceColumn": "emp.rate"}},
    "ConditionExpressions": [{"Condition": "IS", "TargetColumn": "emp.rate", "Value": ["draw"]}]}},
    {"RecipeAction": {"Operation": "ROUND", "Parameters": {"sourceColumn": "a", "count": 3}}}])j");
  const Recipe one = read_recipe(R"({"RecipeAction": {"Operation": "TRIM", "Parameters": {"sourceColumn": "a", "flag": true, "list": ["a", 1]}}})", "r");
  ASSERT_EQ(one.steps.size(), 1U);
  EXPECT_EQ(one.steps[0].parameters.at("flag"), "true");
  EXPECT_EQ(one.steps[0].parameters.at("list"), R"(["a",1])");
}

TEST(RecipeReader, yaml_exports_with_every_scalar_as_text) {
  expect_two_steps("- Action:\n    Operation: REMOVE_VALUES\n    Parameters:\n      sourceColumn: emp.rate\n  ConditionExpressions:\n"
                   "    - Condition: IS\n      Value: >-\n        [\"draw\"]\n      TargetColumn: emp.rate\n"
                   "- Action:\n    Operation: ROUND\n    Parameters:\n      count: 3\n      sourceColumn: 'a'\n");
  const Recipe recipe = read_recipe("Steps:\n  - Action:\n      Operation: TRIM\n      Parameters: {targetIndex: NaN, on: yes, zip: 007}\n", "r");
  EXPECT_EQ(recipe.steps.at(0).parameters.at("targetIndex"), "NaN");
  EXPECT_EQ(recipe.steps.at(0).parameters.at("on"), "yes");
  EXPECT_EQ(recipe.steps.at(0).parameters.at("zip"), "007");
  EXPECT_TRUE(read_recipe("[]", "r").steps.empty());
}

TEST(RecipeReader, what_can_t_be_read_is_refused_with_its_place) {
  EXPECT_EQ(refusal("[\n {\"Action\": {\"Operation\": \"TRIM\",}}]"), "E6001 r.json: not JSON at line 2, column 34 (take away the comma before the bracket)");
  EXPECT_NE(refusal(R"([{"Action": {"Operation": "A" "Parameters": {}}}])").find("a comma is missing"), std::string::npos);
  EXPECT_NE(refusal("[ // steps\n]").find("JSON has no comments"), std::string::npos);
  EXPECT_EQ(refusal("").substr(0, 5), "E6001");
  EXPECT_EQ(refusal("- Action: [x").substr(0, 5), "E6002");
  EXPECT_NE(refusal("- Action: {Operation: !Sub x}").find("the tag !Sub"), std::string::npos);
  EXPECT_EQ(refusal(std::string(100, '[') + std::string(100, ']')).substr(0, 5), "E6002");
  EXPECT_NE(refusal(R"([{"Action": {"Operation": "TRIM", "Parameters": {"a": ")" + std::string(1000, '[') + R"("}}}])").find("'a' holds lists and objects more than 200 deep"), std::string::npos);
  EXPECT_NE(refusal("[1]").find("step 1: expected an object with 'Action'"), std::string::npos);
  EXPECT_NE(refusal(R"([{"Action": {"Parameters": {}}}])").find("step 1: the action has no text 'Operation'"), std::string::npos);
  EXPECT_NE(refusal(R"([{"Action": {"Operation": "TRIM", "Parameters": []}}])").find("step 1 TRIM: 'Parameters' is not an object"), std::string::npos);
  EXPECT_NE(refusal(R"([{"Action": {"Operation": "TRIM", "Parameters": {"a": "1", "A": "2"}}}])").find("parameter 'a' is given twice"), std::string::npos);
  EXPECT_NE(refusal(R"([{"Action": {"Operation": "TRIM"}, "ConditionExpressions": [{"Condition": "IS"}]}])").find("condition IS has no text 'TargetColumn'"), std::string::npos);
}

// Aliases in aliases: a few lines that would be a billion nodes.
TEST(RecipeReader, yaml_that_grows_without_end_is_refused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 1; k < 10; ++k) text += ", " + before;
    text += "]\n";
  }
  EXPECT_EQ(refusal(text).substr(0, 5), "E6002");
}

TEST(RecipeReader, a_hundred_steps_and_no_more) {
  const auto list = [](int steps) {
    std::string text = "[";
    for (int i = 0; i < steps; ++i) text += std::string(i ? "," : "") + R"({"Action": {"Operation": "TRIM"}})";
    return text + "]";
  };
  EXPECT_EQ(read_recipe(list(100), "r").steps.size(), 100U);
  EXPECT_NE(refusal(list(101)).find("has 101 steps (at most 100 are allowed)"), std::string::npos);
}

std::string filled(const std::string& value, const std::map<std::string, std::string>& values) {
  Recipe recipe;
  recipe.steps.push_back({1, "TRIM", {{"p", value}}, {}});
  try {
    fill_in(recipe, values);
  } catch (const RecipeError& error) {
    return error.what();
  }
  return recipe.steps[0].parameters.at("p");
}

TEST(RecipeParams, stand_for_names_in_values) {
  EXPECT_EQ(filled("a ${x}-${x} b", {{"x", "1"}}), "a 1-1 b");
  EXPECT_EQ(filled("$${x} ${x}", {{"x", "1"}}), "${x} 1");
  EXPECT_EQ(filled("^a${2}${x}", {{"x", "$"}}), "^a${2}$");
  EXPECT_EQ(filled("${x}", {}), "${x}");
  EXPECT_EQ(filled("${x}${", {{"x", "${x}"}}), "${x}${");
}

// What is put into a list stays one text of it.
TEST(RecipeParams, cannot_break_out_of_json) {
  EXPECT_EQ(filled(R"(["${x}", "b"])", {{"x", R"(a", "c)"}}), R"(["a\", \"c","b"])");
}

TEST(RecipeParams, that_are_missing_or_unused_are_refused) {
  EXPECT_NE(filled("${y}", {{"x", "1"}}).find("${y} is not among the task's params"), std::string::npos);
  EXPECT_NE(filled("y", {{"x", "1"}}).find("params has 'x'"), std::string::npos);
}

}  // namespace
}  // namespace mr::recipe
