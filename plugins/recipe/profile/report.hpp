// A profile as the JSON report of a profile job of DataBrew, and what stands around it.
//
// Pure; any thread. Beyond DataBrew's keys: `skippedColumns`, and in `entity` of a column `entityTypes` as [{entityType, rowsCount,
// hitRatio, confidence, evidence}]. What is no number (the deviation of one value) is null.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "recipe/profile/profile.hpp"

namespace mr::recipe {

struct ReportOrigin {
  std::string job_name{}, run_id{}, location{}, started_on{}, written_on{};
};

nlohmann::ordered_json report_of(const Profile& profile, const ReportOrigin& origin);

}  // namespace mr::recipe
