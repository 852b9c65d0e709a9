// AGG(…): numbers about the table, about a column, and its statistics. Missing values (NULL, and
// the empty text) count in none but MISSING_VALUES.
#include "quality/databrew/tests.hpp"

#include <algorithm>
#include <array>

namespace mr::quality::databrew {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;

struct Statistic {
  std::string_view name, sql;  // $ is the column as DOUBLE
  bool of_a_row = false;
};

// The forms of DataBrew's profiles: a sample's deviation, moments of the values themselves.
constexpr std::array<Statistic, 11> kStatistics{
    {{"MIN", "min($)", true},
     {"MAX", "max($)", true},
     {"MEDIAN", "quantile_cont($, 0.5)", true},
     {"MEAN", "avg($)"},
     {"STANDARD_DEVIATION", "stddev_samp($)"},
     {"SUM", "sum($)"},
     {"KURTOSIS", "CASE WHEN var_pop($) = 0 THEN 0 ELSE kurtosis_pop($) END"},
     {"SKEWNESS",
      "CASE WHEN count($) = 0 THEN NULL WHEN count($) <= 2 OR var_pop($) = 0 THEN 0 ELSE "
      "skewness($) * (count($) - 2) / sqrt(count($) * (count($) - 1.0)) END"},
     {"VARIANCE", "var_samp($)"},
     {"MEDIAN_ABSOLUTE_DEVIATION", "mad($)"},
     {"RANGE", "max($) - min($)"}}};

constexpr std::array<std::string_view, 6> kCounted{"MISSING_VALUES", "DUPLICATE_VALUES",
                                                   "VALID_VALUES",   "DISTINCT_VALUES",
                                                   "UNIQUE_VALUES",  "Z_SCORE_OUTLIERS"};

std::string put(std::string_view pattern, const std::string& sql) {
  std::string text;
  for (const char c : pattern) text += c == '$' ? sql : std::string(1, c);
  return text;
}

class Reader {
 public:
  Reader(const Scope& scope, const Test& test) : scope_(scope), test_(test) {}

  Aggregate read() {
    if (auto found = of_table()) return *found;
    const ColumnInfo& one = column();
    if (auto found = counted(one)) return named(std::move(*found), one);
    if (auto found = statistic(one)) return named(std::move(*found), one);
    throw QualityError("E7003", "there is no aggregate " + test_.statistic, scope_.rule.place,
                       "known are ROWS_COUNT, COLUMNS_COUNT, DUPLICATE_ROWS and the _COUNT or "
                       "_PERCENTAGE of MISSING_VALUES, DUPLICATE_VALUES, VALID_VALUES, "
                       "DISTINCT_VALUES, UNIQUE_VALUES and Z_SCORE_OUTLIERS; MIN, MAX, MEDIAN, "
                       "MEAN, MODE, STANDARD_DEVIATION, ENTROPY, SUM, KURTOSIS, SKEWNESS, "
                       "VARIANCE, MEDIAN_ABSOLUTE_DEVIATION, RANGE and QUANTILE");
  }

 private:
  Aggregate named(Aggregate made, const ColumnInfo& column) const {
    made.name = test_.statistic + " of " + column.name;
    return made;
  }

  void no_parameter() const {
    if (!test_.parameter.empty()) scope_.wrong(test_.statistic + " takes no parameter");
  }

  double parameter() const {
    const auto value = nlohmann::json::parse(test_.parameter, nullptr, false);
    if (!value.is_number()) scope_.wrong("the parameter of " + test_.statistic + " is no number");
    return value.get<double>();
  }

  MeasureId rows() const { return scope_.measures.scalar("count(*)"); }

  std::optional<Aggregate> of_table() const {
    const std::string& word = test_.statistic;
    const bool percent = word == "DUPLICATE_ROWS_PERCENTAGE";
    if (word != "ROWS_COUNT" && word != "COLUMNS_COUNT" && word != "DUPLICATE_ROWS_COUNT" &&
        !percent)
      return std::nullopt;
    no_parameter();
    if (!test_.column.empty()) scope_.wrong(word + " is of the whole table, not of a column");
    if (word == "ROWS_COUNT") return Aggregate{.name = word, .value = rows()};
    if (word == "COLUMNS_COUNT")
      return Aggregate{.name = word, .known = static_cast<double>(scope_.target.columns.size())};
    std::vector<std::string> keys;
    for (const ColumnInfo& one : scope_.target.columns) keys.push_back(ident(one.name));
    Aggregate made{.name = word};
    made.value = scope_.measures.grouped(keys, "", "coalesce(sum(n) - count(*), 0)");
    if (percent) made.of = rows();
    return made;
  }

  const ColumnInfo& column() const {
    const std::string& name = test_.column.empty() ? scope_.selected : test_.column;
    if (name.empty()) scope_.wrong("AGG names no column, and the rule has no ColumnSelectors");
    if (const ColumnInfo* found = scope_.target.find(name, true)) return *found;
    if (const ColumnInfo* found = scope_.target.find(name, false)) return *found;
    throw gx::MissingColumn{name};
  }

  static std::string there(const ColumnInfo& one) {
    const std::string sql = ident(one.name);
    return is_text(one.type) ? sql + " IS NOT NULL AND " + sql + " <> ''" : sql + " IS NOT NULL";
  }

  // The table's rows by the column's values.
  MeasureId by_value(const ColumnInfo& one, const std::string& aggregate) const {
    return scope_.measures.grouped({ident(one.name)}, there(one), aggregate);
  }

  std::optional<Aggregate> counted(const ColumnInfo& one) const {
    std::string word = test_.statistic;
    const bool percent = word.ends_with("_PERCENTAGE");
    if (!percent && !word.ends_with("_COUNT")) return std::nullopt;
    word.resize(word.rfind('_'));
    if (std::find(kCounted.begin(), kCounted.end(), word) == kCounted.end()) return std::nullopt;
    if (word != "Z_SCORE_OUTLIERS") no_parameter();
    Aggregate made{.value = count_of(word, one)};
    if (percent) made.of = rows();
    return made;
  }

  MeasureId count_of(const std::string& word, const ColumnInfo& one) const {
    if (word == "MISSING_VALUES")
      return scope_.measures.scalar("count(*)", "NOT (" + there(one) + ")");
    if (word == "VALID_VALUES") return scope_.measures.scalar("count(*)", there(one));
    if (word == "DISTINCT_VALUES") return by_value(one, "count(*)");
    if (word == "UNIQUE_VALUES") return by_value(one, "count(*) FILTER (WHERE n = 1)");
    if (word == "DUPLICATE_VALUES") return by_value(one, "coalesce(sum(n) - count(*), 0)");
    return outliers(one);
  }

  MeasureId outliers(const ColumnInfo& one) const {
    const double limit = test_.parameter.empty() ? 3 : parameter();
    if (!(limit > 0)) scope_.wrong("the threshold of Z_SCORE_OUTLIERS must be above 0");
    const std::string x = number(one);
    const MeasureId mean = scope_.measures.scalar("avg(" + x + ")"),
                    deviation = scope_.measures.scalar("stddev_samp(" + x + ")");
    return scope_.measures.scalar("count(*)", "abs(" + x + " - " + Measures::value_sql(mean) +
                                                  ") > " + nlohmann::json(limit).dump() + " * " +
                                                  Measures::value_sql(deviation));
  }

  static std::string number(const ColumnInfo& one) {
    if (!is_number(one.type)) throw gx::UnfitColumn{"column '" + one.name + "' holds no numbers"};
    return "CAST(" + ident(one.name) + " AS DOUBLE)";
  }

  std::optional<Aggregate> statistic(const ColumnInfo& one) const {
    const std::string& word = test_.statistic;
    if (word == "QUANTILE") return quantile(one);
    if (word == "MODE") return mode(one);
    if (word == "ENTROPY") {
      no_parameter();
      return Aggregate{.value = by_value(one, "ln(sum(n)) - sum(n * ln(n)) / sum(n)")};
    }
    const auto* found = std::find_if(kStatistics.begin(), kStatistics.end(),
                                     [&](const Statistic& known) { return known.name == word; });
    if (found == kStatistics.end()) return std::nullopt;
    no_parameter();
    return Aggregate{.value = scope_.measures.scalar(put(found->sql, number(one))),
                     .of_a_row = found->of_a_row};
  }

  Aggregate quantile(const ColumnInfo& one) const {
    if (test_.parameter.empty()) scope_.wrong("QUANTILE needs a parameter from 0 to 1");
    const double share = parameter();
    if (!(share >= 0 && share <= 1)) scope_.wrong("the parameter of QUANTILE must be from 0 to 1");
    return {.value = scope_.measures.scalar("quantile_cont(" + number(one) + ", " +
                                            nlohmann::json(share).dump() + ")"),
            .of_a_row = true};
  }

  // Of the most frequent values the smallest.
  Aggregate mode(const ColumnInfo& one) const {
    no_parameter();
    number(one);
    const MeasureId most = by_value(one, "max(n)");
    return {.value = by_value(one, "min(CAST(k0 AS DOUBLE)) FILTER (WHERE n = " +
                                       Measures::value_sql(most) + ")"),
            .of_a_row = true};
  }

  const Scope& scope_;
  const Test& test_;
};

}  // namespace

Aggregate aggregate_of(const Scope& scope, const Test& test) {
  return Reader(scope, test).read();
}

}  // namespace mr::quality::databrew
