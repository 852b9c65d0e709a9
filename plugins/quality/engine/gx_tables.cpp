// Expectations of the columns that a table has: they need no rows.
#include "quality/engine/gx_expectation.hpp"

#include <set>

namespace mr::quality::gx {
namespace {

using mr::data::ColumnInfo;
using nlohmann::json;

json column_names(const Target& target) {
  json names = json::array();
  for (const ColumnInfo& column : target.columns) names.push_back(column.name);
  return names;
}

Compiled known(const Expectation& e, bool success, json result) {
  Check check =
      settled(label(e), success,
              result.contains("observed_value") ? json{{"observed", result["observed_value"]}}
                                                : json::object());
  check.judge = [judge = check.judge, result = std::move(result)](const Measures& m) {
    Verdict verdict = judge(m);
    verdict.values = result;
    return verdict;
  };
  return {.check = std::move(check), .shape = Shape::table};
}

// Position 0 tells nothing, in every version seen.
Compiled exists(const Expectation& e) {
  const ColumnInfo* column = e.target.find(e.text("column"), true);
  const int64_t index = e.has("column_index") ? e.whole("column_index") : 0;
  return known(e, column != nullptr && (index == 0 || column - e.target.columns.data() == index),
               json::object());
}

Compiled column_count(const Expectation& e) {
  const auto count = static_cast<int64_t>(e.target.columns.size());
  for (const char* key : {"min_value", "max_value"}) {
    if (e.has(key)) e.whole(key);
  }
  if (e.has("min_value") && e.has("max_value") && e.whole("min_value") > e.whole("max_value"))
    e.wrong("min_value cannot be greater than max_value");
  const bool success = (!e.has("min_value") || count >= e.whole("min_value")) &&
                       (!e.has("max_value") || count <= e.whole("max_value"));
  return known(e, success, {{"observed_value", count}});
}

Compiled column_count_equal(const Expectation& e) {
  const auto count = static_cast<int64_t>(e.target.columns.size());
  return known(e, count == e.whole("value"), {{"observed_value", count}});
}

Compiled ordered_list(const Expectation& e) {
  const json names = column_names(e.target);
  if (!e.has("column_list")) return known(e, true, {{"observed_value", names}});
  const json wanted = e.names("column_list");
  json mismatched = json::array();
  for (size_t i = 0; i < std::max(names.size(), wanted.size()); ++i) {
    const json expected = i < wanted.size() ? wanted[i] : json(),
               found = i < names.size() ? names[i] : json();
    if (expected != found)
      mismatched.push_back(
          {{"Expected Column Position", i}, {"Expected", expected}, {"Found", found}});
  }
  json result{{"observed_value", names}};
  if (!mismatched.empty()) result["details"] = {{"mismatched", mismatched}};
  return known(e, mismatched.empty(), std::move(result));
}

Compiled column_set(const Expectation& e) {
  const json names = column_names(e.target);
  const bool exact = !e.has("exact_match") || e.flag("exact_match");
  if (!e.has("column_set") && !exact) return known(e, true, {{"observed_value", names}});
  const auto list = e.has("column_set") ? e.names("column_set") : std::vector<std::string>();
  const std::set<std::string> wanted(list.begin(), list.end());
  std::set<std::string> missing = wanted, unexpected;
  for (const ColumnInfo& column : e.target.columns) {
    if (missing.erase(column.name) == 0 && !wanted.contains(column.name))
      unexpected.insert(column.name);
  }
  json mismatched = json::object(), observed = names;
  if (!unexpected.empty()) mismatched["unexpected"] = unexpected;
  if (!missing.empty()) mismatched["missing"] = missing;
  if (!mismatched.empty()) observed = std::set<std::string>(names.begin(), names.end());
  return known(e, missing.empty() && (!exact || unexpected.empty()),
               {{"observed_value", observed}, {"details", {{"mismatched", mismatched}}}});
}

}  // namespace

void add_tables(Registry& registry) {
  registry["expect_column_to_exist"] = {exists, {"column", "column_index"}, false};
  registry["expect_table_column_count_to_be_between"] = {
      column_count, {"min_value", "max_value"}, false};
  registry["expect_table_column_count_to_equal"] = {column_count_equal, {"value"}, false};
  registry["expect_table_columns_to_match_ordered_list"] = {ordered_list, {"column_list"}, false};
  registry["expect_table_columns_to_match_set"] = {
      column_set, {"column_set", "exact_match"}, false};
}

}  // namespace mr::quality::gx
