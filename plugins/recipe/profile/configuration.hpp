// The configuration of a profile job as it stands in its file, and what it means for the columns of a dataset.
//
// Values; any thread. Throws RecipeError E6060 with the place; E6001 and E6002 for a text that is neither JSON nor YAML.
// Semantics: the Configuration of CreateProfileJob of AWS Glue DataBrew, alone or in a job (API object or CloudFormation), whose other keys
// are not looked at but for JobSample. Absent: everything by default. Several blocks of a column: the last one counts.
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/profile/numbers.hpp"
#include "recipe/profile/statistics.hpp"

namespace mr::recipe {

struct Selector {
  std::string name{}, pattern{};  // one of them; a pattern has to fit the whole name
};

using Overrides = std::map<std::string, std::map<std::string, std::string>>;  // statistic to parameters

struct StatisticsBlock {
  std::string where{};
  std::vector<Selector> selectors{};  // none: every column
  std::optional<std::vector<std::string>> included{};
  Overrides overrides{};
};

struct EntityBlock {
  std::vector<std::string> types{};
  Statistics allowed{};  // also of columns with entities
};

struct Configuration {
  std::vector<Selector> columns{};  // none: all that can be profiled
  StatisticsBlock dataset{};
  std::vector<StatisticsBlock> blocks{};
  std::optional<EntityBlock> entities{};
  std::optional<int64_t> rows{};  // JobSample of CUSTOM_ROWS: the first so many
};

Configuration read_configuration(std::string_view text, const std::string& name);

// A column of the dataset that can be profiled.
struct ProfileColumn {
  std::string name{}, type{};  // type: as DataBrew calls it
  std::string sql{};           // its values; NULL where there is no finite number
  ColumnKind kind = ColumnKind::text;
  bool whole = false;          // of numbers
};

struct ColumnWish {
  Statistics statistics{};
  NumberWish numbers{};
  nlohmann::json override = nlohmann::json::object();  // what differs from the default, as the report shows it
};

struct DatasetWish {
  bool duplicates = true;
  std::vector<size_t> correlated{};  // columns, ascending
  nlohmann::json override = nlohmann::json::object();
};

struct ProfileWish {
  DatasetWish dataset{};
  std::vector<size_t> columns{};          // of those that can be profiled
  std::map<size_t, ColumnWish> wishes{};  // by column
};

using Fits = std::function<bool(const std::string& pattern, const std::string& name)>;

// E6061: a selector names a column that is neither among `columns` nor among `others`, which can't be profiled; or nothing is left.
ProfileWish resolve(const Configuration& configuration, const std::vector<ProfileColumn>& columns, const std::vector<std::string>& others, const Fits& fits);

// "defaultProfileConfiguration" of the report.
nlohmann::ordered_json default_configuration();

}  // namespace mr::recipe
