// Values far from the others: marked, removed, replaced or rescaled.
#include <nlohmann/json.hpp>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/spread.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// What is outside of a range is an outlier; both bounds are SQL, read from statistics of the whole column.
struct Range {
  std::string low{}, high{};
};

std::string outside(const std::string& x, const Range& range) { return "(" + x + " < " + range.low + " OR " + x + " > " + range.high + ")"; }

// 0.6745 makes the median deviation of normally distributed values the size of their standard deviation.
constexpr auto kNormalMedianDeviation = "0.6745";

// Nothing is outside when the deviation is zero.
Range around(const std::string& middle, const std::string& deviation, const std::string& threshold) {
  const std::string reach = "nullif(" + deviation + ", 0) * " + threshold;
  return {"(" + middle + " - " + reach + ")", "(" + middle + " + " + reach + ")"};
}

std::string percentile(const std::string& x, const std::string& share) { return "quantile_cont(" + x + ", " + share + ")"; }

// "minValue" and "maxValue", percentiles from 0 to 100 as shares; empty when absent.
struct Percentiles {
  std::string low{}, high{};
  bool any() const { return !low.empty() || !high.empty(); }
};

std::string share_of(const Builder& b, const std::string& name) {
  if (!b.has(name)) return {};
  const double value = number_value(b, name);
  if (!(value >= 0 && value <= 100)) b.wrong(name, "a percentile from 0 to 100");
  return "(" + number_parameter(b, name) + " / 100.0)";
}

Percentiles percentiles_of(const Builder& b) {
  Percentiles shares{share_of(b, "minValue"), share_of(b, "maxValue")};
  if (!shares.low.empty() && !shares.high.empty() && number_value(b, "minValue") >= number_value(b, "maxValue")) b.wrong("maxValue", "greater than minValue");
  return shares;
}

struct Outliers {
  std::string x{};              // the column as DOUBLE, NULL where it holds no finite number
  std::string test{};           // SQL, NULL for NULL
  Range kept{"'-Infinity'::DOUBLE", "'Infinity'::DOUBLE"};  // the percentiles' values, with trimValue or to winsorize
};

// The statistics that a strategy looks at: the middle or a quartile, and what makes the deviation or the other one.
std::vector<std::string> statistics_of(const Builder& b, const std::string& x) {
  const std::string& strategy = b.param("outlierStrategy");
  if (strategy == "Z_SCORE") {
    std::vector<std::string> wanted = spread_aggregates("stddev_pop", x);
    wanted.insert(wanted.begin(), "avg(" + x + ")");
    return wanted;
  }
  if (strategy == "MODIFIED_Z_SCORE") return {"median(" + x + ")", "mad(" + x + ")"};
  if (strategy == "IQR") return {percentile(x, "0.25"), percentile(x, "0.75")};
  b.wrong("outlierStrategy", "Z_SCORE, MODIFIED_Z_SCORE or IQR");
}

std::string threshold_of(const Builder& b) {
  if (!b.has("threshold")) return "3";
  if (number_value(b, "threshold") < 0) b.wrong("threshold", "a number that is not negative");
  return b.param("threshold");
}

// All the statistics of a step are gathered in one scan: those of the strategy and the percentiles.
Outliers outliers_of(Builder& b, const Percentiles& percentiles) {
  const std::string strategy = b.param("outlierStrategy"), threshold = threshold_of(b);
  b.prepare_statistic();
  Outliers out;
  out.x = finite_number(b, b.source());
  std::vector<std::string> wanted = statistics_of(b, out.x);
  size_t next = wanted.size();
  for (const std::string& share : {percentiles.low, percentiles.high}) {
    if (!share.empty()) wanted.push_back(percentile(out.x, share));
  }
  const std::vector<std::string> found = b.statistics(wanted);
  Range range;
  if (strategy == "IQR") {
    const std::string reach = threshold + " * (" + found[1] + " - " + found[0] + ")";
    range = {"(" + found[0] + " - " + reach + ")", "(" + found[1] + " + " + reach + ")"};
  } else {
    range = around(found[0], strategy == "Z_SCORE" ? spread_value("stddev_pop", {found[1], found[2]}) : found[1] + " / " + kNormalMedianDeviation, threshold);
  }
  if (!percentiles.low.empty()) out.kept.low = found[next++];
  if (!percentiles.high.empty()) out.kept.high = found[next];
  out.test = outside(out.x, range);
  if (percentiles.any()) out.test = "(" + out.test + " AND " + outside(out.x, out.kept) + ")";
  return out;
}

void flag_outliers(Builder& b) {
  const Outliers outliers = outliers_of(b, {});
  b.add_target("CASE WHEN " + outliers.test + " THEN " + literal(b.param_or("trueString", "True")) + " ELSE " + literal(b.param_or("falseString", "False")) + " END", "VARCHAR");
}

Percentiles trimmed(const Builder& b) { return b.flag("trimValue") ? percentiles_of(b) : Percentiles{}; }

void remove_outliers(Builder& b) {
  const std::string& type = b.param("removeType");
  if (type != "DELETE_ROWS" && type != "CLEAR") b.wrong("removeType", "DELETE_ROWS or CLEAR");
  const Percentiles percentiles = trimmed(b);
  if (b.flag("trimValue") && !percentiles.any()) b.wrong("minValue", "a percentile from 0 to 100, or maxValue, when trimValue is TRUE");
  const Outliers outliers = outliers_of(b, percentiles);
  if (type == "DELETE_ROWS") return b.drop_rows(outliers.test);
  Column& column = b.source();
  b.set(column, "CASE WHEN " + outliers.test + " THEN NULL ELSE " + column.sql + " END", column.type);
}

void put(Builder& b, const Outliers& outliers, const std::string& value, const std::string& type) {
  Column& column = b.source();
  const std::string old = column.type == type ? column.sql : "CAST(" + column.sql + " AS " + type + ")";
  b.set(column, "CASE WHEN " + outliers.test + " THEN " + value + " ELSE " + old + " END", type);
}

// A computed number in the column's own type; whole numbers become DOUBLE, so that no mean is rounded.
void put_number(Builder& b, const Outliers& outliers, const std::string& value) {
  const Family family = family_of(b.source().type);
  if (family == Family::text) return put(b, outliers, number_as_text(value), "VARCHAR");
  const std::string type = family == Family::whole ? "DOUBLE" : b.source().type;
  put(b, outliers, "CAST(" + value + " AS " + type + ")", type);
}

void put_custom(Builder& b, const Outliers& outliers) {
  const Column& column = b.source();
  if (family_of(column.type) == Family::text) return put(b, outliers, literal(b.param("value")), "VARCHAR");
  const std::string value = number_parameter(b, "value");
  const bool fits = family_of(column.type) != Family::whole || value.find_first_of(".eE") == std::string::npos;
  const std::string type = fits ? column.type : "DOUBLE";
  put(b, outliers, "CAST(" + value + " AS " + type + ")", type);
}

std::string mode_reading(const Builder& b) {
  const std::string type = b.param_or("modeType", "MIN");
  const std::string best = "list_transform(list_filter(map_entries(@), lambda e: e.value = list_max(map_values(@))), lambda e: e.key)";
  if (type == "MIN" || type == "MINIMUM" || type == "NONE") return "list_min(" + best + ")";
  if (type == "MAX" || type == "MAXIMUM") return "list_max(" + best + ")";
  if (type != "AVERAGE") b.wrong("modeType", "MIN, MAX or AVERAGE");
  return "list_avg(" + best + ")";
}

void replace_outliers(Builder& b) {
  static constexpr std::pair<std::string_view, std::string_view> kStatistics[] = {
      {"REPLACE_WITH_AVERAGE", "avg"}, {"REPLACE_WITH_MEDIAN", "median"}, {"REPLACE_WITH_SUM", "sum"}, {"REPLACE_WITH_MAX", "max"}, {"REPLACE_WITH_MODE", "histogram"}};
  const std::string type = b.param("replaceType");
  if (type == "WINSORIZE_VALUES") {
    const Percentiles percentiles = percentiles_of(b);
    if (!percentiles.any()) b.wrong("minValue", "a percentile from 0 to 100, or maxValue, to cap values at");
    const Outliers outliers = outliers_of(b, percentiles);
    return put_number(b, outliers, "least(greatest(" + outliers.x + ", " + outliers.kept.low + "), " + outliers.kept.high + ")");
  }
  const Outliers outliers = outliers_of(b, trimmed(b));
  if (type == "REPLACE_WITH_CUSTOM") return put_custom(b, outliers);
  if (type == "REPLACE_WITH_EMPTY") return put(b, outliers, "''", "VARCHAR");
  if (type == "REPLACE_WITH_NULL") return put(b, outliers, "NULL", b.source().type);
  for (const auto& [name, function] : kStatistics) {
    if (type != name) continue;
    // Of the values that stay: an outlier would draw the statistic to itself.
    const std::string others = "CASE WHEN NOT " + outliers.test + " THEN " + outliers.x + " END";
    return put_number(b, outliers, b.statistic(std::string(function) + "(" + others + ")", function == "histogram" ? mode_reading(b) : "@"));
  }
  b.wrong("replaceType", "WINSORIZE_VALUES, REPLACE_WITH_CUSTOM, REPLACE_WITH_EMPTY, REPLACE_WITH_NULL, REPLACE_WITH_MODE, REPLACE_WITH_AVERAGE, REPLACE_WITH_MEDIAN, "
                         "REPLACE_WITH_SUM or REPLACE_WITH_MAX");
}

// Every value, so that the new column has mean 0 and deviation 1: the strategy is checked, but changes nothing.
void rescale_with_z_score(Builder& b) {
  statistics_of(b, "");
  threshold_of(b);
  b.add_target(z_score(b), "DOUBLE");
}

void rescale_with_skew(Builder& b) {
  const Outliers outliers = outliers_of(b, {});
  b.add_target("CASE WHEN " + outliers.test + " THEN " + reshaped(b, outliers.x) + " ELSE " + outliers.x + " END", "DOUBLE");
}

constexpr Action kActions[] = {{"FLAG_OUTLIERS", false, flag_outliers}, {"REMOVE_OUTLIERS", false, remove_outliers}, {"REPLACE_OUTLIERS", false, replace_outliers},
                               {"RESCALE_OUTLIERS_WITH_Z_SCORE", false, rescale_with_z_score}, {"RESCALE_OUTLIERS_WITH_SKEW", false, rescale_with_skew}};

}  // namespace

std::span<const Action> outlier_actions() { return kActions; }

}  // namespace mr::recipe
