#include "recipe/profile/report.hpp"

#include <cmath>

namespace mr::recipe {
namespace {

using Json = nlohmann::ordered_json;

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json finite(const std::optional<double>& value) { return value ? finite(*value) : Json(); }

Json of(const Number& number, bool whole) { return whole ? Json(number.whole) : finite(number.value); }

Json counted(const std::vector<Counted<Number>>& values, bool whole) {
  Json list = Json::array();
  for (const auto& [value, count] : values) list.push_back({{"value", of(value, whole)}, {"count", count}});
  return list;
}

Json bins_of(const std::vector<Bin>& bins, bool whole) {
  const auto bound = [&](const std::optional<double>& value, const char* otherwise) { return !value ? Json(otherwise) : whole ? Json(static_cast<int64_t>(*value)) : finite(*value); };
  Json list = Json::array();
  for (const Bin& bin : bins) {
    Json bucket = Json::array();
    bucket.push_back(bound(bin.from, "-inf"));
    bucket.push_back(bound(bin.to, "inf"));
    list.push_back({{"bucket", bucket}, {"count", bin.count}});
  }
  return list;
}

// Writes the statistics of one column that are shown, in the order of DataBrew's reports.
class ColumnWriter {
 public:
  ColumnWriter(Json& out, const ColumnProfile& profile, const ColumnWish& wish, bool whole) : out_(out), profile_(profile), wish_(wish), whole_(whole) {}

  void write(ColumnKind kind) {
    if (kind == ColumnKind::number) {
      values_of_numbers();
    } else {
      values_of_texts(kind);
    }
    put(Statistic::missing, "missingValuesCount", [&] { return Json(profile_.rows.missing); });
    if (!profile_.numbers) return;
    if (kind == ColumnKind::number) moments();
    else lengths();
    shape();
  }

 private:
  template <class F>
  void put(Statistic statistic, const char* key, F value) {
    if (has(profile_.shown, statistic)) out_[key] = value();
  }

  const NumberFacts& numbers() const { return *profile_.numbers; }
  bool some() const { return numbers().count > 0; }

  void values_of_numbers() {
    if (!profile_.numbers) return;
    put(Statistic::distinct, "distinctValuesCount", [&] { return Json(numbers().distinct); });
    put(Statistic::unique, "uniqueValuesCount", [&] { return Json(numbers().unique); });
    put(Statistic::entropy, "entropy", [&] { return finite(numbers().entropy); });
    put(Statistic::most_common, "mostCommonValues", [&] { return counted(numbers().most_common, whole_); });
  }

  void values_of_texts(ColumnKind kind) {
    if (!profile_.values) return;
    const ValueFacts& values = *profile_.values;
    put(Statistic::distinct, "distinctValuesCount", [&] { return Json(values.distinct); });
    put(Statistic::unique, "uniqueValuesCount", [&] { return Json(values.unique); });
    put(Statistic::entropy, "entropy", [&] { return finite(values.entropy); });
    put(Statistic::most_common, "mostCommonValues", [&] {
      Json list = Json::array();
      for (const auto& [value, count] : values.most_common) list.push_back({{"value", kind == ColumnKind::boolean ? Json(value == "true") : Json(value)}, {"count", count}});
      return list;
    });
  }

  void moments() {
    put(Statistic::kurtosis, "kurtosis", [&] { return finite(numbers().kurtosis); });
    put(Statistic::max, "max", [&] { return some() ? largest() : Json(); });
    put(Statistic::mean, "mean", [&] { return some() ? finite(profile_.basis.mean) : Json(); });
    put(Statistic::min, "min", [&] { return some() ? smallest() : Json(); });
    put(Statistic::skewness, "skewness", [&] { return finite(numbers().skewness); });
    put(Statistic::deviation, "standardDeviation", [&] { return finite(profile_.basis.deviation); });
    put(Statistic::sum, "sum", [&] { return profile_.rows.whole_sum ? Json(*profile_.rows.whole_sum) : finite(profile_.rows.sum); });
    put(Statistic::zeros, "zerosCount", [&] { return Json(numbers().zeros); });
    put(Statistic::variance, "variance", [&] { return finite(profile_.rows.variance); });
    put(Statistic::range, "range", [&] { return some() ? range() : Json(); });
    constexpr const char* kNames[] = {"percentile5", "percentile25", "", "percentile75", "percentile95"};
    for (size_t at = 0; at < kShares.size(); ++at) {
      if (kShares[at] != 0.5) put(Statistic::percentiles, kNames[at], [&] { return some() ? finite(numbers().percentiles[at]) : Json(); });
    }
    put(Statistic::median, "median", [&] { return some() ? finite(numbers().median()) : Json(); });
    put(Statistic::quartile_range, "interquartileRange", [&] { return some() ? finite(numbers().percentiles[3] - numbers().percentiles[1]) : Json(); });
    put(Statistic::mode, "mode", [&] { return mode(); });
    put(Statistic::minimum_values, "minimumValues", [&] { return counted(numbers().smallest, whole_); });
    put(Statistic::maximum_values, "maximumValues", [&] { return counted(numbers().greatest, whole_); });
  }

  void lengths() {
    put(Statistic::max, "max", [&] { return some() ? largest() : Json(); });
    put(Statistic::mean, "mean", [&] { return some() ? finite(profile_.basis.mean) : Json(); });
    put(Statistic::min, "min", [&] { return some() ? smallest() : Json(); });
    put(Statistic::deviation, "standardDeviation", [&] { return finite(profile_.basis.deviation); });
    put(Statistic::median, "median", [&] { return some() ? finite(numbers().median()) : Json(); });
    put(Statistic::mode, "mode", [&] { return mode(); });
  }

  void shape() {
    put(Statistic::distribution, "valueDistribution", [&] { return bins_of(numbers().distribution, whole_); });
    if (has(profile_.shown, Statistic::outliers)) {
      Json sample = Json::array();
      for (const auto& [value, z] : numbers().outlier_sample) sample.push_back({{"value", of(value, whole_)}, {"zScore", finite(z)}});
      out_["zScoreOutliersCount"] = numbers().outliers;
      out_["zScoreOutliersSample"] = sample;
      if (wish_.numbers.mild) out_["zScoreMildOutliersCount"] = numbers().mild_outliers;
    }
    put(Statistic::z_distribution, "zScoreDistribution", [&] { return bins_of(numbers().z_distribution, false); });
    put(Statistic::median_deviation, "medianAbsoluteDeviation", [&] { return finite(profile_.median_deviation); });
  }

  Json smallest() const { return of(numbers().low, whole_); }
  Json largest() const { return of(numbers().high, whole_); }
  Json mode() const { return some() ? of(numbers().mode, whole_) : Json(); }

  // Of whole numbers it is whole, unless it doesn't fit.
  Json range() const {
    int64_t apart = 0;
    if (whole_ && !__builtin_sub_overflow(numbers().high.whole, numbers().low.whole, &apart)) return apart;
    return finite(numbers().high.value - numbers().low.value);
  }

  Json& out_;
  const ColumnProfile& profile_;
  const ColumnWish& wish_;
  bool whole_;
};

Json entity_of(const std::optional<FoundEntities>& found) {
  Json out = Json::object();
  if (!found) return out;
  out["rowsCount"] = found->rows;
  for (const FoundEntity& one : found->types) {
    out["entityTypes"].push_back({{"entityType", one.type}, {"rowsCount", one.rows}, {"hitRatio", one.hit_ratio}, {"confidence", std::round(one.confidence * 1000) / 1000}, {"evidence", one.evidence}});
  }
  return out;
}

Json column_of(const Profile& profile, const ColumnProfile& one) {
  const ProfileColumn& column = profile.columns[one.column];
  const ColumnWish& wish = profile.wish.wishes.at(one.column);
  Json out{{"name", column.name}, {"type", column.type}};
  if (!one.rows.correlations.empty()) {
    Json& correlations = out["correlations"] = Json::object();
    for (const auto& [other, coefficient] : one.rows.correlations) correlations[profile.columns[other].name] = finite(coefficient);
  }
  out["columnConfigurationOverride"] = wish.override;
  out["entity"] = entity_of(one.entities);
  ColumnWriter(out, one, wish, column.whole || column.kind == ColumnKind::text).write(column.kind);
  return out;
}

}  // namespace

Json report_of(const Profile& profile, const ReportOrigin& origin) {
  Json report{{"defaultProfileConfiguration", default_configuration()}, {"datasetConfigurationOverride", profile.wish.dataset.override}, {"sampleSize", profile.rows}};
  if (profile.duplicate_rows) report["duplicateRowsCount"] = *profile.duplicate_rows;
  report["columns"] = Json::array();
  for (const ColumnProfile& one : profile.profiles) report["columns"].push_back(column_of(profile, one));
  if (!profile.skipped.empty()) {
    for (const Skipped& one : profile.skipped) report["skippedColumns"].push_back({{"name", one.name}, {"type", one.type}});
  }
  report["jobName"] = origin.job_name;
  report["jobRunId"] = origin.run_id;
  report["location"] = origin.location;
  report["startedOn"] = origin.started_on;
  report["writtenOn"] = origin.written_on;
  report["version"] = "1.0";
  return report;
}

}  // namespace mr::recipe
