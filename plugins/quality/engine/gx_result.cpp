#include "quality/engine/gx_result.hpp"

#include <algorithm>

namespace mr::quality::gx {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using nlohmann::json;

constexpr size_t kMostListed = 200,
                 kMostListed018 = 10000;  // of unexpected_list; 0.18 has no limit, we have one

Level level_of(const json& name, const std::string& where) {
  static const std::vector<std::pair<std::string_view, Level>> kLevels{
      {"BOOLEAN_ONLY", Level::boolean_only},
      {"BASIC", Level::basic},
      {"SUMMARY", Level::summary},
      {"COMPLETE", Level::complete}};
  for (const auto& [text, level] : kLevels) {
    if (name.is_string() && name.get<std::string>() == text) return level;
  }
  throw QualityError(
      "E7005", "result_format " + name.dump() + " is not BOOLEAN_ONLY, BASIC, SUMMARY or COMPLETE",
      where);
}

bool flag(const json& given, const char* key, bool fallback, const std::string& where) {
  if (!given.contains(key)) return fallback;
  if (!given[key].is_boolean())
    throw QualityError("E7005", std::string("result_format: '") + key + "' must be true or false",
                       where);
  return given[key].get<bool>();
}

bool shows_lists(Shape shape) {
  return shape == Shape::column || shape == Shape::nullity || shape == Shape::pair ||
         shape == Shape::multicolumn;
}

// An unexpected value as the lists show it: a value, a pair, or an object of the listed columns.
json value_of(const Compiled& compiled, const json& row) {
  if (compiled.shape == Shape::pair) return json::array({row[0], row[1]});
  if (compiled.shape != Shape::multicolumn) return row[0];
  json object = json::object();
  for (size_t i = 0; i < compiled.domain.size(); ++i) object[compiled.domain[i].name] = row[i];
  return object;
}

json first(const json& list, size_t count) {
  return list.size() <= count
             ? list
             : json(std::vector<json>(list.begin(),
                                      list.begin() + static_cast<std::ptrdiff_t>(count)));
}

// Values of different kinds have no order, and then there are no counts.
json counted(const Compiled& compiled, const json& values) {
  std::vector<std::pair<json, int64_t>> counts;
  for (const json& value : values) {
    json key = value;
    if (compiled.shape == Shape::multicolumn)
      key = json(std::vector<json>(value.begin(), value.end()));
    const auto at = std::find_if(counts.begin(), counts.end(),
                                 [&](const auto& one) { return one.first == key; });
    if (at == counts.end())
      counts.emplace_back(std::move(key), 1);
    else
      ++at->second;
  }
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  json list = json::array();
  for (const auto& [value, count] : counts) list.push_back({{"value", value}, {"count", count}});
  return list;
}

json percent(int64_t part, int64_t whole) {
  return whole > 0 ? json(100.0 * static_cast<double>(part) / static_cast<double>(whole)) : json();
}

json counts_of(const Compiled& compiled, const json& facts) {
  const int64_t elements = facts.value("element_count", int64_t{0}),
                considered = facts.value("considered_count", int64_t{0}),
                unexpected = facts.value("unexpected_count", int64_t{0});
  json result{{"element_count", elements},
              {"unexpected_count", unexpected},
              {"unexpected_percent", percent(unexpected, considered)}};
  if (compiled.shape == Shape::nullity) return result;
  result["missing_count"] = elements - considered;
  result["missing_percent"] = percent(elements - considered, elements);
  result["unexpected_percent_total"] = percent(unexpected, elements);
  result["unexpected_percent_nonmissing"] = percent(unexpected, considered);
  return result;
}

json index_list(const Compiled& compiled, const Format& format, const std::vector<json>& rows) {
  const size_t keys = compiled.domain.size();
  if (format.exclude_values) {
    json columns = json::object();
    for (size_t i = 0; i < format.index_columns.size(); ++i) {
      json& column = columns[format.index_columns[i]] = json::array();
      for (const json& row : rows) column.push_back(row[keys + i]);
    }
    return columns;
  }
  json list = json::array();
  for (const json& row : rows) {
    json object = json::object();
    for (size_t i = 0; i < keys; ++i) object[compiled.domain[i].name] = row[i];
    for (size_t i = 0; i < format.index_columns.size(); ++i)
      object[format.index_columns[i]] = row[keys + i];
    list.push_back(std::move(object));
  }
  return list;
}

std::string index_query(const Compiled& compiled, const Format& format, const RowsWanted& wanted,
                        const Target& target) {
  std::string list;
  for (const std::string& name : format.index_columns)
    list += (list.empty() ? "" : ", ") + ident(name);
  for (const ColumnInfo& column : compiled.domain)
    list += (list.empty() ? "" : ", ") + ident(column.name);
  return "SELECT " + list + " FROM " +
         (wanted.relation.empty() ? target.relation : wanted.relation) + " WHERE " +
         wanted.failing + ";";
}

json row_objects(const std::vector<json>& rows, size_t from, const std::vector<ColumnInfo>& columns,
                 size_t count) {
  json list = json::array();
  for (size_t r = 0; r < std::min(count, rows.size()); ++r) {
    json object = json::object();
    for (size_t i = 0; i < columns.size(); ++i) object[columns[i].name] = rows[r][from + i];
    list.push_back(std::move(object));
  }
  return list;
}

void add_lists(json& result, const Compiled& compiled, const Format& format,
               const std::vector<json>& rows, const RowsWanted& wanted, const Target& target) {
  json values = json::array();
  for (const json& row : rows) values.push_back(value_of(compiled, row));
  const bool complete = format.level == Level::complete, indexed = !format.index_columns.empty();
  if (!format.exclude_values) result["partial_unexpected_list"] = first(values, format.partial);
  if (indexed) result["unexpected_index_column_names"] = format.index_columns;
  if (format.include_rows)
    result["unexpected_rows"] =
        row_objects(rows, compiled.domain.size() + format.index_columns.size(), target.columns,
                    complete ? rows.size() : format.partial);
  if (format.level == Level::basic) return;
  if (!format.exclude_values)
    result["partial_unexpected_counts"] =
        counted(compiled, complete ? values : first(values, format.partial));
  const std::vector<json> partial(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                   rows.size(), format.partial)));
  if (indexed) result["partial_unexpected_index_list"] = index_list(compiled, format, partial);
  if (!complete) return;
  if (!format.exclude_values) result["unexpected_list"] = std::move(values);
  if (indexed) result["unexpected_index_list"] = index_list(compiled, format, rows);
  if (format.index_query && !wanted.failing.empty())
    result["unexpected_index_query"] = index_query(compiled, format, wanted, target);
}

}  // namespace

Format format_of(const json& given, const Target& target, bool as_0_18, const std::string& where) {
  Format format{.level = as_0_18 ? Level::basic : Level::summary};
  if (given.is_null()) return format;
  if (!given.is_object()) {
    format.level = level_of(given, where);
    return format;
  }
  if (given.contains("result_format")) format.level = level_of(given["result_format"], where);
  const json partial = given.value("partial_unexpected_count", json(20));
  if (!partial.is_number_integer() || partial < 0 || partial > kMostListed018)
    throw QualityError(
        "E7005", "result_format: 'partial_unexpected_count' must be a whole number from 0 to 10000",
        where);
  format.partial = partial.get<size_t>();
  const json names = given.value("unexpected_index_column_names", json::array());
  if (!names.is_array())
    throw QualityError("E7005", "result_format: 'unexpected_index_column_names' must be a list",
                       where);
  for (const json& name : names) {
    if (!name.is_string() || target.find(name.get<std::string>(), true) == nullptr)
      throw QualityError(
          "E7005", "result_format: there is no column " + name.dump() + " to name rows by", where);
    format.index_columns.push_back(name.get<std::string>());
  }
  format.index_query = flag(given, "return_unexpected_index_query", true, where);
  format.exclude_values = flag(given, "exclude_unexpected_values", false, where);
  format.include_rows = flag(given, "include_unexpected_rows", false, where);
  if (format.include_rows && !given.contains("result_format"))
    throw QualityError("E7005", "include_unexpected_rows needs 'result_format'", where);
  return format;
}

std::optional<RowsWanted> rows_of(const Compiled& compiled, const Verdict& verdict,
                                  const Format& format, const Target& target,
                                  const Measures& measures, bool as_0_18) {
  const bool lists = shows_lists(compiled.shape), query = !compiled.rows_relation.empty();
  if (format.level == Level::boolean_only || (!lists && !query) ||
      verdict.facts.value("unexpected_count", int64_t{0}) == 0)
    return std::nullopt;
  RowsWanted wanted{
      .relation = compiled.rows_relation,
      .failing = measures.filled(query ? compiled.rows_failing : compiled.check.failing)};
  wanted.limit = lists && format.level != Level::complete
                     ? format.partial
                     : std::max(as_0_18 ? kMostListed018 : kMostListed, format.partial);
  for (const ColumnInfo& column : compiled.domain)
    wanted.columns.push_back(shown(ident(column.name), column.type));
  if (!lists) return wanted;
  for (const std::string& name : format.index_columns)
    wanted.columns.push_back(shown(ident(name), target.find(name, true)->type));
  if (format.include_rows) {
    for (const ColumnInfo& column : target.columns)
      wanted.columns.push_back(shown(ident(column.name), column.type));
  }
  return wanted;
}

json result_of(const Compiled& compiled, const Verdict& verdict, const Format& format,
               const std::vector<json>& rows, const RowsWanted& wanted, const Target& target) {
  if (format.level == Level::boolean_only) return json::object();
  if (!shows_lists(compiled.shape)) {
    json result = verdict.values.is_object() ? verdict.values : json::object();
    if (!rows.empty())
      result["details"]["unexpected_rows"] = row_objects(rows, 0, compiled.domain, rows.size());
    return result;
  }
  json result = counts_of(compiled, verdict.facts);
  add_lists(result, compiled, format, rows, wanted, target);
  return result;
}

json entry_result(const Entry& entry, const Verdict& verdict, json result,
                  const ValidateOptions& options) {
  json config = entry.config;
  if (!config.contains("kwargs") || !config["kwargs"].is_object())
    config["kwargs"] = json::object();
  config["kwargs"]["batch_id"] = options.batch;
  if (!config.contains("meta")) config["meta"] = json::object();
  if (options.as_0_18) {
    config["expectation_type"] = config["type"];
    config.erase("type");
  }
  const bool raised = verdict.facts.contains("reason");
  json exception{{"raised_exception", raised},
                 {"exception_message", nullptr},
                 {"exception_traceback", nullptr}};
  if (raised) {
    const std::string reason = verdict.facts["reason"];
    exception["exception_message"] = reason;
    exception["exception_traceback"] =
        verdict.facts.value("code", std::string("E7008")) + ": " + reason +
        (verdict.facts.contains("hint") ? " (" + verdict.facts["hint"].get<std::string>() + ")"
                                        : "");
  }
  json meta = json::object();
  if (verdict.facts.contains("approximate")) meta["millrace"]["approximate"] = true;
  return {{"success", verdict.success},
          {"expectation_config", std::move(config)},
          {"result", raised ? json::object() : std::move(result)},
          {"meta", std::move(meta)},
          {"exception_info", std::move(exception)}};
}

json suite_result(const Suite& suite, json results, const ValidateOptions& options) {
  const auto good = std::count_if(results.begin(), results.end(),
                                  [](const json& one) { return one["success"] == true; });
  const auto all = static_cast<std::ptrdiff_t>(results.size());
  json meta{
      {"great_expectations_version",
       suite.meta.is_object() ? suite.meta.value("great_expectations_version", json()) : json()},
      {"batch_spec", {{"table", options.batch}}},
      {"batch_markers", {{"load_time", options.now}}},
      {"active_batch_definition",
       {{"batch_identifiers", json::object()}, {"data_asset_name", options.batch}}},
      {"run_id", {{"run_name", nullptr}, {"run_time", options.now}}},
      {"validation_time", options.now},
      {"validation_id", nullptr},
      {"checkpoint_name", nullptr}};
  json whole{{"success", good == all}, {"results", std::move(results)}, {"id", nullptr}};
  whole["statistics"] = {
      {"evaluated_expectations", all},
      {"successful_expectations", good},
      {"unsuccessful_expectations", all - good},
      {"success_percent",
       all > 0 ? json(100.0 * static_cast<double>(good) / static_cast<double>(all)) : json()}};
  if (options.as_0_18) {
    meta["expectation_suite_name"] = suite.name;
    whole["evaluation_parameters"] = suite.parameters;
    whole.erase("id");
  } else {
    whole["suite_name"] = suite.name;
    whole["suite_parameters"] = suite.parameters;
  }
  whole["meta"] = std::move(meta);
  return whole;
}

}  // namespace mr::quality::gx
