#include "data/explain.hpp"

namespace mr::data {

bool is_to_explain(const Facts& facts) { return facts.json.value("explain", false); }

nlohmann::json statement_for(Session& session, const std::string& into, const std::string& mode, const std::string& select) {
  nlohmann::json columns = nlohmann::json::array();
  for (const auto& column : session.describe(select)) columns.push_back({{"name", column.name}, {"type", column.type}, {"nullable", true}});
  return {{"sql", select}, {"into", into}, {"mode", mode}, {"columns", std::move(columns)}};
}

}  // namespace mr::data
