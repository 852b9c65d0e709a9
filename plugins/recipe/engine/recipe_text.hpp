// The text of a recipe, JSON or YAML, as one tree in which every scalar of YAML is a text.
//
// Pure; any thread. Throws RecipeError (E6001, E6002) with the place.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mr::recipe {

nlohmann::json tree_of(std::string_view text, const std::string& name);

}  // namespace mr::recipe
