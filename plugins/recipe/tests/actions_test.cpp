// One file per action in tests/actions, each a list of small tables before and after: see tests/actions/README.md.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <filesystem>

#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

Json from_yaml(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& member : node) object[member.first.Scalar()] = from_yaml(member.second);
    return object;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node) list.push_back(from_yaml(item));
    return list;
  }
  if (!node.IsScalar()) return {};
  if (node.Tag() == "!") return node.Scalar();  // in quotes
  const Json plain = Json::parse(node.Scalar(), nullptr, false);
  return plain.is_discarded() ? Json(node.Scalar()) : plain;
}

// {column: [values]} and {column: type} as rows.
Json table_from(const YAML::Node& columns, const YAML::Node& types) {
  Json table{{"columns", Json::array()}, {"rows", Json::array()}};
  size_t rows = 0;
  for (const auto& column : columns) rows = std::max(rows, column.second.size());
  for (size_t i = 0; i < rows; ++i) table["rows"].push_back(Json::array());
  for (const auto& column : columns) {
    const std::string name = column.first.Scalar();
    table["columns"].push_back({{"name", name}, {"type", types && types[name] ? types[name].Scalar() : "string"}});
    for (size_t i = 0; i < rows; ++i) table["rows"][i].push_back(i < column.second.size() ? from_yaml(column.second[i]) : Json());
  }
  return table;
}

bool is_same(const Json& wanted, const Json& got) {
  if (wanted.is_number_float() && got.is_number()) {
    const double a = wanted, b = got;
    return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
  }
  if (wanted.is_number_integer() && got.is_number_float()) return is_same(wanted.get<double>(), got);
  return wanted == got;
}

Json steps_of(const YAML::Node& one, const std::string& action) {
  if (one["steps"]) return from_yaml(one["steps"]);
  Json step{{"Action", {{"Operation", action}, {"Parameters", one["with"] ? from_yaml(one["with"]) : Json::object()}}}};
  if (one["where"]) step["ConditionExpressions"] = from_yaml(one["where"]);
  return Json::array({step});
}

// {dataset: {column: [values]}}, with types by dataset under `secondary_types`.
World world_of(mr::data::Session& session, const YAML::Node& one) {
  World world;
  world.session = &session;
  world.secrets = testing::some_secret;
  for (const auto& dataset : one["secondary"]) {
    const std::string name = dataset.first.Scalar(), relation = "secondary_" + std::to_string(world.secondary.size());
    const YAML::Node types = one["secondary_types"] ? one["secondary_types"][name] : YAML::Node();
    testing::load_table(session, relation, table_from(dataset.second, types));
    world.secondary[name] = {relation, session.describe("SELECT * FROM " + relation)};
  }
  return world;
}

Json outcome(const YAML::Node& one, const std::string& action) {
  try {
    mr::data::Session session = testing::fresh_session();
    return testing::table_after(session, table_from(one["before"], one["types"]), steps_of(one, action), world_of(session, one));
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

void compare(const Json& wanted, const Json& got) {
  ASSERT_FALSE(got.contains("error")) << got.at("error");
  std::vector<std::string> wanted_names, names;
  for (const auto& column : wanted.at("columns")) wanted_names.push_back(column.at("name"));
  for (const auto& column : got.at("columns")) names.push_back(column.at("name"));
  ASSERT_EQ(names, wanted_names);
  ASSERT_EQ(got.at("rows").size(), wanted.at("rows").size()) << got.at("rows");
  for (size_t i = 0; i < names.size(); ++i) {
    for (size_t row = 0; row < got.at("rows").size(); ++row) {
      EXPECT_TRUE(is_same(wanted["rows"][row][i], got["rows"][row][i])) << "row " << row << " column " << names[i] << ": " << got["rows"][row][i] << " instead of " << wanted["rows"][row][i];
    }
  }
}

class Actions : public ::testing::TestWithParam<std::string> {};

TEST_P(Actions, DoWhatTheirFileSays) {
  const std::string action = fs::path(GetParam()).stem().string();
  const YAML::Node cases = YAML::LoadFile(GetParam());
  ASSERT_TRUE(cases.IsSequence() && cases.size() > 0);
  for (const auto& one : cases) {
    SCOPED_TRACE(one["title"].as<std::string>());
    const Json got = outcome(one, action);
    if (!one["error"]) {
      compare(table_from(one["after"], YAML::Node()), got);
      continue;
    }
    ASSERT_TRUE(got.contains("error")) << got;
    EXPECT_NE(got.at("error").get<std::string>().find(one["error"].as<std::string>()), std::string::npos) << got.at("error");
  }
}

std::vector<std::string> action_files() {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(MR_ACTION_FILES))) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Files, Actions, ::testing::ValuesIn(action_files()), [](const auto& file) { return fs::path(file.param).stem().string(); });

}  // namespace
}  // namespace mr::recipe
