// The variants of a recipe file: a list of steps, an object around it, a template of CloudFormation, and the wrappers of printed samples.
#include <nlohmann/json.hpp>

#include <algorithm>

#include "recipe/engine/recipe.hpp"
#include "recipe/engine/recipe_text.hpp"

namespace mr::recipe {
namespace {

using nlohmann::json;
constexpr size_t kMostSteps = 100;
constexpr std::string_view kResourceType = "AWS::DataBrew::Recipe";

std::string whole_message(const std::string& code, const std::string& problem, const std::string& where, const std::string& hint) {
  std::string text = code + (where.empty() ? " " : " " + where + ": ") + problem;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}

// JSON inside a text, as deep as no action needs it: it would be read by functions that call themselves.
bool too_deep(const std::string& text) {
  if (!text.starts_with('[') && !text.starts_with('{')) return false;
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest > 200;
}

// Values are texts in exports; numbers, booleans and lists that people typed are taken as the text they would be.
std::string as_text(const json& value, const std::string& name, const std::string& where) {
  if (!value.is_string()) return value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (too_deep(value.get_ref<const std::string&>())) throw RecipeError("E6003", "'" + name + "' holds lists and objects more than 200 deep", where);
  return value.get<std::string>();
}

// By the name that the format has, or with the first letter in the other case.
const json* member(const json& object, std::string name) {
  if (!object.is_object()) return nullptr;
  for (int i = 0; i < 2; ++i) {
    if (object.contains(name)) return &object.at(name);
    name[0] = static_cast<char>(name[0] ^ ('a' ^ 'A'));
  }
  return nullptr;
}

const json& unwrapped(const json& entry) {
  const json* inner = member(entry, "RecipeStep");
  return inner != nullptr ? *inner : entry;
}

const std::string& text_of(const json* value, const std::string& problem, const std::string& where) {
  if (value == nullptr || !value->is_string() || value->get_ref<const std::string&>().empty()) throw RecipeError("E6003", problem, where);
  return value->get_ref<const std::string&>();
}

Condition read_condition(const json& entry, const std::string& where) {
  const std::string& name = text_of(member(entry, "Condition"), "a condition has no text 'Condition'", where);
  const std::string& column = text_of(member(entry, "TargetColumn"), "condition " + name + " has no text 'TargetColumn'", where);
  Condition condition{name, column, {}, false};
  if (const json* value = member(entry, "Value"); value != nullptr && !value->is_null()) {
    condition.value = as_text(*value, "Value", where);
    condition.has_value = true;
  }
  return condition;
}

// Templates spell parameters in PascalCase: SourceColumn is sourceColumn.
std::string parameter_name(std::string name) {
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return name;
}

void read_parameters(const json& parameters, Step& step, const std::string& where) {
  if (!parameters.is_object()) throw RecipeError("E6003", "'Parameters' is not an object", where);
  for (const auto& [key, value] : parameters.items()) {
    if (value.is_null()) continue;
    if (!step.parameters.emplace(parameter_name(key), as_text(value, key, where)).second) throw RecipeError("E6003", "parameter '" + parameter_name(key) + "' is given twice", where);
  }
}

Step read_step(const json& raw, int number, const std::string& name) {
  const json& entry = unwrapped(raw);
  std::string where = name + ": step " + std::to_string(number);
  const json* action = member(entry, "Action");
  if (action == nullptr) action = member(entry, "RecipeAction");
  if (action == nullptr && member(entry, "Operation") != nullptr) action = &entry;
  if (action == nullptr || !action->is_object()) throw RecipeError("E6003", "expected an object with 'Action'", where);
  Step step{number, text_of(member(*action, "Operation"), "the action has no text 'Operation'", where), {}, {}};
  where += " " + step.operation;
  if (const json* parameters = member(*action, "Parameters"); parameters != nullptr && !parameters->is_null()) read_parameters(*parameters, step, where);
  if (const json* conditions = member(entry, "ConditionExpressions"); conditions != nullptr && !conditions->is_null()) {
    if (!conditions->is_array()) throw RecipeError("E6003", "'ConditionExpressions' is not a list", where);
    for (const json& condition : *conditions) step.conditions.push_back(read_condition(condition, where));
  }
  return step;
}

// The properties of the only recipe among the resources of a template.
const json& recipe_of_template(const json& resources, const std::string& name) {
  const json* found = nullptr;
  for (const auto& [key, resource] : resources.items()) {
    if (!resource.is_object() || resource.value("Type", json()) != kResourceType) continue;
    if (found != nullptr) throw RecipeError("E6003", "the template holds more than one recipe", name, "keep one of them in the file");
    found = member(resource, "Properties");
    if (found == nullptr) throw RecipeError("E6003", "resource '" + key + "' has no 'Properties'", name);
  }
  if (found == nullptr) throw RecipeError("E6003", "the template holds no resource of type " + std::string(kResourceType), name);
  return *found;
}

json steps_of(const json& tree, const std::string& name) {
  if (tree.is_array()) return tree;
  if (!tree.is_object()) throw RecipeError("E6003", "is neither a list of steps nor an object with 'Steps'", name);
  if (const json* steps = member(tree, "Steps")) return *steps;
  if (const json* recipe = member(tree, "Recipe"); recipe != nullptr && recipe->is_object()) return steps_of(*recipe, name);
  if (const json* resources = member(tree, "Resources"); resources != nullptr && resources->is_object()) return steps_of(recipe_of_template(*resources, name), name);
  if (tree.value("Type", json()) == kResourceType && tree.contains("Properties")) return steps_of(tree.at("Properties"), name);
  return json::array({tree});
}

}  // namespace

RecipeError::RecipeError(std::string code_, std::string what_, std::string where_, std::string hint_)
    : std::runtime_error(whole_message(code_, what_, where_, hint_)),
      code(std::move(code_)), problem(std::move(what_)), where(std::move(where_)), hint(std::move(hint_)) {}

std::string place(const Step& step) { return "step " + std::to_string(step.number) + " " + step.operation; }

Recipe read_recipe(std::string_view text, const std::string& name) {
  const json steps = steps_of(tree_of(text, name), name);
  if (!steps.is_array()) throw RecipeError("E6003", "'Steps' is not a list", name);
  if (steps.size() > kMostSteps) {
    throw RecipeError("E6003", "has " + std::to_string(steps.size()) + " steps", name, "at most 100 are allowed");
  }
  Recipe recipe;
  for (const json& entry : steps) recipe.steps.push_back(read_step(entry, static_cast<int>(recipe.steps.size()) + 1, name));
  return recipe;
}

}  // namespace mr::recipe
