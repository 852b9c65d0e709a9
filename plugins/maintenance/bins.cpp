#include "maintenance/bins.hpp"

#include <map>

namespace mr::maintenance {

std::vector<Bin> bins_of(const nlohmann::json& files, int64_t target) {
  std::map<std::string, std::vector<Bin>> by_partition;
  for (const auto& file : files) {
    const auto bytes = file.at("bytes").get<int64_t>();
    if (bytes >= target / 2) continue;
    const auto partition = file.value("partition", nlohmann::json::object());
    auto& bins = by_partition[partition.dump()];
    if (bins.empty() || bins.back().bytes + bytes > target) bins.push_back({.partition = partition});
    bins.back().paths.push_back(file.at("path"));
    bins.back().bytes += bytes;
    bins.back().rows += file.at("rows").get<int64_t>();
  }
  std::vector<Bin> all;
  for (auto& [partition, bins] : by_partition) {
    for (auto& bin : bins) {
      if (bin.paths.size() > 1) all.push_back(std::move(bin));
    }
  }
  return all;
}

}  // namespace mr::maintenance
