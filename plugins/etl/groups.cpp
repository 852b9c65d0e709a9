// Transforms over groups of rows.
#include <algorithm>
#include <array>
#include <cctype>

#include "etl/transform.hpp"

namespace mr::etl {
namespace {

using mr::data::ident;
using mr::data::literal;

struct Function {
  std::string_view name, sql;  // ? is the column, @ the whole row
};

constexpr std::array<Function, 20> kFunctions{{{"avg", "avg(?)"}, {"count", "count(?)"}, {"count_distinct", "count(DISTINCT ?)"}, {"kurtosis", "kurtosis(?)"}, {"max", "max(?)"}, {"median", "median(?)"}, {"min", "min(?)"},
                                                {"mode", "mode(?)"}, {"product", "product(?)"}, {"skewness", "skewness(?)"}, {"stddev_pop", "stddev_pop(?)"}, {"stddev_samp", "stddev_samp(?)"}, {"sum", "sum(?)"},
                                                {"sum_distinct", "sum(DISTINCT ?)"}, {"var_pop", "var_pop(?)"}, {"var_samp", "var_samp(?)"}, {"list", "list(? ORDER BY @)"}, {"count_null", "count(*) FILTER (WHERE ? IS NULL)"},
                                                {"bool_and", "bool_and(?)"}, {"bool_or", "bool_or(?)"}}};

std::string all_functions() {
  std::string text = "first, last, quantile";
  for (const auto& one : kFunctions) text += ", " + std::string(one.name);
  return text;
}

// {function, of, q, order_by} as SQL.
std::string aggregate_of(const Given& given, const json& one, const std::string& where) {
  const std::string function = one.at("function");
  if (function == "count" && !one.contains("of")) return "count(*)";
  if (!one.contains("of")) wrong("function " + function + " needs a column", where, "name it by `of`");
  const std::string column = "l." + ident(column_of(given.input.columns, one.at("of").get<std::string>()).name);
  if (function == "quantile") return "quantile_cont(" + column + ", " + (one.contains("q") ? one.at("q").dump() : "0.5") + ")";
  if (function == "first" || function == "last") {
    if (!one.contains("order_by")) wrong("function " + function + " needs an order", where, "name its columns by order_by");
    const std::string order = order_of(one.at("order_by"), given.input.columns);
    return function + "(" + column + " ORDER BY " + order + ", " + row_of(given.input.columns) + ")";
  }
  for (const auto& known : kFunctions) {
    if (known.name != function) continue;
    std::string sql(known.sql);
    if (const auto row = sql.find('@'); row != std::string::npos) sql.replace(row, 1, row_of(given.input.columns));
    return sql.replace(sql.find('?'), 1, column);
  }
  wrong("there is no function " + function, where, "there are " + all_functions());
}

std::string grouped(const std::vector<std::string>& by) { return by.empty() ? "" : " GROUP BY " + list_of(by, "l."); }

Made aggregate(const Given& given) {
  const auto by = columns_of(given, "by");
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& name : by) made.emplace_back(name, "l." + ident(name));
  for (const auto& [name, one] : given.with.at("values").items()) made.emplace_back(name, aggregate_of(given, one, "values." + name));
  return {.list = with_columns({}, made), .tail = grouped(by)};
}

// The first word of a text, in small letters: "sum" of " Sum (x)".
std::string first_word(const std::string& text) {
  std::string word;
  for (const unsigned char c : text) {
    if (std::isalnum(c) != 0 || c == '_') word += static_cast<char>(std::tolower(c));
    else if (!word.empty() || std::isspace(c) == 0) break;
  }
  return word;
}

// Where one row is before another, the whole row decides which, among those that are equal in the order. Where equal rows are peers they stay
// so, as the SQL standard has it: for ranks, and for frames of RANGE and GROUPS, which a finer order would change.
bool tells_equals_apart(const std::string& call, const std::string& frame) {
  static constexpr std::array<std::string_view, 5> kPeers{"rank", "dense_rank", "rank_dense", "percent_rank", "cume_dist"};
  static constexpr std::array<std::string_view, 4> kNoFrame{"row_number", "lag", "lead", "ntile"};
  static constexpr std::array<std::string_view, 5> kOneRow{"first_value", "last_value", "nth_value", "first", "last"};
  const auto among = [name = first_word(call)](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (among(kPeers)) return false;
  return among(kNoFrame) || first_word(frame) == "rows" || (frame.empty() && among(kOneRow));
}

Made window(const Given& given) {
  const auto by = columns_of(given, "by");
  const std::string order = given.with.contains("order_by") ? " ORDER BY " + order_of(given.with.at("order_by"), given.input.columns) : "";
  const std::string frame = given.text("frame"), group = by.empty() ? "" : "PARTITION BY " + list_of(by, "l.");
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& [name, call] : given.with.at("values").items()) {
    const auto text = call.get<std::string>();
    (void)expression_of(text, "values." + name);
    made.emplace_back(name, text + (!order.empty() && tells_equals_apart(text, frame) ? " OVER by_row" : " OVER by_order"));
  }
  if (!frame.empty()) (void)expression_of(frame, "frame");
  const std::string range = frame.empty() ? "" : " " + frame;
  std::string windows = " WINDOW by_order AS (" + group + order + range + ")";
  if (!order.empty()) windows += ", by_row AS (" + group + order + ", " + hash_of(given.input.columns) + (first_word(frame) == "rows" ? range : "") + ")";
  return {.list = with_columns(given.input.columns, made), .tail = windows};
}

constexpr size_t kMostColumns = 500;

// Without a list of values they are looked up first: the columns that come of it are those of the rows of today.
Made pivot(const Given& given) {
  const auto on = column_of(given.input.columns, given.text("on")).name;
  const std::string name = "CAST(l." + ident(on) + " AS VARCHAR)";
  auto values = given.names("values");
  if (values.empty()) {
    const auto found = given.look("DISTINCT " + name + " AS v");
    for (const auto& row : found.rows) {
      if (row[0]) values.push_back(*row[0]);
    }
    std::sort(values.begin(), values.end());
  }
  if (values.size() > kMostColumns) wrong("column '" + on + "' has " + std::to_string(values.size()) + " values, which would be as many columns", "on", "name those that matter by `values`");
  const auto by = columns_of(given, "by");
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& column : by) made.emplace_back(column, "l." + ident(column));
  const std::string value = aggregate_of(given, given.with.at("value"), "value");
  for (const auto& one : values) made.emplace_back(one, value + " FILTER (WHERE " + name + " = " + literal(one) + ")");
  return {.list = with_columns({}, made), .tail = grouped(by)};
}

Made unpivot(const Given& given) {
  const auto columns = columns_of(given, "columns");
  const std::string name = given.text("name", "name"), value = given.text("value", "value");
  std::vector<std::string> list;
  for (const auto& column : given.input.columns) {
    if (std::find(columns.begin(), columns.end(), column.name) == columns.end()) list.push_back(column.name);
    if (std::find(columns.begin(), columns.end(), column.name) == columns.end() && (column.name == name || column.name == value)) wrong("column '" + column.name + "' is there already", "name", "give name and value other names");
  }
  list.push_back(name);
  list.push_back(value);
  return {.list = list_of(list), .tail = std::string(" UNPIVOT ") + (given.flag("keep_nulls") ? "INCLUDE NULLS " : "") + "(" + ident(value) + " FOR " + ident(name) + " IN (" + list_of(columns) + "))"};
}

constexpr const char* kValue = R"("function": {"type": "string", "description": "avg, bool_and, bool_or, count, count_distinct, count_null, first, kurtosis, last, list, max, median, min, mode, product, quantile, skewness, stddev_pop, stddev_samp, sum, sum_distinct, var_pop, var_samp. Skewness and kurtosis are those of a sample."},
          "of": {"type": "string", "description": "The column; count needs none."}, "q": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5, "description": "Of quantile."},
          "order_by": {"type": "array", "items": {"type": "string"}, "description": "Of first and last."}}})";

std::string with_value(std::string properties) { return properties.replace(properties.find('@'), 1, std::string(R"({"type": "object", "additionalProperties": false, "description": "What is worked out of a group.", "required": ["function"], "properties": {)") + kValue); }

const std::string kAggregate = with_value(R"({"by": {"type": "array", "items": {"type": "string"}, "description": "Columns that make a group; all rows are one when left out."},
           "values": {"type": "object", "description": "What is worked out, by the new column.", "additionalProperties": @}})");
const std::string kPivot = with_value(R"({"on": {"type": "string", "description": "The column whose values become columns."}, "values": {"type": "array", "items": {"type": "string"}, "description": "Those that become one; all when left out, which takes a scan."},
           "by": {"type": "array", "items": {"type": "string"}, "description": "Columns that make a row."}, "value": @})");

}  // namespace

std::vector<Transform> group_transforms() {
  return {{"aggregate", "Makes one row of each group.", kAggregate, R"(["values"])", R"({"by": ["city"], "values": {"orders": {"function": "count"}, "total": {"function": "sum", "of": "quantity"}}})", aggregate},
          {"window", "Adds what functions over a window give: running sums, ranks, the row before.",
           R"({"by": {"type": "array", "items": {"type": "string"}, "description": "Columns that make a group; all rows are one when left out."},
               "order_by": {"type": "array", "items": {"type": "string"}, "description": "Within a group. Where one row is before another (lag, row_number, ROWS frames) ties are decided by the whole row; for ranks, sums, RANGE and GROUPS frames equal rows are equal."}, "frame": {"type": "string", "description": "ROWS BETWEEN 6 PRECEDING AND CURRENT ROW …"},
               "values": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Function calls by the new column: sum(quantity), rank(), lag(price)."}})",
           R"(["values"])", R"j({"by": ["city"], "order_by": ["day"], "values": {"so_far": "sum(quantity)", "before": "lag(quantity)"}})j", window, true},
          {"pivot", "Makes columns of a column's values.", kPivot, R"(["on", "value"])", R"({"on": "city", "by": ["day"], "value": {"function": "sum", "of": "quantity"}})", pivot},
          {"unpivot", "Makes rows of columns: one for each of them, with its name and its value.",
           R"({"columns": {"type": "array", "items": {"type": "string"}, "description": "Of types that go together."}, "name": {"type": "string", "default": "name", "description": "The column for their names."},
               "value": {"type": "string", "default": "value", "description": "The column for their values."}, "keep_nulls": {"type": "boolean", "default": false, "description": "Whether values that are missing make a row, too."}})",
           R"(["columns"])", R"({"columns": ["quantity", "price"], "name": "measure"})", unpivot}};
}

}  // namespace mr::etl
