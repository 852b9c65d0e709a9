// Where rejects stand in their quarantine, so that what ends rows ends their rejects (core/doc/decisions/0010).
//
// In partitions by their source, and by the partitions of its dataset. Those that came with an overwrite and are of none of the partitions
// that it wrote, as they have no values for them or others, stand in `_of`: by the first partition that was written.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::data {

struct RejectPlaces {
  std::string select{};                      // of the rejects, with the columns that they are partitioned by
  std::vector<std::string> partition_by{};
};

// `written`: the partitions that the commit overwrites; none, when it does not overwrite partitions.
RejectPlaces places_of_rejects(Session& session, const std::string& rejects, const std::vector<std::string>& partition_by, const std::vector<nlohmann::json>& written);

// The partitions of the quarantine whose rejects go when these partitions of the dataset are overwritten.
nlohmann::json cleared_by(Session& session, const std::string& dataset, const std::vector<nlohmann::json>& written);

}  // namespace mr::data
