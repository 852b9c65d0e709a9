#include "quality/databrew/ruleset.hpp"

#include <algorithm>
#include <cctype>

namespace mr::quality::databrew {
namespace {

using nlohmann::json;

constexpr std::string_view kResource = "AWS::DataBrew::Ruleset";

// The API writes CheckExpression, exports checkExpression.
const Node* member(const Node& node, std::string_view key) {
  for (const NodeMember& one : node.members) {
    if (one.key.size() == key.size() &&
        std::toupper(static_cast<unsigned char>(one.key[0])) == key[0] &&
        std::string_view(one.key).substr(1) == key.substr(1))
      return &one.value;
  }
  return nullptr;
}

void require_members(const Node& node, const std::string& what, const Words& keys) {
  if (!node.is_map()) wrong(node, what + " must be an object");
  for (const NodeMember& one : node.members) {
    std::string key = one.key;
    if (!key.empty()) key[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(key[0])));
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      wrong(one.value, what + " has no key '" + one.key + "'", known_words(key, keys));
  }
}

bool is_resource(const Node& node) {
  const Node* type = node.find("Type");
  return type != nullptr && type->is_text() && type->value == kResource;
}

// Numbers and booleans of YAML are the texts that they are written as.
std::string plain_text(const Node& node, const std::string& what) {
  if (node.is_text()) return node.value.get<std::string>();
  if (!node.is_scalar() || node.is_null()) wrong(node, what + " must be a text");
  return node.value.dump();
}

void require_reference(const Node& node, const std::string& word) {
  const bool good = word.size() >= 2 && word.size() <= 128 && word[0] == ':' &&
                    std::all_of(word.begin() + 1, word.end(),
                                [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (!good) wrong(node, "'" + word + "' is no name of a substitution", "write it as :col1");
}

// {":a": "x"}, or [{ValueReference: :a, Value: x}].
std::map<std::string, std::string> substitutions_of(const Node& node) {
  std::map<std::string, std::string> map;
  for (const NodeMember& one : node.members) {
    require_reference(one.value, one.key);
    map[one.key] = plain_text(one.value, "the substitution of " + one.key);
  }
  for (const Node& item : node.items) {
    require_members(item, "a substitution", {"ValueReference", "Value"});
    const Node *reference = member(item, "ValueReference"), *value = member(item, "Value");
    if (reference == nullptr || value == nullptr)
      wrong(item, "a substitution needs ValueReference and Value");
    const std::string word = plain_text(*reference, "ValueReference");
    require_reference(*reference, word);
    map[word] = plain_text(*value, "the substitution of " + word);
  }
  if (node.is_scalar() && !node.is_null()) wrong(node, "SubstitutionMap must be an object");
  return map;
}

std::vector<Selector> selectors_of(const Node& node) {
  if (!node.is_list()) wrong(node, "ColumnSelectors must be a list");
  std::vector<Selector> selectors;
  for (const Node& item : node.items) {
    require_members(item, "a selector", {"Name", "Regex"});
    const Node *name = member(item, "Name"), *regex = member(item, "Regex");
    if ((name == nullptr) == (regex == nullptr)) wrong(item, "a selector has either Name or Regex");
    selectors.push_back(name != nullptr ? Selector{text_of(*name, "Name"), ""}
                                        : Selector{"", text_of(*regex, "Regex")});
  }
  if (selectors.empty()) wrong(node, "ColumnSelectors is empty");
  return selectors;
}

Threshold::Type type_of(const Node& node) {
  const std::string word = text_of(node, "Type");
  if (word == "GREATER_THAN_OR_EQUAL") return Threshold::Type::at_least;
  if (word == "LESS_THAN_OR_EQUAL") return Threshold::Type::at_most;
  if (word == "GREATER_THAN") return Threshold::Type::above;
  if (word == "LESS_THAN") return Threshold::Type::below;
  wrong(node, "there is no type '" + word + "' of thresholds",
        "known are GREATER_THAN_OR_EQUAL, LESS_THAN_OR_EQUAL, GREATER_THAN and LESS_THAN");
}

Threshold threshold_of(const Node& node) {
  require_members(node, "Threshold", {"Value", "Type", "Unit"});
  const Node *value = member(node, "Value"), *type = member(node, "Type"),
             *unit = member(node, "Unit");
  if (value == nullptr) wrong(node, "Threshold needs Value");
  Threshold threshold{.value = number_of(*value, "Value of Threshold")};
  if (type != nullptr) threshold.type = type_of(*type);
  if (unit != nullptr) {
    const std::string word = text_of(*unit, "Unit");
    if (word != "COUNT" && word != "PERCENTAGE") wrong(*unit, "Unit must be COUNT or PERCENTAGE");
    threshold.percent = word == "PERCENTAGE";
  }
  if (threshold.value < 0 || (threshold.percent && threshold.value > 100))
    wrong(*value, threshold.percent ? "Value of Threshold must be from 0 to 100"
                                    : "Value of Threshold must be 0 or more");
  return threshold;
}

void read_parts(const Node& node, Rule& rule) {
  require_members(
      node, "a rule",
      {"Name", "CheckExpression", "SubstitutionMap", "ColumnSelectors", "Threshold", "Disabled"});
  const Node* expression = member(node, "CheckExpression");
  if (expression == nullptr) wrong(node, "a rule needs CheckExpression");
  rule.expression = text_of(*expression, "CheckExpression");
  if (const Node* map = member(node, "SubstitutionMap"))
    rule.substitutions = substitutions_of(*map);
  if (const Node* list = member(node, "ColumnSelectors"); list != nullptr && !list->is_null())
    rule.selectors = selectors_of(*list);
  if (const Node* threshold = member(node, "Threshold");
      threshold != nullptr && !threshold->is_null())
    rule.threshold = threshold_of(*threshold);
  if (const Node* disabled = member(node, "Disabled"); disabled != nullptr && !disabled->is_null())
    rule.disabled = flag_of(*disabled, "Disabled");
}

Rule rule_of(const Node& node, size_t number) {
  Rule rule{.name = "rule " + std::to_string(number), .place = node.place};
  rule.definition = node.to_json();
  try {
    const Node* name = node.is_map() ? member(node, "Name") : nullptr;
    if (name == nullptr) wrong(node, "a rule needs Name");
    rule.name = text_of(*name, "Name");
    read_parts(node, rule);
  } catch (const QualityError& error) {
    rule.mistake = error;
  }
  return rule;
}

Ruleset ruleset_of(const Node& rules, const Node* about, const std::string& name) {
  if (!rules.is_list() || rules.items.empty())
    throw QualityError("E7002", "Rules must be a list of at least one", rules.place);
  Ruleset set{.name = name};
  if (about != nullptr) {
    const Node *own = member(*about, "Name"), *description = member(*about, "Description");
    if (own != nullptr && own->is_text()) set.name = own->value.get<std::string>();
    if (description != nullptr && description->is_text())
      set.description = description->value.get<std::string>();
  }
  for (const Node& rule : rules.items) set.rules.push_back(rule_of(rule, set.rules.size() + 1));
  return set;
}

// What describes a ruleset beside its rules; TargetArn is a place of AWS.
Ruleset described(const Node& node, const std::string& name) {
  require_members(node, "a ruleset",
                  {"Name", "Description", "Rules", "TargetArn", "Tags", "CreateDate", "CreatedBy",
                   "LastModifiedBy", "LastModifiedDate", "ResourceArn", "ResponseMetadata",
                   "AccountId", "RuleCount"});
  const Node* rules = member(node, "Rules");
  if (rules == nullptr) throw QualityError("E7002", "the ruleset has no Rules", node.place);
  return ruleset_of(*rules, &node, name);
}

Ruleset resource(const Node& node, const std::string& name) {
  const Node* properties = node.find("Properties");
  if (properties == nullptr)
    throw QualityError("E7002", "the resource has no Properties", node.place);
  return described(*properties, name);
}

bool has_rule(const Node& list) {
  return list.is_list() && !list.items.empty() && list.items[0].is_map() &&
         member(list.items[0], "CheckExpression") != nullptr;
}

}  // namespace

bool is_ruleset(const Node& document) {
  if (document.is_list()) return has_rule(document);
  if (is_resource(document)) return true;
  if (const Node* rules = member(document, "Rules")) return rules->is_list();
  const Node* resources = document.find("Resources");
  return resources != nullptr &&
         std::any_of(resources->members.begin(), resources->members.end(),
                     [](const NodeMember& one) { return is_resource(one.value); });
}

std::vector<Ruleset> read(const Node& document, const std::string& name) {
  if (document.is_list()) return {ruleset_of(document, nullptr, name)};
  if (is_resource(document)) return {resource(document, name)};
  if (member(document, "Rules") != nullptr) return {described(document, name)};
  std::vector<Ruleset> sets;
  if (const Node* resources = document.find("Resources")) {
    for (const NodeMember& one : resources->members) {
      if (is_resource(one.value)) sets.push_back(resource(one.value, one.key));
    }
  }
  if (sets.empty()) throw QualityError("E7002", "there is no ruleset in it", document.place);
  return sets;
}

}  // namespace mr::quality::databrew
