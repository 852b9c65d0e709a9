#include "quality/dqdl/rule_types.hpp"

#include <algorithm>

namespace mr::quality::dqdl {
namespace {

using Kind = Condition::Kind;

constexpr size_t kAny = 1000;  // columns of a key

Form number(size_t least, size_t most) {
  return {least, most, {Kind::number}, false};
}

Form of_kind(size_t count, Kind kind) {
  return {count, count, {kind}, false};
}

Form bare(size_t least, size_t most) {
  return {least, most, {}, true};
}

struct Allows {
  bool where = false, threshold = false, analyzer = false, only_analyzer = false;
};

RuleType type(std::string_view name, std::vector<Form> forms, Allows allows = {}) {
  return {name,
          std::move(forms),
          allows.where,
          allows.threshold,
          allows.analyzer,
          allows.only_analyzer};
}

// A number about one column.
RuleType statistic(std::string_view name) {
  return type(name, {number(1, 1)}, {.where = true, .analyzer = true});
}

std::vector<RuleType> table() {
  std::vector<RuleType> types{
      type("RowCount", {number(0, 0)}, {.where = true, .analyzer = true}),
      type("ColumnCount", {number(0, 0)}, {.analyzer = true}),
      type("ColumnExists", {bare(1, 1)}),
      type("ColumnNamesMatchPattern", {bare(1, 1)}),
      type("IsComplete", {bare(1, 1)}, {.where = true}),
      type("Uniqueness", {number(1, kAny)}, {.where = true, .analyzer = true}),
      type("IsUnique", {bare(1, kAny)}, {.where = true}),
      type("IsPrimaryKey", {bare(1, kAny)}, {.where = true}),
      type("ColumnCorrelation", {number(2, 2)}, {.where = true, .analyzer = true}),
      type("DuplicateRowCount", {number(0, kAny)}, {.where = true, .analyzer = true}),
      type("ColumnValues", {{1, 1, {Kind::number, Kind::text, Kind::date}, false}},
           {.where = true, .threshold = true, .analyzer = true}),
      type("ColumnDataType", {of_kind(1, Kind::text)},
           {.where = true, .threshold = true, .analyzer = true}),
      type("DataFreshness", {of_kind(1, Kind::duration)}, {.where = true, .analyzer = true}),
      type("CustomSql", {{1, 1, {Kind::number}, true}}, {.threshold = true, .analyzer = true}),
      type("RowCountMatch", {number(1, 1)}, {.analyzer = true}),
      type("ReferentialIntegrity", {number(2, 2)}, {.analyzer = true}),
      type("DatasetMatch", {number(2, 3)}, {.analyzer = true}),
      type("SchemaMatch", {number(1, 1)}, {.analyzer = true}),
      type("AggregateMatch", {number(2, 2)}, {.analyzer = true}),
      type("DetectAnomalies", {bare(1, kAny)}),
      type("AllStatistics", {number(1, 1)}, {.analyzer = true, .only_analyzer = true}),
      type("FileFreshness", {of_kind(0, Kind::date), of_kind(1, Kind::date)},
           {.threshold = true, .analyzer = true}),
      type("FileMatch", {of_kind(0, Kind::text), of_kind(1, Kind::text), bare(2, 2)}),
      type("FileUniqueness", {number(0, 1)}, {.analyzer = true}),
      type("FileSize", {of_kind(0, Kind::size), of_kind(1, Kind::size)},
           {.threshold = true, .analyzer = true}),
  };
  for (const char* name : {"Completeness", "UniqueValueRatio", "DistinctValuesCount", "Entropy",
                           "Mean", "Sum", "StandardDeviation", "Variance", "ColumnLength",
                           "ZerosCount", "Range", "InterquartileRange", "Skewness", "Kurtosis"}) {
    types.push_back(statistic(name));
  }
  return types;
}

}  // namespace

const std::vector<RuleType>& rule_types() {
  static const std::vector<RuleType> kTypes = table();
  return kTypes;
}

const RuleType* rule_type(std::string_view name) {
  const auto& types = rule_types();
  const auto found = std::find_if(types.begin(), types.end(),
                                  [&](const RuleType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace mr::quality::dqdl
