// Great Expectations suites, 0.18 and 1.x: JSON to checks.
#include "data/publish.hpp"
#include "quality/engine/gx_suite.hpp"

#include <algorithm>

namespace mr::quality {
namespace gx {
namespace {

using nlohmann::json;

const Registry& registry() {
  static const Registry kRegistry = [] {
    Registry all;
    for (const auto add : {add_column_maps, add_text_maps, add_row_maps, add_aggregates,
                           add_distributions, add_tables, add_queries})
      add(all);
    return all;
  }();
  return kRegistry;
}

// Arguments that every expectation may have: its domain, how it runs, and what 0.18 wrote besides.
bool is_common(const std::string& argument) {
  static const std::vector<std::string_view> kCommon{
      "batch_id",         "table",         "row_condition",
      "condition_parser", "result_format", "catch_exceptions",
      "include_config",   "auto",          "profiler_config",
      "windows",          "meta"};
  return std::find(kCommon.begin(), kCommon.end(), argument) != kCommon.end();
}

const Known& known(const Expectation& e) {
  std::string key = e.type;
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  auto found = registry().find(key);
  if (found == registry().end() && e.has("unexpected_rows_query"))
    found = registry().find("unexpected_rows_expectation");  // a subclass of somebody's own
  if (found == registry().end())
    throw QualityError("E7003", "expectation " + e.type + " is not supported", e.where);
  return found->second;
}

void check_arguments(const Expectation& e, const Known& one) {
  for (const auto& [argument, value] : e.kwargs.items()) {
    const bool own =
        std::find(one.arguments.begin(), one.arguments.end(), argument) != one.arguments.end();
    if (!own && !is_common(argument)) e.wrong(e.type + " has no argument '" + argument + "'");
  }
  if (!one.filtered && e.has("row_condition")) e.wrong(e.type + " takes no row_condition");
}

Compiled compile(Expectation& e) {
  const Known& one = known(e);
  check_arguments(e, one);
  e.filter = row_condition(e);
  return one.compile(e);
}

// {"$PARAMETER": expression}, also within lists and objects; a value that was stored beside it
// wins.
json resolved(const json& value, const json& parameters, const std::string& now,
              const std::string& where) {
  if (value.is_array()) {
    json list = json::array();
    for (const json& one : value) list.push_back(resolved(one, parameters, now, where));
    return list;
  }
  if (!value.is_object()) return value;
  if (!value.contains("$PARAMETER")) {
    json object = json::object();
    for (const auto& [name, one] : value.items())
      object[name] = resolved(one, parameters, now, where);
    return object;
  }
  const json& expression = value["$PARAMETER"];
  if (!expression.is_string()) throw QualityError("E7005", "'$PARAMETER' must be a text", where);
  const std::string text = expression.get<std::string>(), stored = "$PARAMETER." + text;
  return value.contains(stored) ? value[stored] : evaluated(text, parameters, now, where);
}

// Date-times of parameters as texts, for people.
json readable(const json& value) {
  if (is_datetime(value)) return value["$datetime"];
  if (!value.is_structured()) return value;
  json copy = value;
  for (auto& one : copy) one = readable(one);
  return copy;
}

std::string type_of(const json& entry) {
  for (const char* key : {"type", "expectation_type"}) {
    if (entry.is_object() && entry.contains(key) && entry[key].is_string())
      return entry[key].get<std::string>();
  }
  return {};
}

struct Surroundings {
  const Target& target;
  Measures& measures;
  const json& parameters;
  const std::string& now;
};

Entry compiled_entry(const json& entry, const std::string& where, const Surroundings& around) {
  Entry made{.config = entry.is_object() ? entry : json::object()};
  const json kwargs = made.config.value("kwargs", json::object());
  Expectation e{around.target, around.measures, type_of(entry), where, kwargs};
  made.config["type"] = e.type;
  made.config.erase("expectation_type");
  if (e.type.empty()) e.type = "an expectation without type";
  made.compiled = guarded(label(e), [&] {
    if (type_of(entry).empty()) throw QualityError("E7002", "has no text 'type'", where);
    if (!kwargs.is_object()) throw QualityError("E7002", "'kwargs' must be an object", where);
    e.kwargs = resolved(kwargs, around.parameters, around.now, where);
    made.config["kwargs"] = readable(e.kwargs);
    return compile(e);
  });
  return made;
}

std::string name_of(const json& suite) {
  for (const char* key : {"name", "expectation_suite_name"}) {
    if (suite.contains(key) && suite[key].is_string()) return suite[key].get<std::string>();
  }
  return {};
}

}  // namespace

Suite load_suite(const json& suite, const std::string& name, const Target& target,
                 Measures& measures, const json& parameters, const std::string& now) {
  if (!suite.is_object() || !suite.contains("expectations") || !suite["expectations"].is_array()) {
    throw QualityError("E7002", "not an expectation suite: there is no list 'expectations'", name);
  }
  Suite loaded{.name = name_of(suite),
               .parameters = json::object(),
               .meta = suite.value("meta", json::object())};
  for (const json& source : {suite.value("evaluation_parameters", json()),
                             suite.value("suite_parameters", json()), parameters}) {
    if (source.is_object()) loaded.parameters.update(source);
  }
  for (const json& entry : suite["expectations"]) {
    const std::string where = name + ": expectation " + std::to_string(loaded.entries.size() + 1);
    loaded.entries.push_back(
        compiled_entry(entry, where, {target, measures, loaded.parameters, now}));
  }
  return loaded;
}

Entry load_entry(const json& entry, const std::string& where, const Target& target,
                 Measures& measures) {
  const json parameters = json::object();
  const std::string now = mr::data::now_text();
  return compiled_entry(entry, where, {target, measures, parameters, now});
}

}  // namespace gx

std::vector<Check> read_gx_suite(const nlohmann::json& suite, const std::string& name,
                                 const Target& target, Measures& measures) {
  std::vector<Check> checks;
  gx::Suite loaded =
      gx::load_suite(suite, name, target, measures, nlohmann::json::object(), mr::data::now_text());
  for (gx::Entry& entry : loaded.entries) checks.push_back(std::move(entry.compiled.check));
  return checks;
}

}  // namespace mr::quality
