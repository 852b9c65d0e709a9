// Rulesets of AWS Glue DataBrew as people have them: what CreateRuleset takes or DescribeRuleset
// gives, resources and whole templates of CloudFormation, lists of rules; JSON or YAML.
//
// Pure. Keys are known whatever the case of their first letter. QualityError E7002 for a text that
// is no ruleset; a rule that is wrong in itself carries its mistake, and the others stand.
#pragma once
#include "quality/engine/check.hpp"
#include "quality/engine/tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mr::quality::databrew {

// How many rows must satisfy a check of rows.
struct Threshold {
  enum class Type : uint8_t { at_least = 1, at_most, above, below };
  Type type = Type::at_least;
  double value = 0;
  bool percent = false;
};

struct Selector {
  std::string name{}, regex{};  // one of both
};

struct Rule {
  std::string name{}, expression{}, place{};
  std::map<std::string, std::string> substitutions{};  // by ":word"
  std::vector<Selector> selectors{};
  std::optional<Threshold> threshold{};
  bool disabled = false;
  nlohmann::json definition{};  // as it stands in the text
  std::optional<QualityError> mistake{};
};

struct Ruleset {
  std::string name{}, description{};
  std::vector<Rule> rules{};
};

bool is_ruleset(const Node& document);  // by its shape
std::vector<Ruleset> read(const Node& document, const std::string& name);

}  // namespace mr::quality::databrew
