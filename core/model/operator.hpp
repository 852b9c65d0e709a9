// What a plugin says about its operators, as the scheduler knows it: from manifests, never from the library itself.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace millrace {

// Config schemas are JSON Schema in the profile of plugin-abi.md section 7, with our keywords. Those that tell the scheduler
// about data: "x-mr-dataset": "reads" | "writes" on a string or a list of strings that names datasets;
// "x-mr-language": "sql" on a text whose zone.name references are reads.
struct OperatorInfo {
  std::string type{};     // "sql.query"
  std::string plugin{};   // "sql"
  std::string library{};  // path of the .so
  std::string version{};
  std::string summary{};
  uint32_t traits{};      // mr_trait bits
  Json config_schema = Json::object();
  Json output_schema = Json::object();
  Json examples = Json::array();
};

// A list sorted by type.
class OperatorList {
 public:
  OperatorList() = default;
  explicit OperatorList(std::vector<OperatorInfo> operators) : operators_(std::move(operators)) {
    std::sort(operators_.begin(), operators_.end(), [](const auto& a, const auto& b) { return a.type < b.type; });
  }

  const OperatorInfo* find(std::string_view type) const {
    const auto at = std::lower_bound(operators_.begin(), operators_.end(), type, [](const auto& o, std::string_view t) { return o.type < t; });
    return at != operators_.end() && at->type == type ? &*at : nullptr;
  }

  const std::vector<OperatorInfo>& all() const& { return operators_; }
  const std::vector<OperatorInfo>& all() && = delete;  // a loop over a temporary's would outlive it

 private:
  std::vector<OperatorInfo> operators_{};
};

}  // namespace millrace
