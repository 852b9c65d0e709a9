// A profile report as one self-contained page: an overview, a chart of what is missing, correlations, and a section for each column.
//
// Pure; any thread. Reads the JSON of a profile report, of ours or of DataBrew's. Nothing is fetched, no script runs; every text is escaped.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace mr::recipe {

std::string profile_page(const nlohmann::ordered_json& report, const std::string& dataset);

}  // namespace mr::recipe
