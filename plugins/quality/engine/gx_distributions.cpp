// Expectations of how values are spread: quantiles, and the divergence from a partition.
#include "quality/engine/failing_rows.hpp"
#include "quality/engine/gx_expectation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mr::quality::gx {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using nlohmann::json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr size_t kMostBins = 10000;

double number_in(const Expectation& e, const json& value, const char* key) {
  if (value.is_number()) return value.get<double>();
  if (value == "Infinity" || value == "inf") return kInfinity;
  if (value == "-Infinity" || value == "-inf") return -kInfinity;
  e.wrong(std::string("'") + key + "' must hold numbers");
}

std::vector<double> numbers_in(const Expectation& e, const json& list, const char* key) {
  if (!list.is_array() || list.size() > kMostBins)
    e.wrong(std::string("'") + key + "' must be a list of at most 10000 numbers");
  std::vector<double> numbers;
  for (const json& value : list) numbers.push_back(number_in(e, value, key));
  return numbers;
}

const json& part(const Expectation& e, const char* object, const char* key) {
  const json& whole = e.kwargs[object];
  if (!whole.is_object() || !whole.contains(key))
    e.wrong(std::string("'") + object + "' must be an object with '" + key + "'");
  return whole[key];
}

// Numbers as they are and moments as texts; a quantile that meets a bound but for a ten-thousandth
// meets it.
bool in_range(const json& value, const json& range) {
  if (value.is_null()) return false;
  const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-4 * std::abs(b); };
  const auto holds = [&](const json& bound, bool low) {
    if (bound.is_null()) return true;
    if (value.is_number() && bound.is_number())
      return (low ? value.get<double>() >= bound.get<double>()
                  : value.get<double>() <= bound.get<double>()) ||
             near(value.get<double>(), bound.get<double>());
    return value.is_string() && bound.is_string() && (low ? value >= bound : value <= bound);
  };
  return holds(range[0], true) && holds(range[1], false);
}

Compiled quantiles(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  const json wanted = e.has("quantile_ranges") ? part(e, "quantile_ranges", "quantiles") : json(),
             ranges =
                 e.has("quantile_ranges") ? part(e, "quantile_ranges", "value_ranges") : json();
  if (!wanted.is_array() || !ranges.is_array() || wanted.empty() || wanted.size() != ranges.size())
    e.wrong("'quantile_ranges' needs as many 'value_ranges' as 'quantiles'");
  if (!is_number(column.type) && !is_moment(column.type))
    throw UnfitColumn{"column '" + column.name + "' has no quantiles: it holds " + column.type};
  std::string list;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].is_number() || wanted[i] < 0 || wanted[i] > 1)
      e.wrong("'quantiles' must be numbers from 0 to 1");
    if (!ranges[i].is_array() || ranges[i].size() != 2)
      e.wrong("quantile_ranges must consist of ordered pairs");
    if (ranges[i][0].is_number() && ranges[i][1].is_number() && ranges[i][0] > ranges[i][1])
      e.wrong("quantile_ranges must consist of ordered pairs");
    const std::string value = (e.target.approximate ? "approx_quantile(" : "quantile_disc(") +
                              ident(column.name) + ", " + wanted[i].dump() + ")" +
                              (e.filter.empty() ? "" : " FILTER (WHERE " + e.filter + ")");
    list += (list.empty() ? "" : ", ") + ("CAST(" + shown(value, column.type) + " AS JSON)");
  }
  const MeasureId values = e.measures.scalar("CAST(to_json([" + list + "]) AS VARCHAR)");
  const auto judge = [=](const Measures& m) {
    if (const auto hindrance = hindered(m, {values})) return *hindrance;
    const json found = json::parse(m.text(values).value_or("[]"), nullptr, false);
    json details = json::array();
    bool success = found.is_array() && found.size() == ranges.size();
    for (size_t i = 0; i < ranges.size() && found.is_array() && i < found.size(); ++i) {
      details.push_back(in_range(found[i], ranges[i]));
      success = success && details.back() == true;
    }
    return Verdict{success,
                   json::object(),
                   {{"observed_value", {{"quantiles", wanted}, {"values", found}}},
                    {"details", {{"success_details", details}}}}};
  };
  Check check{label(e), {}, judge};
  return {.check = e.target.approximate ? estimated(std::move(check)) : std::move(check),
          .shape = Shape::aggregate};
}

// Relative entropy in natural units of two lists of weights, each taken as shares of its own sum.
// Not a number when it has none.
double divergence(const std::vector<double>& observed, const std::vector<double>& expected) {
  double sum_p = 0, sum_q = 0, total = 0;
  for (const double p : observed) sum_p += p;
  for (const double q : expected) sum_q += q;
  for (size_t i = 0; i < observed.size(); ++i) {
    const double p = observed[i] / sum_p, q = expected[i] / sum_q;
    if (p > 0) total += q > 0 ? p * std::log(p / q) : kInfinity;
    if (std::isnan(p) || std::isnan(q)) return std::nan("");
  }
  return total;
}

struct Holdouts {
  double tail = 0, inner = 0;
};

struct Weights {
  std::vector<double> values{};  // of the bins
  double left = 0, right = 0;    // beyond them

  std::vector<double> all() const {
    std::vector<double> list{left};
    list.insert(list.end(), values.begin(), values.end());
    list.push_back(right);
    return list;
  }
};

json partition_json(const std::vector<double>& bins, const Weights& weights) {
  return {
      {"bins", bins}, {"weights", weights.values}, {"tail_weights", {weights.left, weights.right}}};
}

Verdict verdict_of(double divergence, const std::optional<double>& threshold, json observed,
                   json expected) {
  const bool finite = std::isfinite(divergence);
  const json value = finite ? json(divergence) : json();
  json facts = json::object();
  if (finite) facts["observed"] = value;
  return {!threshold || (finite && divergence <= *threshold),
          std::move(facts),
          {{"observed_value", value},
           {"details",
            {{"observed_partition", std::move(observed)},
             {"expected_partition", std::move(expected)}}}}};
}

std::optional<double> threshold_of(const Expectation& e) {
  if (!e.has("threshold")) return std::nullopt;
  if (!(e.number("threshold") >= 0)) e.wrong("'threshold' must not be negative");
  return e.number("threshold");
}

// Continuous: a histogram on the given edges; what lies outside is in the tails.
struct Histogram {
  std::vector<double> edges{};
  Weights expected{};
  bool closed = true;  // the last edge belongs to the last bin; else to the tail
};

// An end at infinity is no edge but makes of its bin a tail.
void fold_tails(Histogram& histogram) {
  auto& [edges, expected, closed] = histogram;
  if (edges.front() == -kInfinity) {
    expected.left = expected.values.front();
    expected.values.erase(expected.values.begin());
    edges.erase(edges.begin());
  }
  if (edges.back() == kInfinity) {
    expected.right = expected.values.back();
    expected.values.pop_back();
    edges.pop_back();
    closed = false;
  }
}

void spread_inner(std::vector<double>& weights, double inner) {
  const auto empty = static_cast<double>(std::count(weights.begin(), weights.end(), 0.0));
  for (double& weight : weights) {
    if (weight == 0 && inner > 0) weight = inner / empty;
  }
}

Histogram histogram_of(const Expectation& e, const Holdouts& held) {
  Histogram histogram{numbers_in(e, part(e, "partition_object", "bins"), "bins"),
                      {numbers_in(e, part(e, "partition_object", "weights"), "weights")}};
  auto& [edges, expected, closed] = histogram;
  if (std::count_if(edges.begin(), edges.end(), [](double edge) { return std::isfinite(edge); }) <
          2 ||
      expected.values.size() + 1 != edges.size())
    e.wrong(
        "'partition_object' needs two edges that are not infinite, and one weight for each bin");
  for (size_t i = 1; i < edges.size(); ++i) {
    if (!(edges[i - 1] < edges[i])) e.wrong("'bins' must ascend");
  }
  if (e.has("bucketize_data") && !e.flag("bucketize_data"))
    e.wrong("bucketize_data=false can't be used with bins: ValueError");
  const json& partition = e.kwargs["partition_object"];
  const bool tails = partition.contains("tail_weights"),
             from_infinity = edges.front() == -kInfinity, to_infinity = edges.back() == kInfinity;
  if (tails && (from_infinity || to_infinity))
    e.wrong("there can be no tail_weights with an end at infinity: ValueError");
  if (tails && held.tail > 0)
    e.wrong("tail_weight_holdout can't be used with tail_weights: ValueError");
  if (from_infinity && to_infinity && held.tail > 0)
    e.wrong(
        "tail_weight_holdout can't be used for a partition that extends to infinity: ValueError");
  for (double& weight : expected.values) weight *= 1 - held.tail - held.inner;
  spread_inner(expected.values, held.inner);
  const auto own =
      tails ? numbers_in(e, partition["tail_weights"], "tail_weights") : std::vector<double>{0, 0};
  if (own.size() != 2) e.wrong("'tail_weights' must be two numbers");
  expected.left = tails ? own[0] : from_infinity ? 0 : to_infinity ? held.tail : held.tail / 2;
  expected.right = tails ? own[1] : to_infinity ? 0 : from_infinity ? held.tail : held.tail / 2;
  fold_tails(histogram);
  return histogram;
}

std::string real(double value) {
  return "CAST(" + json(value).dump() + " AS DOUBLE)";
}

// Counts below the first edge, in each bin, and above the last edge, as a list; `edges` are SQL.
std::string counts_sql(const Expectation& e, const std::string& value,
                       const std::vector<std::string>& edges, bool closed) {
  const auto count = [&](const std::string& test) {
    return "count(*) FILTER (WHERE " + both(e.filter, test) + ")";
  };
  std::string list = count(value + " < " + edges.front());
  for (size_t i = 1; i < edges.size(); ++i)
    list += ", " + count(value + " >= " + edges[i - 1] + " AND " + value +
                         (closed && i + 1 == edges.size() ? " <= " : " < ") + edges[i]);
  return "CAST(to_json([" + list + ", " + count(value + (closed ? " > " : " >= ") + edges.back()) +
         "]) AS VARCHAR)";
}

Weights observed_weights(const json& counts) {
  double total = 0;
  for (const json& count : counts) total += count.get<double>();
  Weights weights;
  for (size_t i = 1; i + 1 < counts.size(); ++i)
    weights.values.push_back(counts[i].get<double>() / total);
  weights.left = counts.front().get<double>() / total;
  weights.right = counts.back().get<double>() / total;
  return weights;
}

std::string number_of(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  if (!is_number(column.type))
    throw UnfitColumn{"column '" + column.name + "' holds no numbers: it is not numeric but " +
                      column.type};
  return "CAST(" + ident(column.name) + " AS DOUBLE)";
}

Compiled continuous(const Expectation& e, const Holdouts& held) {
  const Histogram histogram = histogram_of(e, held);
  std::vector<std::string> edges;
  for (const double edge : histogram.edges) edges.push_back(real(edge));
  const MeasureId counts = e.measures.scalar(counts_sql(e, number_of(e), edges, histogram.closed));
  const auto judge = [=, threshold = threshold_of(e)](const Measures& m) {
    if (const auto hindrance = hindered(m, {counts})) return *hindrance;
    const Weights observed = observed_weights(json::parse(*m.text(counts)));
    return verdict_of(divergence(observed.all(), histogram.expected.all()), threshold,
                      partition_json(histogram.edges, observed),
                      partition_json(histogram.edges, histogram.expected));
  };
  return {.check = {label(e), {}, judge}, .shape = Shape::aggregate};
}

// Without a partition the data are described by ten bins of one width, and compared with
// themselves.
Compiled described(const Expectation& e) {
  const std::string value = number_of(e);
  const MeasureId low = e.measures.scalar("min(" + value + ")", e.filter),
                  high = e.measures.scalar("max(" + value + ")", e.filter);
  std::vector<std::string> edges;
  for (int i = 0; i <= 10; ++i)
    edges.push_back("(" + Measures::value_sql(low) + " + (" + Measures::value_sql(high) + " - " +
                    Measures::value_sql(low) + ") * " + std::to_string(i) + " / 10.0)");
  const MeasureId counts = e.measures.scalar(counts_sql(e, value, edges, true));
  const auto judge = [=, threshold = threshold_of(e)](const Measures& m) {
    if (const auto hindrance = hindered(m, {low, high, counts})) return *hindrance;
    std::vector<double> bins;
    for (int i = 0; i <= 10; ++i)
      bins.push_back(m.number(low).value_or(0) +
                     (m.number(high).value_or(0) - m.number(low).value_or(0)) * i / 10);
    const Weights observed = observed_weights(json::parse(*m.text(counts)));
    return verdict_of(divergence(observed.all(), observed.all()), threshold,
                      partition_json(bins, observed), partition_json(bins, observed));
  };
  return {.check = {label(e), {}, judge}, .shape = Shape::aggregate};
}

// Values against the weights that they should have; those that are not listed share what is held
// back for them.
Verdict of_categories(const json& listed, std::vector<double> expected, const json& found,
                      double tail, const std::optional<double>& threshold) {
  json values = listed;
  double total = 0;
  for (const json& one : found) total += one["count"].get<double>();
  std::vector<double> observed(expected.size(), 0.0);
  for (const json& one : found) {
    const auto at = std::find(listed.begin(), listed.end(), one["value"]);
    if (at != listed.end()) {
      observed[static_cast<size_t>(at - listed.begin())] = one["count"].get<double>() / total;
    } else {
      values.push_back(one["value"]);
      observed.push_back(one["count"].get<double>() / total);
    }
  }
  const size_t strangers = observed.size() - expected.size();
  if (strangers > 0) {
    for (double& weight : expected) weight *= 1 - tail;
    expected.resize(observed.size(), tail / static_cast<double>(strangers));
  }
  return verdict_of(divergence(observed, expected), threshold,
                    {{"values", values}, {"weights", observed}},
                    {{"values", values}, {"weights", expected}});
}

Compiled categorical(const Expectation& e, const Holdouts& held) {
  const ColumnInfo& column = column_of(e);
  const json listed = part(e, "partition_object", "values");
  const auto weights = numbers_in(e, part(e, "partition_object", "weights"), "weights");
  if (!listed.is_array() || listed.size() != weights.size())
    e.wrong("'partition_object' needs one weight for each value");
  if (held.inner > 0)
    e.wrong("internal_weight_holdout can't be used with a categorical partition: ValueError");
  const std::string value = "CAST(" + shown("k0", column.type) + " AS JSON)";
  const MeasureId values =
      e.measures.grouped({ident(column.name)}, both(e.filter, ident(column.name) + " IS NOT NULL"),
                         "to_json(coalesce(arg_min({'value': " + value + ", 'count': n}, k0, " +
                             std::to_string(kMostBins) + "), []))");
  const MeasureId count = e.measures.grouped(
      {ident(column.name)}, both(e.filter, ident(column.name) + " IS NOT NULL"), "count(*)");
  const auto judge = [=, tail = held.tail, threshold = threshold_of(e)](const Measures& m) {
    if (const auto hindrance = hindered(m, {values, count})) return *hindrance;
    if (m.count(count) > static_cast<int64_t>(kMostBins))
      return Verdict{false, {{"reason", "the column has more than 10000 values: give bins"}}};
    return of_categories(listed, weights, json::parse(m.text(values).value_or("[]")), tail,
                         threshold);
  };
  return {.check = {label(e), {}, judge}, .shape = Shape::aggregate};
}

Compiled kl_divergence(const Expectation& e) {
  const Holdouts held{e.number_or("tail_weight_holdout", 0),
                      e.number_or("internal_weight_holdout", 0)};
  for (const double share : {held.tail, held.inner}) {
    if (!(share >= 0 && share <= 1))
      e.wrong("a holdout must be a number from 0 to 1: less than or equal to 1");
  }
  if (!e.has("partition_object")) return described(e);
  return e.kwargs["partition_object"].is_object() && e.kwargs["partition_object"].contains("values")
             ? categorical(e, held)
             : continuous(e, held);
}

}  // namespace

void add_distributions(Registry& registry) {
  registry["expect_column_quantile_values_to_be_between"] = {
      quantiles, {"column", "quantile_ranges", "allow_relative_error"}};
  registry["expect_column_kl_divergence_to_be_less_than"] = {
      kl_divergence,
      {"column", "partition_object", "threshold", "tail_weight_holdout", "internal_weight_holdout",
       "bucketize_data", "min_value", "max_value"}};
}

}  // namespace mr::quality::gx
