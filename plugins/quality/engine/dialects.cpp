#include "quality/engine/dialects.hpp"

#include "data/publish.hpp"
#include "quality/databrew/compile.hpp"
#include "quality/engine/tree.hpp"
#include "quality/gx_checkpoint/checkpoint.hpp"
#include "quality/odcs/contract.hpp"
#include "quality/short/kinds.hpp"
#include "quality/short/short_checks.hpp"

#include <algorithm>
#include <cctype>

namespace mr::quality {
namespace {

using nlohmann::json;

// The first line that says something begins with a key and a colon, or is an item of a list.
bool begins_as_yaml(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t begin = line.find_first_not_of(" \t\r\xEF\xBB\xBF");
    if (begin == std::string_view::npos || line[begin] == '#') continue;
    const std::string_view said = line.substr(begin);
    if (said.starts_with("- ") || said.starts_with("---")) return true;
    const size_t colon = said.find(':');
    const std::string_view key = said.substr(0, colon);
    return colon != std::string_view::npos && std::all_of(key.begin(), key.end(), [](char c) {
             return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '"';
           });
  }
  return false;
}

bool is_yaml(const std::string& text, const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || begins_as_yaml(text);
}

json parsed(const std::string& text, const std::string& name) {
  try {
    return json::parse(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text);
  } catch (const json::parse_error& error) {
    throw QualityError("E7002", "not JSON: a mistake at byte " + std::to_string(error.byte), name);
  } catch (const json::out_of_range&) {
    throw QualityError("E7002", "not JSON: a number is out of range", name);
  }
}

std::optional<Dialect> dialect_in(const Node& document, const std::string& name) {
  if (checkpoint::is_checkpoint(document))
    throw QualityError("E7002", "this is a checkpoint, and not a suite", name,
                       "run it by --checkpoint");
  if (databrew::is_ruleset(document)) return Dialect::databrew;
  if (odcs::is_contract(document)) return Dialect::contract;
  if (short_form::is_short(document)) return Dialect::short_checks;
  return std::nullopt;
}

// A mistake in the JSON is told by who reads it as a suite.
Dialect dialect_of_json(const std::string& text, const std::string& name) {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded() || document.contains("expectations")) return Dialect::expectations;
  return dialect_in(read_json(text, name), name).value_or(Dialect::expectations);
}

std::vector<Check> read_rulesets(const CheckText& given, const Target& target, Measures& measures) {
  std::vector<Check> checks;
  for (const databrew::Ruleset& set :
       databrew::read(read_tree(given.text, given.name), given.name)) {
    for (const databrew::Rule& rule : set.rules)
      checks.push_back(databrew::compile(rule, target, measures));
  }
  return checks;
}

std::vector<Check> checks_of(std::vector<gx::Entry> entries) {
  std::vector<Check> checks;
  for (gx::Entry& entry : entries) checks.push_back(std::move(entry.compiled.check));
  return checks;
}

}  // namespace

Dialect dialect_of(const std::string& text, const std::string& name) {
  if (starts_as_json(text)) return dialect_of_json(text, name);
  if (!is_yaml(text, name)) return Dialect::dqdl;
  const auto dialect = dialect_in(read_yaml(text, name), name);
  if (dialect) return *dialect;
  throw QualityError("E7002", "the YAML is no text of checks", name,
                     "known are short checks (checks:), contracts (kind: DataContract) and "
                     "rulesets of DataBrew (Rules:)");
}

gx::Suite read_suite(const CheckText& given, Dialect dialect, const Target& target,
                     Measures& measures, const json& parameters, const std::string& now) {
  if (dialect == Dialect::short_checks)
    return short_form::load(read_tree(given.text, given.name), given.name, target, measures,
                            given.world);
  if (dialect == Dialect::contract)
    return odcs::load(read_tree(given.text, given.name), given.name, given.object, target, measures,
                      given.world);
  return gx::load_suite(parsed(given.text, given.name), given.name, target, measures, parameters,
                        now);
}

std::vector<Check> read_checks(const CheckText& given, const Target& target, Measures& measures) {
  const Dialect dialect = dialect_of(given.text, given.name);
  if (dialect == Dialect::dqdl) return read_dqdl(given.text, given.name, target, measures, given.world);
  if (dialect == Dialect::databrew) return read_rulesets(given, target, measures);
  return checks_of(
      read_suite(given, dialect, target, measures, json::object(), mr::data::now_text()).entries);
}

std::vector<Check> read_short(const json& entry, const std::string& place, const Target& target,
                              Measures& measures, const dqdl::World& world) {
  return checks_of(short_form::compile(node_of(entry, place), target, measures, world));
}

bool is_short(const json& entry) {
  const auto& kinds = short_form::kinds();
  return entry.is_object() && std::any_of(kinds.begin(), kinds.end(), [&](const auto& kind) {
           return entry.contains(std::string(kind.word));
         });
}

}  // namespace mr::quality
