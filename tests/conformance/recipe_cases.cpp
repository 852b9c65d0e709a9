// Runs recipe cases: JSON lines in the shape of ../shared/cases/databrew/README.md on standard input, their results on standard output.
// One line for each case: {"id", "result": {"columns": [{"name", "type"}], "rows"}}, or {"id", "result": {"error"}}.
#include <iostream>
#include <string>

#include "recipe/testing/table_json.hpp"

namespace {

using Json = nlohmann::json;

// Other datasets under names of their own; any secret has the same key.
mr::recipe::World world_of(mr::data::Session& session, const Json& one) {
  mr::recipe::World world;
  world.session = &session;
  world.secrets = mr::recipe::testing::some_secret;
  const Json secondary = one.value("secondary", Json::object());
  for (const auto& [name, table] : secondary.items()) {
    const std::string relation = "secondary_" + std::to_string(world.secondary.size());
    mr::recipe::testing::load_table(session, relation, table);
    world.secondary[name] = {relation, session.describe("SELECT * FROM " + relation)};
  }
  return world;
}

Json run(mr::data::Session& session, const Json& one) {
  try {
    return mr::recipe::testing::table_after(session, one.at("input"), one.at("steps"), world_of(session, one));
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace

int main() {
  mr::data::Session session{mr::data::SessionOptions{}};
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.empty()) continue;
    const Json one = Json::parse(line);
    std::cout << Json{{"id", one.at("id")}, {"result", run(session, one)}}.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  }
}
