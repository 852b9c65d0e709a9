// Great Expectations suites, 0.18 and 1.x: JSON to checks.
#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "quality/engine/check.hpp"

namespace mr::quality {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

struct MissingColumn {
  std::string name;
};

struct Expectation {
  const Target& target;
  Measures& measures;
  std::string type, where;
  json kwargs;
  std::string filter{};  // row_condition as SQL

  [[noreturn]] void wrong(const std::string& what) const { throw QualityError("E7005", what, where); }
  bool has(const char* key) const { return kwargs.contains(key) && !kwargs[key].is_null(); }
  std::string text(const char* key) const {
    if (!has(key) || !kwargs[key].is_string()) wrong(std::string("'") + key + "' must be a text");
    return kwargs[key].get<std::string>();
  }
  bool flag(const char* key) const {
    if (!has(key)) return false;
    if (!kwargs[key].is_boolean()) wrong(std::string("'") + key + "' must be true or false");
    return kwargs[key].get<bool>();
  }
  double mostly() const {
    if (!has("mostly")) return 1.0;
    if (!kwargs["mostly"].is_number() || kwargs["mostly"] < 0 || kwargs["mostly"] > 1) wrong("'mostly' must be a number from 0 to 1");
    return kwargs["mostly"].get<double>();
  }
  std::vector<std::string> names(const char* key) const {
    if (!has(key) || !kwargs[key].is_array()) wrong(std::string("'") + key + "' must be a list of column names");
    std::vector<std::string> list;
    for (const json& entry : kwargs[key]) {
      if (!entry.is_string()) wrong(std::string("'") + key + "' must be a list of column names");
      list.push_back(entry.get<std::string>());
    }
    return list;
  }
};

std::string label(const Expectation& e) {
  std::string name = e.type;
  for (const char* key : {"column", "column_A", "column_B"}) {
    if (e.has(key) && e.kwargs[key].is_string()) name += " " + e.kwargs[key].get<std::string>();
  }
  if (e.has("column_list") && e.kwargs["column_list"].is_array()) {
    for (const json& entry : e.kwargs["column_list"]) name += " " + (entry.is_string() ? entry.get<std::string>() : entry.dump());
  }
  return name;
}

// A date or time as SQL; one that can't be read is refused rather than compared as NULL.
std::string moment(const Expectation& e, const std::string& text) {
  const std::string sql = "coalesce(TRY_CAST(" + literal(text) + " AS TIMESTAMP), try_strptime(" + literal(text) +
                          ", ['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%b %d %Y', '%b %d %Y %H:%M:%S', '%B %d %Y', '%d %b %Y']))";
  const auto read = e.target.session.query("SELECT CAST(" + sql + " AS VARCHAR)");
  if (!read.rows.at(0).at(0)) e.wrong("'" + text + "' is not a date or time");
  return "TIMESTAMP " + literal(*read.rows[0][0]);
}

// Both sides of a comparison in the column's own kind.
std::pair<std::string, std::string> sides(const Expectation& e, const std::string& sql, const std::string& type, const json& value) {
  if (value.is_number()) return {is_number(type) ? sql : "TRY_CAST(" + sql + " AS DOUBLE)", value.dump()};
  if (value.is_boolean()) return {"TRY_CAST(" + sql + " AS BOOLEAN)", value.dump()};
  if (!value.is_string()) e.wrong("a value to compare with must be a number, a text or a boolean");
  const std::string text = literal(value.get<std::string>());
  if (is_moment(type)) return {sql, moment(e, value.get<std::string>())};
  if (e.flag("parse_strings_as_datetimes")) return {"TRY_CAST(" + sql + " AS TIMESTAMP)", moment(e, value.get<std::string>())};
  if (is_number(type)) return {sql, "TRY_CAST(" + text + " AS DOUBLE)"};
  return {type == "VARCHAR" ? sql : "CAST(" + sql + " AS VARCHAR)", text};
}

std::string within(const Expectation& e, const std::string& sql, const std::string& type) {
  std::string test;
  if (e.has("min_value")) {
    const auto [left, right] = sides(e, sql, type, e.kwargs["min_value"]);
    test = left + (e.flag("strict_min") ? " > " : " >= ") + right;
  }
  if (e.has("max_value")) {
    const auto [left, right] = sides(e, sql, type, e.kwargs["max_value"]);
    test = both(test, left + (e.flag("strict_max") ? " < " : " <= ") + right);
  }
  return test.empty() ? "true" : test;
}

// A check of values: those in scope (`considered`) must hold `good`, in a share of at least `mostly`.
Check map_check(const Expectation& e, const std::string& considered, const std::string& good) {
  const std::string scope = both(e.filter, considered), bad = both(scope, "(" + good + ") IS NOT TRUE");
  const MeasureId elements = e.measures.scalar("count(*)", e.filter), of = e.measures.scalar("count(*)", scope), unexpected = e.measures.scalar("count(*)", bad);
  return {label(e), bad, [=, mostly = e.mostly()](const Measures& m) {
            if (const auto hindrance = hindered(m, {elements, of, unexpected})) return *hindrance;
            const auto all = static_cast<double>(m.count(of)), wrong = static_cast<double>(m.count(unexpected));
            json facts{{"element_count", m.count(elements)}, {"considered_count", m.count(of)}, {"unexpected_count", m.count(unexpected)}};
            facts["unexpected_percent"] = all > 0 ? json(100.0 * wrong / all) : json();
            return Verdict{all == 0 || (all - wrong) / all >= mostly, std::move(facts)};
          }};
}

const ColumnInfo& column_of(const Expectation& e, const char* key = "column") {
  const std::string name = e.text(key);
  if (const ColumnInfo* column = e.target.find(name, true)) return *column;
  throw MissingColumn{name};  // becomes a failed check: the suite is fine, the data lacks the column
}

Check per_value(const Expectation& e, const std::string& good) { return map_check(e, ident(column_of(e).name) + " IS NOT NULL", good); }

Check not_null(const Expectation& e) { return map_check(e, "", ident(column_of(e).name) + " IS NOT NULL"); }
Check be_null(const Expectation& e) { return map_check(e, "", ident(column_of(e).name) + " IS NULL"); }

void need_bound(const Expectation& e) {
  if (!e.has("min_value") && !e.has("max_value")) e.wrong("needs 'min_value' or 'max_value'");
}

Check between(const Expectation& e) {
  need_bound(e);
  return per_value(e, within(e, ident(column_of(e).name), column_of(e).type));
}

std::string member_test(const Expectation& e) {
  if (!e.has("value_set")) return "true";
  if (!e.kwargs["value_set"].is_array()) e.wrong("'value_set' must be a list");
  const ColumnInfo& column = column_of(e);
  std::map<std::string, std::string> lists;  // by left side
  for (const json& value : e.kwargs["value_set"]) {
    if (value.is_null()) continue;
    const auto [left, right] = sides(e, ident(column.name), column.type, value);
    auto& list = lists[left];
    list += (list.empty() ? "" : ", ") + right;
  }
  std::string test;
  for (const auto& [left, list] : lists) test += (test.empty() ? "coalesce(" : " OR coalesce(") + left + " IN (" + list + "), false)";
  return test.empty() ? "false" : "(" + test + ")";
}

Check in_set(const Expectation& e) { return per_value(e, member_test(e)); }

Check not_in_set(const Expectation& e) {
  if (!e.has("value_set")) return per_value(e, "true");
  return per_value(e, "NOT " + member_test(e));
}

Check regex(const Expectation& e) {
  const std::string pattern = e.has("regex") ? e.text("regex") : "(?s).*";
  require_regex(e.target.session, pattern, e.where);
  const bool negated = e.type.find("_not_match") != std::string::npos;
  return per_value(e, std::string(negated ? "NOT " : "") + "regexp_matches(CAST(" + ident(column_of(e).name) + " AS VARCHAR), " + literal(pattern) + ")");
}

Check lengths(const Expectation& e) {
  const std::string length = "length(CAST(" + ident(column_of(e).name) + " AS VARCHAR))";
  if (!e.type.ends_with("_to_equal")) {
    need_bound(e);
    return per_value(e, within(e, length, "BIGINT"));
  }
  if (!e.has("value") || !e.kwargs["value"].is_number()) e.wrong("'value' must be a number");
  return per_value(e, length + " = " + e.kwargs["value"].dump());
}

Check of_type(const Expectation& e) {
  static const std::map<std::string, std::set<std::string>> kNames{
      {"VARCHAR", {"VARCHAR", "TEXT", "STRING", "CHAR", "STRINGTYPE", "STR", "OBJECT"}}, {"TINYINT", {"TINYINT", "BYTETYPE", "INT8"}},
      {"SMALLINT", {"SMALLINT", "SHORTTYPE", "INT16"}}, {"INTEGER", {"INTEGER", "INT", "INTEGERTYPE", "INT32"}},
      {"BIGINT", {"BIGINT", "LONGTYPE", "INT64", "INTEGER", "INT"}}, {"FLOAT", {"FLOAT", "REAL", "FLOATTYPE", "FLOAT32"}},
      {"DOUBLE", {"DOUBLE", "DOUBLE_PRECISION", "DOUBLETYPE", "FLOAT64", "FLOAT"}}, {"BOOLEAN", {"BOOLEAN", "BOOL", "BOOLEANTYPE"}},
      {"DATE", {"DATE", "DATETYPE"}}, {"TIMESTAMP", {"TIMESTAMP", "DATETIME", "TIMESTAMPTYPE", "DATETIME64[NS]"}},
      {"TIMESTAMP WITH TIME ZONE", {"TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"}}, {"DECIMAL", {"DECIMAL", "NUMERIC", "DECIMALTYPE"}}};
  std::string wanted = e.text("type_");
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const bool known = std::any_of(kNames.begin(), kNames.end(), [&](const auto& entry) { return entry.second.contains(wanted); });
  if (!known && !wanted.starts_with("DECIMAL(")) e.wrong("type '" + e.text("type_") + "' is not known");
  const std::string& type = column_of(e).type;
  const auto found = kNames.find(type.starts_with("DECIMAL") ? "DECIMAL" : type);
  const bool same = type == wanted || (found != kNames.end() && found->second.contains(wanted));
  return settled(label(e), same, {{"observed", type}});
}

// An aggregate that must lie between bounds; no value at all fails.
Check aggregate(const Expectation& e, const std::string& sql, const std::string& type, bool show) {
  const std::string filtered = e.filter.empty() ? sql : sql + " FILTER (WHERE " + e.filter + ")";
  const MeasureId value = e.measures.scalar(filtered), fits = e.measures.scalar("(" + filtered + ") IS NOT NULL AND " + within(e, filtered, type));
  return {label(e), {}, [=](const Measures& m) {
            if (const auto hindrance = hindered(m, {fits})) return *hindrance;
            json facts = json::object();
            if (show) facts["observed"] = m.text(value) ? json::parse(*m.text(value), nullptr, false) : json();
            if (show && facts["observed"].is_discarded()) facts["observed"] = *m.text(value);
            return Verdict{m.text(fits) == "true", std::move(facts)};
          }};
}

Check column_aggregate(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  const std::string sql = ident(column.name);
  const auto is = [&](const char* part) { return e.type == std::string("expect_column_") + part + "_to_be_between"; };
  if (is("unique_value_count")) return aggregate(e, "count(DISTINCT " + sql + ")", "BIGINT", true);
  if (is("proportion_of_unique_values")) return aggregate(e, "CAST(count(DISTINCT " + sql + ") AS DOUBLE) / nullif(count(" + sql + "), 0)", "DOUBLE", true);
  if (is("max")) return aggregate(e, "max(" + sql + ")", column.type, is_number(column.type) || is_moment(column.type));
  if (is("min")) return aggregate(e, "min(" + sql + ")", column.type, is_number(column.type) || is_moment(column.type));
  const bool boolean = column.type == "BOOLEAN";
  if (!is_number(column.type) && !boolean) return unfit(label(e), "the column holds no numbers");
  const std::string number = boolean ? "CAST(CAST(" + sql + " AS INTEGER) AS DOUBLE)" : "CAST(" + sql + " AS DOUBLE)";
  if (is("mean")) return aggregate(e, "avg(" + number + ")", "DOUBLE", true);
  if (is("median")) return aggregate(e, "median(" + number + ")", "DOUBLE", true);
  if (is("stdev")) return aggregate(e, "stddev_samp(" + number + ")", "DOUBLE", true);
  return aggregate(e, "sum(" + (boolean ? number : sql) + ")", "DOUBLE", true);
}

Check row_count(const Expectation& e) {
  if (!e.type.ends_with("_to_equal")) return aggregate(e, "count(*)", "BIGINT", true);
  if (!e.has("value") || !e.kwargs["value"].is_number_integer()) e.wrong("'value' must be a whole number");
  const MeasureId rows = e.measures.scalar("count(*)", e.filter);
  return {label(e), {}, [rows, wanted = e.kwargs["value"].get<int64_t>()](const Measures& m) {
            if (const auto hindrance = hindered(m, {rows})) return *hindrance;
            return Verdict{m.count(rows) == wanted, {{"observed", m.count(rows)}}};
          }};
}

// Rows whose key occurs more than once, among those in scope.
Check unique_check(const Expectation& e, const std::vector<std::string>& keys, const std::string& considered) {
  const std::string scope = both(e.filter, considered);
  const MeasureId elements = e.measures.scalar("count(*)", e.filter);
  const MeasureId of = e.measures.grouped(keys, scope, "sum(n)"), repeated = e.measures.grouped(keys, scope, "coalesce(sum(n) FILTER (WHERE n > 1), 0)");
  return {label(e), repeated_rows(e.target.relation, keys, scope), [=, mostly = e.mostly()](const Measures& m) {
            if (const auto hindrance = hindered(m, {elements, of})) return *hindrance;
            const auto all = static_cast<double>(m.count(of)), wrong = static_cast<double>(m.count(repeated));
            json facts{{"element_count", m.count(elements)}, {"considered_count", m.count(of)}, {"unexpected_count", m.count(repeated)}};
            return Verdict{all == 0 || (all - wrong) / all >= mostly, std::move(facts)};
          }};
}

Check unique(const Expectation& e) {
  const std::string sql = ident(column_of(e).name);
  return unique_check(e, {sql}, sql + " IS NOT NULL");
}

Check compound_unique(const Expectation& e) {
  std::vector<std::string> keys;
  std::string any, all;
  for (const std::string& name : e.names("column_list")) {
    const ColumnInfo* column = e.target.find(name, true);
    if (column == nullptr) throw MissingColumn{name};
    keys.push_back(ident(column->name));
    any += (any.empty() ? "" : " OR ") + keys.back() + " IS NOT NULL";
    all = both(all, keys.back() + " IS NOT NULL");
  }
  if (keys.empty()) e.wrong("'column_list' is empty");
  const std::string rule = e.has("ignore_row_if") ? e.text("ignore_row_if") : "all_values_are_missing";
  if (rule == "all_values_are_missing") return unique_check(e, keys, "(" + any + ")");
  if (rule == "any_value_is_missing") return unique_check(e, keys, all);
  if (rule == "never") return unique_check(e, keys, "");
  e.wrong("'ignore_row_if' must be all_values_are_missing, any_value_is_missing or never");
}

Check pair_greater(const Expectation& e) {
  const std::string a = ident(column_of(e, "column_A").name), b = ident(column_of(e, "column_B").name);
  const bool or_equal = e.flag("or_equal");
  const std::string good = or_equal ? "(" + a + " >= " + b + " OR (" + a + " IS NULL AND " + b + " IS NULL))" : a + " > " + b;
  const std::string rule = e.has("ignore_row_if") ? e.text("ignore_row_if") : "both_values_are_missing";
  if (rule == "both_values_are_missing") return map_check(e, "NOT (" + a + " IS NULL AND " + b + " IS NULL)", good);
  if (rule == "either_value_is_missing") return map_check(e, a + " IS NOT NULL AND " + b + " IS NOT NULL", good);
  if (rule == "neither") return map_check(e, "", good);
  e.wrong("'ignore_row_if' must be both_values_are_missing, either_value_is_missing or neither");
}

Check exists(const Expectation& e) {
  const std::string name = e.text("column");
  const ColumnInfo* column = e.target.find(name, true);
  bool success = column != nullptr;
  if (success && e.has("column_index")) {
    if (!e.kwargs["column_index"].is_number_integer()) e.wrong("'column_index' must be a whole number");
    const auto index = e.kwargs["column_index"].get<int64_t>();
    if (index != 0) success = column - e.target.columns.data() == index;
  }
  return settled(label(e), success, json::object());
}

json column_names(const Target& target) {
  json names = json::array();
  for (const auto& column : target.columns) names.push_back(column.name);
  return names;
}

Check ordered_list(const Expectation& e) {
  const json names = column_names(e.target);
  return settled(label(e), !e.has("column_list") || json(e.names("column_list")) == names, {{"observed", names}});
}

Check column_set(const Expectation& e) {
  const json names = column_names(e.target);
  if (!e.has("column_set")) return settled(label(e), !e.flag("exact_match") || names.empty(), {{"observed", names}});
  const auto list = e.names("column_set");
  const std::set<std::string> wanted(list.begin(), list.end());
  std::set<std::string> missing = wanted, unexpected;
  for (const auto& column : e.target.columns) {
    if (missing.erase(column.name) == 0 && !wanted.contains(column.name)) unexpected.insert(column.name);
  }
  const bool exact = !e.has("exact_match") || e.flag("exact_match");
  return settled(label(e), missing.empty() && (!exact || unexpected.empty()), {{"observed", names}, {"missing", missing}, {"unexpected", unexpected}});
}

using Compile = Check (*)(const Expectation&);
const std::map<std::string, Compile, std::less<>>& table() {
  static const std::map<std::string, Compile, std::less<>> kTable{
      {"expect_column_to_exist", exists}, {"expect_table_row_count_to_be_between", row_count}, {"expect_table_row_count_to_equal", row_count},
      {"expect_table_columns_to_match_ordered_list", ordered_list}, {"expect_table_columns_to_match_set", column_set},
      {"expect_column_values_to_not_be_null", not_null}, {"expect_column_values_to_be_null", be_null}, {"expect_column_values_to_be_in_set", in_set},
      {"expect_column_values_to_not_be_in_set", not_in_set}, {"expect_column_values_to_be_between", between}, {"expect_column_values_to_be_unique", unique},
      {"expect_column_values_to_match_regex", regex}, {"expect_column_values_to_not_match_regex", regex},
      {"expect_column_value_lengths_to_be_between", lengths}, {"expect_column_value_lengths_to_equal", lengths},
      {"expect_column_values_to_be_of_type", of_type}, {"expect_column_max_to_be_between", column_aggregate}, {"expect_column_min_to_be_between", column_aggregate},
      {"expect_column_mean_to_be_between", column_aggregate}, {"expect_column_median_to_be_between", column_aggregate},
      {"expect_column_sum_to_be_between", column_aggregate}, {"expect_column_stdev_to_be_between", column_aggregate},
      {"expect_column_unique_value_count_to_be_between", column_aggregate}, {"expect_column_proportion_of_unique_values_to_be_between", column_aggregate},
      {"expect_compound_columns_to_be_unique", compound_unique}, {"expect_column_pair_values_a_to_be_greater_than_b", pair_greater}};
  return kTable;
}

std::string row_condition(const Expectation& e) {
  if (!e.has("row_condition")) return {};
  const std::string condition = e.text("row_condition"), parser = e.has("condition_parser") ? e.text("condition_parser") : "great_expectations";
  if (parser != "great_expectations" && parser != "great_expectations__experimental__") e.wrong("condition_parser '" + parser + "' is not supported");
  static const std::regex kNotNull(R"re(\s*col\(["']([A-Za-z][\w.\-]*)["']\)\.notnull\(\)\s*)re", std::regex::icase);
  static const std::regex kCompare(R"re(\s*col\(["']([A-Za-z][\w.\-]*)["']\)\s*(==|!=|<=|>=|<|>)\s*(?:([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(date\()?(?:"([^"']*)"|'([^"']*)')(\))?)\s*)re");
  std::smatch m;
  const bool nullity = std::regex_match(condition, m, kNotNull);
  if (!nullity && !std::regex_match(condition, m, kCompare)) e.wrong("row_condition can't be read: expected col(\"name\").notNull() or col(\"name\") OP value");
  const ColumnInfo* column = e.target.find(m[1].str(), true);
  if (column == nullptr) throw MissingColumn{m[1].str()};
  if (nullity) return ident(column->name) + " IS NOT NULL";
  const json value = m[3].matched ? json::parse(m[3].str(), nullptr, false) : json(m[5].matched ? m[5].str() : m[6].str());
  if (value.is_discarded()) e.wrong("row_condition holds a number that can't be read");
  auto [left, right] = sides(e, ident(column->name), column->type, value);
  if (m[4].matched) {
    left = "TRY_CAST(" + ident(column->name) + " AS TIMESTAMP)";
    right = "TRY_CAST(" + right + " AS TIMESTAMP)";
  }
  return left + " " + (m[2].str() == "==" ? "=" : m[2].str()) + " " + right;
}

// {"$PARAMETER": "name"} takes the suite's default; other expressions are refused.
json resolved(const json& value, const json& defaults, const std::string& where) {
  if (!value.is_object() || !value.contains("$PARAMETER")) return value;
  const json& name = value["$PARAMETER"];
  if (name.is_string() && value.contains("$PARAMETER." + name.get<std::string>())) return value["$PARAMETER." + name.get<std::string>()];
  if (name.is_string() && defaults.is_object() && defaults.contains(name.get<std::string>())) return defaults[name.get<std::string>()];
  throw QualityError("E7005", "parameter expression '" + (name.is_string() ? name.get<std::string>() : name.dump()) + "' has no value", where, "only names of suite parameters are supported");
}

Check compile(Expectation& e) {
  std::string key = e.type;
  std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto found = table().find(key);
  if (found == table().end()) throw QualityError("E7003", "expectation " + e.type + " is not supported", e.where);
  e.type = key;
  try {
    e.filter = row_condition(e);
    return found->second(e);
  } catch (const MissingColumn& missing) {
    return unfit(label(e), "there is no column '" + missing.name + "'");
  }
}

}  // namespace

std::vector<Check> read_gx_suite(const json& suite, const std::string& name, const Target& target, Measures& measures) {
  if (!suite.is_object() || !suite.contains("expectations") || !suite["expectations"].is_array()) {
    throw QualityError("E7002", "not an expectation suite: there is no list 'expectations'", name);
  }
  const json defaults = suite.value("suite_parameters", suite.value("evaluation_parameters", json::object()));
  std::vector<Check> checks;
  for (const json& entry : suite["expectations"]) {
    const std::string where = name + ": expectation " + std::to_string(checks.size() + 1);
    const char* key = entry.is_object() && entry.contains("type") ? "type" : "expectation_type";
    if (!entry.is_object() || !entry.contains(key) || !entry[key].is_string()) throw QualityError("E7002", "has no text 'type'", where);
    json kwargs = json::object();
    if (entry.contains("kwargs") && entry["kwargs"].is_object()) {
      for (const auto& [argument, value] : entry["kwargs"].items()) kwargs[argument] = resolved(value, defaults, where);
    }
    Expectation e{target, measures, entry[key].get<std::string>(), where, std::move(kwargs)};
    checks.push_back(compile(e));
  }
  return checks;
}

}  // namespace mr::quality
