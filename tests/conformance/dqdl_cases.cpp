// Runs DQDL cases: JSON lines in the shape of ../shared/cases/dqdl/README.md on standard input,
// their results on standard output. Of a text {"id", "accept", "holds", "error"}; of a ruleset
// {"id", "outcomes", "metrics", "reasons", "row_level"}.
#include "quality/dqdl/document.hpp"
#include "quality/dqdl/judge.hpp"
#include "quality/dqdl/ruleset.hpp"

#include <ctime>
#include <iostream>
#include <map>
#include <string>

namespace {

using Json = nlohmann::json;
namespace dqdl = mr::quality::dqdl;

Json read(const Json& one) {
  Json result{{"id", one.at("id")}, {"accept", true}};
  try {
    const auto document = dqdl::parse(one.at("text").get<std::string>(), "ruleset");
    if (!one.contains("metric_value")) return result;
    const auto& rule = document.rules.at(0);
    const auto holds = dqdl::number_holds(
        one.at("condition") == "threshold" ? rule.threshold.value() : rule.condition.value(),
        one.at("metric_value").get<double>(), {});
    result["holds"] = std::get<bool>(holds);
  } catch (const mr::Failure& failure) {
    result["accept"] = false;
    result["error"] = failure.code + " " + failure.where + ": " + failure.what_happened;
  }
  return result;
}

// {"relative": "today" | "now", "minus": n, "unit"}: the text of that moment.
std::string moment(const Json& value) {
  const auto unit = value.at("unit").get<std::string>();
  const int64_t seconds = value.at("minus").get<int64_t>() * (unit == "days"    ? 86400
                                                              : unit == "hours" ? 3600
                                                                                : 60);
  const std::time_t then = std::time(nullptr) - seconds;
  std::tm utc{};
  ::gmtime_r(&then, &utc);
  char text[32];
  std::strftime(text, sizeof text,
                value.at("relative") == "today" ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S", &utc);
  return text;
}

bool is_moment(const Json& value) {
  return value.is_object() && value.contains("relative");
}

// As SQL has the case's type; of a struct by the fields that its values have, of a type that is not
// said by the values.
std::string type_of(const Json& type, const Json& value) {
  static const std::map<std::string, std::string> kTypes{
      {"int", "INTEGER"},         {"long", "BIGINT"},           {"double", "DOUBLE"},
      {"string", "VARCHAR"},      {"boolean", "BOOLEAN"},       {"date", "DATE"},
      {"timestamp", "TIMESTAMP"}, {"decimal", "DECIMAL(38,10)"}};
  if (type == "struct") {
    std::string fields;
    for (const auto& [name, field] : value.items())
      fields +=
          (fields.empty() ? "" : ", ") + mr::data::ident(name) + " " + type_of(nullptr, field);
    return "STRUCT(" + fields + ")";
  }
  if (type.is_string()) return kTypes.at(type.get<std::string>());
  if (value.is_number_integer()) return "BIGINT";
  return value.is_number() ? "DOUBLE" : value.is_boolean() ? "BOOLEAN" : "VARCHAR";
}

std::string sql_of(const Json& value) {
  if (is_moment(value)) return mr::data::literal(moment(value));
  if (value.is_null()) return "NULL";
  if (value.is_string()) return mr::data::literal(value.get<std::string>());
  if (!value.is_object()) return value.dump();
  std::string fields;
  for (const auto& [name, field] : value.items())
    fields += (fields.empty() ? "" : ", ") + mr::data::ident(name) + " := " + sql_of(field);
  return "struct_pack(" + fields + ")";
}

// The dataset as a table; one without columns is none.
dqdl::OtherSource load(mr::data::Session& session, const std::string& name, const Json& dataset) {
  const Json& names = dataset.at("columns");
  if (names.empty()) return {"(SELECT 1 AS one WHERE false)", {}};
  std::string columns, rows;
  for (size_t i = 0; i < names.size(); ++i) {
    Json value;
    for (const Json& row : dataset.at("rows")) {
      if (value.is_null()) value = row.at(i);
    }
    columns += (i ? ", " : "") + mr::data::ident(names[i].get<std::string>()) + " " +
               type_of(dataset.at("types").at(i), value);
  }
  session.run("CREATE TABLE " + name + " (" + columns + ")");
  for (const Json& row : dataset.at("rows")) {
    std::string values;
    for (const Json& value : row) values += (values.empty() ? "" : ", ") + sql_of(value);
    rows += (rows.empty() ? "(" : ", (") + values + ")";
  }
  if (!rows.empty()) session.run("INSERT INTO " + name + " VALUES " + rows);
  return {name, session.describe(name)};
}

dqdl::World world_of(mr::data::Session& session, const Json& one) {
  dqdl::World world;
  for (const auto& [name, dataset] : one.at("datasets").items()) {
    if (name != "primary")
      world.sources[name] =
          load(session, "source_" + std::to_string(world.sources.size()), dataset);
  }
  const Json history = one.value("history", Json::object());
  for (const auto& [metric, values] : history.items()) {
    for (const Json& value : values) world.history[metric].push_back({value.get<double>(), {}});
  }
  return world;
}

std::string word(bool passed) {
  return passed ? "Passed" : "Failed";
}

Json evaluate(const Json& one) {
  Json result{{"id", one.at("id")},
              {"outcomes", Json::array()},
              {"metrics", Json::object()},
              {"reasons", Json::array()}};
  mr::data::Session session{mr::data::SessionOptions{}};
  const auto primary = load(session, "checked", one.at("datasets").at("primary"));
  const auto outcome =
      dqdl::evaluate(one.at("ruleset").get<std::string>(), "ruleset",
                     {session, primary.relation, primary.columns}, world_of(session, one));
  for (const auto& rule : outcome.rules) {
    if (rule.analyzer) continue;
    result["outcomes"].push_back(word(rule.verdict.success));
    result["reasons"].push_back(rule.message);
    result["metrics"].update(dqdl::metrics_of(rule.verdict, true));
  }
  if (one.at("call") != "processRows") return result;
  result["row_level"] = Json::array();
  for (const auto& row : session
                             .query("SELECT DataQualityEvaluationResult FROM (" +
                                    dqdl::row_results_sql(outcome, primary.relation) + ")")
                             .rows)
    result["row_level"].push_back(row.at(0).value());
  return result;
}

Json run(const Json& one) {
  if (one.contains("text")) return read(one);
  try {
    return evaluate(one);
  } catch (const std::exception& error) {
    return {{"id", one.at("id")}, {"error", error.what()}};
  }
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    if (!line.empty())
      std::cout << run(Json::parse(line)).dump(-1, ' ', false, Json::error_handler_t::replace)
                << std::endl;
  }
}
