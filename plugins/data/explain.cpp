#include "data/explain.hpp"

#include <strings.h>

#include <algorithm>

#include "data/write_modes.hpp"
#include "quality/checks.hpp"
#include "quality/task_world.hpp"

namespace mr::data {
using nlohmann::json;

bool is_to_explain(const Facts& facts) { return facts.json.value("explain", false); }

json statement_for(Session& session, const Facts& facts, const PublishOptions& options, const std::string& select) {
  auto columns = session.describe(select);
  const WriteMode mode{.into = options.into, .mode = options.mode, .keys = options.keys, .newest_by = options.newest_by};
  check_mode(columns, mode);
  const auto checks = facts.json.value("checks", json::array());
  if (!checks.empty()) mr::quality::bind_checks(session, select, checks, facts.json.value("folder", ""), mr::quality::world_of(session, facts, options.into));
  columns = columns_of(std::move(columns), mode);
  require_columns(columns, options.partition_by, "partition_by");
  require_columns(columns, options.sort_by, "sort_by");
  json list = json::array();
  for (const auto& column : columns) list.push_back({{"name", column.name}, {"type", column.type}, {"nullable", true}});
  return {{"sql", select}, {"into", options.into}, {"mode", options.mode}, {"columns", std::move(list)}};
}

json statement_for(Session& session, const std::string& select) {
  session.check_select(select);
  return {{"sql", select}};
}

json statements_for(const Facts& facts, const std::string& select, const std::vector<std::string>& columns, const std::string& where) {
  auto session = open_confined_session(facts);
  auto statement = statement_for(session, select);
  require_columns(session.describe(select), columns, where);
  return json::array({std::move(statement)});
}

void require_columns(const std::vector<ColumnInfo>& columns, const std::vector<std::string>& names, const std::string& where) {
  for (const auto& name : names) {
    const auto is = [&](const ColumnInfo& column) { return ::strcasecmp(column.name.c_str(), name.c_str()) == 0; };
    if (std::none_of(columns.begin(), columns.end(), is)) throw mr::Failure("config", "E5050", "there is no column '" + name + "'", "with." + where, "name columns of the rows that are written");
  }
}

}  // namespace mr::data
