// What depends on a dataset, or on one of its columns: through what tasks have made of it, and what was made of that.
//
// Pure; any thread. Cost: the links times the columns that they name.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"

namespace millrace {

// A task that reads one dataset and writes another.
struct DataLink {
  std::string input{}, output{};  // output empty: it writes none
  std::string dag{}, task{};
  Json columns{};                 // as in dataset_edge: {"kind": "columns", "rows": […], "columns": {…}}; null: any column may feed any
};

struct Dependent {
  std::string dataset{}, column{};  // column "*": each, as it is decided which rows there are; "": any, it is not known which. No dataset: the task only reads
  std::string how{};                // direct: values are made of it; condition: it chooses them; all: not known, so it may
  std::string dag{}, task{};        // which brings it there
  int distance{};                   // over so many tasks, at least
  friend bool operator==(const Dependent&, const Dependent&) = default;
};

// Sorted by distance, then by name. `column` empty: any of the dataset's.
std::vector<Dependent> impact_of(const std::string& dataset, const std::string& column, const std::vector<DataLink>& links);

}  // namespace millrace
