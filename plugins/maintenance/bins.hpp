// Which small files of a dataset become one. Pure; any thread.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mr::maintenance {

struct Bin {
  nlohmann::json partition = nlohmann::json::object();
  std::vector<std::string> paths{};
  int64_t bytes = 0, rows = 0;
};

// Files below half of `target` bytes, in their order, those of one partition together, as many as fit into `target`. A file that would be
// alone stays as it is, so that a second time there is nothing to do. `files`: as in an attempt's facts.
std::vector<Bin> bins_of(const nlohmann::json& files, int64_t target);

}  // namespace mr::maintenance
