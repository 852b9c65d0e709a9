#include "recipe/profile/statistics.hpp"

#include <array>

namespace mr::recipe {
namespace {

constexpr uint8_t kNumber = 1, kText = 2, kBoolean = 4, kAll = 7;

struct Entry {
  Statistic statistic;
  std::string_view name;
  uint8_t kinds;  // of columns; 0: of the dataset
};

constexpr std::array kEntries{
    Entry{Statistic::distinct, "DISTINCT_VALUES_COUNT", kAll}, Entry{Statistic::unique, "UNIQUE_VALUES_COUNT", kAll}, Entry{Statistic::entropy, "ENTROPY", kAll},
    Entry{Statistic::missing, "MISSING_VALUES_COUNT", kAll}, Entry{Statistic::most_common, "MOST_COMMON_VALUES", kAll}, Entry{Statistic::min, "MIN", kNumber | kText},
    Entry{Statistic::max, "MAX", kNumber | kText}, Entry{Statistic::mean, "MEAN", kNumber | kText}, Entry{Statistic::median, "MEDIAN", kNumber | kText},
    Entry{Statistic::mode, "MODE", kNumber | kText}, Entry{Statistic::deviation, "STANDARD_DEVIATION", kNumber | kText}, Entry{Statistic::variance, "VARIANCE", kNumber},
    Entry{Statistic::sum, "SUM", kNumber}, Entry{Statistic::range, "RANGE", kNumber}, Entry{Statistic::skewness, "SKEWNESS", kNumber}, Entry{Statistic::kurtosis, "KURTOSIS", kNumber},
    Entry{Statistic::percentiles, "PERCENTILES", kNumber}, Entry{Statistic::quartile_range, "INTER_QUARTILE_RANGE", kNumber},
    Entry{Statistic::median_deviation, "MEDIAN_ABSOLUTE_DEVIATION", kNumber}, Entry{Statistic::zeros, "ZEROS_COUNT", kNumber},
    Entry{Statistic::minimum_values, "MINIMUM_VALUES", kNumber}, Entry{Statistic::maximum_values, "MAXIMUM_VALUES", kNumber},
    Entry{Statistic::distribution, "VALUE_DISTRIBUTION", kNumber | kText}, Entry{Statistic::z_distribution, "Z_SCORE_DISTRIBUTION", kNumber},
    Entry{Statistic::outliers, "OUTLIER_DETECTION", kNumber | kText}, Entry{Statistic::duplicate_rows, "DUPLICATE_ROWS_COUNT", 0}, Entry{Statistic::correlation, "CORRELATION", 0}};

struct Group {
  std::string_view name;
  std::string_view members;  // with blanks around
};

// Of statistics that show no single value of a row; of the most frequent values; and of those that hold numbers as they stand in rows.
constexpr std::array kGroups{
    Group{"AGGREGATED_GROUP", " DISTINCT_VALUES_COUNT UNIQUE_VALUES_COUNT ENTROPY MISSING_VALUES_COUNT MEAN STANDARD_DEVIATION VARIANCE SUM SKEWNESS KURTOSIS "
                              "INTER_QUARTILE_RANGE MEDIAN_ABSOLUTE_DEVIATION ZEROS_COUNT Z_SCORE_DISTRIBUTION DUPLICATE_ROWS_COUNT CORRELATION "},
    Group{"TOP_VALUES_GROUP", " MOST_COMMON_VALUES MODE "},
    Group{"CONTAINING_NUMERIC_VALUES_GROUP", " MIN MAX RANGE MEDIAN PERCENTILES MINIMUM_VALUES MAXIMUM_VALUES VALUE_DISTRIBUTION OUTLIER_DETECTION "}};

constexpr auto kOfColumns = [] {
  std::array<Statistic, kEntries.size() - 2> all{};
  for (size_t at = 0; at < all.size(); ++at) all[at] = kEntries[at].statistic;
  return all;
}();

}  // namespace

std::string_view name(Statistic one) {
  for (const Entry& entry : kEntries) {
    if (entry.statistic == one) return entry.name;
  }
  return {};
}

std::optional<Statistics> statistics_named(std::string_view name) {
  Statistics found;
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return found.set(index(entry.statistic));
  }
  for (const Group& group : kGroups) {
    if (group.name != name) continue;
    for (const Entry& entry : kEntries) found.set(index(entry.statistic), group.members.find(" " + std::string(entry.name) + " ") != std::string_view::npos);
    return found;
  }
  return std::nullopt;
}

std::string statistic_names(bool of_columns) {
  std::string names;
  for (const Entry& entry : kEntries) {
    if ((entry.kinds != 0) == of_columns) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  }
  return names;
}

Statistics all_of(ColumnKind kind) {
  const uint8_t bit = kind == ColumnKind::number ? kNumber : kind == ColumnKind::text ? kText : kBoolean;
  Statistics all;
  for (const Entry& entry : kEntries) all.set(index(entry.statistic), (entry.kinds & bit) != 0);
  return all;
}

std::span<const Statistic> column_statistics() { return kOfColumns; }

}  // namespace mr::recipe
