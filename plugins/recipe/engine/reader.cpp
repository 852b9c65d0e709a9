// The variants of a recipe file: a list of steps, an object around it, a template of
// CloudFormation, and the wrappers of printed samples.
#include <algorithm>

#include "recipe/engine/recipe.hpp"
#include "recipe/engine/recipe_text.hpp"
#include "recipe/engine/short_form.hpp"

namespace mr::recipe {
namespace {

constexpr size_t kMostSteps = 100;
constexpr std::string_view kResourceType = "AWS::DataBrew::Recipe";

std::string whole_message(const std::string& code, const std::string& problem, const std::string& where, const std::string& hint) {
  std::string text = code + (where.empty() ? " " : " " + where + ": ") + problem;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}

// By the name that the format has, or with the first letter in the other case.
const Tree* member(const Tree& object, std::string name) {
  if (!object.is_object()) return nullptr;
  for (int i = 0; i < 2; ++i) {
    if (object.contains(name)) return &object.at(name);
    name[0] = static_cast<char>(name[0] ^ ('a' ^ 'A'));
  }
  return nullptr;
}

const Tree& unwrapped(const Tree& entry) {
  const Tree* inner = member(entry, "RecipeStep");
  return inner != nullptr ? *inner : entry;
}

std::string text_of(const Tree* value, const std::string& problem, const std::string& where) {
  const bool some = value != nullptr && value->is_primitive() && !value->is_null();
  std::string text = some ? text_in(*value, {}, where) : std::string();
  if (text.empty()) throw RecipeError("E6003", problem, where);
  return text;
}

Condition read_condition(const Tree& entry, const std::string& where) {
  const std::string name = text_of(member(entry, "Condition"), "a condition has no text 'Condition'", where);
  const std::string column = text_of(member(entry, "TargetColumn"), "condition " + name + " has no text 'TargetColumn'", where);
  Condition condition{name, column, {}, false};
  if (const Tree* value = member(entry, "Value"); value != nullptr && !value->is_null()) {
    condition.value = text_in(*value, "Value", where);
    condition.has_value = true;
  }
  return condition;
}

// Templates spell parameters in PascalCase: SourceColumn is sourceColumn.
std::string parameter_name(std::string name) {
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return name;
}

void read_parameters(const Tree& parameters, Step& step, const std::string& where) {
  if (!parameters.is_object()) throw RecipeError("E6003", "'Parameters' is not an object", where);
  for (const auto& [key, value] : parameters.items()) {
    if (value.is_null()) continue;
    if (!step.parameters.emplace(parameter_name(key), text_in(value, key, where)).second) throw RecipeError("E6003", "parameter '" + parameter_name(key) + "' is given twice", where);
  }
}

Step read_step(const Tree& raw, int number, const std::string& name) {
  const Tree& entry = unwrapped(raw);
  std::string where = name + ": step " + std::to_string(number);
  const Tree* action = member(entry, "Action");
  if (action == nullptr) action = member(entry, "RecipeAction");
  if (action == nullptr && member(entry, "Operation") != nullptr) action = &entry;
  if (action == nullptr && is_short_step(entry)) return read_short_step(entry, number, where);
  if (action == nullptr || !action->is_object()) throw RecipeError("E6003", "expected an object with 'Action'", where, "or the short form: trim: {column: name}");
  Step step{number, text_of(member(*action, "Operation"), "the action has no text 'Operation'", where), {}, {}};
  where += " " + step.operation;
  if (const Tree* parameters = member(*action, "Parameters"); parameters != nullptr && !parameters->is_null()) read_parameters(*parameters, step, where);
  if (const Tree* conditions = member(entry, "ConditionExpressions"); conditions != nullptr && !conditions->is_null()) {
    if (!conditions->is_array()) throw RecipeError("E6003", "'ConditionExpressions' is not a list", where);
    for (const Tree& condition : *conditions) step.conditions.push_back(read_condition(condition, where));
  }
  return step;
}

// The properties of the only recipe among the resources of a template.
const Tree& recipe_of_template(const Tree& resources, const std::string& name) {
  const Tree* found = nullptr;
  for (const auto& [key, resource] : resources.items()) {
    if (!resource.is_object() || resource.value("Type", Tree()) != kResourceType) continue;
    if (found != nullptr) throw RecipeError("E6003", "the template holds more than one recipe", name, "keep one of them in the file");
    found = member(resource, "Properties");
    if (found == nullptr) throw RecipeError("E6003", "resource '" + key + "' has no 'Properties'", name);
  }
  if (found == nullptr) throw RecipeError("E6003", "the template holds no resource of type " + std::string(kResourceType), name);
  return *found;
}

void read_names(const Tree& object, Recipe& recipe) {
  const auto read = [&](const char* key, std::string& into) {
    if (const Tree* value = member(object, key); value != nullptr && value->is_string()) into = value->get<std::string>();
  };
  read("Name", recipe.name);
  read("Description", recipe.description);
}

Tree steps_of(const Tree& tree, const std::string& name, Recipe& names) {
  if (tree.is_array()) return tree;
  if (!tree.is_object()) throw RecipeError("E6003", "is neither a list of steps nor an object with 'Steps'", name);
  if (const Tree* steps = member(tree, "Steps")) {
    read_names(tree, names);
    return *steps;
  }
  if (const Tree* recipe = member(tree, "Recipe"); recipe != nullptr && recipe->is_object()) return steps_of(*recipe, name, names);
  if (const Tree* resources = member(tree, "Resources"); resources != nullptr && resources->is_object()) return steps_of(recipe_of_template(*resources, name), name, names);
  if (tree.value("Type", Tree()) == kResourceType && tree.contains("Properties")) return steps_of(tree.at("Properties"), name, names);
  return Tree::array({tree});
}

}  // namespace

RecipeError::RecipeError(std::string code_, std::string what_, std::string where_, std::string hint_)
    : std::runtime_error(whole_message(code_, what_, where_, hint_)),
      code(std::move(code_)), problem(std::move(what_)), where(std::move(where_)), hint(std::move(hint_)) {}

std::string place(const Step& step) { return "step " + std::to_string(step.number) + " " + step.operation; }

Recipe read_recipe(std::string_view text, const std::string& name) {
  Recipe recipe;
  const Tree steps = steps_of(tree_of(text, name), name, recipe);
  if (!steps.is_array()) throw RecipeError("E6003", "'Steps' is not a list", name);
  if (steps.size() > kMostSteps) {
    throw RecipeError("E6003", "has " + std::to_string(steps.size()) + " steps", name, "at most 100 are allowed");
  }
  for (const Tree& entry : steps) recipe.steps.push_back(read_step(entry, static_cast<int>(recipe.steps.size()) + 1, name));
  return recipe;
}

}  // namespace mr::recipe
