// The statistics of a profile: their names, which kinds of columns have them, and which groups they belong to.
//
// Values; any thread. Source: the profile jobs of AWS Glue DataBrew. What a group holds is our reading of its name (DECISIONS.md).
#pragma once
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mr::recipe {

enum class Statistic : uint8_t {
  distinct = 1, unique, entropy, missing, most_common, min, max, mean, median, mode, deviation, variance, sum, range, skewness, kurtosis, percentiles,
  quartile_range, median_deviation, zeros, minimum_values, maximum_values, distribution, z_distribution, outliers, duplicate_rows, correlation
};

// What a column is to a profile. Texts have statistics of their values, and of their lengths.
enum class ColumnKind : uint8_t { number = 1, text, boolean };

using Statistics = std::bitset<32>;

inline size_t index(Statistic one) { return static_cast<size_t>(one); }
inline bool has(const Statistics& set, Statistic one) { return set.test(index(one)); }

std::string_view name(Statistic one);                       // "DISTINCT_VALUES_COUNT"
std::optional<Statistics> statistics_named(std::string_view name);  // one, or those of a group; of columns and of datasets
std::string statistic_names(bool of_columns);               // for messages
Statistics all_of(ColumnKind kind);
std::span<const Statistic> column_statistics();             // in the order of the report's configuration

}  // namespace mr::recipe
