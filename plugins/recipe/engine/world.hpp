// What a recipe is compiled against: the session that holds the data, other datasets by name, and a giver of secrets.
//
// Values; one thread. Without a session a recipe compiles too, but for steps whose columns depend on the data (E6012).
#pragma once
#include <map>
#include <string>
#include <vector>

#include "data/session.hpp"
#include "recipe/engine/keys.hpp"

namespace mr::recipe {

class Tally;

struct Dataset {
  std::string relation{};  // SQL: the name of a table or view
  std::vector<mr::data::ColumnInfo> columns{};
};

struct World {
  mr::data::Session* session = nullptr;
  std::map<std::string, Dataset> secondary{};
  Secrets secrets{};
  std::string seed{};         // of what is drawn at random: the same gives the same, so that a retry does
  bool count_cells = false;   // cells changed by each step: costs a comparison for each of them
  bool keep_removed = false;  // rows that steps remove can be read afterwards
  const Tally* tally = nullptr;  // the result is read once: where that is enough, its rows are not written down, and this counts them
};

}  // namespace mr::recipe
