#include "recipe/profile/page.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "report/chart.hpp"
#include "report/page.hpp"
#include "report/text.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::ordered_json;
using mr::report::counted;
using mr::report::Section;

constexpr size_t kBars = 12, kShown = 60;  // values, letters of one

std::string text(const Json& column, const char* key) { return column.value(key, std::string()); }
int64_t count(const Json& object, const char* key) { return object.contains(key) && object[key].is_number() ? object[key].get<int64_t>() : 0; }
const Json& list(const Json& object, const char* key) {
  static const Json kNone = Json::array();
  return object.contains(key) && object[key].is_array() ? object[key] : kNone;
}

// A value of a row, or of a statistic.
std::string shown(const Json& value) {
  if (value.is_string()) return mr::report::shortened(value.get<std::string>(), kShown);
  if (value.is_number_integer()) return counted(value.get<int64_t>());
  if (value.is_number()) return mr::report::rounded(value.get<double>());
  return value.is_boolean() ? value.dump() : "–";
}

std::string share(int64_t part, int64_t all) {
  if (all == 0) return "–";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(all);
  return mr::report::rounded(std::round(percent * 10) / 10) + " %";
}

bool is_text(const Json& column) { return text(column, "type") == "string" || text(column, "type") == "date" || text(column, "type") == "timestamp" || text(column, "type") == "time"; }

std::string entities_of(const Json& column) {
  std::string names;
  if (!column.contains("entity")) return names;
  for (const Json& one : list(column["entity"], "entityTypes")) names += (names.empty() ? "" : ", ") + text(one, "entityType");
  return names;
}

Section metric(const std::string& title, const std::string& value, const std::string& note = {}) { return {.title = title, .note = note, .kind = mr::report::Kind::metric, .metric = {.value = value}}; }

int64_t missing_cells(const Json& report) {
  int64_t missing = 0;
  for (const Json& column : list(report, "columns")) missing += count(column, "missingValuesCount");
  return missing;
}

void add_overview(const Json& report, std::vector<Section>& out) {
  const Json& columns = list(report, "columns");
  const int64_t rows = count(report, "sampleSize"), missing = missing_cells(report);
  out.push_back(metric("Rows", counted(rows)));
  out.push_back(metric("Columns", counted(static_cast<int64_t>(columns.size())), list(report, "skippedColumns").empty() ? "" : counted(static_cast<int64_t>(list(report, "skippedColumns").size())) + " more not profiled"));
  out.push_back(metric("Missing values", share(missing, rows * static_cast<int64_t>(columns.size())), counted(missing) + " cells"));
  if (report.contains("duplicateRowsCount")) out.push_back(metric("Repeated rows", counted(count(report, "duplicateRowsCount")), share(count(report, "duplicateRowsCount"), rows)));
  const auto personal = std::count_if(columns.begin(), columns.end(), [](const Json& column) { return !entities_of(column).empty(); });
  const bool asked = std::any_of(columns.begin(), columns.end(), [](const Json& column) { return column.contains("entity") && column["entity"].contains("rowsCount"); });
  if (asked) out.push_back(metric("Personal data", counted(personal), personal == 1 ? "column" : "columns"));
}

void add_table(const Json& report, std::vector<Section>& out) {
  Section section{.title = "Columns", .table = {{"column", "type", "missing", "distinct", "min", "mean", "max", "most common", "personal data"}, {}}, .right = {false, false, true, true, true, true, true, false, false}};
  for (const Json& column : list(report, "columns")) {
    auto& cells = section.table.rows.emplace_back();
    const auto value = [&](const char* key) { return column.contains(key) && !column[key].is_null() ? std::optional(shown(column[key])) : std::nullopt; };
    cells = {text(column, "name"), text(column, "type"), column.contains("missingValuesCount") ? std::optional(share(count(column, "missingValuesCount"), count(report, "sampleSize"))) : std::nullopt,
             value("distinctValuesCount"), value("min"), value("mean"), value("max")};
    const Json& values = list(column, "mostCommonValues");
    cells.push_back(values.empty() ? std::nullopt : std::optional(mr::report::shortened(shown(values[0]["value"]), 24)));
    cells.push_back(entities_of(column));
  }
  section.told.push_back("Min, mean and max of texts are of their lengths.");
  out.push_back(std::move(section));
}

void add_missing(const Json& report, std::vector<Section>& out) {
  std::vector<std::pair<int64_t, std::string>> missing;
  for (const Json& column : list(report, "columns")) {
    if (count(column, "missingValuesCount") > 0) missing.emplace_back(count(column, "missingValuesCount"), text(column, "name"));
  }
  if (missing.empty()) return;
  std::stable_sort(missing.begin(), missing.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  mr::report::Plot plot{.x_name = "column", .unit = "% of the rows"};
  plot.series.push_back({.name = "missing"});
  Section section{.title = "Missing values", .kind = mr::report::Kind::chart, .table = {{"column", "missing", "of the rows"}, {}}, .right = {false, true, true}};
  const auto rows = static_cast<double>(std::max<int64_t>(count(report, "sampleSize"), 1));
  for (const auto& [cells, name] : missing) {
    section.table.rows.push_back({name, counted(cells), share(cells, count(report, "sampleSize"))});
    if (plot.labels.size() == 40) continue;
    plot.labels.push_back(name);
    plot.x.push_back(static_cast<double>(plot.x.size()));
    plot.series[0].values.emplace_back(std::round(1000 * static_cast<double>(cells) / rows) / 10);
  }
  if (missing.size() > plot.labels.size()) section.told.push_back("The chart has the " + counted(static_cast<int64_t>(plot.labels.size())) + " columns that miss most.");
  section.chart = mr::report::bar_chart(plot, section.title);
  out.push_back(std::move(section));
}

void add_correlations(const Json& report, std::vector<Section>& out) {
  std::vector<const Json*> columns;
  for (const Json& column : list(report, "columns")) {
    if (column.contains("correlations")) columns.push_back(&column);
  }
  if (columns.size() < 2) return;
  mr::report::HeatMap map{.x_name = "column", .y_name = "column", .value_name = "Pearson's coefficient", .around_zero = true};
  Section section{.title = "Correlations", .note = "How closely two columns of numbers move together: 1 the same way, -1 opposite ways, 0 not at all.", .kind = mr::report::Kind::chart, .table = {{"column", "with", "coefficient"}, {}}, .right = {false, false, true}};
  for (const Json* row : columns) {
    map.rows.push_back(text(*row, "name"));
    map.columns.push_back(text(*row, "name"));
    for (const Json* column : columns) {
      const Json& all = (*row)["correlations"];
      const std::string name = text(*column, "name");
      const bool known = all.contains(name) && all[name].is_number();
      map.values.push_back(known ? std::optional(all[name].get<double>()) : std::nullopt);
      if (column > row) section.table.rows.push_back({text(*row, "name"), name, known ? std::optional(mr::report::rounded(all[name].get<double>())) : std::nullopt});
    }
  }
  section.chart = mr::report::heat_map_chart(map, section.title);
  out.push_back(std::move(section));
}

// ---- one column

struct Label {
  const char *key, *words;
};

constexpr Label kLabels[] = {{"missingValuesCount", "missing"}, {"distinctValuesCount", "distinct"}, {"uniqueValuesCount", "that occur once"}, {"min", "min"}, {"percentile5", "5th percentile"},
                             {"percentile25", "25th percentile"}, {"median", "median"}, {"percentile75", "75th percentile"}, {"percentile95", "95th percentile"}, {"max", "max"}, {"range", "range"},
                             {"mean", "mean"}, {"mode", "mode"}, {"sum", "sum"}, {"zerosCount", "zeros"}, {"standardDeviation", "standard deviation"}, {"variance", "variance"},
                             {"interquartileRange", "interquartile range"}, {"medianAbsoluteDeviation", "median absolute deviation"}, {"skewness", "skewness"}, {"kurtosis", "kurtosis"}, {"entropy", "entropy"},
                             {"zScoreOutliersCount", "outliers"}, {"zScoreMildOutliersCount", "mild outliers"}};

// Of texts these are of their lengths.
bool is_of_lengths(const std::string& key) { return key == "min" || key == "max" || key == "mean" || key == "median" || key == "mode" || key == "standardDeviation" || key == "zScoreOutliersCount"; }

mr::data::Table figures(const Json& column) {
  mr::data::Table table{{"statistic", "value"}, {}};
  for (const auto& [key, words] : kLabels) {
    if (column.contains(key)) table.rows.push_back({is_text(column) && is_of_lengths(key) ? std::string(words) + " of lengths" : words, shown(column[key])});
  }
  for (const Json& value : list(column, "mostCommonValues")) {
    if (table.rows.size() == 40) break;
    table.rows.push_back({"“" + shown(value["value"]) + "”", counted(count(value, "count")) + " rows"});
  }
  return table;
}

std::string histogram(const Json& column) {
  const Json& bins = list(column, "valueDistribution");
  if (bins.empty() || !column.contains("max") || !column["max"].is_number()) return {};
  mr::report::Histogram out{.name = text(column, "name") + (is_text(column) ? ", length" : "")};
  const Json& first = bins[0]["bucket"];
  if (!first[0].is_number()) return {};
  out.low = first[0].get<double>();
  const double high = column["max"].get<double>();
  out.step = high > out.low ? (high - out.low) / static_cast<double>(bins.size()) : 1;
  for (const Json& bin : bins) out.counts.push_back(count(bin, "count"));
  return mr::report::histogram_chart(out, text(column, "name"));
}

std::string bars(const Json& column) {
  mr::report::Plot plot{.x_name = "value", .unit = "rows"};
  plot.series.push_back({.name = "rows"});
  for (const Json& value : list(column, "mostCommonValues")) {
    if (plot.labels.size() == kBars) break;
    plot.labels.push_back(shown(value["value"]));
    plot.x.push_back(static_cast<double>(plot.x.size()));
    plot.series[0].values.emplace_back(static_cast<double>(count(value, "count")));
  }
  return plot.labels.empty() ? "" : mr::report::bar_chart(plot, text(column, "name"));
}

std::string personal(const Json& entity, int64_t values) {
  return "Personal data: " + text(entity, "entityType") + " in " + counted(count(entity, "rowsCount")) + " rows, " + share(count(entity, "rowsCount"), values) + " of the values; " +
         mr::report::rounded(std::round(100 * entity.value("confidence", 0.0))) + " % sure.";
}

Section section_of(const Json& column, int64_t rows) {
  Section out{.title = text(column, "name"), .note = text(column, "type")};
  if (column.contains("missingValuesCount")) out.note += ", " + share(count(column, "missingValuesCount"), rows) + " missing";
  if (column.contains("distinctValuesCount")) out.note += ", " + counted(count(column, "distinctValuesCount")) + " distinct";
  if (column.contains("zScoreOutliersCount") && count(column, "zScoreOutliersCount") > 0 && !is_text(column)) out.note += ", " + counted(count(column, "zScoreOutliersCount")) + " outliers";
  const Json entity = column.value("entity", Json::object());
  for (const Json& one : list(entity, "entityTypes")) out.told.push_back(personal(one, rows - count(column, "missingValuesCount")));
  out.table = figures(column);
  out.right = {false, true};
  if (out.table.rows.empty()) {
    out.kind = mr::report::Kind::text;
    out.text = entities_of(column).empty() ? "No statistics were asked for." : "Holds personal data (" + entities_of(column) + "), so that no statistics are shown.";
    return out;
  }
  out.chart = is_text(column) || text(column, "type") == "boolean" ? bars(column) : histogram(column);
  if (!out.chart.empty()) out.kind = mr::report::Kind::chart;
  return out;
}

std::vector<std::string> origin_of(const Json& report) {
  std::vector<std::string> out;
  if (!text(report, "jobName").empty()) out.push_back("Job " + text(report, "jobName") + ", run " + text(report, "jobRunId") + ", " + text(report, "writtenOn") + ".");
  std::string skipped;
  for (const Json& one : list(report, "skippedColumns")) skipped += (skipped.empty() ? "" : ", ") + text(one, "name") + " (" + text(one, "type") + ")";
  if (!skipped.empty()) out.push_back("Not profiled: " + skipped + ".");
  out.push_back("Outliers are values more than so many standard deviations from the mean, 3 unless said otherwise.");
  return out;
}

}  // namespace

std::string profile_page(const Json& report, const std::string& dataset) {
  std::vector<Section> sections;
  add_overview(report, sections);
  add_table(report, sections);
  add_missing(report, sections);
  add_correlations(report, sections);
  for (const Json& column : list(report, "columns")) sections.push_back(section_of(column, count(report, "sampleSize")));
  return mr::report::page("Profile of " + dataset, counted(count(report, "sampleSize")) + " rows", sections, origin_of(report));
}

}  // namespace mr::recipe
