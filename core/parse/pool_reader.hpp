// pools.yaml: the limits that tasks of all Dags share. Pure; any thread. Mistakes are E10xx, each with its place.
#pragma once
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/pool.hpp"

namespace millrace {

// pools: {warehouse: {slots: 4, per_second: 10, description: …}}
void read_pools(std::string_view yaml, const std::string& file, std::vector<Pool>& into, std::vector<Error>& errors);

}  // namespace millrace
