#include "data/lineage_part.hpp"

#include <algorithm>

#include "data/bind.hpp"

namespace mr::data {
namespace {

using nlohmann::json;

void add(Sources& to, const Feeds& from) {
  to.insert(from.direct.begin(), from.direct.end());
  to.insert(from.condition.begin(), from.condition.end());
}

// What becomes of the rows after the SELECT. merge: keys and order say which row counts. scd2: any value may begin a version.
void add_choices(Lineage& lineage, std::vector<std::string>& names, const PublishOptions& options, bool sifted) {
  const bool versions = options.mode == "scd2";
  if (options.mode != "merge" && !versions && !sifted) return;
  for (size_t i = 0; i < names.size() && i < lineage.columns.size(); ++i) {
    const auto is = [&](const std::vector<std::string>& of) { return std::find(of.begin(), of.end(), names[i]) != of.end(); };
    if (sifted || versions || is(options.keys) || is(options.newest_by)) add(lineage.rows, lineage.columns[i]);
  }
  for (const char* name : {"valid_from", "valid_to", "is_current"}) {
    if (!versions) continue;
    names.emplace_back(name);
    lineage.columns.emplace_back();
  }
}

}  // namespace

json lineage_part(const Session& session, const Facts& facts, const PublishOptions& options, bool sifted) {
  const json unknown = {{"kind", "all"}};
  if (options.sql.empty()) return unknown;
  try {
    Binding binding(session, facts.json.value("inputs", json::array()));
    for (const auto& [name, select] : options.tables) binding.keep(name, select);
    auto lineage = binding.lineage(options.sql);
    if (!lineage) return unknown;
    std::vector<std::string> names;
    for (const auto& column : binding.columns(options.sql)) names.push_back(column.name);
    if (names.size() != lineage->columns.size()) return unknown;
    add_choices(*lineage, names, options, sifted);
    return to_json(*lineage, names);
  } catch (const mr::Failure&) {
    return unknown;
  }
}

}  // namespace mr::data
