#include "recipe/engine/short_form.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace mr::recipe {
namespace {

constexpr std::string_view kWhen = "when";
constexpr std::string_view kColumn = "column";

struct Alias {
  std::string_view brief, name;
};

constexpr auto kAliases = std::to_array<Alias>({{kColumn, "sourceColumn"},
                                                {"columns", "sourceColumns"},
                                                {"column1", "sourceColumn1"},
                                                {"column2", "sourceColumn2"},
                                                {"target", "targetColumn"}});

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

char upper(char c) {
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string all(std::string text, char (*change)(char)) {
  std::transform(text.begin(), text.end(), text.begin(), change);
  return text;
}

// upper_case, or as the format has it.
bool is_action_name(const std::string& key) {
  const auto fits = [&](bool (*is_letter)(char)) {
    return std::all_of(key.begin(), key.end(),
                       [&](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  };
  return !key.empty() && !is_digit(key[0]) && key != kWhen && (fits(is_lower) || fits(is_upper));
}

std::string camel_case(const std::string& name) {
  std::string text;
  for (size_t i = 0; i < name.size(); ++i)
    text +=
        name[i] == '_' && i + 1 < name.size() && is_lower(name[i + 1]) ? upper(name[++i]) : name[i];
  return text;
}

std::string snake_case(const std::string& name) {
  std::string text;
  for (const char c : name) text += is_upper(c) ? std::string{'_', lower(c)} : std::string(1, c);
  return text;
}

std::string parameter_of(const std::string& brief) {
  for (const auto& [alias, name] : kAliases) {
    if (brief == alias) return std::string(name);
  }
  return camel_case(brief);
}

// A condition is {column, name: value}.
Condition read_condition(const Tree& entry, const std::string& where) {
  constexpr auto kShape = "a condition of 'when' is not {column: name, is: value} or the like";
  if (!entry.is_object() || entry.size() != 2 || !entry.contains(kColumn))
    throw RecipeError("E6003", kShape, where);
  Condition condition;
  for (const auto& [key, value] : entry.items()) {
    if (key == kColumn) {
      condition.column = text_in(value, key, where);
    } else {
      condition.name = all(key, upper);
      condition.has_value = !value.is_null();
      if (condition.has_value) condition.value = text_in(value, key, where);
    }
  }
  if (condition.column.empty()) throw RecipeError("E6003", kShape, where);
  return condition;
}

void read_parameters(const Tree& parameters, Step& step, const std::string& where) {
  if (parameters.is_null()) return;
  if (!parameters.is_object())
    throw RecipeError("E6003", "the parameters are no mapping", where, "write {column: name}");
  for (const auto& [key, value] : parameters.items()) {
    if (value.is_null()) continue;
    if (!step.parameters.emplace(parameter_of(key), text_in(value, key, where)).second)
      throw RecipeError("E6003", "parameter '" + parameter_of(key) + "' is given twice", where);
  }
}

}  // namespace

bool is_short_step(const Tree& entry) {
  if (entry.is_string()) return is_action_name(entry.get_ref<const std::string&>());
  if (!entry.is_object() || entry.empty() || entry.size() > 2 ||
      (entry.size() == 2 && !entry.contains(kWhen)))
    return false;
  for (const auto& [key, value] : entry.items()) {
    if (is_action_name(key)) return true;
  }
  return false;
}

Step read_short_step(const Tree& entry, int number, const std::string& where) {
  Step step;
  step.number = number;
  if (entry.is_string()) {
    step.operation = all(entry.get<std::string>(), upper);
    return step;
  }
  for (const auto& [key, value] : entry.items()) {
    if (key == kWhen) continue;
    step.operation = all(key, upper);
    read_parameters(value, step, where + " " + step.operation);
  }
  const auto when = entry.find(kWhen);
  if (when == entry.end() || when->is_null()) return step;
  const Tree conditions = when->is_array() ? *when : Tree::array({*when});
  for (const Tree& condition : conditions)
    step.conditions.push_back(read_condition(condition, where + " " + step.operation));
  return step;
}

std::optional<std::string> short_action(const std::string& operation) {
  const std::string brief = all(operation, lower);
  return is_action_name(brief) && all(brief, upper) == operation ? std::optional(brief)
                                                                 : std::nullopt;
}

std::optional<std::string> short_parameter(const std::string& name) {
  for (const auto& [alias, long_name] : kAliases) {
    if (name == long_name) return std::string(alias);
  }
  const std::string brief = snake_case(name);
  const bool plain = !brief.empty() && is_lower(brief[0]) &&
                     std::all_of(brief.begin(), brief.end(),
                                 [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
  return plain && parameter_of(brief) == name ? std::optional(brief) : std::nullopt;
}

std::optional<std::string> short_condition(const std::string& name) {
  const std::string brief = all(name, lower);
  return is_action_name(brief) && brief != kColumn && all(brief, upper) == name
             ? std::optional(brief)
             : std::nullopt;
}

bool holds_json(const std::string& parameter) {
  static const std::set<std::string_view> kNames{"alphabet",
                                                 "bucketNames",
                                                 "categoryMap",
                                                 "conditionExpressions",
                                                 "customStopWords",
                                                 "datasetsColumns",
                                                 "dateTimeParameters",
                                                 "entityTypeFilter",
                                                 "expressions",
                                                 "filterValues",
                                                 "groupByAggFunctionOptions",
                                                 "groupByColumns",
                                                 "joinKeys",
                                                 "leftColumns",
                                                 "orderByColumns",
                                                 "patternOption1",
                                                 "patternOption2",
                                                 "patternOptions",
                                                 "pivotColumns",
                                                 "redact",
                                                 "rightColumns",
                                                 "secondaryDatasetNames",
                                                 "secondaryInputs",
                                                 "sourceColumns",
                                                 "splits",
                                                 "targetColumnNames",
                                                 "valueColumns",
                                                 "withExpressions"};
  return kNames.contains(parameter);
}

bool condition_holds_json(const std::string& condition) {
  return condition == "IS" || condition == "IS_NOT" || condition == "IS_BETWEEN";
}

}  // namespace mr::recipe
