#include "data/bind.hpp"

#include <set>

#include "data/publish.hpp"

namespace mr::data {
namespace {

using nlohmann::json;

std::string columns_of(const json& columns) {
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + ident(column.at("name").get<std::string>()) + " " + column.at("type").get<std::string>();
  return list;
}

}  // namespace

Binding::Binding(const Session& beside, const json& datasets) : session_(beside.another()) {
  session_.run("ATTACH IF NOT EXISTS ':memory:' AS _schemas");
  session_.run("USE _schemas");
  std::set<std::string> zones, seen;
  for (const auto& one : datasets) {
    const std::string name = one.at("dataset"), zone = name.substr(0, name.find('.'));
    if (one.at("columns").empty() || !seen.insert(name).second) continue;
    if (zones.insert(zone).second) session_.run("CREATE SCHEMA IF NOT EXISTS " + ident(zone));
    session_.run("CREATE OR REPLACE TABLE " + relation_of(name) + " (" + columns_of(one.at("columns")) + ")");
  }
}

void Binding::keep(const std::string& name, const std::string& select) {
  const auto dot = name.rfind('.');
  if (auto known = lineage(select)) kept_["main." + name.substr(dot == std::string::npos ? 0 : dot + 1)] = std::move(*known);
  session_.run("CREATE TEMP TABLE " + name + " AS " + select);
}

std::optional<Lineage> Binding::lineage(const std::string& select) {
  const auto answer = session_.query("SELECT json_serialize_plan(" + literal(select) + ")");
  const auto plan = json::parse(answer.rows.at(0).at(0).value_or(""), nullptr, false);
  if (!plan.is_object() || plan.value("error", true) || plan.at("plans").size() != 1) return std::nullopt;
  return read_lineage(plan.at("plans")[0], kept_);
}

}  // namespace mr::data
