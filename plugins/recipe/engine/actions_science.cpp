// Numbers and categories made ready for models: thresholds, bins, maps, scales.
#include <nlohmann/json.hpp>

#include <cmath>
#include <iomanip>
#include <sstream>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/operands.hpp"
#include "recipe/engine/spread.hpp"

namespace mr::recipe {

using mr::data::literal;

double number_value(const Builder& builder, const std::string& name) {
  const auto value = number_in(builder.param(name));
  if (!value) builder.wrong(name, "a number");
  return *value;
}

std::string number_parameter(const Builder& builder, const std::string& name) {
  number_value(builder, name);
  return builder.param(name);
}

std::string number_as_text(const std::string& sql) { return "regexp_replace(CAST(" + sql + " AS VARCHAR), '\\.0$', '')"; }

std::string finite_number(const Builder& builder, const Column& column) {
  const std::string x = "CAST(" + builder.number(column) + " AS DOUBLE)";
  const Family family = family_of(column.type);
  if (family == Family::whole || family == Family::decimal) return x;
  return finite(x);
}

// Both readings are 0 for a column whose values are all the same.
std::string z_score(Builder& b) {
  b.prepare_statistic();
  const std::string x = finite_number(b, b.source());
  std::vector<std::string> wanted = spread_aggregates("stddev_pop", x);
  wanted.push_back("avg(" + x + ")");
  const auto found = b.statistics(wanted);
  const std::string deviation = spread_value("stddev_pop", found);
  return "CASE WHEN " + x + " IS NOT NULL THEN CASE " + deviation + " WHEN 0 THEN 0 ELSE (" + x + " - " + found[2] + ") / " + deviation + " END END";
}

std::string reshaped(const Builder& b, const std::string& x) {
  const std::string& function = b.param("skewFunction");
  if (function == "SQUARE") return "(" + x + " * " + x + ")";
  const bool given = b.has("value");
  const double value = given ? number_value(b, "value") : 0;
  if (function == "LOG") {
    if (given && (value <= 0 || value == 1)) b.wrong("value", "the base of a logarithm: greater than 0, and not 1");
    return "CASE WHEN " + x + " > 0 THEN ln(" + x + ")" + (given ? " / ln(" + b.param("value") + ")" : "") + " END";
  }
  if (function != "ROOT") b.wrong("skewFunction", "ROOT, LOG or SQUARE");
  if (given && value <= 0) b.wrong("value", "the degree of a root: greater than 0");
  const std::string degree = given ? b.param("value") : "2", root = "pow(abs(" + x + "), 1.0 / " + degree + ")";
  const bool odd = given && std::fmod(value, 2) == 1;  // only odd roots of negative numbers are real
  return odd ? "(sign(" + x + ") * " + root + ")" : "CASE WHEN " + x + " >= 0 THEN " + root + " END";
}

namespace {

void skewness(Builder& b) { b.add_target(reshaped(b, "CAST(" + b.number(b.source()) + " AS DOUBLE)"), "DOUBLE"); }

void binarization(Builder& b) {
  const std::string x = b.number(b.source()), above = b.flag("flip") ? "0" : "1", rest = b.flag("flip") ? "1" : "0";
  b.add_target("CASE WHEN " + x + " > " + number_parameter(b, "threshold") + " THEN " + above + " WHEN " + x + " IS NOT NULL THEN " + rest + " END", "INTEGER");
}

std::vector<std::string> bounds_of(const Builder& b, size_t buckets) {
  std::vector<std::string> bounds = b.list("splits");
  if (bounds.size() != buckets + 1) b.wrong("splits", "a list of " + std::to_string(buckets + 1) + " bounds, one more than bucketNames");
  double last = 0;
  for (size_t i = 0; i < bounds.size(); ++i) {
    const bool endless = bounds[i] == "-Infinity" || bounds[i] == "Infinity";
    const auto given = number_in(bounds[i]);
    if (!endless && !given) b.wrong("splits", "a list of numbers, -Infinity or Infinity, not '" + bounds[i] + "'");
    const double bound = given ? *given : bounds[i] == "Infinity" ? INFINITY : -INFINITY;
    if (i > 0 && bound <= last) b.wrong("splits", "in rising order");
    last = bound;
    if (endless) bounds[i] = literal(bounds[i]) + "::DOUBLE";
  }
  return bounds;
}

// The lower bound belongs to a bucket, and the last bucket takes its upper one too.
std::string bucket_by_bounds(Builder& b, const std::vector<std::string>& names) {
  const std::vector<std::string> bounds = bounds_of(b, names.size());
  const std::string x = b.number(b.source());
  std::string sql = "CASE WHEN " + x + " < " + bounds.front() + " THEN NULL";
  for (size_t i = 0; i < names.size(); ++i) sql += " WHEN " + x + (i + 1 < names.size() ? " < " : " <= ") + bounds[i + 1] + " THEN " + literal(names[i]);
  return sql + " END";
}

// Equal shares of the rows in order of value; equal values stay together. A bucket reaches to the value that closes its share.
std::string bucket_by_share(Builder& b, const std::vector<std::string>& names) {
  const auto buckets = static_cast<double>(names.size());
  if (std::abs(number_value(b, "percentage") * buckets - 100) >= buckets) b.wrong("percentage", "100 divided by the number of bucketNames");
  b.prepare_statistic();
  const std::string x = finite_number(b, b.source());
  std::vector<std::string> wanted;
  for (size_t i = 1; i < names.size(); ++i) {
    // A hair less, as a share such as 7/10 is a hair more in binary and would take a row of the next bucket.
    std::ostringstream share;
    share << std::fixed << std::setprecision(15) << static_cast<double>(i) / buckets - 1e-13;
    wanted.push_back("quantile_disc(" + x + ", " + share.str() + "::DOUBLE)");
  }
  const std::vector<std::string> bounds = b.statistics(wanted);
  std::string sql = "CASE WHEN " + x + " IS NULL THEN NULL";
  for (size_t i = 0; i < bounds.size(); ++i) sql += " WHEN " + x + " <= " + bounds[i] + " THEN " + literal(names[i]);
  return sql + " ELSE " + literal(names.back()) + " END";
}

void bucketization(Builder& b) {
  const std::vector<std::string> names = b.list("bucketNames");
  if (names.empty()) b.wrong("bucketNames", "a list with at least one name");
  if (b.has("splits") == b.has("percentage")) b.wrong("splits", "given, or percentage, and not both");
  b.add_target(b.has("splits") ? bucket_by_bounds(b, names) : bucket_by_share(b, names), "VARCHAR");
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string as_text(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

Pairs category_map(const Builder& b) {
  const auto tree = nlohmann::json::parse(b.param("categoryMap"), nullptr, false);
  if (!tree.is_object() || tree.empty()) b.wrong("categoryMap", "a JSON object of values and what they become");
  Pairs pairs;
  for (const auto& [key, value] : tree.items()) pairs.emplace_back(key, as_text(value));
  return pairs;
}

// A number column is compared by value: the category 1 is there as 1.0 too.
std::string is_category(const Builder& b, const Column& column, const std::string& key) {
  if (!is_number(family_of(column.type))) return b.text(column) + " = " + literal(key);
  return number_in(key) ? column.sql + " = " + key : "false";
}

// Numbers when the map says so and everything that may come out is one.
std::string map_type(const Builder& b, const Pairs& pairs, bool keeps) {
  if (b.param_or("mapType", "NUMERIC") != "NUMERIC") return "VARCHAR";
  bool whole = true;
  for (const auto& [key, value] : pairs) {
    if (!number_in(value)) b.wrong("categoryMap", "a map to numbers, as mapType says NUMERIC; '" + value + "' is none");
    whole = whole && value.find_first_of(".eE") == std::string::npos && value.size() < 18;
  }
  if (keeps) return "VARCHAR";
  if (!b.has("other") || b.flag("deleteOtherRows")) return whole ? "BIGINT" : "DOUBLE";
  const std::string& other = b.param("other");
  if (!number_in(other)) return "VARCHAR";
  return whole && other.find_first_of(".eE") == std::string::npos && other.size() < 18 ? "BIGINT" : "DOUBLE";
}

void categorical_mapping(Builder& b) {
  const Pairs pairs = category_map(b);
  const bool deletes = b.flag("deleteOtherRows"), keeps = !deletes && b.flag("keepOthers");
  const std::string type = map_type(b, pairs, keeps);
  const auto value_of = [&](const std::string& value) { return type == "VARCHAR" ? literal(value) : "CAST(" + value + " AS " + type + ")"; };
  const Column source = b.source();
  std::string known, sql = "CASE";
  for (const auto& [key, value] : pairs) {
    const std::string test = is_category(b, source, key);
    known += (known.empty() ? "" : " OR ") + test;
    sql += " WHEN " + test + " THEN " + value_of(value);
  }
  if (keeps) sql += " ELSE " + b.text(source);
  else if (!deletes && b.has("other")) sql += " ELSE " + value_of(b.param("other"));
  if (deletes) b.drop_rows("NOT coalesce(" + known + ", false)");
  b.add_target(sql + " END", type);
}

std::string scaled(Builder& b, const std::string& low, const std::string& high) {
  b.prepare_statistic();
  const std::string x = finite_number(b, b.source());
  const auto found = b.statistics({"min(" + x + ")", "max(" + x + ")"});
  const std::string share = "coalesce((" + x + " - " + found[0] + ") / nullif(" + found[1] + " - " + found[0] + ", 0), 0)";
  return "CASE WHEN " + x + " IS NOT NULL THEN " + finite(low + " + (" + high + " - " + low + ") * " + share) + " END";
}

std::string centred(Builder& b) {
  b.prepare_statistic();
  const std::string x = finite_number(b, b.source());
  const auto found = b.statistics({"avg(" + x + ")", "min(" + x + ")", "max(" + x + ")"});
  return "CASE WHEN " + x + " IS NOT NULL THEN " + finite("coalesce((" + x + " - " + found[0] + ") / nullif(" + found[2] + " - " + found[1] + ", 0), 0)") + " END";
}

// The reference doesn't name the parameters of the range; both pairs of CloudFormation's list are read.
std::string bound_of(const Builder& b, const char* one, const char* other, const char* otherwise) {
  for (const char* name : {one, other}) {
    if (b.has(name)) return "(" + number_parameter(b, name) + ")";
  }
  return otherwise;
}

void normalization(Builder& b) {
  const std::string& strategy = b.param("strategy");
  if (strategy == "MIN_MAX") return b.add_target(scaled(b, "0", "1"), "DOUBLE");
  if (strategy == "SCALE_BETWEEN") {
    return b.add_target(scaled(b, bound_of(b, "lowerBound", "startValue", "0"), bound_of(b, "upperBound", "endValue", "1")), "DOUBLE");
  }
  if (strategy == "MEAN_NORMALIZATION") return b.add_target(centred(b), "DOUBLE");
  if (strategy == "Z_SCORE") return b.add_target(z_score(b), "DOUBLE");
  b.wrong("strategy", "MIN_MAX, SCALE_BETWEEN, MEAN_NORMALIZATION or Z_SCORE");
}

constexpr Action kActions[] = {
    {"BINARIZATION", false, binarization}, {"BUCKETIZATION", false, bucketization}, {"CATEGORICAL_MAPPING", false, categorical_mapping},
    {"NORMALIZATION", false, normalization}, {"SCALE", false, normalization}, {"SKEWNESS", false, skewness}};

}  // namespace

std::span<const Action> science_actions() { return kActions; }

}  // namespace mr::recipe
