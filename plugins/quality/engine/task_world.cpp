#include "quality/task_world.hpp"

#include <algorithm>

namespace mr::quality {
namespace {

using nlohmann::json;

std::string without_time(const std::string& reference) {
  return reference.substr(0, reference.find('@'));
}

std::string without_zone(const std::string& reference) {
  const std::string dataset = without_time(reference);
  return dataset.substr(dataset.find('.') + 1);
}

// Names that rules and we have for something else.
bool is_taken(const std::string& name) {
  return name == "primary" || name.starts_with("_");
}

void add_sources(mr::data::Session& session, const json& inputs, dqdl::World& world) {
  std::map<std::string, int> times;
  for (const json& input : inputs) ++times[without_zone(input.at("dataset"))];
  for (const json& input : inputs) {
    const std::string reference = input.at("dataset"), name = without_zone(reference),
                      relation = mr::data::relation_of(reference);
    try {
      const dqdl::OtherSource source{relation, session.describe(relation)};
      world.sources[reference] = source;
      if (times[name] == 1 && !is_taken(name)) world.sources[name] = source;
    } catch (const mr::data::SqlError&) {
      // Not every operator's session has a view of each input: a rule that names it says so.
    }
  }
}

dqdl::History history_of(const json& lists, const std::string& dataset) {
  const auto own = std::find_if(lists.begin(), lists.end(), [&](const json& list) {
    return list.value("dataset", "") == dataset;
  });
  dqdl::History history;
  if (own == lists.end()) return history;
  for (const json& result : own->value("results", json::array())) {
    const json metrics = result.value("metrics", json::object());
    for (const auto& [metric, value] : metrics.items())
      history[metric].push_back({value.get<double>(), result.value("time", "")});
  }
  return history;
}

}  // namespace

dqdl::World world_of(mr::data::Session& session, const mr::data::Facts& facts,
                     const std::string& dataset, const json& behind) {
  dqdl::World world;
  add_sources(session, facts.json.value("inputs", json::array()), world);
  world.history = history_of(facts.json.value("history", json::array()), without_time(dataset));
  const json logical = facts.json.value("logical_time", json());
  if (logical.is_string()) world.day = logical.get<std::string>();
  world.folder = facts.json.value("folder", "");
  if (!behind.is_object()) return world;
  for (const json& file : behind.value("files", json::array()))
    world.files.push_back(facts.json.value("data_root", "") + "/" +
                          file.at("path").get<std::string>());
  return world;
}

}  // namespace mr::quality
