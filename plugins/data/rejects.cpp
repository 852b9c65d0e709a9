#include "data/rejects.hpp"

#include <algorithm>
#include <set>

#include "data/stage.hpp"

namespace mr::data {
namespace {

using nlohmann::json;

constexpr const char* kOf = "_of";
constexpr size_t kLongestName = 60;  // bytes; it becomes the name of a folder, in which other bytes than letters are three

// day=2026-11-01, country=PT
std::string name_of(Session& session, const json& partition) {
  std::string name;
  for (const auto& [column, value] : partition.items()) name += (name.empty() ? "" : ", ") + column + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
  return name.size() <= kLongestName ? name : session.query("SELECT md5(" + literal(name) + ")").rows.at(0).at(0).value_or("");
}

// A condition on rejects: they are of this partition.
std::string is_of(const json& partition) {
  std::string same;
  for (const auto& [column, value] : partition.items()) {
    same += (same.empty() ? "(" : " AND ") + ("CAST(" + ident(column) + " AS VARCHAR) IS NOT DISTINCT FROM ") + (value.is_null() ? "NULL" : literal(value.get<std::string>()));
  }
  return same + ")";
}

// By the source, and by the partitions of its dataset where rejects have values for them, and not too many: some of them are wrong.
std::vector<std::string> columns_for(Session& session, const std::string& rejects, const std::vector<std::string>& partition_by) {
  std::vector<std::string> columns{"_source"};
  if (partition_by.empty()) return columns;
  const auto has = session.describe(rejects);
  const auto is_there = [&](const std::string& name) { return std::any_of(has.begin(), has.end(), [&](const auto& column) { return column.name == name; }); };
  if (!std::all_of(partition_by.begin(), partition_by.end(), is_there) || !has_few_partitions(session, rejects, partition_by)) return columns;
  columns.insert(columns.end(), partition_by.begin(), partition_by.end());
  return columns;
}

}  // namespace

RejectPlaces places_of_rejects(Session& session, const std::string& rejects, const std::vector<std::string>& partition_by, const std::vector<json>& written) {
  RejectPlaces places{.select = rejects, .partition_by = columns_for(session, rejects, partition_by)};
  if (written.empty() || partition_by.empty()) return places;
  std::string inside = "false";
  for (const auto& partition : written) inside += places.partition_by.size() > 1 ? " OR " + is_of(partition) : "";
  if (session.query("SELECT count(*) FROM (" + rejects + ") WHERE NOT (" + inside + ")").integer(0, 0) == 0) return places;
  places.select = "SELECT *, CASE WHEN " + inside + " THEN NULL ELSE " + literal(name_of(session, *std::min_element(written.begin(), written.end()))) + " END AS " + kOf + " FROM (" + rejects + ")";
  places.partition_by.emplace_back(kOf);
  return places;
}

json cleared_by(Session& session, const std::string& dataset, const std::vector<json>& written) {
  std::set<json> cleared;
  for (auto partition : written) {
    if (!partition.empty()) cleared.insert(json::object({{"_source", dataset}, {kOf, name_of(session, partition)}}));  // a list in braces would be several
    partition["_source"] = dataset;
    cleared.insert(std::move(partition));
  }
  return cleared;
}

}  // namespace mr::data
