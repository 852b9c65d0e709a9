// What a recipe is compiled against: the session that holds the data, other datasets by name, and a giver of secrets.
//
// Values; one thread. Without a session a recipe compiles too, but for steps whose columns depend on the data (E6012).
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::recipe {

struct Dataset {
  std::string relation{};  // SQL: the name of a table or view
  std::vector<mr::data::ColumnInfo> columns{};
};

struct World {
  mr::data::Session* session = nullptr;
  std::map<std::string, Dataset> secondary{};
  std::function<std::optional<std::string>(const std::string& name)> secrets{};  // the bytes of one by the name that a step gives; empty: there is none
  bool count_cells = false;   // cells changed by each step: costs a comparison for each of them
  bool keep_removed = false;  // rows that steps remove can be read afterwards
};

}  // namespace mr::recipe
