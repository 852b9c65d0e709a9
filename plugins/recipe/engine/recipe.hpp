// A cleansing recipe as it stands in its file: an ordered list of steps, nothing interpreted yet.
//
// Values; any thread. Errors are thrown as RecipeError and name the step, its action and the
// parameter. Semantics: the DataBrew recipe file format in JSON or YAML: a bare list, an object
// with "Steps", a CloudFormation template, or the wrappers of the printed reference; each step in
// the format's own form or in the short one (short_form.hpp).
#pragma once
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mr::recipe {

// Refused for good: the recipe or its use is wrong. what() is "code where: what (hint)".
struct RecipeError : std::runtime_error {
  RecipeError(std::string code_, std::string what_, std::string where_ = {}, std::string hint_ = {});
  std::string code, problem, where, hint;
};

// E6006, with the name that no column has.
struct UnknownColumn : RecipeError {
  UnknownColumn(std::string column_, std::string where_, std::string hint_) : RecipeError("E6006", "there is no column '" + column_ + "'", std::move(where_), std::move(hint_)), column(std::move(column_)) {}

  std::string column;
};

struct Condition {
  std::string name{}, column{}, value{};
  bool has_value = false;
};

struct Step {
  int number = 0;  // 1-based, as people count
  std::string operation{};
  std::map<std::string, std::string> parameters{};  // everything as text, as in the file
  std::vector<Condition> conditions{};
};

struct Recipe {
  std::vector<Step> steps{};
  std::string name{}, description{};  // where an object around the steps has them
};

// "step 3 TRIM": where a problem is.
std::string place(const Step& step);

// Reads the text of a recipe, JSON or YAML; `name` is the file's name for messages.
Recipe read_recipe(std::string_view text, const std::string& name);

// Replaces ${name} in values of parameters and conditions; $${ stands for ${. Without values nothing is touched; with some, a name that
// is not among them and a value that is not used are refused.
void fill_in(Recipe& recipe, const std::map<std::string, std::string>& values);

}  // namespace mr::recipe
