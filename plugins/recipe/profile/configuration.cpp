#include "recipe/profile/configuration.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <set>

#include "recipe/engine/recipe.hpp"
#include "recipe/engine/recipe_text.hpp"
#include "recipe/profile/entities.hpp"

namespace mr::recipe {
namespace {

using nlohmann::json;

constexpr size_t kMostCorrelated = 200;  // columns: 19,900 pairs

[[noreturn]] void wrong(const std::string& what, const std::string& where, const std::string& hint = {}) { throw RecipeError("E6060", what, where, hint); }

std::string listed(std::initializer_list<const char*> names) {
  std::string out;
  for (const char* each : names) out += (out.empty() ? "" : ", ") + std::string(each);
  return out;
}

const json& object_at(const json& value, const std::string& where) {
  if (!value.is_object()) wrong("an object is expected", where);
  return value;
}

const json& list_at(const json& value, const std::string& where) {
  if (!value.is_array()) wrong("a list is expected", where);
  return value;
}

std::string text_at(const json& value, const std::string& where) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  wrong("a text is expected", where);
}

void only(const json& value, const std::string& where, std::initializer_list<const char*> known) {
  for (const auto& [key, ignored] : object_at(value, where).items()) {
    if (std::none_of(known.begin(), known.end(), [&k = key](const char* one) { return k == one; })) wrong("unknown key '" + key + "'", where, listed(known));
  }
}

// Lists of overrides are JSON texts with keys in lower case.
std::vector<Selector> selectors_at(const json& value, const std::string& where, const char* name = "Name", const char* pattern = "Regex") {
  std::vector<Selector> out;
  for (const auto& one : list_at(value, where)) {
    const std::string place = where + "[" + std::to_string(out.size()) + "]";
    only(one, place, {name, pattern});
    if (one.size() != 1) wrong(std::string("either ") + name + " or " + pattern + " is expected", place);
    out.push_back({});
    (one.contains(name) ? out.back().name : out.back().pattern) = text_at(one.front(), place);
  }
  return out;
}

std::vector<std::string> texts_at(const json& value, const std::string& where) {
  std::vector<std::string> out;
  for (const auto& one : list_at(value, where)) out.push_back(text_at(one, where));
  return out;
}

Statistics named(const std::string& name, const std::string& where, bool of_columns) {
  const auto found = statistics_named(name);
  if (!found) wrong("unknown statistic '" + name + "'", where, statistic_names(of_columns));
  return *found;
}

struct Allowed {
  std::string_view statistic;
  std::string_view parameters;  // with blanks around
};

constexpr Allowed kAllowed[] = {{"MOST_COMMON_VALUES", " sampleSize "}, {"MINIMUM_VALUES", " sampleSize "}, {"MAXIMUM_VALUES", " sampleSize "},
                                {"VALUE_DISTRIBUTION", " binNumber "}, {"Z_SCORE_DISTRIBUTION", " binNumber "},
                                {"OUTLIER_DETECTION", " threshold mildThreshold sampleSize "}, {"CORRELATION", " columnNumber columnSelectors "}};

void check_parameter(const std::string& statistic, const std::string& parameter, const std::string& where) {
  for (const auto& [name, parameters] : kAllowed) {
    if (name != statistic) continue;
    if (parameters.find(" " + parameter + " ") == std::string_view::npos) wrong("'" + statistic + "' has no parameter '" + parameter + "'", where, std::string(parameters.substr(1, parameters.size() - 2)));
    return;
  }
  wrong("'" + statistic + "' has no parameters", where);
}

Overrides overrides_at(const json& value, const std::string& where, bool of_columns) {
  Overrides out;
  for (const auto& one : list_at(value, where)) {
    only(one, where, {"Statistic", "Parameters"});
    if (!one.contains("Statistic") || !one.contains("Parameters")) wrong("Statistic and Parameters are expected", where);
    const std::string statistic = text_at(one.at("Statistic"), where), place = where + " " + statistic;
    named(statistic, where, of_columns);
    for (const auto& [key, parameter] : object_at(one.at("Parameters"), place).items()) {
      check_parameter(statistic, key, place);
      out[statistic][key] = text_at(parameter, place);
    }
  }
  return out;
}

void read_statistics(const json& value, StatisticsBlock& block, bool of_columns) {
  only(value, block.where, {"IncludedStatistics", "Overrides"});
  if (value.contains("IncludedStatistics")) {
    block.included = texts_at(value.at("IncludedStatistics"), block.where + ".IncludedStatistics");
    for (const std::string& one : *block.included) {
      if (one != "NONE") named(one, block.where + ".IncludedStatistics", of_columns);
    }
  }
  if (value.contains("Overrides")) block.overrides = overrides_at(value.at("Overrides"), block.where + ".Overrides", of_columns);
}

std::vector<StatisticsBlock> blocks_at(const json& value) {
  std::vector<StatisticsBlock> out;
  for (const auto& one : list_at(value, "ColumnStatisticsConfigurations")) {
    StatisticsBlock block{.where = "ColumnStatisticsConfigurations[" + std::to_string(out.size()) + "]"};
    only(one, block.where, {"Selectors", "Statistics"});
    if (one.contains("Selectors")) block.selectors = selectors_at(one.at("Selectors"), block.where + ".Selectors");
    if (!one.contains("Statistics")) wrong("Statistics are expected", block.where);
    read_statistics(one.at("Statistics"), block, true);
    out.push_back(std::move(block));
  }
  return out;
}

EntityBlock entities_at(const json& value) {
  const std::string where = "EntityDetectorConfiguration";
  only(value, where, {"EntityTypes", "AllowedStatistics"});
  EntityBlock out;
  if (!value.contains("EntityTypes")) wrong("EntityTypes are expected", where);
  out.types = entity_types(texts_at(value.at("EntityTypes"), where + ".EntityTypes"));
  if (!value.contains("AllowedStatistics")) return out;
  for (const auto& one : list_at(value.at("AllowedStatistics"), where + ".AllowedStatistics")) {
    only(one, where + ".AllowedStatistics", {"Statistics"});
    if (!one.contains("Statistics")) continue;
    for (const std::string& statistic : texts_at(one.at("Statistics"), where + ".AllowedStatistics")) out.allowed |= named(statistic, where + ".AllowedStatistics", true);
  }
  return out;
}

std::optional<int64_t> whole_number(const std::string& text) {
  int64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc{} && end.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

double number_of(const std::string& text, const std::string& where) {
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || !std::isfinite(value) || value <= 0) wrong("a number above zero is expected", where);
  return value;
}

std::optional<int64_t> sample_at(const json& value) {
  only(value, "JobSample", {"Mode", "Size"});
  const std::string mode = value.contains("Mode") ? text_at(value.at("Mode"), "JobSample.Mode") : "CUSTOM_ROWS";
  if (mode == "FULL_DATASET") return std::nullopt;
  if (mode != "CUSTOM_ROWS") wrong("unknown mode '" + mode + "'", "JobSample.Mode", "FULL_DATASET, CUSTOM_ROWS");
  const auto size = value.contains("Size") ? whole_number(text_at(value.at("Size"), "JobSample.Size")) : 20'000;
  if (!size || *size < 1) wrong("a whole number from 1 is expected", "JobSample.Size");
  return size;
}

// The configuration itself, or the one in a job; a CloudFormation resource keeps it among its properties.
json configuration_in(const json& tree, std::optional<int64_t>& rows) {
  const json& job = tree.contains("Properties") ? object_at(tree.at("Properties"), "Properties") : tree;
  if (job.contains("JobSample")) rows = sample_at(job.at("JobSample"));
  for (const char* key : {"Configuration", "ProfileConfiguration"}) {
    if (job.contains(key)) return object_at(job.at(key), key);
  }
  if (!job.contains("JobSample")) return job;
  return json::object();
}

// ---- what it means for columns

bool selects(const Selector& selector, const std::string& name, const Fits& fits) { return selector.pattern.empty() ? selector.name == name : fits(selector.pattern, name); }

bool selects(const std::vector<Selector>& selectors, const std::string& name, const Fits& fits) {
  return std::any_of(selectors.begin(), selectors.end(), [&](const Selector& one) { return selects(one, name, fits); });
}

using Names = std::set<std::string>;

void check_names(const std::vector<Selector>& selectors, const Names& known, const std::string& where) {
  for (const Selector& one : selectors) {
    if (one.pattern.empty() && !known.contains(one.name)) throw RecipeError("E6061", "there is no column '" + one.name + "'", where, "names are written as in the dataset");
  }
}

size_t size_of(const std::string& text, const std::string& where) {
  if (text == "ALL") return kMostListed;
  const auto size = whole_number(text);
  if (!size || *size < 1) wrong("a whole number from 1, or ALL, is expected", where);
  return static_cast<size_t>(std::min<int64_t>(*size, kMostListed));
}

size_t bins_of(const std::string& text, const std::string& where) {
  const auto bins = whole_number(text);
  if (!bins || *bins < 1 || *bins > 10'000) wrong("a whole number from 1 to 10000 is expected", where);
  return static_cast<size_t>(*bins);
}

void apply_parameter(NumberWish& wish, const std::string& statistic, const std::string& key, const std::string& text, const std::string& where) {
  if (key == "binNumber") {
    (statistic == "VALUE_DISTRIBUTION" ? wish.bins : wish.z_bins) = bins_of(text, where);
  } else if (key == "threshold") {
    wish.threshold = number_of(text, where);
  } else if (key == "mildThreshold") {
    wish.mild = number_of(text, where);
  } else {
    auto& size = statistic == "MOST_COMMON_VALUES" ? wish.most_common : statistic == "MINIMUM_VALUES" ? wish.smallest : statistic == "MAXIMUM_VALUES" ? wish.greatest : wish.outliers;
    size = size_of(text, where);
  }
}

void apply(const StatisticsBlock& block, ColumnWish& wish, ColumnKind kind) {
  if (block.included) {
    Statistics included;
    for (const std::string& one : *block.included) included |= one == "NONE" ? Statistics{} : *statistics_named(one);
    wish.statistics = included & all_of(kind);
    wish.override["includedStatistics"] = *block.included;
  }
  for (const auto& [statistic, parameters] : block.overrides) {
    for (const auto& [key, text] : parameters) apply_parameter(wish.numbers, statistic, key, text, block.where + " " + statistic + " " + key);
    wish.override["parameters"][statistic] = parameters;
  }
  if (wish.numbers.mild && *wish.numbers.mild >= wish.numbers.threshold) wrong("mildThreshold must be below threshold", block.where);
}

std::vector<size_t> numbers_among(const std::vector<ProfileColumn>& columns, const std::vector<size_t>& chosen) {
  std::vector<size_t> numbers;
  for (const size_t at : chosen) {
    if (columns[at].kind == ColumnKind::number) numbers.push_back(at);
  }
  return numbers;
}

std::vector<size_t> correlated(const StatisticsBlock& block, const std::vector<ProfileColumn>& columns, const std::vector<size_t>& chosen, const Names& known, const Fits& fits) {
  std::vector<size_t> numbers = numbers_among(columns, chosen);
  const auto found = block.overrides.find("CORRELATION");
  const std::map<std::string, std::string> parameters = found == block.overrides.end() ? std::map<std::string, std::string>{} : found->second;
  const std::string where = block.where + " CORRELATION";
  if (const auto wanted = parameters.find("columnSelectors"); wanted != parameters.end()) {
    const json list = json::parse(wanted->second, nullptr, false);
    if (list.is_discarded()) wrong("columnSelectors is no JSON", where, R"([{"name": "a"}, {"regex": "b.*"}])");
    const auto selectors = selectors_at(list, where + " columnSelectors", "name", "regex");
    check_names(selectors, known, where);
    std::erase_if(numbers, [&](size_t at) { return !selects(selectors, columns[at].name, fits); });
  } else {
    const auto count = parameters.find("columnNumber");
    const std::string text = count == parameters.end() ? "10" : count->second;
    const auto most = text == "ALL" ? std::optional<int64_t>(kMostCorrelated + 1) : whole_number(text);
    if (!most || *most < 2) wrong("columnNumber is a whole number from 2, or ALL", where);
    if (numbers.size() > static_cast<size_t>(*most)) numbers.resize(static_cast<size_t>(*most));
  }
  if (numbers.size() > kMostCorrelated) wrong("more than " + std::to_string(kMostCorrelated) + " columns would be correlated", where, "choose some by columnSelectors or columnNumber");
  return numbers;
}

bool includes(const StatisticsBlock& block, const char* statistic) { return !block.included || std::find(block.included->begin(), block.included->end(), statistic) != block.included->end(); }

DatasetWish dataset_wish(const StatisticsBlock& block, const std::vector<ProfileColumn>& columns, const std::vector<size_t>& chosen, const Names& known, const Fits& fits) {
  DatasetWish wish{.duplicates = includes(block, "DUPLICATE_ROWS_COUNT")};
  if (includes(block, "CORRELATION")) wish.correlated = correlated(block, columns, chosen, known, fits);
  if (block.included) wish.override["includedStatistics"] = *block.included;
  for (const auto& [statistic, parameters] : block.overrides) wish.override["parameters"][statistic] = parameters;
  return wish;
}

nlohmann::ordered_json default_of(ColumnKind kind) {
  nlohmann::ordered_json included = nlohmann::ordered_json::array(), parameters = nlohmann::ordered_json::object();
  const Statistics all = all_of(kind);
  for (const Statistic one : column_statistics()) {
    if (has(all, one)) included.push_back(name(one));
  }
  const auto put = [&](Statistic one, const char* key, const char* value) {
    if (has(all, one)) parameters[std::string(name(one))][key] = value;
  };
  put(Statistic::most_common, "sampleSize", "50");
  put(Statistic::minimum_values, "sampleSize", "5");
  put(Statistic::maximum_values, "sampleSize", "5");
  put(Statistic::distribution, "binNumber", "20");
  put(Statistic::z_distribution, "binNumber", "20");
  put(Statistic::outliers, "threshold", "3");
  put(Statistic::outliers, "sampleSize", "50");
  return {{"includedStatistics", included}, {"parameters", parameters}};
}

}  // namespace

Configuration read_configuration(std::string_view text, const std::string& name) {
  const json tree = tree_of(text, name);
  if (!tree.is_object()) wrong("a profile configuration is an object", name, "{\"ColumnStatisticsConfigurations\": […]}");
  Configuration out;
  const json value = configuration_in(tree, out.rows);
  only(value, name, {"ProfileColumns", "DatasetStatisticsConfiguration", "ColumnStatisticsConfigurations", "EntityDetectorConfiguration"});
  out.dataset.where = "DatasetStatisticsConfiguration";
  if (value.contains("ProfileColumns")) out.columns = selectors_at(value.at("ProfileColumns"), "ProfileColumns");
  if (value.contains("DatasetStatisticsConfiguration")) read_statistics(value.at("DatasetStatisticsConfiguration"), out.dataset, false);
  if (value.contains("ColumnStatisticsConfigurations")) out.blocks = blocks_at(value.at("ColumnStatisticsConfigurations"));
  if (value.contains("EntityDetectorConfiguration")) out.entities = entities_at(value.at("EntityDetectorConfiguration"));
  return out;
}

ProfileWish resolve(const Configuration& configuration, const std::vector<ProfileColumn>& columns, const std::vector<std::string>& others, const Fits& fits) {
  ProfileWish out;
  Names known(others.begin(), others.end());
  for (const auto& column : columns) known.insert(column.name);
  check_names(configuration.columns, known, "ProfileColumns");
  for (const auto& block : configuration.blocks) check_names(block.selectors, known, block.where);
  for (size_t at = 0; at < columns.size(); ++at) {
    const ProfileColumn& column = columns[at];
    if (!configuration.columns.empty() && !selects(configuration.columns, column.name, fits)) continue;
    out.columns.push_back(at);
    ColumnWish& wish = out.wishes[at];
    wish.statistics = all_of(column.kind);
    for (const auto& block : configuration.blocks) {
      if (block.selectors.empty() || selects(block.selectors, column.name, fits)) apply(block, wish, column.kind);
    }
  }
  if (out.columns.empty()) throw RecipeError("E6061", "there is no column that can be profiled", "ProfileColumns", "columns of numbers, texts and booleans are; others with all_types");
  out.dataset = dataset_wish(configuration.dataset, columns, out.columns, known, fits);
  return out;
}

nlohmann::ordered_json default_configuration() {
  nlohmann::ordered_json dataset{{"includedStatistics", {"CORRELATION", "DUPLICATE_ROWS_COUNT"}}}, columns;
  dataset["parameters"]["CORRELATION"]["columnNumber"] = "10";
  columns["booleanColumn"] = default_of(ColumnKind::boolean);
  columns["stringColumn"] = default_of(ColumnKind::text);
  columns["numericColumn"] = default_of(ColumnKind::number);
  return {{"datasetConfiguration", dataset}, {"columnConfiguration", columns}};
}

}  // namespace mr::recipe
