// What the rules of a task may ask for besides the rows that they check, from the attempt's facts.
//
// One thread.
#pragma once
#include "data/publish.hpp"
#include "quality/dqdl/world.hpp"

#include <string>

namespace mr::quality {

// Rules about `dataset`. Its inputs are sources by their names with the zone, and, where only one
// of them is called so, without it. `behind`: an object with "files", paths below the data root,
// which hold the rows; null: the rows are in none yet.
dqdl::World world_of(mr::data::Session& session, const mr::data::Facts& facts,
                     const std::string& dataset, const nlohmann::json& behind = {});

}  // namespace mr::quality
