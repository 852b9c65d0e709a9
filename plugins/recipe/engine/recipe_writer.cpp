#include "recipe/engine/recipe_writer.hpp"

#include "recipe/engine/recipe_text.hpp"
#include "recipe/engine/short_form.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace mr::recipe {
namespace {

constexpr size_t kLongLine = 120;

using Member = std::pair<std::string, std::string>;  // a key, and its value as YAML on one line

// --- scalars

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Text that every reader of YAML takes for itself, also within brackets: words with single blanks
// and a few signs between them.
bool is_plain(const std::string& text) {
  if (text.empty() || !is_word(text.front()) || !is_word(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_word(c) || c == ' ' || c == '-' || c == '.' || c == '/' || c == '$';
  });
}

bool means_something(const std::string& text) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower == "null" || lower == "true" || lower == "false" || lower == "yes" ||
         lower == "no" || lower == "on" || lower == "off" || lower == "y" || lower == "n";
}

bool starts_like_number(const std::string& text) {
  return text.find_first_of("0123456789") == 0;
}

// In quotes: single ones as they need no escapes, double ones where they must.
std::string quoted(const std::string& text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control) return Tree(text).dump(-1, ' ', false, Tree::error_handler_t::replace);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string text_value(const std::string& text) {
  return is_plain(text) && !means_something(text) && !starts_like_number(text) ? text
                                                                               : quoted(text);
}

// A parameter is a text whatever it looks like: its numbers and booleans need no quotes.
std::string parameter_value(const std::string& text) {
  return scalar_of(text).is_string() ? text_value(text) : text;
}

std::string flow_of(const std::vector<Member>& members) {
  std::string out = "{";
  for (const auto& [key, value] : members) out += (out.size() > 1 ? ", " : "") + key + ": " + value;
  return out + "}";
}

// --- JSON inside of texts

std::string without_spaces(const std::string& text) {
  std::string out;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!quoted && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t'))
      continue;
    out += text[i];
    if (quoted && text[i] == '\\' && i + 1 < text.size())
      out += text[++i];
    else if (text[i] == '"')
      quoted = !quoted;
  }
  return out;
}

constexpr int kDeepest = 30;  // of lists and objects on one line; a reader has its limit, too

// On one line of YAML; nothing for a value that it would not give back.
std::optional<std::string> value_flow(const Tree& value, int depth = 0) {
  if (depth > kDeepest) return std::nullopt;
  if (value.is_string()) return text_value(value.get<std::string>());
  if (!value.is_structured()) {
    const std::string text = value.dump();
    return value.is_null() || scalar_of(text) == value ? std::optional(text) : std::nullopt;
  }
  std::string out;
  for (const auto& [key, member] : value.items()) {
    const auto one = value_flow(member, depth + 1);
    if (!one) return std::nullopt;
    out += (out.empty() ? "" : ", ") + (value.is_object() ? text_value(key) + ": " : "") + *one;
  }
  return value.is_object() ? "{" + out + "}" : "[" + out + "]";
}

// The lists and objects of a text, when reading them gives the text again.
std::string value_of(const std::string& text, bool holds_json) {
  if (!text.starts_with('[') && !text.starts_with('{')) return parameter_value(text);
  const Tree tree = Tree::parse(text, nullptr, false);
  if (tree.is_discarded() || tree.dump(-1, ' ', false, Tree::error_handler_t::replace) !=
                                 (holds_json ? without_spaces(text) : text))
    return quoted(text);
  return value_flow(tree).value_or(quoted(text));
}

// --- steps

std::optional<std::vector<Member>> short_parameters(const Step& step) {
  std::vector<Member> members;
  for (const auto& [name, value] : step.parameters) {
    const auto brief = short_parameter(name);
    if (!brief) return std::nullopt;
    members.emplace_back(*brief, value_of(value, holds_json(name)));
  }
  std::stable_partition(members.begin(), members.end(), [](const Member& member) {
    return member.first == "column" || member.first == "columns" || member.first == "column1";
  });
  return members;
}

std::optional<std::vector<std::string>> short_conditions(const Step& step) {
  std::vector<std::string> list;
  for (const Condition& condition : step.conditions) {
    const auto brief = short_condition(condition.name);
    if (!brief) return std::nullopt;
    list.push_back(
        flow_of({{"column", parameter_value(condition.column)},
                 {*brief, condition.has_value
                              ? value_of(condition.value, condition_holds_json(condition.name))
                              : "null"}}));
  }
  return list;
}

std::string when_of(const std::vector<std::string>& conditions) {
  if (conditions.empty()) return {};
  if (conditions.size() == 1) return "  when: " + conditions[0] + "\n";
  std::string out = "  when:\n";
  for (const std::string& condition : conditions) out += "    - " + condition + "\n";
  return out;
}

std::string block_of(const std::vector<Member>& members, const std::string& indent) {
  std::string out;
  for (const auto& [key, value] : members) out += indent + key + ": " + value + "\n";
  return out;
}

std::optional<std::string> short_yaml(const Step& step) {
  const auto action = short_action(step.operation);
  const auto parameters = short_parameters(step);
  const auto conditions = short_conditions(step);
  if (!action || !parameters || !conditions) return std::nullopt;
  if (parameters->empty())
    return "- " + *action + (conditions->empty() ? "\n" : ":\n" + when_of(*conditions));
  const std::string line = "- " + *action + ": " + flow_of(*parameters);
  return (line.size() <= kLongLine ? line + "\n"
                                   : "- " + *action + ":\n" + block_of(*parameters, "    ")) +
         when_of(*conditions);
}

std::string long_yaml(const Step& step) {
  std::vector<Member> parameters;
  for (const auto& [name, value] : step.parameters)
    parameters.emplace_back(text_value(name), parameter_value(value));
  std::string out =
      "- Action:\n    Operation: " + text_value(step.operation) + "\n" +
      (parameters.empty() ? "" : "    Parameters:\n" + block_of(parameters, "      "));
  if (!step.conditions.empty()) out += "  ConditionExpressions:\n";
  for (const Condition& condition : step.conditions) {
    std::vector<Member> members{{"Condition", text_value(condition.name)},
                                {"TargetColumn", parameter_value(condition.column)}};
    if (condition.has_value) members.emplace_back("Value", parameter_value(condition.value));
    out += "    - " + flow_of(members) + "\n";
  }
  return out;
}

Tree json_step(const Step& step) {
  Tree out;
  out["Action"]["Operation"] = step.operation;
  for (const auto& [name, value] : step.parameters) out["Action"]["Parameters"][name] = value;
  for (const Condition& condition : step.conditions) {
    Tree one{{"Condition", condition.name}, {"TargetColumn", condition.column}};
    if (condition.has_value) one["Value"] = condition.value;
    out["ConditionExpressions"].push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::string to_json(const Recipe& recipe) {
  Tree steps = Tree::array();
  for (const Step& step : recipe.steps) steps.push_back(json_step(step));
  Tree whole;
  if (!recipe.name.empty()) whole["Name"] = recipe.name;
  if (!recipe.description.empty()) whole["Description"] = recipe.description;
  if (!whole.is_null()) whole["Steps"] = steps;
  return (whole.is_null() ? steps : whole).dump(2, ' ', false, Tree::error_handler_t::replace) +
         "\n";
}

std::string to_yaml(const Recipe& recipe) {
  std::string out;
  if (!recipe.name.empty()) out += "name: " + text_value(recipe.name) + "\n";
  if (!recipe.description.empty()) out += "description: " + text_value(recipe.description) + "\n";
  const bool named = !out.empty();
  if (recipe.steps.empty()) return out + (named ? "steps: []\n" : "[]\n");
  if (named) out += "steps:\n";
  for (const Step& step : recipe.steps) {
    const auto brief = short_yaml(step);
    out += brief ? *brief : long_yaml(step);
  }
  return out;
}

std::string short_line(const Step& step) {
  constexpr size_t kMost = 160;
  const auto parameters = short_parameters(step);
  const auto conditions = short_conditions(step);
  std::string line = short_action(step.operation).value_or(step.operation);
  if (parameters && !parameters->empty()) line += ": " + flow_of(*parameters);
  for (size_t i = 0; conditions && i < conditions->size(); ++i)
    line += (i == 0 ? " when " : " and ") + (*conditions)[i];
  if (line.size() <= kMost) return line;
  size_t end = kMost - 3;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
    --end;  // not within a letter
  return line.substr(0, end) + "…";
}

}  // namespace mr::recipe
