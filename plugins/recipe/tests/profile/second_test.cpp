// A second, slow and obvious implementation of the statistics of a profile, compared on random tables with holes and ties.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "recipe/profile/profile.hpp"
#include "recipe/profile/report.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::ordered_json;
using Numbers = std::vector<double>;

double mean_of(const Numbers& x) {
  long double sum = 0;
  for (const double each : x) sum += each;
  return static_cast<double>(sum / static_cast<long double>(x.size()));
}

// The mean of powers of the distances from the mean.
double moment(const Numbers& x, int power) {
  Numbers apart;
  const double mean = mean_of(x);
  for (const double each : x) apart.push_back(std::pow(each - mean, power));
  return mean_of(apart);
}

double deviation_of(const Numbers& x) { return std::sqrt(moment(x, 2) * static_cast<double>(x.size()) / static_cast<double>(x.size() - 1)); }

double percentile(Numbers x, double share) {
  std::sort(x.begin(), x.end());
  const double place = share * static_cast<double>(x.size() - 1);
  const auto below = static_cast<size_t>(place), above = std::min(below + 1, x.size() - 1);
  return x[below] + (place - static_cast<double>(below)) * (x[above] - x[below]);
}

double median_deviation(const Numbers& x) {
  Numbers apart;
  for (const double each : x) apart.push_back(std::abs(each - percentile(x, 0.5)));
  return percentile(apart, 0.5);
}

template <class T>
std::map<T, int64_t> counts_of(const std::vector<T>& values) {
  std::map<T, int64_t> counts;
  for (const T& each : values) ++counts[each];
  return counts;
}

template <class T>
double entropy_of(const std::vector<T>& values) {
  double sum = 0;
  for (const auto& [value, count] : counts_of(values)) {
    const double share = static_cast<double>(count) / static_cast<double>(values.size());
    sum -= share * std::log(share);
  }
  return sum;
}

template <class T>
std::vector<std::pair<T, int64_t>> most_common(const std::vector<T>& values, size_t most) {
  const auto counts = counts_of(values);
  std::vector<std::pair<T, int64_t>> out(counts.begin(), counts.end());
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (out.size() > most) out.resize(most);
  return out;
}

int64_t among(const Numbers& x, double from, double to) { return std::count_if(x.begin(), x.end(), [&](double each) { return each >= from && each < to; }); }

double correlation(const Numbers& a, const Numbers& b) {
  double both = 0;
  for (size_t at = 0; at < a.size(); ++at) both += (a[at] - mean_of(a)) * (b[at] - mean_of(b));
  return both / static_cast<double>(a.size()) / std::sqrt(moment(a, 2) * moment(b, 2));
}

// A table of a random shape: i whole with many ties, x with two digits, w that is steep, t texts, and holes in all of them.
struct Row {
  std::optional<int64_t> i{};
  std::optional<double> x{}, w{};
  std::optional<std::string> t{};
};

std::vector<Row> random_rows(uint64_t seed) {
  std::mt19937_64 random{seed};
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
  const auto hole = [&] { return random() % 7 == 0; };
  std::vector<Row> rows(static_cast<size_t>(2 + below(400)));
  static constexpr const char* kTexts[] = {"", "a", "bb", "é", "😀😀", "it's", "longer than the others", "A", " a"};
  for (Row& row : rows) {
    if (!hole()) row.i = below(40) - 15;
    if (!hole()) row.x = static_cast<double>(below(2001) - 1000) / 100;
    if (!hole()) row.w = std::exp(static_cast<double>(below(1000)) / 100);
    if (!hole()) row.t = kTexts[random() % std::size(kTexts)];
  }
  return rows;
}

template <class T>
std::string sql_of(const std::optional<T>& value) {
  if (!value) return "NULL";
  if constexpr (std::is_same_v<T, std::string>) return mr::data::literal(*value);
  else return "CAST('" + Json(*value).dump() + "' AS DOUBLE)";  // a bare literal would be a decimal first, and lose digits
}

void load(mr::data::Session& session, const std::vector<Row>& rows) {
  session.run("CREATE OR REPLACE TABLE t (i BIGINT, x DOUBLE, w DOUBLE, t VARCHAR)");
  std::string values;
  for (const Row& row : rows) values += (values.empty() ? "(" : ", (") + sql_of(row.i) + ", " + sql_of(row.x) + ", " + sql_of(row.w) + ", " + sql_of(row.t) + ")";
  session.run("INSERT INTO t VALUES " + values);
}

template <class T>
Numbers numbers_of(const std::vector<Row>& rows, std::optional<T> Row::*member) {
  Numbers out;
  for (const Row& row : rows) {
    if (row.*member) out.push_back(static_cast<double>(*(row.*member)));
  }
  return out;
}

void expect_near(const Json& found, double wanted, const std::string& what) {
  ASSERT_TRUE(found.is_number()) << what << found;
  EXPECT_NEAR(found.get<double>(), wanted, 1e-9 * std::max(1.0, std::abs(wanted))) << what;
}

void expect_most_common(const Json& found, const Numbers& x) {
  const auto wanted = most_common(x, 50);
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t at = 0; at < wanted.size(); ++at) {
    EXPECT_EQ(found[at]["value"], wanted[at].first);
    EXPECT_EQ(found[at]["count"], wanted[at].second);
  }
}

// Each bin has the values between its bounds; all values are in one.
void expect_bins(const Json& found, const Numbers& x) {
  int64_t all = 0;
  for (const Json& bin : found) {
    const double from = bin["bucket"][0] == "-inf" ? -INFINITY : bin["bucket"][0].get<double>(), to = bin["bucket"][1] == "inf" ? INFINITY : bin["bucket"][1].get<double>();
    EXPECT_EQ(bin["count"], from == to ? static_cast<int64_t>(x.size()) : among(x, from, to)) << bin;
    all += bin["count"].get<int64_t>();
  }
  EXPECT_EQ(all, static_cast<int64_t>(x.size()));
}

void expect_outliers(const Json& c, const Numbers& x, double threshold) {
  std::vector<std::pair<double, double>> wanted;  // distance and value
  for (const double each : x) {
    const double z = (each - mean_of(x)) / deviation_of(x);
    if (std::abs(z) > threshold) wanted.emplace_back(std::abs(z), each);
  }
  std::stable_sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  EXPECT_EQ(c["zScoreOutliersCount"], wanted.size());
  ASSERT_EQ(c["zScoreOutliersSample"].size(), std::min<size_t>(7, wanted.size()));
  for (size_t at = 0; at < c["zScoreOutliersSample"].size(); ++at) EXPECT_NEAR(std::abs(c["zScoreOutliersSample"][at]["zScore"].get<double>()), wanted[at].first, 1e-9);
}

void expect_numbers(const Json& c, const Numbers& x, double threshold) {
  const std::string name = c["name"].get<std::string>() + " ";
  const auto counts = counts_of(x);
  EXPECT_EQ(c["distinctValuesCount"], counts.size());
  EXPECT_EQ(c["uniqueValuesCount"], std::count_if(counts.begin(), counts.end(), [](const auto& each) { return each.second == 1; }));
  expect_near(c["entropy"], entropy_of(x), name + "entropy");
  expect_near(c["mean"], mean_of(x), name + "mean");
  expect_near(c["standardDeviation"], deviation_of(x), name + "deviation");
  expect_near(c["variance"], deviation_of(x) * deviation_of(x), name + "variance");
  expect_near(c["skewness"], moment(x, 3) / std::pow(moment(x, 2), 1.5), name + "skewness");
  expect_near(c["kurtosis"], moment(x, 4) / std::pow(moment(x, 2), 2) - 3, name + "kurtosis");
  expect_near(c["min"], counts.begin()->first, name + "min");
  expect_near(c["max"], counts.rbegin()->first, name + "max");
  expect_near(c["range"], counts.rbegin()->first - counts.begin()->first, name + "range");
  expect_near(c["sum"], mean_of(x) * static_cast<double>(x.size()), name + "sum");
  expect_near(c["mode"], most_common(x, 1).front().first, name + "mode");
  EXPECT_EQ(c["zerosCount"], std::count(x.begin(), x.end(), 0.0));
  for (const auto& [key, share] : std::map<std::string, double>{{"percentile5", 0.05}, {"percentile25", 0.25}, {"median", 0.5}, {"percentile75", 0.75}, {"percentile95", 0.95}}) expect_near(c[key], percentile(x, share), name + key);
  expect_near(c["interquartileRange"], percentile(x, 0.75) - percentile(x, 0.25), name + "interquartileRange");
  expect_near(c["medianAbsoluteDeviation"], median_deviation(x), name + "medianAbsoluteDeviation");
  expect_most_common(c["mostCommonValues"], x);
  expect_bins(c["valueDistribution"], x);
  expect_outliers(c, x, threshold);
}

void expect_texts(const Json& c, const std::vector<std::string>& texts, const Numbers& lengths) {
  const auto counts = counts_of(texts);
  EXPECT_EQ(c["distinctValuesCount"], counts.size());
  EXPECT_EQ(c["uniqueValuesCount"], std::count_if(counts.begin(), counts.end(), [](const auto& each) { return each.second == 1; }));
  expect_near(c["entropy"], entropy_of(texts), "entropy of texts");
  const auto wanted = most_common(texts, 50);
  ASSERT_EQ(c["mostCommonValues"].size(), wanted.size());
  for (size_t at = 0; at < wanted.size(); ++at) EXPECT_EQ(c["mostCommonValues"][at], (Json{{"value", wanted[at].first}, {"count", wanted[at].second}}));
  expect_near(c["mean"], mean_of(lengths), "mean length");
  expect_near(c["median"], percentile(lengths, 0.5), "median length");
  expect_near(c["mode"], most_common(lengths, 1).front().first, "mode of lengths");
  expect_bins(c["valueDistribution"], lengths);
}

double length_of(const std::string& text) { return static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; })); }

int64_t repeated(const std::vector<Row>& rows) {
  std::vector<std::string> lines;
  for (const Row& row : rows) lines.push_back(sql_of(row.i) + "," + sql_of(row.x) + "," + sql_of(row.w) + "," + sql_of(row.t));
  return static_cast<int64_t>(lines.size() - counts_of(lines).size());
}

class SecondProfile : public ::testing::TestWithParam<int> {};

TEST_P(SecondProfile, AgreesOnARandomTable) {
  const auto rows = random_rows(static_cast<uint64_t>(GetParam()));
  const double threshold = 1.5;
  mr::data::Session session{mr::data::SessionOptions{}};
  load(session, rows);
  const Json outliers{{"Statistic", "OUTLIER_DETECTION"}, {"Parameters", {{"threshold", "1.5"}, {"sampleSize", "7"}}}};
  Json block;
  block["Statistics"]["Overrides"].push_back(outliers);
  Json configuration;
  configuration["ColumnStatisticsConfigurations"].push_back(block);
  const Json report = report_of(profile(session, "t", read_configuration(configuration.dump(), "p")), {});
  EXPECT_EQ(report["sampleSize"], rows.size());
  EXPECT_EQ(report["duplicateRowsCount"], repeated(rows));
  const Numbers i = numbers_of(rows, &Row::i), x = numbers_of(rows, &Row::x), w = numbers_of(rows, &Row::w);
  if (std::min({counts_of(i).size(), counts_of(x).size(), counts_of(w).size()}) < 2) return;  // no deviation: by hand elsewhere
  expect_numbers(report["columns"][0], i, threshold);
  expect_numbers(report["columns"][1], x, threshold);
  expect_numbers(report["columns"][2], w, threshold);
  std::vector<std::string> texts;
  Numbers lengths, a, b;
  for (const Row& row : rows) {
    if (row.t && !row.t->empty()) texts.push_back(*row.t), lengths.push_back(length_of(*row.t));
    if (row.i && row.x) a.push_back(static_cast<double>(*row.i)), b.push_back(*row.x);
  }
  EXPECT_EQ(report["columns"][3]["missingValuesCount"], rows.size() - texts.size());
  if (!texts.empty()) expect_texts(report["columns"][3], texts, lengths);
  if (a.size() > 2 && moment(a, 2) > 0 && moment(b, 2) > 0) expect_near(report["columns"][0]["correlations"]["x"], correlation(a, b), "correlation");
}

INSTANTIATE_TEST_SUITE_P(Seeds, SecondProfile, ::testing::Range(1, 41));

}  // namespace
}  // namespace mr::recipe
