#include "engine/params.hpp"

#include "base/text.hpp"
#include "parse/expression.hpp"

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
std::string problem_of(const std::string& name, const Json& value, const Json& schema) {
  const auto& type = schema["type"].as_text();
  if (!type.empty() && !has_type(value, type)) return "param " + quote(name) + " must be of type " + type;
  if (schema["format"].as_text() == "date" && (value.as_text().size() != 10 || !from_iso(value.as_text()))) {
    return "param " + quote(name) + " must be a date such as 2026-11-01";
  }
  if (schema["enum"].is_array()) {
    const auto& allowed = schema["enum"].items();
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) return "param " + quote(name) + " must be one of " + schema["enum"].dump();
  }
  if (schema["minimum"].is_number() && value.as_real() < schema["minimum"].as_real()) return "param " + quote(name) + " must be at least " + schema["minimum"].dump();
  if (schema["maximum"].is_number() && value.as_real() > schema["maximum"].as_real()) return "param " + quote(name) + " must be at most " + schema["maximum"].dump();
  return {};
}

}  // namespace

Json run_document(const RunHeader& header) {
  const auto time = header.logical_time.value_or(header.created);
  return Json::object({{"id", header.key}, {"dag", header.dag}, {"logical_time", to_iso(time)},
                       {"logical_date", to_iso(time).substr(0, 10)}, {"trigger", header.trigger}});
}

Result<Json> resolve_params(const Dag& dag, const Json& given, const RunHeader& header) {
  std::vector<std::string> problems, names;
  for (const auto& [name, schema] : dag.params.members()) names.push_back(name);
  for (const auto& [name, value] : given.members()) {
    if (dag.params.contains(name)) continue;
    const auto near = nearest(name, names);
    problems.push_back("no param " + quote(name) + (near.empty() ? "" : ", did you mean " + quote(near) + "?"));
  }
  Json values = Json::object();
  for (const auto& [name, schema] : dag.params.members()) {
    Json value;
    if (const auto* own = given.find(name)) {
      value = *own;
    } else if (const auto* fallback = schema.find("default")) {
      auto resolved = resolve_paths(*fallback, Json::object({{"run", run_document(header)}}));
      if (!resolved) return resolved.error();
      value = std::move(*resolved);
    } else {
      problems.push_back("param " + quote(name) + " is required");
      continue;
    }
    if (auto problem = problem_of(name, value, schema); !problem.empty()) problems.push_back(std::move(problem));
    values.set(name, std::move(value));
  }
  if (problems.empty()) return values;
  return Error{.code = "E2004", .what = join(problems, "; "), .where = "params of " + dag.name, .hint = "see the Dag's params"};
}

}  // namespace millrace
