#include <nlohmann/json.hpp>

#include "recipe/engine/recipe.hpp"

namespace mr::recipe {
namespace {

using nlohmann::json;
constexpr size_t kMostSteps = 100;

std::string whole_message(const std::string& code, const std::string& problem, const std::string& where, const std::string& hint) {
  std::string text = code + (where.empty() ? " " : " " + where + ": ") + problem;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}

// Values are texts in exports; numbers, booleans and lists that people typed are taken as the text they would be.
std::string as_text(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

const json* member(const json& object, const char* a, const char* b) {
  for (const char* key : {a, b}) {
    if (object.is_object() && object.contains(key)) return &object.at(key);
  }
  return nullptr;
}

const json& unwrapped(const json& entry) {
  if (const json* inner = member(entry, "RecipeStep", "recipeStep")) return *inner;
  return entry;
}

Condition read_condition(const json& entry, const std::string& where) {
  const json* name = member(entry, "Condition", "condition");
  const json* column = member(entry, "TargetColumn", "targetColumn");
  if (name == nullptr || !name->is_string()) throw RecipeError("E6003", "a condition has no text 'Condition'", where);
  if (column == nullptr || !column->is_string()) throw RecipeError("E6003", "condition " + name->get<std::string>() + " has no text 'TargetColumn'", where);
  Condition condition{name->get<std::string>(), column->get<std::string>(), {}, false};
  if (const json* value = member(entry, "Value", "value"); value != nullptr && !value->is_null()) {
    condition.value = as_text(*value);
    condition.has_value = true;
  }
  return condition;
}

Step read_step(const json& raw, int number, const std::string& name) {
  const json& entry = unwrapped(raw);
  std::string where = name + ": step " + std::to_string(number);
  const json* action = member(entry, "Action", "RecipeAction");
  if (action == nullptr && member(entry, "Operation", "operation") != nullptr) action = &entry;
  if (action == nullptr || !action->is_object()) throw RecipeError("E6003", "expected an object with 'Action'", where);
  const json* operation = member(*action, "Operation", "operation");
  if (operation == nullptr || !operation->is_string()) throw RecipeError("E6003", "the action has no text 'Operation'", where);
  Step step{number, operation->get<std::string>(), {}, {}};
  where += " " + step.operation;
  if (const json* parameters = member(*action, "Parameters", "parameters"); parameters != nullptr && !parameters->is_null()) {
    if (!parameters->is_object()) throw RecipeError("E6003", "'Parameters' is not an object", where);
    for (const auto& [key, value] : parameters->items()) {
      if (!value.is_null()) step.parameters.emplace(key, as_text(value));
    }
  }
  if (const json* conditions = member(entry, "ConditionExpressions", "conditionExpressions"); conditions != nullptr && !conditions->is_null()) {
    if (!conditions->is_array()) throw RecipeError("E6003", "'ConditionExpressions' is not a list", where);
    for (const json& condition : *conditions) step.conditions.push_back(read_condition(condition, where));
  }
  return step;
}

json parse(std::string_view text, const std::string& name) {
  const size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const char head = first == std::string_view::npos ? '\0' : text[first];
  if (head != '[' && head != '{') {
    throw RecipeError("E6002", "recipes in YAML are not read yet", name, "export the recipe as JSON");
  }
  try {
    return json::parse(text.substr(first));
  } catch (const json::parse_error& error) {
    throw RecipeError("E6001", "not JSON at byte " + std::to_string(error.byte + first), name, "look for a trailing comma or a missing quote");
  }
}

}  // namespace

RecipeError::RecipeError(std::string code_, std::string what_, std::string where_, std::string hint_)
    : std::runtime_error(whole_message(code_, what_, where_, hint_)),
      code(std::move(code_)), problem(std::move(what_)), where(std::move(where_)), hint(std::move(hint_)) {}

std::string place(const Step& step) { return "step " + std::to_string(step.number) + " " + step.operation; }

Recipe read_recipe(std::string_view text, const std::string& name) {
  const json tree = parse(text, name);
  const json* steps = &tree;
  json single;
  if (tree.is_object()) {
    steps = member(tree, "Steps", "steps");
    if (steps == nullptr) {
      single = json::array({tree});
      steps = &single;
    }
  }
  if (!steps->is_array()) throw RecipeError("E6003", "'Steps' is not a list", name);
  if (steps->size() > kMostSteps) {
    throw RecipeError("E6003", "has " + std::to_string(steps->size()) + " steps", name, "at most 100 are allowed");
  }
  Recipe recipe;
  for (const json& entry : *steps) recipe.steps.push_back(read_step(entry, static_cast<int>(recipe.steps.size()) + 1, name));
  return recipe;
}

}  // namespace mr::recipe
