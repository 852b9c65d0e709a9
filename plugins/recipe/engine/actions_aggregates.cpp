// "Aggregate functions" look across the columns of one row, never down a column. What is missing is left out, and so is what is no number where
// numbers are wanted (SUM counts it as 0, which is the same).
#include <algorithm>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/operands.hpp"

namespace mr::recipe {
namespace {

void add_result(Builder& b, const std::string& sql, const std::string& type) { add_right_of(b, {"sourceColumns"}, sql, type); }

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

// The numbers of a row in one type: BIGINT while all columns are whole (HUGEINT when one is wider), DECIMAL(38,s) with decimals, else DOUBLE.
struct Numbers {
  std::vector<std::string> items{};
  std::string type{};

  std::string list() const { return "[" + joined(items) + "]"; }
  std::string doubles() const { return "CAST(" + list() + " AS DOUBLE[])"; }
};

std::string common_type(const std::vector<Operand>& operands) {
  int scale = 0;
  bool wide = false, decimal = false;
  for (const Operand& operand : operands) {
    const Family family = family_of(operand.type);
    if (family == Family::floating) return "DOUBLE";
    decimal = decimal || family == Family::decimal;
    scale = std::max(scale, scale_of(operand.type));
    wide = wide || operand.type == "HUGEINT" || operand.type == "UHUGEINT" || operand.type == "UBIGINT";
  }
  if (decimal) return "DECIMAL(38," + std::to_string(scale) + ")";
  return wide ? "HUGEINT" : "BIGINT";
}

Numbers numbers(Builder& b) {
  settle(b);
  std::vector<Operand> operands;
  for (const size_t index : b.sources()) {
    const Column& column = b.at(index);
    const Family family = family_of(column.type);
    if (is_number(family) || family == Family::text) operands.push_back(number_of(b, column));
  }
  if (operands.empty()) b.wrong("sourceColumns", "a list with at least one column of numbers or texts");
  Numbers numbers{{}, common_type(operands)};
  for (const Operand& operand : operands) {
    numbers.items.push_back(operand.type == numbers.type ? operand.sql : "TRY_CAST(" + operand.sql + " AS " + numbers.type + ")");
  }
  return numbers;
}

void sum(Builder& b) {
  const Numbers n = numbers(b);
  const std::string wide = n.type == "BIGINT" ? "HUGEINT" : n.type;
  std::string sql;
  for (const std::string& item : n.items) sql += (sql.empty() ? "(" : " + ") + ("coalesce(CAST(" + item + " AS " + wide + "), 0)");
  add_result(b, n.type == "DOUBLE" ? finite(sql + ")") : "TRY_CAST(TRY(" + sql + ")) AS " + n.type + ")", n.type);
}

void maximum(Builder& b) {
  const Numbers n = numbers(b);
  add_result(b, "greatest(" + joined(n.items) + ")", n.type);
}

void minimum(Builder& b) {
  const Numbers n = numbers(b);
  add_result(b, "least(" + joined(n.items) + ")", n.type);
}

void in_doubles(Builder& b, const std::string& function) { add_result(b, finite("TRY(" + function + "(" + numbers(b).doubles() + "))"), "DOUBLE"); }
void average(Builder& b) { in_doubles(b, "list_avg"); }
void median(Builder& b) { in_doubles(b, "list_median"); }
void variance(Builder& b) { in_doubles(b, "list_var_pop"); }
void standard_deviation(Builder& b) { in_doubles(b, "list_stddev_pop"); }

void kth(Builder& b, bool distinct) {
  const std::string k = std::to_string(b.whole("value", 1, INT32_MAX));
  const Numbers n = numbers(b);
  const std::string list = distinct ? "list_distinct(" + n.list() + ")" : n.list();
  add_result(b, "list_sort(" + list + ", 'DESC', 'NULLS LAST')[" + k + "]", n.type);
}

void kth_largest(Builder& b) { kth(b, false); }
void kth_largest_unique(Builder& b) { kth(b, true); }

void mode(Builder& b) {
  const std::string ties = one_of_names(b, "modeType", "NONE", {"NONE", "MINIMUM", "MAXIMUM", "AVERAGE"});
  const Numbers n = numbers(b);
  const bool average = ties == "AVERAGE";
  const std::string settle = average ? "list_avg" : ties == "MAXIMUM" ? "list_max" : "list_min";
  const std::string most = "list_transform(list_filter(map_entries(h), lambda e: e.value = list_max(map_values(h))), lambda e: e.key)";
  const std::string sql = "list_transform([list_aggregate(" + (average ? n.doubles() : n.list()) + ", 'histogram')], lambda h: " + settle + "(" + most + "))[1]";
  add_result(b, sql, average ? "DOUBLE" : n.type);
}

// The values that are there: in their own type where all columns share it, else as texts.
struct Values {
  std::vector<std::string> items{};
  std::string type{};
};

Values filled_values(Builder& b) {
  const std::vector<size_t> indexes = b.sources();
  Values values{{}, b.at(indexes.front()).type};
  for (const size_t index : indexes) {
    if (b.at(index).type != values.type) values.type = "VARCHAR";
  }
  for (const size_t index : indexes) {
    const Column& column = b.at(index);
    values.items.push_back(values.type == "VARCHAR" ? "nullif(" + b.text(column) + ", '')" : column.sql);
  }
  return values;
}

void any(Builder& b) {
  const Values values = filled_values(b);
  add_result(b, "coalesce(" + joined(values.items) + ")", values.type);
}

void count(Builder& b) {
  std::string sql;
  for (const std::string& item : filled_values(b).items) sql += (sql.empty() ? "" : " + ") + ("CAST((" + item + ") IS NOT NULL AS BIGINT)");
  add_result(b, sql, "BIGINT");
}

// 1 and 1.0 are one number: columns of several number types are compared as numbers.
void count_distinct(Builder& b) {
  const std::vector<size_t> indexes = b.sources();
  const bool numeric = std::all_of(indexes.begin(), indexes.end(), [&](size_t index) { return is_number(family_of(b.at(index).type)); });
  const std::string list = numeric ? numbers(b).list() : "[" + joined(filled_values(b).items) + "]";
  add_result(b, "CAST(len(list_distinct(" + list + ")) AS BIGINT)", "BIGINT");
}

constexpr Action kActions[] = {
    {"ANY", false, any}, {"AVERAGE", false, average}, {"COUNT", false, count}, {"COUNT_DISTINCT", false, count_distinct}, {"KTH_LARGEST", false, kth_largest},
    {"KTH_LARGEST_UNIQUE", false, kth_largest_unique}, {"MAX", false, maximum}, {"MEDIAN", false, median}, {"MIN", false, minimum}, {"MODE", false, mode},
    {"STANDARD_DEVIATION", false, standard_deviation}, {"SUM", false, sum}, {"VARIANCE", false, variance}};

}  // namespace

std::span<const Action> aggregate_actions() { return kActions; }

}  // namespace mr::recipe
