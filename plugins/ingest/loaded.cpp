#include "ingest/loaded.hpp"

namespace mr::ingest {

using mr::data::ident;
using nlohmann::json;

json position_of(const mr::data::Facts& facts, const std::string& source, const std::string& key) {
  const auto all = facts.json.find("positions");
  if (all == facts.json.end()) return {};
  for (const auto& position : *all) {
    if (position.value("source", "") == source && position.value("key", "") == key) return position.at("value");
  }
  return {};
}

std::string is_loaded(const mr::data::Facts& facts, const json& output, const std::vector<std::string>& columns, const std::string& rows, const std::string& more) {
  std::string files, same;
  for (const auto& file : output.at("files")) files += (files.empty() ? "" : ", ") + mr::data::path_literal(facts.json.value("data_root", "") + "/" + file.at("path").get<std::string>());
  if (files.empty()) return "";
  for (const auto& name : columns) same += " AND loaded." + ident(name) + " IS NOT DISTINCT FROM " + rows + "." + ident(name);
  return "EXISTS (SELECT 1 FROM read_parquet([" + files + "], union_by_name = true, hive_partitioning = false) AS loaded WHERE " + more + same + ")";
}

}  // namespace mr::ingest
