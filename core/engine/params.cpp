#include "engine/params.hpp"

#include "base/text.hpp"
#include "parse/expression.hpp"
#include "schedule/ticks.hpp"

namespace millrace {
namespace {

bool has_type(const Json& value, const std::string& type) {
  if (type == "string") return value.is_text();
  if (type == "integer") return value.is_int();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_bool();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return true;
}

// What is wrong with the value; empty: nothing.
std::string problem_of(const std::string& what, const Json& value, const Json& schema) {
  const auto& type = schema["type"].as_text();
  if (!type.empty() && !has_type(value, type)) return what + " must be of type " + type;
  if (schema["format"].as_text() == "date" && (value.as_text().size() != 10 || !from_iso(value.as_text()))) {
    return what + " must be a date such as 2026-11-01";
  }
  if (schema["enum"].is_array()) {
    const auto& allowed = schema["enum"].items();
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) return what + " must be one of " + schema["enum"].dump();
  }
  if (schema["minimum"].is_number() && value.as_real() < schema["minimum"].as_real()) return what + " must be at least " + schema["minimum"].dump();
  if (schema["maximum"].is_number() && value.as_real() > schema["maximum"].as_real()) return what + " must be at most " + schema["maximum"].dump();
  return {};
}

}  // namespace

Json run_document(const Dag& dag, const RunHeader& header) {
  const auto time = header.logical_time.value_or(header.created);
  const auto before = last_tick(dag.schedules, time).value_or(time - std::chrono::days{1});
  return Json::object({{"id", header.key}, {"dag", header.dag}, {"logical_time", to_iso(time)},
                       {"logical_date", to_iso(time).substr(0, 10)}, {"interval_start", to_iso(before)}, {"interval_end", to_iso(time)},
                       {"trigger", header.trigger}});
}

namespace {

// The defaults that hold for this run: they may name the run.
Result<Json> with_defaults(const Dag& dag, const RunHeader& header) {
  Json schemas = dag.params;
  const Json document = Json::object({{"run", run_document(dag, header)}});
  for (const auto& [name, schema] : dag.params.members()) {
    const auto* fallback = schema.find("default");
    if (fallback == nullptr) continue;
    auto resolved = resolve_paths(*fallback, document);
    if (!resolved) return resolved.error();
    Json known = schema;
    known.set("default", std::move(*resolved));
    schemas.set(name, std::move(known));
  }
  return schemas;
}

}  // namespace

Result<Json> check_values(const Json& schemas, const Json& given, const std::string& where, const std::string& noun) {
  std::vector<std::string> problems, names;
  for (const auto& [name, schema] : schemas.members()) names.push_back(name);
  for (const auto& [name, value] : given.members()) {
    if (schemas.contains(name)) continue;
    const auto near = nearest(name, names);
    problems.push_back("no " + noun + " " + quote(name) + (near.empty() ? "" : ", did you mean " + quote(near) + "?"));
  }
  Json values = Json::object();
  for (const auto& [name, schema] : schemas.members()) {
    const auto* value = given.find(name);
    if (value == nullptr) value = schema.find("default");
    if (value == nullptr) {
      problems.push_back(noun + " " + quote(name) + " is required");
      continue;
    }
    if (auto problem = problem_of(noun + " " + quote(name), *value, schema); !problem.empty()) problems.push_back(std::move(problem));
    values.set(name, *value);
  }
  if (problems.empty()) return values;
  return Error{.code = "E2004", .what = join(problems, "; "), .where = where, .hint = {}};
}

Result<Json> resolve_params(const Dag& dag, const Json& given, const RunHeader& header) {
  auto schemas = with_defaults(dag, header);
  if (!schemas) return schemas.error();
  auto values = check_values(*schemas, given, "params of " + dag.name, "param");
  if (values) return values;
  Error error = values.error();
  error.hint = "see the Dag's params";
  return error;
}

}  // namespace millrace
